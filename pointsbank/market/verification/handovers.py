"""Proof that orders, holds and redemptions agree with the points and the stock."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from pointsbank.audit.queries import texts_of
from pointsbank.foundation.database import session, table_of
from pointsbank.ledger.models import Account, AccountKind, Transfer, TransferKind
from pointsbank.market.models import (
    Good,
    MoveKind,
    Order,
    OrderLine,
    OrderState,
    Redemption,
    RedemptionLine,
)
from pointsbank.market.services.baskets import lines_digest
from pointsbank.market.services.redemptions import COLLECTED, HAND_OVER_ACTION, collected_words
from pointsbank.market.verification.stock import OF_REDEMPTIONS, Pieces, Walk
from pointsbank.people.models import Household


class Transfers:
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


def order_problems(village_id: int, transfers: Transfers) -> Iterator[str]:
    """Each order against its hold, what settled or released it, and its receipts."""
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


def held_problems(village_id: int) -> Iterator[str]:
    """What is held of each household against what waits for it."""
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


def _is_booked_alike(redemption: Redemption, spent: Transfer) -> bool:
    """Whether receipt and transfer are by one person in one act; the two read the clock one after the other."""
    apart = abs((redemption.redeemed_on - spent.occurred_on).days)
    return (redemption.actor, redemption.submission_key) == (spent.actor, spent.submission_key) and apart <= 1


def _is_collected_as_told(redemption: Redemption, told: dict[str, list[str]]) -> bool:
    """Whether the trail has who collected; a text that was erased on purpose says nothing."""
    [text, *more] = told.get(f"redemption:{redemption.serial}", [None])
    if text is None or more:
        return False
    collected = collected_words(redemption.deputy_name)
    return not text or (text.endswith(collected) if collected else not text.endswith(COLLECTED))


def redemption_problems(village_id: int, walk: Walk, transfers: Transfers) -> Iterator[str]:
    """Each redemption against the points it took and gave back, and the pieces that left and came back."""
    lines = _lines(village_id, RedemptionLine, RedemptionLine.redemption_id)
    query = (
        select(Redemption, Household.serial)
        .join(Household, Household.id == Redemption.household_id)
        .where(Redemption.village_id == village_id)
        .order_by(Redemption.serial)
    )
    serials, told = set(), texts_of(village_id, HAND_OVER_ACTION)
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
        elif not _is_booked_alike(redemption, spent) or not _is_collected_as_told(redemption, told):
            yield f"{place}：谁经手、谁来领或日期与积分账和留痕不符"
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
        moved = {kind: dict(walk.of_redemptions.get((redemption.serial, kind), {})) for kind in OF_REDEMPTIONS}
        if moved != {
            MoveKind.ISSUE: issued,
            MoveKind.RETURN: returned,
            MoveKind.VOID: issued if redemption.voided_at is not None else {},
        }:
            yield f"{place}：与库存流水不符"
    for serial in sorted({serial for serial, _ in walk.of_redemptions} - serials):
        yield f"兑换{serial}号：有库存流水却没有兑换记录"
