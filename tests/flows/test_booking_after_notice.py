"""What was on the wall reaches the book once, with what its rules do besides: claw-backs, debts, suspensions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from pointsbank.covenant.models import Effect, Step
from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.errors import PersonSuspendedError
from pointsbank.deeds.models import ClaimState, NoticeState
from pointsbank.deeds.queries import notices
from pointsbank.deeds.services import DeedDraft, booking
from pointsbank.deeds.services.booking import book_notices
from pointsbank.deeds.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger import services as ledger_services
from pointsbank.ledger.verification import problems as ledger_problems
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import DAMAGE, DETENTION, HELPING, STUDENT
from tests.factories import make_good, make_household, make_resident, redeem_now
from tests.notices import approve, go_to, make_approved, make_reviewing_village, on_the_wall, spendable, state_of

CHEATING = RuleDraft(
    "KF09", "扣分项", "虚报骗取积分", -500, "次", effect=Effect.CLAW_BACK, steps=(Step.CHECK, Step.REVIEW)
)
AFTER = date(2026, 3, 24)


@pytest.fixture
def village(app: Flask) -> Place:
    return make_reviewing_village(None, CHEATING)


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


def book(village: Place, key: str = "") -> dict[str, object]:
    return book_notices(village, SYSTEM, key or new_key())


def book_all(village: Place, still_clock: FixedClock, day: date = AFTER) -> dict[str, object]:
    on_the_wall(village)
    go_to(still_clock, day)
    return book(village)


def whole(village: Place) -> bool:
    return problems(village) == [] == ledger_problems(village)


@both_databases
def test_a_claw_back_takes_spent_points_and_books_the_rest_as_owed(
    village: Place, household: Household, still_clock: FixedClock
) -> None:
    fraud = make_approved(village, household, STUDENT)
    book_all(village, still_clock)
    redeem_now(village, household, make_good(village, price=1_500), 1)
    cheating = make_approved(village, household, CHEATING, claws_back=fraud)
    book_all(village, still_clock, date(2026, 3, 30))
    assert (state_of(village, fraud), state_of(village, cheating)) == (ClaimState.CANCELLED, ClaimState.BOOKED)
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.owed) == (0, -2_000)  # 2000 taken back and 500 deducted, 500 were there
    assert whole(village)


def test_what_cannot_be_taken_back_any_more_is_put_off_and_the_others_are_booked(
    village: Place, household: Household, still_clock: FixedClock
) -> None:
    fraud = make_approved(village, household, STUDENT)
    book_all(village, still_clock)
    twice = [make_approved(village, household, CHEATING, claws_back=fraud) for _ in range(2)]
    other = make_approved(village, make_household(village), HELPING)
    done = book_all(village, still_clock, date(2026, 3, 30))
    assert (done["claims"], done["put_off"], done["left"]) == (2, [twice[1]], False)
    assert [state_of(village, claim) for claim in (*twice, other)] == [
        ClaimState.BOOKED,
        ClaimState.UNOBJECTED,
        ClaimState.BOOKED,
    ]
    assert notices.notice(village.id, 2).state is NoticeState.HANGING
    assert whole(village)


@both_databases
def test_a_deduction_larger_than_the_balance_becomes_a_debt(
    village: Place, household: Household, still_clock: FixedClock
) -> None:
    make_approved(village, household, HELPING)
    make_approved(village, household, DAMAGE)
    book_all(village, still_clock)
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.owed) == (0, -700)
    make_approved(village, household, STUDENT)
    book_all(village, still_clock, date(2026, 3, 30))
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.owed) == (1_300, 0)
    assert whole(village)


def test_a_suspension_holds_to_its_last_day_and_leaves_the_households_points(
    village: Place, household: Household, still_clock: FixedClock
) -> None:
    person = make_resident(village, household)
    make_approved(village, household, STUDENT)
    book_all(village, still_clock)
    draft = DeedDraft(household.id, DETENTION.code, 100, AFTER, person.id, suspended_until=date(2026, 4, 30))
    serial = services.record(village, draft, SYSTEM, new_key())["claim"]
    approve(village, serial)
    book_all(village, still_clock, date(2026, 3, 30))
    assert spendable(village, household) == 2_000
    go_to(still_clock, date(2026, 5, 2))
    deed = DeedDraft(household.id, STUDENT.code, 100, date(2026, 4, 30), person.id)
    with pytest.raises(PersonSuspendedError, match="2026-04-30"):
        services.record(village, deed, SYSTEM, new_key())
    services.record(village, replace(deed, occurred_on=date(2026, 5, 1)), SYSTEM, new_key())
    services.record(village, replace(deed, resident_id=None), SYSTEM, new_key())  # the household itself still earns
    assert whole(village)


def test_a_deed_of_a_closed_month_counts_for_the_open_one_and_so_does_its_correction(
    village: Place, household: Household, still_clock: FixedClock
) -> None:
    late = make_approved(village, household, HELPING, day=date(2026, 2, 20))
    ledger_services.close_month(village, "2026-02", SYSTEM)
    book_all(village, still_clock)
    assert queries.claim(village.id, late).period == "2026-03"
    go_to(still_clock, date(2026, 4, 12))
    ledger_services.close_month(village, "2026-03", SYSTEM)
    services.reverse(village, late, "记错了户", SYSTEM, new_key())
    assert [transfer.period for transfer in ledger.transfers_from(village.id, "claim", late)] == ["2026-03", "2026-04"]
    assert spendable(village, household) == 0
    assert whole(village)


def test_the_same_key_books_once_and_a_second_act_finds_nothing(
    village: Place, household: Household, still_clock: FixedClock
) -> None:
    make_approved(village, household, HELPING)
    on_the_wall(village)
    go_to(still_clock, AFTER)
    key = new_key()
    first = book(village, key)
    assert book(village, key) == first == {"claims": 1, "points": 300, "left": False, "put_off": []}
    assert book(village)["claims"] == 0
    assert spendable(village, household) == 300


def test_more_than_fit_one_act_are_booked_by_the_next(
    village: Place, still_clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booking, "CLAIMS_AT_ONCE", 2)
    households: Sequence[Household] = [make_household(village) for _ in range(3)]
    for each in households:
        make_approved(village, each, HELPING)
    assert book_all(village, still_clock) == {"claims": 2, "points": 600, "left": True, "put_off": []}
    assert book(village)["left"] is False
    assert [spendable(village, each) for each in households] == [300, 300, 300]
    assert notices.notice(village.id, 1).state is NoticeState.ENDED
