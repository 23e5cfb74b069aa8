"""What households reserve. Points in hundredths, quantities in whole pieces."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import STRICT, Base, Choice, Day, Moment, Whole, choice_check, text_of
from pointsbank.foundation.identifiers import new_id
from pointsbank.market.models.goods import Good
from pointsbank.people.models import Household


class OrderState(StrEnum):
    """An order waits until nothing of it is left to fetch, it is cancelled, or it is released on its last day."""

    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Order(Base):
    """What a household reserved: points held in the ledger, pieces reserved in the stock. Fetched whole or in parts.

    points: of all that was ordered. expires_on: the last day on which it waits.
    """

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
    expires_on: Mapped[date] = mapped_column(Day)
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[str | None] = mapped_column(text_of(80))

    household: Mapped[Household] = relationship()
    lines: Mapped[list["OrderLine"]] = relationship(back_populates="order", order_by="OrderLine.position")

    @property
    def points_left(self) -> int:
        """Units of what was not handed out: held while the order waits."""
        return sum(line.left * line.points_price for line in self.lines)

    @property
    def is_begun(self) -> bool:
        """Whether a part was handed out."""
        return any(line.handed for line in self.lines)


class OrderLine(Base):
    """A good of an order, at the price of the moment it was ordered. handed: pieces handed out so far."""

    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"), STRICT)

    order_id: Mapped[int] = mapped_column(Whole, ForeignKey("orders.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), index=True)
    quantity: Mapped[int] = mapped_column(Whole)
    points_price: Mapped[int] = mapped_column(Whole)
    handed: Mapped[int] = mapped_column(
        Whole, CheckConstraint("handed BETWEEN 0 AND quantity", name="handed"), default=0, server_default="0"
    )

    order: Mapped[Order] = relationship(back_populates="lines")
    good: Mapped[Good] = relationship()

    @property
    def left(self) -> int:
        """Pieces that were not handed out."""
        return self.quantity - self.handed
