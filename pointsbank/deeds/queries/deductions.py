"""Reading deductions on their way, and suspensions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from pointsbank.audit.models import AuditEvent, AuditText
from pointsbank.covenant.models import Effect, Rule
from pointsbank.deeds.models import Claim, ClaimState, Suspension
from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.people.models import Household, Resident

PAGE_LINES = 50
TELL_ACTION = "deduction.tell"  # in the trail, with how the household was told
UNDECIDED = (ClaimState.SUBMITTED, ClaimState.CHECKED, ClaimState.RETURNED, ClaimState.RECHECK)


class Stage(StrEnum):
    """Where a deduction stands before its review."""

    TO_TELL = "to_tell"
    WAITING = "waiting"
    READY = "ready"


def _is_at(stage: Stage, today: date) -> ColumnElement[bool]:
    if stage is Stage.TO_TELL:
        return Claim.told_on.is_(None)
    waits = Claim.answered_on.is_(None) & (Claim.answer_by >= today)
    return Claim.told_on.is_not(None) & (waits if stage is Stage.WAITING else ~waits)


def is_sanction() -> ColumnElement[bool]:
    """What Rule.is_sanction says, for a query that joins Rule."""
    return or_(Rule.points < 0, Rule.effect != Effect.NONE)


def _undecided(village_id: int) -> tuple[ColumnElement[bool], ...]:
    return (Claim.village_id == village_id, Claim.state.in_(UNDECIDED), is_sanction())


def deductions(
    village_id: int, stage: Stage, today: date, *, after: int = 0, limit: int = PAGE_LINES
) -> Sequence[Claim]:
    """Deductions that nobody has decided on, the oldest first, a page by key: pass the last one's serial as after."""
    query = (
        select(Claim)
        .join(Claim.rule)
        .where(*_undecided(village_id), _is_at(stage, today), Claim.serial > after)
        .options(
            contains_eager(Claim.rule),
            joinedload(Claim.household).joinedload(Household.group),
            joinedload(Claim.resident),
        )
    )
    return session().scalars(query.order_by(Claim.serial).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many deductions stand at each stage, and how many people are suspended."""

    to_tell: int
    waiting: int
    ready: int
    suspended: int


def counts(village_id: int, today: date) -> Counts:
    """What there is to do, in two queries."""
    sums = [func.coalesce(func.sum(case((_is_at(stage, today), 1), else_=0)), 0) for stage in Stage]
    row = session().execute(select(*sums).select_from(Claim).join(Claim.rule).where(*_undecided(village_id))).one()
    suspended = select(func.count()).select_from(Suspension).where(*_in_force(village_id, today))
    to_tell, waiting, ready = (int(number) for number in row)
    return Counts(to_tell, waiting, ready, session().scalar(suspended) or 0)


def told_how(village_id: int, serial: int) -> str:
    """How the household was told, as noted last; "" when it was not."""
    query = (
        select(AuditText.text)
        .join(
            AuditEvent,
            (AuditEvent.place_id == AuditText.place_id) & (AuditEvent.sequence == AuditText.sequence),
        )
        .where(
            AuditEvent.place_id == village_id,
            AuditEvent.subject == f"claim:{serial}",
            AuditEvent.action == TELL_ACTION,
        )
    )
    return session().scalar(query.order_by(AuditEvent.sequence.desc()).limit(1)) or ""


# --- suspensions ---


def _in_force(village_id: int, day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Suspension.village_id == village_id,
        Suspension.starts_on <= day,
        Suspension.until >= day,
        Suspension.lifted_on.is_(None) | (Suspension.lifted_on > day),
    )


def suspensions_of(village_id: int, resident_ids: Collection[int]) -> dict[int, Suspension]:
    """Who of these people is suspended today, by resident; of several the one that lasts longest."""
    query = select(Suspension).where(*_in_force(village_id, clock.today()), Suspension.resident_id.in_(resident_ids))
    return {found.resident_id: found for found in session().scalars(query.order_by(Suspension.until))}


def suspensions_in_force(
    village_id: int, today: date, *, after: int = 0, limit: int = PAGE_LINES
) -> Sequence[Suspension]:
    """The suspensions that hold today, a page by key (id), with person, household and claim."""
    query = (
        select(Suspension)
        .where(*_in_force(village_id, today), Suspension.id > after)
        .options(
            joinedload(Suspension.resident).joinedload(Resident.household).joinedload(Household.group),
            joinedload(Suspension.claim).joinedload(Claim.rule),
        )
    )
    return session().scalars(query.order_by(Suspension.id).limit(limit)).all()


def suspended_on(village_id: int, claims: Collection[Claim]) -> dict[int, Suspension]:
    """By the serials of claims that give points the suspension that their person was under on the day it happened.

    One that was booked after the claim was recorded counts, too.
    """
    residents = {claim.resident_id for claim in claims if claim.resident_id is not None}
    if not residents:
        return {}
    query = select(Suspension).where(Suspension.village_id == village_id, Suspension.resident_id.in_(residents))
    held: dict[int, list[Suspension]] = {}
    for suspension in session().scalars(query.options(joinedload(Suspension.resident))):
        held.setdefault(suspension.resident_id, []).append(suspension)
    return {
        claim.serial: suspension
        for claim in claims
        if claim.resident_id is not None and claim.points > 0
        for suspension in held.get(claim.resident_id, [])
        if suspension.holds_on(claim.occurred_on)
    }
