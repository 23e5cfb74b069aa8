"""Tables of the market. Prices in hundredths of a point, cost in fen, quantities in whole pieces."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import (
    STRICT,
    Base,
    Bytes,
    Choice,
    Day,
    Flag,
    LongText,
    Moment,
    Whole,
    choice_check,
    text_of,
)
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.periods import Span
from pointsbank.people.models import Household


class MoveKind(StrEnum):
    """Why stock moved."""

    RECEIVE = "receive"
    ISSUE = "issue"
    RETURN = "return"
    VOID = "void"
    WRITE_OFF = "write_off"
    COUNT = "count"


class OrderState(StrEnum):
    """An order waits until it is handed over, cancelled, or released at the day's close."""

    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Good(Base):
    """Something the market gives for points. on_hand and reserved change only through market.stock."""

    __tablename__ = "goods"
    __table_args__ = (
        choice_check("limit_span", Span),
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("reserved BETWEEN 0 AND on_hand", name="reserved"),
        CheckConstraint("points_price >= 1", name="points_price"),
        CheckConstraint("(limit_quantity IS NULL) = (limit_span IS NULL)", name="household_limit"),
        UniqueConstraint("village_id", "serial"),
        UniqueConstraint("village_id", "code"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    code: Mapped[str] = mapped_column(text_of(20))
    name: Mapped[str] = mapped_column(text_of(60))
    name_en: Mapped[str] = mapped_column(text_of(80), default="")
    pinyin: Mapped[str] = mapped_column(text_of(300))
    initials: Mapped[str] = mapped_column(text_of(60))
    spec: Mapped[str] = mapped_column(text_of(60), default="")
    unit: Mapped[str] = mapped_column(text_of(20))
    category: Mapped[str] = mapped_column(text_of(40))
    cost_fen: Mapped[int] = mapped_column(Whole)
    points_price: Mapped[int] = mapped_column(Whole)
    stock_min: Mapped[int] = mapped_column(Whole)
    shelf_life_days: Mapped[int] = mapped_column(Whole)  # 0: does not expire
    limit_quantity: Mapped[int | None] = mapped_column(Whole)  # per household and limit_span
    limit_span: Mapped[Span | None] = mapped_column(Choice(Span))
    offered: Mapped[bool] = mapped_column(Flag, default=True)
    on_hand: Mapped[int] = mapped_column(Whole, default=0)
    reserved: Mapped[int] = mapped_column(Whole, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(Whole, default=1)  # of what people edit, not of the stock

    barcodes: Mapped[list["Barcode"]] = relationship(back_populates="good", order_by="Barcode.barcode")

    @property
    def available(self) -> int:
        """Pieces that can still be ordered."""
        return self.on_hand - self.reserved

    @property
    def title(self) -> str:
        """Name and size: 大米 5kg/袋."""
        return f"{self.name} {self.spec}".strip()


class Barcode(Base):
    """One of a good's barcodes."""

    __tablename__ = "barcodes"
    __table_args__ = (STRICT,)

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    barcode: Mapped[str] = mapped_column(text_of(20), primary_key=True)
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), index=True)

    good: Mapped[Good] = relationship(back_populates="barcodes")


class StockMove(Base):
    """Pieces that came or went, with what is on hand after it. Append only, a chain of its own."""

    __tablename__ = "stock_moves"
    __table_args__ = (
        choice_check("kind", MoveKind),
        CheckConstraint("quantity <> 0", name="quantity"),
        CheckConstraint("on_hand_after >= 0", name="on_hand_after"),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        Index(None, "village_id", "good_serial", "sequence"),
        Index(None, "village_id", "redemption_serial"),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    kind: Mapped[MoveKind] = mapped_column(Choice(MoveKind))
    good_serial: Mapped[int] = mapped_column(Whole)
    quantity: Mapped[int] = mapped_column(Whole)  # with sign
    on_hand_after: Mapped[int] = mapped_column(Whole)
    occurred_on: Mapped[date] = mapped_column(Day)
    moved_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))
    redemption_serial: Mapped[int | None] = mapped_column(Whole)
    text_digest: Mapped[bytes | None] = mapped_column(Bytes)
    previous_digest: Mapped[bytes] = mapped_column(Bytes)
    digest: Mapped[bytes] = mapped_column(Bytes)


class StockMoveText(Base):
    """Donor, reason or witness of a move with its salt; an audited erasure may empty it."""

    __tablename__ = "stock_move_texts"
    __table_args__ = (
        ForeignKeyConstraint(["village_id", "sequence"], ["stock_moves.village_id", "stock_moves.sequence"]),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(Bytes)
    text: Mapped[str | None] = mapped_column(LongText)


class Order(Base):
    """What a household reserved: points held in the ledger, pieces reserved in the stock."""

    __tablename__ = "orders"
    __table_args__ = (
        choice_check("state", OrderState),
        UniqueConstraint("village_id", "serial"),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        ForeignKeyConstraint(["village_id", "hold_sequence"], ["transfers.village_id", "transfers.sequence"]),
        Index(None, "village_id", "state", "placed_at"),
        Index(None, "village_id", "household_id", "state"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    household_id: Mapped[int] = mapped_column(Whole, ForeignKey("households.id"))
    state: Mapped[OrderState] = mapped_column(Choice(OrderState))
    points: Mapped[int] = mapped_column(Whole)
    hold_sequence: Mapped[int] = mapped_column(Whole)
    placed_at: Mapped[datetime] = mapped_column(Moment)
    placed_on: Mapped[date] = mapped_column(Day)
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[str | None] = mapped_column(text_of(80))

    household: Mapped[Household] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(back_populates="order", order_by="OrderLine.position")


class OrderLine(Base):
    """A good of an order, at the price of the moment it was ordered."""

    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"), STRICT)

    order_id: Mapped[int] = mapped_column(Whole, ForeignKey("orders.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), index=True)
    quantity: Mapped[int] = mapped_column(Whole)
    points_price: Mapped[int] = mapped_column(Whole)

    order: Mapped[Order] = relationship(back_populates="lines")
    good: Mapped[Good] = relationship()


class Redemption(Base):
    """Goods handed over for points, with a receipt number. serial: gapless in the village, the receipt's number."""

    __tablename__ = "redemptions"
    __table_args__ = (
        UniqueConstraint("village_id", "serial"),
        UniqueConstraint("order_id"),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        ForeignKeyConstraint(["village_id", "transfer_sequence"], ["transfers.village_id", "transfers.sequence"]),
        Index(None, "village_id", "redeemed_on"),
        Index(None, "village_id", "household_id", "redeemed_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    household_id: Mapped[int] = mapped_column(Whole, ForeignKey("households.id"))
    order_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("orders.id"))
    points: Mapped[int] = mapped_column(Whole)
    balance_after: Mapped[int] = mapped_column(Whole)  # for the receipt
    transfer_sequence: Mapped[int] = mapped_column(Whole)
    confirmed_by: Mapped[str] = mapped_column(text_of(20))  # "signature" or "pin"
    redeemed_at: Mapped[datetime] = mapped_column(Moment)
    redeemed_on: Mapped[date] = mapped_column(Day)
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))
    voided_at: Mapped[datetime | None] = mapped_column(Moment)
    deputy_name: Mapped[str] = mapped_column(text_of(40), default="", server_default="")  # who collected for it

    household: Mapped[Household] = relationship()
    order: Mapped[Order | None] = relationship()
    lines: Mapped[list["RedemptionLine"]] = relationship(
        back_populates="redemption", order_by="RedemptionLine.position"
    )


class RedemptionLine(Base):
    """A good of a redemption at its price of the day; returned never exceeds quantity."""

    __tablename__ = "redemption_lines"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("returned BETWEEN 0 AND quantity", name="returned"),
        STRICT,
    )

    redemption_id: Mapped[int] = mapped_column(
        Whole, ForeignKey("redemptions.id"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), index=True)
    quantity: Mapped[int] = mapped_column(Whole)
    points_price: Mapped[int] = mapped_column(Whole)
    returned: Mapped[int] = mapped_column(Whole, default=0)

    redemption: Mapped[Redemption] = relationship(back_populates="lines")
    good: Mapped[Good] = relationship()
