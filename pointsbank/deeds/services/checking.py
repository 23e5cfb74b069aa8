"""The first check: passing claims on, sending them back or refusing them; mending what came back; withdrawing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from pointsbank.audit import services as audit
from pointsbank.deeds.errors import (
    ClaimChangedError,
    DeedRefusedError,
    NotWaitingError,
    NotYourGroupError,
    PersonSuspendedError,
    RecusedError,
)
from pointsbank.deeds.models import STATE_NAMES, Claim, ClaimState
from pointsbank.deeds.policies import not_ready
from pointsbank.deeds.queries.deductions import suspended_on
from pointsbank.deeds.services.drafts import Named, assess, checked, tally_for
from pointsbank.deeds.services.moves import (
    FIRST_CHECK,
    Move,
    after_step,
    locked,
    move_all,
    refuse_other_groups,
    refuse_own,
    steps_after,
)
from pointsbank.deeds.services.recording import begin, draft_of
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.places import queries as places
from pointsbank.places.models import Place

CHECKED_MAX = 500  # in one act: what a person looks through before ticking all of it
CHECK_REASON_LENGTH_MAX = 200
# Nobody has decided anything yet: what passed the review goes the way of objections and corrections.
WITHDRAWABLE = frozenset({ClaimState.SUBMITTED, ClaimState.CHECKED, ClaimState.RETURNED})
MENDABLE = frozenset({ClaimState.DRAFT, ClaimState.RETURNED})

Seen = Mapping[int, int]  # by serial the revision that the person looked at


@dataclass(frozen=True, slots=True)
class Mended:
    """What may be mended of a returned claim. quantity: hundredths of the rule's unit."""

    quantity: int
    occurred_on: date
    resident_id: int | None = None
    note: str = ""
    event_name: str = ""
    late_reason: str = ""


def waits_for_check(claim: Claim) -> bool:
    """Whether the first check is what a claim waits for: a check or a sign-in, looked at by the same person."""
    return claim.state in (ClaimState.SUBMITTED, ClaimState.CHECKED) and claim.next_step in FIRST_CHECK


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the first check says of claims: in words, as an operation, why, and where each goes."""

    what: str
    operation: str
    reason: str
    move: Callable[[Claim], Move]
    passes: bool = False


def pass_check(
    village: Place, serials: Sequence[int], actor: Actor, key: str, seen: Seen | None = None
) -> dict[str, Any]:
    """Pass claims on to their next step, all of them or none.

    Gives {"claims": how many, "approved": how many of them have no step left}. Raises UnknownClaimError,
    NotWaitingError, ClaimChangedError, RecusedError, NotYourGroupError, DeedRefusedError for none or too many, or for
    a deduction that nobody decides on after the check (books of earlier releases have such) and whose household was
    not heard; PersonSuspendedError for what a person did while suspended, though that was booked after the claim.
    """
    settings, today = places.settings_now(village.id), clock.today()

    def move(claim: Claim) -> Move:
        state = after_step(claim)
        claim.steps_done = steps_after(claim)
        if state is ClaimState.APPROVED and 0 < settings.recheck_points_min <= abs(claim.points):
            return Move(claim, ClaimState.RECHECK, "分值较大，按规定还要复核。")
        if state is ClaimState.APPROVED and (why := not_ready(claim, today)):
            raise DeedRefusedError(f"第 {claim.serial} 号：{why}")
        return Move(claim, state)

    return _decide(village, serials, _Verdict("通过初审", "deeds.check", "", move, passes=True), actor, key, seen)


def return_claims(
    village: Place, serials: Sequence[int], reason: str, actor: Actor, key: str, seen: Seen | None = None
) -> dict[str, Any]:
    """Send claims back to be mended, with what is missing. As pass_check; raises InvalidInputError without a reason."""
    reason = _reason(reason, "退回原因")
    verdict = _Verdict("退回", "deeds.return", reason, lambda claim: Move(claim, ClaimState.RETURNED, reason))
    return _decide(village, serials, verdict, actor, key, seen)


def refuse_claims(
    village: Place, serials: Sequence[int], reason: str, actor: Actor, key: str, seen: Seen | None = None
) -> dict[str, Any]:
    """Refuse claims that no rule covers, or that are not true. As return_claims; that is their end."""
    reason = _reason(reason, "不予受理的原因")
    verdict = _Verdict("不予受理", "deeds.refuse", reason, lambda claim: Move(claim, ClaimState.NOT_ACCEPTED, reason))
    return _decide(village, serials, verdict, actor, key, seen)


def _reason(text: str, what: str) -> str:
    return clean_text(text, what=what, length_max=CHECK_REASON_LENGTH_MAX, required=True, field="reason")


def _decide(
    village: Place, serials: Sequence[int], verdict: _Verdict, actor: Actor, key: str, seen: Seen | None
) -> dict[str, Any]:
    """One act of the first check on several claims."""
    wanted = sorted(set(serials))
    if not wanted:
        raise DeedRefusedError("还没有勾选。请先勾上要办的，再点按钮。")
    if len(wanted) > CHECKED_MAX:
        raise DeedRefusedError(f"一次最多办 {CHECKED_MAX} 件，请分几次办。")

    def act() -> dict[str, Any]:
        claims = locked(village.id, wanted)
        for claim in claims:
            if not waits_for_check(claim):
                raise NotWaitingError(claim.serial, STATE_NAMES[claim.state], f"不能{verdict.what}")
            if (seen or {}).get(claim.serial, claim.revision) != claim.revision:
                raise ClaimChangedError(claim.serial)
        refuse_own(village.id, claims, actor, also_claimed=True)
        refuse_other_groups(village.id, (claim.household for claim in claims), actor)
        if verdict.passes:
            _refuse_suspended(village, claims)
        moves = [verdict.move(claim) for claim in claims]
        move_all(village, moves, actor)
        told = verdict.reason or f"{len(claims)} 件{verdict.what}"
        audit.record(village.id, actor, verdict.operation, _subject(wanted), told)
        return {"claims": len(claims), "approved": sum(to.to_state is ClaimState.APPROVED for to in moves)}

    content = {"claims": wanted, "reason": verdict.reason}
    return ledger.submit(village, key, verdict.operation, content, actor, act)


def _refuse_suspended(village: Place, claims: Sequence[Claim]) -> None:
    for serial, suspension in suspended_on(village.id, claims).items():
        raise PersonSuspendedError(
            f"第 {serial} 号：{suspension.resident.name}暂停资格到 {suspension.until:%Y-%m-%d}，这期间的事不记分。"
            "请选“不予受理”。"
        )


def _subject(serials: Sequence[int]) -> str:
    return f"claim:{serials[0]}" if len(serials) == 1 else f"claims:{len(serials)}"


# --- what the claimant does ---


def resubmit(village: Place, serial: int, mended: Mended, seen_revision: int, actor: Actor, key: str) -> dict[str, Any]:
    """Send a returned claim again, or hand in a draft, as it was mended; its way begins anew, caps are counted anew.

    Gives {"claim": serial, "points": units, "cap_reason": sentence}. Raises NotWaitingError, ClaimChangedError,
    RecusedError as withdraw does, and what recording a deed raises.
    """

    def act() -> dict[str, Any]:
        [claim] = locked(village.id, [serial], with_households=True)
        if claim.state not in MENDABLE:
            raise NotWaitingError(serial, STATE_NAMES[claim.state], "不用补充")
        if claim.revision != seen_revision:
            raise ClaimChangedError(serial)
        _refuse_kin(village, claim, actor)
        _mend(village, claim, mended)
        if claim.state is ClaimState.DRAFT:
            begin(village, [claim], actor, key)
            audit.record(village.id, actor, "claim.hand_in", f"claim:{serial}", "草稿改好交上")
        else:
            move_all(village, [Move(claim, ClaimState.SUBMITTED, claim.cap_reason)], actor)
            audit.record(village.id, actor, "deeds.resubmit", f"claim:{serial}", "补充后再报")
        return {"claim": serial, "points": claim.points, "cap_reason": claim.cap_reason}

    content = {
        "claim": serial,
        "quantity": mended.quantity,
        "occurred_on": mended.occurred_on.isoformat(),
        "resident": mended.resident_id,
        "note": mended.note,
        "event_name": mended.event_name,
        "late_reason": mended.late_reason,
    }
    return ledger.submit(village, key, "deeds.resubmit", content, actor, act)


def _mend(village: Place, claim: Claim, mended: Mended) -> None:
    """Write what was mended, by the rule and the caps of the day it happened."""
    draft = replace(draft_of(claim), **asdict(mended))
    named = Named.by(village.id, [draft])
    is_draft = claim.state is ClaimState.DRAFT  # nobody has reported it yet
    deed = checked(named, draft, reported_on=None if is_draft else clock.day_of(claim.created_at))
    if not deed.rule.step_list and not is_draft:
        raise DeedRefusedError("那一天的细则里，这一条不用评议。请先撤回这一件，再重新记。", field="occurred_on")
    given = assess(named, tally_for(village.id, [deed], without=[claim.id]), deed)
    before = (claim.rule_id, claim.resident_id, claim.quantity, claim.occurred_on)
    if claim.told_on is not None and before != (deed.rule.id, mended.resident_id, draft.quantity, draft.occurred_on):
        # The household was told of something else: it hears of this, too, before it is reviewed.
        claim.told_on = claim.answer_by = claim.answered_on = None
        claim.answer = ""
    claim.rule, claim.resident = deed.rule, deed.resident
    claim.quantity, claim.occurred_on = draft.quantity, draft.occurred_on
    claim.points_asked, claim.points, claim.cap_reason = given.points_asked, given.points, given.cap_reason
    claim.note, claim.event_name = " ".join(draft.note.split()), " ".join(draft.event_name.split())
    claim.late_reason = " ".join(draft.late_reason.split())
    claim.steps_done = 0


def withdraw(village: Place, serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Take back a claim of which nothing was decided yet. Gives {"claim": serial}.

    Raises UnknownClaimError, NotWaitingError, InvalidInputError without a reason; RecusedError for a deduction of one's
    own household or of close kin, and for any claim of theirs that somebody else made.
    """
    reason = _reason(reason, "撤回原因")

    def act() -> dict[str, Any]:
        [claim] = locked(village.id, [serial])
        if claim.state not in WITHDRAWABLE:
            raise NotWaitingError(serial, STATE_NAMES[claim.state], "不能撤回")
        _refuse_kin(village, claim, actor)
        move_all(village, [Move(claim, ClaimState.CANCELLED, reason)], actor)
        audit.record(village.id, actor, "deeds.withdraw", f"claim:{serial}", reason)
        return {"claim": serial}

    return ledger.submit(village, key, "deeds.withdraw", {"claim": serial, "reason": reason}, actor, act)


def _refuse_kin(village: Place, claim: Claim, actor: Actor) -> None:
    """Of the own household one mends and withdraws what one claimed for it oneself. Raises RecusedError."""
    if claim.claimed_by != actor.key or claim.rule.points <= 0:  # a deduction, a suspension
        refuse_own(village.id, [claim], actor)


# --- who may, for the pages ---


def is_theirs(claim: Claim, actor: Actor) -> bool:
    """Whether somebody claimed or typed a claim: then they mend and withdraw it."""
    return actor.key in (claim.claimed_by, claim.actor)


def why_not_check(village: Place, claim: Claim, actor: Actor) -> str:
    """Why a person cannot check a claim, as a sentence; "" when they can."""
    try:
        refuse_own(village.id, [claim], actor, also_claimed=True)
        refuse_other_groups(village.id, [claim.household], actor)
    except (RecusedError, NotYourGroupError) as error:
        return error.message
    return ""
