"""A deed counts for its own month while that is open, else for the earliest open one; months close in order."""

from datetime import date, timedelta

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.ledger import queries, services
from pointsbank.ledger.booking import Source
from pointsbank.ledger.errors import MonthNotClosableError
from pointsbank.ledger.verification import problems
from pointsbank.places.models import Place
from tests.booking import book
from tests.conftest import both_databases
from tests.factories import make_accounts, make_village

pytestmark = both_databases

DEED = Source("claim", 1)
FEBRUARY_DAY = date(2026, 2, 20)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_accounts(place, 1)
    return place


def earn(village: Place, day: date) -> int:
    return book(village, [1], lambda batch: batch.earn(1, 100, day, DEED, ""))[0]


def period_of_last_line(village: Place) -> str:
    return queries.statement(village.id, 1)[0].period


def test_a_deed_counts_for_the_month_it_happened_in_while_that_is_open(village: Place) -> None:
    earn(village, FEBRUARY_DAY)
    assert period_of_last_line(village) == "2026-02"


def test_a_late_deed_of_a_closed_month_counts_for_the_earliest_open_one(village: Place) -> None:
    services.close_month(village, "2026-02", SYSTEM)
    earn(village, FEBRUARY_DAY)
    assert period_of_last_line(village) == "2026-03"
    earn(village, date(2026, 1, 5))
    assert period_of_last_line(village) == "2026-03"


def test_a_correction_in_a_closed_month_counts_for_the_earliest_open_one(village: Place) -> None:
    sequence = earn(village, FEBRUARY_DAY)
    services.close_month(village, "2026-02", SYSTEM)
    book(village, [1], lambda batch: batch.reverse_earning(sequence, DEED, "更正"))
    assert period_of_last_line(village) == "2026-03"
    assert queries.ranking(village.id, "2026-02")[0].score == 100
    assert [m.earned for m in queries.months_of(village.id, "2026-03")] == [-100]


def test_a_redemption_counts_for_the_day_it_is_booked(village: Place) -> None:
    earn(village, FEBRUARY_DAY)
    services.close_month(village, "2026-02", SYSTEM)
    book(village, [1], lambda batch: batch.redeem(1, 60, Source("redemption", 1), ""))
    assert period_of_last_line(village) == "2026-03"


def test_the_running_month_cannot_be_closed(village: Place) -> None:
    with pytest.raises(MonthNotClosableError, match="还没有过完"):
        services.close_month(village, "2026-03", SYSTEM)


def test_a_month_is_closed_once_and_in_order(village: Place, still_clock: FixedClock) -> None:
    earn(village, date(2025, 12, 31))
    assert queries.month_to_close(village.id) == "2025-12"
    services.close_month(village, "2025-12", SYSTEM)
    with pytest.raises(MonthNotClosableError, match="已经结账"):
        services.close_month(village, "2025-12", SYSTEM)
    with pytest.raises(MonthNotClosableError, match="请先结2026年1月"):
        services.close_month(village, "2026-02", SYSTEM)
    services.close_month(village, "2026-01", SYSTEM)
    services.close_month(village, "2026-02", SYSTEM)
    assert queries.month_to_close(village.id) is None
    still_clock.move(timedelta(days=31))
    assert queries.month_to_close(village.id) == "2026-03"


def test_the_close_keeps_the_head_of_the_book(village: Place) -> None:
    earn(village, FEBRUARY_DAY)
    closed = services.close_month(village, "2026-02", SYSTEM)
    assert (closed.head_sequence, closed.head_digest) == queries.head(village.id)
    assert problems(village) == []


def test_the_balance_as_of_a_day_is_what_was_booked_by_its_end_in_shanghai(
    village: Place, still_clock: FixedClock
) -> None:
    today = date(2026, 3, 18)
    earn(village, today)
    still_clock.move(timedelta(hours=14))  # 23:30 of the same day in Shanghai
    earn(village, today)
    still_clock.move(timedelta(hours=1))  # 00:30 of the next
    earn(village, today)
    assert queries.balance_as_of(village.id, 1, date(2026, 3, 17)) == 0
    assert queries.balance_as_of(village.id, 1, today) == 200
    assert queries.balance_as_of(village.id, 1, date(2026, 3, 19)) == 300


def test_a_statement_pages_by_key_without_gap_or_repeat(village: Place) -> None:
    for _ in range(7):
        earn(village, FEBRUARY_DAY)
    pages: list[int] = []
    before: int | None = None
    while page := queries.statement(village.id, 1, before=before, limit=3):
        pages += [line.sequence for line in page]
        before = page[-1].sequence
    assert pages == [7, 6, 5, 4, 3, 2, 1]
