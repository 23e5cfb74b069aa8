"""What the fund's room books in yuan: income, spending, and the reversal of each. Amounts in fen.

The cash of the fund is the village's own account: it has a balance that never falls below 0. Income and spending are
sums, like what was issued and redeemed in points.
"""

from datetime import date
from typing import Any

from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.points import format_yuan
from pointsbank.ledger.batch import Batch, BookedTransfer, Source
from pointsbank.ledger.errors import AlreadyReversedError, NotEnoughMoneyError, UnknownTransferError
from pointsbank.ledger.models import VILLAGE_OWNER, AccountKind, Book, TransferKind

CASH = (VILLAGE_OWNER, Book.FUND, AccountKind.FUND)
_INCOME, _FUND, _SPENT = (
    (VILLAGE_OWNER, AccountKind.INCOME),
    (VILLAGE_OWNER, AccountKind.FUND),
    (VILLAGE_OWNER, AccountKind.SPENT),
)


class FundBooking(Batch):
    """A batch of transfers in the fund's book of one village."""

    @property
    def cash(self) -> int:
        """What is there as it stands in this batch, in fen."""
        return self.accounts[CASH][0]

    def income(self, amount: int, occurred_on: date, source: Source, text: str) -> BookedTransfer:
        """Money that came. Raises AmountOutOfRangeError."""
        return self._transfer(TransferKind.INCOME, _INCOME, _FUND, amount, occurred_on, source, text, book=Book.FUND)

    def spend(self, amount: int, occurred_on: date, source: Source, text: str) -> BookedTransfer:
        """Money that was spent. Raises AmountOutOfRangeError, NotEnoughMoneyError."""
        return self._transfer(TransferKind.SPENDING, _FUND, _SPENT, amount, occurred_on, source, text, book=Book.FUND)

    def reverse(self, sequence: int, source: Source, text: str) -> BookedTransfer:
        """Undo an income or a spending as a whole, once.

        Raises UnknownTransferError, AlreadyReversedError, NotEnoughMoneyError for an income that was spent since.
        """
        original = self._original(sequence)
        if original.kind not in (TransferKind.INCOME, TransferKind.SPENDING):
            raise UnknownTransferError
        if self._referring(sequence):
            raise AlreadyReversedError
        undoing: dict[str, Any] = {"book": Book.FUND, "refers_to": sequence, "period_wanted": original.period}
        kind, from_, to = TransferKind.SPENDING_REVERSAL, _SPENT, _FUND
        if original.kind is TransferKind.INCOME:
            kind, from_, to = TransferKind.INCOME_REVERSAL, _FUND, _INCOME
        return self._transfer(kind, from_, to, original.amount, original.occurred_on, source, text, **undoing)

    def _balance_told(self, household: int) -> int:
        return self.cash

    def _too_little(self, there: int) -> PointsBankError:
        return NotEnoughMoneyError(
            f"账上只有 {format_yuan(there)} 元，不够。请核对金额，或先登记收入。", field="amount"
        )


def new_fund_account(village_id: int) -> dict[str, Any]:
    """The row of a village's fund, at 0."""
    owner, book, kind = CASH
    return {
        "village_id": village_id,
        "household_serial": owner,
        "book": book,
        "kind": kind,
        "floor": 0,
        "balance": 0,
    }
