"""Taking back what a meeting decided by mistake, while the meeting lasts and nothing else was built on it."""

from typing import Any

from sqlalchemy import select

from pointsbank.audit import services as audit
from pointsbank.deeds.errors import DecisionRefusedError
from pointsbank.deeds.models import STATE_NAMES, Body, Claim, ClaimState, Decision, Meeting, Outcome
from pointsbank.deeds.services.moves import Move, locked, move_all, refuse_own
from pointsbank.deeds.services.panel import open_and_locked, refuse_outsider
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place

DECIDED_BY_MEETING = (ClaimState.APPROVED, ClaimState.REJECTED, ClaimState.RECHECK)
REASON = "评议记录记错了，收回重定。"


def take_back(village: Place, meeting_serial: int, claim_serial: int, actor: Actor, key: str) -> dict[str, Any]:
    """Take back the last decision on an item: it waits for the same meeting again, as it stood before.

    Gives {"claim": serial}. Raises UnknownMeetingError, MeetingClosedError, NotAllowedError, UnknownClaimError,
    RecusedError, DecisionRefusedError where another meeting decided since, or where the item has gone on.
    """

    def act() -> dict[str, Any]:
        meeting = open_and_locked(village, meeting_serial)
        refuse_outsider(village, meeting.body, actor)
        [claim] = locked(village.id, [claim_serial], with_households=True)
        refuse_own(village.id, [claim], actor, also_claimed=True)
        decision = _last_decision(claim)
        if decision is None or decision.meeting_id != meeting.id:
            raise DecisionRefusedError(claim.serial, "这次会还没有定它，或者别的会后来又定过，不能收回。")
        if decision.outcome is Outcome.HELD_OVER:
            claim.revision += 1
        else:
            _restore(village, meeting, claim, decision, actor)
        decision.taken_back_at = clock.now()
        audit.record(village.id, actor, "meeting.take_back", f"claim:{claim.serial}", f"第 {meeting_serial} 次会")
        return {"claim": claim.serial}

    content = {"meeting": meeting_serial, "claim": claim_serial}
    return ledger.submit(village, key, "deeds.take_back", content, actor, act)


def _last_decision(claim: Claim) -> Decision | None:
    """The last one that stands."""
    query = select(Decision).where(
        Decision.village_id == claim.village_id, Decision.claim_id == claim.id, Decision.taken_back_at.is_(None)
    )
    return session().scalar(query.order_by(Decision.decided_at.desc(), Decision.id.desc()).limit(1).with_for_update())


def _restore(village: Place, meeting: Meeting, claim: Claim, decision: Decision, actor: Actor) -> None:
    """Make the claim what it was before the decision. Raises DecisionRefusedError where it has gone on since."""
    if claim.state not in DECIDED_BY_MEETING:
        raise DecisionRefusedError(claim.serial, f"它已经是“{STATE_NAMES[claim.state]}”，不能收回了。")
    if decision.steps_before is None or decision.asked_before is None or decision.points_before is None:
        raise DecisionRefusedError(claim.serial, "这一件是程序升级以前定的，不能收回。要改请走异议或撤销。")
    claim.steps_done, claim.points_asked, claim.points = (
        decision.steps_before,
        decision.asked_before,
        decision.points_before,
    )
    claim.cap_reason = decision.cap_reason_before
    move_all(village, [Move(claim, _state_before(meeting, decision.steps_before), REASON)], actor)


def _state_before(meeting: Meeting, steps_before: int) -> ClaimState:
    """Where an item waited for a meeting: after the first check, or where review is its first step without one."""
    if meeting.body is not Body.REVIEW_GROUP:
        return ClaimState.RECHECK
    return ClaimState.CHECKED if steps_before else ClaimState.SUBMITTED
