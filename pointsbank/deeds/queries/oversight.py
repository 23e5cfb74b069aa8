"""Reading objections and what the supervision committee does: samples, questions, signatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, not_, select
from sqlalchemy.orm import joinedload

from pointsbank.deeds.errors import UnknownObjectionError
from pointsbank.deeds.models import Claim, ClaimState, MonthSignature, Objection, Question, Sample
from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.periods import days_of
from pointsbank.people.models import Household

OBJECTIONS_PER_PAGE = 30
SAMPLES_SHOWN = 20
QUESTIONS_SHOWN = 20
SIGNATURES_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Open:
    """How many things wait, and how many of them past their day."""

    count: int
    overdue: int


def objections(
    village_id: int, *, is_open: bool, before: int | None = None, limit: int = OBJECTIONS_PER_PAGE
) -> Sequence[Objection]:
    """Objections, open ones by their day and decided ones the newest first; a page by key of decided ones: before."""
    query = _objections(village_id).limit(limit)
    if is_open:
        query = query.where(Objection.outcome.is_(None)).order_by(Objection.decide_by, Objection.serial)
    else:
        query = query.where(Objection.outcome.is_not(None)).order_by(Objection.serial.desc())
    if before is not None:
        query = query.where(Objection.serial < before)
    return session().scalars(query).all()


def _objections(village_id: int) -> Select[Objection]:
    claim = joinedload(Objection.claim)
    return (
        select(Objection)
        .where(Objection.village_id == village_id)
        .options(
            claim.joinedload(Claim.household).joinedload(Household.group),
            claim.joinedload(Claim.resident),
            claim.joinedload(Claim.rule),
            claim.joinedload(Claim.notice),
            joinedload(Objection.examiner),
        )
    )


def objection(village_id: int, serial: int) -> Objection:
    """An objection by its serial. Raises UnknownObjectionError."""
    found = session().scalar(_objections(village_id).where(Objection.serial == serial))
    if found is None:
        raise UnknownObjectionError
    return found


def objections_of(claim_id: int) -> Sequence[Objection]:
    """All that was said against a claim, in order."""
    query = select(Objection).where(Objection.claim_id == claim_id).order_by(Objection.serial)
    return session().scalars(query.options(joinedload(Objection.examiner))).all()


def open_objections(village_id: int) -> Open:
    """How many objections are not decided, and how many of them are past their day."""
    return _open(select(Objection.decide_by).where(Objection.village_id == village_id, Objection.outcome.is_(None)))


def open_questions(village_id: int) -> Open:
    """How many questions are not answered, and how many of them are past their day."""
    return _open(select(Question.answer_by).where(Question.village_id == village_id, Question.answered_at.is_(None)))


def _open(days: Select[date]) -> Open:
    due = days.subquery()
    late = func.count().filter(due.c[0] < clock.today())
    count, overdue = session().execute(select(func.count(), late).select_from(due)).one()
    return Open(count, overdue)


def samples(village_id: int, *, limit: int = SAMPLES_SHOWN) -> Sequence[Sample]:
    """What was drawn: without a remark first, then the newest."""
    claim = joinedload(Sample.claim)
    query = (
        select(Sample)
        .where(Sample.village_id == village_id)
        .options(
            claim.joinedload(Claim.household).joinedload(Household.group),
            claim.joinedload(Claim.resident),
            claim.joinedload(Claim.rule),
        )
        .order_by(Sample.remarked_at.is_not(None), Sample.drawn_at.desc(), Sample.id)
        .limit(limit)
    )
    return session().scalars(query).all()


def sample(village_id: int, claim_serial: int) -> Sample:
    """A sample by its claim's serial. Raises NotFoundError."""
    query = select(Sample).join(Sample.claim).where(Sample.village_id == village_id, Claim.serial == claim_serial)
    found = session().scalar(query)
    if found is None:
        raise NotFoundError("这一件没有被抽到。请返回监督页重新选择。")
    return found


def sampling_counts(village_id: int) -> tuple[int, int]:
    """How many claims can be drawn, approved, on no notice and not picked yet; and how many samples lack a remark."""
    picked = select(Sample.id).where(Sample.claim_id == Claim.id).exists()
    fresh = select(func.count(Claim.id)).where(
        Claim.village_id == village_id, Claim.state == ClaimState.APPROVED, ~picked
    )
    silent = select(func.count(Sample.id)).where(Sample.village_id == village_id, Sample.remarked_at.is_(None))
    can_be_drawn, without = session().execute(select(fresh.scalar_subquery(), silent.scalar_subquery())).one()
    return can_be_drawn, without


def sampled_of(notice_id: int) -> int:
    """How many items of a notice had been picked as samples."""
    query = select(func.count()).select_from(Sample).join(Sample.claim).where(Claim.notice_id == notice_id)
    return session().scalar(query) or 0


def questions(
    village_id: int, *, is_open: bool, before: int | None = None, limit: int = QUESTIONS_SHOWN
) -> Sequence[Question]:
    """Questions, open ones by their day and answered ones the newest first; a page by key of answered ones: before."""
    query = select(Question).where(Question.village_id == village_id).options(joinedload(Question.claim)).limit(limit)
    if is_open:
        query = query.where(Question.answered_at.is_(None)).order_by(Question.answer_by, Question.serial)
    else:
        query = query.where(Question.answered_at.is_not(None)).order_by(Question.serial.desc())
    if before is not None:
        query = query.where(Question.serial < before)
    return session().scalars(query).all()


def question(village_id: int, serial: int) -> Question:
    """A question by its serial. Raises NotFoundError."""
    query = select(Question).where(Question.village_id == village_id, Question.serial == serial)
    found = session().scalar(query.options(joinedload(Question.claim)))
    if found is None:
        raise NotFoundError("没有这个问题。请返回监督页重新选择。")
    return found


def signatures(village_id: int, *, limit: int = SIGNATURES_SHOWN) -> Sequence[MonthSignature]:
    """Who signed which month, the newest month first."""
    query = (
        select(MonthSignature)
        .where(MonthSignature.village_id == village_id)
        .options(joinedload(MonthSignature.staff))
        .order_by(MonthSignature.period.desc(), MonthSignature.signed_at, MonthSignature.id)
        .limit(limit)
    )
    return session().scalars(query).all()


def has_claims(village_id: int, period: str) -> ColumnElement[bool]:
    """Whether anything that happened in a month was claimed, drafts aside."""
    first, last = days_of(period)
    claims = select(Claim.id).where(
        Claim.village_id == village_id,
        Claim.occurred_on.between(first, last),
        Claim.state != ClaimState.DRAFT,
    )
    return claims.exists()


def waits_for_signature(village_id: int, staff_id: int, period: str) -> ColumnElement[bool]:
    """Whether a month has claims and a person has not signed it yet; of a month that is over."""
    signed = select(MonthSignature.id).where(
        MonthSignature.village_id == village_id,
        MonthSignature.period == period,
        MonthSignature.staff_id == staff_id,
    )
    return and_(has_claims(village_id, period), not_(signed.exists()))


def months_to_sign(village_id: int, staff_id: int, periods: Sequence[str]) -> list[str]:
    """Those of some months that a person may still sign, in their order."""
    waits = [waits_for_signature(village_id, staff_id, period) for period in periods]
    row = session().execute(select(*waits)).one()
    return [period for period, one in zip(periods, row, strict=True) if one]
