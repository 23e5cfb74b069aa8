"""Deeds are recorded and booked in one act, once per key, by the rules of their day; what cannot be is refused."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsbank.covenant.errors import NoRuleBookError, UnknownRuleError
from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.errors import DeedRefusedError
from pointsbank.deeds.models import Claim, ClaimOrigin, ClaimState
from pointsbank.deeds.services import LATE_DAYS_MAX, DeedDraft
from pointsbank.deeds.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotFoundError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger import services as ledger_services
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.ledger.models import AccountKind, TransferKind
from pointsbank.people import services as people
from pointsbank.people.models import Household, Resident
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import BRAVERY, DAMAGE, DETENTION, HELPING, MEETING, STUDENT, VOLUNTEERING, make_rules
from tests.factories import make_household, make_resident, make_village

pytestmark = both_databases

TODAY = date(2026, 3, 18)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


@pytest.fixture
def person(village: Place, household: Household) -> Resident:
    return make_resident(village, household, "李小芳")


def draft(household: Household, rule: RuleDraft, quantity: int = 100, day: date = TODAY) -> DeedDraft:
    """A deed; quantity in hundredths."""
    late_reason = "翻账本才看到" if day < TODAY - timedelta(days=31) else ""
    return DeedDraft(household.id, rule.code, quantity, day, late_reason=late_reason)


def record(village: Place, deed: DeedDraft) -> Claim:
    return queries.claim(village.id, services.record(village, deed, SYSTEM, new_key())["claim"])


def claims_of(village: Place) -> int:
    return session().scalar(select(func.count()).where(Claim.village_id == village.id)) or 0


def test_a_recorded_deed_is_booked_with_its_moves_and_its_transfer(village: Place, household: Household) -> None:
    claim = record(village, replace(draft(household, HELPING), note="送李奶奶去卫生院"))
    assert (claim.state, claim.points, claim.period, claim.note) == (
        ClaimState.BOOKED, 300, "2026-03", "送李奶奶去卫生院",
    )  # fmt: skip
    [step] = queries.steps_of(village.id, claim.serial)
    assert (step.event.from_state, step.event.to_state) == (ClaimState.DRAFT, ClaimState.BOOKED)
    [transfer] = ledger.transfers_from(village.id, "claim", claim.serial)
    assert (transfer.kind, transfer.amount, transfer.occurred_on) == (TransferKind.EARN, 300, TODAY)
    assert ledger.balances(village.id, household.serial).spendable == 300
    assert problems(village) == []


def test_half_hours_count_and_half_times_do_not(village: Place, person: Resident, household: Household) -> None:
    hours = replace(draft(household, VOLUNTEERING, 250), resident_id=person.id)
    claim = record(village, hours)
    assert (claim.points, services.in_words(claim.rule, claim.quantity)) == (500, "参加志愿服务活动（2.5小时）")
    with pytest.raises(DeedRefusedError, match="数量要填整数") as refused:
        record(village, draft(household, HELPING, 150))
    assert refused.value.field == "quantity"


def test_a_third_of_an_hour_is_rounded_once(village: Place, person: Resident, household: Household) -> None:
    make_rules(village, replace(VOLUNTEERING, points=150), effective_on=date(2026, 3, 1))
    claim = record(village, replace(draft(household, VOLUNTEERING, 33), resident_id=person.id))
    assert claim.points == 50  # 0.33 × 1.5 = 0.495, half up


@pytest.mark.parametrize("quantity", [0, -100, 99_901, 10**12])
def test_a_quantity_outside_its_limits_is_refused(village: Place, household: Household, quantity: int) -> None:
    with pytest.raises(DeedRefusedError) as refused:
        record(village, draft(household, HELPING, quantity))
    assert refused.value.field == "quantity"
    assert claims_of(village) == 0


def test_a_deed_has_until_a_year_later_and_not_before_it_happened(village: Place, household: Household) -> None:
    assert record(village, draft(household, HELPING, day=TODAY - timedelta(days=LATE_DAYS_MAX))).points == 300
    for day, sentence in (
        (TODAY + timedelta(days=1), "日期还没到"),
        (TODAY - timedelta(days=LATE_DAYS_MAX + 1), "日期太早"),
    ):
        with pytest.raises(DeedRefusedError, match=sentence) as refused:
            record(village, draft(household, HELPING, day=day))
        assert refused.value.field == "occurred_on"


def test_a_deed_goes_by_the_rules_of_its_day(village: Place, household: Household) -> None:
    make_rules(village, replace(HELPING, points=500), BRAVERY, effective_on=date(2026, 3, 1))
    before = record(village, draft(household, HELPING, day=date(2026, 2, 28)))
    after = record(village, draft(household, HELPING, day=date(2026, 3, 1)))
    assert [(claim.points, claim.rule.book.version) for claim in (before, after)] == [(300, 1), (500, 2)]
    with pytest.raises(UnknownRuleError) as refused:
        record(village, draft(household, STUDENT))  # the new version has dropped it
    assert refused.value.field == "rule"
    assert record(village, draft(household, STUDENT, day=date(2026, 2, 28))).points == 2_000


def test_before_the_first_rules_nothing_can_be_recorded(app: Flask) -> None:
    village = make_village()
    make_rules(village, effective_on=date(2026, 3, 1))
    with pytest.raises(NoRuleBookError):
        record(village, draft(make_household(village), HELPING, day=date(2026, 2, 28)))


def test_a_deed_of_a_closed_month_counts_for_the_earliest_open_one(
    village: Place, household: Household, still_clock: FixedClock
) -> None:
    record(village, draft(household, HELPING, day=date(2026, 2, 20)))
    ledger_services.close_month(village, "2026-02", SYSTEM)
    late = record(village, draft(household, HELPING, day=date(2026, 2, 21)))
    assert (late.occurred_on, late.period) == (date(2026, 2, 21), "2026-03")
    [transfer] = ledger.transfers_from(village.id, "claim", late.serial)
    assert transfer.period == "2026-03"


def test_a_deduction_below_the_balance_becomes_a_debt_that_new_points_pay_first(
    village: Place, household: Household
) -> None:
    record(village, draft(household, HELPING))
    claim = record(village, draft(household, DAMAGE))
    taken = ledger.transfers_from(village.id, "claim", claim.serial)
    assert [(t.from_kind, t.amount) for t in taken] == [(AccountKind.HOUSEHOLD, 300), (AccountKind.OWED, 700)]
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.owed) == (0, -700)
    record(village, draft(household, STUDENT))
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.owed) == (1_300, 0)
    assert problems(village) == []


def test_honour_is_kept_in_a_book_of_its_own(village: Place, household: Household) -> None:
    record(village, draft(household, BRAVERY))
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.honour) == (0, 3_000)
    assert ledger.honour_score(village.id, household.serial) == 3_000


def test_a_claim_of_no_points_has_no_transfer(village: Place, household: Household) -> None:
    claim = record(village, replace(draft(household, DETENTION), resident_id=household.residents[0].id))
    assert (claim.state, claim.points) == (ClaimState.BOOKED, 0)
    assert ledger.transfers_from(village.id, "claim", claim.serial) == []
    assert problems(village) == []


def test_a_rule_by_person_wants_the_person(village: Place, household: Household) -> None:
    with pytest.raises(DeedRefusedError, match="选是这一户的哪一位") as refused:
        record(village, draft(household, MEETING))
    assert refused.value.field == "who"


def test_the_same_key_gives_the_first_result_and_books_once(village: Place, household: Household) -> None:
    key = new_key()
    first = services.record(village, draft(household, HELPING), SYSTEM, key)
    assert services.record(village, draft(household, HELPING), SYSTEM, key) == first
    assert claims_of(village) == 1
    assert ledger.balances(village.id, household.serial).spendable == 300
    with pytest.raises(SameKeyOtherContentError):
        services.record(village, draft(household, HELPING, 200), SYSTEM, key)


def test_a_refused_deed_leaves_its_key_free(village: Place, household: Household) -> None:
    key = new_key()
    with pytest.raises(DeedRefusedError):
        services.record(village, draft(household, HELPING, 0), SYSTEM, key)
    assert services.record(village, draft(household, HELPING), SYSTEM, key)["points"] == 300


def test_one_refused_deed_of_many_books_none(village: Place, household: Household) -> None:
    drafts = [draft(household, HELPING), draft(household, HELPING, 0)]
    with pytest.raises(DeedRefusedError):
        services.record_many(village, drafts, SYSTEM, new_key(), ClaimOrigin.GRID)
    assert claims_of(village) == 0
    assert ledger.balances(village.id, household.serial).spendable == 0


def test_what_belongs_to_another_village_is_not_found(village: Place, household: Household, person: Resident) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    make_rules(miaopo)
    stranger = make_household(miaopo)
    visitor = make_resident(miaopo, stranger)
    neighbour = make_resident(village, make_household(village), "陈静")
    for deed in (
        draft(stranger, HELPING),
        replace(draft(household, HELPING), resident_id=visitor.id),
        replace(draft(household, HELPING), resident_id=neighbour.id),
        replace(draft(household, HELPING), household_id=1),
        replace(draft(household, HELPING), resident_id=1),
    ):
        with pytest.raises(NotFoundError) as refused:
            record(village, deed)
        assert refused.value.field == "who"
    assert record(village, replace(draft(household, HELPING), resident_id=person.id)).resident == person


def test_closed_households_and_people_earn_nothing(village: Place, household: Household, person: Resident) -> None:
    deed = replace(draft(household, HELPING), resident_id=person.id)
    people.close_resident(village, person.id, person.version, SYSTEM)
    with pytest.raises(DeedRefusedError, match="不在册"):
        record(village, deed)
    empty = make_household(village, "王五")
    people.close_household(village, empty.id, empty.version, SYSTEM)
    with pytest.raises(DeedRefusedError, match="已经注销"):
        record(village, draft(empty, HELPING))


@pytest.mark.parametrize("wrong", ["x" * 201, "好" * 10_000])
def test_a_note_too_long_is_refused_at_its_field(village: Place, household: Household, wrong: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        record(village, replace(draft(household, HELPING), note=wrong))
    assert refused.value.field == "note"


@pytest.mark.parametrize("code", ["", "GY99", "x" * 200, "\x00", "'; DROP TABLE claims; --"])
def test_an_unknown_rule_is_refused_with_a_sentence(village: Place, household: Household, code: str) -> None:
    with pytest.raises(PointsBankError) as refused:
        record(village, replace(draft(household, HELPING), rule_code=code))
    assert refused.value.field == "rule"
