"""A group's paper sheet as it is filled in: which group, day and rules, and a quantity per household and rule.

Whatever was typed stays on the sheet, also what cannot be taken; what is wrong stands at its cell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import request
from wtforms import HiddenField, SelectField, SelectMultipleField
from wtforms.validators import Length, NumberRange, Optional

from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Rule, Track
from pointsbank.deeds import queries
from pointsbank.deeds.forms.claimant import ClaimantField, groups_to_record
from pointsbank.deeds.forms.recording import TODAY, parse_day, recordable_or_today, rules_meant
from pointsbank.deeds.services import QUANTITY_UNITS_MAX, DeedDraft
from pointsbank.deeds.services.drafts import EVENT_LENGTH_MAX, LATE_REASON_LENGTH_MAX
from pointsbank.foundation import clock, periods
from pointsbank.foundation.errors import InvalidInputError, NotFoundError, PointsBankError
from pointsbank.foundation.points import parse_hundredths, times
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.people import queries as people
from pointsbank.people.models import Household, Resident
from pointsbank.places.models import Group, Place
from pointsbank.web.forms import Form, LineField, WholeField, clean_text

RULES_MAX = 12  # columns that a paper sheet has room for
RULES_SUGGESTED = 6
HOUSEHOLDS_PER_SHEET = 100  # with 12 rules, who did it and a person each, a page stays under the limit of fields
PARTS_MAX = 100
CELL_LENGTH_MAX = 20
QUANTITY, PERSON = "q", "w"  # how the fields of a cell begin: q-<household's serial>-<rule's code>


@dataclass
class Cell:
    """One household and one rule. text and person: as posted; error: what is wrong with them."""

    rule: Rule
    text: str = ""
    person: Resident | None = None
    error: str = ""
    quantity: int = 0  # in hundredths; 0 when nothing was typed, or nothing that can be taken

    @property
    def expected(self) -> int:
        """What it would give before any cap, in units."""
        return times(self.rule.points, self.quantity)


@dataclass
class SheetRow:
    """A household with its people, the head first, and its cells by the code of the rule."""

    household: Household
    members: Sequence[Resident]
    cells: dict[str, Cell] = field(default_factory=dict)

    def field_name(self, kind: str, code: str) -> str:
        """What a field of a cell is called."""
        return f"{kind}-{self.household.serial}-{code}"

    @property
    def expected(self) -> int:
        """What the row would give before any cap, in units."""
        return sum(cell.expected for cell in self.cells.values())


@dataclass
class Sheet:
    """A sheet with its rows and columns. part: from 1, where a group is too large for one page."""

    group: Group
    day: date
    rules: list[Rule]
    rows: list[SheetRow]
    part: int
    parts: int
    event_name: str = ""
    late_reason: str = ""

    def filled(self) -> Iterator[tuple[SheetRow, Cell]]:
        """The cells with a quantity, row by row."""
        return ((row, cell) for row in self.rows for cell in row.cells.values() if cell.quantity)

    @property
    def has_errors(self) -> bool:
        """Whether a cell cannot be taken."""
        return any(cell.error for row in self.rows for cell in row.cells.values())

    def drafts(self) -> list[DeedDraft]:
        """The deeds in the order of filled."""
        return [
            DeedDraft(
                row.household.id,
                cell.rule.code,
                cell.quantity,
                self.day,
                cell.person.id if cell.person else None,
                event_name=self.event_name,
                late_reason=self.late_reason,
            )
            for row, cell in self.filled()
        ]

    def total(self, code: str) -> tuple[int, int]:
        """A column's quantity and expected points, in hundredths."""
        cells = [row.cells[code] for row in self.rows]
        return sum(cell.quantity for cell in cells), sum(cell.expected for cell in cells)

    @property
    def expected(self) -> tuple[int, int]:
        """What the whole sheet would give before any cap, in units: points and honour points."""
        sums = {Track.POINTS: 0, Track.HONOUR: 0}
        for _, cell in self.filled():
            sums[cell.rule.track] += cell.expected
        return sums[Track.POINTS], sums[Track.HONOUR]


@dataclass
class RuleChoice:
    """The rules of a day to tick; each stands in one of the lists only."""

    chosen: list[Rule]
    found: list[Rule]
    suggested: list[Rule]
    others: list[tuple[str, list[Rule]]]  # by category


class SheetForm(Form):
    """Group, day, rules and all cells. With GET it only chooses the sheet, without a token."""

    group = SelectField("哪个组")
    occurred_on = LineField("哪天", [Length(max=20, message="日期可以写 3-5、0305 或昨天。")], default=TODAY)
    rule = SelectMultipleField("细则", validate_choice=False, validators=[Length(max=200)])
    find = LineField("找细则", [Length(max=40, message="写编号、几个字或首字母就行。")])
    event_name = LineField("活动名称", [Length(max=EVENT_LENGTH_MAX, message=f"最多 {EVENT_LENGTH_MAX} 个字。")])
    late_reason = LineField(
        "迟报原因", [Length(max=LATE_REASON_LENGTH_MAX, message=f"最多 {LATE_REASON_LENGTH_MAX} 个字。")]
    )
    claimed_by = ClaimantField()
    part = WholeField(validators=[Optional(), NumberRange(1, PARTS_MAX, "没有这一页。")])
    key = HiddenField(validators=[Optional(), Length(max=KEY_LENGTH_MAX)])  # the book refuses a sheet without one

    def __init__(self, village: Place, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.village = village
        self.groups = groups_to_record(village)
        self.claimed_by.offer(village)
        self.group.choices = [(str(group.number), group.name) for group in self.groups]
        self.status = 200
        self._rules: dict[date, dict[str, Rule]] = {}

    def _rules_on(self, day: date) -> dict[str, Rule]:
        """The rules of a day by code, in the order of the book; read once."""
        if day not in self._rules:
            self._rules[day] = {rule.code: rule for rule in covenant.rules_on(self.village.id, day)}
        return self._rules[day]

    @property
    def group_meant(self) -> Group:
        """The group that was chosen, else the first. Raises NotFoundError for one that is not of this village."""
        wanted = self.group.raw_data[0] if self.group.raw_data else None
        for group in self.groups:
            if wanted in (None, str(group.number)):
                return group
        raise NotFoundError("没有这个村民小组。请从列表里选。" if self.groups else "还没有村民小组，请先导入花名册。")

    def refuse(self, error: PointsBankError) -> int:
        """As every form does; the first refusal gives the status, and the same sentence stands at a field once."""
        place: Any = self._fields.get(error.field) if error.field else None
        told = place is not None and error.message in place.errors
        status = error.status if told else super().refuse(error)
        self.status = status if self.status == 200 else self.status
        return self.status

    def read_day(self) -> date:
        """The day; today, and refused at the field, when it cannot be understood."""
        try:
            return parse_day(self.occurred_on.data or TODAY, field="occurred_on")
        except PointsBankError as error:
            self.refuse(error)
            return clock.today()

    def read_rules(self, day: date, codes: Sequence[str]) -> list[Rule]:
        """The rules with these codes on a day, in the order of the book; refused at the field when too many.

        What only the newest book has stays on the sheet too, so that a wrong day loses no column.
        """
        in_force = {**self._rules_on(clock.today()), **self._rules_on(day)}
        wanted = set(codes)
        rules = sorted((rule for code, rule in in_force.items() if code in wanted), key=lambda rule: rule.position)
        if len(rules) > RULES_MAX:
            self.refuse(InvalidInputError(f"一张表最多 {RULES_MAX} 条细则，请去掉几条。", field="rule"))
        return rules

    def choice(self, day: date, chosen: Sequence[Rule]) -> RuleChoice:
        """All rules of a day to tick, those that are chosen, found or suggested first."""
        month = periods.previous_period(periods.period_of(recordable_or_today(day)))
        used = queries.rules_used_most(
            self.village.id, self.group_meant.id, *periods.days_of(month), limit=RULES_SUGGESTED
        )
        rules = self._rules_on(day)
        taken = {rule.code for rule in chosen}
        found = rules_meant(self.village, day, self.find.data) if self.find.data else []
        parts: list[list[Rule]] = [list(chosen)]
        for wanted in ([rule.code for rule in found], used):
            parts.append([rules[code] for code in wanted if code in rules and code not in taken])
            taken.update(rule.code for rule in parts[-1])
        others: dict[str, list[Rule]] = {}
        for rule in rules.values():
            if rule.code not in taken:
                others.setdefault(rule.category, []).append(rule)
        return RuleChoice(parts[0], parts[1], parts[2], list(others.items()))

    def sheet(self) -> Sheet:
        """The sheet that was chosen, its cells as posted; what cannot be taken is refused at its place.

        Raises NotFoundError for a group or page that is not there, InvalidInputError for what no page of ours posts.
        """
        group, day = self.group_meant, self.read_day()
        codes = [*(self.rule.data or []), *_codes_typed()]
        households = people.households_of_group(self.village.id, group.id)
        parts = max(1, -(-len(households) // HOUSEHOLDS_PER_SHEET))
        part = self.part.data or 1
        if part > parts:
            raise NotFoundError("这个组没有这么多户。请重新打开这张表。")
        shown = households[(part - 1) * HOUSEHOLDS_PER_SHEET : part * HOUSEHOLDS_PER_SHEET]
        members = queries.members_of_households(self.village.id, [household.id for household in shown])
        rows = [SheetRow(household, members.get(household.id, [])) for household in shown]
        sheet = Sheet(group, day, self.read_rules(day, codes), rows, part, parts)
        sheet.event_name, sheet.late_reason = self.event_name.data or "", self.late_reason.data or ""
        for row in rows:
            row.cells = {rule.code: _posted_cell(row, rule) for rule in sheet.rules}
        self._refuse_lost(sheet)
        return sheet

    def _refuse_lost(self, sheet: Sheet) -> None:
        """Say that something was typed for a household or rule that is no longer there, rather than drop it."""
        known = {row.field_name(QUANTITY, rule.code) for row in sheet.rows for rule in sheet.rules}
        lost = [name for name in request.form if name.startswith(f"{QUANTITY}-") and name not in known]
        if any(clean_text(request.form[name]) for name in lost):
            told = "有的户或细则刚刚不在了（注销、移走或改了细则），那几格没有留住。请对照纸表核对一遍。"
            self.refuse(InvalidInputError(told))


def _codes_typed() -> set[str]:
    """The rules of cells that hold something: their columns stay, ticked or not."""
    names = (name for name in request.form if name.startswith(f"{QUANTITY}-") and request.form[name].strip())
    return {name.split("-", 2)[2] for name in names if name.count("-") >= 2}


def _posted_cell(row: SheetRow, rule: Rule) -> Cell:
    """A cell as posted; 0 and nothing are the same, as on paper."""
    values = request.form.getlist(row.field_name(QUANTITY, rule.code))
    chosen = request.form.getlist(row.field_name(PERSON, rule.code))
    if max(len(values), len(chosen)) > 1:
        raise InvalidInputError("页面已经过期，请刷新后重新录入。")
    text = clean_text(values[0] if values else "")
    cell = Cell(rule, text[: CELL_LENGTH_MAX + 1])
    if rule.needs_person:
        cell.person = _person(row, chosen[0] if chosen else "")
    try:
        if len(text) > CELL_LENGTH_MAX:
            raise InvalidInputError("太长了，这一格只填数字。")
        if text:
            cell.quantity = parse_hundredths(text, what="数量", units_max=QUANTITY_UNITS_MAX)
        if cell.quantity and rule.needs_person and cell.person is None:
            cell.error = "这一条按人计分，请选是哪一位。" if row.members else "这一户没有在册的人，不能按人计分。"
    except InvalidInputError as wrong:
        cell.error = wrong.message
    return cell


def _person(row: SheetRow, chosen: str) -> Resident | None:
    """Who did it: the member chosen, else the head; None for somebody who is not of the household."""
    if not chosen:
        return row.members[0] if row.members else None
    return next((member for member in row.members if str(member.serial) == chosen), None)
