"""Objections to what hangs on the wall: taken, examined by another person, decided; only the disputed item waits.

Locked are, in this order: the household (its caps), the notice, the claim, the heads of the chains.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from pointsbank.access.models import Staff
from pointsbank.audit import services as audit
from pointsbank.deeds import queries
from pointsbank.deeds.errors import ObjectionRefusedError, RecusedError, UnknownObjectionError
from pointsbank.deeds.models import (
    OBJECTION_OUTCOME_NAMES,
    Attendance,
    Claim,
    ClaimEvent,
    ClaimState,
    Decision,
    Notice,
    Objection,
    ObjectionOutcome,
    Outcome,
    Recusal,
)
from pointsbank.deeds.policies import Assessment, Given, assess_deed, times_of
from pointsbank.deeds.services.moves import CHAIN, Move, lock_households, locked, move_all, refuse_own
from pointsbank.deeds.services.noticing import end_notices, is_over, lock_notice_of
from pointsbank.foundation import chain, clock, points
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.periods import Span, span_of
from pointsbank.foundation.secrets import vault
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.words import words_for

REASON_LENGTH_MAX = 500
OUTCOME_REASON_LENGTH_MAX = 300
NAME_LENGTH_MAX = 40
CONTACT_LENGTH_MAX = 60
# Whoever moved a claim to one of these approved it first, and does not examine the objection to it.
APPROVING = (ClaimState.CHECKED, ClaimState.RECHECK, ClaimState.APPROVED)
APPROVED_IT = "您评议或初审过"


@dataclass(frozen=True, slots=True)
class ObjectionDraft:
    """Somebody says that an item is not right. name and contact may be empty: then the objector is unnamed."""

    claim_serial: int
    reason: str
    received_on: date
    name: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Objector:
    """Who objected, unsealed: for the eyes of the supervision committee alone."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an objection. points: what the item is to give, in hundredths without sign; of ADJUSTED alone."""

    outcome: ObjectionOutcome
    reason: str
    points: int | None = None


def take(village: Place, draft: ObjectionDraft, actor: Actor, key: str) -> dict[str, Any]:
    """Take an objection to an item on the wall: the item waits until all objections to it are decided.

    Gives {"objection": serial, "decide_by": ISO day}. Raises UnknownClaimError, NoticeStateError for what is on no
    notice, ObjectionRefusedError after the period, InvalidInputError for a missing reason or an impossible day.
    """
    reason = clean_text(draft.reason, what="异议的内容", length_max=REASON_LENGTH_MAX, required=True, field="reason")
    name = clean_text(draft.name, what="异议人", length_max=NAME_LENGTH_MAX, field="name")
    contact = clean_text(draft.contact, what="联系方式", length_max=CONTACT_LENGTH_MAX, field="contact")
    if draft.received_on > clock.today():
        raise InvalidInputError("收到的日期还没到，请填今天或以前。", field="received_on")

    def act() -> dict[str, Any]:
        notice = lock_notice_of(village.id, draft.claim_serial)
        [claim] = locked(village.id, [draft.claim_serial])
        _refuse_late(village, claim, notice, draft.received_on)
        chain.lock_head(session(), village.id, CHAIN)  # nobody else takes the same number
        newest = session().scalar(select(func.max(Objection.serial)).where(Objection.village_id == village.id))
        objection = Objection(
            village_id=village.id,
            serial=(newest or 0) + 1,
            claim=claim,
            objector_sealed=_sealed(name, contact),
            reason=reason,
            received_on=draft.received_on,
            actor=actor.key,
            created_at=clock.now(),
            decide_by=draft.received_on + timedelta(days=places.settings_now(village.id).objection_days),
            points_before=claim.points,
        )
        session().add(objection)
        if claim.state is ClaimState.ON_NOTICE:
            move_all(village, [Move(claim, ClaimState.OBJECTED, f"异议第 {objection.serial} 号")], actor)
        audit.record(village.id, actor, "objection.take", f"objection:{objection.serial}", f"第 {claim.serial} 号")
        return {"objection": objection.serial, "decide_by": objection.decide_by.isoformat()}

    content = {
        "claim": draft.claim_serial,
        "reason": reason,
        "received_on": draft.received_on.isoformat(),
        "objector": vault().digest(f"{name}\n{contact}").hex(),  # only that it is the same, not who
    }
    return ledger.submit(village, key, "deeds.object", content, actor, act)


def _refuse_late(village: Place, claim: Claim, notice: Notice, received_on: date) -> None:
    if received_on < clock.day_of(notice.created_at):
        raise InvalidInputError("收到异议的日期比公示还早，请核对。", field="received_on")
    too_late = notice.last_day is not None and received_on > notice.last_day
    if claim.state in (ClaimState.ON_NOTICE, ClaimState.OBJECTED) and not too_late:
        return
    if claim.state is ClaimState.CANCELLED:
        raise ObjectionRefusedError(f"第 {claim.serial} 号已经撤销，不用再提异议。")
    where = "已经入账" if claim.state is ClaimState.BOOKED else "公示期已经满了"
    raise ObjectionRefusedError(
        f"第 {claim.serial} 号{where}，不能再登记异议。请把情况告诉{words_for(village.kind).supervision}；"
        "查实有误的，由文书在“全部申报”里撤销，账上记更正。",
        field="claim",
    )


def _sealed(name: str, contact: str) -> str | None:
    return vault().seal(json.dumps([name, contact], ensure_ascii=False)) if name or contact else None


def objector_of(objection: Objection) -> Objector | None:
    """Who objected; None where nobody is named. The caller has made sure who is looking."""
    if objection.objector_sealed is None:
        return None
    name, contact = json.loads(vault().open(objection.objector_sealed))
    return Objector(name, contact)


def approvers_of(village_id: int, claim: Claim) -> set[str]:
    """Keys of those who checked, decided on or approved a claim: they do not examine an objection to it.

    Who sat in the meeting that approved it and did not stand aside approved it, whoever wrote the decision down.
    """
    decided = select(Decision.actor).where(Decision.village_id == village_id, Decision.claim_id == claim.id)
    moved = select(ClaimEvent.actor).where(
        ClaimEvent.village_id == village_id,
        ClaimEvent.claim_serial == claim.serial,
        ClaimEvent.to_state.in_(APPROVING),
        ClaimEvent.from_state != ClaimState.ON_NOTICE,  # a notice that was withdrawn approved nothing
    )
    stood_aside = select(Recusal.staff_id).where(Recusal.decision_id == Decision.id)
    sat = (
        select(Staff)
        .join(Attendance, Attendance.staff_id == Staff.id)
        .join(Decision, Decision.meeting_id == Attendance.meeting_id)
        .where(
            Decision.village_id == village_id,
            Decision.claim_id == claim.id,
            Decision.outcome == Outcome.APPROVED,
            Decision.taken_back_at.is_(None),
            Attendance.present,
            Staff.id.not_in(stood_aside),
        )
        .options(joinedload(Staff.home))
    )
    voted = {staff.actor.key for staff in session().scalars(sat)}
    return voted | set(session().scalars(decided)) | set(session().scalars(moved))


def why_not_examine(village_id: int, claim: Claim, actor: Actor) -> str | None:
    """Why a person cannot examine an objection to a claim, as a sentence; None when they can."""
    try:
        _refuse_examiner(village_id, claim, actor)
    except RecusedError as refused:
        return refused.message
    return None


def _refuse_examiner(village_id: int, claim: Claim, actor: Actor) -> None:
    refuse_own(village_id, [claim], actor, also_claimed=True)
    if actor.key in approvers_of(village_id, claim):
        raise RecusedError(claim.serial, APPROVED_IT)


def decide(village: Place, objection_serial: int, verdict: Verdict, actor: Actor, key: str) -> dict[str, Any]:
    """Decide on an objection; the item goes back on the wall while the notice runs, else on its way to the book.

    Gives {"objection": serial, "points": what the item gives now, "state": the claim's, "cap_reason": sentence}.
    Raises UnknownObjectionError, RecusedError, ObjectionRefusedError when it is decided already, InvalidInputError.
    """
    reason = clean_text(
        verdict.reason, what="处理说明", length_max=OUTCOME_REASON_LENGTH_MAX, required=True, field="reason"
    )

    def act() -> dict[str, Any]:
        claim_serial, household_id = _disputed(village.id, objection_serial)
        lock_households(village.id, [household_id])
        notice = lock_notice_of(village.id, claim_serial)
        [claim] = locked(village.id, [claim_serial])
        still_open = _open_objections(claim)
        objection = next((one for one in still_open if one.serial == objection_serial), None)
        if objection is None:
            raise ObjectionRefusedError("这件异议已经处理过了。请看看处理结果。")
        _refuse_examiner(village.id, claim, actor)
        if verdict.outcome is ObjectionOutcome.ADJUSTED:
            _adjust(village, claim, verdict.points)
        others = [one for one in still_open if one is not objection]
        _close(objection, claim, verdict.outcome, reason, actor)
        _move_on(village, notice, claim, objection, others, actor)
        end_notices([notice])
        words = f"{OBJECTION_OUTCOME_NAMES[verdict.outcome]}：{reason}"
        audit.record(village.id, actor, "objection.decide", f"objection:{objection.serial}", words)
        return {
            "objection": objection.serial,
            "points": claim.points,
            "state": claim.state.value,
            "cap_reason": claim.cap_reason if verdict.outcome is ObjectionOutcome.ADJUSTED else "",
        }

    content = {
        "objection": objection_serial,
        "outcome": verdict.outcome.value,
        "points": verdict.points,
        "reason": reason,
    }
    return ledger.submit(village, key, "deeds.decide_objection", content, actor, act)


def _disputed(village_id: int, objection_serial: int) -> tuple[int, int]:
    """Serial and household of the claim that an objection is about."""
    query = select(Claim.serial, Claim.household_id).join(Objection, Objection.claim_id == Claim.id)
    found = (
        session().execute(query.where(Objection.village_id == village_id, Objection.serial == objection_serial)).first()
    )
    if found is None:
        raise UnknownObjectionError
    return found[0], found[1]


def _open_objections(claim: Claim) -> list[Objection]:
    query = select(Objection).where(Objection.claim_id == claim.id, Objection.outcome.is_(None))
    query = query.order_by(Objection.serial).with_for_update(of=Objection)
    return list(session().scalars(query.execution_options(populate_existing=True)))


def _adjust(village: Place, claim: Claim, magnitude: int | None) -> None:
    """Give an item other points, within its rule and the caps as at the review. Raises InvalidInputError."""
    rule = claim.rule
    most = points.times(abs(rule.points_to or rule.points), claim.quantity)
    if magnitude is None or magnitude <= 0:
        raise InvalidInputError("请填改成几分，要大于 0。要改成 0 分，请选“撤销该项”。", field="points")
    if magnitude > most:
        raise InvalidInputError(
            f"按细则“{rule.name}”这一件最多 {points.format_points(most)} 分，请填不超过它的分值。", field="points"
        )
    given = _assessed(village, claim, -magnitude if rule.is_deduction else magnitude)
    if given.points == claim.points:
        raise InvalidInputError(
            f"改了以后还是 {points.format_points(abs(claim.points))} 分。{given.cap_reason}不改分值请选“维持原分”。",
            field="points",
        )
    claim.points, claim.cap_reason = given.points, given.cap_reason


def _assessed(village: Place, claim: Claim, wanted: int) -> Assessment:
    """What the caps leave of so many points, counting what passed the review, without the item itself."""
    first, last = span_of(claim.occurred_on, Span.YEAR)
    people = [claim.resident_id] if claim.resident_id is not None and claim.rule.needs_person else []
    so_far = queries.tally(village.id, [claim.household_id], people, first, last, decided_only=True, without=[claim.id])
    deed = Given(
        claim.household_id,
        claim.resident_id,
        claim.rule.code,
        claim.rule.track,
        claim.occurred_on,
        wanted,
        times=times_of(claim.rule.unit, claim.quantity),
        level_group=claim.rule.level_group,
        event_name=claim.event_name,
    )
    return assess_deed(so_far, claim.rule, places.settings_on(village.id, claim.occurred_on), deed)


def _close(objection: Objection, claim: Claim, outcome: ObjectionOutcome, reason: str, actor: Actor) -> None:
    objection.outcome, objection.outcome_reason = outcome, reason
    objection.points_after = 0 if outcome is ObjectionOutcome.CANCELLED else claim.points
    objection.examiner_id, objection.decided_at = actor.id, clock.now()


def _move_on(
    village: Place, notice: Notice, claim: Claim, objection: Objection, others: list[Objection], actor: Actor
) -> None:
    """Where the item goes: away when it is cancelled, with all said against it; else on, once nobody objects."""
    outcome = objection.outcome or ObjectionOutcome.KEPT
    words = f"异议第 {objection.serial} 号{OBJECTION_OUTCOME_NAMES[outcome]}：{objection.outcome_reason}"
    if outcome is ObjectionOutcome.ADJUSTED:
        before, after = (points.format_points(units) for units in (objection.points_before, claim.points))
        words = f"{words}（{before} 分改为 {after} 分）"
    if outcome is ObjectionOutcome.CANCELLED:
        for other in others:
            _close(other, claim, outcome, f"异议第 {objection.serial} 号处理时已撤销该项。", actor)
        move_all(village, [Move(claim, ClaimState.CANCELLED, words)], actor)
    elif not others:
        onward = ClaimState.UNOBJECTED if is_over(notice) else ClaimState.ON_NOTICE
        move_all(village, [Move(claim, onward, words)], actor)
