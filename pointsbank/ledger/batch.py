"""The engine of every booking: the one place where balances, entries, months and the chain move together.

Only ledger.services hands batches out, in the shape that a book needs. All accounts that a batch may touch are locked
when it is opened, then the chain head; what a caller locks of its own (stock, claims) it locks before.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Row
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from pointsbank.foundation import chain, clock, periods
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_salt
from pointsbank.ledger import statements
from pointsbank.ledger.chained import (
    CHAIN,
    MONTH_EFFECTS,
    AccountKey,
    chained_fields,
    chained_values,
    has_stored_balance,
)
from pointsbank.ledger.errors import AmountOutOfRangeError, UnknownTransferError
from pointsbank.ledger.models import AMOUNT_MAX, AccountKind, Book, TransferKind


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
    balance_after: int  # of the household's spendable account, in the fund's book of the fund


@dataclass
class Batch(ABC):
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

    @abstractmethod
    def _balance_told(self, household: int) -> int:
        """The balance that a transfer of this household is told with."""

    @abstractmethod
    def _too_little(self, there: int) -> PointsBankError:
        """What is said when an account would fall below its floor. there: what it has."""

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

    def _period(self, wanted: str) -> str:
        """Law 8: the wanted period if it is open, else the earliest open one."""
        return wanted if wanted > self.closed_through else periods.next_period(self.closed_through)

    def _move(self, key: AccountKey, amount: int) -> int | None:
        """Change a stored balance; gives the balance after it, None for an account that is a sum."""
        if not has_stored_balance(key):
            return None
        state = self.accounts[key]
        after = state[0] + amount
        if after < state[1]:
            raise self._too_little(state[0])
        state[0] = after
        self._touched.add(key)
        return after

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
            raise AmountOutOfRangeError("数额不对，请核对后重填。")
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
        return BookedTransfer(sequence, kind, amount, self._balance_told(household))

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


_Batch = TypeVar("_Batch", bound=Batch)


def open_batch(
    shape: type[_Batch],
    session: Session,
    village_id: int,
    village_code: str,
    owners: Iterable[int],
    actor: Actor,
    submission_key: str,
) -> _Batch:
    """Lock the accounts of these owners in order, then the chain head, and read what decides the period.

    owners: households by serial, or the village itself (VILLAGE_OWNER). Raises UnknownTransferError for one without.
    """
    serials = sorted(set(owners))
    session.flush()  # what else is locked comes before the accounts
    connection = session.connection()
    rows = connection.execute(statements.LOCK_ACCOUNTS, {"village": village_id, "households": serials})
    balances = {(household, book, kind): [balance, floor] for household, book, kind, balance, floor in rows}
    if {key[0] for key in balances} != set(serials):
        raise UnknownTransferError("这户还没有积分账户，请先在住户名册里登记。")
    head = chain.lock_head(session, village_id, CHAIN)
    closed_through = connection.scalar(statements.CLOSED_THROUGH, {"village": village_id})
    return shape(
        connection, village_id, village_code, actor, submission_key, balances, head, closed_through or "", clock.now()
    )
