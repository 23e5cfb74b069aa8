"""What lies on the shelf by lots, what came in and what was written off. Cost in fen, quantities in whole pieces."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select

from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market.models import Good, Intake, Lot, Origin, StockMove, WriteOff

EXPIRING_DAYS = 30  # how far the list of what expires looks ahead


@dataclass(frozen=True, slots=True)
class LotLine:
    """A lot with its good and where it came from."""

    lot: Lot
    good: Good
    source: str


@dataclass(frozen=True, slots=True)
class WriteOffLine:
    """A write-off with its good."""

    write_off: WriteOff
    good: Good


def lots_of(village_id: int, good_id: int) -> list[LotLine]:
    """The lots of a good that have pieces, in the order in which they are handed out."""
    return _lot_lines(village_id, Lot.good_id == good_id)


def expiring(village_id: int, *, days: int = EXPIRING_DAYS, limit: int = 200) -> list[LotLine]:
    """Lots with pieces whose last day is over or comes within these days, the earliest first."""
    return _lot_lines(village_id, Lot.expires_on <= clock.today() + timedelta(days=days))[:limit]


def _lot_lines(village_id: int, which: ColumnElement[bool]) -> list[LotLine]:
    query = (
        select(Lot, Good, Intake.source)
        .join(Good, Good.id == Lot.good_id)
        .outerjoin(Intake, Intake.id == Lot.intake_id)
        .where(Lot.village_id == village_id, Lot.on_hand > 0, which)
        .order_by(Lot.expires_on.is_(None), Lot.expires_on, Lot.serial)
    )
    return [LotLine(lot, good, source or "") for lot, good, source in session().execute(query)]


def stock_cost_fen(village_id: int, day: date) -> int:
    """What lay on the shelf at the end of a day, at the cost of its lots, in fen.

    What was moved before lots were kept is counted at the cost of the good's opening lot.
    """
    of_lot = (Lot.village_id == StockMove.village_id) & (Lot.serial == StockMove.lot_serial)
    of_opening = (Lot.good_id == Good.id) & (Lot.origin == Origin.OPENING)
    here = (StockMove.village_id == village_id, StockMove.occurred_on <= day)
    cost = select(func.sum(StockMove.quantity * Lot.cost_fen)).select_from(StockMove)
    kept = cost.join(Lot, of_lot).where(*here)
    older = (
        cost.join(Good, (Good.village_id == StockMove.village_id) & (Good.serial == StockMove.good_serial))
        .join(Lot, of_opening)
        .where(*here, StockMove.lot_serial.is_(None))
    )
    return int(session().scalar(kept) or 0) + int(session().scalar(older) or 0)


def intake(village_id: int, serial: int) -> Intake:
    """A delivery by its number. Raises NotFoundError."""
    found = session().scalar(select(Intake).where(Intake.village_id == village_id, Intake.serial == serial))
    if found is None:
        raise NotFoundError("没有这张入库单，请返回入库记录。")
    return found


def intakes(village_id: int, *, before: int | None = None, limit: int = 50) -> Sequence[Intake]:
    """Deliveries, newest first, a page by key: pass the last serial as before."""
    query = select(Intake).where(Intake.village_id == village_id).order_by(Intake.serial.desc()).limit(limit)
    if before is not None:
        query = query.where(Intake.serial < before)
    return session().scalars(query).all()


def lots_in(intake: Intake) -> Sequence[tuple[Lot, Good]]:
    """What a delivery brought, in order."""
    query = select(Lot, Good).join(Good, Good.id == Lot.good_id).where(Lot.intake_id == intake.id).order_by(Lot.serial)
    return [(lot, good) for lot, good in session().execute(query)]


def write_offs(village_id: int, *, before: int | None = None, limit: int = 50) -> list[WriteOffLine]:
    """What was written off, newest first, a page by key: pass the last serial as before."""
    query = (
        select(WriteOff, Good)
        .join(Good, Good.id == WriteOff.good_id)
        .where(WriteOff.village_id == village_id)
        .order_by(WriteOff.serial.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(WriteOff.serial < before)
    return [WriteOffLine(write_off, good) for write_off, good in session().execute(query)]
