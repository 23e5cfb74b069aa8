"""The rule book in and out of .xlsx. A file is the whole book: what differs makes a new version."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from config import ROOT
from pointsbank.covenant import queries
from pointsbank.covenant.errors import RuleBookRefusedError
from pointsbank.covenant.models import (
    CAP_SCOPE_NAMES,
    EFFECT_NAMES,
    STEP_NAMES,
    TRACK_NAMES,
    RuleBook,
    Step,
)
from pointsbank.covenant.services import (
    LABELS,
    RULES_MAX,
    Change,
    RuleDraft,
    check_effective_day,
    clean_clause_code,
    clean_code,
    clean_reason,
    cleaned,
    draft_of,
)
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.errors import EnvironmentProblemError, InvalidInputError, PointsBankError, TooLargeError
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
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place

TITLE = "积分细则"
IMPORT_REASON = "导入细则表"
STANDARD_FILE = ROOT / "sample" / "rules.xlsx"  # the program's own rules, 86 of them, which villages may start from
_YES_NO = {True: "是", False: "否"}
_YES_NO_READ = {"是": True, "留存": True, "√": True, "yes": True, "否": False, "不留存": False, "×": False, "no": False}
_STEP_OF = {name: step for step, name in STEP_NAMES.items()}


@dataclass(frozen=True, slots=True)
class _Part:
    """A column with the detail it holds, and how to read and write it."""

    detail: str
    parse: Callable[[str], Any]
    write: Callable[[Any], str | Decimal | None]
    aliases: tuple[str, ...] = ()
    required: bool = False
    width: int = 12

    @property
    def column(self) -> Column:
        """The column as the spreadsheet has it."""
        return Column(LABELS[self.detail], self.aliases, self.required, self.width)


def _word(detail: str, words: dict[Any, str], *, none: str = "") -> Callable[[str], Any]:
    """Reads one of the Chinese words, or the value as the program calls it. none: a word that stands for nothing."""
    values: dict[str, Any] = {word: value for value, word in words.items()}
    values |= {value.value: value for value in words if isinstance(value, StrEnum)}
    if none:
        values[none] = None

    def parse(text: str) -> Any:
        if text not in values:
            raise InvalidInputError(f"{LABELS[detail]}要填{'、'.join(words.values())}中的一个。")
        return values[text]

    return parse


def _yes_no(detail: str) -> Callable[[str], bool]:
    def parse(text: str) -> bool:
        if text not in _YES_NO_READ:
            raise InvalidInputError(f"{LABELS[detail]}要填是或者否。")
        return _YES_NO_READ[text]

    return parse


def _written_word(words: dict[Any, str]) -> Callable[[Any], str]:
    return lambda value: "" if value is None else words[value]


def _steps(text: str) -> tuple[Step, ...]:
    for separator in "＋、，,→":
        text = text.replace(separator, "+")
    names = [name.strip() for name in text.split("+") if name.strip()]
    known = {**_STEP_OF, **{step.value: step for step in Step}}
    wrong = [name for name in names if name not in known]
    if wrong:
        raise InvalidInputError(f"程序里的“{wrong[0][:10]}”不认识，可填{'、'.join(_STEP_OF)}，用+连起来。")
    return tuple(known[name] for name in names)


def _points(detail: str) -> Callable[[str], int]:
    return lambda text: parse_points(text, what=LABELS[detail], field=detail)


def _decimal(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(format_points(units))


_SPANS: dict[Any, str] = dict(SPAN_NAMES)
_SCOPES: dict[Any, str] = dict(CAP_SCOPE_NAMES)
_TRACKS: dict[Any, str] = dict(TRACK_NAMES)
_EFFECTS: dict[Any, str] = dict(EFFECT_NAMES)

_PARTS = (
    _Part("code", clean_code, str, ("细则编号", "code"), required=True),
    _Part("category", str, str, ("分类", "category"), required=True, width=18),
    _Part("name", str, str, ("积分项目", "细则", "name_zh"), required=True, width=40),
    _Part("name_en", str, str, ("name_en",), width=30),
    _Part("points", _points("points"), _decimal, ("积分", "points"), required=True, width=8),
    _Part("unit", str, str, ("计分单位", "unit"), required=True, width=8),
    _Part("cap_points", _points("cap_points"), _decimal, ("上限", "cap_points")),
    _Part("cap_span", _word("cap_span", _SPANS, none="none"), _written_word(_SPANS), ("cap_period",)),
    _Part("cap_scope", _word("cap_scope", _SCOPES), _written_word(_SCOPES), ("cap_scope",)),
    _Part("track", _word("track", _TRACKS), _written_word(_TRACKS), ("track",)),
    _Part("effect", _word("effect", _EFFECTS), _written_word(_EFFECTS), ("effect",)),
    _Part("evidence", str, str, ("evidence",), width=30),
    _Part("keep_evidence", _yes_no("keep_evidence"), _written_word(_YES_NO), ("keep_evidence",)),
    _Part("steps", _steps, lambda steps: "+".join(STEP_NAMES[step] for step in steps), ("steps",), width=16),
    _Part("volunteer_hours", _yes_no("volunteer_hours"), _written_word(_YES_NO), ("volunteer_hours",)),
    _Part("clause_code", clean_clause_code, str, ("条款", "依据", "clause_code")),
)
RULE_COLUMNS = tuple(part.column for part in _PARTS)
_BLANK = {item.name: item.default for item in fields(RuleDraft) if item.default is not MISSING}


def standard_rules() -> bytes:
    """The program's own rules as a spreadsheet: to start from, or to fill in. Raises EnvironmentProblemError."""
    try:
        return STANDARD_FILE.read_bytes()
    except OSError as wrong:
        raise EnvironmentProblemError(f"程序自带的通用细则读不了（{STANDARD_FILE}），请重新安装程序。") from wrong


def standard_drafts(village: Place) -> list[RuleDraft]:
    """The program's own rules without the clauses that a village's covenant lacks. Raises EnvironmentProblemError."""
    clauses = queries.clause_codes(village.id)
    drafts = [_draft(row, None) for row in _read(standard_rules())]
    return [draft if draft.clause_code in clauses else replace(draft, clause_code="") for draft in drafts]


def export_rules(village: Place, version: int | None = None) -> bytes:
    """A version, the newest by default, which need not be in force yet; what is written is read back as unchanged.

    A village without rules gives the columns alone. Raises UnknownRuleError.
    """
    found = queries.latest_book(village.id) if version is None else queries.book(village.id, version)
    return write_rules([draft_of(rule) for rule in queries.rules_of(found)] if found else [])


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


class _RefusedError(Exception):
    """Ends the transaction of an import that is refused, so that its key is free for the corrected file."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.report = report


def plan_import(village: Place, content: bytes, *, effective_on: date | None = None) -> RulesPlan:
    """What a file would make of the newest rule book; changes nothing.

    Rules are known by their code; a rule that the file lacks is dropped. A column that is missing leaves the detail
    as it is, a blank cell gives its default. effective_on: checked if given.
    Raises what read_sheet raises for a file that is none, and RuleBookRefusedError.
    """
    rows = _read(content)
    latest = queries.latest_book(village.id)
    if effective_on is not None:
        check_effective_day(effective_on, latest)
    return _plan(rows, latest, queries.clause_codes(village.id))


def apply_import(
    village: Place,
    content: bytes,
    *,
    effective_on: date,
    actor: Actor,
    key: str,
    reason: str = IMPORT_REASON,
    seen_version: int | None = None,
) -> ImportReport:
    """Adopt a file as the next version once per key: all of it, or nothing if any row is refused.

    A file that changes nothing makes no version. seen_version: the newest version when the file was looked at.
    Raises what plan_import and adopt_rule_book raise.
    """
    rows = _read(content)
    change = Change(village, effective_on, clean_reason(reason), actor, seen_version)

    def act() -> dict[str, Any]:
        plan = _plan(rows, change.newest(), queries.clause_codes(village.id))
        if plan.refused:
            raise _RefusedError(plan.report)
        if plan.differs:
            change.adopt(plan.drafts)
        return replace(plan.report, applied=True).to_json()

    sent = {"file": hashlib.sha256(content).hexdigest(), **change.content()}
    try:
        done = ledger.submit(village, key, "covenant.import_rules", sent, actor, act)
    except _RefusedError as refused:
        return refused.report
    return ImportReport(new=done["new"], changed=done["changed"], unchanged=done["unchanged"], applied=True)


def _read(content: bytes) -> list[SheetRow]:
    rows = read_sheet(content, RULE_COLUMNS)
    if len(rows) > RULES_MAX:
        raise TooLargeError(f"细则最多 {RULES_MAX} 条，请合并一些。", field=FILE_FIELD)
    return rows


def _plan(rows: Sequence[SheetRow], latest: RuleBook | None, clauses: frozenset[str]) -> RulesPlan:
    """Compare a file with the newest version. clauses: the codes that the covenant has.

    Raises RuleBookRefusedError for a file that would leave no rule.
    """
    stored = {rule.code: draft_of(rule) for rule in queries.rules_of(latest)} if latest else {}
    if stored and not rows:
        raise RuleBookRefusedError("表里一条细则也没有。请填好再上传。", field=FILE_FIELD)
    plan = RulesPlan(seen_version=latest.version if latest else 0)
    row_of_code: dict[str, int] = {}
    for row in rows:
        try:
            code = _detail(_PARTS[0], row)
            first = row_of_code.setdefault(code, row.number)
            if first != row.number:
                raise InvalidInputError(f"编号 {code} 在第 {first} 行已经有了，请删去一行。", field="code")
            draft = _draft(row, stored.get(code))
            _check_clause(draft, stored.get(code), clauses)
        except PointsBankError as wrong:
            plan.refused.append(RefusedRow(row.number, LABELS.get(wrong.field or "", ""), wrong.message))
            continue
        plan.drafts.append(draft)
        _compare(plan, stored.get(code), draft)
    plan.dropped = [draft for code, draft in stored.items() if code not in row_of_code]
    kept = {draft.code: None for draft in plan.drafts if draft.code in stored}  # in the order of the file
    plan.reordered = list(kept) != [code for code in stored if code in kept]
    return plan


def _check_clause(draft: RuleDraft, known: RuleDraft | None, clauses: frozenset[str]) -> None:
    """A clause must be one that the covenant has; before there is a covenant, and where it stood already, any is taken.

    Raises InvalidInputError.
    """
    kept = known is not None and known.clause_code == draft.clause_code
    if draft.clause_code and clauses and not kept and draft.clause_code not in clauses:
        raise InvalidInputError(f"第 {draft.clause_code} 条在约里没有，请核对，或者先空着。", field="clause_code")


def _compare(plan: RulesPlan, before: RuleDraft | None, after: RuleDraft) -> None:
    if before is None:
        plan.new.append(after)
    elif before == after:
        plan.unchanged += 1
    else:
        plan.changed.append((before, after))


def _draft(row: SheetRow, known: RuleDraft | None) -> RuleDraft:
    """A row as a rule. known: the rule as it stands, if any. Raises PointsBankError with the detail as its field."""
    said = {part.detail: _detail(part, row) for part in _PARTS if row.has(LABELS[part.detail])}
    return cleaned(replace(known, **said) if known else RuleDraft(**said))


def _detail(part: _Part, row: SheetRow) -> Any:
    text = row.text(LABELS[part.detail])
    if not text and part.required:
        raise InvalidInputError(f"{LABELS[part.detail]}不能空着。", field=part.detail)
    try:
        return part.parse(text) if text else _BLANK[part.detail]
    except InvalidInputError as wrong:
        raise InvalidInputError(wrong.message, field=part.detail) from wrong
