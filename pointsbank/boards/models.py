"""Tables of the honor board: the deeds chosen for it, and the frozen monthly snapshots."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.deeds.models import Claim
from pointsbank.foundation.database import STRICT, Base, Bytes, LongText, Moment, Whole, period_check, text_of
from pointsbank.foundation.identifiers import new_id


class Merit(Base):
    """A deed of merit that the clerk chose from a month's claims and worded for the board."""

    __tablename__ = "merits"
    __table_args__ = (period_check(), UniqueConstraint("village_id", "period", "claim_id"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    period: Mapped[str] = mapped_column(text_of(7))
    claim_id: Mapped[int] = mapped_column(Whole, ForeignKey("claims.id"))
    position: Mapped[int] = mapped_column(Whole)
    sentence: Mapped[str] = mapped_column(text_of(120))
    actor: Mapped[str] = mapped_column(text_of(80))
    created_at: Mapped[datetime] = mapped_column(Moment)

    claim: Mapped[Claim] = relationship()


class BoardSnapshot(Base):
    """A frozen month: all that its board shows, as canonical JSON. Append only, a chain of its own."""

    __tablename__ = "board_snapshots"
    __table_args__ = (period_check(), UniqueConstraint("village_id", "period"), STRICT)

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)  # the board's issue number
    period: Mapped[str] = mapped_column(text_of(7))
    frozen_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    head_sequence: Mapped[int] = mapped_column(Whole)
    head_digest: Mapped[bytes] = mapped_column(Bytes)
    content: Mapped[str] = mapped_column(LongText)
    content_digest: Mapped[bytes] = mapped_column(Bytes)
    previous_digest: Mapped[bytes] = mapped_column(Bytes)
    digest: Mapped[bytes] = mapped_column(Bytes)
