"""Tables of the fund: lines of the register, donations, applications for points subsidies. Money in fen.

What is written down stays: a line is undone by a further line, and only what is answered later may be added to a row.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import (
    STRICT,
    Base,
    Choice,
    Day,
    Flag,
    Moment,
    Whole,
    choice_check,
    period_check,
    text_of,
)
from pointsbank.foundation.names import masked_name
from pointsbank.foundation.points import FEN_MAX
from pointsbank.people.models import Household


class EntryKind(StrEnum):
    """Where money came from, or what it was spent on."""

    SEED = "seed"
    PARTY = "party"
    COMPANY = "company"
    DONATION = "donation"
    PAIRING = "pairing"
    SUBSIDY = "subsidy"
    OPENING = "opening"  # what was there before the register began
    OTHER_INCOME = "other_income"
    PURCHASE = "purchase"
    SETTLEMENT = "settlement"  # with a partner shop
    OTHER_SPENDING = "other_spending"

    @property
    def is_income(self) -> bool:
        """Whether money comes."""
        return self in INCOME_KINDS


SPENDING_KINDS = (EntryKind.PURCHASE, EntryKind.SETTLEMENT, EntryKind.OTHER_SPENDING)
INCOME_KINDS = tuple(kind for kind in EntryKind if kind not in SPENDING_KINDS)

KIND_NAMES = {
    EntryKind.SEED: "启动资金",
    EntryKind.PARTY: "党组织资金",
    EntryKind.COMPANY: "企业资助",
    EntryKind.DONATION: "捐款",
    EntryKind.PAIRING: "对口帮扶",
    EntryKind.SUBSIDY: "积分补贴",
    EntryKind.OPENING: "期初结余",
    EntryKind.OTHER_INCOME: "其他收入",
    EntryKind.PURCHASE: "采购",
    EntryKind.SETTLEMENT: "合作店结算",
    EntryKind.OTHER_SPENDING: "其他支出",
}


class FundEntry(Base):
    """A line of the register. serial: gapless in the village. A reversal is a line that points at the one it undoes."""

    __tablename__ = "fund_entries"
    __table_args__ = (
        choice_check("kind", EntryKind),
        CheckConstraint(f"amount_fen BETWEEN 1 AND {FEN_MAX}", name="amount_fen"),
        CheckConstraint("balance_after_fen >= 0", name="balance_after_fen"),
        UniqueConstraint("village_id", "reverses"),
        UniqueConstraint("village_id", "transfer_sequence"),
        ForeignKeyConstraint(["village_id", "reverses"], ["fund_entries.village_id", "fund_entries.serial"]),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        ForeignKeyConstraint(["village_id", "transfer_sequence"], ["transfers.village_id", "transfers.sequence"]),
        Index(None, "village_id", "booked_on"),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    serial: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    kind: Mapped[EntryKind] = mapped_column(Choice(EntryKind))  # a reversal has the kind of what it undoes
    amount_fen: Mapped[int] = mapped_column(Whole)
    occurred_on: Mapped[date] = mapped_column(Day)  # the day on the paper
    counterpart: Mapped[str] = mapped_column(text_of(60))  # who gave, who was paid
    purpose: Mapped[str] = mapped_column(text_of(200))  # of a reversal: why
    voucher: Mapped[str] = mapped_column(text_of(40))  # the town's number; "" until it is there, then never changed
    paid_serial: Mapped[int | None] = mapped_column(Whole)  # the purchase or settlement that was paid for, by kind
    reverses: Mapped[int | None] = mapped_column(Whole)
    transfer_sequence: Mapped[int] = mapped_column(Whole)
    balance_after_fen: Mapped[int] = mapped_column(Whole)
    booked_on: Mapped[date] = mapped_column(Day)  # the register's own order never changes
    booked_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))

    @property
    def change_fen(self) -> int:
        """What the line adds to the balance, with sign."""
        return self.amount_fen if self.kind.is_income == (self.reverses is None) else -self.amount_fen

    @property
    def income_fen(self) -> int | None:
        """What stands in the column of income, below 0 for a reversal; None in a line of spending."""
        return self.change_fen if self.kind.is_income else None

    @property
    def spent_fen(self) -> int | None:
        """What stands in the column of spending, below 0 for a reversal; None in a line of income."""
        return None if self.kind.is_income else -self.change_fen

    @property
    def lacks_voucher(self) -> bool:
        """Whether the town's number is still to come."""
        return not self.kind.is_income and self.reverses is None and not self.voucher


class Gift(StrEnum):
    """What was given."""

    MONEY = "money"
    GOODS = "goods"


class DonorKind(StrEnum):
    """Who gave."""

    HOUSEHOLD = "household"  # of the village
    PERSON = "person"  # from elsewhere
    COMPANY = "company"
    UNIT = "unit"


DONOR_NAMES = {
    DonorKind.HOUSEHOLD: "本村住户",
    DonorKind.PERSON: "村外个人",
    DonorKind.COMPANY: "企业",
    DonorKind.UNIT: "单位、组织",
}
ANONYMOUS = "爱心人士"


class Donation(Base):
    """A gift as it was accepted. serial: the number on its receipt.

    Money is a line of the register, goods are a delivery on the shelves: both are made in the same act.
    """

    __tablename__ = "donations"
    __table_args__ = (
        choice_check("gift", Gift),
        choice_check("donor_kind", DonorKind),
        CheckConstraint(f"value_fen BETWEEN 0 AND {FEN_MAX}", name="value_fen"),
        CheckConstraint("(donor_kind = 'household') = (household_id IS NOT NULL)", name="household"),
        CheckConstraint("(gift = 'money') = (entry_serial IS NOT NULL)", name="entry"),
        CheckConstraint("(gift = 'goods') = (delivery_serial IS NOT NULL)", name="delivery"),
        CheckConstraint("accepted_by <> second_person", name="two_persons"),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by = '')", name="cancelled"),
        UniqueConstraint("village_id", "entry_serial"),
        UniqueConstraint("village_id", "delivery_serial"),
        ForeignKeyConstraint(["village_id", "entry_serial"], ["fund_entries.village_id", "fund_entries.serial"]),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        Index(None, "village_id", "accepted_on"),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    serial: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    gift: Mapped[Gift] = mapped_column(Choice(Gift))
    what: Mapped[str] = mapped_column(text_of(400))  # in words, as thanks and receipt say it
    value_fen: Mapped[int] = mapped_column(Whole)  # the money, or what the goods were appraised at
    donor_kind: Mapped[DonorKind] = mapped_column(Choice(DonorKind))
    donor_name: Mapped[str] = mapped_column(text_of(60))
    household_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("households.id"), index=True)
    anonymous: Mapped[bool] = mapped_column(Flag)  # in public
    wish: Mapped[str] = mapped_column(text_of(200))
    condition: Mapped[str] = mapped_column(text_of(100))  # of the goods; of money: in cash or how it came
    given_on: Mapped[date] = mapped_column(Day)
    accepted_by: Mapped[str] = mapped_column(text_of(40))
    second_person: Mapped[str] = mapped_column(text_of(40))
    entry_serial: Mapped[int | None] = mapped_column(Whole)
    delivery_serial: Mapped[int | None] = mapped_column(Whole)
    accepted_on: Mapped[date] = mapped_column(Day)  # the day it was entered: what a month's board gives thanks for
    accepted_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))
    # What is answered later.
    wish_heeded: Mapped[bool | None] = mapped_column(Flag)
    wish_note: Mapped[str] = mapped_column(text_of(200), default="")
    claim_serial: Mapped[int | None] = mapped_column(Whole)  # the honour that the household was given for it
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)
    cancelled_by: Mapped[str] = mapped_column(text_of(80), default="")
    cancel_reason: Mapped[str] = mapped_column(text_of(200), default="")

    household: Mapped[Household | None] = relationship()

    @property
    def public_name(self) -> str:
        """Who gave, as a paper may say it that hangs on a wall: of a household its head, in full by its consent."""
        if self.anonymous:
            return ANONYMOUS
        if self.household is None:
            return self.donor_name
        head = self.household.head_name
        return f"{head if self.household.name_consent_on is not None else masked_name(head)}家"


class SubsidyState(StrEnum):
    """How far an application for a subsidy has come."""

    APPLIED = "applied"
    RECEIVED = "received"
    REFUSED = "refused"


SUBSIDY_STATE_NAMES = {
    SubsidyState.APPLIED: "已申请",
    SubsidyState.RECEIVED: "已到账",
    SubsidyState.REFUSED: "没批准",
}


class Subsidy(Base):
    """An application to the town: what was redeemed in closed months, at the value of its points."""

    __tablename__ = "subsidies"
    __table_args__ = (
        choice_check("state", SubsidyState),
        period_check("first_period"),
        period_check("last_period"),
        CheckConstraint("first_period <= last_period", name="periods"),
        CheckConstraint("points >= 1", name="points"),
        CheckConstraint(f"amount_fen BETWEEN 1 AND {FEN_MAX}", name="amount_fen"),
        CheckConstraint("(state = 'received') = (entry_serial IS NOT NULL)", name="entry"),
        UniqueConstraint("village_id", "entry_serial"),
        ForeignKeyConstraint(["village_id", "entry_serial"], ["fund_entries.village_id", "fund_entries.serial"]),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    serial: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    first_period: Mapped[str] = mapped_column(text_of(7))
    last_period: Mapped[str] = mapped_column(text_of(7))
    points: Mapped[int] = mapped_column(Whole)  # redeemed less given back, in hundredths
    points_per_yuan: Mapped[int] = mapped_column(Whole)  # hundredths of a point
    amount_fen: Mapped[int] = mapped_column(Whole)
    applied_on: Mapped[date] = mapped_column(Day)
    applied_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))
    state: Mapped[SubsidyState] = mapped_column(Choice(SubsidyState), default=SubsidyState.APPLIED)
    answer: Mapped[str] = mapped_column(text_of(200), default="")  # the town's, in words
    answered_on: Mapped[date | None] = mapped_column(Day)
    entry_serial: Mapped[int | None] = mapped_column(Whole)  # the income, when it came
