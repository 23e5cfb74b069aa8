"""Reads of the ledger. Amounts in units (hundredths of a point)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Select, bindparam, case, func, select

from pointsbank.foundation import chain, clock, periods
from pointsbank.foundation.database import session, table_of
from pointsbank.ledger.chained import CHAIN
from pointsbank.ledger.models import (
    VILLAGE_OWNER,
    Account,
    AccountKind,
    Book,
    ClosedMonth,
    Entry,
    HouseholdMonth,
    Transfer,
    TransferKind,
    TransferText,
)

SEQUENCE_MAX = 2**63 - 1  # the largest whole number that a column takes
_SPENDABLE = (AccountKind.HOUSEHOLD, AccountKind.HELD)  # kinds of account whose points can still be spent

# --- the statements that are asked often, built once ------------------------------------------------------------------

_entries, _transfers, _texts = table_of(Entry), table_of(Transfer), table_of(TransferText)
_STATEMENT = (
    select(
        _entries.c.sequence,
        _transfers.c.kind,
        _entries.c.amount,
        _entries.c.balance_after,
        _transfers.c.occurred_on,
        _transfers.c.period,
        _transfers.c.booked_at,
        _transfers.c.source_type,
        _transfers.c.source_serial,
        _transfers.c.refers_to,
        func.coalesce(_texts.c.text, ""),
    )
    .join_from(
        _entries,
        _transfers,
        (_transfers.c.village_id == _entries.c.village_id) & (_transfers.c.sequence == _entries.c.sequence),
    )
    .outerjoin(_texts, (_texts.c.village_id == _entries.c.village_id) & (_texts.c.sequence == _entries.c.sequence))
    .where(
        _entries.c.village_id == bindparam("village"),
        _entries.c.household_serial == bindparam("household"),
        _entries.c.book == bindparam("of_book"),
        _entries.c.account_kind == AccountKind.HOUSEHOLD,
        _entries.c.sequence < bindparam("before"),
    )
    .order_by(_entries.c.sequence.desc())
    .limit(bindparam("most"))
)

_months = table_of(HouseholdMonth)
_of_period = (
    (_months.c.village_id == bindparam("village"))
    & (_months.c.period == bindparam("of_period"))
    & (_months.c.score > 0)
    & _months.c.household_serial.not_in(bindparam("left_out", expanding=True))
)
_RANKING = (
    select(
        func.rank().over(order_by=_months.c.score.desc()),
        _months.c.household_serial,
        _months.c.score,
        _months.c.earned,
        _months.c.honoured,
        _months.c.deducted,
        _months.c.spent,
    )
    .where(_of_period)
    .order_by(_months.c.score.desc(), _months.c.household_serial)
)
# The score of the last place to be shown; whoever has as much is shown too.
_LAST_SCORE = select(_months.c.score).where(_of_period).order_by(_months.c.score.desc()).offset(bindparam("place"))
_RANKING_TOP = _RANKING.where(_months.c.score >= func.coalesce(_LAST_SCORE.limit(1).scalar_subquery(), 0))


@dataclass(frozen=True, slots=True)
class Balances:
    """What a household has: to spend, eaten by deductions only, reserved for orders, owed; and its honour score."""

    spendable: int = 0
    base: int = 0
    held: int = 0
    owed: int = 0  # a debt, 0 or negative
    honour: int = 0  # the honour book alone; see honour_score


class StatementLine(NamedTuple):
    """One entry of an account with the balance after it."""

    sequence: int
    kind: TransferKind
    amount: int
    balance_after: int
    occurred_on: date
    period: str
    booked_at: datetime
    source_type: str
    source_serial: int
    refers_to: int | None
    text: str


class RankedHousehold(NamedTuple):
    """A household's month; rank is shared by equal scores (1, 2, 2, 4)."""

    rank: int
    household_serial: int
    score: int
    earned: int
    honoured: int
    deducted: int
    spent: int


def balances(village_id: int, household_serial: int) -> Balances:
    """The balances of one household; all 0 if it has no accounts."""
    return balances_of(village_id, [household_serial]).get(household_serial, Balances())


def balances_of(village_id: int, household_serials: Iterable[int]) -> dict[int, Balances]:
    """The balances of several households by serial."""
    rows = session().execute(
        select(Account.household_serial, Account.book, Account.kind, Account.balance).where(
            Account.village_id == village_id, Account.household_serial.in_(list(household_serials))
        )
    )
    found: dict[int, dict[str, int]] = {}
    names = {AccountKind.HOUSEHOLD: "spendable", AccountKind.BASE: "base", AccountKind.HELD: "held"}
    names[AccountKind.OWED] = "owed"
    for serial, book, kind, balance in rows:
        found.setdefault(serial, {})["honour" if book is Book.HONOUR else names[kind]] = balance
    return {serial: Balances(**values) for serial, values in found.items()}


def honour_score(village_id: int, household_serial: int) -> int:
    """Earned in points less reversals, plus the honour book: it never falls by spending or deductions."""
    total = session().scalar(
        select(func.coalesce(func.sum(HouseholdMonth.earned + HouseholdMonth.honoured), 0)).where(
            HouseholdMonth.village_id == village_id, HouseholdMonth.household_serial == household_serial
        )
    )
    return int(total or 0)


def statement(
    village_id: int,
    household_serial: int,
    *,
    before: int | None = None,
    limit: int = 50,
    first_day: date | None = None,
    last_day: date | None = None,
    book: Book = Book.POINTS,
) -> list[StatementLine]:
    """Lines of a household's account, newest first, a page by key: pass the last line's sequence as before.

    first_day and last_day bound the day of booking in Shanghai.
    """
    query = _STATEMENT
    if first_day is not None:
        query = query.where(_transfers.c.booked_at >= clock.start_of(first_day))
    if last_day is not None:
        query = query.where(_transfers.c.booked_at < clock.end_of(last_day))
    asked = {
        "village": village_id,
        "household": household_serial,
        "of_book": book,
        "before": SEQUENCE_MAX if before is None else before,
        "most": limit,
    }
    return list(map(StatementLine._make, session().connection().execute(query, asked)))


def balance_as_of(village_id: int, household_serial: int, day: date, book: Book = Book.POINTS) -> int:
    """The spendable balance booked by the end of a Shanghai day."""
    lines = statement(village_id, household_serial, limit=1, last_day=day, book=book)
    return lines[0].balance_after if lines else 0


def ranking(
    village_id: int, period: str, *, limit: int | None = None, left_out: Iterable[int] = ()
) -> list[RankedHousehold]:
    """Households with a score above 0 in a period, highest first; ties share a rank and are never cut apart.

    left_out: the serials of households that are not ranked.
    """
    query, asked = _RANKING, {"village": village_id, "of_period": period, "left_out": list(left_out)}
    if limit is not None:
        query, asked = _RANKING_TOP, {**asked, "place": limit - 1}
    return list(map(RankedHousehold._make, session().connection().execute(query, asked)))


def months_of(village_id: int, period: str) -> Sequence[HouseholdMonth]:
    """All household months of a period, by household serial."""
    return (
        session()
        .scalars(
            select(HouseholdMonth)
            .where(HouseholdMonth.village_id == village_id, HouseholdMonth.period == period)
            .order_by(HouseholdMonth.household_serial)
        )
        .all()
    )


def transfers_from(village_id: int, source_type: str, source_serial: int) -> Sequence[Transfer]:
    """All transfers that come from one claim, order or redemption, in order."""
    return (
        session()
        .scalars(
            select(Transfer)
            .where(
                Transfer.village_id == village_id,
                Transfer.source_type == source_type,
                Transfer.source_serial == source_serial,
            )
            .order_by(Transfer.sequence)
        )
        .all()
    )


def became_of(village_id: int, sequences: Iterable[int]) -> dict[int, frozenset[TransferKind]]:
    """The kinds of the transfers that refer to each of these: of a hold, whether it was settled or released.

    One statement; none for no sequences. What nothing refers to is not in it.
    """
    wanted = list(sequences)
    if not wanted:
        return {}
    transfers = table_of(Transfer)
    rows = session().execute(
        select(transfers.c.refers_to, transfers.c.kind).where(
            transfers.c.village_id == village_id, transfers.c.refers_to.in_(wanted)
        )
    )
    found: dict[int, set[TransferKind]] = {}
    for sequence, kind in rows:
        found.setdefault(sequence, set()).add(kind)
    return {sequence: frozenset(kinds) for sequence, kinds in found.items()}


def head(village_id: int) -> tuple[int, bytes]:
    """Sequence and digest of the village's ledger head."""
    return chain.head_of(session(), village_id, CHAIN)


def sequence_range(village_id: int, period: str) -> tuple[int, int] | None:
    """First and last sequence of points that count for a period; None when it has none. The fund's are no points."""
    row = (
        session()
        .execute(
            select(func.min(Transfer.sequence), func.max(Transfer.sequence)).where(
                Transfer.village_id == village_id, Transfer.period == period, Transfer.book != Book.FUND
            )
        )
        .one()
    )
    return (row[0], row[1]) if row[0] is not None else None


def closed_month(village_id: int, period: str) -> ClosedMonth | None:
    """The close of a period, None while it is open."""
    return session().get(ClosedMonth, (village_id, period))


def closed_through(village_id: int) -> str | None:
    """The last closed period; everything before it is closed too. None when no month was closed."""
    return session().scalar(select(func.max(ClosedMonth.period)).where(ClosedMonth.village_id == village_id))


def month_to_close(village_id: int) -> str | None:
    """The next period that can be closed now; None when all ended months are closed or no point was booked yet."""
    last = closed_through(village_id)
    if last is not None:
        due: str | None = periods.next_period(last)
    else:
        first = select(func.min(Transfer.period)).where(Transfer.village_id == village_id, Transfer.book != Book.FUND)
        due = session().scalar(first)
    return due if due is not None and due < periods.period_of(clock.today()) else None


def spent_in(village_id: int, first_period: str, last_period: str) -> int:
    """Points that households redeemed in these months, less what was given back."""
    total = session().scalar(
        select(func.coalesce(func.sum(HouseholdMonth.spent), 0)).where(
            HouseholdMonth.village_id == village_id, HouseholdMonth.period.between(first_period, last_period)
        )
    )
    return int(total or 0)


def given_back_in(village_id: int, before: str) -> list[str]:
    """The months before this one in which households gave back more than they redeemed, the first one first."""
    query = (
        select(HouseholdMonth.period)
        .where(HouseholdMonth.village_id == village_id, HouseholdMonth.period < before)
        .group_by(HouseholdMonth.period)
        .having(func.sum(HouseholdMonth.spent) < 0)
        .order_by(HouseholdMonth.period)
    )
    return list(session().scalars(query))


def first_spent(village_id: int) -> str | None:
    """The first month in which points were redeemed."""
    return session().scalar(
        select(func.min(HouseholdMonth.period)).where(
            HouseholdMonth.village_id == village_id, HouseholdMonth.spent != 0
        )
    )


def outstanding(village_id: int) -> int:
    """Points that households can still spend or have reserved, in the whole village."""
    return int(session().scalar(outstanding_now(village_id)) or 0)


def outstanding_now(village_id: int) -> Select[int]:
    """The query that outstanding asks, for whoever asks more in one statement."""
    return select(func.coalesce(func.sum(Account.balance), 0)).where(
        Account.village_id == village_id, Account.book == Book.POINTS, Account.kind.in_(_SPENDABLE)
    )


def outstanding_at(village_id: int, days: Sequence[date]) -> list[int]:
    """The same at the end of each of these Shanghai days, in two statements.

    Counted back from what stands now, so that it reads what was booked since the first day and no more. A month that
    was closed before says where in the book that begins.
    """
    if not days:
        return []
    ends = [clock.end_of(day) for day in days]
    before = (
        select(func.coalesce(func.max(ClosedMonth.head_sequence), 0))
        .where(ClosedMonth.village_id == village_id, ClosedMonth.closed_at < min(ends))
        .scalar_subquery()
    )
    change = case((_transfers.c.to_kind.in_(_SPENDABLE), _transfers.c.amount), else_=0) - case(
        (_transfers.c.from_kind.in_(_SPENDABLE), _transfers.c.amount), else_=0
    )
    since = session().execute(
        select(*(func.coalesce(func.sum(case((_transfers.c.booked_at >= end, change), else_=0)), 0) for end in ends))
        .where(_transfers.c.village_id == village_id, _transfers.c.sequence > before)
        .where(_transfers.c.book == Book.POINTS, _transfers.c.booked_at >= min(ends))
    )
    now = outstanding(village_id)
    return [now - int(changed) for changed in since.one()]


def fund_balance(village_id: int) -> Select[int]:
    """The query for what is in the village's fund, in fen; no row before its first booking."""
    return select(Account.balance).where(
        Account.village_id == village_id,
        Account.household_serial == VILLAGE_OWNER,
        Account.book == Book.FUND,
        Account.kind == AccountKind.FUND,
    )
