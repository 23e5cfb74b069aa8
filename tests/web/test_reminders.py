"""整改提醒单: made for one household, mended without points, or turned into a deduction; always private."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from pointsbank.access.models import Role, Staff
from pointsbank.covenant.models import Rule, Step
from pointsbank.deeds import queries
from pointsbank.deeds.models import Claim, ClaimState, Reminder
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import DAMAGE, HELPING, LITTER, make_rules
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.fonts import prepared_fonts_folder
from tests.pdf import text_of
from tests.web.conftest import post, sign_in

TODAY = date(2026, 3, 18)
LIST = "/desk/qingxi/deeds/reminders"
TEXT = "门前柴草堆到路上，请搬进院里码好"


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, replace(LITTER, steps=(Step.CHECK, Step.REVIEW), reminds_first=True), DAMAGE, HELPING)
    return place


@pytest.fixture
def clerk(client: FlaskClient, village: Place) -> Staff:
    staff = make_staff(village, Role.CLERK, name="文小琴")
    sign_in(client, staff)
    return staff


@pytest.fixture
def household(village: Place, clerk: Staff) -> Household:
    return make_household(village, "张三", number="03-012", group=3)


def remind(client: FlaskClient, **changed: object) -> tuple[int, str]:
    data = {"who": "03-012", "rule": "KF01", "text": TEXT, "mend_by": "2026-03-25", "key": new_key(), **changed}
    answer = post(client, f"{LIST}/new", data)
    return answer.status_code, answer.text


def reminders() -> int:
    return session().scalar(select(func.count()).select_from(Reminder)) or 0


def claims() -> int:
    return session().scalar(select(func.count()).select_from(Claim)) or 0


def deduct(client: FlaskClient, **changed: object) -> tuple[int, str]:
    answer = post(client, f"{LIST}/1/deduct", {"resident": "", "key": new_key(), **changed})
    return answer.status_code, answer.text


def test_what_is_mended_costs_nothing(
    client: FlaskClient, village: Place, household: Household, clerk: Staff, still_clock: FixedClock
) -> None:
    assert "没有等整改的" in client.get(LIST).text
    assert remind(client)[0] == 303
    assert TEXT in client.get(LIST).text
    assert deduct(client)[0] == 409  # its day is not over
    still_clock.move(timedelta(days=3))
    for day in ("2026-03-17", "2026-03-22"):
        assert post(client, f"{LIST}/1/mended", {"mended_on": day}).status_code == 422
    assert post(client, f"{LIST}/1/mended", {"mended_on": "2026-03-20"}).status_code == 303
    assert TEXT not in client.get(LIST).text
    assert TEXT in client.get(f"{LIST}?show=ended").text
    assert post(client, f"{LIST}/1/mended", {"mended_on": "2026-03-20"}).status_code == 409
    still_clock.move(timedelta(days=30))
    assert deduct(client)[0] == 409
    assert claims() == 0


def test_past_its_day_it_becomes_a_claim_of_the_one_who_made_it_once(
    client: FlaskClient, village: Place, household: Household, clerk: Staff, still_clock: FixedClock
) -> None:
    remind(client)
    still_clock.move(timedelta(days=8))
    post(client, "/sign-out")
    sign_in(client, make_staff(village, Role.GROUP_HEAD, name="陈光荣"))
    assert "过了期限" in client.get(LIST).text
    key = new_key()
    assert [deduct(client, key=key)[0] for _ in range(2)] == [303, 303]
    assert deduct(client)[0] == 409
    assert claims() == 1
    claim = queries.claim(village.id, 1)
    assert (claim.rule.code, claim.state, claim.occurred_on) == ("KF01", ClaimState.SUBMITTED, TODAY)
    assert claim.claimed_by == clerk.actor.key
    assert claim.told_on is None  # the household is told of the deduction, too
    assert TEXT in claim.note
    assert post(client, f"{LIST}/1/mended", {"mended_on": "2026-03-26"}).status_code == 409
    assert "转为扣分" in client.get(f"{LIST}/1").text
    assert client.get(f"{LIST}/1/paper.pdf").status_code == 422


def test_a_person_of_another_household_is_not_deducted(
    client: FlaskClient, village: Place, household: Household, still_clock: FixedClock
) -> None:
    stranger = make_resident(village, make_household(village, "李四"))
    remind(client)
    still_clock.move(timedelta(days=8))
    for value in (stranger.id, "x", "1e9"):
        assert deduct(client, resident=value)[0] == 422
    assert claims() == 0


BAD = [
    {"who": ""}, {"who": "没有这个人"}, {"who": "x" * 10_000}, {"who_choice": "12"}, {"who_choice": "x"},
    {"rule": "KF10"}, {"rule": "HS06"}, {"rule": "XX99"}, {"rule": ""},
    {"text": ""}, {"text": "\u200b\u202e"}, {"text": "字" * 10_000},
    {"mend_by": "2026-03-18"}, {"mend_by": "2026-07-01"}, {"mend_by": "2026-02-30"}, {"mend_by": "9999-12-31"},
    {"mend_by": "x"}, {"key": ""}, {"key": "k" * 65},
]  # fmt: skip


def test_a_reminder_that_cannot_be_is_refused_and_what_was_typed_kept(
    client: FlaskClient, village: Place, household: Household
) -> None:
    for changed in BAD:
        status, page = remind(client, **changed)
        assert status in (404, 422), changed
        assert "field-error" in page or 'role="alert"' in page, changed
        assert "text" in changed or TEXT in page, changed
    assert reminders() == 0


def test_of_several_households_that_may_be_meant_one_is_chosen(
    client: FlaskClient, village: Place, household: Household
) -> None:
    other = make_household(village, "张三", number="05-001", group=5)
    status, page = remind(client, who="张三")
    assert status == 422
    assert "05-001" in page
    assert remind(client, who="张三", who_choice=other.id)[0] == 303
    assert session().scalars(select(Reminder.household_id)).all() == [other.id]


def test_sending_twice_makes_one(client: FlaskClient, village: Place, household: Household) -> None:
    key = new_key()
    assert [remind(client, key=key)[0] for _ in range(2)] == [303, 303]
    assert remind(client, key=key, text="别的")[0] == 409
    assert reminders() == 1


def test_without_a_rule_that_reminds_the_page_says_what_to_do(
    client: FlaskClient, village: Place, household: Household
) -> None:
    with transaction() as writing:
        writing.execute(update(Rule).values(reminds_first=False))
    for path in ("", "/new"):
        assert "先提醒" in client.get(LIST + path).text


def test_a_reminder_stays_within_its_village_and_with_those_who_check(
    client: FlaskClient, village: Place, household: Household
) -> None:
    remind(client)
    post(client, "/sign-out")
    sign_in(client, make_staff(village, Role.SUPERVISION))
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}/1/paper.pdf").status_code == 403
    post(client, "/sign-out")
    other = make_village("miaopo", name="庙坡村")
    sign_in(client, make_staff(other, Role.CLERK))
    for path in ("", "/paper.pdf"):
        assert client.get(f"/desk/miaopo/deeds/reminders/1{path}").status_code == 404
    assert post(client, "/desk/miaopo/deeds/reminders/1/mended", {"mended_on": TODAY}).status_code == 404
    for public in ("/", "/qingxi/", "/public/qingxi/", "/qingxi"):
        assert TEXT not in client.get(public).text


def test_the_papers_say_points_only_where_points_are_at_stake(
    client: FlaskClient, village: Place, household: Household, clerk: Staff, app: Flask, still_clock: FixedClock
) -> None:
    app.config["POINTSBANK"].fonts_folder.symlink_to(prepared_fonts_folder(), target_is_directory=True)
    remind(client)
    reminder = client.get(f"{LIST}/1/paper.pdf")
    assert reminder.mimetype == "application/pdf"
    text = text_of(reminder.data)
    assert all(words in text for words in (TEXT, "3组03-012张三户", "2026年3月25日", "清溪村委会"))
    assert "分" not in text
    still_clock.move(timedelta(days=8))
    deduct(client)
    notice = text_of(client.get("/desk/qingxi/deeds/1/deduction/notice.pdf").data)
    assert all(words in notice for words in ("扣分告知单", "拟扣2分", "2026年3月29日以前说明", TEXT, "本组组长"))
