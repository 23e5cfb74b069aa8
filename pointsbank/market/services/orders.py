"""Orders: points held and pieces put aside until they are handed over, cancelled, or nobody came in time."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from pointsbank.audit import services as audit
from pointsbank.cards.services import collecting_for
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import services as ledger
from pointsbank.market import stock
from pointsbank.market.errors import OrderEndedError, OrderWaitsError
from pointsbank.market.models import Order, OrderLine, OrderState
from pointsbank.market.policies import check_confirmation, opening
from pointsbank.market.services.baskets import Basket, Lines, check_balance, check_basket, lock_household
from pointsbank.market.services.partners import check_own_counter
from pointsbank.market.services.redemptions import Handover, record_redemption
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy

_ENDED = {
    OrderState.HANDED_OVER: "已经交货了，不能再办一次。",
    OrderState.CANCELLED: "已经取消了，积分已退回。要换东西请重新选。",
    OrderState.EXPIRED: "没有按时来领，已经释放，积分已退回。要换东西请重新选。",
}


@dataclass(frozen=True, slots=True)
class Part:
    """What of an order is fetched now: pieces by the line's position. keep_rest: the rest waits, or it is given up."""

    pieces: tuple[tuple[int, int], ...]
    keep_rest: bool = True


def place_order(
    village: Place, household_id: int, lines: Lines, points_seen: int, actor: Actor, key: str
) -> dict[str, Any]:
    """Reserve goods for a household: its points are held, the pieces put aside.

    lines: good's id and pieces; points_seen: the total in units that the person agreed to.
    It is kept as long as policies.opening.kept_until says. Gives {"order": serial, "points": units, "balance": units
    left to spend}. Raises RedeemingClosedError, OrderWaitsError when one is open already, NotEnoughPointsError, and
    what services.baskets.check_basket raises; then nothing has happened.
    """

    release_overdue(village, household_id=household_id)

    def act() -> dict[str, Any]:
        settings, now = places.settings_now(village.id), clock.now()
        opening.refuse_outside_redeeming(settings)
        household = lock_household(village.id, household_id)
        open_serial = session().scalar(
            select(Order.serial).where(Order.household_id == household_id, Order.state == OrderState.WAITING)
        )
        if open_serial is not None:
            raise OrderWaitsError(f"这户已经有一张单子（{open_serial} 号）在等着领。请先领走或取消，再选别的。")
        basket = check_basket(village.id, household_id, lines, points_seen)
        with ledger.booking(village, [household.serial], actor, key) as batch:
            serial = (session().scalar(select(func.max(Order.serial)).where(Order.village_id == village.id)) or 0) + 1
            check_balance(batch, household.serial, basket.points, settings)
            source = basket.source("order", serial, household.serial)
            hold = batch.hold(household.serial, basket.points, source, f"先留着：{basket.text}")
        for good, quantity in basket.stocked:
            stock.reserve(good, quantity)
        order = Order(
            village_id=village.id,
            serial=serial,
            household_id=household_id,
            state=OrderState.WAITING,
            points=basket.points,
            hold_sequence=hold.sequence,
            placed_at=now,
            placed_on=clock.day_of(now),
            expires_on=opening.kept_until(settings, now),
            actor=actor.key,
            submission_key=key,
        )
        order.lines = [
            OrderLine(position=position, village_id=village.id, good_id=good.id, quantity=quantity, points_price=price)
            for position, (good, quantity, price) in enumerate(basket.lines, start=1)
        ]
        session().add(order)
        audit.record(village.id, actor, "order.place", f"order:{serial}", basket.text)
        return {"order": serial, "points": basket.points, "balance": hold.balance_after}

    content = {"household": household_id, "lines": [list(line) for line in lines], "points_seen": points_seen}
    return ledger.submit(village, key, "market.order", content, actor, act)


def hand_over(
    village: Place,
    order_serial: int,
    confirmed_by: ConfirmBy,
    actor: Actor,
    key: str,
    deputy_id: int | None = None,
    part: Part | None = None,
) -> dict[str, Any]:
    """Give out a waiting order: held points are settled, pieces issued, a receipt number taken, all or nothing.

    deputy_id: who collects for the household, None when it came itself; part: what is fetched, None for all of it.
    Gives {"redemption": serial, "points": units, "balance": units}. Raises NotFoundError, OrderEndedError,
    ShopClosedError, PinNeededError, DeputyNotListedError, HouseholdClosedError, InvalidInputError.
    """

    def act() -> dict[str, Any]:
        settings = places.settings_now(village.id)
        check_own_counter(village.id, actor)
        opening.refuse_closed_shop(settings)
        check_confirmation(settings, confirmed_by)
        household = lock_household(village.id, _household_of(village.id, order_serial))
        deputy_name = collecting_for(village.id, household.id, deputy_id)
        order = _lock_waiting(village.id, order_serial)
        stock.lock_goods(village.id, [line.good_id for line in order.lines])
        fetched = _fetched(order, part)
        for line, pieces in fetched:
            line.handed += pieces
        basket = Basket([(line.good, pieces, line.points_price) for line, pieces in fetched])
        _put_back(basket)
        rest = _rest_of(order)
        is_kept = bool(rest.lines) and part is not None and part.keep_rest
        given_up = rest if rest.lines and not is_kept else None
        if given_up is not None:
            _put_back(given_up)
            audit.record(village.id, actor, "order.give_up_rest", f"order:{order.serial}", given_up.text)
        if not is_kept:
            _end(order, OrderState.HANDED_OVER, actor)
        handover = Handover(household, basket, confirmed_by, settings, order, given_up, deputy_name)
        return record_redemption(village, handover, actor, key)

    content: dict[str, Any] = {"order": order_serial, "confirmed_by": confirmed_by.value}
    if deputy_id is not None:
        content["deputy"] = deputy_id
    if part is not None:
        content["pieces"] = [list(pair) for pair in part.pieces]
        content["keep_rest"] = part.keep_rest
    return ledger.submit(village, key, "market.hand_over", content, actor, act)


def _fetched(order: Order, part: Part | None) -> list[tuple[OrderLine, int]]:
    """The lines that are fetched now, with their pieces. Raises InvalidInputError for what is not there."""
    if part is None:
        return [(line, line.left) for line in order.lines if line.left]
    lines = {line.position: line for line in order.lines}
    fetched: list[tuple[OrderLine, int]] = []
    for position, pieces in part.pieces:
        line = lines.pop(position, None)
        if line is None:
            raise InvalidInputError("页面已经过期，请刷新后重新选。", field="pieces")
        if not 0 <= pieces <= line.left:
            raise InvalidInputError(
                f"“{line.good.title}”还能领 {line.left} {line.good.unit}，请改数量。", field="pieces"
            )
        if pieces:
            fetched.append((line, pieces))
    if not fetched:
        raise InvalidInputError("一样也没有选。请填这次领几件；都不要了，就取消这张单子。", field="pieces")
    return fetched


def _rest_of(order: Order) -> Basket:
    """What of an order was not handed out."""
    return Basket([(line.good, line.left, line.points_price) for line in order.lines if line.left])


def cancel_order(village: Place, order_serial: int, actor: Actor, key: str) -> dict[str, Any]:
    """Give up a waiting order: points and pieces are free again.

    Gives {"order": serial, "points": units given back, "balance": units}. Raises NotFoundError, OrderEndedError.
    """

    def act() -> dict[str, Any]:
        order = _lock_waiting(village.id, order_serial)
        points = order.points_left
        balance = _release(village, [order], OrderState.CANCELLED, actor, key)[order.serial]
        return {"order": order.serial, "points": points, "balance": balance}

    return ledger.submit(village, key, "market.cancel_order", {"order": order_serial}, actor, act)


def release_expired(village: Place, actor: Actor, key: str) -> dict[str, Any]:
    """The day's close: what nobody fetched and is not kept any longer is free again.

    Gives {"orders": [serials], "points": units given back in all}.
    """

    def act() -> dict[str, Any]:
        return _expire(village, Order.expires_on <= clock.today(), actor, key)

    return ledger.submit(village, key, "market.close_day", {}, actor, act)


def release_overdue(village: Place, *, household_id: int | None = None) -> list[int]:
    """Free what waits past its last day because nobody closed it, so that it blocks no one; gives the orders' serials.

    Called when a customer comes to the counter, for the household alone when it orders: after a power cut or a
    forgotten close the next day begins clean. One read where there is nothing to do.
    """
    overdue = Order.expires_on < clock.today()
    if household_id is not None:
        overdue &= Order.household_id == household_id
    waiting = select(Order.id).where(Order.village_id == village.id, Order.state == OrderState.WAITING, overdue)
    if session().scalar(waiting.limit(1)) is None:
        return []
    key = new_key()
    content = {"household": household_id}
    released = ledger.submit(
        village, key, "market.release_overdue", content, SYSTEM, lambda: _expire(village, overdue, SYSTEM, key)
    )
    serials: list[int] = released["orders"]
    return serials


def _expire(village: Place, which: ColumnElement[bool], actor: Actor, key: str) -> dict[str, Any]:
    """Release those of the waiting orders, locked in order of id."""
    orders = list(
        session().scalars(
            select(Order)
            .where(Order.village_id == village.id, Order.state == OrderState.WAITING, which)
            .order_by(Order.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    points = sum(order.points_left for order in orders)
    _release(village, orders, OrderState.EXPIRED, actor, key)
    return {"orders": [order.serial for order in orders], "points": points}


def _release(village: Place, orders: list[Order], state: OrderState, actor: Actor, key: str) -> dict[int, int]:
    """Free what points and pieces of locked orders are left; gives each household's balance by the order's serial."""
    stock.lock_goods(village.id, [line.good_id for order in orders for line in order.lines])
    baskets = {order.serial: _rest_of(order) for order in orders}
    why = "取消预留" if state is OrderState.CANCELLED else "没有来领"
    balances: dict[int, int] = {}
    with ledger.booking(village, [order.household.serial for order in orders], actor, key) as batch:
        for order in orders:
            basket = baskets[order.serial]
            source = basket.source("order", order.serial, order.household.serial)
            released = batch.release(order.hold_sequence, source, f"{why}，退回：{basket.text}")
            balances[order.serial] = released.balance_after
    for order in orders:
        basket = baskets[order.serial]
        _put_back(basket)
        _end(order, state, actor)
        audit.record(village.id, actor, f"order.{state.value}", f"order:{order.serial}", basket.text)
    return balances


def _put_back(basket: Basket) -> None:
    """Let pieces of locked goods go that were put aside."""
    for good, quantity in basket.stocked:
        stock.unreserve(good, quantity)


def _household_of(village_id: int, order_serial: int) -> int:
    household_id = session().scalar(
        select(Order.household_id).where(Order.village_id == village_id, Order.serial == order_serial)
    )
    if household_id is None:
        raise NotFoundError("没有这张单子，请刷新页面。")
    return household_id


def _lock_waiting(village_id: int, order_serial: int) -> Order:
    order = session().scalar(
        select(Order)
        .where(Order.village_id == village_id, Order.serial == order_serial)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFoundError("没有这张单子，请刷新页面。")
    if order.state is not OrderState.WAITING:
        raise OrderEndedError(f"{order.serial} 号单子{_ENDED[order.state]}")
    return order


def _end(order: Order, state: OrderState, actor: Actor) -> None:
    order.state, order.ended_at, order.ended_by = state, clock.now(), actor.key
