"""Proof that claims are whole: their moves in a chain and legal, every booked point in the ledger, no more, no less.

What a meeting decided, or an objection changed, is what the claim stands at; what hung on the wall was not booked
before its days were over.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, load_only

from pointsbank.audit.queries import erased_subjects
from pointsbank.covenant.models import Rule
from pointsbank.deeds.errors import UnknownEvidenceError
from pointsbank.deeds.models import (
    DECIDED_STATES,
    STATE_NAMES,
    Claim,
    ClaimEvent,
    ClaimEventText,
    ClaimState,
    Decision,
    Evidence,
    Hanging,
    Notice,
    Objection,
    ObjectionOutcome,
    Outcome,
)
from pointsbank.deeds.policies import MOVES
from pointsbank.deeds.queries.evidence import file_of
from pointsbank.deeds.services import CHAIN, SOURCE, digest_of, event_fields
from pointsbank.deeds.services.evidence_files import folder_of
from pointsbank.foundation import chain, stored_files
from pointsbank.foundation.clock import day_of
from pointsbank.foundation.database import session
from pointsbank.foundation.points import format_points, times
from pointsbank.ledger.models import Transfer, TransferKind
from pointsbank.places.models import Place

TITLE = "申报流转记录"
ROWS_AT_ONCE = 2_000

_SIGNS = {
    TransferKind.EARN: 1,
    TransferKind.EARN_REVERSAL: -1,
    TransferKind.DEDUCT: -1,
    TransferKind.DEDUCT_REVERSAL: 1,
}


def problems(village: Place) -> list[str]:
    """What is wrong with a village's claims."""
    head = chain.head_of(session(), village.id, CHAIN)
    last_states: dict[int, ClaimState] = {}
    illegal: list[str] = []
    found = list(chain.problems(_events(village.id, last_states, illegal), CHAIN, TITLE, head))
    return [
        *found,
        *illegal,
        *_text_problems(village.id),
        *_claim_problems(village.id, last_states),
        *_decision_problems(village.id),
        *_notice_problems(village.id),
    ]


def file_problems(village: Place, instance: Path) -> list[str]:
    """Kept files of evidence that are lost, or are no longer what was stored. instance: the folder of data.

    Reads every file, so it is asked outside the snapshot of the books: a piece that somebody removes
    meanwhile has no file any more and is no problem.
    """
    village_id, folder = village.id, folder_of(instance, village.code)
    found = {}
    for serial, piece in session().execute(_kept_files(village_id)).all():
        try:
            file_of(piece, stored_files.path_of(folder, piece.file_name))
        except UnknownEvidenceError as wrong:
            found[piece.id] = f"申报第{serial}号的材料 {piece.file_name}：{wrong.message}"
        except ValueError:  # no name that store() gives
            found[piece.id] = f"申报第{serial}号：材料的文件名被改动过"
    if not found:
        return []
    session().rollback()
    there = {piece.id for _, piece in session().execute(_kept_files(village_id))}
    return [problem for piece_id, problem in found.items() if piece_id in there]


def _kept_files(village_id: int) -> Select[int, Evidence]:
    """Serials of claims with the pieces of evidence that have a file; only what names and proves it is read."""
    return (
        select(Claim.serial, Evidence)
        .join(Evidence.claim)
        .where(Evidence.village_id == village_id, Evidence.file_name != "", Evidence.removed_at.is_(None))
        .options(load_only(Evidence.file_name, Evidence.file_digest))
        .order_by(Claim.serial, Evidence.id)
    )


def _events(village_id: int, last_states: dict[int, ClaimState], illegal: list[str]) -> Iterator[chain.ChainedRow]:
    """The moves as a chain; on the way the last state of each claim, and every move that the machine does not have."""
    query = select(ClaimEvent).where(ClaimEvent.village_id == village_id).order_by(ClaimEvent.sequence)
    for event in session().scalars(query.execution_options(yield_per=ROWS_AT_ONCE)):
        before = last_states.get(event.claim_serial, ClaimState.DRAFT)
        if event.from_state is not before or event.to_state not in MOVES[event.from_state]:
            illegal.append(
                f"{TITLE}第{event.sequence}笔：从{STATE_NAMES[before]}到{STATE_NAMES[event.to_state]}不合程序"
            )
        last_states[event.claim_serial] = event.to_state
        fields = event_fields(
            event.claim_serial, event.from_state, event.to_state, event.at, event.actor, event.text_digest
        )
        yield chain.ChainedRow(event.sequence, event.previous_digest, event.digest, fields)


def _text_problems(village_id: int) -> Iterator[str]:
    erased = erased_subjects(village_id)
    query = (
        select(ClaimEvent.sequence, ClaimEvent.text_digest, ClaimEventText.salt, ClaimEventText.text)
        .outerjoin(
            ClaimEventText,
            (ClaimEventText.village_id == ClaimEvent.village_id) & (ClaimEventText.sequence == ClaimEvent.sequence),
        )
        .where(ClaimEvent.village_id == village_id)
        .order_by(ClaimEvent.sequence)
    )
    for sequence, digest, salt, text in session().execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        is_erased = f"claim_event_texts:{sequence}" in erased
        problem = chain.text_problem(f"{TITLE}第{sequence}笔", digest, salt, text, erased=is_erased)
        if problem:
            yield problem


def _claim_problems(village_id: int, last_states: dict[int, ClaimState]) -> Iterator[str]:
    booked = _booked_points(village_id)
    digests, asked = _booked_digests(village_id), _asked_before(village_id)
    query = (
        select(Claim)
        .where(Claim.village_id == village_id)
        .options(joinedload(Claim.household), joinedload(Claim.resident), joinedload(Claim.rule).joinedload(Rule.book))
        .order_by(Claim.serial)
    )
    serials = set()
    for claim in session().scalars(query.execution_options(yield_per=ROWS_AT_ONCE)):
        place = f"申报第{claim.serial}号"
        serials.add(claim.serial)
        if last_states.get(claim.serial, ClaimState.DRAFT) is not claim.state:
            yield f"{place}：状态与流转记录不符"
        expected = claim.points if claim.state is ClaimState.BOOKED else 0
        if booked.get(claim.serial, 0) != expected:
            in_book = format_points(booked.get(claim.serial, 0))
            yield f"{place}：应记 {format_points(expected)} 分，账上记了 {in_book} 分"
        if digests.get(claim.serial, {digest_of(claim)}) != {digest_of(claim)}:
            yield f"{place}：内容与入账时不符，被改动过"
        by_rule = times(claim.rule.points, claim.quantity)
        if asked.get(claim.id, claim.points_asked) not in (by_rule, None):
            yield f"{place}：按细则 {claim.rule.code} 应是 {format_points(by_rule)} 分，细则或申报被改动过"
    for serial in sorted((set(booked) | set(last_states)) - serials):
        yield f"申报第{serial}号：账上或流转记录里有，申报却不见了"


def _asked_before(village_id: int) -> dict[int, int | None]:
    """What claims asked for before the first meeting or an objection could change it; None where that is not known."""
    adjusted = select(Objection.claim_id).where(
        Objection.village_id == village_id, Objection.outcome == ObjectionOutcome.ADJUSTED
    )
    found: dict[int, int | None] = dict.fromkeys(session().scalars(adjusted))
    decisions = select(Decision.claim_id, Decision.asked_before).where(Decision.village_id == village_id)
    for claim_id, before in session().execute(decisions.order_by(Decision.decided_at.desc(), Decision.id.desc())):
        found[claim_id] = before  # the earliest comes last
    return found


def _decision_problems(village_id: int) -> Iterator[str]:
    """Claims that stand at other points than the last decision, or the objection after it, gave them."""
    given: dict[int, tuple[datetime, int]] = {}
    decisions = select(Decision.claim_id, Decision.decided_at, Decision.points).where(
        Decision.village_id == village_id, Decision.outcome == Outcome.APPROVED, Decision.taken_back_at.is_(None)
    )
    objections = select(Objection.claim_id, Objection.decided_at, Objection.points_after).where(
        Objection.village_id == village_id, Objection.outcome == ObjectionOutcome.ADJUSTED
    )
    for query in (decisions, objections):
        for claim_id, at, points in session().execute(query):
            if at is not None and points is not None and (claim_id not in given or given[claim_id][0] <= at):
                given[claim_id] = (at, points)
    states = (*DECIDED_STATES, ClaimState.BOOKED)
    claims = select(Claim.id, Claim.serial, Claim.points).where(Claim.village_id == village_id, Claim.state.in_(states))
    for claim_id, serial, points in session().execute(claims.order_by(Claim.serial)):
        if claim_id in given and given[claim_id][1] != points:
            decided = format_points(given[claim_id][1])
            yield f"申报第{serial}号：评议定的是 {decided} 分，现在是 {format_points(points)} 分，被改动过"


def _notice_problems(village_id: int) -> Iterator[str]:
    """Notices that end before their days are over, and claims that were booked before that."""
    yield from _hanging_problems(village_id)
    query = (
        select(Claim.serial, Claim.booked_at, Notice.last_day)
        .join(Notice, Notice.id == Claim.notice_id)
        .where(Claim.village_id == village_id, Claim.booked_at.is_not(None))
        .order_by(Claim.serial)
    )
    for serial, booked_at, last_day in session().execute(query):
        if last_day is None or (booked_at is not None and day_of(booked_at) <= last_day):
            yield f"申报第{serial}号：公示期没满就入了账"


def _hanging_problems(village_id: int) -> Iterator[str]:
    """A notice ends so many days after its last sheet hung; working days are at least as many as calendar days."""
    hung = (
        select(Hanging.notice_id, func.max(Hanging.hung_on).label("last"))
        .where(Hanging.village_id == village_id)
        .group_by(Hanging.notice_id)
        .subquery()
    )
    query = (
        select(Notice, hung.c.last)
        .join(hung, hung.c.notice_id == Notice.id)
        .where(Notice.village_id == village_id, Notice.last_day.is_not(None))
        .order_by(Notice.serial)
    )
    for notice, last in session().execute(query):
        least = last + timedelta(days=notice.days) if last is not None else None
        fits = least is not None and (notice.last_day >= least if notice.working_days else notice.last_day == least)
        if not fits:
            yield f"第{notice.serial}期公示：张贴的日子和期满日对不上，被改动过"


def _booked_points(village_id: int) -> dict[int, int]:
    """What the ledger holds for each claim, with sign."""
    query = (
        select(Transfer.source_serial, Transfer.kind, func.sum(Transfer.amount))
        .where(Transfer.village_id == village_id, Transfer.source_type == SOURCE, Transfer.kind.in_(_SIGNS))
        .group_by(Transfer.source_serial, Transfer.kind)
    )
    booked: dict[int, int] = {}
    for serial, kind, amount in session().execute(query):
        booked[serial] = booked.get(serial, 0) + _SIGNS[kind] * int(amount)
    return booked


def _booked_digests(village_id: int) -> dict[int, set[bytes | None]]:
    query = (
        select(Transfer.source_serial, Transfer.source_digest)
        .where(Transfer.village_id == village_id, Transfer.source_type == SOURCE)
        .distinct()
    )
    digests: dict[int, set[bytes | None]] = {}
    for serial, digest in session().execute(query):
        digests.setdefault(serial, set()).add(digest)
    return digests
