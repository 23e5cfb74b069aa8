"""Working days: weekends, the state's holidays and the weekends that are worked instead.

They are data: holidays.csv beside this file, each day with the State Council's notice that it comes from.
"""

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from pointsbank.foundation.errors import EnvironmentProblemError

HOLIDAYS_FILE = Path(__file__).with_name("holidays.csv")
_WORKED = {"holiday": False, "workday": True}
_SATURDAY = 5


@cache
def exceptions() -> dict[date, bool]:
    """The days that are not what their weekday says, and whether they are worked.

    Raises EnvironmentProblemError when the file is not whole.
    """
    found: dict[date, bool] = {}
    try:
        with HOLIDAYS_FILE.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                day = date.fromisoformat(row["day"])
                if day in found:
                    raise ValueError(f"{day} stands twice")
                found[day] = _WORKED[row["kind"]]
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise EnvironmentProblemError(
            f"节假日表 {HOLIDAYS_FILE.name} 缺了或写错了，请用发布包里的重新覆盖。"
        ) from wrong
    return found


def is_working_day(day: date) -> bool:
    """Whether offices work on a day; in a year without data every Saturday and Sunday is off and nothing else."""
    return exceptions().get(day, day.weekday() < _SATURDAY)


def last_day_of(hung_on: date, days: int, *, working: bool) -> date:
    """The last of so many days, calendar or working days, counted from the day after a day."""
    last = hung_on
    while days > 0:
        last += timedelta(days=1)
        if not working or is_working_day(last):
            days -= 1
    return last


def latest_start(over_by: date, days: int, *, working: bool) -> date:
    """The latest day such that so many days, counted from the day after it (last_day_of), have passed on a day."""
    start = over_by - timedelta(days=days + 1)
    while working and last_day_of(start, days, working=True) >= over_by:
        start -= timedelta(days=1)
    return start


def unknown_years(days: Iterable[date]) -> list[int]:
    """Of the years that these days lie in, those whose holidays are not known."""
    known = {day.year for day in exceptions()}
    return sorted({day.year for day in days} - known)
