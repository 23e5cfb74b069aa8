"""Parts of one order fetched at two counters while its time runs out; a price that changes before the confirmation."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import db
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries, services
from pointsbank.market.errors import OrderEndedError, PricesChangedError
from pointsbank.market.services import Part
from pointsbank.market.verification import problems
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.conftest import both_databases
from tests.factories import make_good, make_household, make_points, make_village
from tests.racing import race

pytestmark = both_databases

PRICE, ORDERED = 500, 6


@pytest.fixture
def shop(app: Flask) -> tuple[int, int, int, int]:
    """Ids of a village and of a household with 100 points, its serial, and the id of a good of 5 points."""
    village = make_village()
    household = make_household(village)
    make_points(village, household, 10_000)
    good = make_good(village, "香皂", price=PRICE, on_hand=50)
    ids = (village.id, household.id, household.serial, good.id)
    db.session.remove()
    return ids


def here(village_id: int) -> Place:
    return db.session.get_one(Place, village_id)


def test_an_order_that_expires_while_parts_of_it_are_fetched_gives_out_each_piece_once(
    app: Flask, shop: tuple[int, int, int, int], still_clock: FixedClock
) -> None:
    village_id, household_id, serial, good_id = shop
    lines = [(good_id, ORDERED)]
    services.place_order(here(village_id), household_id, lines, ORDERED * PRICE, SYSTEM, new_key())
    still_clock.move(timedelta(days=1))
    db.session.remove()

    def fetch(pieces: int, keep: bool) -> dict[str, Any]:
        part, by = Part(((1, pieces),), keep_rest=keep), ConfirmBy.SIGNATURE
        return services.hand_over(here(village_id), 1, by, SYSTEM, new_key(), None, part)

    def release() -> list[int]:
        return services.release_overdue(here(village_id))

    acts: list[Callable[[], object]] = [partial(fetch, 2, True)] * 3 + [partial(fetch, 1, False), release, release]
    outcomes = race(app, acts)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(one, OrderEndedError | InvalidInputError) for one in refused), refused
    [good] = queries.goods(village_id)
    given = 50 - good.on_hand
    assert (good.reserved, given) == (
        0,
        sum(outcome["points"] for outcome in outcomes if isinstance(outcome, dict)) // PRICE,
    )
    balances = ledger.balances(village_id, serial)
    assert (balances.spendable, balances.held) == (10_000 - given * PRICE, 0)
    assert problems(here(village_id)) == []


def test_a_price_that_changes_before_the_confirmation_is_asked_again_or_was_not_yet_there(
    app: Flask, shop: tuple[int, int, int, int]
) -> None:
    village_id, household_id, serial, good_id = shop
    [good] = queries.goods(village_id)
    good_serial, dearer = good.serial, replace(services.details_of(good), points_price=700)
    db.session.remove()

    def redeem(seen: int) -> dict[str, Any]:
        by = ConfirmBy.SIGNATURE
        return services.redeem(here(village_id), household_id, [(good_id, 1)], seen, by, SYSTEM, new_key())

    def reprice() -> None:
        services.change_good(here(village_id), good_serial, dearer, 1, SYSTEM)

    outcomes = race(app, [partial(redeem, PRICE)] * 4 + [reprice] + [partial(redeem, PRICE)] * 3)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(one, PricesChangedError) for one in refused), refused
    paid = [outcome["points"] for outcome in outcomes if isinstance(outcome, dict)]
    assert set(paid) <= {PRICE}
    assert ledger.balances(village_id, serial).spendable == 10_000 - sum(paid)
    with pytest.raises(PricesChangedError, match="现在一共 7 分，刚才看到的是 5 分"):
        redeem(PRICE)
    assert problems(here(village_id)) == []
