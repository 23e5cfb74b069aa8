"""An order is fetched in parts: what is taken is settled, the rest waits or is given up; each part has its receipt."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.ledger import queries as ledger
from pointsbank.ledger import verification as book
from pointsbank.market import queries, services
from pointsbank.market.errors import HouseholdLimitError, OrderEndedError
from pointsbank.market.models import Good, Order, OrderState
from pointsbank.market.services import Part
from pointsbank.market.verification import problems
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.conftest import both_databases
from tests.factories import make_good, make_household, make_points, make_village, redeem_now

pytestmark = both_databases

TOTAL = 3 * 6_000 + 2 * 500


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village)
    make_points(village, found, 20_000)
    return found


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", price=6_000, on_hand=5, limit=(4, Span.MONTH))


@pytest.fixture
def order(village: Place, household: Household, rice: Good) -> int:
    """Three of rice and two of soap."""
    soap = make_good(village, "香皂", price=500, on_hand=5)
    lines = [(rice.id, 3), (soap.id, 2)]
    serial: int = services.place_order(village, household.id, lines, TOTAL, SYSTEM, new_key())["order"]
    return serial


def fetch(village: Place, order: int, *pieces: tuple[int, int], keep: bool = True, key: str = "") -> Any:
    part = Part(pieces, keep_rest=keep)
    return services.hand_over(village, order, ConfirmBy.SIGNATURE, SYSTEM, key or new_key(), None, part)


def now(village: Place, order: int) -> Order:
    session().rollback()
    return queries.order(village.id, order)


def points_of(village: Place, household: Household) -> tuple[int, int]:
    found = ledger.balances(village.id, household.serial)
    return found.spendable, found.held


def assert_sound(village: Place) -> None:
    assert problems(village) == []
    assert book.problems(village) == []


def test_what_is_kept_waits_and_is_fetched_with_a_receipt_of_its_own(
    village: Place, household: Household, rice: Good, order: int
) -> None:
    taken = fetch(village, order, (1, 1), (2, 2), key="first")
    assert taken == {"redemption": 1, "points": 7_000, "balance": 1_000}
    assert fetch(village, order, (1, 1), (2, 2), key="first") == taken
    found = now(village, order)
    assert (found.state, found.points_left, found.is_begun) == (OrderState.WAITING, 12_000, True)
    assert points_of(village, household) == (1_000, 12_000)
    stock = queries.good(village.id, rice.serial)
    assert (stock.on_hand, stock.reserved) == (4, 2)
    assert_sound(village)
    services.hand_over(village, order, ConfirmBy.SIGNATURE, SYSTEM, new_key())
    assert now(village, order).state is OrderState.HANDED_OVER
    assert queries.receipts_of(now(village, order)) == [1, 2]
    assert points_of(village, household) == (1_000, 0)
    assert_sound(village)


def test_what_is_given_up_goes_back_in_the_same_act(
    village: Place, household: Household, rice: Good, order: int
) -> None:
    taken = fetch(village, order, (1, 1), (2, 0), keep=False)
    assert taken == {"redemption": 1, "points": 6_000, "balance": 14_000}
    assert now(village, order).state is OrderState.HANDED_OVER
    assert points_of(village, household) == (14_000, 0)
    stock = queries.good(village.id, rice.serial)
    assert (stock.on_hand, stock.reserved) == (4, 0)
    receipt = queries.redemption(village.id, 1)
    assert (receipt.balance_after, receipt.points) == (14_000, 6_000)
    assert_sound(village)
    with pytest.raises(OrderEndedError):
        fetch(village, order, (1, 1))


def test_the_rest_that_nobody_fetches_is_released_and_a_part_can_be_voided(
    village: Place, household: Household, order: int, still_clock: FixedClock
) -> None:
    fetch(village, order, (1, 2))
    services.void(village, 1, "拿错了", SYSTEM, new_key())
    assert points_of(village, household) == (13_000, 7_000)
    assert_sound(village)
    still_clock.move(timedelta(days=1))
    assert services.release_overdue(village) == [order]
    assert now(village, order).state is OrderState.EXPIRED
    assert points_of(village, household) == (20_000, 0)
    assert_sound(village)


def test_cancelling_the_rest_gives_back_the_rest(village: Place, household: Household, order: int) -> None:
    fetch(village, order, (1, 3))
    cancelled = services.cancel_order(village, order, SYSTEM, new_key())
    assert cancelled == {"order": order, "points": 1_000, "balance": 2_000}
    assert points_of(village, household) == (2_000, 0)
    assert_sound(village)


def test_a_limit_counts_each_piece_once(village: Place, household: Household, rice: Good, order: int) -> None:
    make_points(village, household, 20_000)
    fetch(village, order, (1, 2))
    redeem_now(village, household, rice, 1)
    with pytest.raises(HouseholdLimitError, match="已经换了或预留了 4"):
        redeem_now(village, household, rice, 1)


@pytest.mark.parametrize(
    "pieces", [((1, 4),), ((1, -1),), ((3, 1),), ((1, 1), (1, 1)), ((1, 0), (2, 0)), (), ((1, 10**12),)]
)
def test_pieces_that_are_not_there_are_refused_and_nothing_moves(
    village: Place, household: Household, order: int, pieces: tuple[tuple[int, int], ...]
) -> None:
    with pytest.raises(InvalidInputError):
        fetch(village, order, *pieces)
    assert now(village, order).points_left == TOTAL
    assert points_of(village, household) == (1_000, TOTAL)
    assert queries.redemptions(village.id) == []
