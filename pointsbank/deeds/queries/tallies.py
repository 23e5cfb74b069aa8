"""What households and people were given so far, as caps count it."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select, union_all

from pointsbank.covenant.models import Rule, Track
from pointsbank.deeds.models import DECIDED_STATES, PENDING_STATES, Claim, ClaimState
from pointsbank.deeds.policies import Given, Limit, Tally, times_of
from pointsbank.foundation.database import session
from pointsbank.foundation.periods import Span, span_of
from pointsbank.places.settings import VillageSettings


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
    village_id: int,
    household_ids: Collection[int],
    resident_ids: Collection[int],
    first_day: date,
    last_day: date,
    *,
    decided_only: bool = False,
    without: Collection[int] = (),
) -> Tally:
    """What is given for deeds of these days to these households, and to these residents wherever they lived.

    Counted are booked deeds and those on their way to the book; decided_only: only those that passed the review.
    without: ids of claims that are not counted. Undone and refused deeds do not count.
    """
    states = (ClaimState.BOOKED, *(DECIDED_STATES if decided_only else PENDING_STATES))
    live = (
        select(
            Claim.household_id,
            Claim.resident_id,
            Rule.code,
            Rule.track,
            Claim.occurred_on,
            Claim.points,
            Claim.quantity,
            Rule.unit,
            Rule.level_group,
            Claim.event_name,
        )
        .join(Claim.rule)
        .where(
            Claim.village_id == village_id,
            Claim.state.in_(states),
            Claim.occurred_on >= first_day,
            Claim.occurred_on <= last_day,
        )
    )
    if without:
        live = live.where(Claim.id.not_in(without))
    at_home = Claim.household_id.in_(household_ids)
    found = [live.where(at_home)]
    if resident_ids:
        found.append(live.where(Claim.resident_id.in_(resident_ids), ~at_home))
    rows = session().execute(union_all(*found))
    return Tally(
        Given(household, resident, code, track, day, given, times_of(unit, quantity), level_group, event)
        for household, resident, code, track, day, given, quantity, unit, level_group, event in rows
    )


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
