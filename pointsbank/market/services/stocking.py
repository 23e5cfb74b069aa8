"""What comes into the shop and leaves it otherwise than by redemption: receiving, writing off, counting."""

from datetime import date
from typing import Any

from sqlalchemy import select

from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market import stock
from pointsbank.market.errors import ChangedMeanwhileError, OutOfStockError
from pointsbank.market.models import Good, MoveKind
from pointsbank.market.services.baskets import Lines
from pointsbank.places.models import Place

RECEIVE_LINES_MAX = 200  # different goods in one delivery
SOURCE_LENGTH_MAX = 200
EARLIEST_DAY = date(2020, 1, 1)  # before it no village had such a shop: a slip of typing


def receive(village: Place, lines: Lines, source: str, received_on: date, actor: Actor, key: str) -> dict[str, Any]:
    """Put a delivery on the shelves. lines: good's id and pieces; source: donor or seller in words.

    Gives {"moves": [sequences], "pieces": in all}. Raises InvalidInputError, NotFoundError.
    """
    source = clean_text(source, what="来源", length_max=SOURCE_LENGTH_MAX, required=True, field="source")
    if not EARLIEST_DAY <= received_on <= clock.today():
        raise InvalidInputError("入库日期不能晚于今天，也不能早于 2020 年。", field="received_on")
    if not lines:
        raise InvalidInputError("还没有录入东西。请先扫条码或输入编号。", field="scan")
    if len(lines) > RECEIVE_LINES_MAX:
        raise InvalidInputError(f"一次最多入库 {RECEIVE_LINES_MAX} 样，请分几次办。", field="scan")

    def act() -> dict[str, Any]:
        goods = stock.lock_goods(village.id, [good_id for good_id, _ in lines])
        cause = stock.Cause(actor, key, received_on, source)
        moves = []
        for good_id, quantity in lines:
            _check_pieces(quantity, least=1)
            moves.append(stock.move(village, goods[good_id], MoveKind.RECEIVE, quantity, cause))
        pieces = sum(quantity for _, quantity in lines)
        audit.record(village.id, actor, "stock.receive", f"stock:{moves[0]}", f"{source}，共 {pieces} 件")
        return {"moves": moves, "pieces": pieces}

    content = {
        "lines": [list(line) for line in lines],
        "source": source,
        "received_on": received_on.isoformat(),
    }
    return ledger.submit(village, key, "market.receive", content, actor, act)


def write_off(village: Place, good_serial: int, quantity: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Take spoilt or lost pieces off the stock; what waits in orders stays.

    Gives {"move": sequence, "on_hand": pieces left}. Raises InvalidInputError, NotFoundError, OutOfStockError.
    """
    reason = clean_text(reason, what="报损原因", length_max=SOURCE_LENGTH_MAX, required=True, field="reason")
    _check_pieces(quantity, least=1)

    def act() -> dict[str, Any]:
        good = _lock_good(village.id, good_serial)
        if quantity > good.available:
            raise OutOfStockError(
                f"库存 {good.on_hand} {good.unit}，其中 {good.reserved} {good.unit}已被预留，"
                f"最多报损 {good.available} {good.unit}。",
                field="quantity",
            )
        sequence = stock.move(
            village, good, MoveKind.WRITE_OFF, -quantity, stock.Cause(actor, key, clock.today(), reason)
        )
        audit.record(village.id, actor, "stock.write_off", f"good:{good_serial}", f"{quantity}：{reason}")
        return {"move": sequence, "on_hand": good.on_hand}

    content = {"good": good_serial, "quantity": quantity, "reason": reason}
    return ledger.submit(village, key, "market.write_off", content, actor, act)


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
