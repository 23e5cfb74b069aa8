"""Reading reminders to mend. They are private: no public page reads here."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Rule
from pointsbank.deeds.errors import UnknownReminderError
from pointsbank.deeds.models import Claim, Reminder
from pointsbank.foundation.database import session
from pointsbank.people.models import Household

PAGE_LINES = 50


class ReminderState(StrEnum):
    """How a reminder stands."""

    OPEN = "open"
    OVERDUE = "overdue"
    MENDED = "mended"
    DEDUCTED = "deducted"


STATE_NAMES = {
    ReminderState.OPEN: "等整改",
    ReminderState.OVERDUE: "过了期限",
    ReminderState.MENDED: "整改好了",
    ReminderState.DEDUCTED: "转为扣分",
}


def state_of(reminder: Reminder, today: date) -> ReminderState:
    """How a reminder stands on a day."""
    if reminder.mended_on is not None:
        return ReminderState.MENDED
    if reminder.claim_id is not None:
        return ReminderState.DEDUCTED
    return ReminderState.OVERDUE if reminder.mend_by < today else ReminderState.OPEN


_OPEN = (Reminder.mended_on.is_(None), Reminder.claim_id.is_(None))
_LOADED = (joinedload(Reminder.household).joinedload(Household.group), joinedload(Reminder.rule))


def reminder(village_id: int, serial: int) -> Reminder:
    """A reminder by its serial. Raises UnknownReminderError."""
    query = select(Reminder).where(Reminder.village_id == village_id, Reminder.serial == serial)
    found = session().scalar(query.options(*_LOADED))
    if found is None:
        raise UnknownReminderError
    return found


def reminders(
    village_id: int, *, still_open: bool, before: int | None = None, limit: int = PAGE_LINES
) -> Sequence[Reminder]:
    """Reminders, the newest first, a page by key; those that wait, or those that ended."""
    query = select(Reminder).where(Reminder.village_id == village_id).order_by(Reminder.serial.desc()).limit(limit)
    if still_open:
        query = query.where(*_OPEN)
    else:
        query = query.where(Reminder.mended_on.is_not(None) | Reminder.claim_id.is_not(None))
    if before is not None:
        query = query.where(Reminder.serial < before)
    return session().scalars(query.options(*_LOADED)).all()


def open_reminders(village_id: int) -> int:
    """How many wait."""
    query = select(func.count()).select_from(Reminder).where(Reminder.village_id == village_id, *_OPEN)
    return session().scalar(query) or 0


def claim_serial_of(found: Reminder) -> int | None:
    """The serial of the deduction that a reminder became."""
    if found.claim_id is None:
        return None
    return session().scalar(select(Claim.serial).where(Claim.id == found.claim_id))


def rules_that_remind(village_id: int, today: date) -> list[Rule]:
    """The deductions of today's book that may be a reminder instead."""
    return [rule for rule in covenant.rules_on(village_id, today) if rule.is_deduction and rule.reminds_first]
