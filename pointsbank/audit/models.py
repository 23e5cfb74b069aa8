"""Tables of the audit trail: one chain per place."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from pointsbank.foundation.database import (
    STRICT,
    Base,
    Bytes,
    Choice,
    LongText,
    Moment,
    Whole,
    choice_check,
    text_of,
)

INSTALLATION = 0  # the place of what concerns no village: set-up, sign-ins nobody knows


class Outcome(StrEnum):
    """Whether it was done."""

    DONE = "done"
    REFUSED = "refused"


class AuditEvent(Base):
    """One act or refusal. place_id is 0 for the installation itself. Append only, chained."""

    __tablename__ = "audit_events"
    __table_args__ = (
        choice_check("outcome", Outcome),
        Index(None, "place_id", "subject", "sequence"),
        STRICT,
    )

    place_id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    action: Mapped[str] = mapped_column(text_of(60))
    subject: Mapped[str] = mapped_column(text_of(80))
    outcome: Mapped[Outcome] = mapped_column(Choice(Outcome))
    text_digest: Mapped[bytes | None] = mapped_column(Bytes)
    previous_digest: Mapped[bytes] = mapped_column(Bytes)
    digest: Mapped[bytes] = mapped_column(Bytes)


class AuditText(Base):
    """What a person wrote or a name at the time; an audited erasure may empty it: it stands beside the chain."""

    __tablename__ = "audit_texts"
    __table_args__ = (
        ForeignKeyConstraint(["place_id", "sequence"], ["audit_events.place_id", "audit_events.sequence"]),
        STRICT,
    )

    place_id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(Bytes)
    text: Mapped[str | None] = mapped_column(LongText)
