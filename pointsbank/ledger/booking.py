"""What rooms book of points: earnings, deductions, holds, redemptions, and the reversal of each."""

from datetime import date
from typing import Any

from pointsbank.foundation import clock, periods
from pointsbank.foundation.errors import PointsBankError
from pointsbank.ledger.batch import Batch, BookedTransfer, Source
from pointsbank.ledger.errors import NotEnoughPointsError, UnknownTransferError
from pointsbank.ledger.models import (
    AMOUNT_MAX,
    HOUSEHOLD_KINDS,
    VILLAGE_OWNER,
    AccountKind,
    Book,
    TransferKind,
)

__all__ = ["BookedTransfer", "Booking", "Source", "new_accounts"]


class Booking(Batch):
    """A batch of transfers in the books of points and honour, for households whose accounts are locked."""

    def balance(self, household: int, kind: AccountKind = AccountKind.HOUSEHOLD, book: Book = Book.POINTS) -> int:
        """The balance of a household's account as it stands in this batch, in units."""
        return self.accounts[household, book, kind][0]

    def period_for(self, day: date) -> str:
        """The period that a deed of this day counts for, as things stand in this batch."""
        return self._period(periods.period_of(day))

    def opening(self, household: int, amount: int, source: Source, text: str) -> BookedTransfer:
        """Opening points by policy."""
        issued, own = (VILLAGE_OWNER, AccountKind.ISSUED), (household, AccountKind.HOUSEHOLD)
        return self._transfer(TransferKind.OPENING, issued, own, amount, clock.day_of(self.booked_at), source, text)

    def earn(
        self, household: int, amount: int, occurred_on: date, source: Source, text: str, *, book: Book = Book.POINTS
    ) -> BookedTransfer:
        """Points for a deed. In the points book a debt is paid from them first."""
        issued, own = (VILLAGE_OWNER, AccountKind.ISSUED), (household, AccountKind.HOUSEHOLD)
        earned = self._transfer(TransferKind.EARN, issued, own, amount, occurred_on, source, text, book=book)
        if book is Book.POINTS:
            self._repay(household, amount, occurred_on, source, earned.sequence)
        return earned

    def deduct(self, household: int, amount: int, occurred_on: date, source: Source, text: str) -> list[BookedTransfer]:
        """Take points: base points first, then spendable ones, the rest becomes a debt."""
        return self._take(TransferKind.DEDUCT, household, amount, occurred_on, source, text, with_base=True)

    def hold(self, household: int, amount: int, source: Source, text: str) -> BookedTransfer:
        """Reserve points for an order. Raises NotEnoughPointsError."""
        own, held = (household, AccountKind.HOUSEHOLD), (household, AccountKind.HELD)
        return self._transfer(TransferKind.HOLD, own, held, amount, clock.day_of(self.booked_at), source, text)

    def release(self, hold_sequence: int, source: Source, text: str) -> BookedTransfer:
        """Give back all that is left of a hold. Raises UnknownTransferError if nothing is left."""
        household, left = self._hold_left(hold_sequence)
        held, own = (household, AccountKind.HELD), (household, AccountKind.HOUSEHOLD)
        day = clock.day_of(self.booked_at)
        return self._transfer(TransferKind.RELEASE, held, own, left, day, source, text, refers_to=hold_sequence)

    def settle(self, hold_sequence: int, amount: int, source: Source, text: str) -> BookedTransfer:
        """Spend held points. Raises NotEnoughPointsError when the hold does not reach."""
        household, left = self._hold_left(hold_sequence)
        if amount > left:
            raise NotEnoughPointsError("预留的积分不够这次兑换，请取消订单后重新下单。")
        held, redeemed = (household, AccountKind.HELD), (VILLAGE_OWNER, AccountKind.REDEEMED)
        day = clock.day_of(self.booked_at)
        return self._transfer(TransferKind.SETTLE, held, redeemed, amount, day, source, text, refers_to=hold_sequence)

    def redeem(self, household: int, amount: int, source: Source, text: str) -> BookedTransfer:
        """Spend points at once. Raises NotEnoughPointsError."""
        own, redeemed = (household, AccountKind.HOUSEHOLD), (VILLAGE_OWNER, AccountKind.REDEEMED)
        return self._transfer(TransferKind.REDEEM, own, redeemed, amount, clock.day_of(self.booked_at), source, text)

    def give_back(self, redeem_sequence: int, amount: int, source: Source, text: str) -> BookedTransfer:
        """Points for returned goods; what was given back never exceeds what was redeemed."""
        return self._undo_redemption(TransferKind.RETURN, redeem_sequence, amount, source, text, None)

    def void(self, redeem_sequence: int, source: Source, text: str) -> BookedTransfer:
        """Undo a whole redemption. Raises NotEnoughPointsError if a part of it was undone before."""
        original = self._original(redeem_sequence)
        kind, amount = TransferKind.REDEEM_REVERSAL, original.amount
        return self._undo_redemption(kind, redeem_sequence, amount, source, text, original.period)

    def grant_base(self, household: int, amount: int, source: Source, text: str) -> BookedTransfer:
        """Base points: deductions eat them first, nobody can redeem them."""
        issued, base = (VILLAGE_OWNER, AccountKind.ISSUED), (household, AccountKind.BASE)
        day = clock.day_of(self.booked_at)
        return self._transfer(TransferKind.BASE_GRANT, issued, base, amount, day, source, text)

    def expire(self, household: int, amount: int, source: Source, text: str) -> BookedTransfer:
        """Unspent points that end with a year; what is held for an order stays. Raises NotEnoughPointsError."""
        own, expired = (household, AccountKind.HOUSEHOLD), (VILLAGE_OWNER, AccountKind.EXPIRED)
        return self._transfer(TransferKind.EXPIRE, own, expired, amount, clock.day_of(self.booked_at), source, text)

    def reverse_year_end(self, sequence: int, source: Source, text: str) -> list[BookedTransfer]:
        """Undo one transfer of a year's end: expired points come back, base points go as far as there are any."""
        original = self._original(sequence)
        household, amount = original.to_household or original.from_household, original.amount
        from_, to = (VILLAGE_OWNER, AccountKind.EXPIRED), (household, AccountKind.HOUSEHOLD)
        if original.kind is TransferKind.BASE_GRANT:
            from_, to = (household, AccountKind.BASE), (VILLAGE_OWNER, AccountKind.ISSUED)
            amount = min(amount, self.balance(household, AccountKind.BASE))
        if not amount:
            return []
        kind, day = TransferKind.EXPIRE_REVERSAL, clock.day_of(self.booked_at)
        return [self._transfer(kind, from_, to, amount, day, source, text, refers_to=sequence)]

    def reverse_earning(self, sequence: int, source: Source, text: str) -> list[BookedTransfer]:
        """Take back an earning or opening: what is there, the rest becomes a debt. Counts for the original's period."""
        original = self._original(sequence)
        return self._take(
            TransferKind.EARN_REVERSAL,
            original.to_household,
            original.amount,
            original.occurred_on,
            source,
            text,
            book=original.book,
            refers_to=sequence,
            period_wanted=original.period,
        )

    def reverse_deduction(self, sequence: int, source: Source, text: str) -> list[BookedTransfer]:
        """Give back one transfer of a deduction, to where it was taken from; a debt that was paid since is paid out."""
        original = self._original(sequence)
        household, kind, amount = original.from_household, original.from_kind, original.amount
        parts = [(kind, amount)]
        if kind is AccountKind.OWED:
            debt = min(amount, -self.balance(household, AccountKind.OWED))
            parts = [(AccountKind.OWED, debt), (AccountKind.HOUSEHOLD, amount - debt)]
        return [
            self._transfer(
                TransferKind.DEDUCT_REVERSAL,
                (VILLAGE_OWNER, AccountKind.ISSUED),
                (household, part_kind),
                part,
                original.occurred_on,
                source,
                text,
                refers_to=sequence,
                period_wanted=original.period,
            )
            for part_kind, part in parts
            if part
        ]

    # --- how it is done ---

    def _repay(self, household: int, amount: int, occurred_on: date, source: Source, earning: int) -> None:
        debt = -self.balance(household, AccountKind.OWED)
        if debt:
            own, owed = (household, AccountKind.HOUSEHOLD), (household, AccountKind.OWED)
            paid = min(debt, amount)
            self._transfer(TransferKind.REPAY, own, owed, paid, occurred_on, source, "抵扣待扣积分", refers_to=earning)

    def _take(  # noqa: PLR0913 - a deduction and the reversal of an earning share this
        self,
        kind: TransferKind,
        household: int,
        amount: int,
        occurred_on: date,
        source: Source,
        text: str,
        *,
        with_base: bool = False,
        book: Book = Book.POINTS,
        refers_to: int | None = None,
        period_wanted: str | None = None,
    ) -> list[BookedTransfer]:
        """From the household's accounts to issued, in the order base, spendable, debt."""
        kinds = [AccountKind.HOUSEHOLD] if book is Book.HONOUR else [AccountKind.HOUSEHOLD, AccountKind.OWED]
        if with_base:
            kinds.insert(0, AccountKind.BASE)
        taken, left = [], amount
        for account_kind in kinds:
            part = left if account_kind is kinds[-1] else min(left, self.balance(household, account_kind, book))
            left -= part
            if part:
                taken.append(
                    self._transfer(
                        kind,
                        (household, account_kind),
                        (VILLAGE_OWNER, AccountKind.ISSUED),
                        part,
                        occurred_on,
                        source,
                        text,
                        book=book,
                        refers_to=refers_to,
                        period_wanted=period_wanted,
                    )
                )
        return taken

    def _undo_redemption(
        self, kind: TransferKind, sequence: int, amount: int, source: Source, text: str, period_wanted: str | None
    ) -> BookedTransfer:
        original = self._original(sequence)
        household = original.from_household
        if original.to_kind is not AccountKind.REDEEMED:
            raise UnknownTransferError
        if amount + self._referring(sequence) > original.amount:
            raise NotEnoughPointsError("退回的积分超过了这次兑换的积分，请核对已退数量。")
        redeemed, own = (VILLAGE_OWNER, AccountKind.REDEEMED), (household, AccountKind.HOUSEHOLD)
        day = clock.day_of(self.booked_at)
        return self._transfer(
            kind, redeemed, own, amount, day, source, text, refers_to=sequence, period_wanted=period_wanted
        )

    def _hold_left(self, hold_sequence: int) -> tuple[int, int]:
        """Household and amount of a hold that is neither settled nor released."""
        hold = self._original(hold_sequence)
        left = hold.amount - self._referring(hold_sequence)
        if hold.kind is not TransferKind.HOLD or left <= 0:
            raise UnknownTransferError("这份预留已经结清。请刷新页面看最新情况。")
        return hold.from_household, left

    def _balance_told(self, household: int) -> int:
        return self.accounts[household, Book.POINTS, AccountKind.HOUSEHOLD][0]

    def _too_little(self, there: int) -> PointsBankError:
        return NotEnoughPointsError("积分不够。请看看还差多少，换一样或下次再来。")


def new_accounts(village_id: int, household: int) -> list[dict[str, Any]]:
    """The rows of a household's accounts, all at 0: four in points, one in honour."""
    kinds = [(Book.POINTS, kind) for kind in HOUSEHOLD_KINDS] + [(Book.HONOUR, AccountKind.HOUSEHOLD)]
    return [
        {
            "village_id": village_id,
            "household_serial": household,
            "book": book,
            "kind": kind,
            "floor": -AMOUNT_MAX if kind is AccountKind.OWED else 0,
            "balance": 0,
        }
        for book, kind in kinds
    ]
