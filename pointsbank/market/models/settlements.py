"""What the village owes a partner shop for what it handed out. Points in hundredths, values in fen."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import STRICT, Base, Choice, Day, Flag, Moment, Whole, choice_check, text_of
from pointsbank.foundation.identifiers import new_id
from pointsbank.market.models.partners import PartnerShop
from pointsbank.market.models.redemptions import RedemptionLine


class SettlementState(StrEnum):
    """An open settlement counts along; a closed one is fixed; a signed one may be paid."""

    OPEN = "open"
    CLOSED = "closed"
    SIGNED = "signed"


SETTLEMENT_STATE_NAMES = {
    SettlementState.OPEN: "在记",
    SettlementState.CLOSED: "已结算，等签字",
    SettlementState.SIGNED: "双方已签字",
}


class Settlement(Base):
    """A settlement with a partner shop up to a day (结算单). The sums are those of its lines, fixed at the close."""

    __tablename__ = "settlements"
    __table_args__ = (
        choice_check("state", SettlementState),
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(state = 'signed') = (signed_on IS NOT NULL)", name="signed"),
        UniqueConstraint("village_id", "serial"),
        Index(
            "uq_settlements_open",
            "partner_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "partner_id", "last_day"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    partner_id: Mapped[int] = mapped_column(Whole, ForeignKey("partner_shops.id"))
    state: Mapped[SettlementState] = mapped_column(Choice(SettlementState))
    first_day: Mapped[date] = mapped_column(Day)
    last_day: Mapped[date] = mapped_column(Day)
    opened_by: Mapped[str] = mapped_column(text_of(80))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    redemptions: Mapped[int] = mapped_column(Whole, default=0)  # those that are settled here for the first time
    points: Mapped[int] = mapped_column(Whole, default=0)
    value_fen: Mapped[int] = mapped_column(Whole, default=0)
    payable_fen: Mapped[int] = mapped_column(Whole, default=0)  # below 0 when more came back than went out
    closed_by: Mapped[str | None] = mapped_column(text_of(80))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    partner_signer: Mapped[str] = mapped_column(text_of(40), default="")
    village_signer: Mapped[str] = mapped_column(text_of(40), default="")
    signed_on: Mapped[date | None] = mapped_column(Day)
    signed_by: Mapped[str | None] = mapped_column(text_of(80))  # who noted the signatures

    partner: Mapped[PartnerShop] = relationship()


class SettlementLine(Base):
    """Pieces of one redemption line in a settlement: those kept at its close, or, as a deduction, less by what came
    back since. Never changed, and a redemption line is settled once: only deductions come again.
    """

    __tablename__ = "settlement_lines"
    __table_args__ = (
        CheckConstraint("pay_percent BETWEEN 1 AND 100", name="pay_percent"),
        CheckConstraint("value_fen >= 1", name="value_fen"),
        ForeignKeyConstraint(
            ["redemption_id", "redemption_position"], ["redemption_lines.redemption_id", "redemption_lines.position"]
        ),
        Index(
            "uq_settlement_lines_once",
            "redemption_id",
            "redemption_position",
            unique=True,
            sqlite_where=text("is_deduction = 0"),
            postgresql_where=text("NOT is_deduction"),
        ),
        STRICT,
    )

    settlement_id: Mapped[int] = mapped_column(
        Whole, ForeignKey("settlements.id"), primary_key=True, autoincrement=False
    )
    redemption_id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    redemption_position: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    is_deduction: Mapped[bool] = mapped_column(Flag)
    pieces: Mapped[int] = mapped_column(Whole)  # with sign
    points_price: Mapped[int] = mapped_column(Whole)  # of one piece, as it was redeemed
    value_fen: Mapped[int] = mapped_column(Whole)  # of one piece, as it was agreed on that day
    pay_percent: Mapped[int] = mapped_column(Whole)  # of the value; a deduction's is that of its first settlement

    settlement: Mapped[Settlement] = relationship()
    redemption_line: Mapped[RedemptionLine] = relationship()
