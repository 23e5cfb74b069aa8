"""What comes into the shop and leaves it otherwise than by redemption: receiving, writing off, counting one good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from pointsbank.access import queries as access
from pointsbank.audit import services as audit
from pointsbank.foundation import chain, clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.points import FEN_MAX
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market import stock
from pointsbank.market.errors import ChangedMeanwhileError, OutOfStockError
from pointsbank.market.models import Good, Intake, Lot, MoveKind, Origin, StockMove, WriteOff
from pointsbank.places.models import Place

RECEIVE_LINES_MAX = 200  # lots in one delivery
SOURCE_LENGTH_MAX = 200
WITNESS_LENGTH_MAX = 40
EARLIEST_DAY = date(2020, 1, 1)  # before it no village had such a shop: a slip of typing
LATEST_EXPIRY_YEARS = 30
RECEIVE_ACTION = "intake.receive"  # "stock.receive" was that of deliveries before lots were kept
WRITE_OFF_ACTION = "stock.write_off"
NAMED = "请写另一个人的名字：经手人自己不能又当见证人。"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Pieces of one good in a delivery. cost_fen: of one piece, None for the good's usual cost.

    expires_on: the last day on the package; None for a good with a shelf life reckons that from the day it came.
    """

    good_id: int
    quantity: int
    cost_fen: int | None = None
    expires_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came at once, from one donor or seller. second_receiver: who received it together with the actor."""

    origin: Origin
    source: str
    received_on: date
    lines: tuple[Arrival, ...]
    second_receiver: str = ""
    note: str = ""


def receive(village: Place, delivery: Delivery, actor: Actor, key: str) -> dict[str, Any]:
    """Put a delivery on the shelves, once per key, each line as a lot of its own.

    Gives {"delivery": serial, "moves": [sequences], "pieces": in all, "cost_fen": of all}.
    Raises InvalidInputError, NotFoundError.
    """
    delivery = _cleaned(delivery, actor)
    content = {
        "origin": delivery.origin.value,
        "source": delivery.source,
        "received_on": delivery.received_on.isoformat(),
        "second_receiver": delivery.second_receiver,
        "note": delivery.note,
        "lines": [
            [line.good_id, line.quantity, line.cost_fen, str(line.expires_on or ""), line.note]
            for line in delivery.lines
        ],
    }
    return ledger.submit(village, key, "market.receive", content, actor, lambda: take_in(village, delivery, actor, key))


def take_in(village: Place, delivery: Delivery, actor: Actor, key: str) -> dict[str, Any]:
    """What receive does, inside an open submission with this key. Raises what receive raises."""
    delivery = _cleaned(delivery, actor)
    goods = stock.lock_goods(village.id, [line.good_id for line in delivery.lines])
    current = session()
    chain.lock_head(current, village.id, stock.CHAIN)  # numbers are given one after the other
    serial = (current.scalar(select(func.max(Intake.serial)).where(Intake.village_id == village.id)) or 0) + 1
    intake = Intake(
        id=new_id(),
        village_id=village.id,
        serial=serial,
        origin=delivery.origin,
        source=delivery.source,
        received_on=delivery.received_on,
        second_receiver=delivery.second_receiver,
        note=delivery.note,
        received_at=clock.now(),
        actor=actor.key,
        submission_key=key,
    )
    current.add(intake)
    current.flush()
    cause = stock.Cause(actor, key, delivery.received_on, delivery.source)
    moves, pieces, cost_fen = [], 0, 0
    for line in delivery.lines:
        lot = _lot_of(goods[line.good_id], line, intake)
        moves += stock.move(village, goods[line.good_id], MoveKind.RECEIVE, line.quantity, cause, lot)
        pieces += line.quantity
        cost_fen += line.quantity * lot.cost_fen
    audit.record(village.id, actor, RECEIVE_ACTION, f"intake:{serial}", receiving_words(intake, pieces))
    return {"delivery": serial, "moves": moves, "pieces": pieces, "cost_fen": cost_fen}


def receiving_words(intake: Intake, pieces: int) -> str:
    """What the trail says of a delivery. One function for writer and verifier."""
    second = f"，同验收：{intake.second_receiver}" if intake.second_receiver else ""
    return f"{intake.source}，{intake.received_on.isoformat()}，共 {pieces} 件{second}　{intake.note}".strip()


def _cleaned(delivery: Delivery, actor: Actor) -> Delivery:
    """A delivery as it is stored. Raises InvalidInputError."""
    if not EARLIEST_DAY <= delivery.received_on <= clock.today():
        raise InvalidInputError("入库日期不能晚于今天，也不能早于 2020 年。", field="received_on")
    if not delivery.lines:
        raise InvalidInputError("还没有录入东西。请先扫条码或输入编号。", field="scan")
    if len(delivery.lines) > RECEIVE_LINES_MAX:
        raise InvalidInputError(f"一次最多入库 {RECEIVE_LINES_MAX} 样，请分几次办。", field="scan")
    for line in delivery.lines:
        _check_pieces(line.quantity, least=1)
        if not 0 <= (line.cost_fen or 0) <= FEN_MAX:
            raise InvalidInputError("单价不能是负数，也不能超过 1,000 万元。", field="cost")
    second = clean_text(
        delivery.second_receiver, what="第二个收货人", length_max=WITNESS_LENGTH_MAX, field="second_receiver"
    )
    if second and second == _name_of(actor):
        raise InvalidInputError(NAMED, field="second_receiver")
    return Delivery(
        origin=delivery.origin,
        source=clean_text(delivery.source, what="来源", length_max=SOURCE_LENGTH_MAX, required=True, field="source"),
        received_on=delivery.received_on,
        lines=delivery.lines,
        second_receiver=second,
        note=clean_text(delivery.note, what="备注", length_max=SOURCE_LENGTH_MAX, field="note"),
    )


def _lot_of(good: Good, line: Arrival, intake: Intake) -> Lot:
    """The lot of a line. Raises InvalidInputError for a service, and for a last day that cannot be."""
    if good.is_service:
        raise InvalidInputError(f"“{good.title}”是服务，不用入库。请从入库单里去掉。", field="scan")
    expires_on = line.expires_on
    if expires_on is None and good.shelf_life_days:
        expires_on = intake.received_on + timedelta(days=good.shelf_life_days)
    elif expires_on is not None and expires_on < intake.received_on:
        raise InvalidInputError(f"“{good.title}”收到时已经过期，不能入库，请退给送货的人。", field="expires_on")
    elif expires_on is not None and expires_on.year > intake.received_on.year + LATEST_EXPIRY_YEARS:
        raise InvalidInputError(f"“{good.title}”的到期日太远了，请核对年份。", field="expires_on")
    cost_fen = good.cost_fen if line.cost_fen is None else line.cost_fen
    lot = stock.new_lot(good, intake.origin, intake.received_on, cost_fen=cost_fen, expires_on=expires_on)
    lot.intake_id = intake.id
    lot.note = clean_text(line.note, what="备注", length_max=100, field="note")
    return lot


def write_off(
    village: Place,
    good_serial: int,
    quantity: int,
    reason: str,
    witness: str,
    actor: Actor,
    key: str,
    lot_serial: int | None = None,
) -> dict[str, Any]:
    """Take spoilt or lost pieces off the stock before a witness; what waits in orders stays.

    lot_serial: from which lot, None for those that expire first.
    Gives {"write_off": serial, "on_hand": pieces left}. Raises InvalidInputError, NotFoundError, OutOfStockError.
    """
    reason = clean_text(reason, what="报损原因", length_max=SOURCE_LENGTH_MAX, required=True, field="reason")
    witness = clean_text(witness, what="见证人", length_max=WITNESS_LENGTH_MAX, required=True, field="witness")
    if witness == _name_of(actor):
        raise InvalidInputError(NAMED, field="witness")
    _check_pieces(quantity, least=1)

    def act() -> dict[str, Any]:
        good = _lock_good(village.id, good_serial)
        lot = None if lot_serial is None else _lot(good, lot_serial)
        serial = record_write_off(village, good, [(lot, quantity)], reason, witness, actor, key)
        return {"write_off": serial, "on_hand": good.on_hand}

    content = {"good": good_serial, "quantity": quantity, "reason": reason, "witness": witness, "lot": lot_serial}
    return ledger.submit(village, key, "market.write_off", content, actor, act)


def record_write_off(
    village: Place,
    good: Good,
    parts: Sequence[tuple[Lot | None, int]],
    reason: str,
    witness: str,
    actor: Actor,
    key: str,
) -> int:
    """Write off pieces of a locked good inside an open submission; gives the number. Raises OutOfStockError.

    parts: pieces of each lot, None for those that expire first.
    """
    current = session()
    cause = stock.Cause(actor, key, clock.today(), reason)
    moves = [
        move for lot, pieces in parts for move in stock.move(village, good, MoveKind.WRITE_OFF, -pieces, cause, lot)
    ]
    quantity = sum(pieces for _, pieces in parts)
    cost_fen = current.scalar(
        select(func.sum(-StockMove.quantity * Lot.cost_fen))
        .select_from(StockMove)
        .join(Lot, (Lot.village_id == StockMove.village_id) & (Lot.serial == StockMove.lot_serial))
        .where(StockMove.village_id == village.id, StockMove.sequence.in_(moves))
    )
    serial = (current.scalar(select(func.max(WriteOff.serial)).where(WriteOff.village_id == village.id)) or 0) + 1
    now = clock.now()
    row = WriteOff(
        id=new_id(),
        village_id=village.id,
        serial=serial,
        good_id=good.id,
        quantity=quantity,
        cost_fen=int(cost_fen or 0),
        reason=reason,
        witness=witness,
        written_on=clock.day_of(now),
        written_at=now,
        actor=actor.key,
        submission_key=key,
    )
    current.add(row)
    audit.record(village.id, actor, WRITE_OFF_ACTION, f"good:{good.serial}", write_off_words(row))
    return serial


def write_off_words(row: WriteOff) -> str:
    """What the trail says of a write-off. One function for writer and verifier."""
    return f"{row.quantity}：{row.reason}，见证人：{row.witness}"


def _name_of(actor: Actor) -> str:
    """The name of the person at the desk; "" for a command."""
    return access.actor_names([actor.key]).get(actor.key, "")


def _lot(good: Good, lot_serial: int) -> Lot:
    """A lot of a locked good. Raises NotFoundError."""
    lot = session().scalar(select(Lot).where(Lot.good_id == good.id, Lot.serial == lot_serial))
    if lot is None:
        raise NotFoundError("没有这一批，请刷新页面。")
    return lot


def count(
    village: Place, good_serial: int, counted: int, on_hand_seen: int, reason: str, actor: Actor, key: str
) -> dict[str, Any]:
    """Set the stock to what was counted on the shelf, reserved pieces included.

    on_hand_seen: what the book said when the person counted. Gives {"difference": pieces, "on_hand": pieces}.
    Raises ChangedMeanwhileError when goods went or came since, InvalidInputError, OutOfStockError, NotFoundError.
    """
    reason = clean_text(reason, what="盘点说明", length_max=SOURCE_LENGTH_MAX, field="reason")
    _check_pieces(counted, least=0)

    def act() -> dict[str, Any]:
        good = _lock_good(village.id, good_serial)
        if good.on_hand != on_hand_seen:
            raise ChangedMeanwhileError(
                f"盘点时账面是 {on_hand_seen} {good.unit}，现在是 {good.on_hand} {good.unit}。请再数一次。",
                field="counted",
            )
        if counted < good.reserved:
            raise OutOfStockError(
                f"有 {good.reserved} {good.unit}已被预留。请先把缺货的预留单取消，再记盘点。", field="counted"
            )
        difference = counted - good.on_hand
        if difference and not reason:
            raise InvalidInputError("数量对不上时，请写明原因。", field="reason")
        if difference:
            cause = stock.Cause(actor, key, clock.today(), reason)
            stock.move(village, good, MoveKind.COUNT, difference, cause)
        audit.record(village.id, actor, "stock.count", f"good:{good_serial}", f"盘点 {counted}，相差 {difference}")
        return {"difference": difference, "on_hand": good.on_hand}

    content = {"good": good_serial, "counted": counted, "on_hand_seen": on_hand_seen, "reason": reason}
    return ledger.submit(village, key, "market.count", content, actor, act)


def _check_pieces(quantity: int, *, least: int) -> None:
    if not least <= quantity <= stock.PIECES_MAX:
        raise InvalidInputError(f"数量要在 {least} 到 {stock.PIECES_MAX:,} 之间。", field="quantity")


def _lock_good(village_id: int, good_serial: int) -> Good:
    """A locked good by its serial. Raises NotFoundError."""
    good_id = session().scalar(select(Good.id).where(Good.village_id == village_id, Good.serial == good_serial))
    if good_id is None:
        raise NotFoundError("没有这样商品，请返回商品列表。")
    return stock.lock_goods(village_id, [good_id])[good_id]
