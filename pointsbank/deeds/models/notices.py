"""Tables of notices on the wall: what hangs, where and since when, and who objected."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.access.models import Staff
from pointsbank.deeds.models.claims import Claim
from pointsbank.foundation.database import (
    STRICT,
    Base,
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


class NoticeState(StrEnum):
    """A notice is prepared, hangs once its last sheet hangs, and ends when nothing of it waits any more."""

    PREPARED = "prepared"
    HANGING = "hanging"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class ObjectionOutcome(StrEnum):
    """What became of an objection."""

    KEPT = "kept"
    ADJUSTED = "adjusted"
    CANCELLED = "cancelled"
    OBJECTION_DROPPED = "objection_dropped"


NOTICE_STATE_NAMES = {
    NoticeState.PREPARED: "待张贴",
    NoticeState.HANGING: "公示中",
    NoticeState.ENDED: "已结束",
    NoticeState.WITHDRAWN: "已撤下",
}
OBJECTION_OUTCOME_NAMES = {
    ObjectionOutcome.KEPT: "维持原分",
    ObjectionOutcome.ADJUSTED: "调整分值",
    ObjectionOutcome.CANCELLED: "撤销该项",
    ObjectionOutcome.OBJECTION_DROPPED: "异议人撤回",
}


class Notice(Base):
    """A batch of approved claims that hangs on the wall for days. last_day: known when its last sheet hangs."""

    __tablename__ = "notices"
    __table_args__ = (
        choice_check("state", NoticeState),
        UniqueConstraint("village_id", "serial"),
        CheckConstraint("days BETWEEN 1 AND 60", name="days"),
        CheckConstraint("(state = 'hanging') <= (last_day IS NOT NULL)", name="last_day"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    state: Mapped[NoticeState] = mapped_column(Choice(NoticeState))
    days: Mapped[int] = mapped_column(Whole)
    working_days: Mapped[bool] = mapped_column(Flag)
    planned_on: Mapped[date] = mapped_column(Day)  # when it was meant to hang
    last_day: Mapped[date | None] = mapped_column(Day)
    actor: Mapped[str] = mapped_column(text_of(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    hangings: Mapped[list["Hanging"]] = relationship(back_populates="notice", order_by="Hanging.position")


class Hanging(Base):
    """One sheet of a notice: that of the whole village (no group) or of a group; where, by whom and when it hung."""

    __tablename__ = "hangings"
    __table_args__ = (
        UniqueConstraint("notice_id", "position"),
        CheckConstraint("(hung_on IS NULL) = (actor = '')", name="hung"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    notice_id: Mapped[int] = mapped_column(Whole, ForeignKey("notices.id"))
    position: Mapped[int] = mapped_column(Whole)
    group_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("groups.id"))
    venue: Mapped[str] = mapped_column(text_of(60), default="")
    hung_by: Mapped[str] = mapped_column(text_of(40), default="")  # whose hands: a name
    hung_on: Mapped[date | None] = mapped_column(Day)
    actor: Mapped[str] = mapped_column(text_of(80), default="")  # who recorded it
    recorded_at: Mapped[datetime | None] = mapped_column(Moment)
    photo_name: Mapped[str] = mapped_column(text_of(80), default="")  # in the village's evidence folder

    notice: Mapped[Notice] = relationship(back_populates="hangings")
    group: Mapped[Group | None] = relationship()


class Objection(Base):
    """Somebody says that an item on the wall is not right. The objector is stored sealed and never printed."""

    __tablename__ = "objections"
    __table_args__ = (
        choice_check("outcome", ObjectionOutcome),
        UniqueConstraint("village_id", "serial"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        Index(None, "village_id", "claim_id"),
        Index(None, "village_id", "outcome"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    claim_id: Mapped[int] = mapped_column(Whole, ForeignKey("claims.id"))
    objector_sealed: Mapped[str | None] = mapped_column(LongText)  # name and how to reach; none: unnamed
    reason: Mapped[str] = mapped_column(text_of(500))
    received_on: Mapped[date] = mapped_column(Day)
    actor: Mapped[str] = mapped_column(text_of(80))  # who took it
    created_at: Mapped[datetime] = mapped_column(Moment)
    decide_by: Mapped[date] = mapped_column(Day)
    examiner_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("staff.id"))
    outcome: Mapped[ObjectionOutcome | None] = mapped_column(Choice(ObjectionOutcome))
    points_before: Mapped[int] = mapped_column(Whole)
    points_after: Mapped[int | None] = mapped_column(Whole)
    outcome_reason: Mapped[str] = mapped_column(text_of(300), default="")
    decided_at: Mapped[datetime | None] = mapped_column(Moment)

    claim: Mapped[Claim] = relationship()
    examiner: Mapped[Staff | None] = relationship()
