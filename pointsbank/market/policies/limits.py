"""How much of a good one household gets."""

from collections.abc import Iterable

from sqlalchemy import func, or_, select, union_all

from pointsbank.foundation import clock, periods
from pointsbank.foundation.database import session
from pointsbank.market.errors import HouseholdLimitError
from pointsbank.market.models import Good, Order, OrderLine, OrderState, Redemption, RedemptionLine


def check_limits(household_id: int, lines: Iterable[tuple[Good, int]]) -> None:
    """Hold every good's limit per household, counting what waits in an order. Raises HouseholdLimitError."""
    for good, quantity in lines:
        if good.limit_quantity is None or good.limit_span is None:
            continue
        taken = _taken(household_id, good.id, good.limit_span)
        if taken + quantity > good.limit_quantity:
            most = f"“{good.title}”每户{periods.SPAN_NAMES[good.limit_span]}最多换 {good.limit_quantity} {good.unit}"
            had = f"，这户已经换了或预留了 {taken} {good.unit}" if taken else ""
            raise HouseholdLimitError(f"{most}{had}。请减少数量。")


def limit_left(household_id: int, good: Good) -> int | None:
    """Pieces of a good that a household may still take in the running span; None where there is no limit."""
    if good.limit_quantity is None or good.limit_span is None:
        return None
    return max(good.limit_quantity - _taken(household_id, good.id, good.limit_span), 0)


def limits_left(household_id: int, goods: Iterable[Good]) -> dict[int, int]:
    """What limit_left says of each of these goods that has a limit, by the good's id, in one query."""
    limits = {good.id: good.limit_quantity for good in goods if good.limit_quantity is not None}
    if not limits:
        return {}
    spans = {span: periods.span_of(clock.today(), span) for span in periods.Span}
    redeemed = (
        select(RedemptionLine.good_id, func.sum(RedemptionLine.quantity - RedemptionLine.returned))
        .join(Redemption)
        .join(Good, Good.id == RedemptionLine.good_id)
        .where(
            Redemption.household_id == household_id,
            Redemption.voided_at.is_(None),
            RedemptionLine.good_id.in_(limits),
            or_(*((Good.limit_span == span) & Redemption.redeemed_on.between(*days) for span, days in spans.items())),
        )
        .group_by(RedemptionLine.good_id)
    )
    waiting = (
        select(OrderLine.good_id, func.sum(OrderLine.quantity - OrderLine.handed))
        .join(Order)
        .where(Order.household_id == household_id, Order.state == OrderState.WAITING, OrderLine.good_id.in_(limits))
        .group_by(OrderLine.good_id)
    )
    left = dict(limits)
    for good_id, taken in session().execute(union_all(redeemed, waiting)):
        left[good_id] = max(left[good_id] - int(taken), 0)
    return left


def _taken(household_id: int, good_id: int, span: periods.Span) -> int:
    """Pieces that the household took in the running span and kept, and those in its waiting order."""
    first, last = periods.span_of(clock.today(), span)
    redeemed = session().scalar(
        select(func.coalesce(func.sum(RedemptionLine.quantity - RedemptionLine.returned), 0))
        .join(Redemption)
        .where(
            Redemption.household_id == household_id,
            Redemption.redeemed_on.between(first, last),
            Redemption.voided_at.is_(None),
            RedemptionLine.good_id == good_id,
        )
    )
    waiting = session().scalar(
        select(func.coalesce(func.sum(OrderLine.quantity - OrderLine.handed), 0))
        .join(Order)
        .where(
            Order.household_id == household_id,
            Order.state == OrderState.WAITING,
            OrderLine.good_id == good_id,
        )
    )
    return int(redeemed or 0) + int(waiting or 0)
