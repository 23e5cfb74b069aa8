"""Templates show values as people write them."""

from datetime import UTC, date, datetime

import pytest

from pointsbank.web.filters import day, moment, short_day, signed_points


@pytest.mark.parametrize(("units", "text"), [(250, "+2.5"), (-300, "-3"), (0, "0"), (5, "+0.05")])
def test_a_change_of_points_carries_its_sign(units: int, text: str) -> None:
    assert signed_points(units) == text


def test_days_are_written_without_leading_zeros() -> None:
    assert day(date(2026, 3, 5)) == "2026年3月5日"
    assert short_day(date(2026, 3, 5)) == "3月5日"


def test_a_moment_shows_the_clock_of_shanghai() -> None:
    assert moment(datetime(2026, 3, 5, 6, 5, tzinfo=UTC)) == "3月5日 14:05"


def test_a_moment_late_in_the_utc_day_falls_on_the_next_day() -> None:
    assert moment(datetime(2026, 2, 28, 18, 0, tzinfo=UTC)) == "3月1日 02:00"
