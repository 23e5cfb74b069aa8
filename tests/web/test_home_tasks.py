"""The home page tells each person what waits for them, not for others; months and objections are not hidden."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access import services as access
from pointsbank.access.models import Role, Staff
from pointsbank.boards import queries as boards
from pointsbank.covenant.models import Effect, Step
from pointsbank.deeds.models import ClaimOrigin
from pointsbank.deeds.services import DeedDraft, checking, objecting, overseeing
from pointsbank.deeds.services.objecting import ObjectionDraft
from pointsbank.deeds.services.recording import keep_many
from pointsbank.deeds.services.visiting import ask_visit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import services as ledger
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import DETENTION, HELPING, LITTER, make_rules
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.meetings import make_claim
from tests.notices import approve, go_to, hang_all, make_approved, make_reviewing_village, prepare
from tests.statements import count_statements
from tests.web.conftest import sign_in
from tests.web.test_home_month import bands, red_button, waiting

HOME = "/desk/qingxi/"
FEBRUARY = date(2026, 2, 20)


@pytest.fixture
def village(app: Flask) -> Place:
    return make_reviewing_village()


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三", number="01-001", group=1)


@pytest.fixture
def far(village: Place) -> Household:
    return make_household(village, "李四", number="02-001", group=2)


def home_of(client: FlaskClient, staff: Staff) -> str:
    sign_in(client, staff)
    answer = client.get(HOME)
    assert answer.status_code == 200
    return answer.text


def make_head(village: Place, households: Sequence[Household], *roles: Role) -> Staff:
    head = make_staff(village, Role.GROUP_HEAD, *roles)
    groups = [one.group for one in households]
    access.change_roles(head, village, [Role.GROUP_HEAD, *roles], SYSTEM, groups=groups)
    return head


def keep(village: Place, household: Household, day: date, actor: Actor) -> None:
    """A draft that is not handed in."""
    draft = DeedDraft(household.id, HELPING.code, 100, day)
    keep_many(village, [draft], actor, new_key(), ClaimOrigin.SINGLE)


def step(page: str, name: str) -> str:
    """What the first band says of a step, without its title."""
    parts = page.split('<li class="band-step')[1:7]
    [found] = [part.split("</li>")[0] for part in parts if re.search(rf'class="band-title"[^>]*>{name}<', part)]
    return " ".join(re.sub(r"<[^>]+>", " ", found.split('class="band-mark"')[1].partition(">")[2]).split())


# --- months ---


def test_a_month_with_claims_alone_is_open_until_it_is_done(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_claim(village, household, HELPING, 100, FEBRUARY)
    assert [month.period for month in boards.months(village.id)] == ["2026-03", "2026-02"]
    assert bands(home_of(client, make_staff(village, Role.CLERK)))[0] == ("2026年2月收尾申报", ["申报"])


def test_what_was_refused_or_is_a_draft_opens_no_month(village: Place, household: Household) -> None:
    refused = make_claim(village, household, HELPING, 100, FEBRUARY)
    checking.refuse_claims(village, [refused], "不属实", SYSTEM, new_key())
    keep(village, household, FEBRUARY, SYSTEM)
    assert [month.period for month in boards.months(village.id)] == ["2026-03"]


def test_a_late_claim_does_not_open_a_closed_month_again(village: Place, household: Household) -> None:
    make_claim(village, household, HELPING, 100, FEBRUARY)
    ledger.close_month(village, "2026-02", SYSTEM)
    assert [month.period for month in boards.months(village.id)] == ["2026-03"]


def test_what_is_overdue_says_for_how_long(
    client: FlaskClient, village: Place, household: Household, still_clock: FixedClock
) -> None:
    make_claim(village, household, HELPING, 100, FEBRUARY)
    clerk = make_staff(village, Role.CLERK)
    go_to(still_clock, date(2026, 3, 10))
    page = home_of(client, clerk)
    assert step(page, "入账").endswith("3月10日前结账")
    go_to(still_clock, date(2026, 3, 25))
    page = home_of(client, clerk)
    assert step(page, "入账").endswith("3月10日前结账 已过 15 天")
    assert '<strong class="band-late">已过 15 天</strong>' in page


def test_an_objection_does_not_hide_what_hangs(client: FlaskClient, village: Place, household: Household) -> None:
    serials = [make_approved(village, household, HELPING, day=FEBRUARY) for _ in range(2)]
    disputed = make_approved(village, household, LITTER, day=FEBRUARY)
    hang_all(village, prepare(village))
    objecting.take(village, ObjectionDraft(disputed, "不属实", clock.today()), SYSTEM, new_key())
    page = home_of(client, make_staff(village, Role.CLERK))
    assert f"{len(serials)} 件， 异议 1" in step(page, "公示")


# --- tasks ---


def test_people_see_what_waits_for_their_own_bodies(client: FlaskClient, village: Place, household: Household) -> None:
    reviewed = [make_claim(village, household, HELPING, 100, FEBRUARY) for _ in range(2)]
    checking.pass_check(village, reviewed, make_staff(village, Role.GROUP_HEAD).actor, new_key())
    reviewer = home_of(client, make_staff(village, Role.REVIEWER))
    assert waiting(reviewer)["等评议、复核"] == "2件"
    assert red_button(reviewer) == "评议2026年2月的申报"
    assert waiting(home_of(client, make_staff(village, Role.CLERK)))["等评议、复核"] == "2件"
    committee = home_of(client, make_staff(village, Role.COMMITTEE))
    assert "等评议、复核" not in committee
    assert "评议2026年2月的申报" not in committee


def test_the_supervision_committee_is_told_what_it_can_pick_and_begins_with_it(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_approved(village, household, HELPING)
    supervisor = make_staff(village, Role.SUPERVISION)
    page = home_of(client, supervisor)
    assert (waiting(page)["可以抽查"], red_button(page)) == ("1件", "抽查评议通过的")
    overseeing.draw(village, supervisor.actor, new_key())
    page = home_of(client, supervisor)
    assert (waiting(page), red_button(page)) == ({"抽查待写意见": "1件"}, "写抽查意见")
    assert "可以抽查" not in home_of(client, make_staff(village, Role.CLERK))


def test_a_tied_group_head_is_told_of_the_own_groups(
    client: FlaskClient, village: Place, household: Household, far: Household
) -> None:
    for one in (household, far, far):
        make_claim(village, one, HELPING)
    for one in (household, far):
        ask_visit(village, one, SYSTEM, new_key())
    own = waiting(home_of(client, make_head(village, [household])))
    assert (own["等初审"], own["请组长去问"]) == ("1件", "1户")
    everything = waiting(home_of(client, make_staff(village, Role.GROUP_HEAD)))
    assert (everything["等初审"], everything["请组长去问"]) == ("3件", "2户")


def test_own_drafts_are_not_forgotten(client: FlaskClient, village: Place, household: Household) -> None:
    head = make_staff(village, Role.GROUP_HEAD)
    keep(village, household, clock.today(), head.actor)
    assert waiting(home_of(client, head))["草稿没交"] == "1件"
    assert "草稿没交" not in home_of(client, make_staff(village, Role.CLERK))


def test_a_suspension_without_points_is_to_be_told_too(
    client: FlaskClient, village: Place, household: Household
) -> None:
    person = make_resident(village, household)
    assert DETENTION.effect is Effect.SUSPEND_PERSON
    make_claim(village, household, DETENTION, resident_id=person.id, suspended_until=date(2026, 9, 1))
    assert waiting(home_of(client, make_staff(village, Role.CLERK)))["扣分待告知"] == "1件"


def test_a_head_who_reviews_does_not_make_the_page_ask_more(
    client: FlaskClient, village: Place, household: Household
) -> None:
    approve(village, make_claim(village, household, HELPING, 100, FEBRUARY))
    make_claim(village, household, HELPING)
    sign_in(client, make_head(village, [household], Role.REVIEWER, Role.SUPERVISION))
    client.get(HOME)
    with count_statements() as statements:
        client.get(HOME)
    asked = [statement for statement in statements if statement.lstrip().startswith(("SELECT", "WITH"))]
    assert len(asked) <= 12, "\n".join(asked)


# --- first use ---


def test_a_village_with_steps_is_told_to_name_who_takes_them(client: FlaskClient, app: Flask) -> None:
    village = make_village()
    make_household(village)
    make_rules(village, replace(HELPING, steps=(Step.CHECK, Step.REVIEW)))
    clerk, administrator = make_staff(village, Role.CLERK), make_staff(village, Role.ADMINISTRATOR)
    page = home_of(client, administrator)
    assert red_button(page) == "设评议员、组长、监督委员"
    assert "录入村规民约" in waiting(page)
    page = home_of(client, clerk)
    assert "请管理员设评议员、组长、监督委员" in page
    assert red_button(page) == "登记超市的商品"
    make_staff(village, Role.REVIEWER, Role.SUPERVISION)
    assert red_button(home_of(client, administrator)) == "设组长"
    make_staff(village, Role.GROUP_HEAD)
    assert "请管理员" not in home_of(client, clerk)


def test_rules_without_steps_need_nobody(client: FlaskClient, app: Flask) -> None:
    village = make_village()
    make_rules(village)
    assert "评议员、" not in home_of(client, make_staff(village, Role.ADMINISTRATOR))


def test_the_covenant_is_asked_for_while_it_is_missing_but_not_before_the_months_work(
    client: FlaskClient, village: Place, household: Household
) -> None:
    clerk = make_staff(village, Role.CLERK)
    assert 'href="/desk/qingxi/covenant/text"' in home_of(client, clerk).split('id="to-do"')[1]
    assert "请文书导入花名册" not in home_of(client, make_staff(village, Role.SHOPKEEPER))
    assert "录入村规民约" in home_of(client, make_staff(village, Role.SHOPKEEPER))
