"""报好事 at the kiosk: a household reports its own deed or a neighbour's, once; nothing is booked here."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from pointsbank.access import services as access
from pointsbank.access.guard import DEVICE_COOKIE
from pointsbank.access.models import Role
from pointsbank.covenant.models import Step
from pointsbank.deeds import queries
from pointsbank.deeds.models import Claim, ClaimOrigin, ClaimState
from pointsbank.deeds.services.reporting import REPORTS_PER_DAY_MAX
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.people import services as people
from pointsbank.people.models import Household
from pointsbank.people.services import ResidentDetails
from pointsbank.places.models import Place
from tests.deed_rules import HELPING, LAND, LITTER, READING, VOLUNTEERING, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.statements import count_statements
from tests.web.conftest import csrf

TODAY = date(2026, 3, 18)
STEPS = (Step.CHECK, Step.REVIEW)
STATEMENTS_MAX = 12


@pytest.fixture
def village(app: Flask) -> Place:
    made = make_village()
    with_steps = [replace(rule, steps=STEPS) for rule in (HELPING, VOLUNTEERING, READING, LITTER)]
    make_rules(made, *with_steps, LAND)  # land has no steps: it cannot be reported
    return made


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张建国", number="03-012", group=3)


@pytest.fixture(autouse=True)
def at_the_screen(village: Place, household: Household, client: FlaskClient) -> None:
    """The household has tapped its number."""
    _, token = access.pair_device(village, "超市自助机", "staff", SYSTEM)
    client.set_cookie(DEVICE_COOKIE, token)
    assert send(client, "/kiosk/door", {"group": 3, "number": "12"}).status_code == 200


def send(client: FlaskClient, path: str, data: Mapping[str, object]) -> TestResponse:
    """Submit as the kiosk's script does."""
    token = csrf(client, "/kiosk/")
    return client.post(path, data={"csrf_token": token, **data}, headers={"Accept": "application/json"})


def report(client: FlaskClient, **changed: object) -> TestResponse:
    data = {"of": "", "rule": "HS06", "who": "", "day": 0, "key": new_key(), **changed}
    return send(client, "/kiosk/deeds/report", data)


def claims() -> int:
    return session().scalar(select(func.count()).select_from(Claim)) or 0


def test_a_deed_is_reported_in_three_screens_and_waits_for_its_check(
    client: FlaskClient, village: Place, household: Household
) -> None:
    assert "报好事" in client.get("/kiosk/home").text
    kinds = client.get("/kiosk/deeds").text
    assert all(words in kinds for words in ("帮助别人", "做志愿者", "看书学习", "别人做的好事", "请组长来问我"))
    assert "扣分" not in kinds
    assert "给村里出力" not in kinds  # its only rule has no steps
    assert "帮助独居、留守老人" in client.get("/kiosk/deeds/kinds/0").text
    page = client.get("/kiosk/deeds/rules/HS06").text
    assert "张*国" in page
    assert "张建国" not in page
    assert report(client, day=2).json == {"next": "/kiosk/deeds/reported/1"}
    claim = queries.claim(village.id, 1)
    assert (claim.state, claim.origin, claim.rule.code) == (ClaimState.SUBMITTED, ClaimOrigin.KIOSK, "HS06")
    assert claim.claimed_by == claim.actor == f"household:qingxi/{household.serial}"
    assert claim.occurred_on == TODAY - timedelta(days=2)
    assert ledger.balances(village.id, household.serial).spendable == 0
    assert "报上了" in client.get("/kiosk/deeds/reported/1").text


def test_tapping_twice_reports_once(client: FlaskClient, household: Household) -> None:
    key = new_key()
    assert [report(client, key=key).json for _ in range(3)] == [{"next": "/kiosk/deeds/reported/1"}] * 3
    assert report(client, key=key, day=1).status_code == 409
    assert claims() == 1


def test_the_same_deed_is_not_reported_again_and_five_are_enough_for_a_day(
    client: FlaskClient, household: Household, still_clock: FixedClock
) -> None:
    report(client)
    again = report(client)
    assert again.status_code == 409
    assert again.json is not None
    assert "已经报过" in again.json["error"]["message"]
    statuses = [report(client, day=day).status_code for day in range(1, REPORTS_PER_DAY_MAX + 1)]
    assert statuses == [200] * (REPORTS_PER_DAY_MAX - 1) + [429]
    assert claims() == REPORTS_PER_DAY_MAX
    still_clock.move(timedelta(days=1))
    send(client, "/kiosk/door", {"group": 3, "number": "12"})
    assert report(client).status_code == 200


def test_who_did_it_and_for_how_many_hours_is_taken_over(
    client: FlaskClient, village: Place, household: Household
) -> None:
    head = household.residents[0]
    assert "4 小时" in client.get("/kiosk/deeds/rules/GY01").text
    assert report(client, rule="GY01", hours=4).status_code == 422  # counts by person
    assert report(client, rule="GY01", who=head.id, hours=4).status_code == 200
    claim = queries.claim(village.id, 1)
    assert (claim.resident_id, claim.quantity, claim.points) == (head.id, 400, 800)


def test_a_neighbours_deed_is_reported_by_the_number_on_the_door(
    client: FlaskClient, village: Place, household: Household
) -> None:
    neighbour = make_household(village, "李四", number="03-013", group=3)
    child = ResidentDetails("李小宝", "子", born_on=date(2018, 5, 1))
    people.add_resident(village, neighbour.id, child, SYSTEM, new_key())
    tapped = send(client, "/kiosk/deeds/neighbour", {"group": 3, "number": "13"})
    assert tapped.json == {"next": "/kiosk/deeds?of=3/13"}
    assert "3组 13号 李家" in client.get("/kiosk/deeds?of=3/13").text
    page = client.get("/kiosk/deeds/rules/HS06?of=3/13").text
    assert "李*" in page
    assert "孩子" in page
    assert "李小" not in page
    assert report(client, of="3/13").status_code == 200
    claim = queries.claim(village.id, 1)
    assert claim.household_id == neighbour.id
    assert claim.claimed_by == f"household:qingxi/{household.serial}"
    assert claim.note == "3组 12号 张家报的"


def test_only_who_reported_sees_what_was_reported(client: FlaskClient, village: Place, household: Household) -> None:
    make_household(village, "李四", number="03-013", group=3)
    report(client)
    send(client, "/kiosk/door", {"group": 3, "number": "13"})
    assert client.get("/kiosk/deeds/reported/1").status_code == 404


def test_what_cannot_be_reported_is_told_and_leaves_nothing(
    client: FlaskClient, village: Place, household: Household
) -> None:
    stranger = make_household(village, "李四").residents[0]
    other = make_village("miaopo", name="庙坡村")
    make_household(other, "王五", number="07-001", group=7)
    bad: list[dict[str, object]] = [
        {"rule": "KF01"}, {"rule": "GG05"}, {"rule": "XX99"}, {"rule": ""}, {"rule": "<b>"}, {"rule": "A" * 10_000},
        {"who": stranger.id}, {"who": "x"}, {"who": 10**30}, {"day": -1}, {"day": 7}, {"day": "1e9"}, {"day": ""},
        {"hours": 0}, {"hours": 9}, {"hours": "2.5"}, {"of": "7/1"}, {"of": "99/1"}, {"of": "x"}, {"of": "3/12; --"},
        {"key": ""}, {"key": "k" * 65},
    ]  # fmt: skip
    for changed in bad:
        answer = report(client, **changed)
        assert answer.status_code in (404, 422), changed
        assert answer.json is not None
        assert answer.json["error"]["message"], changed
    assert claims() == 0
    for path in (
        "deeds?of=7/1",
        "deeds?of=x",
        "deeds/kinds/9",
        "deeds/rules/KF01",
        "deeds/rules/GG05",
        "deeds/rules/x",
    ):
        assert client.get(f"/kiosk/{path}").status_code in (404, 422), path


def test_an_unknown_door_is_told(client: FlaskClient, household: Household) -> None:
    answer = send(client, "/kiosk/deeds/neighbour", {"group": 3, "number": "99"})
    assert answer.status_code == 422
    assert client.get("/kiosk/deeds/neighbour?group=3").status_code == 200
    assert "哪个组" in client.get("/kiosk/deeds/neighbour?group=99").text


def test_who_finds_nothing_learns_whom_to_ask(client: FlaskClient, village: Place, household: Household) -> None:
    make_staff(village, Role.GROUP_HEAD, name="陈光荣")
    make_staff(village, Role.SHOPKEEPER, name="罗德福")
    page = client.get("/kiosk/deeds/ask").text
    assert "陈光荣" in page
    assert "罗德福" not in page


def test_every_page_says_its_sentence_and_asks_little(client: FlaskClient, household: Household) -> None:
    report(client)
    paths = ("deeds", "deeds/kinds/0", "deeds/rules/GY01", "deeds/neighbour", "deeds/ask", "deeds/reported/1")
    for path in paths:
        with count_statements() as statements:
            page = client.get(f"/kiosk/{path}").text
        assert 'id="said"' in page, path
        assert "style=" not in page, path
        assert len(statements) <= STATEMENTS_MAX, path


def test_nobody_at_the_screen_reports_nothing(client: FlaskClient, household: Household) -> None:
    send(client, "/kiosk/leave", {})
    assert report(client).json == {"next": "/kiosk/"}
    assert claims() == 0
