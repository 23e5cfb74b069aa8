"""Who called for help."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from pointsbank.access.models import Device
from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.kiosk.models import HelpCall
from pointsbank.kiosk.policies import CALL_RINGS
from pointsbank.people.models import Household

CALLS_SHOWN = 30
SHOWN_SPAN = timedelta(days=7)


def _calls(village_id: int) -> Select[HelpCall]:
    return (
        select(HelpCall)
        .where(HelpCall.village_id == village_id)
        .options(joinedload(HelpCall.device), joinedload(HelpCall.household).joinedload(Household.group))
    )


def ringing_calls(village_id: int) -> Sequence[HelpCall]:
    """Calls that nobody has answered and that still ring, who has waited longest first."""
    since = clock.now() - CALL_RINGS
    open_ones = _calls(village_id).where(HelpCall.answered_at.is_(None), HelpCall.called_at > since)
    return session().scalars(open_ones.order_by(HelpCall.called_at).limit(CALLS_SHOWN)).all()


def latest_calls(village_id: int) -> Sequence[HelpCall]:
    """The calls of the last days, the newest first."""
    latest = _calls(village_id).where(HelpCall.called_at > clock.now() - SHOWN_SPAN)
    return session().scalars(latest.order_by(HelpCall.called_at.desc()).limit(CALLS_SHOWN)).all()


def call_of(device: Device, call_id: int) -> HelpCall:
    """A call that this kiosk made. Raises NotFoundError."""
    found = session().get(HelpCall, call_id)
    if found is None or found.device_id != device.id:
        raise NotFoundError("没有这一次叫人。请从头再来。")
    return found


def newest_call(device: Device) -> HelpCall | None:
    """The last call that this kiosk made, however it ended."""
    of_kiosk = select(HelpCall).where(HelpCall.village_id == device.village_id, HelpCall.device_id == device.id)
    return session().scalar(of_kiosk.order_by(HelpCall.called_at.desc(), HelpCall.id.desc()).limit(1))


def has_kiosk(village_id: int) -> bool:
    """Whether a village has a kiosk from which somebody could call."""
    query = select(Device.id).where(Device.village_id == village_id, Device.revoked_at.is_(None))
    return session().scalar(query.limit(1)) is not None
