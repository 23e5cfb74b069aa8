"""Moving claims from state to state: the one place that writes a claim's state, and an event for every move."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from pointsbank.access import queries as access
from pointsbank.covenant.models import Step
from pointsbank.deeds.errors import NotYourGroupError, RecusedError, UnknownClaimError
from pointsbank.deeds.models import Claim, ClaimEvent, ClaimEventText, ClaimState, Hanging
from pointsbank.deeds.policies import check_move
from pointsbank.deeds.queries import own_households
from pointsbank.foundation import chain, clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, table_of
from pointsbank.foundation.identifiers import new_salt
from pointsbank.people.models import Household
from pointsbank.places.models import Place

CHAIN = "claims"
FIRST_CHECK = frozenset({Step.CHECK, Step.SIGNIN})  # both are looked at together, by the same person


@dataclass(frozen=True, slots=True)
class Move:
    """A claim on its way to a state. reason: a sentence that is kept with the move; empty where it says itself."""

    claim: Claim
    to_state: ClaimState
    reason: str = ""


def lock_households(village_id: int, household_ids: Collection[int]) -> None:
    """What a household has used of its caps does not change until the end of the transaction."""
    session().execute(
        select(Household.id)
        .where(Household.village_id == village_id, Household.id.in_(sorted(set(household_ids))))
        .order_by(Household.id)
        .with_for_update(key_share=True)
    )


def locked(village_id: int, serials: Collection[int], *, with_households: bool = False) -> list[Claim]:
    """Claims by serial, in order, locked until the end of the transaction. Raises UnknownClaimError.

    with_households: where caps are counted, too; households are locked before claims, always.
    """
    wanted = (Claim.village_id == village_id, Claim.serial.in_(set(serials)))
    if with_households:
        lock_households(village_id, list(session().scalars(select(Claim.household_id).where(*wanted))))
    query = select(Claim).where(*wanted).order_by(Claim.serial).with_for_update(of=Claim)
    found = list(session().scalars(query))
    if len(found) != len(set(serials)):
        raise UnknownClaimError
    return found


def refuse_own(village_id: int, claims: Sequence[Claim], actor: Actor, *, also_claimed: bool = False) -> None:
    """Nobody decides on the own household's claims or on those of close kin. Raises RecusedError.

    also_claimed: nor on what one claimed oneself.
    """
    own = own_households(village_id, actor)
    for claim in claims:
        why = own.get(claim.household_id) or ("您申报的" if also_claimed and claim.claimed_by == actor.key else None)
        if why:
            raise RecusedError(claim.serial, why)


def refuse_other_groups(village_id: int, of: Iterable[Household | Hanging], actor: Actor) -> None:
    """A group head who is tied to groups acts on their households and sheets alone; the village's sheet is no group's.

    Raises NotYourGroupError.
    """
    groups = access.groups_headed(village_id, actor)
    if groups is None:
        return
    own = {group.id for group in groups}
    for one in of:
        if one.group_id not in own and one.group is not None:
            raise NotYourGroupError(one.group.name, "、".join(group.name for group in groups), field="who")


def steps_after(claim: Claim) -> int:
    """How many of its rule's steps are behind a claim once the step it waits for is done.

    Check and sign-in that follow each other count as one. Ask before steps_done is moved on, as for after_step.
    """
    steps, done = claim.rule.step_list, claim.steps_done + 1
    if claim.next_step in FIRST_CHECK:
        while done < len(steps) and steps[done] in FIRST_CHECK:
            done += 1
    return min(done, len(steps))


def after_step(claim: Claim) -> ClaimState:
    """The state that a claim goes to when the step it waits for is done.

    Writes nothing: who moves the claim asks this first, then sets steps_done = steps_after(claim).
    """
    steps, done = claim.rule.step_list, steps_after(claim)
    if done == len(steps):
        return ClaimState.APPROVED
    return ClaimState.RECHECK if steps[done] in (Step.RECHECK, Step.ASSEMBLY) else ClaimState.CHECKED


def event_fields(
    claim_serial: int, from_state: ClaimState, to_state: ClaimState, at: Any, actor: str, text_digest: bytes | None
) -> tuple[chain.Field, ...]:
    """What of a move is chained, in order. One function for writer and verifier."""
    return (claim_serial, from_state.value, to_state.value, at, actor, text_digest)


def move_all(village: Place, moves: Sequence[Move], actor: Actor) -> None:
    """Change the states of claims, each with its reason, and write the events. Raises IllegalMoveError.

    Claims, and accounts where points move, are locked before: the chain's head is locked here, last.
    """
    if not moves:
        return
    for move in moves:
        check_move(move.claim.serial, move.claim.state, move.to_state)
    head, at = chain.lock_head(session(), village.id, CHAIN), clock.now()
    events, texts = [], []
    for move in moves:
        claim, to_state, reason = move.claim, move.to_state, move.reason
        salt = new_salt() if reason else None
        text_digest = chain.text_digest(salt, reason) if salt else None
        sequence, previous, digest = head.append(
            event_fields(claim.serial, claim.state, to_state, at, actor.key, text_digest)
        )
        events.append(
            {
                "village_id": village.id,
                "sequence": sequence,
                "claim_serial": claim.serial,
                "from_state": claim.state,
                "to_state": to_state,
                "at": at,
                "actor": actor.key,
                "text_digest": text_digest,
                "previous_digest": previous,
                "digest": digest,
            }
        )
        if salt:
            texts.append({"village_id": village.id, "sequence": sequence, "salt": salt, "text": reason})
        claim.state = to_state
        claim.revision += 1
    session().execute(insert(table_of(ClaimEvent)), events)
    if texts:
        session().execute(insert(table_of(ClaimEventText)), texts)
