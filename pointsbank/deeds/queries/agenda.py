"""What waits for a meeting, what one has decided, and what the month's budget leaves."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from pointsbank.access.models import Staff
from pointsbank.covenant.models import Rule, Step, Track
from pointsbank.deeds.errors import UnknownMeetingError
from pointsbank.deeds.models import (
    DECIDED_STATES,
    Attendance,
    Body,
    Claim,
    ClaimState,
    Decision,
    Evidence,
    Meeting,
    Outcome,
    Recusal,
)
from pointsbank.deeds.policies import Given, Tally, times_of
from pointsbank.deeds.queries.panel import HIGHER_BODIES, Panel
from pointsbank.deeds.queries.tallies import tally
from pointsbank.foundation.database import session
from pointsbank.foundation.periods import Span, days_of, span_of
from pointsbank.people.models import Household

DECISIONS_OF_A_CLAIM = 12  # shown: an item may be held over from month to month
PAGE_ITEMS = 200  # on the agenda at once
PAGE_MEETINGS = 30
PAGE_DECISIONS = 100
NEAR_DAYS = 3  # two deeds of one rule so close may be one
_OPEN_REVIEW = (ClaimState.SUBMITTED, ClaimState.CHECKED)


# --- what waits ---


def _waits_for_step(step: Step) -> ColumnElement[bool]:
    """Claims whose next step is this one: as many are done as stand before it in the rule's list, joined by "+"."""
    return or_(
        *(
            and_(
                Claim.steps_done == before,
                Rule.steps.like("%+" * before + f"{step.value}%"),
                Rule.steps.not_like("%+" * (before + 1) + f"{step.value}%"),
            )
            for before in range(len(Step))
        )
    )


def waits_for(body: Body, panel: Panel) -> ColumnElement[bool]:
    """What a body's meeting decides on next, as Panel.waits_for says it of one claim.

    A condition for a query of a village's claims that joins Rule.
    """
    if body is Body.REVIEW_GROUP:
        return and_(Claim.state.in_(_OPEN_REVIEW), _waits_for_step(Step.REVIEW))
    assembly = _waits_for_step(Step.ASSEMBLY)
    nobody_lower = [panel.cannot_decide(lower) for lower in HIGHER_BODIES[: HIGHER_BODIES.index(body)]]
    passed_on = and_(not_(assembly), *nobody_lower)
    if body is Body.ASSEMBLY:
        return and_(Claim.state == ClaimState.RECHECK, or_(assembly, passed_on))
    return and_(Claim.state == ClaimState.RECHECK, passed_on, not_(panel.cannot_decide(body)))


def agenda(
    village_id: int,
    body: Body,
    panel: Panel,
    *,
    without_meeting: int | None = None,
    after: int = 0,
    limit: int = PAGE_ITEMS,
) -> Sequence[Claim]:
    """What waits for a body, the oldest first, a page by key: pass the last one's serial as after.

    without_meeting: the id of a meeting that has put some off until the next; those are left out.
    """
    query = (
        select(Claim)
        .join(Claim.rule)
        .join(Claim.household)
        .where(Claim.village_id == village_id, Claim.serial > after, waits_for(body, panel))
        .options(
            contains_eager(Claim.rule),
            contains_eager(Claim.household).joinedload(Household.group),
            joinedload(Claim.resident),
        )
        .order_by(Claim.serial)
        .limit(limit)
    )
    if without_meeting is not None:
        held_over = select(Decision.claim_id).where(
            Decision.meeting_id == without_meeting,
            Decision.outcome == Outcome.HELD_OVER,
            Decision.taken_back_at.is_(None),
        )
        query = query.where(Claim.id.not_in(held_over))
    return session().scalars(query).all()


def waiting_counts(village_id: int, panel: Panel) -> dict[Body, int]:
    """How many claims wait for a meeting of each body."""
    counts = [func.count().filter(waits_for(body, panel)).label(body.value) for body in Body]
    live = (Claim.village_id == village_id, Claim.state.in_((*_OPEN_REVIEW, ClaimState.RECHECK)))
    row = session().execute(select(*counts).select_from(Claim).join(Claim.rule).where(*live)).one()
    return {body: int(row[at]) for at, body in enumerate(Body)}


# --- what is shown beside an item ---


def tally_before(village_id: int, claims: Collection[Claim]) -> Tally:
    """What was decided or booked for these households and people, without these claims themselves."""
    if not claims:
        return Tally()
    days = [day for claim in claims for day in span_of(claim.occurred_on, Span.YEAR)]
    return tally(
        village_id,
        {claim.household_id for claim in claims},
        {claim.resident_id for claim in claims if claim.resident_id is not None and claim.rule.needs_person},
        min(days),
        max(days),
        decided_only=True,
        without={claim.id for claim in claims},
    )


def given(claim: Claim, points_asked: int) -> Given:
    """A claim as caps see it, with what is asked for it in hundredths, with sign."""
    rule = claim.rule
    return Given(
        claim.household_id,
        claim.resident_id,
        rule.code,
        rule.track,
        claim.occurred_on,
        points_asked,
        times=times_of(rule.unit, claim.quantity),
        level_group=rule.level_group,
        event_name=claim.event_name,
    )


def evidence_of(village_id: int, claims: Collection[Claim]) -> dict[int, list[Evidence]]:
    """What shows that the deeds were done, by the claim's id."""
    query = (
        select(Evidence)
        .where(
            Evidence.village_id == village_id,
            Evidence.claim_id.in_([claim.id for claim in claims]),
            Evidence.removed_at.is_(None),
        )
        .order_by(Evidence.id)
    )
    found: dict[int, list[Evidence]] = {}
    for evidence in session().scalars(query) if claims else ():
        found.setdefault(evidence.claim_id, []).append(evidence)
    return found


def held_over_reasons(village_id: int, claims: Collection[Claim]) -> dict[int, str]:
    """Why items were put off by an earlier meeting, by the claim's id; the newest reason."""
    query = (
        select(Decision.claim_id, Decision.reason)
        .where(
            Decision.village_id == village_id,
            Decision.claim_id.in_([claim.id for claim in claims]),
            Decision.outcome == Outcome.HELD_OVER,
            Decision.taken_back_at.is_(None),
        )
        .order_by(Decision.id)
    )
    return dict(session().execute(query).all()) if claims else {}


def issued_in(village_id: int, periods: Collection[str]) -> dict[str, int]:
    """Points to spend that are approved or booked for deeds of each month, in hundredths; deductions do not count."""
    if not periods:
        return {}
    days = {period: days_of(period) for period in sorted(set(periods))}
    sums = [
        func.coalesce(func.sum(Claim.points).filter(Claim.occurred_on >= first, Claim.occurred_on <= last), 0)
        for first, last in days.values()
    ]
    query = (
        select(*sums)
        .select_from(Claim)
        .join(Claim.rule)
        .where(
            Claim.village_id == village_id,
            Claim.occurred_on >= min(first for first, _ in days.values()),
            Claim.occurred_on <= max(last for _, last in days.values()),
            Claim.state.in_((ClaimState.BOOKED, *DECIDED_STATES)),
            Claim.points > 0,
            Rule.track == Track.POINTS,
        )
    )
    row = session().execute(query).one()
    return {period: int(row[at]) for at, period in enumerate(days)}


# --- meetings ---


def meeting(village_id: int, serial: int) -> Meeting:
    """A meeting by its serial, with who was there. Raises UnknownMeetingError."""
    query = (
        select(Meeting)
        .where(Meeting.village_id == village_id, Meeting.serial == serial)
        .options(joinedload(Meeting.attendances).joinedload(Attendance.staff).joinedload(Staff.home))
    )
    found = session().scalars(query).unique().one_or_none()
    if found is None:
        raise UnknownMeetingError
    return found


def meetings(village_id: int, *, before: int | None = None, limit: int = PAGE_MEETINGS) -> Sequence[Meeting]:
    """Meetings, the newest first, a page by key: pass the last one's serial as before."""
    query = select(Meeting).where(Meeting.village_id == village_id).order_by(Meeting.serial.desc()).limit(limit)
    if before is not None:
        query = query.where(Meeting.serial < before)
    return session().scalars(query).all()


def open_meetings(village_id: int) -> dict[Body, Meeting]:
    """The meetings whose minutes are not closed; a body has at most one."""
    query = select(Meeting).where(Meeting.village_id == village_id, Meeting.closed_at.is_(None))
    return {found.body: found for found in session().scalars(query)}


def outcome_counts(village_id: int, meeting_ids: Collection[int]) -> dict[int, dict[Outcome, int]]:
    """How many items meetings decided, by meeting and outcome."""
    query = (
        select(Decision.meeting_id, Decision.outcome, func.count())
        .where(
            Decision.village_id == village_id,
            Decision.meeting_id.in_(meeting_ids),
            Decision.taken_back_at.is_(None),
        )
        .group_by(Decision.meeting_id, Decision.outcome)
    )
    found: dict[int, dict[Outcome, int]] = {meeting_id: {} for meeting_id in meeting_ids}
    for meeting_id, outcome, count in session().execute(query) if meeting_ids else ():
        found[meeting_id][outcome] = int(count)
    return found


def has_decided(meeting_id: int) -> bool:
    """Whether a meeting has decided on anything yet."""
    return session().scalar(select(Decision.id).where(Decision.meeting_id == meeting_id).limit(1)) is not None


def _decisions(meeting_id: int) -> Select[Decision]:
    return (
        select(Decision)
        .join(Decision.claim)
        .join(Claim.rule)
        .join(Claim.household)
        .where(Decision.meeting_id == meeting_id)
        .options(
            contains_eager(Decision.claim).contains_eager(Claim.rule),
            contains_eager(Decision.claim).contains_eager(Claim.household).joinedload(Household.group),
            contains_eager(Decision.claim).joinedload(Claim.resident),
            selectinload(Decision.recusals).joinedload(Recusal.staff),
        )
    )


def decisions(meeting_id: int, *, before: int | None = None, limit: int = PAGE_DECISIONS) -> Sequence[Decision]:
    """What a meeting decided, taken back or not, the newest first, a page by key: pass the last one's id as before."""
    query = _decisions(meeting_id).order_by(Decision.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Decision.id < before)
    return session().scalars(query).all()


def decisions_on(claim: Claim) -> Sequence[Decision]:
    """What meetings decided on a claim and did not take back, in order, the last few, with their meetings."""
    query = (
        select(Decision)
        .options(joinedload(Decision.meeting))
        .where(Decision.village_id == claim.village_id, Decision.claim_id == claim.id, Decision.taken_back_at.is_(None))
        .order_by(Decision.decided_at.desc(), Decision.id.desc())
        .limit(DECISIONS_OF_A_CLAIM)
    )
    return session().scalars(query).all()[::-1]


def all_decisions(meeting_id: int) -> Sequence[Decision]:
    """Everything that a meeting decided and did not take back, in the order of the claims, for its paper."""
    standing = _decisions(meeting_id).where(Decision.taken_back_at.is_(None))
    return session().scalars(standing.order_by(Claim.serial, Decision.id)).all()
