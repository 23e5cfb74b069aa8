"""An order reserves points and goods; handing over settles both, cancelling and the day's close release both."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.errors import NotEnoughPointsError, SameKeyOtherContentError
from pointsbank.market import queries, services
from pointsbank.market.errors import (
    HouseholdClosedError,
    HouseholdLimitError,
    NotOfferedError,
    OrderEndedError,
    OrderWaitsError,
    OutOfStockError,
    PricesChangedError,
)
from pointsbank.market.models import Good, Order, OrderState
from pointsbank.market.verification import problems
from pointsbank.people import services as people
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.conftest import both_databases
from tests.factories import make_good, make_household, make_points, make_village

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    return rich_household(village, 20_000)


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", price=6_000, on_hand=5)


def rich_household(village: Place, points: int, number: str = "1-1") -> Household:
    found = make_household(village, number=number)
    make_points(village, found, points)
    return found


def order(village: Place, household: Household, *lines: tuple[Good, int], key: str = "", seen: int = -1) -> Any:
    total = sum(good.points_price * quantity for good, quantity in lines) if seen < 0 else seen
    wanted = [(good.id, quantity) for good, quantity in lines]
    return services.place_order(village, household.id, wanted, total, SYSTEM, key or new_key())


def hand_over(village: Place, serial: int, key: str = "") -> Any:
    return services.hand_over(village, serial, ConfirmBy.SIGNATURE, SYSTEM, key or new_key())


def points_of(village: Place, household: Household) -> tuple[int, int]:
    """To spend, reserved."""
    found = ledger.balances(village.id, household.serial)
    return found.spendable, found.held


def stock_of(village: Place, good: Good) -> tuple[int, int]:
    """On hand, reserved."""
    session().rollback()
    found = queries.good(village.id, good.serial)
    return found.on_hand, found.reserved


def test_an_order_holds_the_points_and_puts_the_pieces_aside(village: Place, household: Household, rice: Good) -> None:
    made = order(village, household, (rice, 2))
    assert made == {"order": 1, "points": 12_000, "balance": 8_000}
    assert points_of(village, household) == (8_000, 12_000)
    assert stock_of(village, rice) == (5, 2)
    assert [(o.serial, o.household.number) for o in queries.waiting_orders(village.id)] == [(1, "01-001")]
    assert problems(village) == []


def test_handing_over_spends_the_held_points_and_issues_the_pieces(
    village: Place, household: Household, rice: Good
) -> None:
    made = hand_over(village, order(village, household, (rice, 2))["order"])
    assert made == {"redemption": 1, "points": 12_000, "balance": 8_000}
    assert points_of(village, household) == (8_000, 0)
    assert stock_of(village, rice) == (3, 0)
    receipt = queries.redemption(village.id, 1)
    assert [(line.good.name, line.quantity, line.points_price) for line in receipt.lines] == [("大米", 2, 6_000)]
    assert queries.waiting_orders(village.id) == []
    assert problems(village) == []


def test_an_order_is_handed_over_once(village: Place, household: Household, rice: Good) -> None:
    serial = order(village, household, (rice, 1))["order"]
    first = hand_over(village, serial, key="tap")
    assert hand_over(village, serial, key="tap") == first
    with pytest.raises(OrderEndedError, match="已经交货"):
        hand_over(village, serial, key="another tap")
    assert points_of(village, household) == (14_000, 0)
    assert stock_of(village, rice) == (4, 0)


def test_a_cancelled_order_gives_back_points_and_pieces(village: Place, household: Household, rice: Good) -> None:
    serial = order(village, household, (rice, 2))["order"]
    assert services.cancel_order(village, serial, SYSTEM, new_key()) == {
        "order": serial,
        "points": 12_000,
        "balance": 20_000,
    }
    assert points_of(village, household) == (20_000, 0)
    assert stock_of(village, rice) == (5, 0)
    with pytest.raises(OrderEndedError, match="已经取消"):
        hand_over(village, serial)
    with pytest.raises(OrderEndedError):
        services.cancel_order(village, serial, SYSTEM, new_key())
    assert problems(village) == []


def test_the_days_close_releases_what_nobody_fetched(
    village: Place, household: Household, rice: Good, still_clock: FixedClock
) -> None:
    neighbour = rich_household(village, 10_000, "1-2")
    yesterdays = order(village, neighbour, (rice, 1))["order"]
    still_clock.move(timedelta(days=1))
    todays = order(village, household, (rice, 2))["order"]
    closed = services.release_expired(village, SYSTEM, new_key())
    assert closed == {"orders": [yesterdays, todays], "points": 18_000}
    assert points_of(village, household) == (20_000, 0)
    assert points_of(village, neighbour) == (10_000, 0)
    assert stock_of(village, rice) == (5, 0)
    states = {o.state for o in session().query(Order)}
    assert states == {OrderState.EXPIRED}
    assert services.release_expired(village, SYSTEM, new_key()) == {"orders": [], "points": 0}
    assert problems(village) == []


def test_a_household_has_one_open_order(village: Place, household: Household, rice: Good) -> None:
    order(village, household, (rice, 1))
    with pytest.raises(OrderWaitsError, match="1 号"):
        order(village, household, (rice, 1))
    assert stock_of(village, rice) == (5, 1)


def test_a_price_changed_after_the_person_saw_it_stops_the_order(
    village: Place, household: Household, rice: Good
) -> None:
    details = services.details_of(rice)
    dearer = replace(details, points_price=6_500)
    services.change_good(village, rice.serial, dearer, rice.version, SYSTEM)
    with pytest.raises(PricesChangedError, match="现在一共 65 分，刚才看到的是 60 分"):
        order(village, household, (rice, 1), seen=6_000)
    assert points_of(village, household) == (20_000, 0)
    assert stock_of(village, rice) == (5, 0)


def test_a_waiting_order_keeps_the_price_it_was_placed_at(village: Place, household: Household, rice: Good) -> None:
    serial = order(village, household, (rice, 1))["order"]
    details = services.details_of(queries.good(village.id, rice.serial))
    services.change_good(village, rice.serial, replace(details, points_price=9_900), 1, SYSTEM)
    assert hand_over(village, serial)["points"] == 6_000
    assert problems(village) == []


def test_too_few_points_are_told_with_what_is_missing(village: Place, rice: Good) -> None:
    poor = rich_household(village, 4_850, "1-9")
    with pytest.raises(NotEnoughPointsError, match=r"还差 11\.5 分"):
        order(village, poor, (rice, 1))
    assert stock_of(village, rice) == (5, 0)


def test_what_is_gone_is_told_and_the_points_stay(village: Place, household: Household) -> None:
    soap = make_good(village, "香皂", price=900, on_hand=1)
    neighbour = rich_household(village, 10_000, "1-2")
    order(village, neighbour, (soap, 1))
    with pytest.raises(OutOfStockError, match="这样东西刚刚被换完了"):
        order(village, household, (soap, 1))
    assert points_of(village, household) == (20_000, 0)


def test_fewer_than_wanted_are_told_with_the_number_left(village: Place, household: Household, rice: Good) -> None:
    with pytest.raises(OutOfStockError, match="只剩 5 袋"):
        order(village, household, (rice, 6), seen=36_000)


def test_a_good_off_the_shelf_cannot_be_ordered(village: Place, household: Household, rice: Good) -> None:
    details = services.details_of(rice)
    services.change_good(village, rice.serial, replace(details, offered=False), 1, SYSTEM)
    with pytest.raises(NotOfferedError, match="下架"):
        order(village, household, (rice, 1))


def test_a_limit_counts_what_was_taken_and_kept_and_what_waits(village: Place, household: Household) -> None:
    oil = make_good(village, "菜籽油", price=1_000, on_hand=10, limit=(3, Span.MONTH))
    taken = hand_over(village, order(village, household, (oil, 2))["order"])
    with pytest.raises(HouseholdLimitError, match="每户每月最多换 3 袋，这户已经换了或预留了 2 袋"):
        order(village, household, (oil, 2))
    services.return_goods(village, taken["redemption"], 1, 1, "包装破损", SYSTEM, new_key())
    waiting = order(village, household, (oil, 2))["order"]
    with pytest.raises(HouseholdLimitError):
        services.redeem(village, household.id, [(oil.id, 1)], 1_000, ConfirmBy.SIGNATURE, SYSTEM, new_key())
    services.cancel_order(village, waiting, SYSTEM, new_key())
    services.void(
        village,
        hand_over(village, order(village, household, (oil, 2))["order"])["redemption"],
        "记错",
        SYSTEM,
        new_key(),
    )
    order(village, household, (oil, 2))


def test_a_limit_begins_anew_with_the_next_span(village: Place, household: Household, still_clock: FixedClock) -> None:
    oil = make_good(village, "菜籽油", price=1_000, on_hand=10, limit=(1, Span.MONTH))
    hand_over(village, order(village, household, (oil, 1))["order"])
    still_clock.move(timedelta(days=31))
    order(village, household, (oil, 1))


@pytest.mark.parametrize("quantity", [0, -1, 1_000, 10**9])
def test_an_impossible_quantity_is_refused(village: Place, household: Household, rice: Good, quantity: int) -> None:
    with pytest.raises(InvalidInputError, match="数量"):
        order(village, household, (rice, quantity), seen=100)


def test_a_basket_without_lines_or_with_a_thousand_is_refused(village: Place, household: Household, rice: Good) -> None:
    with pytest.raises(InvalidInputError, match="还没有选"):
        order(village, household)
    with pytest.raises(InvalidInputError, match="一次最多"):
        order(village, household, *[(rice, 1)] * 1_000)


def test_the_same_good_twice_in_a_basket_is_one_line(village: Place, household: Household, rice: Good) -> None:
    serial = order(village, household, (rice, 1), (rice, 2))["order"]
    assert [(line.position, line.quantity) for line in queries.order(village.id, serial).lines] == [(1, 3)]


def test_another_villages_good_household_and_order_are_not_found(
    village: Place, household: Household, rice: Good
) -> None:
    other = make_village("miaopo", name="庙坡社区")
    stranger, theirs = rich_household(other, 9_000), make_good(other)
    with pytest.raises(NotFoundError):
        order(village, household, (theirs, 1))
    with pytest.raises(NotFoundError):
        order(village, stranger, (rice, 1))
    serial = order(other, stranger, (theirs, 1))["order"]
    with pytest.raises(NotFoundError):
        hand_over(village, serial)
    with pytest.raises(NotFoundError):
        services.cancel_order(village, serial, SYSTEM, new_key())


def test_a_closed_household_takes_nothing(village: Place, household: Household, rice: Good) -> None:
    people.close_household(village, household.id, household.version, SYSTEM)
    with pytest.raises(HouseholdClosedError):
        order(village, household, (rice, 1))


def test_tapping_twice_orders_once_and_the_same_key_for_something_else_is_refused(
    village: Place, household: Household, rice: Good
) -> None:
    first = order(village, household, (rice, 1), key="tap")
    assert order(village, household, (rice, 1), key="tap") == first
    with pytest.raises(SameKeyOtherContentError):
        order(village, household, (rice, 2), key="tap")
    assert stock_of(village, rice) == (5, 1)


def test_a_refused_order_can_be_tried_again_under_its_key(village: Place, household: Household, rice: Good) -> None:
    with pytest.raises(PricesChangedError):
        order(village, household, (rice, 1), key="tap", seen=1)
    assert order(village, household, (rice, 1), key="tap")["order"] == 1
