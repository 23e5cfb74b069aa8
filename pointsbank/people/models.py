"""Tables of households and residents. Rows are closed with a date, never deleted."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

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
from pointsbank.places.models import Group


class Residence(StrEnum):
    """Where a resident of the roster really lives."""

    RESIDENT = "resident"  # 常住
    AWAY = "away"  # 外出
    REGISTERED_ONLY = "registered_only"  # 空挂
    INSTITUTION = "institution"  # 集中供养


class Sex(StrEnum):
    """As on the ID card."""

    MALE = "male"
    FEMALE = "female"


class Household(Base):
    """A household by its number, as on the door plate. serial: never changes, known to the ledger."""

    __tablename__ = "households"
    __table_args__ = (UniqueConstraint("village_id", "serial"), UniqueConstraint("village_id", "number"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    number: Mapped[str] = mapped_column(text_of(20))
    group_id: Mapped[int] = mapped_column(Whole, ForeignKey("groups.id"), index=True)
    head_name: Mapped[str] = mapped_column(text_of(40))  # kept equal to the head's name, for lists and search
    note: Mapped[str] = mapped_column(text_of(200), default="")
    name_consent_on: Mapped[date | None] = mapped_column(Day)  # full names in public, signed on this day
    created_at: Mapped[datetime] = mapped_column(Moment)
    closed_on: Mapped[date | None] = mapped_column(Day)
    version: Mapped[int] = mapped_column(Whole, default=1)

    group: Mapped[Group] = relationship()
    residents: Mapped[list["Resident"]] = relationship(back_populates="household", order_by="Resident.serial")

    __mapper_args__ = {"version_id_col": version}


class Resident(Base):
    """A person of a household. The ID number is stored as ciphertext, and as a keyed digest for matching."""

    __tablename__ = "residents"
    __table_args__ = (
        choice_check("sex", Sex),
        choice_check("residence", Residence),
        UniqueConstraint("village_id", "serial"),
        Index(
            "uq_residents_id_number",
            "village_id",
            "id_number_digest",
            unique=True,
            sqlite_where=text("closed_on IS NULL AND id_number_digest IS NOT NULL"),
            postgresql_where=text("closed_on IS NULL AND id_number_digest IS NOT NULL"),
        ),
        Index(None, "village_id", "initials"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    household_id: Mapped[int] = mapped_column(Whole, ForeignKey("households.id"), index=True)
    serial: Mapped[int] = mapped_column(Whole)
    name: Mapped[str] = mapped_column(text_of(40))
    pinyin: Mapped[str] = mapped_column(text_of(200))
    initials: Mapped[str] = mapped_column(text_of(40))
    relation: Mapped[str] = mapped_column(text_of(20))  # to the head: 户主, 配偶, 子 …
    sex: Mapped[Sex | None] = mapped_column(Choice(Sex))
    born_on: Mapped[date | None] = mapped_column(Day)
    id_number_sealed: Mapped[str | None] = mapped_column(LongText)
    id_number_digest: Mapped[bytes | None] = mapped_column(Bytes)
    phone: Mapped[str] = mapped_column(text_of(20), default="")
    residence: Mapped[Residence] = mapped_column(Choice(Residence), default=Residence.RESIDENT)
    party_member: Mapped[bool | None] = mapped_column(Flag)  # null: not taken
    paid_post: Mapped[str] = mapped_column(text_of(20), default="")  # 村干部, 网格员, 护林员 …: paid for its duty
    note: Mapped[str] = mapped_column(text_of(200), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    closed_on: Mapped[date | None] = mapped_column(Day)
    version: Mapped[int] = mapped_column(Whole, default=1)

    household: Mapped[Household] = relationship(back_populates="residents")

    __mapper_args__ = {"version_id_col": version}
