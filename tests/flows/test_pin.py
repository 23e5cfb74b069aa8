"""The PIN: set at the desk, counted at every wrong try, the same answer for what is unknown."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pointsbank.access.errors import WaitBeforeNextTryError
from pointsbank.access.models import Role, Staff
from pointsbank.audit.models import AuditEvent, AuditText
from pointsbank.cards import queries, services
from pointsbank.cards.errors import (
    CardLostError,
    PinLockedError,
    SecondPersonNeededError,
    WeakPinError,
    WrongPinError,
)
from pointsbank.cards.models import Card
from pointsbank.cards.services import pins
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_card, make_household, make_points, make_staff, make_village

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


@pytest.fixture
def second(village: Place) -> Staff:
    """Who stands beside when a PIN is set anew."""
    return make_staff(village, Role.COMMITTEE)


SAME_EVENT = (AuditText.place_id == AuditEvent.place_id) & (AuditText.sequence == AuditEvent.sequence)
IS_RESET = AuditEvent.action == "card.pin_reset"


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


def test_full_width_digits_are_the_same_pin(village: Place, card: Card, second: Staff) -> None:
    services.set_pin(village, card.id, "２７１８２８", SYSTEM, second)
    assert try_pin(village, card.household_id, "271828") == "right"


def test_a_pin_is_set_anew_by_two_different_people_only(village: Place, card: Card, second: Staff) -> None:
    for actor, beside in ((SYSTEM, None), (second.actor, second)):
        with pytest.raises(SecondPersonNeededError):
            services.set_pin(village, card.id, "271828", actor, beside)
    assert try_pin(village, card.household_id, PIN) == "right"
    services.set_pin(village, card.id, "271828", SYSTEM, second)
    assert try_pin(village, card.household_id, PIN) == "wrong_pin"
    assert try_pin(village, card.household_id, "271828") == "right"
    noted = session().execute(select(AuditText.text).join_from(AuditText, AuditEvent, SAME_EVENT).where(IS_RESET))
    assert [second.actor.key in row.text for row in noted] == [True]


def test_nobody_resets_alone_by_replacing_or_by_a_further_card(village: Place, card: Card) -> None:
    further = services.add_card(village, card.household_id, "", SYSTEM, new_key())["card"]
    new = services.replace_card(village, card.id, SYSTEM, new_key())["card"]
    for card_id in (further, new):
        with pytest.raises(SecondPersonNeededError):
            services.set_pin(village, card_id, "271828", SYSTEM)


def test_by_the_number_any_pin_does_by_the_card_only_its_own(village: Place, card: Card, second: Staff) -> None:
    further = services.add_card(village, card.household_id, "奶奶的", SYSTEM, new_key())["card"]
    services.set_pin(village, further, "271828", SYSTEM, second)
    for pin in (PIN, "271828"):
        assert try_pin(village, card.household_id, pin) == "right"
    services.check_pin(village, card.household_id, PIN, SYSTEM, card_id=card.id)
    with pytest.raises(WrongPinError):
        services.check_pin(village, card.household_id, "271828", SYSTEM, card_id=card.id)


def test_the_pin_of_an_expired_card_opens_nothing(village: Place, card: Card, still_clock: FixedClock) -> None:
    services.edit_card(village, card.id, "", clock.today(), SYSTEM)
    still_clock.move(timedelta(days=1))
    assert try_pin(village, card.household_id, PIN) == "wrong_pin"


def test_a_wrong_pin_takes_as_many_hashes_known_or_not(
    village: Place, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []

    def matches(hashed: str | None, _pin: str) -> bool:
        asked.append(hashed)
        return False

    monkeypatch.setattr(pins, "secret_matches", matches)
    qr, foreign = queries.qr_text(village, card), f"PB1:miaopo:{'x' * 43}"
    shown = [
        (card.household_id, card.id, qr),
        (None, None, foreign),
        (card.household_id, None, "3/12"),
        (None, None, "9/9"),
    ]
    counts = []
    for household_id, card_id, presented in shown:
        asked.clear()
        with pytest.raises(WrongPinError):
            services.check_pin(village, household_id, "000001", SYSTEM, presented=presented, card_id=card_id)
        counts.append(len(asked))
    assert counts == [1, 1, services.CARDS_PER_HOUSEHOLD_MAX, services.CARDS_PER_HOUSEHOLD_MAX]


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


def test_a_new_pin_at_the_desk_unlocks(village: Place, card: Card, second: Staff, still_clock: FixedClock) -> None:
    lock(village, card, still_clock)
    services.set_pin(village, card.id, "271828", SYSTEM, second)
    assert try_pin(village, card.household_id, "271828") == "right"


def test_a_locked_card_still_earns(village: Place, card: Card, still_clock: FixedClock) -> None:
    household = card.household
    lock(village, card, still_clock)
    make_points(village, household, 500)
    assert ledger.balances(village.id, household.serial).spendable == 500
