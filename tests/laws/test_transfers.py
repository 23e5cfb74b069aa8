"""The book moves points between accounts of one village and never makes or loses one."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pointsbank.foundation.database import transaction
from pointsbank.ledger import queries
from pointsbank.ledger.booking import Source
from pointsbank.ledger.errors import AmountOutOfRangeError, NotEnoughPointsError, UnknownTransferError
from pointsbank.ledger.models import Book
from pointsbank.ledger.verification import problems
from pointsbank.places.models import Place
from tests.booking import book
from tests.conftest import both_databases
from tests.factories import make_accounts, make_village

pytestmark = both_databases

DAY = date(2026, 3, 17)
DEED = Source("claim", 1)
ORDER = Source("order", 1)
REDEMPTION = Source("redemption", 1)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_accounts(place, 1, 2)
    return place


def spendable(village: Place, household: int = 1) -> int:
    return queries.balances(village.id, household).spendable


def earn(village: Place, amount: int, household: int = 1) -> int:
    return book(village, [household], lambda batch: batch.earn(household, amount, DAY, DEED, "打扫院坝"))[0]


def test_an_earning_is_on_the_balance_in_the_month_and_on_the_statement(village: Place) -> None:
    earn(village, 250)
    assert spendable(village) == 250
    ranked = queries.ranking(village.id, "2026-03")
    assert [(row.rank, row.household_serial, row.score) for row in ranked] == [(1, 1, 250)]
    line = queries.statement(village.id, 1)[0]
    assert (line.text, line.amount, line.balance_after, line.occurred_on) == ("打扫院坝", 250, 250, DAY)


def test_an_honour_earning_counts_for_the_month_but_cannot_be_spent(village: Place) -> None:
    book(village, [1], lambda batch: batch.earn(1, 5000, DAY, DEED, "", book=Book.HONOUR))
    assert spendable(village) == 0
    assert queries.honour_score(village.id, 1) == 5000
    assert queries.ranking(village.id, "2026-03")[0].honoured == 5000


def test_a_deduction_beyond_the_balance_becomes_a_debt_that_the_next_earning_pays_first(village: Place) -> None:
    earn(village, 100)
    book(village, [1], lambda batch: batch.deduct(1, 300, DAY, DEED, "乱倒垃圾"))
    assert (spendable(village), queries.balances(village.id, 1).owed) == (0, -200)
    earn(village, 150)
    assert (spendable(village), queries.balances(village.id, 1).owed) == (0, -50)
    earn(village, 150)
    assert (spendable(village), queries.balances(village.id, 1).owed) == (100, 0)


def test_spending_more_than_the_balance_is_refused_and_leaves_the_book_as_it_was(village: Place) -> None:
    earn(village, 100)
    head = queries.head(village.id)
    with pytest.raises(NotEnoughPointsError):
        book(village, [1], lambda batch: batch.redeem(1, 101, REDEMPTION, ""))
    assert queries.head(village.id) == head
    assert spendable(village) == 100


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1])
def test_an_amount_that_is_not_positive_or_too_large_is_refused(village: Place, amount: int) -> None:
    with pytest.raises(AmountOutOfRangeError):
        earn(village, amount)


def test_a_hold_is_settled_once_and_never_for_more_than_was_held(village: Place) -> None:
    earn(village, 1000)
    [hold] = book(village, [1], lambda batch: batch.hold(1, 600, ORDER, ""))
    assert (spendable(village), queries.balances(village.id, 1).held) == (400, 600)
    with pytest.raises(NotEnoughPointsError):
        book(village, [1], lambda batch: batch.settle(hold, 601, ORDER, ""))
    book(village, [1], lambda batch: batch.settle(hold, 600, ORDER, ""))
    with pytest.raises(UnknownTransferError):
        book(village, [1], lambda batch: batch.settle(hold, 1, ORDER, ""))
    assert (spendable(village), queries.balances(village.id, 1).held) == (400, 0)


def test_releasing_a_hold_gives_back_what_was_not_settled(village: Place) -> None:
    earn(village, 1000)
    [hold] = book(village, [1], lambda batch: batch.hold(1, 600, ORDER, ""))
    book(village, [1], lambda batch: batch.settle(hold, 200, ORDER, ""))
    book(village, [1], lambda batch: batch.release(hold, ORDER, ""))
    assert (spendable(village), queries.balances(village.id, 1).held) == (800, 0)
    with pytest.raises(UnknownTransferError):
        book(village, [1], lambda batch: batch.release(hold, ORDER, ""))


def test_a_redemption_is_given_back_in_parts_but_never_beyond_what_was_spent(village: Place) -> None:
    earn(village, 1000)
    [redeemed] = book(village, [1], lambda batch: batch.redeem(1, 600, REDEMPTION, ""))
    book(village, [1], lambda batch: batch.give_back(redeemed, 250, REDEMPTION, ""))
    with pytest.raises(NotEnoughPointsError):
        book(village, [1], lambda batch: batch.give_back(redeemed, 351, REDEMPTION, ""))
    with pytest.raises(NotEnoughPointsError):
        book(village, [1], lambda batch: batch.void(redeemed, REDEMPTION, ""))
    book(village, [1], lambda batch: batch.give_back(redeemed, 350, REDEMPTION, ""))
    assert spendable(village) == 1000


def test_taking_back_an_earning_that_was_spent_leaves_a_debt(village: Place) -> None:
    sequence = earn(village, 500)
    book(village, [1], lambda batch: batch.redeem(1, 400, REDEMPTION, ""))
    book(village, [1], lambda batch: batch.reverse_earning(sequence, DEED, "记错了户"))
    balances = queries.balances(village.id, 1)
    assert (balances.spendable, balances.owed) == (0, -400)
    assert queries.ranking(village.id, "2026-03") == []


def test_giving_back_a_deduction_whose_debt_was_paid_pays_it_out(village: Place) -> None:
    [deducted] = book(village, [1], lambda batch: batch.deduct(1, 300, DAY, DEED, ""))
    earn(village, 100)
    book(village, [1], lambda batch: batch.reverse_deduction(deducted, DEED, "查无此事"))
    balances = queries.balances(village.id, 1)
    assert (balances.spendable, balances.owed) == (100, 0)


def test_a_thousand_households_are_booked_in_one_act(village: Place) -> None:
    households = list(range(3, 1003))
    make_accounts(village, *households)
    book(village, households, lambda batch: [batch.earn(h, h * 100, DAY, DEED, "") for h in households])
    assert queries.head(village.id)[0] == 1000
    assert spendable(village, 1002) == 100200
    assert queries.ranking(village.id, "2026-03", limit=1)[0].household_serial == 1002
    assert problems(village) == []


def test_ties_share_a_rank_and_are_never_cut_apart(village: Place) -> None:
    make_accounts(village, 3, 4)
    scores = {1: 300, 2: 200, 3: 200, 4: 100}
    for household, amount in scores.items():
        earn(village, amount, household)
    ranked = queries.ranking(village.id, "2026-03", limit=2)
    assert [(row.rank, row.household_serial) for row in ranked] == [(1, 1), (2, 2), (2, 3)]


@pytest.mark.parametrize("table", ["transfers", "entries", "audit_events", "submissions"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET village_id = village_id", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_what_was_booked(village: Place, table: str, verb: str) -> None:
    earn(village, 100)
    statement = verb.format(table).replace("village_id", "place_id" if table == "audit_events" else "village_id")
    with pytest.raises(DBAPIError, match=r"append only|written once|kept for ever"), transaction() as session:
        session.execute(text(statement))
    assert problems(village) == []


def test_a_village_cannot_see_or_touch_the_accounts_of_another(village: Place) -> None:
    other = make_village("miaopo", name="庙坡社区")
    with pytest.raises(UnknownTransferError):
        book(other, [1], lambda batch: batch.earn(1, 100, DAY, DEED, ""))
    assert queries.balances(other.id, 1).spendable == 0
