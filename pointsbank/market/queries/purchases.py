"""Purchases: the list, one of them, what came, and what the fund has to know. Money in fen."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market.models import Good, Lot, Purchase, PurchaseLine, PurchaseReceipt, PurchaseState
from pointsbank.market.services.purchases import NOT_FOUND


@dataclass(frozen=True, slots=True)
class PartCame:
    """Pieces of a good that a delivery brought for a purchase."""

    good_id: int
    pieces: int
    cost_fen: int  # of one piece
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class LineCame:
    """A line of a purchase, and what of it has come."""

    good: Good
    wanted: int
    price_fen: int  # expected, of one piece
    came: int
    came_fen: int  # of all that came

    @property
    def left(self) -> int:
        """Pieces that have not come."""
        return self.wanted - self.came

    @property
    def unit_fen(self) -> int | None:
        """What one piece cost; None where pieces cost differently or nothing came."""
        return self.came_fen // self.came if self.came and self.came_fen % self.came == 0 else None


@dataclass(frozen=True, slots=True)
class PurchaseDue:
    """What the fund needs of a purchase. received_fen: cost of all that came."""

    serial: int
    title: str
    supplier: str
    state: PurchaseState
    received_fen: int
    voucher: str


def purchase(village_id: int, serial: int) -> Purchase:
    """A purchase with lines, goods, quotes and receipts. Raises NotFoundError."""
    found = session().scalar(
        select(Purchase)
        .where(Purchase.village_id == village_id, Purchase.serial == serial)
        .options(
            selectinload(Purchase.lines).joinedload(PurchaseLine.good),
            selectinload(Purchase.quotes),
            selectinload(Purchase.receipts).joinedload(PurchaseReceipt.intake),
        )
    )
    if found is None:
        raise NotFoundError(NOT_FOUND)
    return found


def purchases(
    village_id: int, *, state: PurchaseState | None = None, before: int | None = None, limit: int = 50
) -> Sequence[Purchase]:
    """Purchases with their lines and quotes, newest first, a page by key: pass the last serial as before."""
    query = (
        select(Purchase)
        .where(Purchase.village_id == village_id)
        .options(selectinload(Purchase.lines).joinedload(PurchaseLine.good), selectinload(Purchase.quotes))
    )
    if state is not None:
        query = query.where(Purchase.state == state)
    if before is not None:
        query = query.where(Purchase.serial < before)
    return session().scalars(query.order_by(Purchase.serial.desc()).limit(limit)).all()


def parts_of(purchase_id: int) -> dict[int, list[PartCame]]:
    """What each delivery of a purchase brought, by the delivery's id."""
    found: dict[int, list[PartCame]] = defaultdict(list)
    query = (
        select(PurchaseReceipt.intake_id, Lot.good_id, Lot.received, Lot.cost_fen, Lot.expires_on)
        .join(PurchaseReceipt, PurchaseReceipt.intake_id == Lot.intake_id)
        .where(PurchaseReceipt.purchase_id == purchase_id)
        .order_by(Lot.serial)
    )
    for intake_id, good_id, pieces, cost_fen, expires_on in session().execute(query):
        found[intake_id].append(PartCame(good_id, pieces, cost_fen, expires_on))
    return found


def lines_came(purchase: Purchase, parts: Iterable[PartCame]) -> list[LineCame]:
    """The lines of a purchase beside what came of each."""
    pieces: dict[int, int] = defaultdict(int)
    cost: dict[int, int] = defaultdict(int)
    for part in parts:
        pieces[part.good_id] += part.pieces
        cost[part.good_id] += part.pieces * part.cost_fen
    return [
        LineCame(line.good, line.quantity, line.price_fen, pieces[line.good_id], cost[line.good_id])
        for line in purchase.lines
    ]


def received_fen(purchase_ids: Iterable[int]) -> dict[int, int]:
    """The cost of all that came, by the purchase's id; one for which nothing came is left out."""
    query = (
        select(PurchaseReceipt.purchase_id, func.sum(Lot.received * Lot.cost_fen))
        .join(Lot, Lot.intake_id == PurchaseReceipt.intake_id)
        .where(PurchaseReceipt.purchase_id.in_(list(purchase_ids)))
        .group_by(PurchaseReceipt.purchase_id)
    )
    return {purchase_id: int(total) for purchase_id, total in session().execute(query)}


def payable_purchases(village_id: int, *, limit: int = 200) -> list[PurchaseDue]:
    """Purchases of which something came, newest first: what the fund pays, and under which voucher it was."""
    rows = session().scalars(
        select(Purchase)
        .where(Purchase.village_id == village_id, Purchase.receipts.any())
        .options(selectinload(Purchase.quotes))
        .order_by(Purchase.serial.desc())
        .limit(limit)
    )
    return _due(rows.all())


def payable_purchase(village_id: int, serial: int) -> PurchaseDue:
    """What the fund needs of one purchase. Raises NotFoundError."""
    return _due([purchase(village_id, serial)])[0]


def _due(rows: Sequence[Purchase]) -> list[PurchaseDue]:
    costs = received_fen(row.id for row in rows)
    return [
        PurchaseDue(
            serial=row.serial,
            title=row.title,
            supplier=row.quote.supplier if row.quote else "",
            state=row.state,
            received_fen=costs.get(row.id, 0),
            voucher=row.voucher,
        )
        for row in rows
    ]
