"""From a line of the book back to where it comes from: entry, claim, evidence, rule, clause, meeting, notice, reversal.

Who objected, and what an objection says, is never part of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload, selectinload

from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Adoption, Clause, Covenant, Rule, Subject
from pointsbank.deeds import queries as deeds
from pointsbank.deeds.models import (
    Claim,
    ClaimState,
    Decision,
    Evidence,
    Hanging,
    Notice,
    Objection,
    Recusal,
)
from pointsbank.deeds.queries import ClaimStep
from pointsbank.deeds.services import SOURCE
from pointsbank.foundation import periods
from pointsbank.foundation.database import session
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.errors import UnknownTransferError
from pointsbank.ledger.models import Transfer, TransferText
from pointsbank.people.models import Household
from pointsbank.places.models import Place

REVERSALS_MAX = 20  # a claim has as many as it made transfers: three at most


@dataclass(frozen=True, slots=True)
class TracedEntry:
    """A line of the book with its text. household: whose it is."""

    transfer: Transfer
    text: str
    household: Household

    @property
    def amount(self) -> int:
        """The change as the household sees it, with sign, in units; moves within the household as what goes out."""
        gets = self.transfer.from_household == 0
        return self.transfer.amount if gets else -self.transfer.amount


@dataclass(frozen=True, slots=True)
class TracedRule:
    """The rule that a claim counts by, with how its version was adopted, if that is recorded."""

    rule: Rule
    adoption: Adoption | None


@dataclass(frozen=True, slots=True)
class TracedClause:
    """The clause of the covenant that a rule comes from, in the text of the day, with how that was adopted."""

    clause: Clause
    covenant: Covenant
    adoption: Adoption | None


@dataclass(frozen=True, slots=True)
class TracedNotice:
    """The notice that a claim hung in, its sheets, and what was decided on objections to it."""

    notice: Notice
    hangings: Sequence[Hanging]
    objections: Sequence[Objection]


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole way of a line of the book; what there is none of is None or empty."""

    entry: TracedEntry
    claim: Claim | None
    steps: Sequence[ClaimStep]
    evidence: Sequence[Evidence]
    rule: TracedRule | None
    clause: TracedClause | None
    decisions: Sequence[Decision]
    notice: TracedNotice | None
    reversals: Sequence[Transfer]


def explain(village: Place, sequence: int) -> Trace:
    """The way of a line of the book. Raises UnknownTransferError."""
    entry = _entry(village.id, sequence)
    reversals = _referring(village.id, sequence)
    if entry.transfer.source_type != SOURCE:
        return Trace(entry, None, (), (), None, None, (), None, reversals)
    claim = _claim(village.id, entry.transfer.source_serial)
    if claim is None:
        return Trace(entry, None, (), (), None, None, (), None, reversals)
    return Trace(
        entry=entry,
        claim=claim,
        steps=deeds.steps_of(village.id, claim.serial),
        evidence=_evidence(village.id, claim.id),
        rule=TracedRule(claim.rule, covenant.adoption(village.id, Subject.RULE_BOOK, claim.rule.book.version)),
        clause=_clause(village.id, claim),
        decisions=_decisions(village.id, claim.id),
        notice=_notice(village.id, claim),
        reversals=reversals,
    )


def _entry(village_id: int, sequence: int) -> TracedEntry:
    transfer = session().get(Transfer, (village_id, sequence)) if 1 <= sequence <= ledger.SEQUENCE_MAX else None
    if transfer is None:
        raise UnknownTransferError("账上没有这一笔。请核对凭证号。")
    text = session().scalar(
        select(TransferText.text).where(TransferText.village_id == village_id, TransferText.sequence == sequence)
    )
    household = (
        session()
        .scalars(
            select(Household)
            .options(joinedload(Household.group))
            .where(
                Household.village_id == village_id,
                Household.serial == (transfer.from_household or transfer.to_household),
            )
        )
        .one_or_none()
    )
    if household is None:
        raise UnknownTransferError("账上这一笔的住户不在名册里。请用“核对”检查账本。")
    return TracedEntry(transfer, text or "", household)


def _referring(village_id: int, sequence: int) -> Sequence[Transfer]:
    """What undid or settled a line, in order."""
    query = (
        select(Transfer)
        .where(Transfer.village_id == village_id, Transfer.refers_to == sequence)
        .order_by(Transfer.sequence)
        .limit(REVERSALS_MAX)
    )
    return [row for row in session().scalars(query) if row.kind.value.endswith("_reversal")]


def _claim(village_id: int, serial: int) -> Claim | None:
    return session().scalar(
        select(Claim)
        .options(
            joinedload(Claim.rule).joinedload(Rule.book),
            joinedload(Claim.household).joinedload(Household.group),
            joinedload(Claim.resident),
        )
        .where(Claim.village_id == village_id, Claim.serial == serial)
    )


def _evidence(village_id: int, claim_id: int) -> Sequence[Evidence]:
    query = select(Evidence).where(
        Evidence.village_id == village_id, Evidence.claim_id == claim_id, Evidence.removed_at.is_(None)
    )
    return session().scalars(query.order_by(Evidence.created_at, Evidence.id)).all()


def _clause(village_id: int, claim: Claim) -> TracedClause | None:
    """The clause as it stood on the day of the deed, else as the newest text has it."""
    code = claim.rule.clause_code
    if not code:
        return None
    for text in (covenant.covenant_on(village_id, claim.occurred_on), covenant.latest_covenant(village_id)):
        clause = next((one for one in covenant.clauses_of(text) if one.code == code), None) if text else None
        if text is not None and clause is not None:
            return TracedClause(clause, text, covenant.adoption(village_id, Subject.COVENANT, text.version))
    return None


def _decisions(village_id: int, claim_id: int) -> Sequence[Decision]:
    query = (
        select(Decision)
        .options(joinedload(Decision.meeting), selectinload(Decision.recusals).joinedload(Recusal.staff))
        .where(Decision.village_id == village_id, Decision.claim_id == claim_id, Decision.taken_back_at.is_(None))
        .order_by(Decision.decided_at, Decision.id)
    )
    return session().scalars(query).all()


def _notice(village_id: int, claim: Claim) -> TracedNotice | None:
    if claim.notice_id is None:
        return None
    notice = session().get(Notice, claim.notice_id)
    if notice is None or notice.village_id != village_id:
        return None
    hangings = session().scalars(
        select(Hanging)
        .options(joinedload(Hanging.group))
        .where(Hanging.notice_id == notice.id)
        .order_by(Hanging.position)
    )
    objections = session().scalars(
        select(Objection)
        .options(defer(Objection.objector_sealed, raiseload=True))
        .where(Objection.village_id == village_id, Objection.claim_id == claim.id)
        .order_by(Objection.serial)
    )
    return TracedNotice(notice, hangings.all(), objections.all())


def whole_way(village: Place, today: date) -> int | None:
    """The line of a good deed that went all the way, to show to visitors: the newest of last month, else before it.

    Wanted is one that a meeting decided on and that hung on the wall; where there is none, any that is booked.
    """
    last_month = periods.previous_period(periods.period_of(today))
    booked = (
        select(Transfer.sequence)
        .join(Claim, (Claim.village_id == Transfer.village_id) & (Claim.serial == Transfer.source_serial))
        .where(
            Transfer.village_id == village.id,
            Transfer.source_type == SOURCE,
            Transfer.kind == "earn",
            Claim.state == ClaimState.BOOKED,
            Claim.points > 0,
        )
        .order_by((Claim.period == last_month).desc(), Claim.period.desc(), Claim.serial.desc())
        .limit(1)
    )
    decided = select(Decision.id).where(Decision.claim_id == Claim.id, Decision.taken_back_at.is_(None)).exists()
    went_through = booked.where(Claim.notice_id.is_not(None), decided)
    return session().scalar(went_through) or session().scalar(booked.where(Claim.period <= last_month))
