"""Whoever comes to the desk is found by what they say or show: name, pinyin, initials, door, phone."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import contains_eager

from pointsbank.foundation.database import session
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import HEAD, door_begun, door_of, doors_in, number_key, plain_number
from pointsbank.places.models import Group

SEARCH_LENGTH_MAX = 60
PHONE_TAIL_DIGITS_MIN = 4
PHONE_DIGITS_MIN = 7  # of a whole number; less is its tail

_AS_STORED, _AS_READ, _BEGINS = range(3)  # how well a number fits what was typed, the best first


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that a search found: a person, or a household as such (resident None), and why."""

    household: Household
    resident: Resident | None
    why: str


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A household as far as its number goes."""

    id: int
    number: str
    group_number: int

    @property
    def place(self) -> tuple[int, int, int, str]:
        """Where it stands in lists: by group, then by its number in the group as a number."""
        door = door_of(self.number)
        return self.group_number, door[1] if door else 0, len(self.number), self.number


def household_by_number(village_id: int, text: str) -> Household | None:
    """The household whose number this is, in any spelling (03-012, 3-12, 3组12号); closed or not.

    Digits without a dash (312, 03012) count as group and household if only one household can be meant.
    """
    wanted = plain_number(text)
    if len(wanted) > SEARCH_LENGTH_MAX:
        return None
    numbered = _numbered(Household.village_id == village_id)
    found = [one.id for one in numbered if number_key(one.number) == number_key(wanted)]
    if not found and re.fullmatch("[0-9]+", wanted):
        doors = doors_in(wanted)
        found = [one.id for one in numbered if door_of(one.number) in doors]
    return session().get(Household, found[0]) if len(found) == 1 else None


def search(village_id: int, text: str, limit: int = 20) -> list[Hit]:
    """Open households and residents by name, pinyin, initials, household number or phone tail; best hits first.

    Text is taken as typed: full-width, spaces and capitals make no difference. Digits that can be read as a household
    number in several ways give all of those households, before whatever number begins so and before any phone tail.
    Nothing for empty or over-long text.
    """
    wanted = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower().replace("•", "·")
    if len(wanted) > SEARCH_LENGTH_MAX or any(map(_is_unwritable, wanted)) or not any(map(str.isalnum, wanted)):
        return []
    number = plain_number(wanted)
    if re.fullmatch(r"[0-9][0-9-]*", number):
        return _by_digits(village_id, number, limit)
    if door_begun(number) is not None:
        doors = _by_number(village_id, number, limit)
        return [*doors, *_by_name(village_id, wanted, limit - len(doors))] if len(doors) < limit else doors
    hits = _by_name(village_id, wanted, limit)
    return [*hits, *_by_number(village_id, number, limit - len(hits))] if len(hits) < limit else hits


def _is_unwritable(character: str) -> bool:
    """Control characters and halves of surrogate pairs, which a database does not take."""
    return unicodedata.category(character) in {"Cc", "Cs"}


# --- by number and phone ---


def _by_digits(village_id: int, wanted: str, limit: int) -> list[Hit]:
    """Numbers first; of those that only begin so, as many as leave room for the phones that end so."""
    fitting = _fitting(village_id, wanted)
    exact = sum(fit < _BEGINS for fit, _ in fitting)
    phones = _by_phone(village_id, wanted, limit)
    room = max(limit - len(phones), exact, limit // 2)
    return [*_hits(village_id, fitting[: min(room, limit)]), *phones][:limit]


def _by_number(village_id: int, wanted: str, limit: int) -> list[Hit]:
    """By household number or its beginning, with or without hyphens and leading zeros."""
    return _hits(village_id, _fitting(village_id, wanted)[:limit])


def _fitting(village_id: int, wanted: str) -> list[tuple[int, _Numbered]]:
    """The open households whose number fits, with how well; the best first, then in the order of lists."""
    is_open = (Household.village_id == village_id) & Household.closed_on.is_(None)
    fit = _fit_of(wanted)
    fitting = [(fits, one) for one in _numbered(is_open) if (fits := fit(one)) is not None]
    return sorted(fitting, key=lambda found: (found[0], found[1].place))


def _fit_of(wanted: str) -> Callable[[_Numbered], int | None]:
    """How well a household's number fits what was typed, None if not at all; wanted is plain."""
    begun, key, bare = door_begun(wanted), number_key(wanted), wanted.replace("-", "").lower()
    doors = doors_in(wanted) if re.fullmatch("[0-9]+", wanted) else []

    def fit_of_door(one: _Numbered, group: int, house: str) -> int | None:
        if number_key(one.number) == key:
            return _AS_STORED
        door = door_of(one.number)
        if door is None:  # 203 of group 2, typed as 2-3
            is_meant = house.strip("0") and one.group_number == group
            return _AS_READ if is_meant and re.fullmatch(f"0*{group}0*{int(house)}", one.number) else None
        begins = f"{door[1]}".startswith(house) or f"{door[1]:03d}".startswith(house)
        return _BEGINS if door[0] == group and begins else None

    def fit(one: _Numbered) -> int | None:
        if begun is not None:
            return fit_of_door(one, *begun)
        digits = one.number.replace("-", "").lower()
        if number_key(one.number) == key or digits == bare:
            return _AS_STORED
        if doors and door_of(one.number) in doors:
            return _AS_READ
        begins = digits.startswith(bare) or digits.lstrip("0").startswith(bare.lstrip("0") or "0")
        return _BEGINS if begins else None

    return fit


def _numbered(condition: ColumnElement[bool]) -> list[_Numbered]:
    query = select(Household.id, Household.number, Group.number).join(Household.group).where(condition)
    return [_Numbered(*row) for row in session().execute(query)]


def _hits(village_id: int, fitting: Sequence[tuple[int, _Numbered]]) -> list[Hit]:
    """The households found, in the order they are given."""
    ids = [one.id for _, one in fitting]
    if not ids:
        return []
    query = (
        select(Household)
        .join(Household.group)
        .where(Household.village_id == village_id, Household.id.in_(ids))
        .options(contains_eager(Household.group))
    )
    found = {household.id: household for household in session().scalars(query)}
    return [Hit(found[household_id], None, "户编号") for household_id in ids if household_id in found]


def _by_phone(village_id: int, wanted: str, limit: int) -> list[Hit]:
    """By a whole phone or its tail; what is written with a dash is a door unless it is long enough for a phone."""
    bare = wanted.replace("-", "")
    if len(bare) < (PHONE_DIGITS_MIN if "-" in wanted else PHONE_TAIL_DIGITS_MIN):
        return []
    matching = func.replace(Resident.phone, "-", "").endswith(bare, autoescape=True)
    query = _open_residents(village_id).where(matching).order_by(Resident.serial).limit(limit)
    return [Hit(found.household, found, "电话尾号") for found in session().scalars(query)]


# --- by name ---


def _open_residents(village_id: int) -> Select[Resident]:
    return (
        select(Resident)
        .join(Resident.household)
        .join(Household.group)
        .where(Resident.village_id == village_id, Resident.closed_on.is_(None))
        .options(contains_eager(Resident.household).contains_eager(Household.group))
    )


def _by_name(village_id: int, wanted: str, limit: int) -> list[Hit]:
    latin = wanted.isascii()
    exact: ColumnElement[bool]
    if latin:
        exact = (Resident.initials == wanted) | (Resident.pinyin == wanted)
        matching = Resident.initials.startswith(wanted, autoescape=True)
        matching |= Resident.pinyin.startswith(wanted, autoescape=True)
    else:
        exact = Resident.name == wanted
        matching = func.lower(Resident.name).contains(wanted, autoescape=True)
    rank = case((exact, 0), (Resident.name.startswith(wanted, autoescape=True), 1), else_=2)
    head_first = case((Resident.relation == HEAD, 0), else_=1)
    query = _open_residents(village_id).where(matching)
    query = query.order_by(rank, head_first, Resident.pinyin, Resident.serial).limit(limit)
    why = "拼音" if latin else "姓名"
    return [Hit(found.household, found, why) for found in session().scalars(query)]
