"""From a line of the book back to where it comes from: entry, claim, evidence, rule, clause, meeting, notice, reversal.

Who objected, and what an objection says, is never part of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, literal, or_, select
from sqlalchemy.orm import contains_eager, defer, joinedload

from pointsbank.covenant.models import Adoption, Clause, Covenant, CovenantState, Rule, RuleBook, Subject
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
from pointsbank.deeds.queries.evidence import evidence_of
from pointsbank.deeds.services import SOURCE
from pointsbank.foundation import periods
from pointsbank.foundation.database import session
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.errors import UnknownTransferError
from pointsbank.ledger.models import Book, Transfer, TransferText
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
    entry = _entry(village.id, literal(sequence)) if 1 <= sequence <= ledger.SEQUENCE_MAX else None
    if entry is None:
        raise UnknownTransferError("账上没有这一笔。请核对凭证号。")
    return _way_of(village, entry)


def _way_of(village: Place, entry: TracedEntry) -> Trace:
    transfer = entry.transfer
    reversals = _referring(village.id, transfer.sequence)
    if transfer.source_type != SOURCE:
        return Trace(entry, None, (), (), None, None, (), None, reversals)
    claim, adoption = _claim(village.id, transfer.source_serial)
    if claim is None:
        return Trace(entry, None, (), (), None, None, (), None, reversals)
    return Trace(
        entry=entry,
        claim=claim,
        steps=deeds.steps_of(village.id, claim.serial),
        evidence=evidence_of(village.id, claim.id),
        rule=TracedRule(claim.rule, adoption),
        clause=_clause(village.id, claim),
        decisions=_decisions(village.id, claim.id),
        notice=_notice(village.id, claim),
        reversals=reversals,
    )


def _entry(village_id: int, sequence: ColumnElement[int]) -> TracedEntry | None:
    """The line with this sequence, with its text and household; None where there is none."""
    of_whom = case((Transfer.from_household != 0, Transfer.from_household), else_=Transfer.to_household)
    row = (
        session()
        .execute(
            select(Transfer, TransferText.text, Household)
            .outerjoin(
                TransferText,
                (TransferText.village_id == Transfer.village_id) & (TransferText.sequence == Transfer.sequence),
            )
            .outerjoin(Household, (Household.village_id == Transfer.village_id) & (Household.serial == of_whom))
            .options(joinedload(Household.group))
            .where(Transfer.village_id == village_id, Transfer.sequence == sequence)
        )
        .one_or_none()
    )
    if row is None:
        return None
    transfer, text, household = row
    if transfer.book is Book.FUND:
        raise UnknownTransferError("这一笔是爱心超市资金的收支，不是积分。请到“资金”里看。")
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


def _claim(village_id: int, serial: int) -> tuple[Claim | None, Adoption | None]:
    """A claim with its rule, its notice and the sheets of that, and how the version of the rules was adopted."""
    adopted = and_(
        Adoption.village_id == RuleBook.village_id,
        Adoption.subject == Subject.RULE_BOOK,
        Adoption.subject_version == RuleBook.version,
    )
    query = (
        select(Claim, Adoption)
        .join(Claim.rule)
        .join(Rule.book)
        .outerjoin(Adoption, adopted)
        .options(
            contains_eager(Claim.rule).contains_eager(Rule.book),
            joinedload(Claim.household).joinedload(Household.group),
            joinedload(Claim.resident),
            joinedload(Claim.notice).joinedload(Notice.hangings).joinedload(Hanging.group),
        )
        .where(Claim.village_id == village_id, Claim.serial == serial)
    )
    found = session().execute(query).unique().one_or_none()
    return (found[0], found[1]) if found else (None, None)


def _clause(village_id: int, claim: Claim) -> TracedClause | None:
    """The clause as it stood on the day of the deed, else as the newest text has it."""
    if not claim.rule.clause_code:
        return None
    texts = select(Covenant.id).where(Covenant.village_id == village_id, Covenant.state == CovenantState.ADOPTED)
    newest_first = texts.order_by(Covenant.effective_on.desc(), Covenant.version.desc())
    of_day = newest_first.where(Covenant.effective_on <= claim.occurred_on).limit(1).scalar_subquery()
    latest = texts.order_by(Covenant.version.desc()).limit(1).scalar_subquery()
    adopted = and_(
        Adoption.village_id == Covenant.village_id,
        Adoption.subject == Subject.COVENANT,
        Adoption.subject_version == Covenant.version,
    )
    query = (
        select(Clause, Covenant, Adoption)
        .join(Covenant, Covenant.id == Clause.covenant_id)
        .outerjoin(Adoption, adopted)
        .where(Clause.code == claim.rule.clause_code, Covenant.id.in_((of_day, latest)))
        .order_by(case((Covenant.id == of_day, 0), else_=1), Clause.position)
        .limit(1)
    )
    row = session().execute(query).first()
    return TracedClause(row[0], row[1], row[2]) if row else None


def _decisions(village_id: int, claim_id: int) -> Sequence[Decision]:
    query = (
        select(Decision)
        .options(joinedload(Decision.meeting), joinedload(Decision.recusals).joinedload(Recusal.staff))
        .where(Decision.village_id == village_id, Decision.claim_id == claim_id, Decision.taken_back_at.is_(None))
        .order_by(Decision.decided_at, Decision.id)
    )
    return session().scalars(query).unique().all()


def _notice(village_id: int, claim: Claim) -> TracedNotice | None:
    notice = claim.notice
    if notice is None or notice.village_id != village_id:
        return None
    objections = session().scalars(
        select(Objection)
        .options(defer(Objection.objector_sealed, raiseload=True))
        .where(Objection.village_id == village_id, Objection.claim_id == claim.id)
        .order_by(Objection.serial)
    )
    return TracedNotice(notice, notice.hangings, objections.all())


def whole_way(village: Place, today: date) -> Trace | None:
    """A good deed that went all the way, to show to visitors: the newest of last month, else before it.

    Wanted is one that a meeting decided on and that hung on the wall; where there is none, any that is booked.
    """
    last_month = periods.previous_period(periods.period_of(today))
    decided = select(Decision.id).where(Decision.claim_id == Claim.id, Decision.taken_back_at.is_(None)).exists()
    went_through = and_(Claim.notice_id.is_not(None), decided)
    sequence = (
        select(Transfer.sequence)
        .join(Claim, (Claim.village_id == Transfer.village_id) & (Claim.serial == Transfer.source_serial))
        .where(
            Transfer.village_id == village.id,
            Transfer.source_type == SOURCE,
            Transfer.kind == "earn",
            Claim.state == ClaimState.BOOKED,
            Claim.points > 0,
            or_(went_through, Claim.period <= last_month),
        )
        .order_by(
            case((went_through, 0), else_=1),
            case((Claim.period == last_month, 0), else_=1),
            Claim.period.desc(),
            Claim.serial.desc(),
        )
        .limit(1)
    )
    entry = _entry(village.id, sequence.scalar_subquery())
    return _way_of(village, entry) if entry else None
