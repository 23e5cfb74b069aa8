"""A booked deed is undone once, by reversals with a reason; nothing is edited or deleted."""

from datetime import date

import pytest
from flask import Flask

from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.errors import ClaimNotBookedError, UnknownClaimError
from pointsbank.deeds.models import ClaimState
from pointsbank.deeds.services import DeedDraft
from pointsbank.deeds.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger import services as ledger_services
from pointsbank.ledger.models import AccountKind, TransferKind
from pointsbank.ledger.verification import problems as ledger_problems
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import BRAVERY, DAMAGE, DETENTION, HELPING, STUDENT, make_rules
from tests.factories import make_good, make_household, make_village, redeem_now

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


def record(village: Place, household: Household, rule: RuleDraft, day: date = TODAY) -> int:
    """A deed's serial."""
    who = household.residents[0].id if rule is DETENTION else None  # who is suspended
    draft = DeedDraft(household.id, rule.code, 100, day, who)
    serial: int = services.record(village, draft, SYSTEM, new_key())["claim"]
    return serial


def reverse(village: Place, serial: int, reason: str = "记错了户") -> None:
    services.reverse(village, serial, reason, SYSTEM, new_key())


def whole(village: Place) -> bool:
    return problems(village) == [] == ledger_problems(village)


def test_undoing_takes_the_points_back_and_keeps_the_way_it_went(village: Place, household: Household) -> None:
    serial = record(village, household, HELPING)
    reverse(village, serial)
    claim = queries.claim(village.id, serial)
    assert (claim.state, claim.points, claim.reversed_at is not None) == (ClaimState.CANCELLED, 300, True)
    steps = queries.steps_of(village.id, serial)
    assert [(step.event.to_state, step.reason) for step in steps] == [
        (ClaimState.BOOKED, ""),
        (ClaimState.CANCELLED, "记错了户"),
    ]
    earned, taken = ledger.transfers_from(village.id, "claim", serial)
    assert (taken.kind, taken.amount, taken.refers_to) == (TransferKind.EARN_REVERSAL, 300, earned.sequence)
    assert ledger.balances(village.id, household.serial).spendable == 0
    assert whole(village)


def test_a_deed_is_undone_once(village: Place, household: Household) -> None:
    serial = record(village, household, HELPING)
    record(village, household, STUDENT)
    reverse(village, serial)
    with pytest.raises(ClaimNotBookedError):
        reverse(village, serial)
    assert ledger.balances(village.id, household.serial).spendable == 2_000


def test_the_same_key_undoes_once_and_gives_the_first_result(village: Place, household: Household) -> None:
    serial, key = record(village, household, HELPING), new_key()
    first = services.reverse(village, serial, "记错了户", SYSTEM, key)
    assert services.reverse(village, serial, "记错了户", SYSTEM, key) == first == {"claim": serial, "points": -300}
    assert whole(village)


def test_points_that_are_spent_become_a_debt(village: Place, household: Household) -> None:
    serial = record(village, household, STUDENT)
    redeem_now(village, household, make_good(village, price=1_500), 1)
    reverse(village, serial)
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.owed) == (0, -1_500)
    kinds = [(t.kind, t.from_kind, t.amount) for t in ledger.transfers_from(village.id, "claim", serial)[1:]]
    assert kinds == [
        (TransferKind.EARN_REVERSAL, AccountKind.HOUSEHOLD, 500),
        (TransferKind.EARN_REVERSAL, AccountKind.OWED, 1_500),
    ]
    record(village, household, STUDENT)
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.owed) == (500, 0)
    assert whole(village)


def test_an_undone_deduction_pays_its_debt_back(village: Place, household: Household) -> None:
    record(village, household, HELPING)
    serial = record(village, household, DAMAGE)
    assert ledger.balances(village.id, household.serial).owed == -700
    reverse(village, serial)
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.owed) == (300, 0)
    assert whole(village)


def test_a_debt_that_was_paid_since_is_paid_out(village: Place, household: Household) -> None:
    serial = record(village, household, DAMAGE)
    record(village, household, STUDENT)
    reverse(village, serial)
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.owed) == (2_000, 0)
    assert whole(village)


def test_undone_honour_leaves_the_points_alone(village: Place, household: Household) -> None:
    serial = record(village, household, BRAVERY)
    record(village, household, HELPING)
    reverse(village, serial)
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.honour) == (300, 0)
    assert ledger.honour_score(village.id, household.serial) == 300
    assert whole(village)


def test_a_claim_of_no_points_is_undone_without_a_transfer(village: Place, household: Household) -> None:
    serial = record(village, household, DETENTION)
    reverse(village, serial)
    assert queries.claim(village.id, serial).state is ClaimState.CANCELLED
    assert ledger.transfers_from(village.id, "claim", serial) == []
    assert whole(village)


def test_a_deed_of_a_closed_month_is_undone_in_the_open_one(village: Place, household: Household) -> None:
    serial = record(village, household, HELPING, date(2026, 2, 20))
    ledger_services.close_month(village, "2026-02", SYSTEM)
    reverse(village, serial)
    earned, taken = ledger.transfers_from(village.id, "claim", serial)
    assert (earned.period, taken.period) == ("2026-02", "2026-03")
    assert whole(village)


@pytest.mark.parametrize("reason", ["", "   ", "\u200b", "长" * 201])
def test_undoing_wants_a_reason_of_usual_length(village: Place, household: Household, reason: str) -> None:
    serial = record(village, household, HELPING)
    with pytest.raises(InvalidInputError) as refused:
        reverse(village, serial, reason)
    assert refused.value.field == "reason"
    assert queries.claim(village.id, serial).state is ClaimState.BOOKED


def test_another_villages_deed_is_not_found(village: Place, household: Household) -> None:
    serial = record(village, household, HELPING)
    miaopo = make_village("miaopo", name="庙坡村")
    with pytest.raises(UnknownClaimError):
        reverse(miaopo, serial)
    assert ledger.balances(village.id, household.serial).spendable == 300
