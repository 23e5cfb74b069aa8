"""Whatever statement fails, an act is done whole or not at all."""

from datetime import date

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.ledger import services
from pointsbank.ledger.booking import Source
from pointsbank.ledger.verification import problems
from pointsbank.places.models import Place
from tests.booking import book
from tests.conftest import both_databases
from tests.factories import make_accounts, make_village
from tests.faulting import assert_whole_or_nothing

pytestmark = both_databases

DEED = Source("claim", 1)
DAY = date(2026, 2, 17)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_accounts(place, 1, 2)
    return place


def test_booking_a_deed(village: Place) -> None:
    book(village, [1], lambda batch: batch.deduct(1, 50, DAY, DEED, "乱倒垃圾"))
    statements = assert_whole_or_nothing(
        lambda: book(village, [1], lambda batch: batch.earn(1, 100, DAY, DEED, "义务投工"), key="deed")
    )
    assert statements > 5
    assert problems(village) == []


def test_reversing_a_deed(village: Place) -> None:
    [sequence] = book(village, [1], lambda batch: batch.earn(1, 100, DAY, DEED, "义务投工"))
    assert_whole_or_nothing(
        lambda: book(village, [1], lambda batch: batch.reverse_earning(sequence, DEED, "记错"), key="undo")
    )
    assert problems(village) == []


def test_closing_a_month(village: Place) -> None:
    book(village, [1], lambda batch: batch.earn(1, 100, DAY, DEED, ""))
    assert_whole_or_nothing(lambda: services.close_month(village, "2026-02", SYSTEM))
    assert problems(village) == []
