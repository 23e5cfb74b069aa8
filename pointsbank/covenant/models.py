"""Tables of the rule book. A version is never edited: a change is a new version with its effective date."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import (
    STRICT,
    Base,
    Choice,
    Day,
    Flag,
    Moment,
    Whole,
    choice_check,
    text_of,
)
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.periods import Span


class CapScope(StrEnum):
    """Whose points a cap counts."""

    PERSON = "person"
    HOUSEHOLD = "household"


class Track(StrEnum):
    """What an earning adds to: points to spend, or honour points only."""

    POINTS = "points"
    HONOUR = "honour"


class Effect(StrEnum):
    """What a rule does besides its points."""

    NONE = "none"
    SUSPEND_PERSON = "suspend_person"
    CLAW_BACK = "claw_back"


class Step(StrEnum):
    """A step on a claim's way to booking; a rule lists its own in order, none means booked at once."""

    CHECK = "check"
    SIGNIN = "signin"
    REVIEW = "review"
    RECHECK = "recheck"
    ASSEMBLY = "assembly"


CAP_SCOPE_NAMES = {CapScope.PERSON: "每人", CapScope.HOUSEHOLD: "每户"}
TRACK_NAMES = {Track.POINTS: "积分", Track.HONOUR: "荣誉分"}
EFFECT_NAMES = {Effect.NONE: "无", Effect.SUSPEND_PERSON: "暂停本人资格", Effect.CLAW_BACK: "追回该笔积分"}
STEP_NAMES = {
    Step.CHECK: "初审",
    Step.SIGNIN: "签到",
    Step.REVIEW: "评议",
    Step.RECHECK: "复核",
    Step.ASSEMBLY: "会议",
}


class RuleBook(Base):
    """A version of a village's rules, in force from a day until the next version's day."""

    __tablename__ = "rule_books"
    __table_args__ = (UniqueConstraint("village_id", "version"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    version: Mapped[int] = mapped_column(Whole)
    effective_on: Mapped[date] = mapped_column(Day)
    reason: Mapped[str] = mapped_column(text_of(200), default="")
    actor: Mapped[str] = mapped_column(text_of(80))
    created_at: Mapped[datetime] = mapped_column(Moment)

    rules: Mapped[list["Rule"]] = relationship(back_populates="book", order_by="Rule.position")


class Rule(Base):
    """One line of a rule book. points: hundredths per unit, negative for deductions; cap_points has the same sign."""

    __tablename__ = "rules"
    __table_args__ = (
        choice_check("cap_span", Span),
        choice_check("cap_scope", CapScope),
        choice_check("track", Track),
        choice_check("effect", Effect),
        CheckConstraint("(cap_points IS NULL) = (cap_span IS NULL)", name="cap"),
        CheckConstraint("(cap_points IS NULL) = (cap_scope IS NULL)", name="cap_whose"),
        UniqueConstraint("rule_book_id", "code"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    rule_book_id: Mapped[int] = mapped_column(Whole, ForeignKey("rule_books.id"))
    position: Mapped[int] = mapped_column(Whole)
    code: Mapped[str] = mapped_column(text_of(20))
    category: Mapped[str] = mapped_column(text_of(40))
    name: Mapped[str] = mapped_column(text_of(120))
    name_en: Mapped[str] = mapped_column(text_of(160), default="")
    pinyin: Mapped[str] = mapped_column(text_of(600))
    initials: Mapped[str] = mapped_column(text_of(120))
    points: Mapped[int] = mapped_column(Whole)
    unit: Mapped[str] = mapped_column(text_of(20))
    cap_points: Mapped[int | None] = mapped_column(Whole)
    cap_span: Mapped[Span | None] = mapped_column(Choice(Span))
    cap_scope: Mapped[CapScope | None] = mapped_column(Choice(CapScope))
    track: Mapped[Track] = mapped_column(Choice(Track))
    effect: Mapped[Effect] = mapped_column(Choice(Effect))
    evidence: Mapped[str] = mapped_column(text_of(80), default="")
    keep_evidence: Mapped[bool] = mapped_column(Flag)
    steps: Mapped[str] = mapped_column(text_of(80), default="")  # as in the sheet: check+review
    volunteer_hours: Mapped[bool] = mapped_column(Flag)

    book: Mapped[RuleBook] = relationship(back_populates="rules")

    @property
    def is_deduction(self) -> bool:
        """Whether it takes points."""
        return self.points < 0

    @property
    def needs_person(self) -> bool:
        """Whether a deed must name who of the household did it: its cap counts by person."""
        return self.cap_scope is CapScope.PERSON
