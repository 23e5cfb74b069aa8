"""Who of a roster's rows is whom: by ID number; else household, name and birth date; else household and name if
there is one of that name; else nobody guesses, and the row is refused with the candidates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from pointsbank.foundation.secrets import vault
from pointsbank.foundation.spreadsheets import RefusedRow
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import number_key
from pointsbank.people.sheets.columns import ID_NUMBER, NAME
from pointsbank.people.sheets.reading import Entry


@dataclass
class Known:
    """The roster as it stands: households by number key, closed ones too; open residents only."""

    households: dict[str, Household]
    households_by_id: dict[int, Household]
    members: dict[int, list[Resident]]  # by household id
    by_digest: dict[bytes, Resident]

    @classmethod
    def load(cls, session: Session, village_id: int) -> "Known":
        """Read it in two queries."""
        households = session.scalars(
            select(Household).where(Household.village_id == village_id).options(joinedload(Household.group))
        ).all()
        by_key = {number_key(household.number): household for household in households}
        known = cls(by_key, {household.id: household for household in households}, {}, {})
        residents = select(Resident).where(Resident.village_id == village_id, Resident.closed_on.is_(None))
        for resident in session.scalars(residents.order_by(Resident.serial)):
            known.members.setdefault(resident.household_id, []).append(resident)
            if resident.id_number_digest is not None:
                known.by_digest[resident.id_number_digest] = resident
        return known

    def household_of(self, resident: Resident) -> Household:
        """The household a resident is in."""
        return self.households_by_id[resident.household_id]

    def members_of(self, household_key: str) -> list[Resident]:
        """The open residents of a household; none if it is new."""
        household = self.households.get(household_key)
        return self.members.get(household.id, []) if household else []


@dataclass
class Matches:
    """The resident that each row is about, by row number; rows of new people are not in it."""

    residents: dict[int, Resident] = field(default_factory=dict)
    refused: list[RefusedRow] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)  # the ids of those residents

    def _match(self, entry: Entry, resident: Resident) -> None:
        self.residents[entry.row] = resident
        self.taken.add(resident.id)

    def _free(self, candidates: Iterable[Resident]) -> list[Resident]:
        return [resident for resident in candidates if resident.id not in self.taken]

    def by_id_number(self, entries: Sequence[Entry], known: Known) -> None:
        """First: whoever bears the ID number, in whatever household."""
        for entry in entries:
            if entry.details.id_number is not None:
                resident = known.by_digest.get(vault().digest(entry.details.id_number))
                if resident is not None:
                    self._match(entry, resident)

    def by_birth(self, entries: Sequence[Entry], known: Known) -> None:
        """Second: the same household, name and birth date."""
        for entry in entries:
            same = [
                resident
                for resident in self._free(known.members_of(entry.household_key))
                if resident.name == entry.details.name and born_alike(entry, resident)
            ]
            if len(same) == 1:
                self._match(entry, same[0])

    def by_name(self, entries: Sequence[Entry], known: Known) -> None:
        """Third: the same household and name, if there is one such person and one such row."""
        rows: dict[tuple[str, str], list[Entry]] = {}
        for entry in entries:
            rows.setdefault((entry.household_key, entry.details.name), []).append(entry)
        for (household_key, name), namesakes in rows.items():
            candidates = [resident for resident in self._free(known.members_of(household_key)) if resident.name == name]
            fitting = [entry for entry in namesakes if any(_may_be(entry, resident) for resident in candidates)]
            if len(fitting) == 1 and len(candidates) == 1:
                self._match(fitting[0], candidates[0])
            elif fitting:
                listed = "、".join(f"{r.born_on} 生" if r.born_on else "没有出生日期" for r in candidates)
                reason = f"这户已有 {len(candidates)} 个{name}（{listed}），分不清是哪一个。请填出生日期或身份证号。"
                self.refused.extend(RefusedRow(entry.row, NAME, reason) for entry in fitting)


def match_residents(entries: Sequence[Entry], known: Known) -> Matches:
    """Find the resident of each row, in the order of what is most certain."""
    matches = Matches()
    for step in (matches.by_id_number, matches.by_birth, matches.by_name):
        step([entry for entry in entries if entry.row not in matches.residents], known)
    return matches


def born_alike(entry: Entry, resident: Resident) -> bool:
    """Whether both birth dates are known and the same, as far as the row knows its own."""
    born_on = entry.details.born_on
    if born_on is None or resident.born_on is None:
        return False
    return born_on == (resident.born_on.replace(day=1) if entry.born_in_month else resident.born_on)


def _may_be(entry: Entry, resident: Resident) -> bool:
    """Two different ID numbers are two people."""
    if entry.details.id_number is None or resident.id_number_digest is None:
        return True
    return vault().digest(entry.details.id_number) == resident.id_number_digest


def refuse_repeated(entries: Sequence[Entry]) -> list[RefusedRow]:
    """Rows about somebody whom an earlier row of the file is about."""
    refused: list[RefusedRow] = []
    by_id_number: dict[str, Entry] = {}
    by_name: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        details = entry.details
        number = details.id_number or entry.id_mask
        same_number = by_id_number.setdefault(details.id_number, entry) if details.id_number else entry
        namesakes = by_name.setdefault((entry.household_key, details.name), [])
        twin = next((other for other in namesakes if not _told_apart(entry, other)), None)
        if same_number is not entry:
            reason = f"身份证号与第 {same_number.row} 行的{same_number.details.name}相同，同一个人只留一行。"
            refused.append(RefusedRow(entry.row, ID_NUMBER, reason))
        elif twin is not None:
            reason = f"与第 {twin.row} 行是同一户、同一个名字。同一个人只留一行；是两个人，请填出生日期。"
            refused.append(RefusedRow(entry.row, NAME, reason))
        elif number or details.name:
            namesakes.append(entry)
    return refused


def _told_apart(entry: Entry, other: Entry) -> bool:
    """Whether two rows of one household and name are surely two people."""
    numbers = (entry.details.id_number or entry.id_mask, other.details.id_number or other.id_mask)
    if all(numbers):
        return numbers[0] != numbers[1]
    births = (entry.details.born_on, other.details.born_on)
    return all(births) and births[0] != births[1]
