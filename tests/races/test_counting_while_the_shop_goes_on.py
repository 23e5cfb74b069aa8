"""A stock-take is confirmed, a day closed, while people redeem and bring back: nothing is lost or doubled."""

import contextlib
from collections.abc import Callable

import pytest
from flask import Flask

from pointsbank.access.models import Role
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.errors import ChangedMeanwhileError, NothingToCloseError
from pointsbank.market.queries import closing as closes
from pointsbank.market.services import counting
from pointsbank.market.services.closing import Closing, close_day
from pointsbank.market.verification import problems
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.conftest import both_databases
from tests.counting import WITNESS, WITNESS_ROLE, begin, count_all, seen
from tests.factories import make_good, make_household, make_points, make_staff, make_village, redeem_now
from tests.racing import race

pytestmark = both_databases

PRICE = 500
SHOPPERS = 6


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def here(village_id: int) -> Place:
    """The village as this thread's own session knows it."""
    return db.session.get_one(Place, village_id)


def test_returns_and_sales_while_a_stock_take_is_confirmed(app: Flask, village: Place) -> None:
    keeper, overseer = make_staff(village, Role.SHOPKEEPER).actor, make_staff(village, Role.SUPERVISION).actor
    rice, soap = (
        make_good(village, "大米", price=PRICE, on_hand=50),
        make_good(village, "香皂", price=PRICE, on_hand=50),
    )
    households = [make_household(village) for _ in range(SHOPPERS)]
    receipts = []
    for household in households:
        make_points(village, household, 10 * PRICE)
        receipts.append(redeem_now(village, household, rice, 2))
    taken = begin(village, keeper)
    left = 50 - 2 * SHOPPERS
    count_all(village, taken.serial, {rice: left - 3, soap: 51}, keeper, {rice: "少了三袋", soap: "多一块"})
    page, village_id, serial = seen(village, taken.serial), village.id, taken.serial
    goods, ids, rice_serial = (soap.id, rice.id), [household.id for household in households], rice.serial
    soap_serial = soap.serial
    db.session.remove()

    def confirm() -> object:
        return counting.confirm(here(village_id), serial, WITNESS, WITNESS_ROLE, page, overseer, new_key())

    def bring_back(receipt: int) -> Callable[[], object]:
        return lambda: services.return_goods(here(village_id), receipt, 1, 1, "拿多了", SYSTEM, new_key())

    def take(household: int) -> Callable[[], object]:
        lines = [(good, 1) for good in goods]
        return lambda: services.redeem(
            here(village_id), household, lines, 2 * PRICE, ConfirmBy.SIGNATURE, SYSTEM, new_key()
        )

    outcomes = race(app, [confirm, *map(bring_back, receipts), *map(take, ids)])
    assert all(isinstance(outcome, dict) for outcome in outcomes), outcomes
    assert queries.good(village_id, rice_serial).on_hand == left - 3 + SHOPPERS - SHOPPERS
    assert queries.good(village_id, soap_serial).on_hand == 51 - SHOPPERS
    assert problems(here(village_id)) == []


def test_days_closed_while_people_redeem_cover_each_receipt_once(app: Flask, village: Place) -> None:
    rice = make_good(village, "大米", price=PRICE, on_hand=50)
    households = [make_household(village) for _ in range(SHOPPERS)]
    for household in households:
        make_points(village, household, 10 * PRICE)
    village_id, rice_id, ids = village.id, rice.id, [household.id for household in households]
    db.session.remove()

    def take(household: int) -> Callable[[], object]:
        by = ConfirmBy.SIGNATURE
        return lambda: services.redeem(here(village_id), household, [(rice_id, 1)], PRICE, by, SYSTEM, new_key())

    def close() -> object:
        """The page is loaded again until it is signed as it was seen: there is always somebody who comes meanwhile."""
        while not (covered := closes.open_day(village_id).range).is_empty:
            seen_now = (covered.last_redemption, covered.last_move)
            with contextlib.suppress(ChangedMeanwhileError, NothingToCloseError):
                close_day(here(village_id), Closing(seen_now), SYSTEM, new_key())
        return {}

    outcomes = race(app, [close, close, *map(take, ids), close, close])
    assert all(isinstance(outcome, dict) for outcome in outcomes), outcomes
    close()
    db.session.remove()
    assert sum(one.redemptions for one in closes.day_closes(village_id)) == SHOPPERS
    assert problems(here(village_id)) == []
