"""Opening hours and days of a month, as people write them and as they are kept in the settings."""

import re
import unicodedata
from datetime import time
from itertools import pairwise

from pointsbank.foundation.errors import InvalidInputError

SPANS_MAX = 2  # the morning and the afternoon
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
_DAYS = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?")
_DASHES = str.maketrans(dict.fromkeys("–—−~〜至到", "-"))
_HOURS_WRONG = "请写成 08:30-11:30 14:00-17:30 这样，最多两段，后一段比前一段晚。"
_DAYS_WRONG = "请写成 1-10 这样，几号到几号，都在 1 到 31 之间。"


def parse_hours(text: str, *, field: str | None = None) -> str:
    """Opening hours as they are kept, "08:30-11:30 14:00-17:30"; "" for none. Raises InvalidInputError."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    plain = re.sub(r"\s*([:-])\s*", r"\1", plain)
    parts = [part for part in re.split(r"[\s,、;]+", plain) if part]
    moments: list[time] = []
    for part in parts:
        found = _SPAN.fullmatch(part)
        if found is None:
            raise InvalidInputError(_HOURS_WRONG, field=field)
        numbers = [int(number) for number in found.groups()]
        for hour, minute in (numbers[:2], numbers[2:]):
            if hour > 23 or minute > 59:
                raise InvalidInputError(_HOURS_WRONG, field=field)
            moments.append(time(hour, minute))
    if len(parts) > SPANS_MAX or any(earlier >= later for earlier, later in pairwise(moments)):
        raise InvalidInputError(_HOURS_WRONG, field=field)
    return " ".join(f"{first:%H:%M}-{last:%H:%M}" for first, last in spans_of_moments(moments))


def spans_of_moments(moments: list[time]) -> list[tuple[time, time]]:
    """From and to, from moments in their order."""
    return list(zip(moments[::2], moments[1::2], strict=True))


def spans_of(hours: str) -> list[tuple[time, time]]:
    """From and to of each span of hours as they are kept."""
    return spans_of_moments([time.fromisoformat(moment) for span in hours.split() for moment in span.split("-")])


def hours_in_words(hours: str) -> str:
    """Hours as they hang at the door: 8:30–11:30、14:00–17:30."""
    return "、".join(f"{clock_words(first)}–{clock_words(last)}" for first, last in spans_of(hours))


def clock_words(moment: time) -> str:
    """A time of the day: 8:30."""
    return f"{moment.hour}:{moment.minute:02d}"


def parse_days(text: str, *, field: str | None = None) -> str:
    """Days of a month as they are kept, "1-10"; "" for the whole month. Raises InvalidInputError."""
    plain = re.sub(r"[\s日号]", "", unicodedata.normalize("NFKC", text).translate(_DASHES))
    if not plain:
        return ""
    found = _DAYS.fullmatch(plain)
    if found is None:
        raise InvalidInputError(_DAYS_WRONG, field=field)
    first, last = int(found[1]), int(found[2] or found[1])
    if not 1 <= first <= last <= 31:
        raise InvalidInputError(_DAYS_WRONG, field=field)
    return "" if (first, last) == (1, 31) else f"{first}-{last}"


def days_of(days: str) -> tuple[int, int]:
    """First and last day of the month, from days as they are kept."""
    if not days:
        return 1, 31
    first, last = days.split("-")
    return int(first), int(last)


def parse_month_days(text: str, *, field: str | None = None) -> tuple[int, ...]:
    """Days of the month such as 10、20、30, each once and in order; none for "". Raises InvalidInputError."""
    plain = unicodedata.normalize("NFKC", text)
    numbers = [number for number in re.split(r"[\s,、;号日逢]+", plain) if number]
    if any(re.fullmatch("[0-9]{1,2}", number) is None or not 1 <= int(number) <= 31 for number in numbers):
        raise InvalidInputError("请写几号，用顿号隔开，例如 10、20、30，都在 1 到 31 之间。", field=field)
    return tuple(sorted({int(number) for number in numbers}))
