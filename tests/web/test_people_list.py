"""The list of households: filtered, sorted, paged by key, exported."""

import re
from io import BytesIO

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.people import services, sheets
from pointsbank.people.services import ResidentDetails
from pointsbank.people.views import households as views
from pointsbank.places.models import Place
from tests.factories import make_household, make_points, make_resident, make_staff, make_village
from tests.rosters import id_number
from tests.statements import count_statements
from tests.web.conftest import sign_in

PEOPLE = "/desk/qingxi/people/"
STATEMENTS_MAX = 12


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


def names(client: FlaskClient, query: str = "") -> list[str]:
    """The heads in the order of the list."""
    page = client.get(f"{PEOPLE}?{query}")
    assert page.status_code == 200
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page.text)


def test_an_empty_village_is_told_to_import_its_roster(client: FlaskClient, village: Place) -> None:
    page = client.get(PEOPLE).text
    assert "还没有住户" in page
    assert f'href="{PEOPLE}import"' in page


def test_a_household_stands_there_with_its_group_number_people_and_points(client: FlaskClient, village: Place) -> None:
    household = make_household(village, "张建国", number="03-012", group=3)
    make_resident(village, household)
    make_points(village, household, 1_250)
    page = client.get(PEOPLE).text
    assert "1 户，2 人在册" in page
    row = " ".join(re.sub("<[^>]+>", " ", re.findall("<tr>.*?</tr>", page, re.DOTALL)[1]).split())
    assert row == "03-012 3组 张建国 2 12.5 没签"
    assert f'href="{PEOPLE}{household.id}"' in page


def test_the_list_is_narrowed_by_group_and_by_what_is_missing(client: FlaskClient, village: Place) -> None:
    first, second = make_household(village, "张一"), make_household(village, "李二", group=2)
    third = make_household(village, "王三", group=2)
    services.set_name_consent(village, first.id, clock.today(), first.version, SYSTEM)
    services.close_household(village, second.id, second.version, SYSTEM)
    assert names(client) == ["张一", "王三"]
    assert names(client, "group=2") == ["王三"]
    assert names(client, "shown=no_consent") == ["王三"]
    assert names(client, "shown=closed") == ["李二"]
    assert names(client, "shown=closed&group=1") == []
    assert names(client, "group=2&shown=no_consent") == [third.head_name]


def test_the_list_is_sorted_by_number_name_and_points_both_ways(client: FlaskClient, village: Place) -> None:
    make_household(village, "张一", number="1-3")
    make_points(village, make_household(village, "李二", number="1-1"), 500)
    make_points(village, make_household(village, "王三", number="1-2"), 900)
    assert names(client) == names(client, "sort=number") == ["李二", "王三", "张一"]
    assert names(client, "sort=-number") == ["张一", "王三", "李二"]
    assert names(client, "sort=name") == ["李二", "王三", "张一"]
    assert names(client, "sort=points") == ["张一", "李二", "王三"]
    assert names(client, "sort=-points") == ["王三", "李二", "张一"]


@pytest.mark.parametrize("sort", ["number", "-number", "name", "-name", "points", "-points"])
def test_pages_follow_each_other_without_gap_or_repeat(
    client: FlaskClient, village: Place, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr(views, "ROWS_PER_PAGE", 2)
    for at, name in enumerate("赵钱孙李周"):
        make_points(village, make_household(village, f"{name}家宝", group=1 + at % 2), 100 * (at // 2 + 1))
    seen: list[str] = []
    query = f"sort={sort}"
    for _ in range(3):
        seen += names(client, query)
        following = re.search(r'rel="next" href="[^"?]*\?([^"]+)"', client.get(f"{PEOPLE}?{query}").text)
        query = following[1].replace("&amp;", "&") if following else "none"
    assert query == "none"
    assert len(seen) == len(set(seen)) == 5


def test_the_next_page_keeps_the_filter(client: FlaskClient, village: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "ROWS_PER_PAGE", 1)
    for name in ("赵一", "钱二"):
        make_household(village, name, group=2)
    make_household(village, "孙三", group=3)
    page = client.get(f"{PEOPLE}?group=2&sort=-number").text
    following = re.search(r'rel="next" href="[^"?]*\?([^"]+)"', page)
    assert following is not None
    assert names(client, following[1].replace("&amp;", "&")) == ["赵一"]
    assert "第一页" in client.get(f"{PEOPLE}?{following[1]}").text


@pytest.mark.parametrize(
    "query",
    [
        "group=99",
        "group=x",
        "shown=all",
        "sort=id",
        "sort=--name",
        "after=x",
        "after=-1",
        f"after={2**63}",
        "after=1.5",
    ],
)
def test_a_list_that_cannot_be_is_told(client: FlaskClient, village: Place, query: str) -> None:
    make_household(village)
    answer = client.get(f"{PEOPLE}?{query}")
    assert answer.status_code == 422
    assert "field-error" in answer.text or "message-warn" in answer.text


def test_a_page_after_an_unknown_household_begins_anew(client: FlaskClient, village: Place) -> None:
    make_household(village, "张一")
    assert names(client, "after=999999") == ["张一"]


def test_another_villages_households_are_not_in_the_list(client: FlaskClient, village: Place) -> None:
    make_household(make_village("miaopo", name="庙坡村"), "赵外村")
    assert "赵外村" not in client.get(PEOPLE).text


def test_the_list_takes_the_same_few_statements_whatever_its_length(client: FlaskClient, village: Place) -> None:
    make_household(village)
    with count_statements() as few:
        client.get(f"{PEOPLE}?group=1&after=0")
    for _ in range(30):
        make_household(village)
    with count_statements() as many:
        client.get(f"{PEOPLE}?group=1&after=1")
    assert len(many) == len(few) <= STATEMENTS_MAX, "\n".join(many)


# --- export ---


@pytest.fixture
def recorded(village: Place) -> str:
    """The ID number of a party member on the roster."""
    number = id_number("19750304", 51)
    head = ResidentDetails("张三", id_number=number, party_member=True, phone="13812341234")
    services.add_household(village, "1-1", 1, head, SYSTEM, new_key())
    return number


def exported(client: FlaskClient, query: str = "") -> list[tuple[object, ...]]:
    answer = client.get(f"{PEOPLE}roster.xlsx?{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert "attachment" in answer.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    return list(sheet.values)


def test_the_roster_leaves_without_id_numbers_and_party(client: FlaskClient, recorded: str) -> None:
    header, row = exported(client)
    assert "身份证号" not in header
    assert "党员" not in header
    assert "13812341234" in row
    assert not any(recorded[-4:] in str(cell) for cell in row)


def test_ticked_id_numbers_leave_masked(client: FlaskClient, recorded: str) -> None:
    header, row = exported(client, "id_numbers=y&party=y")
    cells = dict(zip(header, row, strict=True))
    assert cells["身份证号"] == "*" * 14 + recorded[-4:]
    assert cells["党员"] == "是"


def test_what_was_exported_is_imported_as_unchanged(client: FlaskClient, village: Place, recorded: str) -> None:
    answer = client.get(f"{PEOPLE}roster.xlsx?id_numbers=y&party=y")
    plan = sheets.plan_import(village, answer.data, with_id_numbers=True, with_party=True)
    assert (plan.report.unchanged, plan.report.refused) == (1, [])
