"""What the fund still has to pay: purchases that came, and settlements that both sides signed. Amounts in fen."""

from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from pointsbank.foundation.database import session
from pointsbank.fund.models import EntryKind, FundEntry
from pointsbank.market.models import SettlementState
from pointsbank.market.queries import purchases, settlements


@dataclass(frozen=True, slots=True)
class Due:
    """Something to pay for: its number among the purchases or the settlements, whom to pay, how much in all."""

    kind: EntryKind  # PURCHASE or SETTLEMENT
    serial: int
    title: str
    counterpart: str
    owed_fen: int
    paid_fen: int

    @property
    def left_fen(self) -> int:
        """What is still to be paid; never below 0."""
        return max(self.owed_fen - self.paid_fen, 0)


def due(village_id: int, kind: EntryKind, serial: int) -> Due:
    """One purchase or settlement as the fund sees it; an unsigned settlement owes nothing yet. Raises NotFoundError."""
    paid_fen = paid_by_serial(village_id, kind).get(serial, 0)
    if kind is EntryKind.PURCHASE:
        purchase = purchases.payable_purchase(village_id, serial)
        return Due(kind, serial, purchase.title, purchase.supplier, purchase.received_fen, paid_fen)
    settlement = settlements.settlement(village_id, serial)
    owed_fen = settlement.payable_fen if settlement.state is SettlementState.SIGNED else 0
    return Due(kind, serial, _title_of(serial), settlement.partner.name, owed_fen, paid_fen)


def dues(village_id: int) -> list[Due]:
    """What is not paid in full, purchases first, each in the order of their numbers."""
    paid = paid_by_serial(village_id, EntryKind.PURCHASE)
    found = [
        Due(EntryKind.PURCHASE, one.serial, one.title, one.supplier, one.received_fen, paid.get(one.serial, 0))
        for one in reversed(purchases.payable_purchases(village_id))
    ]
    paid = paid_by_serial(village_id, EntryKind.SETTLEMENT)
    found += [
        Due(
            EntryKind.SETTLEMENT,
            one.serial,
            _title_of(one.serial),
            one.partner.name,
            one.payable_fen,
            paid.get(one.serial, 0),
        )
        for one in settlements.payable_settlements(village_id)
    ]
    return [one for one in found if one.left_fen]


def _title_of(settlement_serial: int) -> str:
    return f"结算单 {settlement_serial} 号"


def paid_by_serial(village_id: int, kind: EntryKind) -> dict[int, int]:
    """What was paid and not undone, by the number of what was paid for."""
    undoing = aliased(FundEntry)
    query = (
        select(FundEntry.paid_serial, func.sum(FundEntry.amount_fen))
        .where(
            FundEntry.village_id == village_id,
            FundEntry.kind == kind,
            FundEntry.paid_serial.is_not(None),
            FundEntry.reverses.is_(None),
            ~exists().where(undoing.village_id == village_id, undoing.reverses == FundEntry.serial),
        )
        .group_by(FundEntry.paid_serial)
    )
    return {serial: int(total) for serial, total in session().execute(query) if serial is not None}
