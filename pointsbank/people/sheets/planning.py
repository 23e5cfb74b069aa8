"""What an import of a roster would do with each row: new, changed, unchanged, or refused with a reason.

Planning changes nothing. A blank cell, or a column the file does not have, leaves what is stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.secrets import vault
from pointsbank.foundation.spreadsheets import ImportReport, RefusedRow
from pointsbank.people.models import Residence, Resident, Sex
from pointsbank.people.services.residents import LABELS, ResidentDetails, checked, details_of
from pointsbank.people.services.values import (
    FORMER_HEAD,
    HEAD,
    RESIDENCE_NAMES,
    SEX_NAMES,
    masked_id_number,
    number_key,
)
from pointsbank.people.sheets.columns import COLUMN_OF, GROUP, HEAD_NAME, ID_NUMBER, NUMBER, RELATION
from pointsbank.people.sheets.matching import Known, born_alike, match_residents, refuse_repeated
from pointsbank.people.sheets.reading import Entry, RosterFile


class RowKind(StrEnum):
    """What an import does with a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Change:
    """What a cell changes, as it may be shown."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """What would be done with a row that is not refused."""

    entry: Entry
    resident: Resident | None
    details: ResidentDetails  # as they will be stored
    changes: tuple[Change, ...]

    @property
    def kind(self) -> RowKind:
        """New, changed or unchanged."""
        if self.resident is None:
            return RowKind.NEW
        return RowKind.CHANGED if self.changes else RowKind.UNCHANGED


@dataclass
class RosterPlan:
    """What an import would do."""

    rows: list[PlannedRow]
    refused: list[RefusedRow]
    households_new: int
    heads: dict[str, Entry]  # by household key, for households whose head the file names
    groups: dict[str, int]  # by household key, for households whose group the file names

    def count(self, kind: RowKind) -> int:
        """How many rows are of a kind."""
        return sum(row.kind is kind for row in self.rows)

    @property
    def report(self) -> ImportReport:
        """The counts and what was refused; nothing is applied."""
        return ImportReport(
            new=self.count(RowKind.NEW),
            changed=self.count(RowKind.CHANGED),
            unchanged=self.count(RowKind.UNCHANGED),
            refused=self.refused,
        )


def plan_rows(file: RosterFile, known: Known) -> RosterPlan:
    """Decide on every row of a file."""
    return _Planner(file, known).plan()


class _Planner:
    """Lays a file over the roster as it stands."""

    def __init__(self, file: RosterFile, known: Known) -> None:
        self.known = known
        self.entries, self.refused = file.entries, list(file.refused)
        self.households: dict[str, list[Entry]] = {}
        self.heads: dict[str, Entry] = {}
        self.groups: dict[str, int] = {}

    def plan(self) -> RosterPlan:
        """Decide on every row."""
        self._drop(refuse_repeated(self.entries))
        for entry in self.entries:
            self.households.setdefault(entry.household_key, []).append(entry)
            if entry.group_number is not None:
                self.groups.setdefault(entry.household_key, entry.group_number)
        matches = match_residents(self.entries, self.known)
        self._drop(matches.refused)
        for key, entries in self.households.items():
            self._check_household(key, entries, matches.residents)
        rows = [self._planned(entry, matches.residents.get(entry.row)) for entry in self.entries]
        refused_rows = {refused.row for refused in self.refused}
        return RosterPlan(
            rows=[row for row in rows if row is not None and row.entry.row not in refused_rows],
            refused=sorted(self.refused, key=lambda refused: refused.row),
            households_new=sum(key not in self.known.households for key in self.households),
            heads=self.heads,
            groups=self.groups,
        )

    def _drop(self, refused: Iterable[RefusedRow]) -> None:
        """Take refused rows out of what is looked at further."""
        refused = list(refused)
        numbers = {row.row for row in refused}
        self.refused.extend(refused)
        self.entries = [entry for entry in self.entries if entry.row not in numbers]

    def _refuse(self, entry: Entry, column: str, reason: str) -> None:
        self.refused.append(RefusedRow(entry.row, column, reason))

    def _check_household(self, key: str, entries: Sequence[Entry], residents: dict[int, Resident]) -> None:
        """A household keeps one head, and a new one has a group and a head."""
        household, first = self.known.households.get(key), entries[0]
        for entry in entries:
            if household is not None and household.closed_on is not None:
                self._refuse(entry, NUMBER, "这一户已经注销。请先在页面上恢复这一户，或换一个户编号。")
            if entry.is_head and self.heads.setdefault(key, entry) is not entry:
                self._refuse(entry, RELATION, f"这户在第 {self.heads[key].row} 行已经有户主了，请核对。")
        if household is None and key not in self.groups:
            self._refuse(first, GROUP, "新的户要写组别，例如 3组。")
        if key in self.heads:
            return
        present = next((m for m in self.known.members_of(key) if m.relation == HEAD), None)
        if present is None and not first.head_name and household is None:
            self._refuse(first, RELATION, "新的户要有户主：在这户某一行的“与户主关系”里写“户主”。")
        if present is None:
            return
        if first.head_name not in ("", present.name):
            reason = f"这户的户主是{present.name}。要换成{first.head_name}，请在表里加上他这一行，关系写“户主”。"
            self._refuse(first, HEAD_NAME, reason)
        demoted = next((e for e in entries if residents.get(e.row) is present and "relation" in e.given), None)
        if demoted is not None:
            self._refuse(demoted, RELATION, "他现在是户主，改了就没有户主了。请在表里写明谁是新户主。")

    def _planned(self, entry: Entry, resident: Resident | None) -> PlannedRow | None:
        """The row's details as they will be stored and what they change; None when it is refused."""
        try:
            details = self._merged(entry, resident)
        except InvalidInputError as wrong:
            self._refuse(entry, COLUMN_OF[wrong.field or "name"], wrong.message)
            return None
        if resident is None:
            return PlannedRow(entry, None, details, ())
        before = details_of(resident)
        changes = [
            Change(label, _shown(getattr(before, name)), _shown(getattr(details, name)))
            for name, label in LABELS.items()
            if getattr(before, name) != getattr(details, name)
        ]
        if details.id_number is not None and vault().digest(details.id_number) != resident.id_number_digest:
            stored = resident.id_number_sealed
            was = masked_id_number(vault().open(stored)) if stored else ""
            changes.append(Change(ID_NUMBER, was, masked_id_number(details.id_number)))
        return PlannedRow(entry, resident, details, (*self._household_changes(entry, resident), *changes))

    def _merged(self, entry: Entry, resident: Resident | None) -> ResidentDetails:
        """What is stored with what the row says laid over it."""
        if resident is None:
            if entry.id_mask:
                raise InvalidInputError("身份证号被遮住了，名册里也没有这个人。请填完整的号码。", field="id_number")
            return entry.details
        stored = resident.id_number_sealed
        if entry.id_mask and (not stored or masked_id_number(vault().open(stored)) != entry.id_mask):
            raise InvalidInputError("身份证号被遮住了，与名册里的对不上。请填完整的号码。", field="id_number")
        said = {name: getattr(entry.details, name) for name in entry.given}
        if entry.born_in_month and born_alike(entry, resident):
            del said["born_on"]  # the month says less than the day that is stored
        merged = replace(details_of(resident), **said, id_number=entry.details.id_number)
        merged = replace(merged, relation=self._relation(entry, resident, merged.relation))
        if stored and merged.id_number is None and {"born_on", "sex"} & said.keys():
            checked(replace(merged, id_number=vault().open(stored)))
        return merged

    def _relation(self, entry: Entry, resident: Resident, relation: str) -> str:
        """Keep one head: of the household the person is in, and of the one a moving person leaves."""
        left = self.known.household_of(resident)
        moves = number_key(left.number) != entry.household_key
        if moves and resident.relation == HEAD and number_key(left.number) not in self.heads:
            raise InvalidInputError(
                f"他现在是 {left.number} 户的户主，不能直接迁走。请先给那一户换户主。", field="relation"
            )
        other_head = self.heads.get(entry.household_key, entry) is not entry
        if relation == HEAD and not entry.is_head and (moves or other_head):
            return FORMER_HEAD
        return relation

    def _household_changes(self, entry: Entry, resident: Resident) -> list[Change]:
        """What the row changes of its household: the person's move, and with the first row the household's group."""
        changes = []
        left, household = self.known.household_of(resident), self.known.households.get(entry.household_key)
        if household is not left:
            changes.append(Change(NUMBER, left.number, entry.number))
        wanted = self.groups.get(entry.household_key)
        is_first = self.households[entry.household_key][0] is entry
        if household is not None and is_first and wanted not in (None, household.group.number):
            changes.append(Change(GROUP, household.group.name, f"{wanted}组"))
        return changes


def _shown(value: str | date | Sex | Residence | bool | None) -> str:
    """A detail as a person reads it."""
    match value:
        case None:
            return ""
        case Sex():
            return SEX_NAMES[value]
        case Residence():
            return RESIDENCE_NAMES[value]
        case bool():
            return "是" if value else "否"
        case _:
            return str(value)
