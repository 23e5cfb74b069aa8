"""Reading claims."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from pointsbank.covenant.models import Rule, Track
from pointsbank.deeds.errors import UnknownClaimError
from pointsbank.deeds.models import Claim, ClaimEvent, ClaimEventText, ClaimState
from pointsbank.deeds.policies import Given, Limit, Tally
from pointsbank.foundation.database import session
from pointsbank.foundation.periods import Span, period_of, previous_period, span_of
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import HEAD
from pointsbank.places.settings import VillageSettings

PAGE_LINES = 50
RECENT_CLAIMS = 2_500  # among the newest of a village a person's own are looked for; more than are made in a day
PERIODS_SHOWN_MAX = 132  # eleven years of months


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What a list of claims is narrowed to; None takes all. rule_words: a code, or part of a rule's name."""

    period: str | None = None
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
    first = session().scalar(select(func.min(Claim.period)).where(Claim.village_id == village_id))
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
    """Every claim, undone ones too, in order; of one period if given."""
    query = _claims(village_id).order_by(Claim.serial)
    if period is not None:
        query = query.where(Claim.period == period)
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


def limits(
    village_id: int,
    settings: VillageSettings,
    rule: Rule,
    household_id: int,
    resident_id: int | None,
    occurred_on: date,
) -> list[Limit]:
    """The limits that a deed runs against, with what is used: the rule's cap, the household's month and year."""
    spans = ([rule.cap_span] if rule.cap_span else []) + [Span.MONTH, Span.YEAR]
    days = [day for span in spans for day in span_of(occurred_on, span)]
    people = [resident_id] if rule.needs_person and resident_id is not None else []
    so_far = tally(village_id, [household_id], people, min(days), max(days))
    return so_far.limits(rule, settings, household_id, resident_id, occurred_on)


def tally(
    village_id: int, household_ids: Collection[int], resident_ids: Collection[int], first_day: date, last_day: date
) -> Tally:
    """What was given for booked deeds of these days to these households, and to these residents wherever they lived.

    Undone deeds no longer count.
    """
    booked = (
        select(Claim.household_id, Claim.resident_id, Rule.code, Rule.track, Claim.occurred_on, Claim.points)
        .join(Claim.rule)
        .where(
            Claim.village_id == village_id,
            Claim.state == ClaimState.BOOKED,
            Claim.occurred_on >= first_day,
            Claim.occurred_on <= last_day,
        )
    )
    at_home = Claim.household_id.in_(household_ids)
    given = [Given(*row) for row in session().execute(booked.where(at_home))]
    if resident_ids:
        elsewhere = booked.where(Claim.resident_id.in_(resident_ids), ~at_home)
        given += [Given(*row) for row in session().execute(elsewhere)]
    return Tally(given)


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


# --- what a group's sheet and a file of deeds look up ---

DeedKey = tuple[int, int | None, str, date, int]  # household, person, rule's code, day, quantity


def booked_deeds(village_id: int, household_ids: Collection[int], first_day: date, last_day: date) -> set[DeedKey]:
    """The booked deeds of these households and days by what makes two of them look alike."""
    query = (
        select(Claim.household_id, Claim.resident_id, Rule.code, Claim.occurred_on, Claim.quantity)
        .join(Claim.rule)
        .where(
            Claim.village_id == village_id,
            Claim.state == ClaimState.BOOKED,
            Claim.household_id.in_(household_ids),
            Claim.occurred_on >= first_day,
            Claim.occurred_on <= last_day,
        )
    )
    return {(row[0], row[1], row[2], row[3], row[4]) for row in session().execute(query)}


def rules_used_most(village_id: int, group_id: int, first_day: date, last_day: date, limit: int) -> list[str]:
    """The codes of the rules that a group's households had most deeds of in these days, the most used first."""
    query = (
        select(Rule.code)
        .join(Claim, Claim.rule_id == Rule.id)
        .join(Claim.household)
        .where(
            Claim.village_id == village_id,
            Claim.state == ClaimState.BOOKED,
            Claim.occurred_on >= first_day,
            Claim.occurred_on <= last_day,
            Household.group_id == group_id,
        )
        .group_by(Rule.code)
        .order_by(func.count().desc(), Rule.code)
        .limit(limit)
    )
    return list(session().scalars(query))


def members_of_households(village_id: int, household_ids: Collection[int]) -> dict[int, list[Resident]]:
    """The open residents of households by household, the head first."""
    query = (
        select(Resident)
        .where(
            Resident.village_id == village_id,
            Resident.household_id.in_(household_ids),
            Resident.closed_on.is_(None),
        )
        .order_by(Resident.relation != HEAD, Resident.serial)
    )
    members: dict[int, list[Resident]] = {}
    for resident in session().scalars(query):
        members.setdefault(resident.household_id, []).append(resident)
    return members


def claims_by_serial(village_id: int, serials: Collection[int]) -> dict[int, Claim]:
    """Claims by their serials; those that are not there are left out."""
    query = _claims(village_id).where(Claim.serial.in_(serials))
    return {claim.serial: claim for claim in session().scalars(query)}
