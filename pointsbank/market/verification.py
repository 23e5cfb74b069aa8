"""Proof that the stock is whole: chain, texts, what is on hand and reserved, orders and redemptions against both books.

The ledger proves its own book; here only what points and goods say of each other is compared.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import InstrumentedAttribute

from pointsbank.audit.queries import erased_subjects
from pointsbank.foundation import chain
from pointsbank.foundation.database import session, table_of
from pointsbank.ledger.models import Account, AccountKind, Submission, Transfer, TransferKind
from pointsbank.market import counting_checks, partner_checks, price_checks, purchase_checks
from pointsbank.market.models import (
    Good,
    Lot,
    MoveKind,
    Order,
    OrderLine,
    OrderState,
    Origin,
    Redemption,
    RedemptionLine,
    StockMove,
    StockMoveText,
    WriteOff,
)
from pointsbank.market.services.baskets import lines_digest
from pointsbank.market.stock import CHAIN, chained_fields, lot_digest
from pointsbank.people.models import Household
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
_OF_REDEMPTIONS = (MoveKind.ISSUE, MoveKind.RETURN, MoveKind.VOID)

Pieces = dict[int, int]  # by good's serial


def problems(village: Place) -> list[str]:
    """What is wrong with a village's stock, orders and redemptions; every problem names its place."""
    walk = _Walk(village)
    head = chain.head_of(session(), village.id, CHAIN)
    found = list(chain.problems(walk.rows(), CHAIN, TITLE, head))
    transfers = _Transfers(village.id)
    return [
        *found,
        *walk.problems,
        *_good_problems(village.id, walk),
        *_lot_problems(village.id, walk),
        *_order_problems(village.id, transfers),
        *_held_problems(village.id),
        *_redemption_problems(village.id, walk, transfers),
        *counting_checks.problems(village),
        *price_checks.problems(village),
        *purchase_checks.problems(village),
        *partner_checks.problems(village),
    ]


class _Walk:
    """One pass over the moves, adding up what is on hand and what went to each redemption."""

    def __init__(self, village: Place) -> None:
        self.village = village
        self.problems: list[str] = []
        self.on_hand: Pieces = defaultdict(int)
        self.of_lots: dict[tuple[int, int | None], int] = defaultdict(int)  # good's and lot's serial; pieces
        self.lot_digests: dict[int, bytes] = {}
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
        if move.kind is MoveKind.WRITE_OFF:
            self.written_off[move.submission_key, move.good_serial] -= move.quantity
        if move.quantity * _SIGNS.get(move.kind, move.quantity) <= 0:
            self.problems.append(f"{place}：数量的正负与类别不符")
        if (move.redemption_serial is not None) != (move.kind in _OF_REDEMPTIONS):
            self.problems.append(f"{place}：兑换号缺失或多余")
        elif move.redemption_serial is not None:
            self.of_redemptions[move.redemption_serial, move.kind][move.good_serial] += abs(move.quantity)
        if move.submission_key not in self._keys:
            self.problems.append(f"{place}：提交记录不见了")


class _Transfers:
    """The transfers of orders and redemptions by sequence, and what points at each."""

    def __init__(self, village_id: int) -> None:
        query = select(Transfer).where(
            Transfer.village_id == village_id, Transfer.source_type.in_(("order", "redemption"))
        )
        self.by_sequence = {transfer.sequence: transfer for transfer in session().scalars(query)}
        self.referring: dict[tuple[int, TransferKind], int] = defaultdict(int)
        for transfer in self.by_sequence.values():
            if transfer.refers_to is not None:
                self.referring[transfer.refers_to, transfer.kind] += transfer.amount

    def first_kind(self, sequence: int, *kinds: TransferKind) -> Transfer | None:
        """The transfer with this sequence if it is of one of these kinds."""
        found = self.by_sequence.get(sequence)
        return found if found is not None and found.kind in kinds else None


def _good_problems(village_id: int, walk: _Walk) -> Iterator[str]:
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


def _lot_problems(village_id: int, walk: _Walk) -> Iterator[str]:
    """Lots against their moves, and write-offs against theirs. What was moved before lots is of the opening lot."""
    found: dict[tuple[int, int | None], int] = dict(walk.of_lots)
    lots = select(Lot, Good.serial).join(Good, Good.id == Lot.good_id).where(Lot.village_id == village_id)
    for expected, (lot, good_serial) in enumerate(session().execute(lots.order_by(Lot.serial)), start=1):
        place = f"批次{lot.serial}号"
        moved = found.pop((good_serial, lot.serial), 0)
        if lot.origin is Origin.OPENING:
            moved += found.pop((good_serial, None), 0)
        elif walk.lot_digests.get(lot.serial) != lot_digest(good_serial, lot):
            yield f"{place}：到期日、成本或来源与入库时记下的不符"
        if lot.serial != expected:
            yield f"{place}：前面缺了批次"
        if lot.on_hand != moved:
            yield f"{place}：还有{lot.on_hand}与流水合计{moved}不符"
    for good_serial, lot_serial in found:
        yield f"商品序号{good_serial}：流水里的批次{lot_serial or '（原有库存）'}不见了"
    written = select(WriteOff, Good.serial).join(Good, Good.id == WriteOff.good_id)
    written_off = dict(walk.written_off)
    for expected, (row, good_serial) in enumerate(
        session().execute(written.where(WriteOff.village_id == village_id).order_by(WriteOff.serial)), start=1
    ):
        if row.serial != expected:
            yield f"报损{row.serial}号：前面缺了报损记录"
        if written_off.get((row.submission_key, good_serial)) != row.quantity:
            yield f"报损{row.serial}号：数量与库存流水不符"


def _lines(
    village_id: int, lines: type[OrderLine] | type[RedemptionLine], owner: InstrumentedAttribute[int]
) -> dict[int, list[Any]]:
    """Lines with their good's serial, by the id of their order or redemption, in order of position."""
    found: dict[int, list[Any]] = defaultdict(list)
    query = (
        select(owner.label("owner"), table_of(lines), Good.serial.label("good_serial"), Good.is_service)
        .join(Good, Good.id == lines.good_id)
        .where(lines.village_id == village_id)
        .order_by(owner, lines.position)
    )
    for row in session().execute(query):
        found[row.owner].append(row)
    return found


def _content(rows: list[Any]) -> tuple[int, list[tuple[int, int, int]]]:
    """Total in units, and good's serial, pieces and price of each line."""
    lines = [(row.good_serial, row.quantity, row.points_price) for row in rows]
    return sum(quantity * price for _, quantity, price in lines), lines


def _receipts_of_orders(village_id: int) -> dict[int, Pieces]:
    """Pieces on the receipts of each order by good's serial, the voided ones too."""
    found: dict[int, Pieces] = defaultdict(dict)
    query = (
        select(Redemption.order_id, Good.serial, func.sum(RedemptionLine.quantity))
        .select_from(RedemptionLine)
        .join(Redemption)
        .join(Good, Good.id == RedemptionLine.good_id)
        .where(Redemption.village_id == village_id, Redemption.order_id.is_not(None))
        .group_by(Redemption.order_id, Good.serial)
    )
    for order_id, good_serial, pieces in session().execute(query):
        if order_id is not None:
            found[order_id][good_serial] = int(pieces)
    return found


def _order_problems(village_id: int, transfers: _Transfers) -> Iterator[str]:
    lines, receipts = _lines(village_id, OrderLine, OrderLine.order_id), _receipts_of_orders(village_id)
    query = (
        select(Order, Household.serial)
        .join(Household, Household.id == Order.household_id)
        .where(Order.village_id == village_id)
        .order_by(Order.serial)
    )
    for expected, (order, household) in enumerate(session().execute(query), start=1):
        place, rows = f"预留单{order.serial}号", lines[order.id]
        total, content = _content(rows)
        digest = lines_digest("order", order.serial, household, content)
        hold = transfers.first_kind(order.hold_sequence, TransferKind.HOLD)
        if order.serial != expected:
            yield f"{place}：前面缺了单子"
        if hold is None or (hold.amount, hold.source_digest) != (order.points, digest) or total != order.points:
            yield f"{place}：内容与积分账里的预留不符"
        fetched = sum(row.handed * row.points_price for row in rows)
        waits = order.state is OrderState.WAITING
        settled = transfers.referring[order.hold_sequence, TransferKind.SETTLE]
        released = transfers.referring[order.hold_sequence, TransferKind.RELEASE]
        if (settled, released) != (fetched, 0 if waits else order.points - fetched):
            yield f"{place}：状态与积分账里的结清或退回不符"
        handed = {row.good_serial: row.handed for row in rows if row.handed}
        is_over = waits and fetched == order.points
        if is_over or receipts.get(order.id, {}) != handed or (order.state is OrderState.HANDED_OVER and not handed):
            yield f"{place}：状态与兑换记录不符"


def _held_problems(village_id: int) -> Iterator[str]:
    left = (OrderLine.quantity - OrderLine.handed) * OrderLine.points_price
    waiting_query = (
        select(Household.serial, func.sum(left))
        .select_from(OrderLine)
        .join(Order)
        .join(Household, Household.id == Order.household_id)
        .where(Order.village_id == village_id, Order.state == OrderState.WAITING)
        .group_by(Household.serial)
    )
    held_query = select(Account.household_serial, Account.balance).where(
        Account.village_id == village_id, Account.kind == AccountKind.HELD, Account.balance != 0
    )
    waiting = {serial: int(total) for serial, total in session().execute(waiting_query)}
    held = {serial: int(balance) for serial, balance in session().execute(held_query)}
    for serial in sorted(waiting.keys() | held.keys()):
        if waiting.get(serial, 0) != held.get(serial, 0):
            yield f"{serial}号户：预留积分{held.get(serial, 0)}与等待领取的单子{waiting.get(serial, 0)}不符"


def _redemption_problems(village_id: int, walk: _Walk, transfers: _Transfers) -> Iterator[str]:
    lines = _lines(village_id, RedemptionLine, RedemptionLine.redemption_id)
    query = (
        select(Redemption, Household.serial)
        .join(Household, Household.id == Redemption.household_id)
        .where(Redemption.village_id == village_id)
        .order_by(Redemption.serial)
    )
    serials = set()
    for expected, (redemption, household) in enumerate(session().execute(query), start=1):
        serials.add(redemption.serial)
        place = f"兑换{redemption.serial}号"
        rows = lines[redemption.id]
        total, content = _content(rows)
        digest = lines_digest("redemption", redemption.serial, household, content)
        spent = transfers.first_kind(redemption.transfer_sequence, TransferKind.REDEEM, TransferKind.SETTLE)
        if redemption.serial != expected:
            yield f"{place}：前面缺了兑换号"
        if spent is None or (spent.amount, spent.source_digest) != (total, digest) or total != redemption.points:
            yield f"{place}：内容与积分账不符"
        # A service has no stock, and a partner shop gives from its own shelves.
        stocked = [row for row in rows if not row.is_service and redemption.partner_id is None]
        returned = {row.good_serial: row.returned for row in stocked if row.returned}
        back = sum(row.returned * row.points_price for row in rows)
        if transfers.referring[redemption.transfer_sequence, TransferKind.RETURN] != back:
            yield f"{place}：退换数量与退回的积分不符"
        voided = redemption.points if redemption.voided_at is not None else 0
        if transfers.referring[redemption.transfer_sequence, TransferKind.REDEEM_REVERSAL] != voided:
            yield f"{place}：作废标记与积分账不符"
        issued = {row.good_serial: row.quantity for row in stocked}
        moved = {kind: dict(walk.of_redemptions.get((redemption.serial, kind), {})) for kind in _OF_REDEMPTIONS}
        if moved != {
            MoveKind.ISSUE: issued,
            MoveKind.RETURN: returned,
            MoveKind.VOID: issued if redemption.voided_at is not None else {},
        }:
            yield f"{place}：与库存流水不符"
    for serial in sorted({serial for serial, _ in walk.of_redemptions} - serials):
        yield f"兑换{serial}号：有库存流水却没有兑换记录"
