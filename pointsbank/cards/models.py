"""Tables of cards and of villagers' sessions at a kiosk."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.access.models import Device
from pointsbank.foundation.database import (
    STRICT,
    Base,
    Bytes,
    Choice,
    Flag,
    LongText,
    Moment,
    Whole,
    choice_check,
    text_of,
)
from pointsbank.foundation.identifiers import new_id
from pointsbank.people.models import Household


class CardState(StrEnum):
    """Whether a card opens anything."""

    ACTIVE = "active"
    LOST = "lost"


class Card(Base):
    """A household's card. The QR holds a random token: sealed for printing again, as a digest for finding it."""

    __tablename__ = "cards"
    __table_args__ = (
        choice_check("state", CardState),
        UniqueConstraint("village_id", "serial"),
        UniqueConstraint("village_id", "number"),
        UniqueConstraint("token_digest"),
        Index(
            "uq_cards_active",
            "household_id",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    household_id: Mapped[int] = mapped_column(Whole, ForeignKey("households.id"), index=True)
    serial: Mapped[int] = mapped_column(Whole)
    number: Mapped[str] = mapped_column(text_of(20))  # digits, the last one a check digit
    token_sealed: Mapped[str] = mapped_column(LongText)
    token_digest: Mapped[bytes] = mapped_column(Bytes)
    pin_hash: Mapped[str | None] = mapped_column(text_of(200))
    state: Mapped[CardState] = mapped_column(Choice(CardState), default=CardState.ACTIVE)
    issued_at: Mapped[datetime] = mapped_column(Moment)
    lost_at: Mapped[datetime | None] = mapped_column(Moment)

    household: Mapped[Household] = relationship()


class VillagerSession(Base):
    """A villager at a kiosk, found by the device: never a staff session."""

    __tablename__ = "villager_sessions"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    device_id: Mapped[int] = mapped_column(Whole, ForeignKey("devices.id"), index=True)
    household_id: Mapped[int] = mapped_column(Whole, ForeignKey("households.id"))
    card_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("cards.id"))  # null: household number was tapped
    with_pin: Mapped[bool] = mapped_column(Flag)
    opened_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    household: Mapped[Household] = relationship()
    device: Mapped[Device] = relationship()
