"""The stock: the only module that writes stock moves and changes what is on hand or reserved.

Goods are locked first (in order of id), then the ledger, then moves are written: their chain's head comes last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, select

from pointsbank.foundation import chain, clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, table_of
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_salt
from pointsbank.market.errors import OutOfStockError
from pointsbank.market.models import Good, MoveKind, StockMove, StockMoveText
from pointsbank.places.models import Place

CHAIN = "stock"
PIECES_MAX = 1_000_000  # of one good on hand; far above any village's store

_LOCK_GOODS = (
    select(Good)
    .where(Good.village_id == bindparam("village"), Good.id.in_(bindparam("goods", expanding=True)))
    .order_by(Good.id)
    .with_for_update()
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
    redemption serial, text digest.
    """
    return (
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


def check_available(good: Good, quantity: int) -> None:
    """Raises OutOfStockError when fewer than these pieces can still be taken."""
    if good.available <= 0:
        raise OutOfStockError(f"“{good.title}”：这样东西刚刚被换完了。积分没有动，请换一样或改天再来。")
    if quantity > good.available:
        raise OutOfStockError(f"“{good.title}”只剩 {good.available} {good.unit}了，积分没有动，请减少数量。")


def reserve(good: Good, quantity: int) -> None:
    """Put pieces of a locked good aside for an order. Raises OutOfStockError."""
    check_available(good, quantity)
    good.reserved += quantity


def unreserve(good: Good, quantity: int) -> None:
    """Let pieces of a locked good go that were put aside."""
    good.reserved -= quantity


def move(village: Place, good: Good, kind: MoveKind, quantity: int, cause: Cause) -> int:
    """Write a move of a locked good and change what is on hand; gives its sequence.

    quantity: pieces with sign. Raises OutOfStockError, InvalidInputError for more than a store can hold.
    """
    if quantity < 0:
        check_available(good, -quantity)
    if good.on_hand + quantity > PIECES_MAX:
        raise InvalidInputError(f"“{good.title}”的库存最多记 {PIECES_MAX:,} {good.unit}，请核对数量。")
    good.on_hand += quantity
    current = session()
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
