"""扣分告知: the household is told first and may answer before the review; who is suspended, and ending it early."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from pointsbank.access.models import Role, Staff
from pointsbank.audit import queries as audit
from pointsbank.covenant.models import Step
from pointsbank.deeds import queries, services
from pointsbank.deeds.errors import PersonSuspendedError
from pointsbank.deeds.models import Claim, KinDeclaration, Suspension
from pointsbank.deeds.policies import not_ready
from pointsbank.deeds.queries import deductions as deduction_queries
from pointsbank.deeds.services import DeedDraft
from pointsbank.deeds.views import deductions
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household, Resident
from pointsbank.places.models import Place
from tests.deed_rules import DETENTION, HELPING, LITTER, VOLUNTEERING, make_rules
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.statements import count_statements
from tests.web.conftest import post, sign_in

TODAY = date(2026, 3, 18)
LIST, PAGE = "/desk/qingxi/deeds/deductions", "/desk/qingxi/deeds/1/deduction"
STEPS = (Step.CHECK, Step.REVIEW)
STATEMENTS_MAX = 12


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, replace(LITTER, steps=STEPS), replace(HELPING, steps=STEPS), DETENTION, VOLUNTEERING)
    return place


@pytest.fixture
def clerk(client: FlaskClient, village: Place) -> Staff:
    staff = make_staff(village, Role.CLERK, name="文小琴")
    sign_in(client, staff)
    return staff


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三", number="03-012", group=3)


@pytest.fixture
def deduction(village: Place, household: Household, clerk: Staff) -> Claim:
    return record(village, household, "KF01")


def record(village: Place, household: Household, code: str, resident: Resident | None = None) -> Claim:
    draft = DeedDraft(household.id, code, 100, TODAY, resident.id if resident else None)
    return queries.claim(village.id, services.record(village, draft, SYSTEM, new_key())["claim"])


def current(village: Place, serial: int = 1) -> Claim:
    session().expire_all()
    return queries.claim(village.id, serial)


def tell(client: FlaskClient, seen: int, **changed: object) -> tuple[int, str]:
    data = {"told_on": TODAY.isoformat(), "how": "送到家里，当面告知", "revision": seen, **changed}
    answer = post(client, f"{PAGE}/tell", data)
    return answer.status_code, answer.text


def answer(client: FlaskClient, seen: int, **changed: object) -> tuple[int, str]:
    data = {"answered_on": TODAY.isoformat(), "answer": "是风吹过来的", "revision": seen, **changed}
    sent = post(client, f"{PAGE}/answer", data)
    return sent.status_code, sent.text


def test_a_deduction_is_told_answered_and_then_reviewed(
    client: FlaskClient, village: Place, clerk: Staff, deduction: Claim, still_clock: FixedClock
) -> None:
    assert not_ready(deduction, TODAY) is not None
    assert "张三家" in client.get(LIST).text
    assert tell(client, deduction.revision)[0] == 303
    told = current(village)
    assert (told.told_on, told.answer_by) == (TODAY, TODAY + timedelta(days=3))
    assert not_ready(told, TODAY) is not None
    assert "张三家" in client.get(f"{LIST}?tab=waiting").text
    assert "当面告知" in client.get(PAGE).text
    assert answer(client, told.revision)[0] == 303
    answered = current(village)
    assert (answered.answered_on, answered.answer) == (TODAY, "是风吹过来的")
    assert not_ready(answered, TODAY) is None
    assert "是风吹过来的" in client.get(f"{LIST}?tab=ready").text
    assert "是风吹过来的" in client.get("/desk/qingxi/deeds/1").text
    actions = [line.event.action for line in audit.trail(village.id, limit=2)]
    assert actions == ["deduction.answer", "deduction.tell"]


def test_after_the_days_to_answer_it_may_be_reviewed_without_one(
    client: FlaskClient, village: Place, clerk: Staff, deduction: Claim, still_clock: FixedClock
) -> None:
    tell(client, deduction.revision)
    still_clock.move(timedelta(days=3))
    assert not_ready(current(village), clock.today()) is not None  # the last day belongs to the household
    still_clock.move(timedelta(days=1))
    assert not_ready(current(village), clock.today()) is None
    assert "没有说明" in client.get(f"{LIST}?tab=ready").text


NOT_TOLD = [
    {"told_on": "2026-03-19"}, {"told_on": "2026-03-17"}, {"told_on": "2026-02-30"}, {"told_on": "9999-12-31"},
    {"told_on": "1900-01-01"}, {"told_on": "x"}, {"how": ""}, {"how": "\u200b"}, {"how": "字" * 10_000},
    {"revision": "1e9"}, {"revision": ""}, {"revision": "9" * 30},
]  # fmt: skip
NOT_ANSWERED = [{"answered_on": "2026-03-17"}, {"answered_on": "2026-03-19"}, {"answer": " "}, {"answer": "<b>" * 999}]


def test_what_cannot_be_is_refused_with_a_sentence(
    client: FlaskClient, village: Place, clerk: Staff, deduction: Claim
) -> None:
    for changed in NOT_TOLD:
        status, page = tell(client, deduction.revision, **changed)
        assert status == 422, changed
        assert "field-error" in page or 'role="alert"' in page, changed
    assert current(village).told_on is None
    tell(client, deduction.revision)
    for changed in NOT_ANSWERED:
        status, page = answer(client, current(village).revision, **changed)
        assert status == 422, changed
        assert "field-error" in page, changed
    assert current(village).answered_on is None


def test_two_tabs_do_not_overwrite_each_other(
    client: FlaskClient, village: Place, clerk: Staff, deduction: Claim
) -> None:
    seen = deduction.revision
    assert answer(client, seen)[0] == 409  # nobody was told
    assert tell(client, seen)[0] == 303
    status, page = tell(client, seen, how="打电话告知")
    assert status == 409
    assert "打电话告知" in page  # what was typed is kept
    assert answer(client, seen)[0] == 409


def test_only_a_deduction_on_its_way_is_told(client: FlaskClient, village: Place, clerk: Staff) -> None:
    record(village, make_household(village), "HS06")
    assert client.get(PAGE).status_code == 404
    assert post(client, f"{PAGE}/tell", {"told_on": TODAY, "how": "x", "revision": 1}).status_code == 404
    assert client.get("/desk/qingxi/deeds/99/deduction").status_code == 404


def test_a_deduction_of_another_village_is_not_there(client: FlaskClient, village: Place, deduction: Claim) -> None:
    other = make_village("miaopo", name="庙坡村")
    post(client, "/sign-out")
    sign_in(client, make_staff(other, Role.CLERK))
    for path in ("", "/notice.pdf"):
        assert client.get(f"/desk/miaopo/deeds/1/deduction{path}").status_code == 404
    assert "张三" not in client.get("/desk/miaopo/deeds/deductions").text


def test_the_lists_turn_pages_by_key_and_ask_little(
    client: FlaskClient, village: Place, clerk: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deductions, "PAGE_LINES", 2)
    for number in range(3):
        record(village, make_household(village, f"张{'甲乙丙'[number]}"), "KF01")
    first = client.get(LIST).text
    assert "张乙" in first
    assert "张丙" not in first
    assert "after=2" in first
    assert "张丙" in client.get(f"{LIST}?after=2").text
    for question in ("after=x", "after=99999999999999999999", "tab=nonsense"):
        assert client.get(f"{LIST}?{question}").status_code == 200
    with count_statements() as statements:
        client.get(LIST)
    assert len(statements) <= STATEMENTS_MAX


# --- suspensions ---


@pytest.fixture
def suspended(village: Place, household: Household, clerk: Staff) -> Resident:
    person = make_resident(village, household, "张小军", "子")
    record(village, household, "KF14", person)
    return person


def lift(client: FlaskClient, reason: str = "法院撤销了原判") -> int:
    found = session().scalars(select(Suspension.id)).one()
    return post(client, f"/desk/qingxi/deeds/suspensions/{found}/lift", {"reason": reason}).status_code


def test_who_is_suspended_until_when_is_shown_and_ended_early_with_a_reason(
    client: FlaskClient, village: Place, household: Household, suspended: Resident
) -> None:
    page = client.get(f"{LIST}?tab=suspended").text
    assert "张小军" in page
    assert "2026年12月31日" in page
    assert set(deduction_queries.suspensions_of(village.id, [suspended.id])) == {suspended.id}
    with pytest.raises(PersonSuspendedError):
        record(village, household, "GY01", suspended)
    assert lift(client, "") == 422
    assert lift(client) == 303
    assert "没有人在暂停" in client.get(f"{LIST}?tab=suspended").text
    assert deduction_queries.suspensions_of(village.id, [suspended.id]) == {}
    assert record(village, household, "GY01", suspended).points > 0
    assert any(line.text == "法院撤销了原判" for line in audit.trail(village.id, limit=5))
    assert lift(client) == 409


def test_a_suspension_ends_by_itself(
    client: FlaskClient, village: Place, suspended: Resident, still_clock: FixedClock
) -> None:
    still_clock.move(timedelta(days=400))
    assert deduction_queries.suspensions_of(village.id, [suspended.id]) == {}


def test_nobody_ends_the_suspension_of_close_kin(
    client: FlaskClient, village: Place, household: Household, clerk: Staff, suspended: Resident
) -> None:
    with transaction() as writing:
        writing.add(
            KinDeclaration(
                village_id=village.id, staff_id=clerk.id, household_id=household.id, relation="父母",
                declared_on=TODAY, actor=clerk.actor.key, created_at=clock.now(),
            )
        )  # fmt: skip
    assert lift(client) == 403
    assert deduction_queries.suspensions_of(village.id, [suspended.id]) != {}


def test_a_group_head_sees_suspensions_and_does_not_end_them(
    client: FlaskClient, village: Place, suspended: Resident
) -> None:
    post(client, "/sign-out")
    sign_in(client, make_staff(village, Role.GROUP_HEAD))
    assert "提前恢复" not in client.get(f"{LIST}?tab=suspended").text
    assert lift(client) == 403
