"""What the market gives. Prices in hundredths of a point, cost in fen, quantities in whole pieces."""

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, bindparam, false, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from pointsbank.foundation import clock
from pointsbank.foundation.database import (
    STRICT,
    Base,
    Bytes,
    Choice,
    Day,
    Flag,
    Moment,
    Whole,
    choice_check,
    text_of,
)
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.periods import Span
from pointsbank.market.models.lots import Lot

SERVICES_MAX = 1_000  # of one service at once: it has no stock that could end, and no basket holds more


class Good(Base):
    """Something the market gives for points. on_hand and reserved change only through market.stock.

    The prices change only through market.prices; price_on says which holds. Checks of what was added after the first
    release stand at their columns: so a table that is filled can have them.
    """

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
    points_price: Mapped[int] = mapped_column(Whole)  # until next_price_on
    next_price: Mapped[int | None] = mapped_column(Whole, CheckConstraint("next_price >= 1", name="next_price"))
    next_price_on: Mapped[date | None] = mapped_column(
        Day, CheckConstraint("(next_price IS NULL) = (next_price_on IS NULL)", name="next_price_on")
    )
    stock_min: Mapped[int] = mapped_column(Whole)
    shelf_life_days: Mapped[int] = mapped_column(Whole)  # 0: does not expire
    limit_quantity: Mapped[int | None] = mapped_column(Whole)  # per household and limit_span
    limit_span: Mapped[Span | None] = mapped_column(Choice(Span))
    offered: Mapped[bool] = mapped_column(Flag, default=True)
    is_service: Mapped[bool] = mapped_column(Flag, default=False, server_default=false())  # done, not handed out
    provider: Mapped[str] = mapped_column(text_of(40), default="", server_default="")  # who does the service
    service_on: Mapped[date | None] = mapped_column(Day)  # the only day of the service
    season_from: Mapped[str | None] = mapped_column(text_of(5))  # first day of each year's season, MM-DD
    season_to: Mapped[str | None] = mapped_column(  # the last; before season_from: in the year after
        text_of(5), CheckConstraint("(season_from IS NULL) = (season_to IS NULL)", name="season")
    )
    photo_digest: Mapped[str] = mapped_column(text_of(16), default="", server_default="")  # "" for no photo
    on_hand: Mapped[int] = mapped_column(Whole, default=0)
    reserved: Mapped[int] = mapped_column(Whole, default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(Whole, default=1)  # of what people edit, not of the stock

    # Pieces on hand whose last day is over, as of the moment the good is read.
    expired: Mapped[int] = column_property(
        select(func.coalesce(func.sum(Lot.on_hand), 0))
        .where(
            Lot.good_id == id,  # noqa: A003 - the good's own id, as SQLAlchemy wants it inside the class
            Lot.on_hand > 0,
            Lot.expires_on < bindparam("today", callable_=clock.today),
        )
        .correlate_except(Lot)
        .scalar_subquery()
    )

    barcodes: Mapped[list["Barcode"]] = relationship(back_populates="good", order_by="Barcode.barcode")

    @property
    def available(self) -> int:
        """Pieces that can still be ordered: neither put aside nor expired; of a service always enough."""
        if self.is_service:
            return SERVICES_MAX
        return max(self.on_hand - self.reserved - self.expired, 0)

    @property
    def title(self) -> str:
        """Name and size: 大米 5kg/袋."""
        return f"{self.name} {self.spec}".strip()

    def price_on(self, day: date) -> int:
        """Units of one piece on a day from today on."""
        if self.next_price is None or self.next_price_on is None or day < self.next_price_on:
            return self.points_price
        return self.next_price

    def coming_price(self, day: date) -> tuple[date, int] | None:
        """The day after this one from which another price holds, with its units; None if none is set."""
        if self.next_price is None or self.next_price_on is None or self.next_price_on <= day:
            return None
        return self.next_price_on, self.next_price

    def in_season(self, day: date) -> bool:
        """Whether it may be had on this day: its season is on, and a service of one day is not over."""
        if self.service_on is not None and self.service_on < day:
            return False
        if self.season_from is None or self.season_to is None:
            return True
        today = day.strftime("%m-%d")
        if self.season_from <= self.season_to:
            return self.season_from <= today <= self.season_to
        return today >= self.season_from or today <= self.season_to

    def back_on(self, day: date) -> date | None:
        """The first day from this one on which it may be had; None if it does not come back."""
        if self.in_season(day):
            return day
        if (self.service_on is not None and self.service_on < day) or self.season_from is None:
            return None
        month, of_month = int(self.season_from[:2]), int(self.season_from[3:])
        begins = date(day.year, month, 1) + timedelta(days=of_month - 1)  # February 29 is March 1 in most years
        return begins if begins >= day else date(day.year + 1, month, 1) + timedelta(days=of_month - 1)

    def absence_in_words(self, day: date) -> str:
        """Why it may not be had on this day and when it may; "" when it may."""
        if self.in_season(day):
            return ""
        back = self.back_on(day)
        if back is not None:
            return f"不到时节，{back.month}月{back.day}日起再来"
        day_of_service = self.service_on
        return f"服务日 {day_of_service.month}月{day_of_service.day}日已经过了" if day_of_service else ""


class Barcode(Base):
    """One of a good's barcodes."""

    __tablename__ = "barcodes"
    __table_args__ = (STRICT,)

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    barcode: Mapped[str] = mapped_column(text_of(20), primary_key=True)
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), index=True)

    good: Mapped[Good] = relationship(back_populates="barcodes")


class GoodPrice(Base):
    """A price that was set, by whom and from which day it was to hold. Append only, chained (see market.prices)."""

    __tablename__ = "good_prices"
    __table_args__ = (
        CheckConstraint("points_price >= 1", name="points_price"),
        Index(None, "village_id", "good_serial"),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    good_serial: Mapped[int] = mapped_column(Whole)
    points_price: Mapped[int] = mapped_column(Whole)
    effective_on: Mapped[date] = mapped_column(Day)
    set_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    previous_digest: Mapped[bytes] = mapped_column(Bytes)
    digest: Mapped[bytes] = mapped_column(Bytes)


class GoodPhoto(Base):
    """The photo of a good, a small JPEG made anew here. In the database: it goes along with every copy of it."""

    __tablename__ = "good_photos"
    __table_args__ = (STRICT,)

    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), primary_key=True, autoincrement=False)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    content: Mapped[bytes] = mapped_column(Bytes)
    taken_in_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
