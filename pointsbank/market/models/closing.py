"""The day's close (日结): what went out and came back since the last one, signed by whoever keeps the shop."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import STRICT, Base, Bytes, Day, Moment, Whole, text_of
from pointsbank.foundation.identifiers import new_id
from pointsbank.market.models.goods import Good


class DayClose(Base):
    """A close covers all redemptions and stock moves since the last one. Append only, a chain of its own.

    serial: gapless in the village. An empty range ends before it begins. Points in units, quantities in pieces.
    """

    __tablename__ = "day_closes"
    __table_args__ = (
        CheckConstraint("last_redemption >= first_redemption - 1", name="redemption_range"),
        CheckConstraint("last_move >= first_move - 1", name="move_range"),
        UniqueConstraint("village_id", "serial"),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        Index(None, "village_id", "closed_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    closed_at: Mapped[datetime] = mapped_column(Moment)
    closed_on: Mapped[date] = mapped_column(Day)
    actor: Mapped[str] = mapped_column(text_of(80))  # who signs
    submission_key: Mapped[str] = mapped_column(text_of(64))
    first_redemption: Mapped[int] = mapped_column(Whole)
    last_redemption: Mapped[int] = mapped_column(Whole)
    first_move: Mapped[int] = mapped_column(Whole)
    last_move: Mapped[int] = mapped_column(Whole)  # with the differences that this close itself booked
    redemptions: Mapped[int] = mapped_column(Whole)  # receipts, the voided ones too
    voided: Mapped[int] = mapped_column(Whole)  # of these
    pieces: Mapped[int] = mapped_column(Whole)  # on these receipts, services too
    points: Mapped[int] = mapped_column(Whole)  # on these receipts
    orders_fetched: Mapped[int] = mapped_column(Whole)
    orders_released: Mapped[int] = mapped_column(Whole)
    note: Mapped[str] = mapped_column(text_of(300), default="")
    previous_digest: Mapped[bytes] = mapped_column(Bytes)
    digest: Mapped[bytes] = mapped_column(Bytes)

    lines: Mapped[list["DayCloseLine"]] = relationship(back_populates="close", order_by="DayCloseLine.position")


class DayCloseLine(Base):
    """A good that moved since the last close, in pieces, each figure from 0 on but adjusted and booked.

    on_hand: what the book said at the close. counted: what lay on the shelf, where somebody looked; the difference is
    explained in words, and booked if it is to be.
    """

    __tablename__ = "day_close_lines"
    __table_args__ = (
        CheckConstraint("counted >= 0", name="counted"),
        CheckConstraint("booked = 0 OR counted = on_hand + booked", name="booked"),
        CheckConstraint("counted IS NULL OR counted = on_hand OR explanation <> ''", name="explanation"),
        UniqueConstraint("close_id", "good_id"),
        STRICT,
    )

    close_id: Mapped[int] = mapped_column(Whole, ForeignKey("day_closes.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), index=True)
    received: Mapped[int] = mapped_column(Whole)
    issued: Mapped[int] = mapped_column(Whole)
    returned: Mapped[int] = mapped_column(Whole)
    voided: Mapped[int] = mapped_column(Whole)
    written_off: Mapped[int] = mapped_column(Whole)
    adjusted: Mapped[int] = mapped_column(Whole)  # by counts before this close, with sign
    on_hand: Mapped[int] = mapped_column(Whole)
    counted: Mapped[int | None] = mapped_column(Whole)
    explanation: Mapped[str] = mapped_column(text_of(60), default="")
    booked: Mapped[int] = mapped_column(Whole, default=0)  # pieces, with sign

    close: Mapped[DayClose] = relationship(back_populates="lines")
    good: Mapped[Good] = relationship()

    @property
    def opening(self) -> int:
        """What the book said at the last close."""
        came = self.received + self.returned + self.voided + self.adjusted
        return self.on_hand - came + self.issued + self.written_off

    @property
    def closing(self) -> int:
        """What the book says after this close."""
        return self.on_hand + self.booked

    @property
    def difference(self) -> int:
        """Pieces that were there beyond the book; negative where some are missing, 0 where nobody looked."""
        return 0 if self.counted is None else self.counted - self.on_hand
