"""Reading the register. It is ordered by when a line was written, so that a page once printed stays as it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import aliased

from pointsbank.foundation.database import session
from pointsbank.fund.errors import UnknownEntryError
from pointsbank.fund.models import INCOME_KINDS, EntryKind, FundEntry
from pointsbank.ledger import queries as ledger

_SIGN = case((FundEntry.reverses.is_(None), 1), else_=-1)
CAME = case((FundEntry.kind.in_(INCOME_KINDS), _SIGN * FundEntry.amount_fen), else_=0)  # what a line adds to income
SPENT = case((FundEntry.kind.in_(INCOME_KINDS), 0), else_=_SIGN * FundEntry.amount_fen)  # and to spending
LINES_MAX = 20_000  # of one paper or sheet; a village writes some hundreds a year


@dataclass(frozen=True, slots=True)
class BookFilter:
    """Which lines: written on these days, of a kind; None for all."""

    first_day: date | None = None
    last_day: date | None = None
    kind: EntryKind | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As the database is asked."""
        wanted = []
        if self.first_day is not None:
            wanted.append(FundEntry.booked_on >= self.first_day)
        if self.last_day is not None:
            wanted.append(FundEntry.booked_on <= self.last_day)
        if self.kind is not None:
            wanted.append(FundEntry.kind == self.kind)
        return wanted


@dataclass(frozen=True, slots=True)
class Sums:
    """What was there before these days, what came, what was spent, in fen; what was undone is taken off its side."""

    opening: int
    income: int
    spent: int

    @property
    def closing(self) -> int:
        """What was there after them."""
        return self.opening + self.income - self.spent


def _lines(village_id: int, wanted: BookFilter) -> Select[FundEntry]:
    return select(FundEntry).where(FundEntry.village_id == village_id, *wanted.conditions())


def entries(village_id: int, wanted: BookFilter, *, before: int | None = None, limit: int = 50) -> Sequence[FundEntry]:
    """Lines of the register, the newest first, a page by key: pass the last serial as before."""
    query = _lines(village_id, wanted).order_by(FundEntry.serial.desc()).limit(limit)
    if before is not None:
        query = query.where(FundEntry.serial < before)
    return session().scalars(query).all()


def all_entries(village_id: int, wanted: BookFilter) -> Sequence[FundEntry]:
    """Lines of the register in its order, for paper and sheets; at most LINES_MAX."""
    return session().scalars(_lines(village_id, wanted).order_by(FundEntry.serial).limit(LINES_MAX)).all()


def entry(village_id: int, serial: int) -> FundEntry:
    """A line by its number. Raises UnknownEntryError."""
    found = session().get(FundEntry, (village_id, serial))
    if found is None:
        raise UnknownEntryError
    return found


def reversal_of(village_id: int, serial: int) -> FundEntry | None:
    """The line that undid a line, None while it stands."""
    return session().scalar(select(FundEntry).where(FundEntry.village_id == village_id, FundEntry.reverses == serial))


def undone_among(village_id: int, serials: Sequence[int]) -> frozenset[int]:
    """Which of these lines are undone by a later one."""
    query = select(FundEntry.reverses).where(FundEntry.village_id == village_id, FundEntry.reverses.in_(serials))
    return frozenset(serial for serial in session().scalars(query) if serial is not None)


def sums(village_id: int, wanted: BookFilter) -> Sums:
    """What was there before, came and was spent on the days of a filter, of its kind if it has one.

    Of a kind alone nothing was there before.
    """
    within = and_(FundEntry.village_id == village_id, *wanted.conditions())
    before = [FundEntry.village_id == village_id, FundEntry.booked_on < (wanted.first_day or date.min)]
    opening = select(func.coalesce(func.sum(CAME - SPENT), 0)).where(*before).scalar_subquery()
    row = session().execute(
        select(opening, func.coalesce(func.sum(CAME), 0), func.coalesce(func.sum(SPENT), 0)).where(within)
    )
    there, income, out = (int(value) for value in row.one())
    return Sums(there if wanted.kind is None else 0, income, out)


def balance(village_id: int) -> int:
    """What is in the fund now, in fen."""
    return int(session().scalar(ledger.fund_balance(village_id)) or 0)


def without_voucher(village_id: int, limit: int = 50) -> Sequence[FundEntry]:
    """Spendings that stand and still lack the town's number, the oldest first."""
    undoing = aliased(FundEntry)
    undone = (
        select(undoing.serial)
        .where(undoing.village_id == FundEntry.village_id, undoing.reverses == FundEntry.serial)
        .exists()
    )
    query = select(FundEntry).where(
        FundEntry.village_id == village_id,
        FundEntry.voucher == "",
        FundEntry.kind.not_in(INCOME_KINDS),
        FundEntry.reverses.is_(None),
        ~undone,
    )
    return session().scalars(query.order_by(FundEntry.serial).limit(limit)).all()


def first_year(village_id: int) -> int | None:
    """The year in which the register begins, None while it is empty."""
    first = session().scalar(select(func.min(FundEntry.booked_on)).where(FundEntry.village_id == village_id))
    return first.year if first else None
