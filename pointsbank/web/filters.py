"""What templates do with values: hundredths, fen, days, moments, periods and names become text."""

from datetime import date, datetime

from flask import Flask

from pointsbank.foundation import periods
from pointsbank.foundation.clock import SHANGHAI
from pointsbank.foundation.names import masked_name, masked_phone
from pointsbank.foundation.points import format_points, format_yuan


def signed_points(units: int) -> str:
    """Hundredths of points as a change: "+2.5", "-3", "0"."""
    return f"+{format_points(units)}" if units > 0 else format_points(units)


def day(value: date) -> str:
    """A date with its year: 2026年3月5日."""
    return periods.day_title(value)


def short_day(value: date) -> str:
    """A date of the current work: 3月5日."""
    return periods.short_day(value)


def moment(value: datetime) -> str:
    """A UTC moment as the clock on the wall shows it in Shanghai: 3月5日 14:05."""
    local = value.astimezone(SHANGHAI)
    return f"{short_day(local)} {local:%H:%M}"


FILTERS = {
    "points": format_points,
    "signed_points": signed_points,
    "yuan": format_yuan,
    "day": day,
    "short_day": short_day,
    "moment": moment,
    "period": periods.period_title,
    "masked_name": masked_name,
    "masked_phone": masked_phone,
}


def register_filters(app: Flask) -> None:
    """Make the filters known to every template."""
    app.jinja_env.filters.update(FILTERS)
