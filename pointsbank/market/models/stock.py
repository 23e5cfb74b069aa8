"""What came and went: stock moves with what is on hand after each. Quantities in whole pieces."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
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
    text_of,
)


class MoveKind(StrEnum):
    """Why stock moved."""

    RECEIVE = "receive"
    ISSUE = "issue"
    RETURN = "return"
    VOID = "void"
    WRITE_OFF = "write_off"
    COUNT = "count"


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
    lot_serial: Mapped[int | None] = mapped_column(Whole)  # None before lots were kept: of the good's opening lot
    lot_digest: Mapped[bytes | None] = mapped_column(Bytes)  # of what the lot is, at its first move
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
