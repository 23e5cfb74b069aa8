"""The one place that asks the machine what time it is.

Moments are UTC with zone, cut to the millisecond (what the hash chain stores); days are dates in Shanghai.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """This moment, UTC with zone."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """This moment, UTC with zone."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved: for tests, simulations and the sample village."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """The moment it stands at."""
        return self.moment

    def move(self, step: timedelta) -> None:
        """Let time pass."""
        self.moment += step


# Process-wide on purpose: the threads of the server and a test share one time.
_clock: Clock = SystemClock()


def now() -> datetime:
    """This moment in UTC, cut to the millisecond."""
    moment = _clock.now()
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def today() -> date:
    """Today in Shanghai."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The Shanghai day of a moment."""
    return moment.astimezone(SHANGHAI).date()


def end_of(day: date) -> datetime:
    """The first moment after a Shanghai day, in UTC."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI).astimezone(UTC)


def start_of(day: date) -> datetime:
    """The first moment of a Shanghai day, in UTC."""
    return end_of(day - timedelta(days=1))


@contextmanager
def using(clock: Clock) -> Iterator[None]:
    """Let another clock tell the time inside the block."""
    global _clock  # noqa: PLW0603 - the process-wide clock is the point of this module
    before, _clock = _clock, clock
    try:
        yield
    finally:
        _clock = before
