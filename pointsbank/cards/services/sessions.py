"""The villager's session at a kiosk."""

from datetime import timedelta

from sqlalchemy import ColumnElement, select, update

from pointsbank.access.models import Device
from pointsbank.audit import services as audit
from pointsbank.cards.models import Card, VillagerSession
from pointsbank.foundation import clock
from pointsbank.foundation.database import session, table_of, transaction
from pointsbank.foundation.errors import NotFoundError
from pointsbank.people.models import Household

SESSION_IDLE = timedelta(minutes=5)  # the screen asks after 90 s; this is for a screen that was switched off


def open_session(device: Device, household_id: int, card: Card | None, *, with_pin: bool) -> VillagerSession:
    """Begin a villager's session at a kiosk and end the one before it. Raises NotFoundError.

    card: what was scanned; None when the household number was tapped.
    """
    with transaction() as current:
        household = current.get(Household, household_id)
        if household is None or household.village_id != device.village_id or household.closed_on is not None:
            raise NotFoundError
        close_sessions(VillagerSession.device_id == device.id)
        opened = VillagerSession(
            village_id=device.village_id,
            device_id=device.id,
            household_id=household.id,
            card_id=card.id if card else None,
            with_pin=with_pin,
            opened_at=clock.now(),
            expires_at=clock.now() + SESSION_IDLE,
        )
        current.add(opened)
        current.flush()
        how = "刷卡" if card else "点户号"
        audit.record(device.village_id, device.actor, "session.open", f"household:{household.serial}", how)
    return opened


def session_of(device: Device) -> VillagerSession | None:
    """The villager's session at a kiosk, kept alive; None when there is none or it has stood idle too long."""
    now = clock.now()
    open_ = (
        VillagerSession.device_id == device.id,
        VillagerSession.closed_at.is_(None),
        VillagerSession.expires_at > now,
    )
    found = session().scalar(select(VillagerSession).where(*open_))
    if found is not None and found.expires_at - now < SESSION_IDLE / 2:  # or every page would be a write
        with transaction() as current:
            found = current.scalar(select(VillagerSession).where(*open_).with_for_update())
            if found is not None:
                found.expires_at = now + SESSION_IDLE
    return found


def confirm_pin(opened: VillagerSession) -> None:
    """The PIN was right: it is not asked again in this session."""
    with transaction() as current:
        current.get_one(VillagerSession, opened.id).with_pin = True


def close_session(device: Device) -> None:
    """The villager is done, or has gone."""
    with transaction():
        close_sessions(VillagerSession.device_id == device.id)


def close_sessions(which: ColumnElement[bool]) -> None:
    """End these sessions, inside the open transaction."""
    table = table_of(VillagerSession)
    session().execute(update(table).where(which, VillagerSession.closed_at.is_(None)).values(closed_at=clock.now()))
