"""Which claims count for a month or a longer period of review, and how far they have come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all

from pointsbank.covenant.models import Rule, Step
from pointsbank.deeds.models import PENDING_STATES, Claim, ClaimState, Notice, NoticeState
from pointsbank.foundation import periods
from pointsbank.foundation.database import session
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.models import ClosedMonth

_ON_THE_WAY = (ClaimState.DRAFT, *PENDING_STATES)


@dataclass(frozen=True, slots=True)
class Stage:
    """Claims that stand at the same place of their way. next_step: what they wait for; None when no step is left."""

    state: ClaimState
    next_step: Step | None
    claims: int
    points: int  # with sign, in units
    gains: int  # of those that give points to spend, in units
    hangs_until: date | None  # the last day of the notice of those that hang on the wall


def counts_for(village_id: int, first: str, last: str, closed_through: str | None = None) -> ColumnElement[bool]:
    """The claims of a village that count for the months from first to last.

    closed_through: the last month that is closed, "" for none; it is read where it is not given.

    What is booked counts for its period, what is on its way for that of its day, or for the earliest open month where
    that is closed; what was refused, for the month of its day.
    """
    first_day, last_day = periods.days_of(first)[0], periods.days_of(last)[1]
    if closed_through is None:
        closed_through = ledger.closed_through(village_id) or ""
    earliest_open = periods.next_period(closed_through) if closed_through else first
    by_day = and_(Claim.occurred_on >= first_day, Claim.occurred_on <= last_day)
    open_days = and_(
        Claim.occurred_on <= last_day, Claim.occurred_on >= max(first_day, periods.days_of(earliest_open)[0])
    )
    if closed_through and first <= earliest_open <= last:
        open_days = Claim.occurred_on <= last_day
    return and_(
        Claim.village_id == village_id,
        or_(
            and_(Claim.period.is_not(None), Claim.period >= first, Claim.period <= last),
            and_(Claim.period.is_(None), Claim.state.in_(_ON_THE_WAY), open_days),
            and_(Claim.period.is_(None), Claim.state.not_in(_ON_THE_WAY), by_day),
        ),
    )


def stages(village_id: int, first: str, last: str) -> Sequence[Stage]:
    """How far the claims of these months have come."""
    return stages_of_each(village_id, [(first, last)])[0]


def stages_of_each(village_id: int, spans: Sequence[tuple[str, str]]) -> list[list[Stage]]:
    """How far the claims of each span of months, first to last, have come: in one statement with few rows."""
    closed_through = ledger.closed_through(village_id) or ""
    queries = [_stages(at, counts_for(village_id, *span, closed_through)) for at, span in enumerate(spans)]
    found: list[list[Stage]] = [[] for _ in spans]
    for at, state, steps, steps_done, claims, points, gained, until in session().execute(union_all(*queries)):
        left = [Step(step) for step in steps.split("+") if step][steps_done:]
        step = left[0] if left else None
        found[at].append(Stage(ClaimState(state), step, claims, int(points), int(gained or 0), until))
    return found


def _stages(at: int, wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Rows of claims that stand at the same place, with the number of their span."""
    gains = func.sum(Claim.points).filter(Claim.points > 0, Rule.track == "points")
    hangs_until = func.max(Notice.last_day).filter(Notice.state == NoticeState.HANGING)
    points = func.sum(Claim.points)
    return (
        select(literal(at), Claim.state, Rule.steps, Claim.steps_done, func.count(), points, gains, hangs_until)
        .select_from(Claim)
        .join(Rule, Rule.id == Claim.rule_id)
        .outerjoin(Notice, Notice.id == Claim.notice_id)
        .where(wanted)
        .group_by(Claim.state, Rule.steps, Claim.steps_done)
    )


def unfinished(village_id: int, period: str) -> int:
    """How many claims of a month that is still open, and of those before it, are on their way to the book."""
    last_day = periods.days_of(period)[1]
    closed = select(ClosedMonth.period).where(ClosedMonth.village_id == village_id, ClosedMonth.period >= period)
    counted = select(func.count()).where(
        Claim.village_id == village_id,
        Claim.state.in_(PENDING_STATES),
        Claim.occurred_on <= last_day,
        ~closed.exists(),
    )
    return session().scalar(counted) or 0
