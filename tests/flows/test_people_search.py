"""Whoever comes to the desk is found by what they say or show."""

from dataclasses import replace

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.people import queries, services
from pointsbank.people.queries import Shown, Sort, household_page
from pointsbank.people.services import ResidentDetails
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_household, make_resident, make_village

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    household = make_household(place, "张三", number="03-012", group=3)
    details = ResidentDetails("阿依古丽·买买提", "配偶", phone="13812345678")
    services.add_resident(place, household.id, details, SYSTEM, new_key())
    make_resident(place, make_household(place, "曾国强", number="3-120", group=3), "张三丰", "父")
    make_household(place, "㛃𬭎", number="10-001", group=10)
    make_household(make_village("miaopo", name="庙坡"), "张三", number="03-012")
    return place


def found(village: Place, text: str) -> list[str]:
    return [hit.resident.name if hit.resident else hit.household.number for hit in queries.search(village.id, text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("zs", ["张三", "张三丰"]),
        ("ZHANGSAN", ["张三", "张三丰"]),
        (" 张 三 ", ["张三", "张三丰"]),
        ("三丰", ["张三丰"]),
        ("zengg", ["曾国强"]),
        ("买买提", ["阿依古丽·买买提"]),
        ("阿依古丽•", ["阿依古丽·买买提"]),
        ("𬭎", ["㛃𬭎"]),
        ("5678", ["阿依古丽·买买提"]),
        ("12345678", ["阿依古丽·买买提"]),
        ("678", []),
        ("%", []),
        ("_", []),
        ("", []),
        ("\ud800", []),
        ("a" * 61, []),
    ],
)
def test_a_person_is_found(village: Place, text: str, names: list[str]) -> None:
    assert found(village, text) == names


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("03-012", ["03-012"]),
        ("３－１２", ["03-012", "03-120"]),
        ("03012", ["03-012"]),
        ("3012", ["03-012"]),
        ("3-12", ["03-012", "03-120"]),
        ("3组12号", ["03-012", "03-120"]),
        ("3组", ["03-012", "03-120"]),
        ("312", ["03-012", "03-120"]),
        ("10001", ["10-001"]),
        ("99", []),
    ],
)
def test_a_household_is_found_by_its_number(village: Place, text: str, numbers: list[str]) -> None:
    assert found(village, text) == numbers
    hits = queries.search(village.id, text)
    assert all((hit.why, hit.resident) == ("户编号", None) for hit in hits)


@pytest.fixture
def doors(app: Flask) -> Place:
    """Household 3 of group 2 alone among others whose numbers share its digits, and phones that end in them."""
    place = make_village("shiban", name="石板村")
    for number in ("02-003", "05-001", "20-003", "23-001"):
        make_household(place, "李家", number=number, group=int(number[:2]))
    household = queries.household_by_number(place.id, "5-1")
    assert household is not None
    services.add_resident(place, household.id, ResidentDetails("王小宝", "子", phone="13812342003"), SYSTEM, new_key())
    return place


@pytest.mark.parametrize(
    ("text", "first", "others"),
    [
        ("2-3", "02-003", []),
        ("02-003", "02-003", []),
        ("２－００３", "02-003", []),
        ("2组3号", "02-003", []),
        ("第二组 第三号", "02-003", []),
        ("23", "02-003", ["23-001"]),
        ("203", "02-003", ["20-003"]),
        ("0203", "02-003", []),
        ("2003", "02-003", ["20-003", "王小宝"]),
        ("02003", "02-003", []),
        ("12342003", "王小宝", []),
    ],
)
def test_digits_mean_every_household_they_can_be_read_as_before_any_phone_tail(
    doors: Place, text: str, first: str, others: list[str]
) -> None:
    assert found(doors, text) == [first, *others]


@pytest.mark.parametrize(
    ("text", "number"),
    [("2-3", "02-003"), ("二组三号", "02-003"), ("23", "02-003"), ("02003", "02-003"), ("203", None), ("99", None)],
)
def test_a_number_alone_gives_a_household_only_if_no_other_can_be_meant(
    doors: Place, text: str, number: str | None
) -> None:
    household = queries.household_by_number(doors.id, text)
    assert (household.number if household else None) == number


def test_a_code_of_digits_is_found_as_written_and_by_group_and_door(doors: Place) -> None:
    make_household(doors, "赵六", number="211", group=2)
    make_household(doors, "钱七", number="511028001", group=2)
    assert found(doors, "211") == ["211"]
    assert found(doors, "2-11") == ["211"]
    assert found(doors, "5110") == ["511028001"]


def test_many_numbers_that_begin_so_leave_room_for_a_phone_that_ends_so(doors: Place) -> None:
    for number in range(10, 30):
        make_household(doors, "孙家", number=f"20-0{number}", group=20)
    hits = queries.search(doors.id, "200", 12)
    assert len(hits) == 12
    make_household(doors, "周家", number="2003001", group=20)
    for number in range(2, 20):
        make_household(doors, "周家", number=f"20030{number:02d}", group=20)
    names = [
        hit.resident.name if hit.resident else hit.household.number for hit in queries.search(doors.id, "2003", 12)
    ]
    assert (names[:2], names[-1], len(names)) == (["02-003", "20-003"], "王小宝", 12)


def test_a_closed_household_is_no_longer_found_by_search_but_by_its_number(village: Place) -> None:
    household = queries.household_by_number(village.id, "3-12")
    assert household is not None
    services.close_household(village, household.id, household.version, SYSTEM)
    assert found(village, "张三") == ["张三丰"]
    assert found(village, "03012") == []
    closed = queries.household_by_number(village.id, "0３-０12 ")
    assert closed is not None
    assert closed.closed_on is not None


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("descending", [False, True])
def test_the_pages_of_the_list_together_are_the_list(village: Place, sort: Sort, descending: bool) -> None:
    whole = household_page(village.id, sort=sort, descending=descending)
    seen: list[int] = []
    after = None
    for _ in range(3):
        page = household_page(village.id, sort=sort, descending=descending, after=after, limit=1)
        seen += [row.household.serial for row in page.rows]
        after = page.after
    assert seen == [row.household.serial for row in whole.rows]
    assert (whole.total, whole.after, after) == (3, None, None)


def test_the_list_is_in_the_order_of_the_doors(village: Place) -> None:
    make_household(village, "李四", number="3-9", group=3)
    rows = household_page(village.id).rows
    assert [row.household.number for row in rows] == ["03-009", "03-012", "03-120", "10-001"]
    assert [row.residents for row in rows] == [1, 2, 2, 1]
    make_household(village, "王五", number="3组1000号", group=3)
    assert household_page(village.id).rows[3].household.number == "03-1000"


def test_the_list_shows_a_group_and_who_has_not_consented(village: Place) -> None:
    household = queries.household_by_number(village.id, "10-001")
    assert household is not None
    group_id = household.group_id
    assert household_page(village.id, group_id=group_id).total == 1
    services.close_household(village, household.id, household.version, SYSTEM)
    assert household_page(village.id, group_id=group_id).total == 0
    assert household_page(village.id, shown=Shown.CLOSED).total == 1
    assert household_page(village.id, shown=Shown.NO_CONSENT).total == 2
    assert queries.counts(village.id) == (2, 4)


def test_people_of_one_name_are_all_found(village: Place) -> None:
    household = make_household(village, "王五", number="5-1", group=5)
    for year in (1950, 1980):
        details = replace(ResidentDetails("张三", "子"), note=str(year), phone=f"1381234{year}")
        if year == 1950:
            services.add_resident(village, household.id, details, SYSTEM, new_key())
        else:
            other = make_household(village, "赵六", number="6-1", group=6)
            services.add_resident(village, other.id, details, SYSTEM, new_key())
    assert found(village, "张三").count("张三") == 3
