"""Who may be named on the wall: by consent in full, else masked; a child under 14 only as its household."""

import re
from collections.abc import Iterable
from datetime import date

from pointsbank.foundation.names import masked_name
from pointsbank.people.models import Household

NAMED_FROM_AGE_YEARS = 14  # below it a child appears only as its household, whatever its parents signed
HEAD_RELATION = "户主"

_LONG_NUMBER = re.compile(r"[0-9]{7,}")  # a telephone or an ID number


def is_child(born_on: date | None, relation: str, day: date) -> bool:
    """Whether somebody is, or for want of a birth date could be, younger than 14 on a day.

    A head of a household whose age is unknown is taken for grown up.
    """
    if born_on is None:
        return relation != HEAD_RELATION
    had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    return day.year - born_on.year - (not had_birthday) < NAMED_FROM_AGE_YEARS


def household_label(household: Household) -> str:
    """Group and number, as on the door plate: "3组 12号"."""
    return f"{household.group.name} {number_label(household)}"


def number_label(household: Household) -> str:
    """The household's number within its group: 03-012 → "12号"."""
    runs = re.findall("[0-9]+", household.number)
    return f"{int(runs[-1])}号" if runs else household.number


def household_name(household: Household, *, head_is_child: bool) -> str:
    """A household's name in public."""
    if head_is_child:
        return f"{number_label(household)}户"
    return household.head_name if household.name_consent_on is not None else masked_name(household.head_name)


def private_names_in(text: str, public: Iterable[str], private: Iterable[str]) -> list[str]:
    """The names in a text that may not be public. A name that is also somebody's who consented is public."""
    for name in sorted(public, key=len, reverse=True):
        text = text.replace(name, "\n")  # so that 王明 is not found inside 王明亮
    return sorted(name for name in set(private) if name in text)


def has_long_number(text: str) -> bool:
    """Whether a text holds what may be a telephone or an ID number."""
    return _LONG_NUMBER.search(text) is not None
