"""Months and their frozen boards."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from sqlalchemy import func, select

from pointsbank.boards import content
from pointsbank.boards.content import BoardContent
from pointsbank.boards.documents import honor_board_pdf
from pointsbank.boards.errors import UnknownBoardError
from pointsbank.boards.models import BoardSnapshot
from pointsbank.boards.queries.live import month_content
from pointsbank.deeds.models import PENDING_STATES, Claim, ClaimState
from pointsbank.foundation import clock, periods
from pointsbank.foundation.database import session
from pointsbank.ledger.models import ClosedMonth, HouseholdMonth
from pointsbank.places.models import Place
from pointsbank.printing.fonts import Fonts

PaperSize = Literal["A3", "A4"]


class MonthState(StrEnum):
    """How far a month has come."""

    RUNNING = "running"
    ENDED = "ended"  # over, still open for bookings
    CLOSED = "closed"  # nothing counts for it any more, its board can be frozen
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the village's book."""

    period: str
    state: MonthState
    issue: int | None  # of its board, once frozen

    @property
    def is_frozen(self) -> bool:
        """Whether its board stands for ever."""
        return self.state is MonthState.FROZEN


def months(village_id: int) -> list[Month]:
    """All months from the first booking, or the first deed that is on its way, to this one, newest first."""
    this_month = periods.period_of(clock.today())
    first, closed_through, issues = _book_of(village_id)
    found: list[Month] = []
    period = min(first or this_month, this_month)
    while period <= this_month:
        if period in issues:
            state = MonthState.FROZEN
        elif period <= closed_through:
            state = MonthState.CLOSED
        else:
            state = MonthState.RUNNING if period == this_month else MonthState.ENDED
        found.append(Month(period, state, issues.get(period)))
        period = periods.next_period(period)
    return found[::-1]


def _book_of(village_id: int) -> tuple[str, str, dict[str, int]]:
    """The month that the village began with, the last that is closed, "" for none, and the boards' issues by month.

    What is on its way counts for the month of its day, or for the earliest open one where that is closed.
    """
    first_month = select(func.min(HouseholdMonth.period)).where(HouseholdMonth.village_id == village_id)
    first_claim = select(func.min(Claim.period)).where(Claim.village_id == village_id, Claim.state == ClaimState.BOOKED)
    first_pending = select(func.min(Claim.occurred_on)).where(
        Claim.village_id == village_id, Claim.state.in_(PENDING_STATES)
    )
    last_closed = select(func.max(ClosedMonth.period)).where(ClosedMonth.village_id == village_id)
    queries = (first_month, first_claim, first_pending, last_closed)
    figures = select(*(query.scalar_subquery().label(f"figure_{at}") for at, query in enumerate(queries))).subquery()
    rows = (
        session()
        .execute(
            select(figures, BoardSnapshot.period, BoardSnapshot.sequence).select_from(
                figures.outerjoin(BoardSnapshot, BoardSnapshot.village_id == village_id)
            )
        )
        .all()
    )
    booked, claimed, pending_since, closed = rows[0][:4]
    issues = {row[4]: row[5] for row in rows if row[4] is not None}
    pending = ""
    if pending_since is not None:
        pending = periods.period_of(pending_since)
        pending = max(pending, periods.next_period(closed)) if closed else pending
    return min((period for period in (booked, claimed, pending) if period), default=""), closed or "", issues


def month_to_do(months_newest_first: list[Month]) -> str:
    """The month whose board the clerk works on: the earliest ended one without a board, else the newest."""
    waiting = [month.period for month in months_newest_first if month.state in (MonthState.ENDED, MonthState.CLOSED)]
    return waiting[-1] if waiting else months_newest_first[0].period


def _issues(village_id: int) -> dict[str, int]:
    """Issue numbers by month, newest month first."""
    rows = session().execute(
        select(BoardSnapshot.period, BoardSnapshot.sequence)
        .where(BoardSnapshot.village_id == village_id)
        .order_by(BoardSnapshot.period.desc())
    )
    return {row.period: row.sequence for row in rows}


def frozen_periods(village_id: int) -> list[str]:
    """The months whose board is frozen, newest first."""
    return list(_issues(village_id))


def snapshot_of(village_id: int, period: str) -> BoardSnapshot | None:
    """A month's frozen board, None while it is not frozen."""
    return session().scalar(
        select(BoardSnapshot).where(BoardSnapshot.village_id == village_id, BoardSnapshot.period == period)
    )


def newest_frozen(village_id: int) -> BoardContent | None:
    """The board that hangs on the wall now; None before the first one."""
    text = session().scalar(
        select(BoardSnapshot.content)
        .where(BoardSnapshot.village_id == village_id)
        .order_by(BoardSnapshot.period.desc())
        .limit(1)
    )
    return None if text is None else content.from_json(text)


def frozen_content(village_id: int, period: str) -> BoardContent:
    """What a frozen month's board shows. Raises UnknownBoardError."""
    snapshot = snapshot_of(village_id, period)
    if snapshot is None:
        raise UnknownBoardError("这个月还没有定榜。请看别的月份。")
    return content.from_json(snapshot.content)


def board_content(village: Place, period: str) -> BoardContent:
    """What a month's board shows: as frozen, else as a draft of how it stands now."""
    snapshot = snapshot_of(village.id, period)
    return content.from_json(snapshot.content) if snapshot else month_content(village, period)


def board_pdf(village: Place, period: str, size: PaperSize, fonts: Fonts) -> bytes:
    """The board on paper. A frozen month gives the same bytes every time; one that is not says 草稿 across."""
    return honor_board_pdf(board_content(village, period), size, fonts)
