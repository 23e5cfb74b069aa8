"""Whatever statement fails, a stock-take is confirmed and a day closed whole or not at all."""

import pytest
from flask import Flask

from pointsbank.access.models import Role
from pointsbank.foundation.actor import Actor
from pointsbank.market.models import Good
from pointsbank.market.queries import closing as closes
from pointsbank.market.services import counting
from pointsbank.market.services.closing import Closing, ShelfCount, close_day
from pointsbank.market.verification import problems
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.counting import WITNESS, WITNESS_ROLE, begin, count_all, seen
from tests.factories import make_good, make_staff, make_village
from tests.faulting import assert_whole_or_nothing

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def keeper(village: Place) -> Actor:
    return make_staff(village, Role.SHOPKEEPER).actor


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", on_hand=10)


def test_confirming_a_stock_take(village: Place, rice: Good, keeper: Actor) -> None:
    overseer = make_staff(village, Role.SUPERVISION).actor
    serial = begin(village, keeper).serial
    count_all(village, serial, {rice: 9}, keeper, {rice: "查不出"})
    page = seen(village, serial)
    assert_whole_or_nothing(lambda: counting.confirm(village, serial, WITNESS, WITNESS_ROLE, page, overseer, "confirm"))
    assert problems(village) == []


def test_closing_a_day(village: Place, rice: Good, keeper: Actor) -> None:
    covered = closes.open_day(village.id).range
    closing = Closing((covered.last_redemption, covered.last_move), (ShelfCount(rice.id, 9, "查不出", booked=True),))
    assert_whole_or_nothing(lambda: close_day(village, closing, keeper, "close"))
    assert problems(village) == []
