"""The rule book in and out of .xlsx. A file is the whole book: what differs makes a new version."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from pointsbank.covenant import queries
from pointsbank.covenant.models import (
    CAP_SCOPE_NAMES,
    EFFECT_NAMES,
    STEP_NAMES,
    TRACK_NAMES,
    Step,
)
from pointsbank.covenant.services import RULES_MAX, RuleDraft, adopt_rule_book, clean_code, cleaned, draft_of
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.errors import InvalidInputError, PointsBankError, TooLargeError
from pointsbank.foundation.periods import SPAN_NAMES
from pointsbank.foundation.points import format_points, parse_points
from pointsbank.foundation.spreadsheets import (
    FILE_FIELD,
    Column,
    ImportReport,
    RefusedRow,
    SheetRow,
    read_sheet,
    write_sheet,
)
from pointsbank.places.models import Place

TITLE = "积分细则"
_YES_NO = {True: "是", False: "否"}
_STEP_OF = {name: step for step, name in STEP_NAMES.items()}


@dataclass(frozen=True, slots=True)
class _Part:
    """A column with the detail it holds, and how to read and write it."""

    detail: str
    name: str
    parse: Callable[[str], Any]
    write: Callable[[Any], str | Decimal | None]
    blank: Any = ""
    required: bool = False
    aliases: tuple[str, ...] = ()
    width: int = 12

    @property
    def column(self) -> Column:
        """The column as the spreadsheet has it."""
        return Column(self.name, self.aliases, self.required, self.width)


def _word(name: str, words: dict[Any, str]) -> Callable[[str], Any]:
    values = {word: value for value, word in words.items()}

    def parse(text: str) -> Any:
        if text not in values:
            raise InvalidInputError(f"{name}要填{'、'.join(values)}中的一个。")
        return values[text]

    return parse


def _written_word(words: dict[Any, str]) -> Callable[[Any], str]:
    return lambda value: "" if value is None else words[value]


def _steps(text: str) -> tuple[Step, ...]:
    names = [name.strip() for name in text.replace("＋", "+").replace("、", "+").split("+") if name.strip()]
    wrong = [name for name in names if name not in _STEP_OF]
    if wrong:
        raise InvalidInputError(f"程序里的“{wrong[0][:10]}”不认识，可填{'、'.join(_STEP_OF)}，用+连起来。")
    return tuple(_STEP_OF[name] for name in names)


def _decimal(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(format_points(units))


_PARTS = (
    _Part("code", "编号", clean_code, str, required=True, aliases=("细则编号", "code")),
    _Part("category", "类别", str, str, required=True, aliases=("分类", "category"), width=18),
    _Part("name", "内容", str, str, required=True, aliases=("积分项目", "细则", "name_zh"), width=40),
    _Part("name_en", "英文名", str, str, aliases=("name_en",), width=30),
    _Part("points", "分值", parse_points, _decimal, required=True, aliases=("积分", "points"), width=8),
    _Part("unit", "单位", str, str, required=True, aliases=("计分单位", "unit"), width=8),
    _Part("cap_points", "封顶分值", parse_points, _decimal, blank=None, aliases=("上限", "cap_points")),
    _Part(
        "cap_span",
        "封顶周期",
        _word("封顶周期", dict(SPAN_NAMES)),
        _written_word(dict(SPAN_NAMES)),
        blank=None,
        aliases=("cap_period",),
    ),
    _Part(
        "cap_scope",
        "封顶范围",
        _word("封顶范围", dict(CAP_SCOPE_NAMES)),
        _written_word(dict(CAP_SCOPE_NAMES)),
        blank=None,
        aliases=("cap_scope",),
    ),
    _Part("track", "记入", _word("记入", dict(TRACK_NAMES)), _written_word(dict(TRACK_NAMES)), required=True),
    _Part(
        "effect", "附带效果", _word("附带效果", dict(EFFECT_NAMES)), _written_word(dict(EFFECT_NAMES)), required=True
    ),
    _Part("evidence", "佐证材料", str, str, aliases=("evidence",), width=30),
    _Part("keep_evidence", "材料留存", _word("材料留存", _YES_NO), _written_word(_YES_NO), required=True),
    _Part("steps", "程序", _steps, lambda steps: "+".join(STEP_NAMES[step] for step in steps), blank=(), width=16),
    _Part("volunteer_hours", "志愿时长", _word("志愿时长", _YES_NO), _written_word(_YES_NO), required=True),
)
RULE_COLUMNS = tuple(part.column for part in _PARTS)
_NAMES = {part.detail: part.name for part in _PARTS}


def export_rules(village: Place, day: date) -> bytes:
    """The rules in force on a day; what is written here is read back as unchanged."""
    return write_rules([draft_of(rule) for rule in queries.rules_on(village.id, day)])


def write_rules(drafts: Sequence[RuleDraft]) -> bytes:
    """Rules as a spreadsheet."""
    rows = [[part.write(getattr(draft, part.detail)) for part in _PARTS] for draft in drafts]
    return write_sheet(TITLE, RULE_COLUMNS, rows)


@dataclass
class RulesPlan:
    """What an import of a rule book would do: the whole next version, and what differs from the newest one."""

    drafts: list[RuleDraft] = field(default_factory=list)
    new: list[RuleDraft] = field(default_factory=list)
    changed: list[tuple[RuleDraft, RuleDraft]] = field(default_factory=list)  # before, after
    dropped: list[RuleDraft] = field(default_factory=list)
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    reordered: bool = False
    seen_version: int = 0

    @property
    def differs(self) -> bool:
        """Whether there is anything to adopt."""
        return bool(self.new or self.changed or self.dropped or self.reordered)

    @property
    def report(self) -> ImportReport:
        """The plan in numbers; a dropped rule counts as changed."""
        changed = len(self.changed) + len(self.dropped)
        return ImportReport(len(self.new), changed, self.unchanged, self.refused)


def plan_import(village: Place, content: bytes) -> RulesPlan:
    """What a file would make of the newest rule book; changes nothing.

    Rules are known by their code; a rule that the file lacks is dropped. Raises what read_sheet raises for a file
    that is none.
    """
    rows = read_sheet(content, RULE_COLUMNS)
    if len(rows) > RULES_MAX:
        raise TooLargeError(f"细则最多 {RULES_MAX} 条，请合并一些。", field=FILE_FIELD)
    latest = queries.latest_book(village.id)
    stored = {rule.code: draft_of(rule) for rule in queries.rules_of(latest)} if latest else {}
    plan = RulesPlan(seen_version=latest.version if latest else 0)
    row_of_code: dict[str, int] = {}
    for row in rows:
        try:
            draft = _draft(row)
            first = row_of_code.setdefault(draft.code, row.number)
            if first != row.number:
                raise InvalidInputError(f"编号 {draft.code} 在第 {first} 行已经有了，请删去一行。", field="code")
        except PointsBankError as wrong:
            plan.refused.append(RefusedRow(row.number, _NAMES.get(wrong.field or "", ""), wrong.message))
            continue
        plan.drafts.append(draft)
        _compare(plan, stored.get(draft.code), draft)
    codes = [draft.code for draft in plan.drafts]
    plan.dropped = [draft for code, draft in stored.items() if code not in row_of_code]
    plan.reordered = [code for code in stored if code in row_of_code] != [code for code in codes if code in stored]
    return plan


def _compare(plan: RulesPlan, before: RuleDraft | None, after: RuleDraft) -> None:
    if before is None:
        plan.new.append(after)
    elif before == after:
        plan.unchanged += 1
    else:
        plan.changed.append((before, after))


def _draft(row: SheetRow) -> RuleDraft:
    """A row as a rule. Raises PointsBankError with the detail as its field."""
    said: dict[str, Any] = {}
    for part in _PARTS:
        text = row.text(part.name)
        if not text and part.required:
            raise InvalidInputError(f"{part.name}不能空着。", field=part.detail)
        try:
            said[part.detail] = part.parse(text) if text else part.blank
        except InvalidInputError as wrong:
            raise InvalidInputError(wrong.message, field=part.detail) from wrong
    return cleaned(RuleDraft(**said))


def apply_import(village: Place, content: bytes, *, effective_on: date, actor: Actor, key: str) -> ImportReport:
    """Adopt a file as the next version once per key: all of it, or nothing if any row is refused.

    A file that changes nothing makes no version. Raises what plan_import and adopt_rule_book raise.
    """
    plan = plan_import(village, content)
    if plan.refused:
        return plan.report
    if plan.differs:
        adopt_rule_book(village, plan.drafts, effective_on, "导入细则表", actor, key)
    return replace(plan.report, applied=True)
