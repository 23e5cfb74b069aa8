"""The same submit moves points once, whatever happens in between; a refused one leaves nothing."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.ledger import queries, services
from pointsbank.ledger.booking import BookedTransfer, Booking, Source
from pointsbank.ledger.errors import NotEnoughPointsError, SameKeyOtherContentError
from pointsbank.ledger.models import Submission
from pointsbank.places.models import Place
from tests.booking import book
from tests.conftest import both_databases
from tests.factories import make_accounts, make_village

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_accounts(place, 1)
    return place


def earn(batch: Booking) -> BookedTransfer:
    return batch.earn(1, 100, date(2026, 3, 17), Source("claim", 1), "")


def redeem(batch: Booking) -> BookedTransfer:
    return batch.redeem(1, 100, Source("redemption", 1), "")


def test_a_repeat_gets_the_first_result_and_moves_nothing(village: Place) -> None:
    first = book(village, [1], earn, key="once")
    assert book(village, [1], earn, key="once") == first
    assert queries.balances(village.id, 1).spendable == 100


def test_the_same_key_with_other_content_is_refused(village: Place) -> None:
    book(village, [1], earn, key="once", content={"total": "1"})
    with pytest.raises(SameKeyOtherContentError):
        book(village, [1], earn, key="once", content={"total": "2"})
    assert queries.balances(village.id, 1).spendable == 100


def test_a_refused_act_leaves_no_key_so_that_it_can_be_tried_again(village: Place) -> None:
    with pytest.raises(NotEnoughPointsError):
        book(village, [1], redeem, key="again")
    assert session().scalar(select(func.count()).select_from(Submission)) == 0
    book(village, [1], earn)
    book(village, [1], redeem, key="again")
    assert queries.balances(village.id, 1).spendable == 0


@pytest.mark.parametrize("key", ["", "x" * 65, "钥匙", "a\nb"])
def test_an_unusable_key_is_refused_with_a_sentence(village: Place, key: str) -> None:
    with pytest.raises(InvalidInputError, match="请刷新"):
        services.submit(village, key, "test", {}, SYSTEM, dict)


def test_two_villages_may_use_the_same_key(village: Place) -> None:
    other = make_village("miaopo", name="庙坡社区")
    make_accounts(other, 1)
    book(village, [1], earn, key="same")
    book(other, [1], earn, key="same")
    assert queries.balances(other.id, 1).spendable == 100
