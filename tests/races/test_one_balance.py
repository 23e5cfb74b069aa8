"""Many writers at one household's points: every point is spent once and the chain stays gapless."""

from datetime import date
from functools import partial

import pytest
from flask import Flask

from pointsbank.foundation.database import db
from pointsbank.ledger import queries
from pointsbank.ledger.booking import Source
from pointsbank.ledger.errors import NotEnoughPointsError
from pointsbank.ledger.verification import problems
from pointsbank.places.models import Place
from tests.booking import book
from tests.conftest import both_databases
from tests.factories import make_accounts, make_village
from tests.racing import race

pytestmark = both_databases

DEED, REDEMPTION = Source("claim", 1), Source("redemption", 1)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_accounts(place, *range(1, 9))
    return place


def test_a_balance_for_five_is_spent_by_five_of_sixteen(app: Flask, village: Place) -> None:
    book(village, [1], lambda batch: batch.earn(1, 500, date(2026, 3, 17), DEED, ""))
    village_id = village.id
    db.session.remove()

    def spend() -> list[int]:
        place = db.session.get_one(Place, village_id)
        return book(place, [1], lambda batch: batch.redeem(1, 100, REDEMPTION, ""))

    outcomes = race(app, [spend] * 16)
    winners = [outcome for outcome in outcomes if isinstance(outcome, list)]
    losers = [outcome for outcome in outcomes if isinstance(outcome, NotEnoughPointsError)]
    assert (len(winners), len(losers)) == (5, 11), outcomes
    assert queries.balances(village_id, 1).spendable == 0
    assert problems(db.session.get_one(Place, village_id)) == []


def test_one_key_from_sixteen_connections_moves_points_once(app: Flask, village: Place) -> None:
    village_id = village.id
    db.session.remove()

    def earn() -> list[int]:
        place = db.session.get_one(Place, village_id)
        return book(place, [1], lambda batch: batch.earn(1, 700, date(2026, 3, 17), DEED, ""), key="one")

    assert race(app, [earn] * 16) == [[1]] * 16
    assert queries.balances(village_id, 1).spendable == 700


def test_writers_of_crossing_households_never_wait_for_each_other(app: Flask, village: Place) -> None:
    village_id = village.id
    db.session.remove()

    def earn(households: list[int]) -> list[int]:
        place = db.session.get_one(Place, village_id)
        return book(place, households, lambda b: [b.earn(h, 100, date(2026, 3, 17), DEED, "") for h in households])

    pairs = [[1 + n % 8, 1 + (n + 3) % 8] for n in range(16)]
    acts = [partial(earn, pair if n % 2 else pair[::-1]) for n, pair in enumerate(pairs)]
    outcomes = race(app, acts)
    assert all(isinstance(outcome, list) for outcome in outcomes), outcomes
    assert queries.head(village_id)[0] == 32
    assert [queries.balances(village_id, h).spendable for h in range(1, 9)] == [400] * 8
    assert problems(db.session.get_one(Place, village_id)) == []
