"""Whom a card or a door number stands for, and how the screen greets them."""

import re
from dataclasses import dataclass

from pointsbank.cards import queries as cards
from pointsbank.cards.models import Card
from pointsbank.foundation.names import surname_of
from pointsbank.people import queries as people
from pointsbank.people.models import Household
from pointsbank.places import queries as places
from pointsbank.places.models import Place

_DOOR = re.compile(r"([0-9]{1,3})/([0-9]{1,8})")


@dataclass(frozen=True, slots=True)
class Presented:
    """Whom a card or a door number stands for; nobody when it is unknown, lost, expired or another village's."""

    household_id: int | None
    card: Card | None


def door(group: int, number: str) -> str:
    """What is presented when group and household number are tapped."""
    return f"{group}/{number}"


def whose(village: Place, presented: str) -> Presented:
    """The household of a scanned card, or of a group and number as made by door()."""
    if tapped := _DOOR.fullmatch(presented):
        household = _household_at(village.id, int(tapped[1]), int(tapped[2]))
        return Presented(household.id if household else None, None)
    card = cards.card_presented(village, presented)
    return Presented(card.household_id if card else None, card)


def _household_at(village_id: int, group: int, number: int) -> Household | None:
    """The household of a group by the number on its door plate.

    Villages write 12, 012, 3-012, 3组12号 or 3012 for the same door; None when two doors would fit.
    """
    found = next((place for place in places.groups(village_id) if place.number == group), None)
    doors = people.households_of_group(village_id, found.id) if found else []
    fitting = [household for household in doors if _fits(household.number, group, number)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(written: str, group: int, number: int) -> bool:
    runs = re.findall("[0-9]+", written)
    return bool(runs) and (int(runs[-1]) == number or re.fullmatch(f"0*{group}0*{number}", "".join(runs)) is not None)


def called(household: Household) -> str:
    """How the screen greets: 3组 12号 张家. Never a full name: anybody may tap a number."""
    runs = re.findall("[0-9]+", household.number)
    number = f"{int(runs[-1])}号" if runs else household.number
    return f"{household.group.name} {number} {surname_of(household.head_name)}家"
