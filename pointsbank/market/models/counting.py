"""The stock-take (盘点): what was counted on the shelf against what the book said at that moment. In whole pieces."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import STRICT, Base, Choice, Moment, Whole, choice_check, text_of
from pointsbank.foundation.identifiers import new_id
from pointsbank.market.models.goods import Good

_OPEN = text("state IN ('counting', 'compared')")


class StocktakeState(StrEnum):
    """A stock-take is counted blind, compared with the book, then confirmed by a second person; or cancelled."""

    COUNTING = "counting"
    COMPARED = "compared"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Stocktake(Base):
    """A count of the shelf, or of one category of it. Once confirmed or cancelled it is never changed."""

    __tablename__ = "stocktakes"
    __table_args__ = (
        choice_check("state", StocktakeState),
        CheckConstraint("(ended_at IS NULL) = (state IN ('counting', 'compared'))", name="ended"),
        CheckConstraint("state = 'cancelled' OR (state = 'counting') = (compared_at IS NULL)", name="compared"),
        CheckConstraint("state <> 'confirmed' OR witness <> ''", name="witness"),
        UniqueConstraint("village_id", "serial"),
        ForeignKeyConstraint(["village_id", "opening_key"], ["submissions.village_id", "submissions.key"]),
        ForeignKeyConstraint(["village_id", "ending_key"], ["submissions.village_id", "submissions.key"]),
        Index("uq_stocktakes_open", "village_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    category: Mapped[str] = mapped_column(text_of(40))  # "" for all goods
    state: Mapped[StocktakeState] = mapped_column(Choice(StocktakeState))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    opened_by: Mapped[str] = mapped_column(text_of(80))
    opening_key: Mapped[str] = mapped_column(text_of(64))
    compared_at: Mapped[datetime | None] = mapped_column(Moment)
    compared_by: Mapped[str] = mapped_column(text_of(80), default="")
    witness: Mapped[str] = mapped_column(text_of(40), default="")  # who stood by, of the supervision committee
    witness_role: Mapped[str] = mapped_column(text_of(40), default="")
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[str] = mapped_column(text_of(80), default="")
    ending_key: Mapped[str | None] = mapped_column(text_of(64))
    note: Mapped[str] = mapped_column(text_of(200), default="")  # why it was cancelled

    @property
    def is_open(self) -> bool:
        """Whether it still waits for something to be done."""
        return self.state in (StocktakeState.COUNTING, StocktakeState.COMPARED)

    @property
    def scope(self) -> str:
        """What is counted, in words."""
        return self.category or "全部商品"


class StocktakeLine(Base):
    """A good of a stock-take. on_hand: what the book said when the count was written down, reserved pieces included.

    What is booked at the end is counted - on_hand, so that what goes out and comes back meanwhile does no harm.
    """

    __tablename__ = "stocktake_lines"
    __table_args__ = (
        CheckConstraint("counted >= 0", name="counted"),
        CheckConstraint("(counted IS NULL) = (on_hand IS NULL)", name="on_hand"),
        CheckConstraint("(counted IS NULL) = (counted_at IS NULL)", name="counted_at"),
        CheckConstraint("(counted IS NULL) = (through_sequence IS NULL)", name="through_sequence"),
        CheckConstraint("(first_counted IS NULL) = (first_on_hand IS NULL)", name="first_on_hand"),
        UniqueConstraint("stocktake_id", "good_id"),
        STRICT,
    )

    stocktake_id: Mapped[int] = mapped_column(Whole, ForeignKey("stocktakes.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)  # on the count sheet, from 1
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), index=True)
    counted: Mapped[int | None] = mapped_column(Whole)
    on_hand: Mapped[int | None] = mapped_column(Whole)
    through_sequence: Mapped[int | None] = mapped_column(Whole)  # the good's newest stock move then, 0 for none
    counted_by: Mapped[str] = mapped_column(text_of(80), default="")
    counted_at: Mapped[datetime | None] = mapped_column(Moment)
    # The count that was compared first, where it was counted a second time afterwards.
    first_counted: Mapped[int | None] = mapped_column(Whole)
    first_on_hand: Mapped[int | None] = mapped_column(Whole)
    first_counted_by: Mapped[str] = mapped_column(text_of(80), default="")
    reason: Mapped[str] = mapped_column(text_of(60), default="")
    cost_fen: Mapped[int | None] = mapped_column(Whole)  # of the difference that was booked, with its sign

    good: Mapped[Good] = relationship()

    @property
    def difference(self) -> int:
        """Pieces that are there beyond the book; negative where some are missing, 0 before the count."""
        return 0 if self.counted is None or self.on_hand is None else self.counted - self.on_hand

    @property
    def is_recounted(self) -> bool:
        """Whether it was counted a second time after the comparison."""
        return self.first_counted is not None
