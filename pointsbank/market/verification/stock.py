"""Proof that the stock is whole: the chain of moves, their texts, what is on hand and reserved, lots."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, func, select

from pointsbank.audit.queries import erased_subjects
from pointsbank.foundation import chain
from pointsbank.foundation.database import session, table_of
from pointsbank.ledger.models import Submission
from pointsbank.market.models import (
    Good,
    Lot,
    MoveKind,
    Order,
    OrderLine,
    OrderState,
    Origin,
    StockMove,
    StockMoveText,
)
from pointsbank.market.stock import chained_fields, lot_digest
from pointsbank.places.models import Place

TITLE = "库存流水"
ROWS_AT_ONCE = 5_000

_SIGNS = {
    MoveKind.RECEIVE: 1,
    MoveKind.RETURN: 1,
    MoveKind.VOID: 1,
    MoveKind.ISSUE: -1,
    MoveKind.WRITE_OFF: -1,
}  # a count goes either way
OF_REDEMPTIONS = (MoveKind.ISSUE, MoveKind.RETURN, MoveKind.VOID)

Pieces = dict[int, int]  # by good's serial


class Walk:
    """One pass over the moves, adding up what is on hand and what went to each redemption."""

    def __init__(self, village: Place) -> None:
        self.village = village
        self.problems: list[str] = []
        self.on_hand: Pieces = defaultdict(int)
        self.of_lots: dict[tuple[int, int | None], int] = defaultdict(int)  # good's and lot's serial; pieces
        self.lot_digests: dict[int, bytes] = {}
        self.first_moves: dict[int, tuple[int, str, str]] = {}  # by lot: pieces, who, submission key
        self.written_off: dict[tuple[str, int], int] = defaultdict(int)  # submission key and good's serial; pieces
        self.of_redemptions: dict[tuple[int, MoveKind], Pieces] = defaultdict(lambda: defaultdict(int))
        self._erased = erased_subjects(village.id)
        self._keys = set(session().scalars(select(Submission.key).where(Submission.village_id == village.id)))

    def rows(self) -> Iterator[chain.ChainedRow]:
        """The chained rows in order; on the way everything beside the chain is checked."""
        moves, texts = table_of(StockMove), table_of(StockMoveText)
        query = (
            select(moves, texts.c.salt, texts.c.text)
            .outerjoin(texts, (texts.c.village_id == moves.c.village_id) & (texts.c.sequence == moves.c.sequence))
            .where(moves.c.village_id == self.village.id)
            .order_by(moves.c.sequence)
        )
        for move in session().execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
            self._check(move)
            fields = chained_fields(self.village.code, dict(move._mapping))
            yield chain.ChainedRow(move.sequence, move.previous_digest, move.digest, fields)

    def _check(self, move: Row[*tuple[Any, ...]]) -> None:
        place = f"{TITLE}第{move.sequence}笔"
        erased = f"stock_move_texts:{move.sequence}" in self._erased
        problem = chain.text_problem(place, move.text_digest, move.salt, move.text, erased=erased)
        if problem:
            self.problems.append(problem)
        self.on_hand[move.good_serial] += move.quantity
        if self.on_hand[move.good_serial] != move.on_hand_after:
            self.problems.append(f"{place}：结存与前面的流水合计不符")
        self.of_lots[move.good_serial, move.lot_serial] += move.quantity
        if move.lot_digest is not None:
            if move.lot_serial in self.lot_digests:
                self.problems.append(f"{place}：批次{move.lot_serial}开了两次头")
            self.lot_digests[move.lot_serial] = move.lot_digest
            self.first_moves[move.lot_serial] = (move.quantity, move.actor, move.submission_key)
        if move.kind is MoveKind.WRITE_OFF:
            self.written_off[move.submission_key, move.good_serial] -= move.quantity
        if move.quantity * _SIGNS.get(move.kind, move.quantity) <= 0:
            self.problems.append(f"{place}：数量的正负与类别不符")
        if (move.redemption_serial is not None) != (move.kind in OF_REDEMPTIONS):
            self.problems.append(f"{place}：兑换号缺失或多余")
        elif move.redemption_serial is not None:
            self.of_redemptions[move.redemption_serial, move.kind][move.good_serial] += abs(move.quantity)
        if move.submission_key not in self._keys:
            self.problems.append(f"{place}：提交记录不见了")


def good_problems(village_id: int, walk: Walk) -> Iterator[str]:
    """What is on hand and reserved of each good against its moves and the orders that wait."""
    waiting: dict[int, int] = {
        good_id: int(pieces)
        for good_id, pieces in session().execute(
            select(OrderLine.good_id, func.sum(OrderLine.quantity - OrderLine.handed))
            .join(Order)
            .where(Order.village_id == village_id, Order.state == OrderState.WAITING)
            .group_by(OrderLine.good_id)
        )
    }
    known = set()
    for good in session().scalars(select(Good).where(Good.village_id == village_id).order_by(Good.serial)):
        known.add(good.serial)
        if good.on_hand != walk.on_hand.get(good.serial, 0):
            yield f"商品{good.code}：库存{good.on_hand}与流水合计{walk.on_hand.get(good.serial, 0)}不符"
        if not good.is_service and good.reserved != waiting.get(good.id, 0):
            yield f"商品{good.code}：预留{good.reserved}与等待领取的单子合计{waiting.get(good.id, 0)}不符"
    for serial in sorted(walk.on_hand.keys() - known):
        yield f"商品序号{serial}：有库存流水却没有这样商品"


def lot_problems(village_id: int, walk: Walk) -> Iterator[str]:
    """Lots against their moves. What was moved before lots is of the opening lot."""
    found: dict[tuple[int, int | None], int] = dict(walk.of_lots)
    lots = select(Lot, Good.serial).join(Good, Good.id == Lot.good_id).where(Lot.village_id == village_id)
    for expected, (lot, good_serial) in enumerate(session().execute(lots.order_by(Lot.serial)), start=1):
        place = f"批次{lot.serial}号"
        moved = found.pop((good_serial, lot.serial), 0)
        if lot.origin is Origin.OPENING:
            moved += found.pop((good_serial, None), 0)
        elif walk.lot_digests.get(lot.serial) != lot_digest(good_serial, lot):
            yield f"{place}：到期日、成本或来源与入库时记下的不符"
        elif walk.first_moves[lot.serial][0] != lot.received:
            yield f"{place}：收到{lot.received}与入库的流水不符"
        if lot.serial != expected:
            yield f"{place}：前面缺了批次"
        if lot.on_hand != moved:
            yield f"{place}：还有{lot.on_hand}与流水合计{moved}不符"
    for good_serial, lot_serial in found:
        yield f"商品序号{good_serial}：流水里的批次{lot_serial or '（原有库存）'}不见了"
