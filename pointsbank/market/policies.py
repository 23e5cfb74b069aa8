"""Who may take what: how a redemption is confirmed, and how much of a good one household gets."""

from collections.abc import Iterable

from sqlalchemy import func, select

from pointsbank.foundation import clock, periods
from pointsbank.foundation.database import session
from pointsbank.market.errors import HouseholdLimitError, PinNeededError
from pointsbank.market.models import Good, Order, OrderLine, OrderState, Redemption, RedemptionLine
from pointsbank.places import queries as places
from pointsbank.places.settings import ConfirmBy


def check_confirmation(village_id: int, confirmed_by: ConfirmBy) -> None:
    """Where the village's policy is the PIN, a signature does not do. Raises PinNeededError."""
    if places.settings_now(village_id).confirm_by is ConfirmBy.PIN and confirmed_by is not ConfirmBy.PIN:
        raise PinNeededError


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
        select(func.coalesce(func.sum(OrderLine.quantity), 0))
        .join(Order)
        .where(
            Order.household_id == household_id,
            Order.state == OrderState.WAITING,
            OrderLine.good_id == good_id,
        )
    )
    return int(redeemed or 0) + int(waiting or 0)
