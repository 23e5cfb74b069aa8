"""What waits at the desk: for the first check, for being mended, and drafts for being handed in."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload

from pointsbank.covenant.models import Rule, Step
from pointsbank.deeds.models import Claim, ClaimEvent, ClaimEventText, ClaimState, Evidence
from pointsbank.foundation.database import session
from pointsbank.people.models import Household
from pointsbank.places.models import Group

CHECK_LINES = 100
RULES_LISTED_MAX = 200


@dataclass(frozen=True, slots=True)
class CheckFilter:
    """What the list of the first check is narrowed to; None takes all. group_ids: those that a group head heads."""

    group_number: int | None = None
    rule_code: str | None = None
    group_ids: frozenset[int] | None = None


def _waits_for_check() -> tuple[ColumnElement[bool], ...]:
    """What is submitted stands before its first step. Use in a query that joins Rule."""
    first = or_(*(or_(Rule.steps == step, Rule.steps.startswith(f"{step}+")) for step in (Step.CHECK, Step.SIGNIN)))
    return (Claim.state == ClaimState.SUBMITTED, first)


def _pending(village_id: int) -> Select[Claim]:
    return (
        select(Claim)
        .join(Claim.rule)
        .join(Claim.household)
        .join(Household.group)
        .where(Claim.village_id == village_id)
        .options(
            contains_eager(Claim.rule),
            contains_eager(Claim.household).contains_eager(Household.group),
            joinedload(Claim.resident),
        )
        .order_by(Claim.serial.desc())
    )


def waiting_for_check(
    village_id: int, wanted: CheckFilter, *, before: int | None = None, limit: int = CHECK_LINES
) -> Sequence[Claim]:
    """Claims that wait for the first check, the newest first, a page by key: pass the last one's serial as before."""
    query = _pending(village_id).where(*_waits_for_check()).limit(limit)
    if wanted.group_number is not None:
        query = query.where(Group.number == wanted.group_number)
    if wanted.rule_code is not None:
        query = query.where(Rule.code == wanted.rule_code)
    if wanted.group_ids is not None:
        query = query.where(Group.id.in_(wanted.group_ids))
    if before is not None:
        query = query.where(Claim.serial < before)
    return session().scalars(query).all()


def check_count(village_id: int, group_ids: frozenset[int] | None = None) -> int:
    """How many claims wait for the first check, of these groups or of all."""
    query = select(func.count(Claim.id)).join(Claim.rule).where(Claim.village_id == village_id, *_waits_for_check())
    if group_ids is not None:
        query = query.join(Claim.household).where(Household.group_id.in_(group_ids))
    return session().scalar(query) or 0


def rules_waiting(village_id: int) -> list[tuple[str, str, int]]:
    """Code, name and how many wait for the first check, of each rule that has any; those with most first."""
    query = (
        select(Rule.code, func.max(Rule.name), func.count(Claim.id))
        .join(Claim, Claim.rule_id == Rule.id)
        .where(Claim.village_id == village_id, *_waits_for_check())
        .group_by(Rule.code)
        .order_by(func.count(Claim.id).desc(), Rule.code)
        .limit(RULES_LISTED_MAX)
    )
    return [(code, name, count) for code, name, count in session().execute(query)]


def _whose(actor_key: str | None) -> ColumnElement[bool]:
    """What a person claimed or typed; everybody's with None."""
    return true() if actor_key is None else or_(Claim.claimed_by == actor_key, Claim.actor == actor_key)


def claims_to_mend(
    village_id: int, state: ClaimState, actor_key: str | None, *, before: int | None = None, limit: int = CHECK_LINES
) -> Sequence[Claim]:
    """What came back (RETURNED) or is kept as a draft (DRAFT), the newest first, by key; a person's or everybody's."""
    query = _pending(village_id).where(Claim.state == state, _whose(actor_key)).limit(limit)
    if before is not None:
        query = query.where(Claim.serial < before)
    return session().scalars(query).all()


def counts_to_mend(village_id: int, actor_key: str | None) -> dict[ClaimState, int]:
    """How many claims came back and how many drafts wait, as claims_to_mend lists them."""
    states = (ClaimState.DRAFT, ClaimState.RETURNED)
    query = select(Claim.state, func.count(Claim.id)).where(
        Claim.village_id == village_id, Claim.state.in_(states), _whose(actor_key)
    )
    found = {state: count for state, count in session().execute(query.group_by(Claim.state))}  # noqa: C416 - rows, not pairs
    return {state: found.get(state, 0) for state in states}


def last_reasons(village_id: int, serials: Sequence[int]) -> dict[int, str]:
    """Why claims are where they are: the reason of each one's last move, by serial."""
    last = (
        select(func.max(ClaimEvent.sequence))
        .where(ClaimEvent.village_id == village_id, ClaimEvent.claim_serial.in_(serials))
        .group_by(ClaimEvent.claim_serial)
    )
    query = (
        select(ClaimEvent.claim_serial, ClaimEventText.text)
        .join(
            ClaimEventText,
            (ClaimEventText.village_id == ClaimEvent.village_id) & (ClaimEventText.sequence == ClaimEvent.sequence),
        )
        .where(ClaimEvent.village_id == village_id, ClaimEvent.sequence.in_(last))
    )
    return {serial: text or "" for serial, text in session().execute(query)}


def evidence_counts(village_id: int, claim_ids: Sequence[int]) -> dict[int, int]:
    """How many pieces of evidence claims have, by their ids; those without any are left out."""
    query = (
        select(Evidence.claim_id, func.count(Evidence.id))
        .where(Evidence.village_id == village_id, Evidence.claim_id.in_(claim_ids), Evidence.removed_at.is_(None))
        .group_by(Evidence.claim_id)
    )
    return {claim_id: count for claim_id, count in session().execute(query)}  # noqa: C416 - rows, not pairs
