"""Tables of the kiosk: who called for help, and the village's own voice."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.access.models import Device
from pointsbank.foundation.database import STRICT, Base, Bytes, Moment, Whole, text_of
from pointsbank.foundation.identifiers import new_id
from pointsbank.people.models import Household

WORDS_LENGTH_MAX = 100  # of one piece that is spoken in one breath


class HelpCall(Base):
    """Somebody at a kiosk asks for help. household_id: whose card or number was shown, None for nobody's.

    answered_by: who comes, or the kiosk itself when it is not needed any more; a kiosk has one open call at a time.
    """

    __tablename__ = "help_calls"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answered_by = '')", name="answered"),
        Index(
            "uq_help_calls_open",
            "device_id",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
        Index(None, "village_id", "called_at"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    device_id: Mapped[int] = mapped_column(Whole, ForeignKey("devices.id"))
    household_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("households.id"))
    called_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[str] = mapped_column(text_of(80), default="")

    device: Mapped[Device] = relationship()
    household: Mapped[Household | None] = relationship()


class Voice(Base):
    """A sentence or a numeral as the village speaks it. words: what is said, as kiosk.speech has it.

    One recording of each at a time: a new one closes the one before, whose file is deleted.
    """

    __tablename__ = "voices"
    __table_args__ = (
        CheckConstraint("milliseconds >= 1", name="milliseconds"),
        Index(
            "uq_voices_words",
            "village_id",
            "words",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    words: Mapped[str] = mapped_column(text_of(WORDS_LENGTH_MAX))
    file_name: Mapped[str] = mapped_column(text_of(80))
    media_type: Mapped[str] = mapped_column(text_of(40))
    file_digest: Mapped[bytes] = mapped_column(Bytes)  # SHA-256 of the stored bytes
    milliseconds: Mapped[int] = mapped_column(Whole)
    actor: Mapped[str] = mapped_column(text_of(80))
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
