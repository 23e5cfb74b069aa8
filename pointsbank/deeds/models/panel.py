"""Tables of those who decide: declared kin, meetings with who was there, decisions with who stood aside."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.access.models import Staff
from pointsbank.covenant.models import Step
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
from pointsbank.people.models import Household


class Body(StrEnum):
    """Who meets to decide on claims."""

    REVIEW_GROUP = "review_group"
    COMMITTEE = "committee"
    SUPERVISION = "supervision"
    ASSEMBLY = "assembly"


class Outcome(StrEnum):
    """What a meeting decided on a claim."""

    APPROVED = "approved"
    REJECTED = "rejected"
    HELD_OVER = "held_over"
    PASSED_ON = "passed_on"  # too many stand aside: the committee or the supervision committee decides


BODY_NAMES = {
    Body.REVIEW_GROUP: "积分评议小组",
    Body.COMMITTEE: "“两委”",
    Body.SUPERVISION: "监督委员会",
    Body.ASSEMBLY: "会议",
}
OUTCOME_NAMES = {
    Outcome.APPROVED: "通过",
    Outcome.REJECTED: "不通过",
    Outcome.HELD_OVER: "下次再议",
    Outcome.PASSED_ON: "转交",
}


class KinDeclaration(Base):
    """A household on whose claims a person stands aside: one's own, or that of close kin. Closed with a day."""

    __tablename__ = "kin_declarations"
    __table_args__ = (
        Index(
            "uq_kin_declarations_open",
            "village_id",
            "staff_id",
            "household_id",
            unique=True,
            sqlite_where=text("closed_on IS NULL"),
            postgresql_where=text("closed_on IS NULL"),
        ),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    staff_id: Mapped[int] = mapped_column(Whole, ForeignKey("staff.id"))
    household_id: Mapped[int] = mapped_column(Whole, ForeignKey("households.id"))
    relation: Mapped[str] = mapped_column(text_of(20))  # 本户, 父母, 儿媳 …
    declared_on: Mapped[date] = mapped_column(Day)
    actor: Mapped[str] = mapped_column(text_of(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    closed_on: Mapped[date | None] = mapped_column(Day)

    staff: Mapped[Staff] = relationship()
    household: Mapped[Household] = relationship()


class KinStatement(Base):
    """A person said on a day that what is declared is all there is: nothing, or what stands. Append only."""

    __tablename__ = "kin_statements"
    __table_args__ = (Index(None, "village_id", "staff_id"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    staff_id: Mapped[int] = mapped_column(Whole, ForeignKey("staff.id"))
    stated_on: Mapped[date] = mapped_column(Day)
    actor: Mapped[str] = mapped_column(text_of(80))
    created_at: Mapped[datetime] = mapped_column(Moment)


class Meeting(Base):
    """A meeting that decides on claims; open until its minutes are closed."""

    __tablename__ = "meetings"
    __table_args__ = (
        choice_check("body", Body),
        UniqueConstraint("village_id", "serial"),
        CheckConstraint("revision >= 1", name="revision"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    body: Mapped[Body] = mapped_column(Choice(Body))
    held_on: Mapped[date] = mapped_column(Day)
    venue: Mapped[str] = mapped_column(text_of(60), default="")
    minutes: Mapped[str] = mapped_column(LongText, default="")
    actor: Mapped[str] = mapped_column(text_of(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    revision: Mapped[int] = mapped_column(Whole, default=1)

    attendances: Mapped[list["Attendance"]] = relationship(back_populates="meeting")
    decisions: Mapped[list["Decision"]] = relationship(back_populates="meeting", order_by="Decision.decided_at")


class Attendance(Base):
    """Whether a member of the deciding body was there."""

    __tablename__ = "attendances"
    __table_args__ = (STRICT,)

    meeting_id: Mapped[int] = mapped_column(Whole, ForeignKey("meetings.id"), primary_key=True, autoincrement=False)
    staff_id: Mapped[int] = mapped_column(Whole, ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    present: Mapped[bool] = mapped_column(Flag)

    meeting: Mapped[Meeting] = relationship(back_populates="attendances")
    staff: Mapped[Staff] = relationship()


_VOTES = ("in_favour", "against", "abstained")


class Decision(Base):
    """What a meeting decided on a claim at one of its steps. points: what it is given, in hundredths, with sign.

    steps_before, asked_before, points_before, cap_reason_before: the claim as it stood before, so that what was decided
    by mistake can be taken back while the meeting lasts; none for decisions of the first releases.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        choice_check("step", Step),
        choice_check("outcome", Outcome),
        *(CheckConstraint(f"{column} BETWEEN 0 AND 100000", name=column) for column in _VOTES),
        Index(None, "village_id", "claim_id"),
        Index(None, "meeting_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    meeting_id: Mapped[int] = mapped_column(Whole, ForeignKey("meetings.id"))
    claim_id: Mapped[int] = mapped_column(Whole, ForeignKey("claims.id"))
    step: Mapped[Step] = mapped_column(Choice(Step))
    outcome: Mapped[Outcome] = mapped_column(Choice(Outcome))
    points: Mapped[int] = mapped_column(Whole)
    reason: Mapped[str] = mapped_column(text_of(300), default="")
    in_favour: Mapped[int | None] = mapped_column(Whole)  # none: nobody asked for a vote
    against: Mapped[int | None] = mapped_column(Whole)
    abstained: Mapped[int | None] = mapped_column(Whole)
    actor: Mapped[str] = mapped_column(text_of(80))
    decided_at: Mapped[datetime] = mapped_column(Moment)
    steps_before: Mapped[int | None] = mapped_column(Whole)
    asked_before: Mapped[int | None] = mapped_column(Whole)
    points_before: Mapped[int | None] = mapped_column(Whole)
    cap_reason_before: Mapped[str] = mapped_column(text_of(300), default="", server_default="")
    taken_back_at: Mapped[datetime | None] = mapped_column(Moment)

    meeting: Mapped[Meeting] = relationship(back_populates="decisions")
    claim: Mapped[Claim] = relationship()
    recusals: Mapped[list["Recusal"]] = relationship(back_populates="decision")


class Recusal(Base):
    """A member who stood aside from a decision, and why."""

    __tablename__ = "recusals"
    __table_args__ = (STRICT,)

    decision_id: Mapped[int] = mapped_column(Whole, ForeignKey("decisions.id"), primary_key=True, autoincrement=False)
    staff_id: Mapped[int] = mapped_column(Whole, ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    reason: Mapped[str] = mapped_column(text_of(60))  # 本户, 儿媳, 申报人 …

    decision: Mapped[Decision] = relationship(back_populates="recusals")
    staff: Mapped[Staff] = relationship()
