"""Days that were closed, and what a close would cover now. Points in units, quantities in whole pieces."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market import daybook
from pointsbank.market.daybook import Day
from pointsbank.market.models import DayClose, DayCloseLine, Order, OrderState, Redemption


def closed_through(village_id: int) -> datetime | None:
    """The moment of the last close, None before the first: what was redeemed before is returned, no longer voided."""
    return session().scalar(select(func.max(DayClose.closed_at)).where(DayClose.village_id == village_id))


def is_closed(village_id: int, redemption_serial: int) -> bool:
    """Whether a receipt belongs to a day of the shop that was closed; a partner's does not.

    Exact where closed_through is right to the millisecond.
    """
    last = select(func.max(DayClose.last_redemption)).where(DayClose.village_id == village_id).scalar_subquery()
    receipt = select(Redemption.id).where(
        Redemption.village_id == village_id,
        Redemption.serial == redemption_serial,
        Redemption.serial <= last,
        Redemption.partner_id.is_(None),
    )
    return session().scalar(receipt) is not None


def open_day(village_id: int) -> Day:
    """What a close would cover now."""
    return daybook.day(village_id, daybook.open_range(village_id), clock.now())


def orders_to_release(village_id: int) -> int:
    """How many orders wait that a close would release."""
    waiting = select(func.count()).where(
        Order.village_id == village_id, Order.state == OrderState.WAITING, Order.expires_on <= clock.today()
    )
    return session().scalar(waiting) or 0


def day_close(village_id: int, serial: int) -> tuple[DayClose, Day]:
    """A close by its number, with its lines, and what it covers. Raises NotFoundError."""
    query = (
        select(DayClose)
        .where(DayClose.village_id == village_id, DayClose.serial.in_((serial - 1, serial)))
        .options(selectinload(DayClose.lines).joinedload(DayCloseLine.good))
    )
    found = {close.serial: close for close in session().scalars(query)}
    if serial not in found:
        raise NotFoundError("没有这次日结，请返回日结列表。")
    close = found[serial]
    covered = daybook.range_of(close, found.get(serial - 1))
    return close, daybook.day(village_id, covered, close.closed_at)


def day_closes(village_id: int, *, before: int | None = None, limit: int = 50) -> Sequence[DayClose]:
    """Closes, newest first, a page by key: pass the last serial as before."""
    query = select(DayClose).where(DayClose.village_id == village_id).order_by(DayClose.serial.desc()).limit(limit)
    if before is not None:
        query = query.where(DayClose.serial < before)
    return session().scalars(query).all()
