"""Reading claims."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from pointsbank.covenant.models import Rule
from pointsbank.deeds.errors import UnknownClaimError
from pointsbank.deeds.models import PENDING_STATES, Claim, ClaimEvent, ClaimEventText, ClaimState
from pointsbank.foundation.database import session
from pointsbank.foundation.periods import days_of, period_of, previous_period
from pointsbank.people.models import Household

PAGE_LINES = 50
RECENT_CLAIMS = 2_500  # among the newest of a village a person's own are looked for; more than are made in a day
PERIODS_SHOWN_MAX = 132  # eleven years of months


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What a list of claims is narrowed to; None takes all. rule_words: a code, or part of a rule's name.

    period: that of the booking; of what is not booked (yet) the month in which it happened.
    """

    period: str | None = None
    group_number: int | None = None
    household_id: int | None = None
    rule_code: str | None = None
    state: ClaimState | None = None
    household_ids: Collection[int] | None = None
    rule_words: str = ""


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """A move of a claim with its reason."""

    event: ClaimEvent
    reason: str


def _claims(village_id: int) -> Select[Claim]:
    return (
        select(Claim)
        .join(Claim.rule)
        .join(Claim.household)
        .where(Claim.village_id == village_id)
        .options(
            contains_eager(Claim.rule),
            contains_eager(Claim.household).joinedload(Household.group),
            joinedload(Claim.resident),
        )
    )


def _of_period(period: str) -> ColumnElement[bool]:
    """What counts for a period, or will: what is not booked by the day it happened."""
    first, last = days_of(period)
    return or_(Claim.period == period, and_(Claim.period.is_(None), Claim.occurred_on.between(first, last)))


def claim(village_id: int, serial: int) -> Claim:
    """A claim by its serial. Raises UnknownClaimError."""
    found = session().scalar(_claims(village_id).options(joinedload(Claim.notice)).where(Claim.serial == serial))
    if found is None:
        raise UnknownClaimError
    return found


def claims(
    village_id: int, wanted: ClaimFilter, *, before: int | None = None, limit: int = PAGE_LINES
) -> Sequence[Claim]:
    """Claims, the newest first, a page by key: pass the last one's serial as before."""
    query = _claims(village_id).order_by(Claim.serial.desc()).limit(limit)
    if before is not None:
        query = query.where(Claim.serial < before)
    if wanted.period is not None:
        query = query.where(_of_period(wanted.period))
    if wanted.group_number is not None:
        query = query.where(Household.group.has(number=wanted.group_number))
    if wanted.household_id is not None:
        query = query.where(Claim.household_id == wanted.household_id)
    if wanted.rule_code is not None:
        query = query.where(Rule.code == wanted.rule_code)
    if wanted.state is not None:
        query = query.where(Claim.state == wanted.state)
    if wanted.household_ids is not None:
        query = query.where(Claim.household_id.in_(wanted.household_ids))
    if wanted.rule_words:
        code = Rule.code == wanted.rule_words.upper()
        query = query.where(or_(code, Rule.name.contains(wanted.rule_words, autoescape=True)))
    return session().scalars(query).all()


def claims_by(village_id: int, actor_key: str, limit: int = 20, *, since: datetime | None = None) -> Sequence[Claim]:
    """What a person recorded last (since a moment) among the village's newest claims, the newest first."""
    newest = select(func.max(Claim.serial)).where(Claim.village_id == village_id).scalar_subquery()
    recent = Claim.serial > newest - RECENT_CLAIMS
    query = _claims(village_id).where(Claim.actor == actor_key, recent).order_by(Claim.serial.desc()).limit(limit)
    if since is not None:
        query = query.where(Claim.created_at >= since)
    return session().scalars(query).all()


def periods_with_claims(village_id: int, today: date) -> list[str]:
    """The months from this one back to the first that has a claim, the newest first."""
    booked = session().scalar(select(func.min(Claim.period)).where(Claim.village_id == village_id))
    happened = session().scalar(
        select(func.min(Claim.occurred_on)).where(Claim.village_id == village_id, Claim.state.in_(PENDING_STATES))
    )
    first = min((month for month in (booked, period_of(happened) if happened else None) if month), default=None)
    newest = period_of(today)
    months = [newest]
    while first is not None and months[-1] > first and len(months) < PERIODS_SHOWN_MAX:
        months.append(previous_period(months[-1]))
    return months


def claims_of_period(village_id: int, period: str) -> Sequence[Claim]:
    """The booked claims that count for a period, in order."""
    query = _claims(village_id).where(Claim.period == period, Claim.state == ClaimState.BOOKED)
    return session().scalars(query.order_by(Claim.serial)).all()


def all_claims(village_id: int, period: str | None = None) -> Sequence[Claim]:
    """Every claim, undone ones too, in order; of one period if given: what is not booked by the day it happened."""
    query = _claims(village_id).order_by(Claim.serial)
    if period is not None:
        query = query.where(_of_period(period))
    return session().scalars(query).all()


def last_serial(village_id: int) -> int:
    """The serial of the newest claim, 0 before the first."""
    newest = session().scalar(select(func.max(Claim.serial)).where(Claim.village_id == village_id))
    return newest or 0


def steps_of(village_id: int, claim_serial: int) -> list[ClaimStep]:
    """The moves of a claim in order."""
    query = (
        select(ClaimEvent, ClaimEventText.text)
        .outerjoin(
            ClaimEventText,
            (ClaimEventText.village_id == ClaimEvent.village_id) & (ClaimEventText.sequence == ClaimEvent.sequence),
        )
        .where(ClaimEvent.village_id == village_id, ClaimEvent.claim_serial == claim_serial)
        .order_by(ClaimEvent.sequence)
    )
    return [ClaimStep(event, text or "") for event, text in session().execute(query)]


def points_by_category(village_id: int, period: str) -> list[tuple[str, int, int]]:
    """Category, number of claims and points (hundredths, both tracks) of a period, in the order of the rule book."""
    query = (
        select(Rule.category, func.count(Claim.id), func.sum(Claim.points))
        .join(Claim.rule)
        .where(Claim.village_id == village_id, Claim.period == period, Claim.state == ClaimState.BOOKED)
        .group_by(Rule.category)
        .order_by(func.min(Rule.position))
    )
    return [(category, count, int(total)) for category, count, total in session().execute(query)]


def claims_by_serial(village_id: int, serials: Collection[int]) -> dict[int, Claim]:
    """Claims by their serials; those that are not there are left out."""
    query = _claims(village_id).where(Claim.serial.in_(serials))
    return {claim.serial: claim for claim in session().scalars(query)}
