"""Tables of claims and their events."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.covenant.models import Rule
from pointsbank.foundation.database import (
    STRICT,
    Base,
    Bytes,
    Choice,
    Day,
    LongText,
    Moment,
    Whole,
    choice_check,
    text_of,
)
from pointsbank.foundation.identifiers import new_id
from pointsbank.people.models import Household, Resident


class ClaimState(StrEnum):
    """The states of a claim; which moves are legal stands in deeds.services."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHECKED = "checked"
    RETURNED = "returned"
    NOT_ACCEPTED = "not_accepted"
    APPROVED = "approved"
    REJECTED = "rejected"
    RECHECK = "recheck"
    ON_NOTICE = "on_notice"
    OBJECTED = "objected"
    UNOBJECTED = "unobjected"
    BOOKED = "booked"
    CANCELLED = "cancelled"


class ClaimOrigin(StrEnum):
    """How a claim came in."""

    SINGLE = "single"
    GRID = "grid"
    FILE = "file"


STATE_NAMES = {
    ClaimState.DRAFT: "草稿",
    ClaimState.SUBMITTED: "已申报",
    ClaimState.CHECKED: "初审通过",
    ClaimState.RETURNED: "退回补充",
    ClaimState.NOT_ACCEPTED: "不予受理",
    ClaimState.APPROVED: "评议通过",
    ClaimState.REJECTED: "未通过",
    ClaimState.RECHECK: "待复核",
    ClaimState.ON_NOTICE: "公示中",
    ClaimState.OBJECTED: "有异议",
    ClaimState.UNOBJECTED: "公示无异议",
    ClaimState.BOOKED: "已入账",
    ClaimState.CANCELLED: "已撤销",
}
ORIGIN_NAMES = {ClaimOrigin.SINGLE: "逐笔记", ClaimOrigin.GRID: "整组打分表", ClaimOrigin.FILE: "表格导入"}


class Claim(Base):
    """One deed (or deduction) of a household, by one of its residents where the rule counts per person.

    points_asked: rule × quantity; points: what is given after caps, with sign; both in hundredths.
    cap_reason: the sentence that says why a cap cut it, empty when nothing was cut.
    """

    __tablename__ = "claims"
    __table_args__ = (
        choice_check("state", ClaimState),
        choice_check("origin", ClaimOrigin),
        UniqueConstraint("village_id", "serial"),
        CheckConstraint("quantity >= 1", name="quantity"),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        Index(None, "village_id", "household_id", "occurred_on"),
        Index(None, "village_id", "occurred_on"),
        Index(None, "village_id", "period", "state"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    household_id: Mapped[int] = mapped_column(Whole, ForeignKey("households.id"))
    resident_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("residents.id"))
    rule_id: Mapped[int] = mapped_column(Whole, ForeignKey("rules.id"))
    quantity: Mapped[int] = mapped_column(Whole)  # hundredths of the rule's unit
    occurred_on: Mapped[date] = mapped_column(Day)
    period: Mapped[str | None] = mapped_column(text_of(7))  # set when booked
    points_asked: Mapped[int] = mapped_column(Whole)
    points: Mapped[int] = mapped_column(Whole)
    cap_reason: Mapped[str] = mapped_column(text_of(300), default="")
    note: Mapped[str] = mapped_column(text_of(300), default="")
    origin: Mapped[ClaimOrigin] = mapped_column(Choice(ClaimOrigin))
    state: Mapped[ClaimState] = mapped_column(Choice(ClaimState))
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))
    created_at: Mapped[datetime] = mapped_column(Moment)
    booked_at: Mapped[datetime | None] = mapped_column(Moment)
    reversed_at: Mapped[datetime | None] = mapped_column(Moment)

    household: Mapped[Household] = relationship()
    resident: Mapped[Resident | None] = relationship()
    rule: Mapped[Rule] = relationship()


class ClaimEvent(Base):
    """A move of a claim: who, when, from, to, why. Append only, a chain of its own."""

    __tablename__ = "claim_events"
    __table_args__ = (
        choice_check("from_state", ClaimState),
        choice_check("to_state", ClaimState),
        Index(None, "village_id", "claim_serial"),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    claim_serial: Mapped[int] = mapped_column(Whole)
    from_state: Mapped[ClaimState] = mapped_column(Choice(ClaimState))
    to_state: Mapped[ClaimState] = mapped_column(Choice(ClaimState))
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    text_digest: Mapped[bytes | None] = mapped_column(Bytes)
    previous_digest: Mapped[bytes] = mapped_column(Bytes)
    digest: Mapped[bytes] = mapped_column(Bytes)


class ClaimEventText(Base):
    """The reason of a move with its salt; an audited erasure may empty it."""

    __tablename__ = "claim_event_texts"
    __table_args__ = (
        ForeignKeyConstraint(["village_id", "sequence"], ["claim_events.village_id", "claim_events.sequence"]),
        STRICT,
    )

    village_id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(Bytes)
    text: Mapped[str | None] = mapped_column(LongText)
