"""Deductions: the household is told first and may answer. Suspensions: ended early where there is a reason."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from pointsbank.audit import services as audit
from pointsbank.deeds.errors import ClaimChangedError, DeedRefusedError, NothingToTellError, RecusedError
from pointsbank.deeds.models import STATE_NAMES, Claim, Suspension
from pointsbank.deeds.queries.deductions import TELL_ACTION, UNDECIDED
from pointsbank.deeds.queries.panel import own_households
from pointsbank.deeds.services.moves import locked, refuse_other_groups, refuse_own
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import ConflictError, NotFoundError
from pointsbank.foundation.texts import clean_text
from pointsbank.places import queries as places
from pointsbank.places.models import Place

HOW_LENGTH_MAX = 60
ANSWER_LENGTH_MAX = 300  # what the table holds
REASON_LENGTH_MAX = 100


def tell(village: Place, serial: int, told_on: date, how: str, seen_revision: int, actor: Actor) -> date:
    """Note when and how a household was told of a deduction; gives the last day of its answer.

    A note that was mistaken is written again, as long as nothing is decided and nobody answered.
    Raises UnknownClaimError, ClaimChangedError, NothingToTellError, DeedRefusedError, InvalidInputError,
    NotYourGroupError, RecusedError for one's own household or close kin: each new note gives new days.
    """
    how = clean_text(how, what="怎样告知的", length_max=HOW_LENGTH_MAX, required=True, field="how")
    with transaction():
        claim = _deduction(village, serial, seen_revision, actor)
        refuse_own(village.id, [claim], actor)
        if claim.answered_on is not None:
            raise NothingToTellError(f"第 {serial} 号这一户已经说明过了，不用再告知。")
        if told_on > clock.today():
            raise DeedRefusedError("告知的日子还没到，请填今天或以前。", field="told_on")
        if told_on < claim.occurred_on:
            raise DeedRefusedError("告知不会早于事情发生的那天，请核对日期。", field="told_on")
        answer_by = told_on + timedelta(days=places.settings_now(village.id).answer_days)
        claim.told_on, claim.answer_by = told_on, answer_by
        claim.revision += 1
        audit.record(village.id, actor, TELL_ACTION, f"claim:{serial}", how)
        return answer_by


def answer(village: Place, serial: int, answered_on: date, words: str, seen_revision: int, actor: Actor) -> None:
    """Keep what the household says to a deduction. Raises what tell raises, but for RecusedError."""
    words = clean_text(words, what="说明", length_max=ANSWER_LENGTH_MAX, required=True, field="answer")
    with transaction():
        claim = _deduction(village, serial, seen_revision, actor)
        if claim.told_on is None:
            raise NothingToTellError(f"第 {serial} 号还没有告知这一户，请先登记告知。")
        if not claim.told_on <= answered_on <= clock.today():
            raise DeedRefusedError("说明的日子要在告知那天到今天之间。", field="answered_on")
        claim.answer, claim.answered_on = words, answered_on
        claim.revision += 1
        audit.record(village.id, actor, "deduction.answer", f"claim:{serial}")


def _deduction(village: Place, serial: int, seen_revision: int, actor: Actor) -> Claim:
    """The claim under its lock, if it is a deduction that nobody has decided on and that is as it was seen."""
    [claim] = locked(village.id, [serial])
    refuse_other_groups(village.id, [claim.household], actor)
    if not claim.rule.is_sanction:
        raise NothingToTellError(f"第 {serial} 号不是扣分，不用告知。")
    if claim.state not in UNDECIDED:
        raise NothingToTellError(f"第 {serial} 号现在是“{STATE_NAMES[claim.state]}”，告知和说明都不能再改。")
    if claim.revision != seen_revision:
        raise ClaimChangedError(serial)
    return claim


def lift(village: Place, suspension_id: int, reason: str, actor: Actor) -> Suspension:
    """End a suspension before its day: from today the person earns again.

    Raises NotFoundError, ConflictError when it holds no more, RecusedError for one's own household or close kin,
    InvalidInputError for a missing reason.
    """
    reason = clean_text(reason, what="原因", length_max=REASON_LENGTH_MAX, required=True, field="reason")
    with transaction():
        query = select(Suspension).where(Suspension.id == suspension_id, Suspension.village_id == village.id)
        query = query.options(joinedload(Suspension.resident), joinedload(Suspension.claim))
        suspension = session().scalar(query.with_for_update(of=Suspension))
        if suspension is None:
            raise NotFoundError("没有找到这条暂停。请返回列表重新选择。")
        if suspension.lifted_on is not None or suspension.until < clock.today():
            raise ConflictError("这条暂停已经结束了。请刷新页面看看。")
        own = own_households(village.id, actor)
        if suspension.resident.household_id in own:
            raise RecusedError(suspension.claim.serial, own[suspension.resident.household_id])
        suspension.lifted_on = clock.today()
        audit.record(village.id, actor, "suspension.lift", f"claim:{suspension.claim.serial}", reason)
        return suspension
