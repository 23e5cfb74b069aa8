"""What the village buys for its shop, from the draft to the wall. Money in fen, quantities in whole pieces."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import STRICT, Base, Choice, Day, Moment, Whole, choice_check, text_of
from pointsbank.foundation.identifiers import new_id
from pointsbank.market.models.goods import Good
from pointsbank.market.models.lots import Intake


class PurchaseState(StrEnum):
    """How far a purchase is."""

    DRAFT = "draft"
    QUOTED = "quoted"
    APPROVED = "approved"
    RECEIVED = "received"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


STATE_NAMES = {
    PurchaseState.DRAFT: "起草中",
    PurchaseState.QUOTED: "等批准",
    PurchaseState.APPROVED: "已批准，收货中",
    PurchaseState.RECEIVED: "收完货，等公示",
    PurchaseState.PUBLISHED: "已公示",
    PurchaseState.CANCELLED: "已取消",
}


class Purchase(Base):
    """A purchase (采购单). Once it is approved nothing of what was approved changes: a trigger keeps it."""

    __tablename__ = "purchases"
    __table_args__ = (
        choice_check("state", PurchaseState),
        CheckConstraint("budget_fen >= 0", name="budget_fen"),
        CheckConstraint("state IN ('draft', 'cancelled') OR quoted_at IS NOT NULL", name="quoted"),
        CheckConstraint("state IN ('draft', 'quoted', 'cancelled') OR approved_at IS NOT NULL", name="approved"),
        CheckConstraint("approved_by <> drafted_by AND approved_by <> quoted_by", name="four_eyes"),
        CheckConstraint("state NOT IN ('received', 'published') OR received_at IS NOT NULL", name="received"),
        CheckConstraint("(state = 'published') = (hung_on IS NOT NULL)", name="published"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
        CheckConstraint("revision >= 1", name="revision"),
        UniqueConstraint("village_id", "serial"),
        Index(None, "village_id", "state"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    state: Mapped[PurchaseState] = mapped_column(Choice(PurchaseState))
    title: Mapped[str] = mapped_column(text_of(60))
    wanted_on: Mapped[date] = mapped_column(Day)
    budget_fen: Mapped[int] = mapped_column(Whole)  # 0: none set
    drafted_by: Mapped[str] = mapped_column(text_of(80))
    drafted_at: Mapped[datetime] = mapped_column(Moment)
    chosen: Mapped[int | None] = mapped_column(Whole)  # position of the quote that is taken
    few_reason: Mapped[str] = mapped_column(text_of(200), default="")  # why fewer were asked than is the custom
    choice_reason: Mapped[str] = mapped_column(text_of(200), default="")  # why not the cheapest
    quoted_by: Mapped[str | None] = mapped_column(text_of(80))
    quoted_at: Mapped[datetime | None] = mapped_column(Moment)
    approved_by: Mapped[str | None] = mapped_column(text_of(80))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    approval_note: Mapped[str] = mapped_column(text_of(200), default="")
    received_at: Mapped[datetime | None] = mapped_column(Moment)  # when the last part had come
    shortfall: Mapped[str] = mapped_column(text_of(200), default="")  # why less came than was ordered
    hung_on: Mapped[date | None] = mapped_column(Day)
    hung_where: Mapped[str] = mapped_column(text_of(60), default="")
    published_by: Mapped[str | None] = mapped_column(text_of(80))
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)
    cancel_reason: Mapped[str] = mapped_column(text_of(200), default="")
    voucher: Mapped[str] = mapped_column(text_of(40), default="")  # of the town's accounts, when it was paid
    revision: Mapped[int] = mapped_column(Whole, default=1)  # of what people edit

    lines: Mapped[list["PurchaseLine"]] = relationship(
        back_populates="purchase", order_by="PurchaseLine.position", cascade="all, delete-orphan"
    )
    quotes: Mapped[list["PurchaseQuote"]] = relationship(back_populates="purchase", order_by="PurchaseQuote.position")
    receipts: Mapped[list["PurchaseReceipt"]] = relationship(
        back_populates="purchase", order_by="PurchaseReceipt.intake_id"
    )

    @property
    def expected_fen(self) -> int:
        """What the lines cost at the prices expected, in fen."""
        return sum(line.quantity * line.price_fen for line in self.lines)

    @property
    def standing_quotes(self) -> list["PurchaseQuote"]:
        """Quotes that were not withdrawn."""
        return [quote for quote in self.quotes if quote.withdrawn_at is None]

    @property
    def quote(self) -> "PurchaseQuote | None":
        """The quote that is taken."""
        return next((quote for quote in self.standing_quotes if quote.position == self.chosen), None)


class PurchaseLine(Base):
    """A good that is wanted. price_fen: what one piece is expected to cost."""

    __tablename__ = "purchase_lines"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("price_fen >= 0", name="price_fen"),
        UniqueConstraint("purchase_id", "good_id"),
        STRICT,
    )

    purchase_id: Mapped[int] = mapped_column(Whole, ForeignKey("purchases.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), index=True)
    quantity: Mapped[int] = mapped_column(Whole)
    price_fen: Mapped[int] = mapped_column(Whole)

    purchase: Mapped[Purchase] = relationship(back_populates="lines")
    good: Mapped[Good] = relationship()


class PurchaseQuote(Base):
    """What a seller asks for all of it. total_fen: with freight; one that was noted by mistake is withdrawn."""

    __tablename__ = "purchase_quotes"
    __table_args__ = (CheckConstraint("total_fen >= 1", name="total_fen"), STRICT)

    purchase_id: Mapped[int] = mapped_column(Whole, ForeignKey("purchases.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    supplier: Mapped[str] = mapped_column(text_of(60))
    phone: Mapped[str] = mapped_column(text_of(20), default="")
    total_fen: Mapped[int] = mapped_column(Whole)
    quoted_on: Mapped[date] = mapped_column(Day)
    note: Mapped[str] = mapped_column(text_of(200), default="")
    noted_by: Mapped[str] = mapped_column(text_of(80))
    noted_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)

    purchase: Mapped[Purchase] = relationship(back_populates="quotes")


class PurchaseReceipt(Base):
    """A delivery that came for a purchase; what it brought stands in its lots. Never changed."""

    __tablename__ = "purchase_receipts"
    __table_args__ = (STRICT,)

    intake_id: Mapped[int] = mapped_column(Whole, ForeignKey("intakes.id"), primary_key=True, autoincrement=False)
    purchase_id: Mapped[int] = mapped_column(Whole, ForeignKey("purchases.id"), index=True)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)

    purchase: Mapped[Purchase] = relationship(back_populates="receipts")
    intake: Mapped[Intake] = relationship()
