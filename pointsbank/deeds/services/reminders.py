"""整改提醒单: a household is asked in private to mend something; what is mended costs nothing."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from pointsbank.audit import services as audit
from pointsbank.covenant import queries as covenant
from pointsbank.deeds.errors import DeedRefusedError, RecusedError, ReminderEndedError, UnknownReminderError
from pointsbank.deeds.models import Claim, ClaimOrigin, Reminder
from pointsbank.deeds.queries import own_households
from pointsbank.deeds.services.drafts import DeedDraft
from pointsbank.deeds.services.moves import lock_households, refuse_other_groups
from pointsbank.deeds.services.recording import record
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.points import UNITS_PER_POINT
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.people import queries as people
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

TEXT_LENGTH_MAX = 200
MEND_DAYS_MAX = 90  # what may wait longer is no case for a reminder


@dataclass(frozen=True, slots=True)
class ReminderDraft:
    """What a household is asked to mend (text), by which day."""

    household_id: int
    rule_code: str
    text: str
    mend_by: date


def remind(village: Place, draft: ReminderDraft, actor: Actor, key: str) -> dict[str, Any]:
    """Make a reminder. Gives {"reminder": serial}.

    Raises NotFoundError, DeedRefusedError, NoRuleBookError, UnknownRuleError, InvalidInputError, NotYourGroupError.
    """
    text = clean_text(draft.text, what="要整改什么", length_max=TEXT_LENGTH_MAX, required=True, field="text")

    def act() -> dict[str, Any]:
        today = clock.today()
        household = people.household(village.id, draft.household_id)
        if household.closed_on is not None:
            raise DeedRefusedError("这一户已经注销，不用再提醒。", field="who")
        refuse_other_groups(village.id, [household], actor)
        rule = covenant.rule_on(village.id, today, draft.rule_code)
        if not (rule.is_deduction and rule.reminds_first):
            raise DeedRefusedError(f"“{rule.name}”没有写明先提醒整改，请按扣分办。", field="rule")
        if not today < draft.mend_by <= today + timedelta(days=MEND_DAYS_MAX):
            raise DeedRefusedError(f"整改期限要在明天以后、{MEND_DAYS_MAX} 天以内。", field="mend_by")
        lock_households(village.id, [household.id])
        lock_place(village.id)  # numbering
        last = session().scalar(select(func.max(Reminder.serial)).where(Reminder.village_id == village.id))
        reminder = Reminder(
            village_id=village.id,
            serial=(last or 0) + 1,
            household_id=household.id,
            rule_id=rule.id,
            text=text,
            mend_by=draft.mend_by,
            actor=actor.key,
            created_at=clock.now(),
        )
        session().add(reminder)
        audit.record(village.id, actor, "reminder.make", f"reminder:{reminder.serial}", rule.code)
        return {"reminder": reminder.serial}

    content = {
        "household": draft.household_id,
        "rule": draft.rule_code,
        "text": text,
        "mend_by": draft.mend_by.isoformat(),
    }
    return ledger.submit(village, key, "deeds.remind", content, actor, act)


def mend(village: Place, serial: int, mended_on: date, actor: Actor) -> None:
    """What was asked for is done: the reminder ends, no points move.

    Raises UnknownReminderError, ReminderEndedError, DeedRefusedError, NotYourGroupError, RecusedError for one's own
    household or close kin.
    """
    with transaction():
        reminder = _open_reminder(village, serial)
        refuse_other_groups(village.id, [reminder.household], actor)
        own = own_households(village.id, actor)
        if reminder.household_id in own:
            raise RecusedError(serial, own[reminder.household_id])
        if not clock.day_of(reminder.created_at) <= mended_on <= clock.today():
            raise DeedRefusedError("整改好的日子要在发单那天到今天之间。", field="mended_on")
        reminder.mended_on = mended_on
        audit.record(village.id, actor, "reminder.mend", f"reminder:{serial}", mended_on.isoformat())


def deduct(village: Place, serial: int, resident_id: int | None, actor: Actor, key: str) -> dict[str, Any]:
    """Past its day and not mended: a claim for the deduction begins its way, claimed by who made the reminder.

    The deed is of the day of the reminder, when the thing was seen. Gives what record gives. Raises
    UnknownReminderError, ReminderEndedError, and what record raises.
    """
    with transaction():
        reminder = _reminder(village, serial)
        draft = DeedDraft(
            reminder.household_id,
            reminder.rule.code,
            UNITS_PER_POINT,
            clock.day_of(reminder.created_at),
            resident_id,
            note=f"整改提醒单第 {serial} 号：{reminder.text}"[:200],
            late_reason="发过整改提醒单，到期没有整改。",
        )
        if reminder.claim_id is None:
            _open_reminder(village, serial)
            if clock.today() <= reminder.mend_by:
                raise ReminderEndedError(
                    f"整改期限是 {reminder.mend_by.month}月{reminder.mend_by.day}日，还没有过。过了再转为扣分。"
                )
        result = record(village, draft, actor, key, ClaimOrigin.SINGLE, claimed_by=reminder.actor)
        claim = select(Claim.id).where(Claim.village_id == village.id, Claim.serial == result["claim"])
        claim_id = session().scalar(claim)
        if reminder.claim_id not in (None, claim_id):
            raise ReminderEndedError(f"第 {serial} 号提醒单已经转为扣分了。")
        if reminder.claim_id is None:
            reminder.claim_id = claim_id
            audit.record(village.id, actor, "reminder.deduct", f"reminder:{serial}", f"claim:{result['claim']}")
        return result


def _reminder(village: Place, serial: int) -> Reminder:
    """A reminder under its lock. Raises UnknownReminderError."""
    query = select(Reminder).where(Reminder.village_id == village.id, Reminder.serial == serial)
    found = session().scalar(query.with_for_update(of=Reminder))
    if found is None:
        raise UnknownReminderError
    return found


def _open_reminder(village: Place, serial: int) -> Reminder:
    """One that has not ended. Raises UnknownReminderError, ReminderEndedError."""
    reminder = _reminder(village, serial)
    if reminder.mended_on is not None:
        raise ReminderEndedError(f"第 {serial} 号提醒单已经整改好了，不用再办。")
    if reminder.claim_id is not None:
        raise ReminderEndedError(f"第 {serial} 号提醒单已经转为扣分了。")
    return reminder
