"""The home page shows the open months with their six steps, the one next act, and what waits for each role."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from pointsbank.access.models import Role
from pointsbank.deeds.services import objecting
from pointsbank.deeds.services.objecting import ObjectionDraft
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import services as ledger
from pointsbank.ledger.booking import Source
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.booking import book
from tests.deed_rules import HELPING, LITTER, STUDENT
from tests.factories import make_card, make_good, make_household, make_staff
from tests.meetings import make_claim
from tests.notices import approve, hang_all, make_reviewing_village, prepare
from tests.web.conftest import post, sign_in

HOME = "/desk/qingxi/"
FEBRUARY, MARCH = date(2026, 2, 20), date(2026, 3, 5)


@pytest.fixture
def village(app: Flask) -> Place:
    """A village that is set up, with something booked in February."""
    place = make_reviewing_village()
    household = make_household(place, "张三")
    make_card(place, household)
    make_good(place)
    serial = household.serial
    book(place, [serial], lambda batch: batch.earn(serial, 100, FEBRUARY, Source("deed", 1), "好人好事"))
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "李四")


def bands(page: str) -> list[tuple[str, list[str]]]:
    """The titles of the bands with their lit steps."""
    month = page.split('class="card home-month"')[1].split("</section>", maxsplit=1)[0]
    found = []
    for part in re.split(r"<h[12]", month)[1:]:
        title = re.sub(r"<[^>]+>|\s", "", part.split("</h")[0].split(">", 1)[1])
        lit = re.findall(r'aria-current="step">\s*<(?:a|span) class="band-title"[^>]*>([^<]+)<', part)
        found.append((title, lit))
    return found


def red_button(page: str) -> str:
    month = page.split('class="card home-month"')[1].split("</section>", maxsplit=1)[0]
    labels: list[str] = re.findall(r'class="btn btn-primary"[^>]*>([^<]+)<', month)
    assert len(labels) == 1
    return labels[0]


def as_role(client: FlaskClient, village: Place, role: Role) -> str:
    sign_in(client, make_staff(village, role))
    answer = client.get(HOME)
    assert answer.status_code == 200
    return answer.text


def waiting(page: str) -> dict[str, str]:
    """What the list of tasks says: name and count."""
    rows = page.split('id="to-do"')[1].split("</section>", maxsplit=1)[0].split("<li>")[1:]
    return {re.findall(r">([^<]+)</a>", row)[0]: re.sub(r"<[^>]+>|\s", "", row.split("</a>")[1]) for row in rows}


def test_two_months_are_open_each_at_its_own_step(client: FlaskClient, village: Place, household: Household) -> None:
    approve(village, make_claim(village, household, HELPING, 100, FEBRUARY))
    hang_all(village, prepare(village))
    make_claim(village, household, HELPING, 100, MARCH)
    page = as_role(client, village, Role.CLERK)
    assert bands(page) == [("2026年2月公示中", ["公示"]), ("2026年3月记分中", ["申报"])]
    assert red_button(page) == "看2026年2月的公示"
    assert "公示到3月23日" in page
    assert "4月4日前贴出" in page  # five days, over when March is closed on 10 April


def test_holidays_bring_the_day_to_hang_forward(client: FlaskClient, village: Place, still_clock: FixedClock) -> None:
    in_working_days = VillageSettings(notice_working_days=True)
    places.change_settings(village.id, in_working_days, clock.today(), SYSTEM)
    page = as_role(client, village, Role.CLERK)
    assert "4月1日前贴出" in page  # Qingming, 4 to 6 April, does not count
    assert "3月31日前" in page  # and is reviewed before


def test_the_red_button_follows_the_month_to_its_end(client: FlaskClient, village: Place, household: Household) -> None:
    serial = make_claim(village, household, HELPING, 100, FEBRUARY)
    sign_in(client, make_staff(village, Role.CLERK))
    assert red_button(client.get(HOME).text) == "初审2026年2月的申报"
    approve(village, serial)
    assert red_button(client.get(HOME).text) == "公示2026年2月评议通过的"
    notice = prepare(village)
    hang_all(village, notice)
    objecting.take(village, ObjectionDraft(serial, "不属实", clock.today()), SYSTEM, new_key())
    assert red_button(client.get(HOME).text) == "处理2026年2月的异议"


def test_a_month_without_claims_on_their_way_is_closed_then_frozen(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, Role.CLERK))
    assert red_button(client.get(HOME).text) == "结2026年2月的账"
    ledger.close_month(village, "2026-02", SYSTEM)
    page = client.get(HOME).text
    assert (red_button(page), bands(page)[0]) == ("给2026年2月定榜", ("2026年2月待发榜", ["发榜"]))


def test_a_quarter_village_sees_its_quarters(
    client: FlaskClient, village: Place, household: Household, still_clock: FixedClock
) -> None:
    places.change_settings(village.id, VillageSettings(review_months=3), clock.today(), SYSTEM)
    make_claim(village, household, HELPING, 100, FEBRUARY)
    sign_in(client, make_staff(village, Role.CLERK))
    page = client.get(HOME).text
    assert bands(page) == [("2026年第1季度记分中", ["申报"])]
    assert "1 件待审" in page
    still_clock.moment = clock.start_of(date(2026, 4, 2))
    sign_in(client, make_staff(village, Role.CLERK))
    page = client.get(HOME).text
    assert [title for title, _ in bands(page)] == ["2026年第1季度收尾申报", "2026年第2季度记分中"]
    assert "4月10日前结账" in page


def test_each_role_sees_what_waits_for_it(client: FlaskClient, village: Place, household: Household) -> None:
    make_claim(village, household, HELPING, 100, MARCH)
    make_claim(village, household, LITTER, 100, MARCH)
    disputed = make_claim(village, household, STUDENT, 100, MARCH)
    approve(village, disputed)
    hang_all(village, prepare(village))
    objecting.take(village, ObjectionDraft(disputed, "不属实", clock.today()), SYSTEM, new_key())
    approve(village, make_claim(village, household, HELPING, 100, date(2026, 3, 6)))
    make_claim(village, household, HELPING, 100, FEBRUARY)
    clerk = waiting(as_role(client, village, Role.CLERK))
    assert clerk["等初审"] == "3件"
    assert clerk["扣分待告知"] == "1件"
    assert clerk["等公示"] == "1件"
    assert clerk["异议待处理"] == "3月21日前1件"
    assert "月度待签字" not in clerk
    supervisor = waiting(as_role(client, village, Role.SUPERVISION))
    assert supervisor["月度待签字"] == "1个月"
    assert "等初审" not in supervisor
    assert "异议待处理" not in waiting(as_role(client, village, Role.SHOPKEEPER))


def test_closing_with_claims_on_their_way_needs_a_tick(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_claim(village, household, HELPING, 100, FEBRUARY)
    sign_in(client, make_staff(village, Role.CLERK))
    month = "/desk/qingxi/boards/2026-02"
    assert "还有 1 件没有办完" in client.get(month).text
    for act in ("close", "freeze"):
        refused = post(client, f"{month}/{act}")
        assert refused.status_code == 409
        assert "请打勾" in refused.text
    assert post(client, f"{month}/close", {"count_later": "yes"}).status_code == 303
    assert bands(client.get(HOME).text)[1] == ("2026年3月记分中", ["申报"])
    assert "1 件待审" in client.get(HOME).text


def test_the_page_asks_the_database_a_bounded_number_of_times(
    app: Flask, client: FlaskClient, village: Place, household: Household
) -> None:
    make_claim(village, household, HELPING, 100, FEBRUARY)
    sign_in(client, make_staff(village, Role.CLERK))
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    client.get(HOME)
    asked = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(asked) <= 12, "\n".join(asked)
