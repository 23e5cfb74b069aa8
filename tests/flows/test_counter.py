"""At the counter goods go over at once, with a receipt number; a mistake is undone as a whole or piece by piece."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.errors import NotEnoughPointsError
from pointsbank.market import queries, services
from pointsbank.market.errors import OutOfStockError, PinNeededError, PricesChangedError, RedemptionEndedError
from pointsbank.market.models import Good
from pointsbank.market.verification import problems
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy, VillageSettings
from tests.conftest import both_databases
from tests.counting import make_close
from tests.factories import make_good, make_household, make_points, make_village

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village, number="1-1")
    make_points(village, found, 20_000)
    return found


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", price=6_000, on_hand=5)


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", price=950, on_hand=5)


def redeem(
    village: Place,
    household: Household,
    *lines: tuple[Good, int],
    key: str = "",
    confirmed_by: ConfirmBy = ConfirmBy.SIGNATURE,
) -> Any:
    total = sum(good.points_price * quantity for good, quantity in lines)
    wanted = [(good.id, quantity) for good, quantity in lines]
    return services.redeem(village, household.id, wanted, total, confirmed_by, SYSTEM, key or new_key())


def spendable(village: Place, household: Household) -> int:
    return ledger.balances(village.id, household.serial).spendable


def on_hand(village: Place, good: Good) -> int:
    session().rollback()
    return queries.good(village.id, good.serial).on_hand


def test_goods_go_over_the_counter_with_a_receipt(village: Place, household: Household, rice: Good, soap: Good) -> None:
    assert redeem(village, household, (rice, 1), (soap, 2)) == {"redemption": 1, "points": 7_900, "balance": 12_100}
    receipt = queries.redemption(village.id, 1)
    assert (receipt.points, receipt.balance_after, receipt.confirmed_by) == (7_900, 12_100, "signature")
    assert [(line.good.name, line.quantity) for line in receipt.lines] == [("大米", 1), ("香皂", 2)]
    assert (on_hand(village, rice), on_hand(village, soap)) == (4, 3)
    [line, *_] = ledger.statement(village.id, household.serial)
    assert (line.amount, line.text) == (-7_900, "大米 5kg/袋×1、香皂 5kg/袋×2")
    assert problems(village) == []


def test_receipt_numbers_count_up_without_a_gap(village: Place, household: Household, soap: Good) -> None:
    redeem(village, household, (soap, 1))
    with pytest.raises(OutOfStockError):
        redeem(village, household, (soap, 5))
    assert redeem(village, household, (soap, 1))["redemption"] == 2


def test_points_reserved_for_an_order_cannot_be_spent_at_the_counter(
    village: Place, household: Household, rice: Good, soap: Good
) -> None:
    services.place_order(village, household.id, [(rice.id, 3)], 18_000, SYSTEM, new_key())
    with pytest.raises(NotEnoughPointsError, match=r"还差 8\.5 分"):
        redeem(village, household, (soap, 3))


def test_a_total_that_the_server_does_not_come_to_is_refused(village: Place, household: Household, rice: Good) -> None:
    with pytest.raises(PricesChangedError):
        services.redeem(village, household.id, [(rice.id, 1)], 1, ConfirmBy.SIGNATURE, SYSTEM, new_key())
    assert spendable(village, household) == 20_000


def test_where_the_pin_confirms_a_signature_is_not_enough(village: Place, household: Household, rice: Good) -> None:
    places.change_settings(village.id, VillageSettings(confirm_by=ConfirmBy.PIN), clock.today(), SYSTEM)
    with pytest.raises(PinNeededError):
        redeem(village, household, (rice, 1))
    ordered = services.place_order(village, household.id, [(rice.id, 1)], 6_000, SYSTEM, new_key())
    with pytest.raises(PinNeededError):
        services.hand_over(village, ordered["order"], ConfirmBy.SIGNATURE, SYSTEM, new_key())
    assert services.hand_over(village, ordered["order"], ConfirmBy.PIN, SYSTEM, new_key())["redemption"] == 1
    assert queries.redemption(village.id, 1).confirmed_by == "pin"


def test_a_void_on_the_same_day_puts_everything_back_once(
    village: Place, household: Household, rice: Good, soap: Good
) -> None:
    redeem(village, household, (rice, 1), (soap, 2))
    assert services.void(village, 1, "拿错了户", SYSTEM, "undo") == {
        "redemption": 1,
        "points": 7_900,
        "balance": 20_000,
    }
    assert services.void(village, 1, "拿错了户", SYSTEM, "undo")["balance"] == 20_000
    with pytest.raises(RedemptionEndedError, match="已经作废"):
        services.void(village, 1, "再来一次", SYSTEM, new_key())
    assert (on_hand(village, rice), on_hand(village, soap)) == (5, 5)
    assert problems(village) == []


def test_an_order_that_was_handed_over_can_be_voided(village: Place, household: Household, rice: Good) -> None:
    ordered = services.place_order(village, household.id, [(rice.id, 2)], 12_000, SYSTEM, new_key())
    services.hand_over(village, ordered["order"], ConfirmBy.SIGNATURE, SYSTEM, new_key())
    services.void(village, 1, "没有领", SYSTEM, new_key())
    assert (spendable(village, household), on_hand(village, rice)) == (20_000, 5)
    assert problems(village) == []


def test_a_void_on_the_next_day_is_refused(
    village: Place, household: Household, soap: Good, still_clock: FixedClock
) -> None:
    redeem(village, household, (soap, 1))
    still_clock.move(timedelta(days=1))
    with pytest.raises(RedemptionEndedError, match="只有当天"):
        services.void(village, 1, "拿错", SYSTEM, new_key())


def test_a_void_after_the_days_close_is_refused_and_a_return_is_not(
    village: Place, household: Household, soap: Good
) -> None:
    redeem(village, household, (soap, 1))
    make_close(village, SYSTEM)
    with pytest.raises(RedemptionEndedError, match="已经日结"):
        services.void(village, 1, "拿错", SYSTEM, new_key())
    services.return_goods(village, 1, 1, 1, "拿错", SYSTEM, new_key())
    redeem(village, household, (soap, 1))
    services.void(village, 2, "拿错", SYSTEM, new_key())
    assert problems(village) == []


def test_a_void_or_return_needs_a_reason(village: Place, household: Household, soap: Good) -> None:
    redeem(village, household, (soap, 1))
    with pytest.raises(InvalidInputError, match="作废原因不能空着"):
        services.void(village, 1, " \u200b\n", SYSTEM, new_key())
    with pytest.raises(InvalidInputError, match="最多 200 个字"):
        services.return_goods(village, 1, 1, 1, "长" * 10_000, SYSTEM, new_key())


def test_a_return_gives_back_the_price_that_was_paid(
    village: Place, household: Household, soap: Good, still_clock: FixedClock
) -> None:
    redeem(village, household, (soap, 3))
    still_clock.move(timedelta(days=9))
    returned = services.return_goods(village, 1, 1, 2, "过期", SYSTEM, new_key())
    assert returned == {"redemption": 1, "points": 1_900, "balance": 19_050}
    assert on_hand(village, soap) == 4
    assert queries.redemption(village.id, 1).lines[0].returned == 2
    assert problems(village) == []


def test_never_more_is_returned_than_was_taken(village: Place, household: Household, soap: Good) -> None:
    redeem(village, household, (soap, 3))
    services.return_goods(village, 1, 1, 2, "过期", SYSTEM, new_key())
    for quantity in (2, 0, -1, 10**12):
        with pytest.raises(InvalidInputError, match="还能退 1 袋"):
            services.return_goods(village, 1, 1, quantity, "过期", SYSTEM, new_key())
    services.return_goods(village, 1, 1, 1, "过期", SYSTEM, new_key())
    assert spendable(village, household) == 20_000
    assert problems(village) == []


def test_a_void_after_a_return_is_refused_with_the_way_out(village: Place, household: Household, soap: Good) -> None:
    redeem(village, household, (soap, 3))
    services.return_goods(village, 1, 1, 1, "过期", SYSTEM, new_key())
    with pytest.raises(RedemptionEndedError, match="其余的请用“退换”退回"):
        services.void(village, 1, "拿错", SYSTEM, new_key())
    assert spendable(village, household) == 18_100


def test_a_line_that_is_not_on_the_receipt_and_an_unknown_receipt_are_told(
    village: Place, household: Household, soap: Good
) -> None:
    redeem(village, household, (soap, 1))
    with pytest.raises(NotFoundError, match="没有这样东西"):
        services.return_goods(village, 1, 2, 1, "过期", SYSTEM, new_key())
    with pytest.raises(NotFoundError, match="没有这个兑换号"):
        services.void(village, 99, "拿错", SYSTEM, new_key())


def test_another_villages_receipt_is_not_found(village: Place, household: Household, soap: Good) -> None:
    redeem(village, household, (soap, 1))
    other = make_village("miaopo", name="庙坡社区")
    with pytest.raises(NotFoundError):
        services.void(other, 1, "拿错", SYSTEM, new_key())


def test_the_figures_of_a_month_leave_out_what_came_back(
    village: Place, household: Household, rice: Good, soap: Good
) -> None:
    redeem(village, household, (rice, 1))
    redeem(village, household, (soap, 3))
    redeem(village, household, (soap, 2))
    services.void(village, 3, "拿错", SYSTEM, new_key())
    services.return_goods(village, 2, 1, 1, "过期", SYSTEM, new_key())
    today = clock.today()
    found = queries.figures(village.id, today, today)
    assert (found.redemptions, found.households, found.points, found.pieces) == (2, 1, 7_900, 3)
    assert [(good.title, good.pieces) for good in found.goods] == [("香皂 5kg/袋", 2), ("大米 5kg/袋", 1)]
    assert queries.figures(village.id, today - timedelta(days=9), today - timedelta(days=1)).redemptions == 0


def test_what_is_taken_most_comes_first_among_the_goods_to_pick(
    village: Place, household: Household, rice: Good, soap: Good
) -> None:
    redeem(village, household, (soap, 2))
    assert [good.name for good in queries.popular(village.id)] == ["香皂", "大米"]
