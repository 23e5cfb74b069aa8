"""The stock: the only module that writes stock moves and changes what is on hand or reserved, of goods and of lots.

Goods are locked first (in order of id), which also keeps their lots to one writer; then the ledger, then moves are
written: their chain's head comes last. What goes out comes from the lots that expire first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from pointsbank.foundation import chain, clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, table_of
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_id, new_salt
from pointsbank.market.errors import OutOfStockError
from pointsbank.market.models import Good, Lot, MoveKind, Origin, StockMove, StockMoveText
from pointsbank.places.models import Place

CHAIN = "stock"
PIECES_MAX = 1_000_000  # of one good on hand; far above any village's store

_LOCK_GOODS = (
    select(Good)
    .where(Good.village_id == bindparam("village"), Good.id.in_(bindparam("goods", expanding=True)))
    .order_by(Good.id)
    .with_for_update(of=Good)
    .execution_options(populate_existing=True)
)
_LOTS = (
    select(Lot)
    .where(Lot.good_id == bindparam("good"), Lot.on_hand > 0)
    .order_by(Lot.expires_on.is_(None), Lot.expires_on, Lot.serial)
    .execution_options(populate_existing=True)
)
_ADD_MOVE = insert(table_of(StockMove))
_ADD_TEXT = insert(table_of(StockMoveText))


@dataclass(frozen=True, slots=True)
class Cause:
    """Who moves stock, in which act and why. text: donor or reason; redemption_serial: where goods went."""

    actor: Actor
    submission_key: str
    occurred_on: date
    text: str = ""
    redemption_serial: int | None = None


def lock_goods(village_id: int, good_ids: Iterable[int]) -> dict[int, Good]:
    """Goods of a village by id, locked and as they are now. Raises NotFoundError if one is not the village's."""
    wanted = sorted(set(good_ids))
    goods = {good.id: good for good in session().scalars(_LOCK_GOODS, {"village": village_id, "goods": wanted})}
    if len(goods) < len(wanted):
        raise NotFoundError("有一样东西不在本村的商品里，请返回重新选择。")
    return goods


def chained_fields(village_code: str, row: Mapping[str, Any]) -> tuple[chain.Field, ...]:
    """What of a move is chained, in order (the sequence goes before, see chain.Head.append).

    Village code, kind, good's serial, quantity, on hand after, occurred_on, moved_at, actor, submission key,
    redemption serial, text digest; since lots are kept the lot's serial and, at its first move, the lot's digest.
    """
    fields: tuple[chain.Field, ...] = (
        village_code,
        row["kind"].value,
        row["good_serial"],
        row["quantity"],
        row["on_hand_after"],
        row["occurred_on"],
        row["moved_at"],
        row["actor"],
        row["submission_key"],
        row["redemption_serial"],
        row["text_digest"],
    )
    return fields if row["lot_serial"] is None else (*fields, row["lot_serial"], row["lot_digest"])


def lot_digest(good_serial: int, lot: Lot) -> bytes:
    """A digest of what a lot is, chained with its first move: good's serial, origin, day it came, last day, cost."""
    fields = (lot.serial, good_serial, lot.origin.value, lot.received_on, lot.expires_on, lot.cost_fen)
    return chain.link("lot", chain.GENESIS, fields)


def check_available(good: Good, quantity: int) -> None:
    """Raises OutOfStockError when fewer than these pieces can still be taken."""
    if good.available <= 0:
        why = "剩下的已经过期，不能给人" if good.expired > 0 else "这样东西刚刚被换完了"
        raise OutOfStockError(f"“{good.title}”：{why}。积分没有动，请换一样或改天再来。")
    if quantity > good.available:
        raise OutOfStockError(f"“{good.title}”只剩 {good.available} {good.unit}了，积分没有动，请减少数量。")


def reserve(good: Good, quantity: int) -> None:
    """Put pieces of a locked good aside for an order. Raises OutOfStockError."""
    check_available(good, quantity)
    good.reserved += quantity


def unreserve(good: Good, quantity: int) -> None:
    """Let pieces of a locked good go that were put aside."""
    good.reserved -= quantity


def new_lot(good: Good, origin: Origin, received_on: date, *, cost_fen: int, expires_on: date | None = None) -> Lot:
    """A lot of a locked good, with nothing in it yet: the move that fills it follows in the same act."""
    current = session()
    chain.lock_head(current, good.village_id, CHAIN)  # lots are numbered one after the other
    newest = current.scalar(select(func.max(Lot.serial)).where(Lot.village_id == good.village_id)) or 0
    lot = Lot(
        id=new_id(),
        village_id=good.village_id,
        serial=newest + 1,
        good_id=good.id,
        origin=origin,
        received_on=received_on,
        expires_on=expires_on,
        cost_fen=cost_fen,
        received=0,
        on_hand=0,
    )
    current.add(lot)
    current.flush()
    return lot


def move(village: Place, good: Good, kind: MoveKind, quantity: int, cause: Cause, lot: Lot | None = None) -> list[int]:
    """Move pieces of a locked good and change what is on hand; gives the sequences, one for each lot.

    quantity: pieces with sign. lot: theirs, where it is known; else what goes out comes from the lots that expire
    first, what a household brings back goes where it came from, and what a count finds goes to the newest lot.
    Raises OutOfStockError, InvalidInputError for more than a store can hold.
    """
    if quantity < 0:
        parts = _going(good, kind, -quantity, lot)
    else:
        if good.on_hand + quantity > PIECES_MAX:
            raise InvalidInputError(f"“{good.title}”的库存最多记 {PIECES_MAX:,} {good.unit}，请核对数量。")
        parts = _coming(good, kind, quantity, cause, lot)
    sequences = [_write(village, good, kind, of, pieces, cause) for of, pieces in parts]
    session().expire(good, ["expired"])
    return sequences


Parts = list[tuple[Lot, int]]  # lots with pieces, signed


def _going(good: Good, kind: MoveKind, quantity: int, lot: Lot | None) -> Parts:
    """Which lots pieces leave. Raises OutOfStockError."""
    lots: Sequence[Lot] = [lot] if lot else session().scalars(_LOTS, {"good": good.id}).all()
    if kind is MoveKind.ISSUE:
        check_available(good, quantity)
        lots = [one for one in lots if not one.is_expired(clock.today())]
    elif quantity > good.on_hand - good.reserved:
        raise OutOfStockError(
            f"“{good.title}”库存 {good.on_hand} {good.unit}，其中 {good.reserved} {good.unit}已被预留，"
            f"最多能减 {good.on_hand - good.reserved} {good.unit}。要多减，先取消预留单。",
            field="quantity",
        )
    parts, left = [], quantity
    for one in lots:
        taken = min(left, one.on_hand)
        if taken:
            parts.append((one, -taken))
            left -= taken
    if left:
        raise OutOfStockError(f"“{good.title}”这一批只有 {quantity - left} {good.unit}，请减少数量。", field="quantity")
    return parts


def _coming(good: Good, kind: MoveKind, quantity: int, cause: Cause, lot: Lot | None) -> Parts:
    """Which lots pieces go to."""
    if lot is not None:
        return [(lot, quantity)]
    if kind in (MoveKind.RETURN, MoveKind.VOID) and cause.redemption_serial is not None:
        return _back(good, quantity, cause.redemption_serial)
    newest = session().scalar(select(Lot).where(Lot.good_id == good.id).order_by(Lot.serial.desc()).limit(1))
    if newest is None or newest.is_expired(clock.today()):
        newest = new_lot(good, Origin.COUNT, cause.occurred_on, cost_fen=good.cost_fen)
    return [(newest, quantity)]


def _back(good: Good, quantity: int, redemption_serial: int) -> Parts:
    """The lots that a redemption took pieces from and has not brought back to, the last one first."""
    query = (
        select(StockMove.lot_serial, -func.sum(StockMove.quantity))
        .where(
            StockMove.village_id == good.village_id,
            StockMove.good_serial == good.serial,
            StockMove.redemption_serial == redemption_serial,
        )
        .group_by(StockMove.lot_serial)
        .order_by(StockMove.lot_serial.desc())
    )
    parts, left = [], quantity
    for serial, out in session().execute(query):
        back = min(left, int(out))
        if back:
            parts.append((_lot_by_serial(good, serial), back))
            left -= back
    if left:
        raise OutOfStockError("退回的比换走的多，请核对数量。", field="quantity")
    return parts


def _lot_by_serial(good: Good, serial: int | None) -> Lot:
    """A lot of a locked good; None is its opening lot, for what was moved before lots were kept."""
    which = Lot.origin == Origin.OPENING if serial is None else Lot.serial == serial
    return session().scalars(select(Lot).where(Lot.good_id == good.id, which)).one()


def _write(village: Place, good: Good, kind: MoveKind, lot: Lot, quantity: int, cause: Cause) -> int:
    current = session()
    is_first = lot.received == 0
    if is_first:
        lot.received = quantity
    good.on_hand += quantity
    lot.on_hand += quantity
    head = chain.lock_head(current, village.id, CHAIN)
    salt = new_salt() if cause.text else None
    row: dict[str, Any] = {
        "village_id": village.id,
        "kind": kind,
        "good_serial": good.serial,
        "quantity": quantity,
        "on_hand_after": good.on_hand,
        "occurred_on": cause.occurred_on,
        "moved_at": clock.now(),
        "actor": cause.actor.key,
        "submission_key": cause.submission_key,
        "redemption_serial": cause.redemption_serial,
        "text_digest": chain.text_digest(salt, cause.text) if salt else None,
        "lot_serial": lot.serial,
        "lot_digest": lot_digest(good.serial, lot) if is_first else None,
    }
    row["sequence"], row["previous_digest"], row["digest"] = head.append(chained_fields(village.code, row))
    current.flush()  # before the move: what is on hand
    connection = current.connection()
    connection.execute(_ADD_MOVE, row)
    if salt:
        text = {"village_id": village.id, "sequence": row["sequence"], "salt": salt, "text": cause.text}
        connection.execute(_ADD_TEXT, text)
    sequence: int = row["sequence"]
    return sequence
