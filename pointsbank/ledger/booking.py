"""Writing transfers: the one place where balances, entries, months and the chain move together.

Only ledger.services hands a Booking out. All accounts it may touch are locked when it is opened, then the chain
head; what a caller locks of its own (stock, claims) it locks before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from pointsbank.foundation import chain, clock, periods
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.identifiers import new_salt
from pointsbank.ledger import statements
from pointsbank.ledger.chained import CHAIN, MONTH_EFFECTS, AccountKey, chained_fields, chained_values
from pointsbank.ledger.errors import AmountOutOfRangeError, NotEnoughPointsError, UnknownTransferError
from pointsbank.ledger.models import (
    AMOUNT_MAX,
    HOUSEHOLD_KINDS,
    VILLAGE_OWNER,
    AccountKind,
    Book,
    TransferKind,
)


@dataclass(frozen=True, slots=True)
class Source:
    """What a transfer comes from: type and serial in the village, with a digest of its content."""

    type: str
    serial: int
    digest: bytes | None = None


@dataclass(slots=True)
class BookedTransfer:
    """A transfer as booked, enough to point at it."""

    sequence: int
    kind: TransferKind
    amount: int
    balance_after: int  # of the household's spendable account, after this transfer


@dataclass
class Booking:
    """An open batch of transfers of one village and one act; written as a whole by write()."""

    connection: Connection  # of the open transaction
    village_id: int
    village_code: str
    actor: Actor
    submission_key: str
    accounts: dict[AccountKey, list[int]]  # balance, floor
    head: chain.Head
    closed_through: str  # the last closed period, "" if none
    booked_at: datetime
    _touched: set[AccountKey] = field(default_factory=set)
    _months: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    _transfers: list[dict[str, Any]] = field(default_factory=list)
    _entries: list[dict[str, Any]] = field(default_factory=list)
    _texts: list[dict[str, Any]] = field(default_factory=list)

    # --- what rooms ask for ---

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

    # --- the engine ---

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

    def _original(self, sequence: int) -> Row[*tuple[Any, ...]]:
        """A transfer that this one points at, whose household must be among the locked ones."""
        wanted = {"village": self.village_id, "sequence": sequence}
        original = self.connection.execute(statements.TRANSFER, wanted).first()
        if original is None:
            raise UnknownTransferError
        return original

    def _referring(self, sequence: int) -> int:
        """The sum of what already points at a transfer, in the database and in this batch."""
        stored = self.connection.scalar(statements.REFERRING, {"village": self.village_id, "sequence": sequence})
        batch: int = sum(row["amount"] for row in self._transfers if row["refers_to"] == sequence)
        return int(stored or 0) + batch

    def _hold_left(self, hold_sequence: int) -> tuple[int, int]:
        """Household and amount of a hold that is neither settled nor released."""
        hold = self._original(hold_sequence)
        left = hold.amount - self._referring(hold_sequence)
        if hold.kind is not TransferKind.HOLD or left <= 0:
            raise UnknownTransferError("这份预留已经结清。请刷新页面看最新情况。")
        return hold.from_household, left

    def _period(self, wanted: str) -> str:
        """Law 8: the wanted period if it is open, else the earliest open one."""
        return wanted if wanted > self.closed_through else periods.next_period(self.closed_through)

    def _move(self, key: AccountKey, amount: int) -> int | None:
        """Change a stored balance; gives the balance after it, None for the village's own accounts."""
        if key[0] == VILLAGE_OWNER:
            return None
        state = self.accounts[key]
        state[0] += amount
        if state[0] < state[1]:
            raise NotEnoughPointsError("积分不够。请看看还差多少，换一样或下次再来。")
        self._touched.add(key)
        return state[0]

    def _transfer(  # noqa: PLR0913 - a transfer has these parts
        self,
        kind: TransferKind,
        from_: tuple[int, AccountKind],
        to: tuple[int, AccountKind],
        amount: int,
        occurred_on: date,
        source: Source,
        text: str,
        *,
        book: Book = Book.POINTS,
        refers_to: int | None = None,
        period_wanted: str | None = None,
    ) -> BookedTransfer:
        if not 1 <= amount <= AMOUNT_MAX:
            raise AmountOutOfRangeError("积分数量不对，请核对后重填。")
        household = from_[0] or to[0]
        from_after = self._move((from_[0], book, from_[1]), -amount)
        to_after = self._move((to[0], book, to[1]), amount)
        salt = new_salt() if text else None
        row: dict[str, Any] = {
            "village_id": self.village_id,
            "book": book,
            "kind": kind,
            "from_kind": from_[1],
            "from_household": from_[0],
            "to_kind": to[1],
            "to_household": to[0],
            "amount": amount,
            "occurred_on": occurred_on,
            "period": self._period(period_wanted or periods.period_of(occurred_on)),
            "booked_at": self.booked_at,
            "actor": self.actor.key,
            "submission_key": self.submission_key,
            "source_type": source.type,
            "source_serial": source.serial,
            "source_digest": source.digest,
            "refers_to": refers_to,
            "text_digest": chain.text_digest(salt, text) if salt else None,
        }
        sequence, row["previous_digest"], row["digest"] = self.head.append(
            chained_fields(self.village_code, chained_values(row))
        )
        row["sequence"] = sequence
        self._transfers.append(row)
        if salt:
            self._texts.append({"village_id": self.village_id, "sequence": sequence, "salt": salt, "text": text})
        self._add_entries(sequence, book, from_, to, amount, (from_after, to_after))
        self._add_to_month(book, kind, household, row["period"], amount)
        spendable = self.accounts[household, Book.POINTS, AccountKind.HOUSEHOLD][0]
        return BookedTransfer(sequence, kind, amount, spendable)

    def _add_entries(
        self,
        sequence: int,
        book: Book,
        from_: tuple[int, AccountKind],
        to: tuple[int, AccountKind],
        amount: int,
        after: tuple[int | None, int | None],
    ) -> None:
        sides = ((1, from_, -amount, after[0]), (2, to, amount, after[1]))
        for side, (household, account_kind), signed, balance_after in sides:
            self._entries.append(
                {
                    "village_id": self.village_id,
                    "sequence": sequence,
                    "side": side,
                    "household_serial": household,
                    "book": book,
                    "account_kind": account_kind,
                    "amount": signed,
                    "balance_after": balance_after,
                }
            )

    def _add_to_month(self, book: Book, kind: TransferKind, household: int, period: str, amount: int) -> None:
        effect = MONTH_EFFECTS.get((book, kind))
        if effect is not None:
            month = self._months.setdefault(
                (period, household), {"earned": 0, "honoured": 0, "deducted": 0, "spent": 0}
            )
            month[effect[0]] += effect[1] * amount

    def write(self) -> None:
        """Write the batch: transfers, texts, entries, balances, months."""
        if not self._transfers:
            return
        run = self.connection.execute
        run(statements.ADD_TRANSFER, self._transfers)
        if self._texts:
            run(statements.ADD_TEXT, self._texts)
        run(statements.ADD_ENTRY, self._entries)
        run(
            statements.WRITE_BALANCE,
            [
                {
                    "village": self.village_id,
                    "household": key[0],
                    "of_book": key[1],
                    "of_kind": key[2],
                    "new_balance": self.accounts[key][0],
                }
                for key in sorted(self._touched)
            ],
        )
        if self._months:
            run(
                statements.ADD_TO_MONTH[self.connection.dialect.name],
                [
                    {"village_id": self.village_id, "period": period, "household_serial": household, **sums}
                    for (period, household), sums in sorted(self._months.items())
                ],
            )


def open_booking(
    session: Session, village_id: int, village_code: str, households: Iterable[int], actor: Actor, submission_key: str
) -> Booking:
    """Lock the accounts of these households in order, then the chain head, and read what decides the period."""
    serials = sorted(set(households))
    session.flush()  # what else is locked comes before the accounts
    connection = session.connection()
    rows = connection.execute(statements.LOCK_ACCOUNTS, {"village": village_id, "households": serials})
    balances = {(household, book, kind): [balance, floor] for household, book, kind, balance, floor in rows}
    if {key[0] for key in balances} != set(serials):
        raise UnknownTransferError("这户还没有积分账户，请先在住户名册里登记。")
    head = chain.lock_head(session, village_id, CHAIN)
    closed_through = connection.scalar(statements.CLOSED_THROUGH, {"village": village_id})
    return Booking(
        connection, village_id, village_code, actor, submission_key, balances, head, closed_through or "", clock.now()
    )


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
