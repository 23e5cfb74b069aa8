"""Periods: months written YYYY-MM, and the spans that caps count in."""

import re
from datetime import date, timedelta
from enum import StrEnum

from pointsbank.foundation.errors import InvalidInputError

_PERIOD = re.compile(r"(20[0-9]{2}|19[0-9]{2})-(0[1-9]|1[0-2])")


class Span(StrEnum):
    """How long a cap counts."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


SPAN_NAMES = {Span.DAY: "每天", Span.MONTH: "每月", Span.QUARTER: "每季度", Span.YEAR: "每年"}


def period_of(day: date) -> str:
    """The month of a day: "2026-03"."""
    return f"{day.year:04d}-{day.month:02d}"


def parse_period(text: str, *, field: str | None = None) -> str:
    """A month as YYYY-MM. Raises InvalidInputError."""
    if _PERIOD.fullmatch(text) is None:
        raise InvalidInputError("月份要写成四位年、两位月，例如 2026-03。", field=field)
    return text


def days_of(period: str) -> tuple[date, date]:
    """First and last day of a month."""
    year, month = int(period[:4]), int(period[5:])
    first = date(year, month, 1)
    return first, first_of_next(first) - timedelta(days=1)


def first_of_next(day: date) -> date:
    """The first day of the month after the one of this day."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def next_period(period: str) -> str:
    """The month after."""
    return period_of(first_of_next(days_of(period)[0]))


def previous_period(period: str) -> str:
    """The month before."""
    return period_of(days_of(period)[0] - timedelta(days=1))


def span_of(day: date, span: Span) -> tuple[date, date]:
    """First and last day of the span that a day falls in."""
    if span is Span.DAY:
        return day, day
    if span is Span.MONTH:
        return days_of(period_of(day))
    if span is Span.YEAR:
        return date(day.year, 1, 1), date(day.year, 12, 31)
    first_month = (day.month - 1) // 3 * 3 + 1
    return date(day.year, first_month, 1), days_of(f"{day.year:04d}-{first_month + 2:02d}")[1]


def day_title(day: date) -> str:
    """A day with its year: 2026年3月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


def short_day(day: date) -> str:
    """A day of the current work: 3月5日."""
    return f"{day.month}月{day.day}日"


def period_title(period: str) -> str:
    """A month as people read it: 2026年3月."""
    return f"{int(period[:4])}年{int(period[5:])}月"
