"""Recording deeds: each becomes a claim. One whose rule has no steps is booked at once, the others begin their way.

What is not sure yet is kept as a draft: nobody looks at it and no cap counts it until it is handed in.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pointsbank.audit import services as audit
from pointsbank.deeds import queries
from pointsbank.deeds.errors import DeedRefusedError, NotWaitingError, OwnDeedError
from pointsbank.deeds.models import STATE_NAMES, Claim, ClaimOrigin, ClaimState
from pointsbank.deeds.policies import Assessment
from pointsbank.deeds.services.booking import take_effect, transfer
from pointsbank.deeds.services.drafts import (
    EVENT_LENGTH_MAX,
    LATE_REASON_LENGTH_MAX,
    NOTE_LENGTH_MAX,
    Deed,
    DeedDraft,
    Named,
    assess,
    checked,
    checked_or_refused,
    tally_for,
)
from pointsbank.deeds.services.moves import CHAIN, Move, lock_households, locked, move_all, refuse_other_groups
from pointsbank.foundation import chain, clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.ledger.booking import Booking
from pointsbank.places.models import Place

DEEDS_MAX = 2_000  # in one act: a file or a grid


def preview(village: Place, draft: DeedDraft) -> Assessment:
    """What a deed would give as things stand. Raises what record raises."""
    named = Named.by(village.id, [draft])
    deed = checked(named, draft)
    return assess(named, tally_for(village.id, [deed]), deed)


def preview_many(village: Place, drafts: Sequence[DeedDraft]) -> list[Assessment | PointsBankError]:
    """What each deed of one act would give, caps counting what came before in it; for a refused one, why.

    At most DEEDS_MAX, as in record_many.
    """
    named = Named.by(village.id, drafts)
    found = [checked_or_refused(named, draft) for draft in drafts]
    tally = tally_for(village.id, [deed for deed in found if isinstance(deed, Deed)])
    return [assess(named, tally, deed) if isinstance(deed, Deed) else deed for deed in found]


def record(
    village: Place,
    draft: DeedDraft,
    actor: Actor,
    key: str,
    origin: ClaimOrigin = ClaimOrigin.SINGLE,
    *,
    claimed_by: str = "",
) -> dict[str, Any]:
    """Record one deed. Gives {"claim": serial, "points": units, "cap_reason": sentence, "state": state}.

    Raises what record_many raises.
    """
    [claim] = record_many(village, [draft], actor, key, origin, claimed_by=claimed_by)["claims"]
    result: dict[str, Any] = claim
    return result


def record_many(
    village: Place,
    drafts: Sequence[DeedDraft],
    actor: Actor,
    key: str,
    origin: ClaimOrigin,
    *,
    claimed_by: str = "",
) -> dict[str, Any]:
    """Record deeds in their order in one transaction; caps count what came before in the same act.

    claimed_by: the key of who claims, if it is not who types. Gives {"claims": [as record gives]}.
    Raises DeedRefusedError, NotFoundError, NoRuleBookError, UnknownRuleError with the form's field, NotYourGroupError
    for a group head of other groups, OwnDeedError for a deed of one's own household that would be booked at once;
    then nothing is recorded.
    """

    def act() -> dict[str, Any]:
        assessed = _assessed(village, drafts, actor)
        with _booking_of(village, [deed for deed, _ in assessed], actor, key) as batch:
            claims = _claims(village, assessed, actor, key, origin, claimed_by)
            _start(village, claims, actor, batch)
        audit.record(village.id, actor, "claim.record", f"claim:{claims[0].serial}", f"{len(claims)} 件")
        return {"claims": [_told(claim) for claim in claims]}

    return ledger.submit(village, key, "deeds.record", _content(drafts, origin, claimed_by), actor, act)


def keep_many(
    village: Place,
    drafts: Sequence[DeedDraft],
    actor: Actor,
    key: str,
    origin: ClaimOrigin,
    *,
    claimed_by: str = "",
) -> dict[str, Any]:
    """Keep deeds as drafts: nobody looks at them and no cap counts them until they are handed in.

    Gives and raises what record_many does, but for OwnDeedError.
    """

    def act() -> dict[str, Any]:
        assessed = _assessed(village, drafts, actor)
        chain.lock_head(session(), village.id, CHAIN)  # nobody else takes a serial any more
        claims = _claims(village, assessed, actor, key, origin, claimed_by)
        session().flush()
        audit.record(village.id, actor, "claim.keep", f"claim:{claims[0].serial}", f"{len(claims)} 件草稿")
        return {"claims": [_told(claim) for claim in claims]}

    return ledger.submit(village, key, "deeds.keep", _content(drafts, origin, claimed_by), actor, act)


def hand_in(village: Place, serials: Sequence[int], actor: Actor, key: str) -> dict[str, Any]:
    """Hand in drafts, all of them or none: looked up and capped as of now, then each begins its way.

    Gives what record_many gives. Raises UnknownClaimError, NotWaitingError for what is no draft any more, what
    record_many raises with the draft's number in its sentence, and DeedRefusedError for none or too many.
    """
    wanted = _ticked(serials, "要交的")

    def act() -> dict[str, Any]:
        claims = _drafts(village, wanted)
        begin(village, claims, actor, key)
        audit.record(village.id, actor, "claim.hand_in", f"claim:{wanted[0]}", f"{len(claims)} 件草稿")
        return {"claims": [_told(claim) for claim in claims]}

    return ledger.submit(village, key, "deeds.hand_in", {"claims": wanted}, actor, act)


def discard(village: Place, serials: Sequence[int], actor: Actor, key: str) -> dict[str, Any]:
    """Drop drafts that nobody wants any more; they stay to be seen as cancelled. Gives {"claims": how many}.

    Raises UnknownClaimError, NotWaitingError, DeedRefusedError for none or too many.
    """
    wanted = _ticked(serials, "不要的")

    def act() -> dict[str, Any]:
        claims = _drafts(village, wanted)
        move_all(village, [Move(claim, ClaimState.CANCELLED, "草稿不要了") for claim in claims], actor)
        audit.record(village.id, actor, "claim.discard", f"claim:{wanted[0]}", f"{len(claims)} 件草稿")
        return {"claims": len(claims)}

    return ledger.submit(village, key, "deeds.discard", {"claims": wanted}, actor, act)


def begin(village: Place, claims: Sequence[Claim], actor: Actor, key: str) -> None:
    """Locked drafts begin their way, by the rules of their days and the caps as of now."""
    drafts = [draft_of(claim) for claim in claims]
    named = Named.by(village.id, drafts)
    deeds = [_named_checked(named, claim, draft) for claim, draft in zip(claims, drafts, strict=True)]
    tally = tally_for(village.id, deeds)
    with _booking_of(village, deeds, actor, key) as batch:
        for claim, deed in zip(claims, deeds, strict=True):
            assessment = assess(named, tally, deed)
            claim.rule = deed.rule
            claim.points_asked, claim.points = assessment.points_asked, assessment.points
            claim.cap_reason = assessment.cap_reason
        _start(village, claims, actor, batch)


def draft_of(claim: Claim) -> DeedDraft:
    """A claim as somebody wants it recorded."""
    return DeedDraft(
        claim.household_id,
        claim.rule.code,
        claim.quantity,
        claim.occurred_on,
        claim.resident_id,
        claim.note,
        claim.event_name,
        claim.late_reason,
        claim.suspended_until,
        claim.claws_back,
    )


def _named_checked(named: Named, claim: Claim, draft: DeedDraft) -> Deed:
    """As checked; a refusal says which draft it is about."""
    try:
        return checked(named, draft)
    except PointsBankError as refusal:
        refusal.message = f"第 {claim.serial} 号草稿：{refusal.message}"
        refusal.field = None
        raise


def _ticked(serials: Sequence[int], which: str) -> list[int]:
    """Serials as they are worked through. Raises DeedRefusedError for none or too many."""
    if not serials:
        raise DeedRefusedError(f"还没有勾选。请先勾上{which}草稿。")
    wanted = sorted(set(serials))
    _refuse_too_many(len(wanted))
    return wanted


def _drafts(village: Place, serials: Sequence[int]) -> list[Claim]:
    """Drafts, locked with their households. Raises UnknownClaimError, NotWaitingError."""
    claims = locked(village.id, serials, with_households=True)
    for claim in claims:
        if claim.state is not ClaimState.DRAFT:
            raise NotWaitingError(claim.serial, STATE_NAMES[claim.state], "不是草稿了")
    return claims


def _assessed(village: Place, drafts: Sequence[DeedDraft], actor: Actor) -> list[tuple[Deed, Assessment]]:
    """Deeds of one act, their households locked, with what each gives. Raises what record_many raises."""
    if not drafts:
        raise DeedRefusedError("还没有填要记的事。请至少填一件。")
    _refuse_too_many(len(drafts))
    lock_households(village.id, [draft.household_id for draft in drafts])
    named = Named.by(village.id, drafts)
    deeds = [checked(named, draft) for draft in drafts]
    refuse_other_groups(village.id, (deed.household for deed in deeds), actor)
    tally = tally_for(village.id, deeds)
    return [(deed, assess(named, tally, deed)) for deed in deeds]


def _refuse_too_many(count: int) -> None:
    if count > DEEDS_MAX:
        raise DeedRefusedError(f"一次最多记 {DEEDS_MAX:,} 件，请分几次办。")


def _told(claim: Claim) -> dict[str, Any]:
    """What is said of a claim that was just recorded."""
    return {
        "claim": claim.serial,
        "points": claim.points,
        "cap_reason": claim.cap_reason,
        "state": claim.state.value,
    }


def _content(drafts: Sequence[DeedDraft], origin: ClaimOrigin, claimed_by: str) -> dict[str, Any]:
    return {"deeds": [_plain(draft) for draft in drafts], "origin": origin.value, "claimed_by": claimed_by}


def _plain(draft: DeedDraft) -> list[Any]:
    until = draft.suspended_until.isoformat() if draft.suspended_until else None
    return [
        draft.household_id,
        draft.resident_id,
        draft.rule_code,
        draft.quantity,
        draft.occurred_on.isoformat(),
        draft.note,
        draft.event_name,
        draft.late_reason,
        until,
        draft.claws_back,
    ]


@contextmanager
def _booking_of(village: Place, deeds: Sequence[Deed], actor: Actor, key: str) -> Iterator[Booking | None]:
    """A booking of what has no step, None where nothing has; either way nobody else takes a serial any more."""
    at_once = [deed for deed in deeds if not deed.rule.step_list]
    if not at_once:
        chain.lock_head(session(), village.id, CHAIN)
        yield None
        return
    own = queries.own_households(village.id, actor)
    for deed in at_once:
        if deed.household.id in own:
            raise OwnDeedError(deed.household.head_name, own[deed.household.id], deed.rule.name)
    clawed = locked(village.id, [deed.draft.claws_back for deed in at_once if deed.draft.claws_back])
    households = {deed.household.serial for deed in at_once} | {claim.household.serial for claim in clawed}
    with ledger.booking(village, households, actor, key) as batch:
        yield batch


def _claims(
    village: Place,
    assessed: Sequence[tuple[Deed, Assessment]],
    actor: Actor,
    key: str,
    origin: ClaimOrigin,
    claimed_by: str,
) -> list[Claim]:
    """The claims, still drafts, with their serials; the chain's head is locked."""
    last = queries.last_serial(village.id)
    claims = []
    for serial, (deed, assessment) in enumerate(assessed, start=last + 1):
        draft = deed.draft
        claims.append(
            Claim(
                village_id=village.id,
                serial=serial,
                household=deed.household,
                resident=deed.resident,
                rule=deed.rule,
                quantity=draft.quantity,
                occurred_on=draft.occurred_on,
                points_asked=assessment.points_asked,
                points=assessment.points,
                cap_reason=assessment.cap_reason,
                note=clean_text(draft.note, what="备注", length_max=NOTE_LENGTH_MAX),
                event_name=clean_text(draft.event_name, what="活动名称", length_max=EVENT_LENGTH_MAX),
                late_reason=clean_text(draft.late_reason, what="迟报原因", length_max=LATE_REASON_LENGTH_MAX),
                origin=origin,
                state=ClaimState.DRAFT,
                steps_done=0,
                claimed_by=claimed_by or actor.key,
                actor=actor.key,
                submission_key=key,
                created_at=clock.now(),
                suspended_until=draft.suspended_until,
                claws_back=draft.claws_back,
                revision=1,
            )
        )
    session().add_all(claims)
    return claims


def _start(village: Place, claims: Sequence[Claim], actor: Actor, batch: Booking | None) -> None:
    """Book at once what needs no step; what does is submitted. The moves are written in the order of the claims."""
    at_once = [claim for claim in claims if not claim.rule.step_list]
    moves = [
        Move(claim, ClaimState.SUBMITTED if claim.rule.step_list else ClaimState.BOOKED, claim.cap_reason)
        for claim in claims
    ]
    if batch is None:
        move_all(village, moves, actor)
        return
    for claim in at_once:
        transfer(claim, batch)
    move_all(village, moves, actor)
    for claim in at_once:
        take_effect(village, claim, batch)
