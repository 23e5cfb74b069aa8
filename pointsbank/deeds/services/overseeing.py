"""What the supervision committee does every month: samples before the notice, questions with a day, its signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from pointsbank.audit import services as audit
from pointsbank.deeds.errors import OversightRefusedError
from pointsbank.deeds.models import Claim, ClaimState, MonthSignature, Question, Sample
from pointsbank.deeds.queries.oversight import has_claims
from pointsbank.deeds.services.moves import CHAIN, locked, refuse_own
from pointsbank.foundation import chain, clock, identifiers
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotAllowedError, NotFoundError, PointsBankError
from pointsbank.foundation.periods import parse_period, period_of, period_title
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place

SAMPLE_CLAIMS = 10  # at a time, as the field does it
REMARK_LENGTH_MAX = 200
QUESTION_LENGTH_MAX = 300
ANSWER_LENGTH_MAX = 500
ANSWER_DAYS_MAX = 60


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """What is asked, by when it is to be answered, and about which claim, if about one."""

    text: str
    answer_by: date
    claim_serial: int | None = None


def draw(village: Place, actor: Actor, key: str) -> dict[str, Any]:
    """Let chance pick approved claims that are on no notice and were not picked before: SAMPLE_CLAIMS, or all.

    Gives {"claims": [serials]}. Raises OversightRefusedError when there is none.
    """

    def act() -> dict[str, Any]:
        waiting = select(Claim).where(Claim.village_id == village.id, Claim.state == ClaimState.APPROVED)
        claims = list(session().scalars(waiting.order_by(Claim.serial).with_for_update(of=Claim)))
        known = select(Sample.claim_id).join(Sample.claim).where(Claim.village_id == village.id)
        seen = set(
            session().scalars(known.where(Claim.state == ClaimState.APPROVED))
        )  # after the lock: nobody draws too
        fresh = [claim for claim in claims if claim.id not in seen]
        if not fresh:
            raise OversightRefusedError("现在没有可抽的：评议通过、还没公示的都抽过了，或者还没有。")
        drawn = sorted(identifiers.drawn(fresh, SAMPLE_CLAIMS), key=lambda claim: claim.serial)
        for claim in drawn:
            sample = Sample(village_id=village.id, claim=claim, drawn_at=clock.now(), drawn_by=actor.key)
            session().add(sample)
        serials = [claim.serial for claim in drawn]
        audit.record(village.id, actor, "sample.draw", f"claims:{len(serials)}", "、".join(map(str, serials)))
        return {"claims": serials}

    return ledger.submit(village, key, "deeds.draw", {}, actor, act)


def remark(village: Place, claim_serial: int, text: str, actor: Actor, key: str) -> dict[str, Any]:
    """Say what was found in a sample, once.

    Gives {"claim": serial}. Raises NotFoundError for what was not drawn, OversightRefusedError when somebody has said
    it already, RecusedError for an item of one's own household or kin, InvalidInputError.
    """
    text = clean_text(text, what="抽查意见", length_max=REMARK_LENGTH_MAX, required=True, field="remark")

    def act() -> dict[str, Any]:
        _remark(village, claim_serial, text, actor)
        return {"claim": claim_serial}

    return ledger.submit(village, key, "deeds.remark", {"claim": claim_serial, "text": text}, actor, act)


def remark_all(village: Place, texts: Mapping[int, str], actor: Actor, key: str) -> dict[str, Any]:
    """Say what was found in several samples, by their claims' serials, each its own: all of it or nothing.

    Gives {"claims": [serials]}. Raises what remark does, at the field remark-SERIAL; InvalidInputError for none.
    """
    if not texts:
        raise InvalidInputError("还没有写意见。至少写一件，再记下。")
    written = {}
    for serial, text in sorted(texts.items()):
        field = f"remark-{serial}"
        written[serial] = clean_text(text, what="抽查意见", length_max=REMARK_LENGTH_MAX, required=True, field=field)

    def act() -> dict[str, Any]:
        for serial, text in written.items():  # in the order of serials: two who do this at once do not lock each other
            try:
                _remark(village, serial, text, actor)
            except PointsBankError as error:
                error.field = f"remark-{serial}"
                raise
        return {"claims": list(written)}

    content = {"texts": {str(serial): text for serial, text in written.items()}}
    return ledger.submit(village, key, "deeds.remark_all", content, actor, act)


def _remark(village: Place, claim_serial: int, text: str, actor: Actor) -> None:
    query = select(Sample).join(Sample.claim).where(Sample.village_id == village.id, Claim.serial == claim_serial)
    sample = session().scalar(query.with_for_update(of=Sample).execution_options(populate_existing=True))
    if sample is None:
        raise NotFoundError("这一件没有被抽到。请刷新页面。")
    refuse_own(village.id, [sample.claim], actor)
    if sample.remarked_at is not None:
        raise OversightRefusedError("这一件已经写过抽查意见了。还有话要说，请用“提问”。")
    sample.remark, sample.remarked_by, sample.remarked_at = text, actor.key, clock.now()
    audit.record(village.id, actor, "sample.remark", f"claim:{claim_serial}", text)


def ask(village: Place, draft: QuestionDraft, actor: Actor, key: str) -> dict[str, Any]:
    """Ask something, on a claim or in general, with a day by which the answer is wanted.

    Gives {"question": serial}. Raises UnknownClaimError, InvalidInputError.
    """
    text = clean_text(draft.text, what="问题", length_max=QUESTION_LENGTH_MAX, required=True, field="text")
    if draft.answer_by < clock.today():
        raise InvalidInputError("答复期限已经过去了，请填今天或以后的一天。", field="answer_by")
    if draft.answer_by > clock.today() + timedelta(days=ANSWER_DAYS_MAX):
        raise InvalidInputError(f"答复期限太远，最多 {ANSWER_DAYS_MAX} 天。", field="answer_by")

    def act() -> dict[str, Any]:
        claims = locked(village.id, [draft.claim_serial]) if draft.claim_serial is not None else []
        chain.lock_head(session(), village.id, CHAIN)  # nobody else takes the same number
        newest = session().scalar(select(func.max(Question.serial)).where(Question.village_id == village.id))
        question = Question(
            village_id=village.id,
            serial=(newest or 0) + 1,
            claim=claims[0] if claims else None,
            text=text,
            answer_by=draft.answer_by,
            asked_by=actor.key,
            asked_at=clock.now(),
        )
        session().add(question)
        audit.record(village.id, actor, "question.ask", f"question:{question.serial}", text)
        return {"question": question.serial}

    content = {"text": text, "answer_by": draft.answer_by.isoformat(), "claim": draft.claim_serial}
    return ledger.submit(village, key, "deeds.ask", content, actor, act)


def answer(village: Place, question_serial: int, text: str, actor: Actor, key: str) -> dict[str, Any]:
    """Answer a question, once; not one's own.

    Gives {"question": serial}. Raises NotFoundError, NotAllowedError, OversightRefusedError, InvalidInputError.
    """
    text = clean_text(text, what="答复", length_max=ANSWER_LENGTH_MAX, required=True, field="answer")

    def act() -> dict[str, Any]:
        query = select(Question).where(Question.village_id == village.id, Question.serial == question_serial)
        question = session().scalar(query.with_for_update().execution_options(populate_existing=True))
        if question is None:
            raise NotFoundError("没有这个问题。请刷新页面。")
        if question.asked_by == actor.key:
            raise NotAllowedError("自己提的问题要由别人答复。")
        if question.answered_at is not None:
            raise OversightRefusedError("这个问题已经答复过了。请看看答复的内容。")
        question.answer, question.answered_by, question.answered_at = text, actor.key, clock.now()
        audit.record(village.id, actor, "question.answer", f"question:{question.serial}", text)
        return {"question": question.serial}

    return ledger.submit(village, key, "deeds.answer", {"question": question_serial, "text": text}, actor, act)


def sign(village: Place, period: str, remark_text: str, actor: Actor, key: str) -> dict[str, Any]:
    """Sign a month that has ended and in which something happened, once for each member, with a remark or without.

    Gives {"period": YYYY-MM}. Raises InvalidInputError, OversightRefusedError, NotAllowedError for nobody of the staff.
    """
    parse_period(period, field="period")
    text = clean_text(remark_text, what="意见", length_max=REMARK_LENGTH_MAX, field="remark")
    staff_id = actor.id
    if staff_id is None:
        raise NotAllowedError
    if period >= period_of(clock.today()):
        raise OversightRefusedError(f"{period_title(period)}还没有过完，下个月再签。")
    if not session().scalar(select(has_claims(village.id, period))):
        raise OversightRefusedError(f"{period_title(period)}没有申报过的事，没有要签的。", field="period")

    def act() -> dict[str, Any]:
        chain.lock_head(session(), village.id, CHAIN)  # one after the other: nobody signs twice at once
        mine = select(MonthSignature.id).where(
            MonthSignature.village_id == village.id,
            MonthSignature.period == period,
            MonthSignature.staff_id == staff_id,
        )
        if session().scalar(mine) is not None:
            raise OversightRefusedError(f"{period_title(period)}您已经签过字了。")
        session().add(
            MonthSignature(village_id=village.id, period=period, staff_id=staff_id, remark=text, signed_at=clock.now())
        )
        audit.record(village.id, actor, "month.sign", f"month:{period}", text or period_title(period))
        return {"period": period}

    return ledger.submit(village, key, "deeds.sign_month", {"period": period, "remark": text}, actor, act)
