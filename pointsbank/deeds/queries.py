"""Reading claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from pointsbank.covenant.models import CapScope, Rule, Track
from pointsbank.deeds.errors import UnknownClaimError
from pointsbank.deeds.models import Claim, ClaimEvent, ClaimEventText, ClaimState
from pointsbank.deeds.policies import Limit
from pointsbank.foundation.database import session
from pointsbank.foundation.periods import SPAN_NAMES, Span, span_of
from pointsbank.people.models import Household
from pointsbank.places.settings import VillageSettings

PAGE_LINES = 50


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What a list of claims is narrowed to; None takes all."""

    period: str | None = None
    household_id: int | None = None
    rule_code: str | None = None
    state: ClaimState | None = None


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


def claim(village_id: int, serial: int) -> Claim:
    """A claim by its serial. Raises UnknownClaimError."""
    found = session().scalar(_claims(village_id).where(Claim.serial == serial))
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
        query = query.where(Claim.period == wanted.period)
    if wanted.household_id is not None:
        query = query.where(Claim.household_id == wanted.household_id)
    if wanted.rule_code is not None:
        query = query.where(Rule.code == wanted.rule_code)
    if wanted.state is not None:
        query = query.where(Claim.state == wanted.state)
    return session().scalars(query).all()


def claims_by(village_id: int, actor_key: str, limit: int = 20) -> Sequence[Claim]:
    """What a person recorded last, the newest first."""
    query = _claims(village_id).where(Claim.actor == actor_key).order_by(Claim.serial.desc()).limit(limit)
    return session().scalars(query).all()


def claims_of_period(village_id: int, period: str) -> Sequence[Claim]:
    """The booked claims that count for a period, in order."""
    query = _claims(village_id).where(Claim.period == period, Claim.state == ClaimState.BOOKED)
    return session().scalars(query.order_by(Claim.serial)).all()


def all_claims(village_id: int, period: str | None = None) -> Sequence[Claim]:
    """Every claim, undone ones too, in order; of one period if given."""
    query = _claims(village_id).order_by(Claim.serial)
    if period is not None:
        query = query.where(Claim.period == period)
    return session().scalars(query).all()


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


def limits(
    village_id: int,
    settings: VillageSettings,
    rule: Rule,
    household_id: int,
    resident_id: int | None,
    occurred_on: date,
) -> list[Limit]:
    """The limits that a deed runs against, with what is used: the rule's cap, the household's month and year."""
    found = []
    if rule.cap_points is not None and rule.cap_span is not None and rule.cap_scope is not None:
        by_person = rule.cap_scope is CapScope.PERSON
        whose = Claim.resident_id == resident_id if by_person else Claim.household_id == household_id
        used = _sum(village_id, whose, Rule.code == rule.code, *_within(occurred_on, rule.cap_span))
        title = f"“{rule.name}”{'每人' if by_person else '每户'}{SPAN_NAMES[rule.cap_span]}"
        found.append(Limit(title, rule.cap_points, used))
    if rule.track is Track.POINTS and rule.points > 0:
        totals = ((Span.MONTH, settings.household_month_max), (Span.YEAR, settings.household_year_max))
        for span, most in totals:
            used = earned_within(village_id, household_id, occurred_on, span)
            found.append(Limit(f"每户{SPAN_NAMES[span]}合计", most, used))
    return found


def earned_within(village_id: int, household_id: int, day: date, span: Span) -> int:
    """Points to spend that a household was given for deeds of the span around a day; deductions do not count."""
    return _sum(
        village_id,
        Claim.household_id == household_id,
        Rule.track == Track.POINTS,
        Claim.points > 0,
        *_within(day, span),
    )


def _within(day: date, span: Span) -> tuple[ColumnElement[bool], ...]:
    first, last = span_of(day, span)
    return (Claim.occurred_on >= first, Claim.occurred_on <= last)


def _sum(village_id: int, *conditions: ColumnElement[Any]) -> int:
    """Points of booked claims; undone ones no longer count."""
    total = session().scalar(
        select(func.coalesce(func.sum(Claim.points), 0))
        .join(Claim.rule)
        .where(Claim.village_id == village_id, Claim.state == ClaimState.BOOKED, *conditions)
    )
    return int(total or 0)
