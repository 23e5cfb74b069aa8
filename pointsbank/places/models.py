"""Tables of places."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import STRICT, Base, Choice, Day, LongText, Moment, Whole, choice_check, text_of
from pointsbank.foundation.identifiers import new_id


class PlaceKind(StrEnum):
    """The levels. Village and community are the same level with other words."""

    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"
    COMMUNITY = "community"


VILLAGE_KINDS = (PlaceKind.VILLAGE, PlaceKind.COMMUNITY)


class Place(Base):
    """A place in the tree of administration."""

    __tablename__ = "places"
    __table_args__ = (choice_check("kind", PlaceKind), UniqueConstraint("code"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    parent_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    kind: Mapped[PlaceKind] = mapped_column(Choice(PlaceKind))
    code: Mapped[str] = mapped_column(text_of(40))
    name: Mapped[str] = mapped_column(text_of(40))
    created_at: Mapped[datetime] = mapped_column(Moment)

    parent: Mapped["Place | None"] = relationship(remote_side="Place.id")

    @property
    def is_village(self) -> bool:
        """Whether households live here."""
        return self.kind in VILLAGE_KINDS


class Group(Base):
    """A villagers' group (村民小组) of a village."""

    __tablename__ = "groups"
    __table_args__ = (UniqueConstraint("village_id", "number"), UniqueConstraint("village_id", "name"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    number: Mapped[int] = mapped_column(Whole)
    name: Mapped[str] = mapped_column(text_of(40))


class SettingsVersion(Base):
    """A village's settings from a day on; the row with the latest day not after today holds."""

    __tablename__ = "village_settings"
    __table_args__ = (UniqueConstraint("village_id", "version"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    version: Mapped[int] = mapped_column(Whole)
    effective_on: Mapped[date] = mapped_column(Day)
    content: Mapped[str] = mapped_column(LongText)  # JSON of VillageSettings
    actor: Mapped[str] = mapped_column(text_of(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
