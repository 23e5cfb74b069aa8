"""Tables of the ledger, keyed by (village, sequence). Amounts are units: hundredths of a point, for the fund fen."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsbank.foundation.database import (
    STRICT,
    Base,
    Bytes,
    Choice,
    Day,
    LongText,
    Moment,
    Whole,
    choice_check,
    period_check,
    text_of,
)
from pointsbank.foundation.identifiers import new_id
from pointsbank.places.settings import YearEndMode

VILLAGE_OWNER = 0  # household_serial of the village's own accounts
AMOUNT_MAX = 10**15  # keeps every sum far inside 63 bits


class Book(StrEnum):
    """The books on the one engine."""

    POINTS = "points"
    HONOUR = "honour"
    FUND = "fund"  # of the love supermarket, in yuan


class AccountKind(StrEnum):
    """The kinds of account; a household's and the fund have a stored balance, the village's others are sums."""

    HOUSEHOLD = "household"
    BASE = "base"
    HELD = "held"
    OWED = "owed"  # a debt: its balance is never above 0
    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    INCOME = "income"
    FUND = "fund"  # what is there, of the village itself: its balance is never below 0
    SPENT = "spent"


HOUSEHOLD_KINDS = (AccountKind.HOUSEHOLD, AccountKind.BASE, AccountKind.HELD, AccountKind.OWED)


class TransferKind(StrEnum):
    """What a transfer means; a reversal has a kind of its own, so that every sum can be derived by kind."""

    OPENING = "opening"
    EARN = "earn"
    EARN_REVERSAL = "earn_reversal"
    DEDUCT = "deduct"
    DEDUCT_REVERSAL = "deduct_reversal"
    REPAY = "repay"
    HOLD = "hold"
    RELEASE = "release"
    SETTLE = "settle"
    REDEEM = "redeem"
    REDEEM_REVERSAL = "redeem_reversal"
    RETURN = "return"
    BASE_GRANT = "base_grant"
    EXPIRE = "expire"
    EXPIRE_REVERSAL = "expire_reversal"
    INCOME = "income"
    INCOME_REVERSAL = "income_reversal"
    SPENDING = "spending"
    SPENDING_REVERSAL = "spending_reversal"


class Account(Base):
    """An account with its stored balance: a household's, or the village's fund. The village's others are sums."""

    __tablename__ = "accounts"
    __table_args__ = (
        choice_check("book", Book),
        choice_check("kind", AccountKind),
        CheckConstraint("balance >= floor", name="floor"),
        CheckConstraint("kind <> 'owed' OR balance <= 0", name="owed"),
        CheckConstraint(f"balance BETWEEN -{AMOUNT_MAX} AND {AMOUNT_MAX}", name="bounds"),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    household_serial: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    book: Mapped[Book] = mapped_column(Choice(Book), primary_key=True)
    kind: Mapped[AccountKind] = mapped_column(Choice(AccountKind), primary_key=True)
    floor: Mapped[int] = mapped_column(Whole)
    balance: Mapped[int] = mapped_column(Whole)


class Submission(Base):
    """One act that somebody asked for, under a key that is kept for ever. The result is written once."""

    __tablename__ = "submissions"
    __table_args__ = (STRICT,)

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(text_of(64), primary_key=True)
    operation: Mapped[str] = mapped_column(text_of(60))
    content_digest: Mapped[bytes] = mapped_column(Bytes)
    actor: Mapped[str] = mapped_column(text_of(80))
    at: Mapped[datetime] = mapped_column(Moment)
    result: Mapped[str | None] = mapped_column(LongText)  # JSON


class Transfer(Base):
    """A positive amount from one account to another of the same village and book. Append only, chained, gapless."""

    __tablename__ = "transfers"
    __table_args__ = (
        choice_check("book", Book),
        choice_check("kind", TransferKind),
        choice_check("from_kind", AccountKind),
        choice_check("to_kind", AccountKind),
        period_check(),
        CheckConstraint(f"amount BETWEEN 1 AND {AMOUNT_MAX}", name="amount"),
        CheckConstraint("from_kind <> to_kind OR from_household <> to_household", name="two_accounts"),
        CheckConstraint("sequence >= 1", name="sequence"),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        ForeignKeyConstraint(["village_id", "refers_to"], ["transfers.village_id", "transfers.sequence"]),
        Index(None, "village_id", "source_type", "source_serial"),
        Index(None, "village_id", "refers_to"),
        Index(None, "village_id", "period", "kind"),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    book: Mapped[Book] = mapped_column(Choice(Book))
    kind: Mapped[TransferKind] = mapped_column(Choice(TransferKind))
    from_kind: Mapped[AccountKind] = mapped_column(Choice(AccountKind))
    from_household: Mapped[int] = mapped_column(Whole)
    to_kind: Mapped[AccountKind] = mapped_column(Choice(AccountKind))
    to_household: Mapped[int] = mapped_column(Whole)
    amount: Mapped[int] = mapped_column(Whole)
    occurred_on: Mapped[date] = mapped_column(Day)
    period: Mapped[str] = mapped_column(text_of(7))
    booked_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))
    source_type: Mapped[str] = mapped_column(text_of(20))  # "claim", "order", "redemption", "household", "fund_entry"
    source_serial: Mapped[int] = mapped_column(Whole)
    source_digest: Mapped[bytes | None] = mapped_column(Bytes)
    refers_to: Mapped[int | None] = mapped_column(Whole)  # what is reversed, settled, released, returned
    text_digest: Mapped[bytes | None] = mapped_column(Bytes)
    previous_digest: Mapped[bytes] = mapped_column(Bytes)
    digest: Mapped[bytes] = mapped_column(Bytes)


class TransferText(Base):
    """The free text of a transfer with its salt; an audited erasure may empty the text, never the digest."""

    __tablename__ = "transfer_texts"
    __table_args__ = (
        ForeignKeyConstraint(["village_id", "sequence"], ["transfers.village_id", "transfers.sequence"]),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(Bytes)
    text: Mapped[str | None] = mapped_column(LongText)


class Entry(Base):
    """One side of a transfer: signed amount and, for accounts with a floor, the balance after it. Append only."""

    __tablename__ = "entries"
    __table_args__ = (
        choice_check("book", Book),
        choice_check("account_kind", AccountKind),
        CheckConstraint(f"amount <> 0 AND amount BETWEEN -{AMOUNT_MAX} AND {AMOUNT_MAX}", name="amount"),
        CheckConstraint("side IN (1, 2)", name="side"),
        ForeignKeyConstraint(["village_id", "sequence"], ["transfers.village_id", "transfers.sequence"]),
        Index("ix_entries_account", "village_id", "household_serial", "book", "account_kind", "sequence"),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    side: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)  # 1 from, 2 to
    household_serial: Mapped[int] = mapped_column(Whole)
    book: Mapped[Book] = mapped_column(Choice(Book))
    account_kind: Mapped[AccountKind] = mapped_column(Choice(AccountKind))
    amount: Mapped[int] = mapped_column(Whole)
    balance_after: Mapped[int | None] = mapped_column(Whole)


class HouseholdMonth(Base):
    """What a household earned, got in honour, lost by deductions and spent in a period: sums that verify recomputes."""

    __tablename__ = "household_months"
    __table_args__ = (
        period_check(),
        Index("ix_household_months_ranking", "village_id", "period", "score"),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(text_of(7), primary_key=True)
    household_serial: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    earned: Mapped[int] = mapped_column(Whole, default=0)
    honoured: Mapped[int] = mapped_column(Whole, default=0)
    deducted: Mapped[int] = mapped_column(Whole, default=0)
    spent: Mapped[int] = mapped_column(Whole, default=0)
    score: Mapped[int] = mapped_column(Whole, Computed("earned + honoured - deducted", persisted=True))


class ClosedMonth(Base):
    """A closed period with the ledger's head at that moment. Months close in order; append only."""

    __tablename__ = "closed_months"
    __table_args__ = (period_check(), STRICT)

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(text_of(7), primary_key=True)
    closed_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    head_sequence: Mapped[int] = mapped_column(Whole)
    head_digest: Mapped[bytes] = mapped_column(Bytes)


class YearEnd(Base):
    """A year that was ended, as a whole; reversed as a whole at most once."""

    __tablename__ = "year_ends"
    __table_args__ = (
        choice_check("mode", YearEndMode),
        UniqueConstraint("village_id", "serial"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    year: Mapped[int] = mapped_column(Whole)
    mode: Mapped[YearEndMode] = mapped_column(Choice(YearEndMode))
    households: Mapped[int] = mapped_column(Whole)
    points: Mapped[int] = mapped_column(Whole)  # cleared or expired, in hundredths
    actor: Mapped[str] = mapped_column(text_of(80))
    ended_at: Mapped[datetime] = mapped_column(Moment)
    reversed_at: Mapped[datetime | None] = mapped_column(Moment)
    reversed_by: Mapped[str] = mapped_column(text_of(80), default="")
