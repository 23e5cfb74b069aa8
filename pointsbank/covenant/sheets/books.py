"""The rule book in and out of .xlsx. A file is the whole book: what differs makes a new version, or a draft of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from config import ROOT
from pointsbank.covenant import queries
from pointsbank.covenant.errors import RuleBookRefusedError, UnknownTableError
from pointsbank.covenant.queries.drafts import DraftBook
from pointsbank.covenant.queries.tables import Table
from pointsbank.covenant.rule_drafts import LABELS, RuleDraft, draft_of
from pointsbank.covenant.services import (
    RULES_MAX,
    Change,
    Seen,
    check_bounds,
    check_effective_day,
    clean_reason,
    replace_rules,
)
from pointsbank.covenant.sheets.columns import PARTS, RULE_COLUMNS, code_of, draft_of_row
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.errors import EnvironmentProblemError, InvalidInputError, PointsBankError, TooLargeError
from pointsbank.foundation.spreadsheets import (
    FILE_FIELD,
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


def standard_rules() -> bytes:
    """The program's own rules as a spreadsheet: to start from, or to fill in. Raises EnvironmentProblemError."""
    try:
        return STANDARD_FILE.read_bytes()
    except OSError as wrong:
        raise EnvironmentProblemError(f"程序自带的通用细则读不了（{STANDARD_FILE}），请重新安装程序。") from wrong


def standard_drafts(village: Place) -> list[RuleDraft]:
    """The program's own rules without the clauses that a village's covenant lacks. Raises EnvironmentProblemError."""
    clauses = queries.clause_codes(village.id)
    drafts = [draft_of_row(row, None) for row in _read(standard_rules())]
    return [draft if draft.clause_code in clauses else replace(draft, clause_code="") for draft in drafts]


def export_rules(village: Place, version: int | None = None) -> bytes:
    """A version, the newest by default, which need not be in force yet; what is written is read back as unchanged.

    A village without rules gives the columns alone. Raises UnknownRuleError.
    """
    found = queries.latest_book(village.id) if version is None else queries.book(village.id, version)
    return write_rules([draft_of(rule) for rule in queries.rules_of(found)] if found else [])


def write_rules(drafts: Sequence[RuleDraft]) -> bytes:
    """Rules as a spreadsheet."""
    rows = [[part.write(getattr(draft, part.detail)) for part in PARTS] for draft in drafts]
    return write_sheet(TITLE, RULE_COLUMNS, rows)


@dataclass
class RulesPlan:
    """What an import of a rule book would do: the whole next version, and what differs from the newest or the draft."""

    drafts: list[RuleDraft] = field(default_factory=list)
    new: list[RuleDraft] = field(default_factory=list)
    changed: list[tuple[RuleDraft, RuleDraft]] = field(default_factory=list)  # before, after
    dropped: list[RuleDraft] = field(default_factory=list)
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    reordered: bool = False
    seen: Seen = field(default_factory=lambda: Seen(0, 0))

    @property
    def seen_version(self) -> int:
        """The newest version when the file was looked at."""
        return self.seen.version

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
    plan = _plan(rows, _Base(village, queries.newest_drafts(village.id)))
    plan.seen = Seen(latest.version if latest else 0, 0)
    return plan


def plan_draft_import(village: Place, content: bytes) -> RulesPlan:
    """What a file would make of the draft, of the newest version where there is none; changes nothing.

    Raises what plan_import raises.
    """
    rows = _read(content)
    latest, draft = queries.latest_book(village.id), queries.draft_book(village.id)
    base = draft.rules if draft else queries.newest_drafts(village.id)
    plan = _plan(rows, _Base(village, base, draft.tables if draft else {}))
    plan.seen = Seen(latest.version if latest else 0, draft.revision if draft else 0)
    return plan


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
        change.newest()
        plan = _plan(rows, _Base(village, queries.newest_drafts(village.id)))
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


def apply_draft_import(village: Place, content: bytes, *, actor: Actor, key: str, seen: Seen) -> ImportReport:
    """Make the draft say what a file says once per key: all of it, or nothing if any row is refused.

    Raises what plan_draft_import and services.save_rule raise.
    """
    rows = _read(content)

    def rules_from(now: DraftBook) -> tuple[list[RuleDraft], dict[str, Any]]:
        plan = _plan(rows, _Base(village, now.rules, now.tables))
        if plan.refused:
            raise _RefusedError(plan.report)
        return plan.drafts, replace(plan.report, applied=True).to_json()

    sent = {"file": hashlib.sha256(content).hexdigest()}
    try:
        done = replace_rules(village, "import", sent, actor, key, seen=seen, rules_from=rules_from)
    except _RefusedError as refused:
        return refused.report
    return ImportReport(new=done["new"], changed=done["changed"], unchanged=done["unchanged"], applied=True)


def _read(content: bytes) -> list[SheetRow]:
    rows = read_sheet(content, RULE_COLUMNS)
    if len(rows) > RULES_MAX:
        raise TooLargeError(f"细则最多 {RULES_MAX} 条，请合并一些。", field=FILE_FIELD)
    return rows


class _Base:
    """What a file is compared with: the rules as they stand, the clauses of the covenant, the tables from above."""

    def __init__(self, village: Place, rules: Sequence[RuleDraft], taken: Mapping[str, int] | None = None) -> None:
        self.village = village
        self.rules = {rule.code: rule for rule in rules}
        self.taken = taken or {}
        self.clauses = queries.clause_codes(village.id)
        self.tables: dict[str, Table] = queries.bounding_tables(village, rules, self.taken)

    def check(self, draft: RuleDraft) -> None:
        """Whether a row fits the covenant and the tables from above. Raises InvalidInputError with the detail."""
        known = self.rules.get(draft.code)
        self._check_clause(draft, known)
        self._check_source(draft, known)
        check_bounds(draft, self.tables)

    def _check_clause(self, draft: RuleDraft, known: RuleDraft | None) -> None:
        """A clause is one that the covenant has; before there is one, and where it stood already, any is taken."""
        kept = known is not None and known.clause_code == draft.clause_code
        if draft.clause_code and self.clauses and not kept and draft.clause_code not in self.clauses:
            raise InvalidInputError(f"第 {draft.clause_code} 条在约里没有，请核对，或者先空着。", field="clause_code")

    def _check_source(self, draft: RuleDraft, known: RuleDraft | None) -> None:
        """A rule that says it was handed down must stand in a table of a place above; elsewhere nothing is changed."""
        code = draft.handed_down_by
        if not code or (known is not None and known.handed_down_by == code):
            return
        if code not in self.tables:
            self._load(code)
        table = self.tables.get(code)
        if table is None or table.rule(draft.code) is None:
            raise InvalidInputError(
                f"“{code[:20]}”没有给这里下发过 {draft.code}。请把下发单位空着，或者在“上级下发”里接收。",
                field="handed_down_by",
            )

    def _load(self, code: str) -> None:
        try:
            table = queries.newest_table(queries.place_above(self.village, code))
        except UnknownTableError:
            return
        if table is not None:
            self.tables[code] = table


def _plan(rows: Sequence[SheetRow], base: _Base) -> RulesPlan:
    """Compare a file with what stands. Raises RuleBookRefusedError for a file that would leave no rule."""
    stored = base.rules
    if stored and not rows:
        raise RuleBookRefusedError("表里一条细则也没有。请填好再上传。", field=FILE_FIELD)
    plan = RulesPlan()
    row_of_code: dict[str, int] = {}
    for row in rows:
        try:
            code = code_of(row)
            first = row_of_code.setdefault(code, row.number)
            if first != row.number:
                raise InvalidInputError(f"编号 {code} 在第 {first} 行已经有了，请删去一行。", field="code")
            draft = draft_of_row(row, stored.get(code))
            base.check(draft)
        except PointsBankError as wrong:
            plan.refused.append(RefusedRow(row.number, LABELS.get(wrong.field or "", ""), wrong.message))
            continue
        plan.drafts.append(draft)
        _compare(plan, stored.get(code), draft)
    plan.dropped = [draft for code, draft in stored.items() if code not in row_of_code]
    kept = {draft.code: None for draft in plan.drafts if draft.code in stored}  # in the order of the file
    plan.reordered = list(kept) != [code for code in stored if code in kept]
    return plan


def _compare(plan: RulesPlan, before: RuleDraft | None, after: RuleDraft) -> None:
    if before is None:
        plan.new.append(after)
    elif before == after:
        plan.unchanged += 1
    else:
        plan.changed.append((before, after))
