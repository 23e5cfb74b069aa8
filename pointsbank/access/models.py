"""Tables of those who may do something: staff with roles at places, paired devices, counted tries."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.actor import Actor, ActorKind
from pointsbank.foundation.database import (
    STRICT,
    Base,
    Bytes,
    Choice,
    Moment,
    Whole,
    choice_check,
    text_of,
)
from pointsbank.foundation.identifiers import new_id
from pointsbank.places.models import Group, Place


class Role(StrEnum):
    """What a person is at a place."""

    CLERK = "clerk"
    GROUP_HEAD = "group_head"
    REVIEWER = "reviewer"
    COMMITTEE = "committee"
    SUPERVISION = "supervision"
    SHOPKEEPER = "shopkeeper"
    OFFICER = "officer"
    ADMINISTRATOR = "administrator"


class Staff(Base):
    """A person who signs in. home_id: the place that made the account; serial: never changes there."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("sign_in_name"), UniqueConstraint("home_id", "serial"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    home_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    name: Mapped[str] = mapped_column(text_of(40))
    sign_in_name: Mapped[str] = mapped_column(text_of(40))
    password_hash: Mapped[str] = mapped_column(text_of(200))
    session_version: Mapped[int] = mapped_column(Whole, default=1)  # a new password ends the sessions of the old one
    created_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    home: Mapped[Place] = relationship()
    roles: Mapped[list["RoleHeld"]] = relationship(back_populates="staff")

    @property
    def actor(self) -> Actor:
        """This person as the one who acts."""
        return Actor.of(ActorKind.STAFF, self.home.code, self.serial, self.id)


class RoleHeld(Base):
    """A role of a person at a place; closed with a moment, never deleted."""

    __tablename__ = "roles_held"
    __table_args__ = (choice_check("role", Role), Index(None, "place_id", "staff_id"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    staff_id: Mapped[int] = mapped_column(Whole, ForeignKey("staff.id"), index=True)
    place_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    role: Mapped[Role] = mapped_column(Choice(Role))
    granted_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    staff: Mapped[Staff] = relationship(back_populates="roles")
    place: Mapped[Place] = relationship()


class GroupHead(Base):
    """A group that a person with the role of group head heads; closed with a moment, never deleted.

    A group head without any heads them all: so it is in a small village, or for a grid worker.
    """

    __tablename__ = "group_heads"
    __table_args__ = (
        Index(
            "uq_group_heads_open",
            "village_id",
            "staff_id",
            "group_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    group_id: Mapped[int] = mapped_column(Whole, ForeignKey("groups.id"))
    staff_id: Mapped[int] = mapped_column(Whole, ForeignKey("staff.id"))
    granted_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    staff: Mapped[Staff] = relationship()
    group: Mapped[Group] = relationship()


class Device(Base):
    """A browser paired as a village's kiosk. Only the digest of its token is kept."""

    __tablename__ = "devices"
    __table_args__ = (UniqueConstraint("village_id", "serial"), UniqueConstraint("token_digest"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    name: Mapped[str] = mapped_column(text_of(40))
    token_digest: Mapped[bytes] = mapped_column(Bytes)
    paired_at: Mapped[datetime] = mapped_column(Moment)
    paired_by: Mapped[str] = mapped_column(text_of(80))
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    village: Mapped[Place] = relationship()

    @property
    def actor(self) -> Actor:
        """This device as the one who acts."""
        return Actor.of(ActorKind.DEVICE, self.village.code, self.serial, self.id)


class PairingCode(Base):
    """An 8-digit code that turns one browser into a kiosk, once, within minutes."""

    __tablename__ = "pairing_codes"
    __table_args__ = (UniqueConstraint("code_digest"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    code_digest: Mapped[bytes] = mapped_column(Bytes)
    device_name: Mapped[str] = mapped_column(text_of(40))
    made_by: Mapped[str] = mapped_column(text_of(80))
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class Try(Base):
    """A wrong try of a secret: password, PIN, pairing code. Counted in the database, so that 64 at once are 64."""

    __tablename__ = "tries"
    __table_args__ = (Index(None, "subject", "at"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    subject: Mapped[str] = mapped_column(text_of(120))
    at: Mapped[datetime] = mapped_column(Moment)
