"""The PIN: set at the desk, counted at every wrong try, the same answer for what is unknown."""

from datetime import timedelta

import pytest
from flask import Flask

from pointsbank.access.errors import WaitBeforeNextTryError
from pointsbank.cards import queries, services
from pointsbank.cards.errors import CardLostError, PinLockedError, WeakPinError, WrongPinError
from pointsbank.cards.models import Card
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.ledger import queries as ledger
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_card, make_household, make_points, make_village

PIN = "314159"


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village)


@pytest.fixture
def card(village: Place, household: Household) -> Card:
    made = make_card(village, household)
    services.set_pin(village, made.id, PIN, SYSTEM)
    return made


def try_pin(village: Place, household_id: int | None, pin: str, presented: str = "") -> str:
    """What the kiosk is told."""
    try:
        services.check_pin(village, household_id, pin, SYSTEM, presented=presented)
    except PointsBankError as error:
        return error.code
    return "right"


def test_the_right_pin_passes(village: Place, card: Card) -> None:
    assert try_pin(village, card.household_id, PIN) == "right"


@pytest.mark.parametrize("pin", ["", "000000", "999999", "123456", "654321", "12345", "1234567", "12345a", "²³¹⁴⁵⁹x"])
def test_a_pin_that_anybody_would_guess_is_refused(village: Place, card: Card, pin: str) -> None:
    with pytest.raises(WeakPinError):
        services.set_pin(village, card.id, pin, SYSTEM)
    assert try_pin(village, card.household_id, PIN) == "right"


def test_full_width_digits_are_the_same_pin(village: Place, card: Card) -> None:
    services.set_pin(village, card.id, "２７１８２８", SYSTEM)
    assert try_pin(village, card.household_id, "271828") == "right"


def test_a_lost_card_takes_no_pin_and_its_pin_opens_nothing(village: Place, card: Card) -> None:
    services.report_lost(village, card.id, SYSTEM)
    with pytest.raises(CardLostError):
        services.set_pin(village, card.id, "271828", SYSTEM)
    assert try_pin(village, card.household_id, PIN) == "wrong_pin"


def test_unknown_without_pin_and_wrong_pin_get_the_same_answer(village: Place, card: Card) -> None:
    without_pin = make_household(village)
    answers = []
    for household_id, presented in ((card.household_id, ""), (without_pin.id, ""), (None, "PB1:qingxi:forged")):
        for _ in range(6):
            with pytest.raises(PointsBankError) as told:
                services.check_pin(village, household_id, "000001", SYSTEM, presented=presented)
            answers.append((type(told.value), told.value.message))
    assert answers[:6] == answers[6:12] == answers[12:]
    assert [kind for kind, _ in answers[:6]] == [WrongPinError] * 5 + [WaitBeforeNextTryError]


def test_five_wrong_ones_make_even_the_right_one_wait_fifteen_minutes(
    village: Place, card: Card, still_clock: FixedClock
) -> None:
    for _ in range(5):
        assert try_pin(village, card.household_id, "000001") == "wrong_pin"
    assert try_pin(village, card.household_id, PIN) == "wait_before_next_try"
    still_clock.move(timedelta(minutes=14))
    assert try_pin(village, card.household_id, PIN) == "wait_before_next_try"
    still_clock.move(timedelta(minutes=1, seconds=1))
    assert try_pin(village, card.household_id, PIN) == "right"


def test_a_right_pin_forgets_the_wrong_ones_before_it(village: Place, card: Card) -> None:
    for _ in range(3):
        for _ in range(4):
            assert try_pin(village, card.household_id, "000001") == "wrong_pin"
        assert try_pin(village, card.household_id, PIN) == "right"


def test_other_households_do_not_wait(village: Place, card: Card) -> None:
    other = make_card(village, make_household(village))
    services.set_pin(village, other.id, PIN, SYSTEM)
    for _ in range(5):
        try_pin(village, card.household_id, "000001")
    assert try_pin(village, other.household_id, PIN) == "right"


def lock(village: Place, card: Card, still_clock: FixedClock) -> None:
    for _ in range(3):
        for _ in range(5):
            assert try_pin(village, card.household_id, "000001") == "wrong_pin"
        still_clock.move(timedelta(minutes=16))


def test_fifteen_wrong_ones_in_a_day_lock_until_the_desk_resets(
    village: Place, card: Card, still_clock: FixedClock
) -> None:
    lock(village, card, still_clock)
    assert try_pin(village, card.household_id, PIN) == "pin_locked"
    still_clock.move(timedelta(days=40))
    with pytest.raises(PinLockedError):
        services.check_pin(village, card.household_id, PIN, SYSTEM)
    services.unlock(village, card.id, SYSTEM)
    assert try_pin(village, card.household_id, PIN) == "right"


def test_fifteen_wrong_ones_spread_over_days_do_not_lock(village: Place, card: Card, still_clock: FixedClock) -> None:
    for _ in range(6):
        for _ in range(4):
            assert try_pin(village, card.household_id, "000001") == "wrong_pin"
        still_clock.move(timedelta(hours=9))
    assert try_pin(village, card.household_id, PIN) == "right"


def test_the_desk_sees_the_exact_reason(village: Place, card: Card, still_clock: FixedClock) -> None:
    household = card.household
    assert queries.pin_state(village, household) == queries.PinState(tries=0, waiting=False, locked=False)
    for _ in range(5):
        try_pin(village, household.id, "000001")
    assert queries.pin_state(village, household) == queries.PinState(tries=5, waiting=True, locked=False)
    still_clock.move(timedelta(minutes=16))
    for _ in range(2):
        for _ in range(5):
            try_pin(village, household.id, "000001")
        still_clock.move(timedelta(minutes=16))
    assert queries.pin_state(village, household).locked


def test_a_new_pin_at_the_desk_unlocks(village: Place, card: Card, still_clock: FixedClock) -> None:
    lock(village, card, still_clock)
    services.set_pin(village, card.id, "271828", SYSTEM)
    assert try_pin(village, card.household_id, "271828") == "right"


def test_a_locked_card_still_earns(village: Place, card: Card, still_clock: FixedClock) -> None:
    household = card.household
    lock(village, card, still_clock)
    make_points(village, household, 500)
    assert ledger.balances(village.id, household.serial).spendable == 500
