"""R3: the same submit from sixteen connections moves points and goods once; all get the same answer."""

from functools import partial
from typing import Any

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.market import queries, services
from pointsbank.market.verification import problems
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.conftest import both_databases
from tests.factories import make_good, make_household, make_points, make_village
from tests.racing import race

pytestmark = both_databases

CONNECTIONS = 16
KEY = "one tap"


@pytest.fixture
def shop(app: Flask) -> tuple[int, int, int, int]:
    """Ids of a village, of a household with 100 points, its serial, and the id of a good of 5 points."""
    village = make_village()
    household = make_household(village)
    make_points(village, household, 10_000)
    good = make_good(village, "香皂", price=500, on_hand=50)
    ids = (village.id, household.id, household.serial, good.id)
    db.session.remove()
    return ids


def here(village_id: int) -> Place:
    return db.session.get_one(Place, village_id)


def test_one_redemption(app: Flask, shop: tuple[int, int, int, int]) -> None:
    village_id, household_id, serial, good_id = shop

    def redeem(quantity: int) -> dict[str, Any]:
        place, by = here(village_id), ConfirmBy.SIGNATURE
        return services.redeem(place, household_id, [(good_id, quantity)], 500 * quantity, by, SYSTEM, KEY)

    outcomes = race(app, [partial(redeem, 2)] * CONNECTIONS)
    assert outcomes == [{"redemption": 1, "points": 1_000, "balance": 9_000}] * CONNECTIONS
    assert ledger.balances(village_id, serial).spendable == 9_000
    with pytest.raises(SameKeyOtherContentError):
        redeem(3)
    assert [good.on_hand for good in queries.goods(village_id)] == [48]
    assert problems(here(village_id)) == []


def test_one_order_one_hand_over_one_return(app: Flask, shop: tuple[int, int, int, int]) -> None:
    village_id, household_id, serial, good_id = shop

    def order() -> dict[str, Any]:
        return services.place_order(here(village_id), household_id, [(good_id, 2)], 1_000, SYSTEM, KEY)

    def hand_over() -> dict[str, Any]:
        return services.hand_over(here(village_id), 1, ConfirmBy.SIGNATURE, SYSTEM, KEY + " hand over")

    def give_back() -> dict[str, Any]:
        return services.return_goods(here(village_id), 1, 1, 1, "破损", SYSTEM, KEY + " return")

    assert race(app, [order] * CONNECTIONS) == [{"order": 1, "points": 1_000, "balance": 9_000}] * CONNECTIONS
    handed = race(app, [hand_over] * CONNECTIONS)
    assert handed == [{"redemption": 1, "points": 1_000, "balance": 9_000}] * CONNECTIONS
    returned = race(app, [give_back] * CONNECTIONS)
    assert returned == [{"redemption": 1, "points": 500, "balance": 9_500}] * CONNECTIONS
    assert ledger.balances(village_id, serial).spendable == 9_500
    assert problems(here(village_id)) == []


def test_an_undo_happens_once_however_many_ask_for_it(app: Flask, shop: tuple[int, int, int, int]) -> None:
    village_id, household_id, serial, good_id = shop
    by = ConfirmBy.SIGNATURE
    services.redeem(here(village_id), household_id, [(good_id, 2)], 1_000, by, SYSTEM, new_key())
    db.session.remove()

    def void() -> dict[str, Any]:
        return services.void(here(village_id), 1, "拿错", SYSTEM, new_key())

    def give_back() -> dict[str, Any]:
        return services.return_goods(here(village_id), 1, 1, 2, "破损", SYSTEM, new_key())

    outcomes = race(app, [void, give_back] * 8)
    assert sum(isinstance(outcome, dict) for outcome in outcomes) == 1, outcomes
    assert ledger.balances(village_id, serial).spendable == 10_000
    assert [good.on_hand for good in queries.goods(village_id)] == [50]
    assert problems(here(village_id)) == []
