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
        ("３－１２", ["03-012", "3-120"]),
        ("03012", ["03-012"]),
        ("3012", ["03-012"]),
        ("3-12", ["03-012", "3-120"]),
        ("10001", ["10-001"]),
        ("99", []),
    ],
)
def test_a_household_is_found_by_its_number(village: Place, text: str, numbers: list[str]) -> None:
    assert found(village, text) == numbers
    hits = queries.search(village.id, text)
    assert all((hit.why, hit.resident) == ("户编号", None) for hit in hits)


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
    assert [row.household.number for row in rows] == ["3-9", "3-120", "03-012", "10-001"]
    assert [row.residents for row in rows] == [1, 2, 2, 1]


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
