"""A month in figures: how far it is, and how far its claims have come. Points in units (hundredths)."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select

from pointsbank.boards import queries as boards
from pointsbank.boards.queries import MonthState
from pointsbank.deeds.models import DECIDED_STATES, Claim, ClaimState, Objection
from pointsbank.deeds.queries.months import counts_for, stages
from pointsbank.foundation import periods
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.places import queries as places
from pointsbank.places.models import Place


class BookState(StrEnum):
    """Whether a month still takes bookings, and whether its board stands for ever."""

    OPEN = "open"
    CLOSED = "closed"
    FROZEN = "frozen"


_BOOK_STATES = {MonthState.CLOSED: BookState.CLOSED, MonthState.FROZEN: BookState.FROZEN}


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month as a script sees it.

    approved_points: of claims that the review approved and nobody took back, booked ones too. budget_left: of the
    month's budget what approved gains leave, below 0 when they are over it; None where no budget is set.
    """

    state: BookState
    claims: dict[ClaimState, int]
    approved_points: int
    booked_points: int
    open_objections: int
    budget_left: int | None


def month_figures(village: Place, period: str) -> MonthFigures:
    """The figures of a month that has a book or claims. Raises NotFoundError for any other."""
    month = next((month for month in boards.months(village.id) if month.period == period), None)
    found = stages(village.id, period, period)
    if month is None and not found:
        raise NotFoundError(f"{village.name}没有{periods.period_title(period)}的账。请核对月份。")
    claims = dict.fromkeys(ClaimState, 0)
    for stage in found:
        claims[stage.state] += stage.claims
    approved = [stage for stage in found if stage.state in (*DECIDED_STATES, ClaimState.BOOKED)]
    budget = places.settings_on(village.id, periods.days_of(period)[1]).month_budget
    return MonthFigures(
        state=_BOOK_STATES.get(month.state, BookState.OPEN) if month else BookState.OPEN,
        claims=claims,
        approved_points=sum(stage.points for stage in approved),
        booked_points=sum(stage.points for stage in approved if stage.state is ClaimState.BOOKED),
        open_objections=_open_objections(village.id, period),
        budget_left=budget - sum(stage.gains for stage in approved) if budget else None,
    )


def _open_objections(village_id: int, period: str) -> int:
    open_ = (
        select(func.count())
        .select_from(Objection)
        .join(Claim, Claim.id == Objection.claim_id)
        .where(Objection.village_id == village_id, Objection.outcome.is_(None), counts_for(village_id, period, period))
    )
    return session().scalar(open_) or 0
