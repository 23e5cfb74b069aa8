"""One household, one resident, and the list of households with the roster."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload

from pointsbank.foundation import periods
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.ledger.models import Account, AccountKind, Book, HouseholdMonth
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import CADRE_POST, HEAD
from pointsbank.places.models import Group

# --- one household, one resident ---


def household(village_id: int, household_id: int) -> Household:
    """A household of the village, closed or not. Raises NotFoundError."""
    query = select(Household).where(Household.id == household_id, Household.village_id == village_id)
    found = session().scalar(query.options(joinedload(Household.group)))
    if found is None:
        raise NotFoundError
    return found


def households_by_serial(village_id: int, serials: Iterable[int]) -> dict[int, Household]:
    """Households by the serial that the ledger knows, with their groups."""
    rows = session().scalars(
        select(Household)
        .where(Household.village_id == village_id, Household.serial.in_(list(serials)))
        .options(joinedload(Household.group))
    )
    return {found.serial: found for found in rows}


def households_of_group(village_id: int, group_id: int) -> Sequence[Household]:
    """The open households of a group in order of their numbers."""
    return (
        session()
        .scalars(
            select(Household)
            .where(Household.village_id == village_id, Household.group_id == group_id, Household.closed_on.is_(None))
            .order_by(func.length(Household.number), Household.number)
        )
        .all()
    )


def resident(village_id: int, resident_id: int) -> Resident:
    """A resident of the village, closed or not. Raises NotFoundError."""
    query = select(Resident).where(Resident.id == resident_id, Resident.village_id == village_id)
    found = session().scalar(query.options(joinedload(Resident.household).joinedload(Household.group)))
    if found is None:
        raise NotFoundError
    return found


def month_of(village_id: int, household_serial: int, period: str) -> HouseholdMonth | None:
    """What a household earned, lost and spent in a period; None when nothing was booked."""
    return session().get(HouseholdMonth, (village_id, period, household_serial))


@dataclass(frozen=True, slots=True)
class Earned:
    """What a household earned in points for deeds of a month and of its year, in units, reversals taken off."""

    month: int
    year: int


def earned_around(village_id: int, household_serial: int, day: date) -> Earned:
    """What a household has used of its totals of the month and the year of a day, by the period of the bookings."""
    months = [f"{day.year:04d}-{month:02d}" for month in range(1, 13)]
    rows = session().execute(
        select(HouseholdMonth.period, HouseholdMonth.earned).where(
            HouseholdMonth.village_id == village_id,
            HouseholdMonth.household_serial == household_serial,
            HouseholdMonth.period.in_(months),
        )
    )
    earned = {row.period: row.earned for row in rows}
    return Earned(month=earned.get(periods.period_of(day), 0), year=sum(earned.values()))


# --- the list ---


class Sort(StrEnum):
    """How the list of households is ordered."""

    NUMBER = "number"
    NAME = "name"  # of the head, by pinyin
    POINTS = "points"  # to spend


class Shown(StrEnum):
    """Which households are in the list."""

    OPEN = "open"
    NO_CONSENT = "no_consent"  # names masked in public
    NO_RESIDENTS = "no_residents"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """A line of the list. points: to spend, in units."""

    household: Household
    residents: int
    points: int


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    """A page of the list. after: the serial to ask for the next page with, None on the last one."""

    rows: list[HouseholdRow]
    total: int
    after: int | None


def _residents_count() -> ColumnElement[int]:
    counted = select(func.count()).where(Resident.household_id == Household.id, Resident.closed_on.is_(None))
    return counted.correlate(Household).scalar_subquery()


def _points() -> ColumnElement[int]:
    balance = select(Account.balance).where(
        Account.village_id == Household.village_id,
        Account.household_serial == Household.serial,
        Account.book == Book.POINTS,
        Account.kind == AccountKind.HOUSEHOLD,
    )
    return func.coalesce(balance.correlate(Household).scalar_subquery(), 0)


def _head_pinyin() -> ColumnElement[str]:
    pinyin = select(func.min(Resident.pinyin)).where(
        Resident.household_id == Household.id, Resident.relation == HEAD, Resident.closed_on.is_(None)
    )
    return func.coalesce(pinyin.correlate(Household).scalar_subquery(), Household.head_name)


def _order(sort: Sort) -> list[ColumnElement[Any]]:
    """What the list is ordered by, unique at its end; every part ascending, so that a tuple can be compared."""
    parts: dict[Sort, list[ColumnElement[Any]]] = {
        Sort.NUMBER: [Group.number.expression, func.length(Household.number), Household.number.expression],
        Sort.NAME: [_head_pinyin()],
        Sort.POINTS: [_points()],
    }
    return [*parts[sort], Household.serial.expression]


def household_page(
    village_id: int,
    *,
    group_id: int | None = None,
    shown: Shown = Shown.OPEN,
    sort: Sort = Sort.NUMBER,
    descending: bool = False,
    after: int | None = None,
    limit: int = 50,
) -> HouseholdPage:
    """A page of households by key: after is the serial of the last household seen."""
    conditions = [Household.village_id == village_id, _is_shown(shown)]
    if group_id is not None:
        conditions.append(Household.group_id == group_id)
    total = session().scalar(select(func.count()).select_from(Household).where(*conditions)) or 0
    order = _order(sort)
    query = select(Household, _residents_count(), _points()).join(Household.group).where(*conditions)
    query = query.options(contains_eager(Household.group))
    if after is not None:
        last = (
            session()
            .execute(
                select(*order)
                .join(Household.group)
                .where(Household.village_id == village_id, Household.serial == after)
            )
            .first()
        )
        if last is not None:
            position = tuple_(*order)
            query = query.where(position < tuple_(*last) if descending else position > tuple_(*last))
    query = query.order_by(*(part.desc() if descending else part for part in order)).limit(limit + 1)
    rows = [HouseholdRow(found, residents, points) for found, residents, points in session().execute(query)]
    more = len(rows) > limit
    return HouseholdPage(rows[:limit], total, rows[limit - 1].household.serial if more else None)


def _is_shown(shown: Shown) -> ColumnElement[bool]:
    if shown is Shown.CLOSED:
        return Household.closed_on.is_not(None)
    is_open = Household.closed_on.is_(None)
    if shown is Shown.NO_CONSENT:
        return is_open & Household.name_consent_on.is_(None)
    if shown is Shown.NO_RESIDENTS:
        return is_open & (_residents_count() == 0)
    return is_open


def open_serials(village_id: int) -> Sequence[int]:
    """The serials of the open households, as the ledger knows them, in order."""
    query = select(Household.serial).where(Household.village_id == village_id, Household.closed_on.is_(None))
    return session().scalars(query.order_by(Household.serial)).all()


def cadre_households(village_id: int) -> dict[int, int]:
    """The households in which a cadre lives, which a policy may treat apart: serial by id."""
    query = (
        select(Household.id, Household.serial)
        .join(Resident, Resident.household_id == Household.id)
        .where(Household.village_id == village_id, Resident.paid_post == CADRE_POST, Resident.closed_on.is_(None))
    )
    return {row.id: row.serial for row in session().execute(query)}


def counts(village_id: int) -> tuple[int, int]:
    """How many open households and residents the village has."""
    households = select(func.count()).where(Household.village_id == village_id, Household.closed_on.is_(None))
    residents = select(func.count()).where(Resident.village_id == village_id, Resident.closed_on.is_(None))
    row = session().execute(select(households.scalar_subquery(), residents.scalar_subquery())).one()
    return row[0], row[1]


def roster(village_id: int) -> Sequence[Resident]:
    """All open residents with household and group, in the order of the paper: group, household, head first."""
    query = (
        select(Resident)
        .join(Resident.household)
        .join(Household.group)
        .where(Resident.village_id == village_id, Resident.closed_on.is_(None))
        .options(contains_eager(Resident.household).contains_eager(Household.group))
        .order_by(
            Group.number,
            func.length(Household.number),
            Household.number,
            case((Resident.relation == HEAD, 0), else_=1),
            Resident.serial,
        )
    )
    return session().scalars(query).all()
