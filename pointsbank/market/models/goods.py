"""What the market gives. Prices in hundredths of a point, cost in fen, quantities in whole pieces."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import STRICT, Base, Choice, Flag, Moment, Whole, choice_check, text_of
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.periods import Span


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
