"""年终 and the trace at the desk: looked at first, done as seen, undone as a whole; every line leads back."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger import year_end
from pointsbank.ledger.booking import Source
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.queries import village_by_code
from pointsbank.places.settings import VillageSettings, YearEndMode
from tests.booking import book
from tests.factories import make_household, make_staff, make_village
from tests.fonts import prepared_fonts_folder
from tests.pdf import text_of
from tests.web.conftest import post, sign_in
from tests.whole_way import OBJECTOR, make_whole_way

PATH = "/desk/qingxi/year-end"


@pytest.fixture
def household(app: Flask, client: FlaskClient) -> Household:
    village = make_village()
    policy = VillageSettings(year_end=YearEndMode.CLEAR_TO_BASE)
    places.change_settings(village.id, policy, date(2025, 1, 1), SYSTEM)
    made = make_household(village, "欧阳青山", number="03-012", group=3)
    source = Source("deed", 1)
    book(village, [made.serial], lambda batch: batch.earn(made.serial, 1_250, date(2025, 6, 1), source, "好人好事"))
    sign_in(client, make_staff(village, Role.CLERK))
    return made


def spendable(household: Household) -> int:
    return ledger.balances(household.village_id, household.serial).spendable


def test_a_year_is_looked_at_then_ended_then_undone(client: FlaskClient, household: Household) -> None:
    page = client.get(PATH).text
    assert "12.5" in page
    assert "2025年12月还没有结账" in page
    done = {"year": "2025", "points_seen": "1250", "key": new_key()}
    assert post(client, PATH, done).status_code == 303
    assert spendable(household) == 0
    assert post(client, PATH, done).status_code == 303  # the same page sent twice
    assert "已经办了" in client.get(PATH).text
    assert post(client, f"{PATH}/1/reverse", {"key": new_key()}).status_code == 303
    assert spendable(household) == 1_250
    again = post(client, f"{PATH}/1/reverse", {"key": new_key()})
    assert (again.status_code, "已经撤销过了" in again.text) == (409, True)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"year": "2025", "points_seen": "1", "key": "k1"}, 409),
        ({"year": "2026", "points_seen": "1250", "key": "k2"}, 409),
        ({"year": "去年", "points_seen": "1250", "key": "k3"}, 422),
        ({"year": "2025", "points_seen": "1e9", "key": "k4"}, 422),
        ({"year": "2025", "points_seen": "1250", "key": ""}, 422),
    ],
)
def test_what_was_not_seen_so_is_refused(
    client: FlaskClient, household: Household, data: dict[str, str], status: int
) -> None:
    answer = post(client, PATH, data)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert spendable(household) == 1_250


@pytest.mark.parametrize("year", ["2026", "abc", "0", "99999999999999999999"])
def test_a_year_that_is_none_is_told(client: FlaskClient, household: Household, year: str) -> None:
    answer = client.get(f"{PATH}?year={year}")
    assert answer.status_code in {409, 422}
    assert 'role="alert"' in answer.text


def test_the_notice_names_households_as_they_may_be_in_public(
    app: Flask, client: FlaskClient, household: Household
) -> None:
    app.config["POINTSBANK"].fonts_folder.symlink_to(prepared_fonts_folder(), target_is_directory=True)
    paper = client.get(f"{PATH}/2025.pdf")
    assert paper.status_code == 200
    text = text_of(paper.data)
    assert "12.5" in text
    assert "欧阳青山" not in text
    year_end.end(village_by_code("qingxi"), 2025, [], SYSTEM, new_key())
    assert client.get(f"{PATH}/2025.pdf").status_code == 409


def test_a_line_of_the_statement_leads_to_its_whole_way(
    app: Flask, client: FlaskClient, still_clock: FixedClock
) -> None:
    way = make_whole_way(still_clock)
    sign_in(client, way.clerk)
    path = f"/desk/qingxi/trace/{way.sequence}"
    assert path in client.get(f"/desk/qingxi/people/{way.household.id}").text
    assert path in client.get(f"/desk/qingxi/deeds/{way.claim}").text
    page = client.get(path).text
    for words in ("文书甲", "王大爷作证", "守信用，讲诚实。", "儿媳", "维持原分", "村委会会议室"):
        assert words in page, words
    assert OBJECTOR not in page
    meeting, notice = "/desk/qingxi/deeds/meetings/1/decisions", f"/desk/qingxi/deeds/notices/{way.notice}"
    for link in (meeting, notice, "/desk/qingxi/covenant/text/versions/1"):
        assert f'href="{link}' in page, link
        assert client.get(link).status_code == 200
    anchor = page.split("/covenant/text/versions/1#")[1].split('"')[0]
    assert (
        "守信用"
        in client.get("/desk/qingxi/covenant/text/versions/1").text.split(f'id="{anchor}"')[1].split("</li>")[0]
    )
    claim = client.get(f"/desk/qingxi/deeds/{way.claim}").text
    assert f'href="{meeting}"' in claim
    assert f'href="{notice}"' in claim
    assert client.get("/desk/qingxi/trace/99").status_code == 404
    visitors = client.get("/desk/qingxi/trace/example").text
    assert "守信用，讲诚实。" in visitors
    assert not any(name in visitors.split("<main")[1] for name in ("张三", "组长乙", "王大爷", OBJECTOR, "儿媳"))


def test_who_may_not_see_meetings_reads_of_them_without_a_link(
    app: Flask, client: FlaskClient, still_clock: FixedClock
) -> None:
    way = make_whole_way(still_clock)
    sign_in(client, make_staff(way.village, Role.GROUP_HEAD, name="组长丁"))
    for path in (f"/desk/qingxi/trace/{way.sequence}", f"/desk/qingxi/deeds/{way.claim}"):
        page = client.get(path).text
        assert "2026年2月26日" in page
        assert "/deeds/meetings/" not in page
        assert f'href="/desk/qingxi/deeds/notices/{way.notice}"' in page


def test_only_those_who_see_households_trace_lines(app: Flask, client: FlaskClient, still_clock: FixedClock) -> None:
    way = make_whole_way(still_clock)
    sign_in(client, make_staff(way.village, Role.SHOPKEEPER))
    assert client.get(f"/desk/qingxi/trace/{way.sequence}").status_code == 403
    assert client.get("/desk/qingxi/trace/example").status_code == 200
    sign_in(client, make_staff(make_village("miaopo", name="庙坡村"), Role.CLERK))
    assert client.get(f"/desk/miaopo/trace/{way.sequence}").status_code == 404
