"""Tables of cards, of those who may collect for a household, and of villagers' sessions at a kiosk."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.access.models import Device
from pointsbank.foundation.database import (
    STRICT,
    Base,
    Bytes,
    Choice,
    Day,
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
    """Whether a card opens anything; one that is active may still have expired."""

    ACTIVE = "active"
    LOST = "lost"


class Card(Base):
    """One of a household's cards. Its QR holds a random token: sealed for printing again, a digest for finding it."""

    __tablename__ = "cards"
    __table_args__ = (
        choice_check("state", CardState),
        UniqueConstraint("village_id", "serial"),
        UniqueConstraint("village_id", "number"),
        UniqueConstraint("token_digest"),
        Index("uq_cards_replaces", "village_id", "replaces", unique=True),  # a card is replaced once
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
    name: Mapped[str] = mapped_column(text_of(20), default="", server_default="")  # whose or what for: 奶奶的
    expires_on: Mapped[date | None] = mapped_column(Day)  # the last day it works; null: never
    replaces: Mapped[int | None] = mapped_column(Whole)  # the serial of the card in whose place it was issued

    household: Mapped[Household] = relationship()

    def works_on(self, day: date) -> bool:
        """Whether it opens anything on a day."""
        return self.state is CardState.ACTIVE and not self.expired_on(day)

    def expired_on(self, day: date) -> bool:
        """Whether its last day lies before a day."""
        return self.expires_on is not None and self.expires_on < day


class Deputy(Base):
    """Somebody outside the household who may collect for it, until closed."""

    __tablename__ = "deputies"
    __table_args__ = (
        Index(
            "uq_deputies_open",
            "household_id",
            "name",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    household_id: Mapped[int] = mapped_column(Whole, ForeignKey("households.id"))
    name: Mapped[str] = mapped_column(text_of(40))
    note: Mapped[str] = mapped_column(text_of(100))  # who that is and why: 隔壁邻居
    since: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


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
