"""Orders and redemptions."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market.models import (
    Order,
    OrderLine,
    OrderState,
    Redemption,
    RedemptionLine,
)
from pointsbank.people.models import Household


def _orders(village_id: int, *, in_one: bool = False) -> Select[Order]:
    """in_one: the lines come with the orders, for a page that asks much already."""
    lines = joinedload(Order.lines) if in_one else selectinload(Order.lines)
    return (
        select(Order)
        .where(Order.village_id == village_id)
        .options(joinedload(Order.household).joinedload(Household.group), lines.joinedload(OrderLine.good))
    )


def order(village_id: int, serial: int) -> Order:
    """An order with household and lines. Raises NotFoundError."""
    found = session().scalar(_orders(village_id).where(Order.serial == serial))
    if found is None:
        raise NotFoundError("没有这张单子，请刷新页面。")
    return found


def waiting_order(village_id: int, household_id: int) -> Order | None:
    """The open order of a household, in one statement."""
    query = _orders(village_id, in_one=True)
    found = session().scalars(query.where(Order.household_id == household_id, Order.state == OrderState.WAITING))
    return found.unique().first()


def waiting_orders(village_id: int, *, after: int = 0, limit: int = 100) -> Sequence[Order]:
    """Orders that wait to be fetched, in the order they were placed, a page by key: pass the last serial as after."""
    return (
        session()
        .scalars(
            _orders(village_id)
            .where(Order.state == OrderState.WAITING, Order.serial > after)
            .order_by(Order.serial)
            .limit(limit)
        )
        .all()
    )


def orders_of(village_id: int, household_id: int, *, limit: int = 20) -> Sequence[Order]:
    """The newest orders of a household."""
    query = _orders(village_id).where(Order.household_id == household_id)
    return session().scalars(query.order_by(Order.serial.desc()).limit(limit)).all()


def _redemptions(village_id: int) -> Select[Redemption]:
    return (
        select(Redemption)
        .where(Redemption.village_id == village_id)
        .options(
            joinedload(Redemption.household).joinedload(Household.group),
            joinedload(Redemption.order),
            joinedload(Redemption.partner),
            selectinload(Redemption.lines).joinedload(RedemptionLine.good),
        )
    )


def redemption(village_id: int, serial: int, *, partner_id: int | None = None) -> Redemption:
    """A redemption by its receipt number, with household and lines. Raises NotFoundError.

    partner_id: whose people ask, who see only what their shop handed out; None for everybody else.
    """
    found = session().scalar(_redemptions(village_id).where(Redemption.serial == serial))
    if found is None or partner_id not in (None, found.partner_id):
        raise NotFoundError("没有这个兑换号，请核对小票上的号码。")
    return found


def redemptions(
    village_id: int,
    *,
    household_id: int | None = None,
    partner_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Redemption]:
    """Redemptions, newest first, a page by key: pass the last serial as before. partner_id: those of one shop."""
    query = _redemptions(village_id)
    if partner_id is not None:
        query = query.where(Redemption.partner_id == partner_id)
    if household_id is not None:
        query = query.where(Redemption.household_id == household_id)
    if before is not None:
        query = query.where(Redemption.serial < before)
    return session().scalars(query.order_by(Redemption.serial.desc()).limit(limit)).all()


def receipts_of(order: Order) -> Sequence[int]:
    """The receipt numbers under which an order was handed over, in parts or as a whole."""
    query = select(Redemption.serial).where(Redemption.order_id == order.id)
    return session().scalars(query.order_by(Redemption.serial)).all()
