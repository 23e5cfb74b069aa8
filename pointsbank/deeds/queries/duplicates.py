"""Finding deeds that may have been claimed twice, before they are booked.

Alike are two live deeds of one household by one rule, on the same or a near day, with the same event or none at both.
Of a rule that counts by person, what two persons of a household did is not alike: both went to the meeting.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from pointsbank.covenant.models import CapScope, Effect, Rule
from pointsbank.deeds.models import PENDING_STATES, Claim, ClaimState
from pointsbank.deeds.queries.sheets import LIVE_STATES
from pointsbank.foundation.database import session
from pointsbank.foundation.periods import Span

# A paper sheet is typed in days later, and a day read off it is then wrong by a day or over a weekend.
NEAR_DAYS = 3
YEARS_COMPARED = range(1900, 2200)  # a mistyped day at the end of the calendar has no days around it
PENDING_COMPARED_MAX = 5_000  # of a village: a quarter of the largest
CLAIMS_COMPARED_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Likeness:
    """What of a deed makes it look like another. serial: 0 for one that is not recorded yet."""

    serial: int
    household_id: int
    resident_id: int | None
    rule_code: str
    occurred_on: date
    event_name: str
    state: ClaimState
    by_person: bool = False
    daily: bool = False
    kept_beside: int | None = None

    def is_like(self, other: "Likeness") -> bool:
        """Whether both may be one deed. For a rule with a cap by the day only the same day counts: it is done daily."""
        if (self.household_id, self.rule_code, self.event_name) != (
            other.household_id,
            other.rule_code,
            other.event_name,
        ):
            return False
        if self.by_person and self.resident_id != other.resident_id:
            return False
        days = abs((self.occurred_on - other.occurred_on).days)
        return days <= (0 if self.daily or other.daily else NEAR_DAYS)

    def is_settled(self, earlier: "Likeness") -> bool:
        """Whether somebody said already that this one and an earlier one are both meant."""
        return self.kept_beside is not None and earlier.serial <= self.kept_beside


def _rows(village_id: int, *conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Claim.serial,
            Claim.household_id,
            Claim.resident_id,
            Rule.code,
            Claim.occurred_on,
            Claim.event_name,
            Claim.state,
            Rule.cap_scope,
            Rule.times_scope,
            Rule.effect,
            Rule.cap_span,
            Rule.times_span,
            Claim.kept_beside,
        )
        .join(Claim.rule)
        .where(Claim.village_id == village_id, Claim.state.in_(LIVE_STATES), *conditions)
        .order_by(Claim.serial)
        .limit(CLAIMS_COMPARED_MAX)
    )


def _read(query: Select[*tuple[Any, ...]]) -> list[Likeness]:
    found = []
    for row in session().execute(query):
        serial, household, resident, code, day, event, state, scope, times_scope, effect, span, times_span, kept = row
        by_person = CapScope.PERSON in (scope, times_scope) or effect is Effect.SUSPEND_PERSON
        daily = Span.DAY in (span, times_span)
        found.append(Likeness(serial, household, resident, code, day, event, state, by_person, daily, kept))
    return found


def is_daily(rule: Rule) -> bool:
    """Whether a rule is for what is done day after day: its cap counts by the day."""
    return Span.DAY in (rule.cap_span, rule.times_span)


def likeness_of(claim: Claim) -> Likeness:
    """A claim as it is compared."""
    return Likeness(
        claim.serial,
        claim.household_id,
        claim.resident_id,
        claim.rule.code,
        claim.occurred_on,
        claim.event_name,
        claim.state,
        claim.rule.needs_person,
        is_daily(claim.rule),
        claim.kept_beside,
    )


def live_near(village_id: int, household_ids: Collection[int], days: Iterable[date]) -> list[Likeness]:
    """The live deeds of these households around these days, in order."""
    all_days = sorted(day for day in days if day.year in YEARS_COMPARED)
    if not all_days:
        return []
    first, last = all_days[0] - timedelta(NEAR_DAYS), all_days[-1] + timedelta(NEAR_DAYS)
    return _read(
        _rows(village_id, Claim.household_id.in_(household_ids), Claim.occurred_on >= first, Claim.occurred_on <= last)
    )


def alike(wanted: Sequence[Likeness], there: Sequence[Likeness]) -> dict[int, list[Likeness]]:
    """For each of the wanted, by its place in the list, what there is like it; itself and settled pairs left out."""
    by_household: dict[tuple[int, str], list[Likeness]] = {}
    for one in there:
        by_household.setdefault((one.household_id, one.rule_code), []).append(one)
    found: dict[int, list[Likeness]] = {}
    for place, one in enumerate(wanted):
        for other in by_household.get((one.household_id, one.rule_code), []):
            if other.serial == one.serial or not one.is_like(other):
                continue
            later, earlier = (one, other) if not one.serial or one.serial > other.serial else (other, one)
            if not later.is_settled(earlier):
                found.setdefault(place, []).append(other)
    return found


def alike_claims(village_id: int, claims: Sequence[Claim]) -> dict[int, list[int]]:
    """By serial the serials of live claims that look like it; at least one of each two is not booked yet."""
    wanted = [likeness_of(claim) for claim in claims if claim.is_pending or claim.state is ClaimState.BOOKED]
    there = live_near(village_id, {one.household_id for one in wanted}, (one.occurred_on for one in wanted))
    found = alike(wanted, there)
    return {
        wanted[place].serial: serials
        for place, others in found.items()
        if (serials := [other.serial for other in others if _open(wanted[place], other)])
    }


def _open(one: Likeness, other: Likeness) -> bool:
    return {one.state, other.state} != {ClaimState.BOOKED}


def doubtful(village_id: int) -> dict[int, list[int]]:
    """All pairs of a village that may be one deed and are not both booked: by the later's serial the earlier ones."""
    pending = _read(_rows(village_id, Claim.state.in_(PENDING_STATES)).limit(PENDING_COMPARED_MAX))
    households = {one.household_id for one in pending}
    there = live_near(village_id, households, (one.occurred_on for one in pending)) if pending else []
    pairs: dict[int, set[int]] = {}
    for place, others in alike(pending, there).items():
        for other in others:
            earlier, later = sorted((pending[place].serial, other.serial))
            pairs.setdefault(later, set()).add(earlier)
    return {later: sorted(earlier) for later, earlier in sorted(pairs.items(), reverse=True)}


def known_alike(village_id: int, drafts: Sequence[Likeness]) -> dict[int, list[Likeness]]:
    """What is live and looks like a deed that is about to be recorded: by its place in the list."""
    there = live_near(village_id, {one.household_id for one in drafts}, (one.occurred_on for one in drafts))
    return alike(drafts, there)
