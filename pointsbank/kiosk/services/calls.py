"""找人帮忙: a tap at a kiosk rings at the counter until somebody says that they come."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsbank.access.models import Device
from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.database import transaction
from pointsbank.foundation.errors import NotFoundError
from pointsbank.kiosk.errors import CallEndedError, TooManyCallsError
from pointsbank.kiosk.models import HelpCall
from pointsbank.kiosk.policies import rings
from pointsbank.places.models import Place

CALLS_MAX = 6  # of one kiosk within CALLS_SPAN: a child that plays with it does not keep the counter from its work
CALLS_SPAN = timedelta(minutes=10)


def call_help(device: Device, household_id: int | None) -> int:
    """Ring at the counter, and give the call's id; while it rings, asking again is the same call.

    household_id: whose card or number was shown, None for nobody's. Raises TooManyCallsError.
    """
    now = clock.now()
    with transaction() as current:
        open_one = _lock_open(current, device)
        if open_one is not None and rings(open_one):
            return open_one.id
        if open_one is not None:  # nobody came: the kiosk has said so
            _answer(open_one, SYSTEM)
            current.flush()  # before the next one takes its place
        made = select(func.count()).where(HelpCall.device_id == device.id, HelpCall.called_at > now - CALLS_SPAN)
        if (current.scalar(made) or 0) >= CALLS_MAX:
            raise TooManyCallsError
        call = HelpCall(
            village_id=device.village_id,
            device_id=device.id,
            household_id=household_id,
            called_at=now,
            answered_by="",
        )
        current.add(call)
        current.flush()
        audit.record(device.village_id, device.actor, "help.call", f"device:{device.serial}", device.name)
        return call.id


def end_call(device: Device) -> None:
    """Help is not needed any more; nothing where none was called."""
    with transaction() as current:
        open_one = _lock_open(current, device)
        if open_one is not None:
            _answer(open_one, device.actor)
            audit.record(device.village_id, device.actor, "help.end", f"device:{device.serial}", device.name)


def answer_call(village: Place, call_id: int, actor: Actor) -> None:
    """Say that one comes. Saying so again changes nothing.

    Raises NotFoundError for another village's, CallEndedError when it was somebody else or is not needed any more.
    """
    with transaction() as current:
        call = current.scalar(select(HelpCall).where(HelpCall.id == call_id).with_for_update(of=HelpCall))
        if call is None or call.village_id != village.id:
            raise NotFoundError("没有这一次叫人。请刷新页面看看。")
        if call.answered_at is not None:
            if call.answered_by == actor.key:
                return
            raise CallEndedError
        _answer(call, actor)
        audit.record(village.id, actor, "help.answer", f"device:{call.device.serial}", call.device.name)


def _lock_open(current: Session, device: Device) -> HelpCall | None:
    """The kiosk's open call, if there is one; its calls are made and ended one after the other."""
    current.execute(select(Device.id).where(Device.id == device.id).with_for_update(key_share=True))
    return current.scalar(select(HelpCall).where(HelpCall.device_id == device.id, HelpCall.answered_at.is_(None)))


def _answer(call: HelpCall, actor: Actor) -> None:
    call.answered_at, call.answered_by = clock.now(), actor.key
