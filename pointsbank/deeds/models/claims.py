"""Tables of claims, their events and their evidence."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.covenant.models import EvidenceKind, Rule, Step
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
from pointsbank.people.models import Household, Resident

if TYPE_CHECKING:
    from pointsbank.deeds.models.notices import Notice


class ClaimState(StrEnum):
    """The states of a claim; which moves are legal stands in deeds.policies.moves."""

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
    SIGN_IN_SHEET = "sign_in_sheet"
    KIOSK = "kiosk"


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
ORIGIN_NAMES = {
    ClaimOrigin.SINGLE: "逐笔记",
    ClaimOrigin.GRID: "整组打分表",
    ClaimOrigin.FILE: "表格导入",
    ClaimOrigin.SIGN_IN_SHEET: "活动签到表",
    ClaimOrigin.KIOSK: "自助机报好事",
}
# On the way to the book: what caps count beside what is booked, and what a month waits for.
PENDING_STATES = (
    ClaimState.SUBMITTED,
    ClaimState.CHECKED,
    ClaimState.RETURNED,
    ClaimState.RECHECK,
    ClaimState.APPROVED,
    ClaimState.ON_NOTICE,
    ClaimState.OBJECTED,
    ClaimState.UNOBJECTED,
)
DECIDED_STATES = (ClaimState.APPROVED, ClaimState.ON_NOTICE, ClaimState.OBJECTED, ClaimState.UNOBJECTED)


class Claim(Base):
    """One deed (or deduction) of a household, by one of its residents where the rule counts per person.

    points_asked: rule × quantity; points: what it stands at, after caps and what review and objection made of it, with
    sign; both in hundredths. cap_reason: the sentence that says why a cap cut it, empty when nothing was cut.
    claimed_by: who claims (the group head of a paper sheet, the household at the kiosk); actor: who typed it.
    steps_done: how many of the rule's steps are behind it. revision: counts its changes, for two people at once.
    """

    __tablename__ = "claims"
    __table_args__ = (
        choice_check("state", ClaimState),
        choice_check("origin", ClaimOrigin),
        UniqueConstraint("village_id", "serial"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("steps_done >= 0", name="steps_done"),
        CheckConstraint("state <> 'booked' OR period IS NOT NULL", name="booked_period"),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        Index(None, "village_id", "household_id", "occurred_on"),
        Index(None, "village_id", "occurred_on"),
        Index(None, "village_id", "period", "state"),
        Index(None, "village_id", "state", "serial"),
        Index(None, "notice_id"),
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
    event_name: Mapped[str] = mapped_column(text_of(60), default="")  # the occasion that several took part in
    late_reason: Mapped[str] = mapped_column(text_of(200), default="")
    origin: Mapped[ClaimOrigin] = mapped_column(Choice(ClaimOrigin))
    state: Mapped[ClaimState] = mapped_column(Choice(ClaimState))
    steps_done: Mapped[int] = mapped_column(Whole, default=0)
    claimed_by: Mapped[str] = mapped_column(text_of(80))
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))
    created_at: Mapped[datetime] = mapped_column(Moment)
    booked_at: Mapped[datetime | None] = mapped_column(Moment)
    reversed_at: Mapped[datetime | None] = mapped_column(Moment)
    notice_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("notices.id"))
    kept_beside: Mapped[int | None] = mapped_column(Whole)  # serial of one that looks the same: both are meant
    suspended_until: Mapped[date | None] = mapped_column(Day)  # where the rule suspends a person
    claws_back: Mapped[int | None] = mapped_column(Whole)  # serial of the claim whose points it takes back
    told_on: Mapped[date | None] = mapped_column(Day)  # a deduction: when the household was told
    answer_by: Mapped[date | None] = mapped_column(Day)
    answer: Mapped[str] = mapped_column(text_of(300), default="")
    answered_on: Mapped[date | None] = mapped_column(Day)
    revision: Mapped[int] = mapped_column(Whole, default=1)

    household: Mapped[Household] = relationship()
    resident: Mapped[Resident | None] = relationship()
    rule: Mapped[Rule] = relationship()
    notice: Mapped["Notice | None"] = relationship()

    @property
    def next_step(self) -> Step | None:
        """The step of its rule that it waits for; None when all are behind it."""
        steps = self.rule.step_list
        return steps[self.steps_done] if self.steps_done < len(steps) else None

    @property
    def is_pending(self) -> bool:
        """Whether it is still on its way to the book."""
        return self.state in PENDING_STATES


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


class Evidence(Base):
    """What shows that a deed was done: a kept file, a witness, or a paper that was seen and not kept.

    description: the witness, or what was seen. file_name: of the file in the village's evidence folder, empty for none.
    """

    __tablename__ = "claim_evidence"
    __table_args__ = (
        choice_check("kind", EvidenceKind),
        CheckConstraint("(file_name = '') = (file_digest IS NULL)", name="file"),
        CheckConstraint("kept OR file_name = ''", name="kept"),
        Index(None, "village_id", "claim_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    claim_id: Mapped[int] = mapped_column(Whole, ForeignKey("claims.id"))
    kind: Mapped[EvidenceKind] = mapped_column(Choice(EvidenceKind))
    kept: Mapped[bool] = mapped_column(Flag)
    description: Mapped[str] = mapped_column(text_of(200), default="")
    file_name: Mapped[str] = mapped_column(text_of(80), default="")
    media_type: Mapped[str] = mapped_column(text_of(40), default="")
    file_digest: Mapped[bytes | None] = mapped_column(Bytes)  # SHA-256 of the stored bytes
    actor: Mapped[str] = mapped_column(text_of(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)

    claim: Mapped[Claim] = relationship()
