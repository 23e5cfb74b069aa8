"""Nothing is handed out while the shop is closed, nothing redeemed outside the period; the refusal says when."""

from datetime import date, timedelta

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.errors import RedeemingClosedError, ShopClosedError
from pointsbank.market.models import Good, OrderState
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy, VillageSettings
from tests.factories import make_good, make_household, make_points, make_village, redeem_now

WEDNESDAY = date(2026, 3, 18)


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
    return make_good(village, price=6_000, on_hand=5)


def set_opening(village: Place, settings: VillageSettings) -> None:
    places.change_settings(village.id, settings, WEDNESDAY, SYSTEM)


def order(village: Place, household: Household, good: Good) -> int:
    placed = services.place_order(village, household.id, [(good.id, 1)], good.points_price, SYSTEM, new_key())
    serial: int = placed["order"]
    return serial


def hand_over(village: Place, serial: int) -> None:
    services.hand_over(village, serial, ConfirmBy.SIGNATURE, SYSTEM, new_key())


def test_on_a_closed_day_it_can_be_ordered_and_waits_until_it_can_be_fetched(
    village: Place, household: Household, rice: Good, still_clock: FixedClock
) -> None:
    set_opening(village, VillageSettings(open_weekdays=(5,), opening_hours="08:30-11:30"))
    with pytest.raises(ShopClosedError, match=r"下次 3月20日（周五）8:30 开门"):
        redeem_now(village, household, rice, 1)
    serial = order(village, household, rice)
    assert queries.order(village.id, serial).expires_on == date(2026, 3, 20)
    assert services.release_expired(village, SYSTEM, new_key())["orders"] == []
    with pytest.raises(ShopClosedError):
        hand_over(village, serial)
    still_clock.move(timedelta(days=2))
    assert services.release_overdue(village) == []
    hand_over(village, serial)
    assert queries.order(village.id, serial).state is OrderState.HANDED_OVER


def test_outside_the_period_nothing_new_is_redeemed_but_what_was_ordered_is_handed_out(
    village: Place, household: Household, rice: Good
) -> None:
    serial = order(village, household, rice)
    set_opening(village, VillageSettings(redeem_days="1-10"))
    with pytest.raises(RedeemingClosedError, match=r"每月 1 到 10 号兑换，下次从 4月1日（周三）起"):
        redeem_now(village, household, rice, 1)
    hand_over(village, serial)
    with pytest.raises(RedeemingClosedError):
        order(village, household, rice)


def test_an_order_is_kept_as_many_days_as_the_village_says(
    village: Place, household: Household, rice: Good, still_clock: FixedClock
) -> None:
    set_opening(village, VillageSettings(order_days=2))
    serial = order(village, household, rice)
    for _ in range(2):
        assert services.release_overdue(village) == []
        still_clock.move(timedelta(days=1))
    assert services.release_expired(village, SYSTEM, new_key())["orders"] == [serial]
