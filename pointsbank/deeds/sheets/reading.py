"""Rows of a sheet of deeds read as deeds: which household, person, rule, day and quantity they name."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import select

from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Rule
from pointsbank.deeds import queries
from pointsbank.deeds.services import NOTE_LENGTH_MAX, QUANTITY_UNITS_MAX, DeedDraft
from pointsbank.deeds.services.drafts import EVENT_LENGTH_MAX, LATE_REASON_LENGTH_MAX
from pointsbank.deeds.sheets.columns import (
    CODE,
    DAY,
    EVENT,
    HEAD_NAME,
    LATE_REASON,
    NAME,
    NOTE,
    NUMBER,
    QUANTITY,
    RULE,
    UNIT,
)
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.names import clean_name
from pointsbank.foundation.points import UNITS_PER_POINT, parse_hundredths
from pointsbank.foundation.spreadsheets import (
    SheetRow,
)
from pointsbank.foundation.texts import clean_text
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import HEAD, clean_number, number_key

CANDIDATES_SHOWN = 4

T = TypeVar("T")


def squeezed(text: str) -> str:
    """What two spellings have in common: full-width forms and spaces make no difference."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@dataclass(frozen=True, slots=True)
class Entry:
    """A new row with what it names."""

    row: SheetRow
    draft: DeedDraft
    household: Household
    resident: Resident | None
    rule: Rule


class Reader:
    """Finds what rows name: household, person, rule. What it refuses has the column as its field."""

    def __init__(self, village_id: int, late_reason: str) -> None:
        self.village_id = village_id
        self._late_reason = late_reason
        households = session().scalars(select(Household).where(Household.village_id == village_id)).all()
        self._by_number = {number_key(household.number): household for household in households}
        self._by_id = {household.id: household for household in households}
        self._open = [household for household in households if household.closed_on is None]
        self._members = queries.members_of_households(village_id, [household.id for household in self._open])
        self._rules: dict[date, Sequence[Rule]] = {}

    def read(self, row: SheetRow) -> Entry | list[PointsBankError]:
        """A row as a deed, or all that is wrong with it."""
        wrong: list[PointsBankError] = []

        def taken(read: Callable[[], T]) -> T | None:
            try:
                return read()
            except PointsBankError as refusal:
                wrong.append(refusal)
                return None

        household = taken(lambda: self._household(row))
        day = taken(lambda: _day(row))
        quantity = taken(lambda: _quantity(row))
        note = taken(lambda: clean_text(row.text(NOTE), what=NOTE, length_max=NOTE_LENGTH_MAX, field=NOTE))
        event = taken(lambda: clean_text(row.text(EVENT), what=EVENT, length_max=EVENT_LENGTH_MAX, field=EVENT))
        why_late = taken(
            lambda: clean_text(
                row.text(LATE_REASON), what=LATE_REASON, length_max=LATE_REASON_LENGTH_MAX, field=LATE_REASON
            )
        )
        rule = taken(lambda: self._rule(row, day)) if day else None
        resident = taken(lambda: self._resident(row, household, rule)) if household and rule else None
        if wrong or household is None or day is None or rule is None or quantity is None:
            return wrong
        draft = DeedDraft(
            household.id,
            rule.code,
            quantity,
            day,
            resident.id if resident else None,
            note or "",
            event_name=event or "",
            late_reason=why_late or self._late_reason,
        )
        return Entry(row, draft, household, resident, rule)

    def _household(self, row: SheetRow) -> Household:
        """By number; without one by the head's or the person's name, if only one household can be meant."""
        number, head_name, name = row.text(NUMBER), _name(row, HEAD_NAME), _name(row, NAME)
        if number:
            household = self._by_number.get(number_key(clean_number(number, field=NUMBER)))
            if household is None:
                raise InvalidInputError(f"名册里没有户编号是“{number[:20]}”的户。", field=NUMBER)
            if head_name and head_name != household.head_name:
                told = f"{household.number} 的户主是{household.head_name}，表里写的是{head_name}，请核对。"
                raise InvalidInputError(told, field=HEAD_NAME)
            return household
        column = HEAD_NAME if head_name else NAME
        if not head_name and not name:
            raise InvalidInputError("没有写是哪一户：请填户编号、户主或姓名。", field=NUMBER)
        found = [
            household
            for household in self._open
            if (not head_name or household.head_name == head_name)
            and (not name or any(member.name == name for member in self._members.get(household.id, [])))
        ]
        if not found:
            raise InvalidInputError(f"名册里没有找到{head_name or name}，请核对或填户编号。", field=column)
        if len(found) > 1:
            listed = "、".join(household.number for household in found[:CANDIDATES_SHOWN])
            told = f"有 {len(found)} 户对得上（{listed}{'……' if len(found) > CANDIDATES_SHOWN else ''}），请填户编号。"
            raise InvalidInputError(told, field=column)
        return found[0]

    def _rule(self, row: SheetRow, day: date) -> Rule:
        """By code, else by its exact name."""
        if day not in self._rules:
            self._rules[day] = covenant.rules_on(self.village_id, day)
        rules = self._rules[day]
        code, name, unit = row.text(CODE), squeezed(row.text(RULE)), squeezed(row.text(UNIT))
        if not code and not name:
            raise InvalidInputError("没有写是哪一条：请填细则编号，或照细则原文写内容。", field=CODE)
        if not rules:
            raise InvalidInputError("这一天还没有生效的积分细则。", field=DAY)
        if code:
            wanted = squeezed(code).upper()
            found = [rule for rule in rules if rule.code == wanted]
            told, column = f"当天的细则里没有“{code[:20]}”这个编号。", CODE
        else:
            found = [rule for rule in rules if squeezed(rule.name) == name]
            told, column = "当天的细则里没有这一条，请填细则编号，或照原文写。", RULE
        if len(found) != 1:
            raise InvalidInputError(told if not found else "有几条细则都叫这个，请填细则编号。", field=column)
        if unit and unit != squeezed(found[0].unit):
            told = f"这一条按“{found[0].unit}”计，表里写的是“{row.text(UNIT)[:10]}”，请核对数量和单位。"
            raise InvalidInputError(told, field=UNIT)
        return found[0]

    def _resident(self, row: SheetRow, household: Household, rule: Rule) -> Resident | None:
        """Who did it; without a name the head, where the rule counts by person."""
        name, members = _name(row, NAME), self._members.get(household.id, [])
        if not name:
            head = members[0] if members and (members[0].relation == HEAD or len(members) == 1) else None
            if rule.needs_person and head is None:
                raise InvalidInputError("这一条按人计分，请填是这一户的哪一位。", field=NAME)
            return head if rule.needs_person else None
        found = [member for member in members if member.name == name]
        if not found:
            raise InvalidInputError(f"{household.number} 这一户没有叫{name}的人，请核对。", field=NAME)
        if len(found) > 1:
            raise InvalidInputError(f"这一户有 {len(found)} 个{name}，表里分不清，请到“记分”逐笔记。", field=NAME)
        return found[0]


def _day(row: SheetRow) -> date:
    day = row.day(DAY)
    if day is None:
        raise InvalidInputError("发生日期不能空着。", field=DAY)
    return day


def _quantity(row: SheetRow) -> int:
    """In hundredths; 1 where nothing is written."""
    text = row.text(QUANTITY)
    if not text:
        return UNITS_PER_POINT
    return parse_hundredths(text, what=QUANTITY, units_max=QUANTITY_UNITS_MAX, field=QUANTITY)


def _name(row: SheetRow, column: str) -> str:
    text = row.text(column)
    return clean_name(text, what=column, field=column) if text else ""
