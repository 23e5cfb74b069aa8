"""Many hands at one fund: what is there is spent once, and a line is undone once."""

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import today
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.fund import queries, services
from pointsbank.fund.errors import ReversalRefusedError
from pointsbank.fund.models import EntryKind
from pointsbank.fund.services import EntryDraft
from pointsbank.fund.verification import problems
from pointsbank.ledger import verification as book
from pointsbank.ledger.errors import NotEnoughMoneyError
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_village
from tests.racing import race

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def record(village: Place, kind: EntryKind, amount_fen: int) -> int:
    draft = EntryDraft(kind, amount_fen, today(), "田湾镇政府", "进货", "记-1")
    balance: int = services.record(village, draft, SYSTEM, new_key())["balance_fen"]
    return balance


def test_money_for_three_is_spent_by_three_of_eight(app: Flask, village: Place) -> None:
    record(village, EntryKind.SEED, 300)
    village_id = village.id
    db.session.remove()

    def spend() -> int:
        return record(db.session.get_one(Place, village_id), EntryKind.PURCHASE, 100)

    outcomes = race(app, [spend] * 8)
    assert sorted(outcome for outcome in outcomes if isinstance(outcome, int)) == [0, 100, 200], outcomes
    assert sum(isinstance(outcome, NotEnoughMoneyError) for outcome in outcomes) == 5
    place = db.session.get_one(Place, village_id)
    assert (queries.balance(village_id), problems(place), book.problems(place)) == (0, [], [])


def test_the_first_line_of_all_and_its_reversal_go_through_once(app: Flask, village: Place) -> None:
    village_id = village.id
    db.session.remove()
    outcomes = race(app, [lambda: record(db.session.get_one(Place, village_id), EntryKind.SEED, 100) for _ in range(4)])
    assert sorted(outcome for outcome in outcomes if isinstance(outcome, int)) == [100, 200, 300, 400], outcomes

    def undo() -> int:
        place = db.session.get_one(Place, village_id)
        serial: int = services.reverse(place, 1, "记错", SYSTEM, new_key())["entry"]
        return serial

    undone = race(app, [undo] * 4)
    assert [outcome for outcome in undone if isinstance(outcome, int)] == [5], undone
    assert sum(isinstance(outcome, ReversalRefusedError) for outcome in undone) == 3
    assert queries.balance(village_id) == 300
