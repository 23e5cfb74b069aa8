"""Deliveries, the lots they brought, and what was written off. Cost in fen, quantities in whole pieces."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pointsbank.foundation.database import STRICT, Base, Choice, Day, Moment, Whole, choice_check, text_of
from pointsbank.foundation.identifiers import new_id


class Origin(StrEnum):
    """Where goods came from."""

    PURCHASE = "purchase"
    DONATION = "donation"
    OTHER = "other"
    OPENING = "opening"  # what was there before lots were kept
    COUNT = "count"  # more on the shelf than in the book


class Intake(Base):
    """A delivery as it was received (入库单). serial: its number in the village."""

    __tablename__ = "intakes"
    __table_args__ = (
        choice_check("origin", Origin),
        UniqueConstraint("village_id", "serial"),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        Index(None, "village_id", "received_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    origin: Mapped[Origin] = mapped_column(Choice(Origin))
    source: Mapped[str] = mapped_column(text_of(200))  # donor or seller
    received_on: Mapped[date] = mapped_column(Day)
    second_receiver: Mapped[str] = mapped_column(text_of(40), default="")
    note: Mapped[str] = mapped_column(text_of(200), default="")
    received_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))


class Lot(Base):
    """Pieces of one good that came together and expire together. on_hand changes only through market.stock."""

    __tablename__ = "lots"
    __table_args__ = (
        choice_check("origin", Origin),
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("cost_fen >= 0", name="cost_fen"),
        UniqueConstraint("village_id", "serial"),
        Index(None, "good_id", "expires_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"))
    intake_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("intakes.id"), index=True)
    origin: Mapped[Origin] = mapped_column(Choice(Origin))
    received_on: Mapped[date] = mapped_column(Day)
    expires_on: Mapped[date | None] = mapped_column(Day)  # the last day on which it may be handed out
    cost_fen: Mapped[int] = mapped_column(Whole)  # of one piece; a donation's is its value
    note: Mapped[str] = mapped_column(text_of(100), default="")  # 3C mark, guarantee
    received: Mapped[int] = mapped_column(Whole)  # pieces of its first move
    on_hand: Mapped[int] = mapped_column(Whole)

    def is_expired(self, day: date) -> bool:
        """Whether it may no longer be handed out on this day."""
        return self.expires_on is not None and self.expires_on < day


class WriteOff(Base):
    """Spoilt or lost pieces taken off the book (报损), with reason and witness. Never changed."""

    __tablename__ = "write_offs"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        UniqueConstraint("village_id", "serial"),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        Index(None, "village_id", "written_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), index=True)
    quantity: Mapped[int] = mapped_column(Whole)
    cost_fen: Mapped[int] = mapped_column(Whole)  # of all the pieces
    reason: Mapped[str] = mapped_column(text_of(200))
    witness: Mapped[str] = mapped_column(text_of(40))
    written_on: Mapped[date] = mapped_column(Day)
    written_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))
