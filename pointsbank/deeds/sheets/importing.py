"""An import of deeds: what each row would give, and what is recorded already; then all of them or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pointsbank.covenant.models import Rule
from pointsbank.covenant.services import clean_code
from pointsbank.deeds import queries, services
from pointsbank.deeds.models import STATE_NAMES, Claim, ClaimOrigin
from pointsbank.deeds.policies import Assessment
from pointsbank.deeds.services import DEEDS_MAX, DeedDraft
from pointsbank.deeds.services.duplicates import alike_drafts, alike_words
from pointsbank.deeds.sheets.columns import (
    CODE,
    DAY,
    DEED_COLUMNS,
    EVENT,
    LATE_REASON,
    NAME,
    NOTE,
    NUMBER,
    PERIOD,
    POINTS,
    QUANTITY,
    RULE,
    SERIAL,
    STATE,
    UNIT,
)
from pointsbank.deeds.sheets.reading import Entry, Reader, squeezed
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.errors import InvalidInputError, PointsBankError, TooLargeError
from pointsbank.foundation.periods import period_of
from pointsbank.foundation.points import format_points, parse_points
from pointsbank.foundation.spreadsheets import (
    FILE_FIELD,
    ImportReport,
    RefusedRow,
    SheetRow,
    read_sheet,
)
from pointsbank.foundation.texts import parse_whole
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import clean_number, number_key
from pointsbank.places.models import Place

SERIAL_MAX = 10**12


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


def plan_import(village: Place, content: bytes, *, late_reason: str = "") -> DeedsPlan:
    """What an import of this file would do; changes nothing.

    late_reason: why deeds come late, of the rows that do not say it themselves. Raises what
    foundation.spreadsheets.read_sheet raises for a file that is none, TooLargeError for too many new deeds.
    """
    rows = read_sheet(content, DEED_COLUMNS)
    known = [row for row in rows if row.text(SERIAL)]
    new = [row for row in rows if not row.text(SERIAL)]
    if len(new) > DEEDS_MAX:
        raise TooLargeError(f"新记的事一次最多 {DEEDS_MAX:,} 行，请分成几个文件。", field=FILE_FIELD)
    plan = DeedsPlan()
    _compare_known(village.id, known, plan)
    _plan_new(village, new, plan, " ".join(late_reason.split()))
    plan.refused.sort(key=lambda refused: refused.row)
    return plan


def apply_import(
    village: Place, content: bytes, actor: Actor, key: str, *, late_reason: str = "", claimed_by: str = ""
) -> ImportReport:
    """Record the new deeds of a file once per key: all of them, or nothing if any row is refused.

    claimed_by: the key of who claims, if it is not who brings the file. Raises what plan_import and
    services.record_many raise.
    """
    plan = plan_import(village, content, late_reason=late_reason)
    if plan.refused:
        return plan.report
    if plan.deeds:
        drafts = [deed.draft for deed in plan.deeds]
        services.record_many(village, drafts, actor, key, ClaimOrigin.FILE, claimed_by=claimed_by)
    return replace(plan.report, applied=True)


# --- rows that are recorded already -----------------------------------------------------------------------------------


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
            told = f"{serial} 号是{STATE_NAMES[claim.state]}的，表里写的和记下的不同。已入账的不能改，请撤销后重记。"
            plan.refused.append(RefusedRow(row.number, column, told))
        else:
            plan.unchanged += 1


def _first_difference(row: SheetRow, claim: Claim) -> str | None:
    """The first column that does not say what is booked; None if all do. The head may have changed since."""
    same: dict[str, Callable[[], bool]] = {
        NUMBER: lambda: number_key(clean_number(row.text(NUMBER))) == number_key(claim.household.number),
        NAME: lambda: squeezed(row.text(NAME)) == squeezed(claim.resident.name if claim.resident else ""),
        CODE: lambda: clean_code(row.text(CODE)) == claim.rule.code,
        RULE: lambda: squeezed(row.text(RULE)) == squeezed(claim.rule.name),
        QUANTITY: lambda: parse_points(row.text(QUANTITY)) == claim.quantity,
        UNIT: lambda: squeezed(row.text(UNIT)) == squeezed(claim.rule.unit),
        DAY: lambda: row.day(DAY) == claim.occurred_on,
        PERIOD: lambda: _month(row) == claim.period,
        POINTS: lambda: parse_points(row.text(POINTS)) == claim.points,
        STATE: lambda: squeezed(row.text(STATE)) == STATE_NAMES[claim.state],
        NOTE: lambda: row.text(NOTE) == " ".join(claim.note.split()),
        EVENT: lambda: row.text(EVENT) == " ".join(claim.event_name.split()),
        LATE_REASON: lambda: row.text(LATE_REASON) == " ".join(claim.late_reason.split()),
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


# --- new rows ---------------------------------------------------------------------------------------------------------


def _plan_new(village: Place, rows: Sequence[SheetRow], plan: DeedsPlan, late_reason: str) -> None:
    if not rows:
        return
    reader = Reader(village.id, late_reason)
    entries: list[Entry] = []
    for row in rows:
        read = reader.read(row)
        if isinstance(read, Entry):
            entries.append(read)
        else:
            plan.refused += [RefusedRow(row.number, wrong.field or "", wrong.message) for wrong in read]
    outcomes = services.preview_many(village, [entry.draft for entry in entries]) if entries else []
    alike = _Alike(village.id, entries)
    for at, (entry, outcome) in enumerate(zip(entries, outcomes, strict=True)):
        if isinstance(outcome, PointsBankError):
            plan.refused.append(RefusedRow(entry.row.number, _column_of(outcome, entry), outcome.message))
            continue
        remarks = [*alike.remarks(at, entry), *_other_points(entry.row, outcome)]
        plan.deeds.append(
            PlannedDeed(
                entry.row.number, entry.draft, entry.household, entry.resident, entry.rule, outcome, tuple(remarks)
            )
        )


def _column_of(refusal: PointsBankError, entry: Entry) -> str:
    """Where what the service refused stands in the file."""
    columns = {"who": NUMBER, "rule": CODE, "quantity": QUANTITY, "occurred_on": DAY, "note": NOTE}
    columns |= {"event_name": EVENT, "late_reason": LATE_REASON}
    column = columns.get(refusal.field or "", "")
    return column if entry.row.has(column) else ""


class _Alike:
    """Deeds that look like one that is recorded, or like an earlier row of the same file."""

    def __init__(self, village_id: int, entries: Sequence[Entry]) -> None:
        drafts = [entry.draft for entry in entries]
        self._first_rows: dict[queries.DeedKey, int] = {}
        self._booked: set[queries.DeedKey] = set()
        self._near = alike_drafts(village_id, [(entry.draft, entry.rule) for entry in entries])
        if drafts:
            days = [draft.occurred_on for draft in drafts]
            households = {draft.household_id for draft in drafts}
            self._booked = queries.live_deeds(village_id, households, min(days), max(days))

    def remarks(self, at: int, entry: Entry) -> list[str]:
        """What to say of a row."""
        draft = entry.draft
        key = (draft.household_id, draft.resident_id, draft.rule_code, draft.occurred_on, draft.quantity)
        first = self._first_rows.setdefault(key, entry.row.number)
        near = alike_words(self._near.get(at, []))
        remarks = ["已经记过一模一样的，会再记一次。"] if key in self._booked else [near] if near else []
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
