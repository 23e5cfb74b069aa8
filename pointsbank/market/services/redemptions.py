"""Redemptions: goods handed over for points, undone as a whole on the same day or returned piece by piece."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from pointsbank.audit import services as audit
from pointsbank.cards.services import collecting_for
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, table_of
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market import stock
from pointsbank.market.errors import RedemptionEndedError
from pointsbank.market.models import Good, Lot, MoveKind, Order, Redemption, RedemptionLine, StockMove
from pointsbank.market.policies import check_confirmation, opening
from pointsbank.market.queries import closing
from pointsbank.market.services.baskets import (
    Basket,
    Lines,
    LockedHousehold,
    check_balance,
    check_basket,
    lock_household,
)
from pointsbank.market.services.partners import PartnerCounter, check_may_undo, redeeming_partner
from pointsbank.market.services.stocking import WITNESS_LENGTH_MAX, record_write_off
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy, VillageSettings

REASON_LENGTH_MAX = 200
HAND_OVER_ACTION = "redemption.hand_over"
COLLECTED = "代领"

_NEWEST_SERIAL = select(func.max(Redemption.serial)).where(Redemption.village_id == bindparam("village"))
_ADD_REDEMPTION = insert(table_of(Redemption))
_ADD_LINE = insert(table_of(RedemptionLine))


@dataclass(frozen=True, slots=True)
class Handover:
    """Locked goods that leave the shop for a locked household, from its order if there is one."""

    household: LockedHousehold
    basket: Basket
    confirmed_by: ConfirmBy
    settings: VillageSettings
    order: Order | None = None
    given_up: Basket | None = None  # what of the order nobody wants any more
    deputy_name: str = ""  # who collects for the household
    partner: PartnerCounter | None = None  # who gives them from its own shelves


def redeem(
    village: Place,
    household_id: int,
    lines: Lines,
    points_seen: int,
    confirmed_by: ConfirmBy,
    actor: Actor,
    key: str,
    deputy_id: int | None = None,
) -> dict[str, Any]:
    """Hand goods over at the counter at once, without an order.

    lines: good's id and pieces; points_seen: the total in units that the person agreed to; deputy_id: who collects
    for the household, None when it came itself. Gives {"redemption": serial, "points": units, "balance": units left}.
    Raises RedeemingClosedError, ShopClosedError, PinNeededError, DeputyNotListedError, NotEnoughPointsError, and what
    services.baskets.check_basket raises; then nothing has happened.
    """

    def act() -> dict[str, Any]:
        settings = places.settings_now(village.id)
        partner = redeeming_partner(village.id, actor)
        opening.refuse_outside_redeeming(settings)
        if partner is None:  # a partner keeps its own hours
            opening.refuse_closed_shop(settings)
        check_confirmation(settings, confirmed_by)
        household = lock_household(village.id, household_id)
        deputy_name = collecting_for(village.id, household_id, deputy_id)
        basket = check_basket(village.id, household_id, lines, points_seen, partner)
        handover = Handover(household, basket, confirmed_by, settings, deputy_name=deputy_name, partner=partner)
        return record_redemption(village, handover, actor, key)

    content: dict[str, Any] = {
        "household": household_id,
        "lines": [list(line) for line in lines],
        "points_seen": points_seen,
        "confirmed_by": confirmed_by.value,
    }
    if deputy_id is not None:
        content["deputy"] = deputy_id
    return ledger.submit(village, key, "market.redeem", content, actor, act)


def record_redemption(village: Place, handover: Handover, actor: Actor, key: str) -> dict[str, Any]:
    """Book the points, issue the pieces and take a receipt number, inside the open submission."""
    household, basket, order, partner = handover.household, handover.basket, handover.order, handover.partner
    connection = session().connection()
    with ledger.booking(village, [household.serial], actor, key) as batch:
        serial = (connection.scalar(_NEWEST_SERIAL, {"village": village.id}) or 0) + 1
        source = basket.source("redemption", serial, household.serial)
        if order is None:
            check_balance(batch, household.serial, basket.points, handover.settings)
            booked = batch.redeem(household.serial, basket.points, source, basket.text)
        else:
            booked = batch.settle(order.hold_sequence, basket.points, source, basket.text)
        balance = booked.balance_after
        if order is not None and handover.given_up is not None:
            rest = handover.given_up
            source = rest.source("order", order.serial, household.serial)
            balance = batch.release(order.hold_sequence, source, f"取消预留，退回：{rest.text}").balance_after
    cause = stock.Cause(actor, key, clock.today(), redemption_serial=serial)
    for good, quantity in basket.stocked if partner is None else ():
        stock.move(village, good, MoveKind.ISSUE, -quantity, cause)
    now = clock.now()
    redemption = {
        "id": new_id(),
        "village_id": village.id,
        "serial": serial,
        "household_id": household.id,
        "order_id": order.id if order else None,
        "points": basket.points,
        "balance_after": balance,
        "transfer_sequence": booked.sequence,
        "confirmed_by": handover.confirmed_by.value,
        "redeemed_at": now,
        "redeemed_on": clock.day_of(now),
        "actor": actor.key,
        "submission_key": key,
        "voided_at": None,
        "deputy_name": handover.deputy_name,
        "partner_id": partner.id if partner else None,
    }
    lines = [
        {
            "redemption_id": redemption["id"],
            "position": position,
            "village_id": village.id,
            "good_id": good.id,
            "quantity": quantity,
            "points_price": price,
            "returned": 0,
            "value_fen": partner.values[good.id] if partner else None,
        }
        for position, (good, quantity, price) in enumerate(basket.lines, start=1)
    ]
    connection.execute(_ADD_REDEMPTION, redemption)
    connection.execute(_ADD_LINE, lines)
    text = basket.text + collected_words(handover.deputy_name)
    audit.record(village.id, actor, HAND_OVER_ACTION, f"redemption:{serial}", text)
    return {"redemption": serial, "points": basket.points, "balance": balance}


def collected_words(deputy_name: str) -> str:
    """What the trail says at the end of a redemption that somebody else collected; "" for the household itself."""
    return f"，{deputy_name}{COLLECTED}" if deputy_name else ""


def void(village: Place, redemption_serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Undo a whole redemption on the day it was made and before its close, once: points and pieces go back.

    Gives {"redemption": serial, "points": units given back, "balance": units}. Raises NotFoundError,
    RedemptionEndedError, InvalidInputError for a missing reason.
    """
    reason = clean_text(reason, what="作废原因", length_max=REASON_LENGTH_MAX, required=True, field="reason")

    def act() -> dict[str, Any]:
        redemption = _lock(village.id, redemption_serial)
        check_may_undo(village.id, redemption, actor)
        if redemption.redeemed_on != clock.today():
            raise RedemptionEndedError("只有当天的兑换能整单作废。过了当天，请用“退换”把东西一样一样退回。")
        if any(line.returned for line in redemption.lines):
            raise RedemptionEndedError("这张单子已经退过一部分，不能再整单作废。其余的请用“退换”退回。")
        stock.lock_goods(village.id, [line.good_id for line in redemption.lines])
        basket, household = Basket.of(redemption.lines), redemption.household.serial
        source = basket.source("redemption", redemption_serial, household)
        with ledger.booking(village, [household], actor, key) as batch:
            # Under the lock of the chains: a close that comes at the same moment has it before or after.
            if closing.is_closed(village.id, redemption_serial):
                raise RedemptionEndedError("这张单子已经日结，不能再整单作废。请用“退换”把东西一样一样退回。")
            booked = batch.void(redemption.transfer_sequence, source, f"作废：{basket.text}（{reason}）")
        cause = stock.Cause(actor, key, clock.today(), reason, redemption_serial)
        for good, quantity in basket.stocked if redemption.partner_id is None else ():
            stock.move(village, good, MoveKind.VOID, quantity, cause)
        redemption.voided_at = clock.now()
        audit.record(village.id, actor, "redemption.void", f"redemption:{redemption_serial}", reason)
        return {"redemption": redemption_serial, "points": redemption.points, "balance": booked.balance_after}

    content = {"redemption": redemption_serial, "reason": reason}
    return ledger.submit(village, key, "market.void", content, actor, act)


def return_goods(
    village: Place,
    redemption_serial: int,
    position: int,
    quantity: int,
    reason: str,
    actor: Actor,
    key: str,
    spoiled: bool = False,
) -> dict[str, Any]:
    """Take back pieces of one line of a redemption, at the price they were taken for.

    Good ones go to the shelf; spoiled ones are written off in the same act.
    Gives {"redemption": serial, "points": units given back, "balance": units}. Raises NotFoundError,
    RedemptionEndedError, InvalidInputError for more than was taken or a missing reason.
    """
    reason = clean_text(reason, what="退换原因", length_max=REASON_LENGTH_MAX, required=True, field="reason")

    def act() -> dict[str, Any]:
        redemption = _lock(village.id, redemption_serial)
        check_may_undo(village.id, redemption, actor)
        line = next((line for line in redemption.lines if line.position == position), None)
        if line is None:
            raise NotFoundError("这张单子上没有这样东西，请刷新页面。")
        left = line.quantity - line.returned
        if not 1 <= quantity <= left:
            raise InvalidInputError(f"“{line.good.title}”还能退 {left} {line.good.unit}，请改数量。", field="quantity")
        good = stock.lock_goods(village.id, [line.good_id])[line.good_id]
        household = redemption.household.serial
        source = Basket.of(redemption.lines).source("redemption", redemption_serial, household)
        with ledger.booking(village, [household], actor, key) as batch:
            text = f"退回：{good.title}×{quantity}（{reason}）"
            booked = batch.give_back(redemption.transfer_sequence, line.points_price * quantity, source, text)
        if redemption.partner_id is None and not good.is_service:
            cause = stock.Cause(actor, key, clock.today(), reason, redemption_serial)
            moves = stock.move(village, good, MoveKind.RETURN, quantity, cause)
            if spoiled:
                _write_off_returned(village, redemption, good, moves, cause)
        line.returned += quantity
        condition = "，坏的，已报损" if spoiled else ""
        audit.record(village.id, actor, "redemption.return", f"redemption:{redemption_serial}", text + condition)
        return {"redemption": redemption_serial, "points": booked.amount, "balance": booked.balance_after}

    content: dict[str, Any] = {
        "redemption": redemption_serial,
        "position": position,
        "quantity": quantity,
        "reason": reason,
    }
    if spoiled:
        content["spoiled"] = True
    return ledger.submit(village, key, "market.return", content, actor, act)


def _write_off_returned(
    village: Place, redemption: Redemption, good: Good, moves: Sequence[int], cause: stock.Cause
) -> None:
    """Take spoiled pieces off the lots they just came back to; who brought them is the witness."""
    query = (
        select(Lot, StockMove.quantity)
        .join(StockMove, (StockMove.village_id == Lot.village_id) & (StockMove.lot_serial == Lot.serial))
        .where(StockMove.village_id == village.id, StockMove.sequence.in_(moves))
        .order_by(StockMove.sequence)
    )
    parts = [(lot, quantity) for lot, quantity in session().execute(query)]
    why = f"退回的坏货（小票 {redemption.serial} 号）：{cause.text}"[:REASON_LENGTH_MAX]
    witness = f"{redemption.household.head_name}家"[:WITNESS_LENGTH_MAX]
    record_write_off(village, good, parts, why, witness, cause.actor, cause.submission_key)


def _lock(village_id: int, redemption_serial: int) -> Redemption:
    """A redemption that was not voided, locked."""
    redemption = session().scalar(
        select(Redemption)
        .where(Redemption.village_id == village_id, Redemption.serial == redemption_serial)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if redemption is None:
        raise NotFoundError("没有这个兑换号，请核对小票上的号码。")
    if redemption.voided_at is not None:
        raise RedemptionEndedError("这张单子已经作废，积分和东西都已退回。")
    return redemption
