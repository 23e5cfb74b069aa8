"""Proof of deliveries and write-offs: who brought, received, threw away and saw it, as the trail has it."""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import func, select

from pointsbank.audit.queries import texts_of
from pointsbank.foundation.database import session
from pointsbank.market.models import Good, Intake, Lot, MoveKind, StockMove, WriteOff
from pointsbank.market.services.stocking import RECEIVE_ACTION, WRITE_OFF_ACTION, receiving_words, write_off_words
from pointsbank.market.verification.stock import Walk


def delivery_problems(village_id: int, walk: Walk) -> Iterator[str]:
    """Deliveries against their lots, the first moves of these, and the trail."""
    lots: dict[int, list[Lot]] = defaultdict(list)
    for lot in session().scalars(select(Lot).where(Lot.village_id == village_id, Lot.intake_id.is_not(None))):
        lots[lot.intake_id or 0].append(lot)
    told = texts_of(village_id, RECEIVE_ACTION)
    query = select(Intake).where(Intake.village_id == village_id).order_by(Intake.serial)
    for expected, intake in enumerate(session().scalars(query), start=1):
        place, its_lots = f"入库单{intake.serial}号", lots.pop(intake.id, [])
        if intake.serial != expected:
            yield f"{place}：前面缺了入库单"
        words = receiving_words(intake, sum(lot.received for lot in its_lots))
        if told.pop(f"intake:{intake.serial}", None) not in ([words], [""]):
            yield f"{place}：内容与留痕里入库时记下的不符"
        by = {(intake.origin, intake.actor, intake.submission_key)}
        if {(lot.origin, *walk.first_moves.get(lot.serial, (0, "", ""))[1:]) for lot in its_lots} != by:
            yield f"{place}：经手人或来源与库存流水不符"
    if told or lots:
        yield "入库单：留痕和批次里有的，单子不见了"


def write_off_problems(village_id: int, walk: Walk) -> Iterator[str]:
    """Write-offs against their moves, what these cost, and the trail."""
    of_lot = (Lot.village_id == StockMove.village_id) & (Lot.serial == StockMove.lot_serial)
    costs = {
        (key, good_serial): int(cost)
        for key, good_serial, cost in session().execute(
            select(StockMove.submission_key, StockMove.good_serial, func.sum(-StockMove.quantity * Lot.cost_fen))
            .join(Lot, of_lot)
            .where(StockMove.village_id == village_id, StockMove.kind == MoveKind.WRITE_OFF)
            .group_by(StockMove.submission_key, StockMove.good_serial)
        )
    }
    told, words = texts_of(village_id, WRITE_OFF_ACTION), defaultdict(list)
    query = select(WriteOff, Good.serial).join(Good, Good.id == WriteOff.good_id).order_by(WriteOff.serial)
    for expected, (row, good) in enumerate(session().execute(query.where(WriteOff.village_id == village_id)), start=1):
        place, which = f"报损{row.serial}号", (row.submission_key, good)
        if row.serial != expected:
            yield f"{place}：前面缺了报损记录"
        if (walk.written_off.get(which), costs.get(which)) != (row.quantity, row.cost_fen):
            yield f"{place}：数量或成本与库存流水不符"
        words[good].append(write_off_words(row))
    for good, said in words.items():  # what was written off before there were lots stands in the trail alone
        trail = told.get(f"good:{good}", [])[-len(said) :]
        if len(trail) != len(said) or any(one not in ("", other) for one, other in zip(trail, said, strict=True)):
            yield f"商品序号{good}：报损的原因或见证人与留痕里记下的不符"
