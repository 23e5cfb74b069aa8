"""Receiving what was bought: by two persons, in parts if need be, never more nor dearer than was approved."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import format_yuan
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market.errors import DeliveryExceedsError, PurchaseMovedError
from pointsbank.market.models import Intake, Lot, Origin, Purchase, PurchaseReceipt, PurchaseState
from pointsbank.market.services.purchases.steps import REASON_LENGTH_MAX, expect, locked, note
from pointsbank.market.services.stocking import WITNESS_LENGTH_MAX, Arrival, Delivery, take_in
from pointsbank.places.models import Place


@dataclass(frozen=True, slots=True)
class PartReceived:
    """What came at once for a purchase. second_receiver: who looked it over together with the actor."""

    received_on: date
    lines: tuple[Arrival, ...]  # with the cost of one piece
    second_receiver: str
    note: str = ""


def receive_purchase(village: Place, serial: int, part: PartReceived, actor: Actor, key: str) -> dict[str, Any]:
    """Put what came on the shelves; when all is there the purchase is received.

    Gives {"delivery": serial, "moves": [sequences], "pieces": in all, "cost_fen": of all, "complete": whether all is
    there}. Raises NotFoundError, PurchaseMovedError, DeliveryExceedsError, and what services.take_in raises.
    """
    second = clean_text(
        part.second_receiver, what="第二个验收人", length_max=WITNESS_LENGTH_MAX, required=True, field="second_receiver"
    )

    def act() -> dict[str, Any]:
        purchase = locked(village.id, serial)
        expect(purchase, PurchaseState.APPROVED)
        left = _check(purchase, part)
        quote = purchase.quote
        delivery = Delivery(
            origin=Origin.PURCHASE,
            source=quote.supplier if quote else purchase.title,
            received_on=part.received_on,
            lines=part.lines,
            second_receiver=second,
            note=f"采购单 {serial} 号　{part.note}".strip(),
        )
        done = take_in(village, delivery, actor, key)
        current = session()
        intake_id = current.scalars(
            select(Intake.id).where(Intake.village_id == village.id, Intake.serial == done["delivery"])
        ).one()
        current.add(PurchaseReceipt(intake_id=intake_id, purchase_id=purchase.id, village_id=village.id))
        complete = not any(left.values())
        if complete:
            _finish(purchase, "")
        pieces, cost = done["pieces"], format_yuan(done["cost_fen"])
        text = f"入库单 {done['delivery']} 号：{pieces} 件，{cost} 元，同验收：{second}"
        note(village, actor, "receive", purchase, text)
        return {**done, "complete": complete}

    content = {
        "purchase": serial,
        "received_on": part.received_on.isoformat(),
        "second_receiver": second,
        "note": part.note,
        "lines": [
            [line.good_id, line.quantity, line.cost_fen, str(line.expires_on or ""), line.note] for line in part.lines
        ],
    }
    return ledger.submit(village, key, "market.purchase.receive", content, actor, act)


def finish_receiving(village: Place, serial: int, shortfall: str, actor: Actor, key: str) -> dict[str, Any]:
    """Nothing more will come, and why. Gives {"purchase": serial}.

    Raises NotFoundError, PurchaseMovedError, InvalidInputError for a missing reason.
    """
    shortfall = clean_text(shortfall, what="少收的原因", length_max=REASON_LENGTH_MAX, required=True, field="shortfall")

    def act() -> dict[str, Any]:
        purchase = locked(village.id, serial)
        expect(purchase, PurchaseState.APPROVED)
        if not purchase.receipts:
            raise PurchaseMovedError("一样都还没有收到。不买了就用“取消采购”，写明原因。")
        _finish(purchase, shortfall)
        note(village, actor, "finish", purchase, shortfall)
        return {"purchase": serial}

    content = {"purchase": serial, "shortfall": shortfall}
    return ledger.submit(village, key, "market.purchase.finish", content, actor, act)


def _finish(purchase: Purchase, shortfall: str) -> None:
    purchase.state, purchase.received_at, purchase.shortfall = PurchaseState.RECEIVED, clock.now(), shortfall
    purchase.revision += 1


def _check(purchase: Purchase, part: PartReceived) -> dict[int, int]:
    """Hold what came against what was approved; gives the pieces that are then left to come, by good's id.

    Raises InvalidInputError, DeliveryExceedsError.
    """
    if purchase.approved_at is None or part.received_on < clock.day_of(purchase.approved_at):
        raise InvalidInputError("收货日期不能早于批准的那天：先批后买。请核对日期。", field="received_on")
    left, spent = _left(purchase)
    titles = {line.good_id: f"{line.good.title}" for line in purchase.lines}
    for arrival in part.lines:
        if arrival.cost_fen is None:
            raise InvalidInputError("请写每样东西的单价，送的写 0。", field="cost")
        if arrival.good_id not in left:
            raise DeliveryExceedsError("有一样东西不在采购单上。请退回，或另外入库，写明来源。")
        left[arrival.good_id] -= arrival.quantity
        spent += arrival.cost_fen * arrival.quantity
        if left[arrival.good_id] < 0:
            over = -left[arrival.good_id]
            raise DeliveryExceedsError(
                f"“{titles[arrival.good_id]}”比批准的多 {over} 件。多的请退回；是送的，另外入库，写明来源。"
            )
    if purchase.quote is not None and spent > purchase.quote.total_fen:
        raise DeliveryExceedsError(
            f"收货一共 {format_yuan(spent)} 元，超过批准的 {format_yuan(purchase.quote.total_fen)} 元。"
            "请核对单价；真要加钱，另起一张采购单报批。",
            field="cost",
        )
    return left


def _left(purchase: Purchase) -> tuple[dict[int, int], int]:
    """Pieces still to come by good's id, and what came so far in fen."""
    came: dict[int, int] = defaultdict(int)
    spent = 0
    lots = (
        select(Lot.good_id, Lot.received, Lot.cost_fen)
        .join(PurchaseReceipt, PurchaseReceipt.intake_id == Lot.intake_id)
        .where(PurchaseReceipt.purchase_id == purchase.id)
    )
    for good_id, pieces, cost_fen in session().execute(lots):
        came[good_id] += pieces
        spent += pieces * cost_fen
    return {line.good_id: line.quantity - came[line.good_id] for line in purchase.lines}, spent
