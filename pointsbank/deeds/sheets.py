"""Deeds in and out of .xlsx. An import first says what each row would give, then books all of them or nothing.

A row with a claim's serial, as an export writes it, is one that is booked already: it must say the same, for what is
booked is never edited. A row without one is new.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select

from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Rule
from pointsbank.covenant.services import clean_code
from pointsbank.deeds import queries, services
from pointsbank.deeds.models import STATE_NAMES, Claim, ClaimOrigin
from pointsbank.deeds.policies import Assessment
from pointsbank.deeds.services import DEEDS_MAX, NOTE_LENGTH_MAX, QUANTITY_UNITS_MAX, DeedDraft
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, PointsBankError, TooLargeError
from pointsbank.foundation.names import clean_name
from pointsbank.foundation.periods import period_of
from pointsbank.foundation.points import UNITS_PER_POINT, format_points, parse_hundredths, parse_points
from pointsbank.foundation.spreadsheets import (
    FILE_FIELD,
    ROWS_MAX,
    Column,
    ImportReport,
    RefusedRow,
    SheetRow,
    read_sheet,
    write_sheet,
)
from pointsbank.foundation.texts import clean_text, parse_whole
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import HEAD, clean_number, number_key
from pointsbank.places.models import Place

TITLE = "积分记录"
SERIAL_MAX = 10**12
CANDIDATES_SHOWN = 4

T = TypeVar("T")

SERIAL, NUMBER, HEAD_NAME, NAME, CODE, RULE = "流水号", "户编号", "户主", "姓名", "细则编号", "内容"
QUANTITY, UNIT, DAY, PERIOD, POINTS, STATE = "数量", "单位", "发生日期", "归属月份", "积分", "状态"
CAP_REASON, NOTE = "封顶说明", "备注"

# 序号 is no other name of 流水号: people number the rows of their own lists with it.
DEED_COLUMNS = (
    Column(SERIAL, ("申报号", "申报流水号"), width=10),
    Column(NUMBER, ("户号", "家庭编号", "户编码", "门牌号"), width=10),
    Column(HEAD_NAME, ("户主姓名",)),
    Column(NAME, ("成员姓名", "村民姓名", "居民姓名", "得分人", "办事人")),
    Column(CODE, ("细则号", "细则代码", "项目编号", "积分编号"), width=10),
    Column(RULE, ("细则内容", "细则", "积分项目", "项目", "事项", "什么事"), width=32),
    Column(QUANTITY, ("次数", "几次"), width=8),
    Column(UNIT, ("计分单位", "计量单位"), width=8),
    Column(DAY, ("日期", "发生日", "发生时间", "时间"), required=True),
    Column(PERIOD, ("归属期", "月份"), width=10),
    Column(POINTS, ("分值", "得分", "分数"), width=8),
    Column(STATE, width=10),
    Column(CAP_REASON, ("封顶原因",), width=24),
    Column(NOTE, ("说明", "备注说明"), width=24),
)
FILLED_IN = (NUMBER, HEAD_NAME, NAME, CODE, RULE, QUANTITY, UNIT, DAY, NOTE)  # the rest the program knows itself


def export_deeds(village: Place, period: str | None = None) -> bytes:
    """All deeds, undone ones too, of one period if given; what is written here is read back as unchanged.

    Raises TooLargeError for more than can be read back.
    """
    claims = queries.all_claims(village.id, period)
    if len(claims) > ROWS_MAX:
        raise TooLargeError(f"积分记录超过 {ROWS_MAX:,} 条，请按月份导出。")
    return write_sheet(TITLE, DEED_COLUMNS, [_written(claim) for claim in claims])


def blank_sheet() -> bytes:
    """The columns alone, to be filled in."""
    return write_sheet(TITLE, [column for column in DEED_COLUMNS if column.name in FILLED_IN], [])


def _written(claim: Claim) -> list[str | int | Decimal | date | None]:
    return [
        claim.serial,
        claim.household.number,
        claim.household.head_name,
        claim.resident.name if claim.resident else "",
        claim.rule.code,
        claim.rule.name,
        Decimal(claim.quantity) / UNITS_PER_POINT,
        claim.rule.unit,
        claim.occurred_on,
        claim.period or "",
        Decimal(claim.points) / UNITS_PER_POINT,
        STATE_NAMES[claim.state],
        claim.cap_reason,
        claim.note,
    ]


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlannedDeed:
    """A new deed of a file with what it would give. remarks: what a person should look at before booking."""

    row: int
    draft: DeedDraft
    household: Household
    resident: Resident | None
    rule: Rule
    assessment: Assessment
    remarks: tuple[str, ...]


@dataclass
class DeedsPlan:
    """What an import would do: the new deeds in order of the file, how many are booked already, what is refused."""

    deeds: list[PlannedDeed] = field(default_factory=list)
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)

    @property
    def report(self) -> ImportReport:
        """The plan in numbers; a booked deed never changes."""
        return ImportReport(len(self.deeds), 0, self.unchanged, self.refused)


def plan_import(village: Place, content: bytes) -> DeedsPlan:
    """What an import of this file would do; changes nothing.

    Raises what foundation.spreadsheets.read_sheet raises for a file that is none, TooLargeError for too many new deeds.
    """
    rows = read_sheet(content, DEED_COLUMNS)
    known = [row for row in rows if row.text(SERIAL)]
    new = [row for row in rows if not row.text(SERIAL)]
    if len(new) > DEEDS_MAX:
        raise TooLargeError(f"新记的事一次最多 {DEEDS_MAX:,} 行，请分成几个文件。", field=FILE_FIELD)
    plan = DeedsPlan()
    _compare_known(village.id, known, plan)
    _plan_new(village, new, plan)
    plan.refused.sort(key=lambda refused: refused.row)
    return plan


def apply_import(village: Place, content: bytes, actor: Actor, key: str) -> ImportReport:
    """Book the new deeds of a file once per key: all of them, or nothing if any row is refused.

    Raises what plan_import and services.record_many raise.
    """
    plan = plan_import(village, content)
    if plan.refused:
        return plan.report
    if plan.deeds:
        services.record_many(village, [deed.draft for deed in plan.deeds], actor, key, ClaimOrigin.FILE)
    return replace(plan.report, applied=True)


# --- rows that are booked already -------------------------------------------------------------------------------------


def _compare_known(village_id: int, rows: Sequence[SheetRow], plan: DeedsPlan) -> None:
    serials: dict[int, SheetRow] = {}
    for row in rows:
        try:
            serial = parse_whole(row.text(SERIAL), what=SERIAL, most=SERIAL_MAX)
            first = serials.setdefault(serial, row)
            if first is not row:
                raise InvalidInputError(f"流水号 {serial} 在第 {first.number} 行已经有了，请删去一行。")
        except InvalidInputError as wrong:
            plan.refused.append(RefusedRow(row.number, SERIAL, wrong.message))
    claims = queries.claims_by_serial(village_id, serials.keys())
    for serial, row in serials.items():
        claim = claims.get(serial)
        if claim is None:
            told = f"没有流水号是 {serial} 的记录。新记的事请把流水号空着。"
            plan.refused.append(RefusedRow(row.number, SERIAL, told))
        elif column := _first_difference(row, claim):
            told = f"{serial} 号是{STATE_NAMES[claim.state]}的，表里写的和账上不同。已入账的不能改，请撤销后重记。"
            plan.refused.append(RefusedRow(row.number, column, told))
        else:
            plan.unchanged += 1


def _first_difference(row: SheetRow, claim: Claim) -> str | None:
    """The first column that does not say what is booked; None if all do. The head may have changed since."""
    same: dict[str, Callable[[], bool]] = {
        NUMBER: lambda: number_key(clean_number(row.text(NUMBER))) == number_key(claim.household.number),
        NAME: lambda: _squeezed(row.text(NAME)) == _squeezed(claim.resident.name if claim.resident else ""),
        CODE: lambda: clean_code(row.text(CODE)) == claim.rule.code,
        RULE: lambda: _squeezed(row.text(RULE)) == _squeezed(claim.rule.name),
        QUANTITY: lambda: parse_points(row.text(QUANTITY)) == claim.quantity,
        UNIT: lambda: _squeezed(row.text(UNIT)) == _squeezed(claim.rule.unit),
        DAY: lambda: row.day(DAY) == claim.occurred_on,
        PERIOD: lambda: _month(row) == claim.period,
        POINTS: lambda: parse_points(row.text(POINTS)) == claim.points,
        STATE: lambda: _squeezed(row.text(STATE)) == STATE_NAMES[claim.state],
        NOTE: lambda: row.text(NOTE) == " ".join(claim.note.split()),
    }
    for column, is_same in same.items():
        try:
            if row.has(column) and not is_same():
                return column
        except InvalidInputError:
            return column
    return None


def _month(row: SheetRow) -> str | None:
    """A period as written, or as a spreadsheet made a date of it."""
    day = row.day(PERIOD, month_is_enough=True)
    return period_of(day) if day else None


def _squeezed(text: str) -> str:
    """What two spellings have in common: full-width forms and spaces make no difference."""
    return "".join(unicodedata.normalize("NFKC", text).split())


# --- new rows ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    """A new row with what it names."""

    row: SheetRow
    draft: DeedDraft
    household: Household
    resident: Resident | None
    rule: Rule


def _plan_new(village: Place, rows: Sequence[SheetRow], plan: DeedsPlan) -> None:
    if not rows:
        return
    reader = _Reader(village.id)
    entries: list[_Entry] = []
    for row in rows:
        read = reader.read(row)
        if isinstance(read, _Entry):
            entries.append(read)
        else:
            plan.refused += [RefusedRow(row.number, wrong.field or "", wrong.message) for wrong in read]
    outcomes = services.preview_many(village, [entry.draft for entry in entries]) if entries else []
    alike = _Alike(village.id, [entry.draft for entry in entries])
    for entry, outcome in zip(entries, outcomes, strict=True):
        if isinstance(outcome, PointsBankError):
            plan.refused.append(RefusedRow(entry.row.number, _column_of(outcome, entry), outcome.message))
            continue
        remarks = [*alike.remarks(entry), *_other_points(entry.row, outcome)]
        plan.deeds.append(
            PlannedDeed(
                entry.row.number, entry.draft, entry.household, entry.resident, entry.rule, outcome, tuple(remarks)
            )
        )


def _column_of(refusal: PointsBankError, entry: _Entry) -> str:
    """Where what the service refused stands in the file."""
    columns = {"who": NUMBER, "rule": CODE, "quantity": QUANTITY, "occurred_on": DAY, "note": NOTE}
    column = columns.get(refusal.field or "", "")
    return column if entry.row.has(column) else ""


class _Alike:
    """Deeds that look like one that is booked, or like an earlier row of the same file."""

    def __init__(self, village_id: int, drafts: Sequence[DeedDraft]) -> None:
        self._first_rows: dict[queries.DeedKey, int] = {}
        self._booked: set[queries.DeedKey] = set()
        if drafts:
            days = [draft.occurred_on for draft in drafts]
            households = {draft.household_id for draft in drafts}
            self._booked = queries.booked_deeds(village_id, households, min(days), max(days))

    def remarks(self, entry: _Entry) -> list[str]:
        """What to say of a row."""
        draft = entry.draft
        key = (draft.household_id, draft.resident_id, draft.rule_code, draft.occurred_on, draft.quantity)
        first = self._first_rows.setdefault(key, entry.row.number)
        remarks = ["已经记过一模一样的，会再记一次。"] if key in self._booked else []
        return remarks + ([f"和第 {first} 行一模一样。"] if first != entry.row.number else [])


def _other_points(row: SheetRow, assessment: Assessment) -> list[str]:
    """What the file says of points does not count; say so where it differs."""
    written = row.text(POINTS)
    if not written:
        return []
    try:
        if parse_points(written) == assessment.points:
            return []
    except InvalidInputError:
        pass
    return [f"表里写的积分是“{written[:10]}”，按细则记 {format_points(assessment.points)} 分。"]


class _Reader:
    """Finds what rows name: household, person, rule. What it refuses has the column as its field."""

    def __init__(self, village_id: int) -> None:
        self.village_id = village_id
        households = session().scalars(select(Household).where(Household.village_id == village_id)).all()
        self._by_number = {number_key(household.number): household for household in households}
        self._by_id = {household.id: household for household in households}
        self._open = [household for household in households if household.closed_on is None]
        self._members = queries.members_of_households(village_id, [household.id for household in self._open])
        self._rules: dict[date, Sequence[Rule]] = {}

    def read(self, row: SheetRow) -> _Entry | list[PointsBankError]:
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
        rule = taken(lambda: self._rule(row, day)) if day else None
        resident = taken(lambda: self._resident(row, household, rule)) if household and rule else None
        if wrong or household is None or day is None or rule is None or quantity is None:
            return wrong
        draft = DeedDraft(household.id, rule.code, quantity, day, resident.id if resident else None, note or "")
        return _Entry(row, draft, household, resident, rule)

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
        code, name, unit = row.text(CODE), _squeezed(row.text(RULE)), _squeezed(row.text(UNIT))
        if not code and not name:
            raise InvalidInputError("没有写是哪一条：请填细则编号，或照细则原文写内容。", field=CODE)
        if not rules:
            raise InvalidInputError("这一天还没有生效的积分细则。", field=DAY)
        if code:
            wanted = _squeezed(code).upper()
            found = [rule for rule in rules if rule.code == wanted]
            told, column = f"当天的细则里没有“{code[:20]}”这个编号。", CODE
        else:
            found = [rule for rule in rules if _squeezed(rule.name) == name]
            told, column = "当天的细则里没有这一条，请填细则编号，或照原文写。", RULE
        if len(found) != 1:
            raise InvalidInputError(told if not found else "有几条细则都叫这个，请填细则编号。", field=column)
        if unit and unit != _squeezed(found[0].unit):
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
