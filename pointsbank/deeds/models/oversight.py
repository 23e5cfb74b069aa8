"""Tables of oversight (samples, questions, signatures) and of what a deduction brings (suspensions, reminders)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.access.models import Staff
from pointsbank.covenant.models import Rule
from pointsbank.deeds.models.claims import Claim
from pointsbank.foundation.database import STRICT, Base, Day, Moment, Whole, period_check, text_of
from pointsbank.foundation.identifiers import new_id
from pointsbank.people.models import Household, Resident


class Sample(Base):
    """An approved claim that chance picked for the supervision committee to look at before it hangs."""

    __tablename__ = "samples"
    __table_args__ = (UniqueConstraint("village_id", "claim_id"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    claim_id: Mapped[int] = mapped_column(Whole, ForeignKey("claims.id"))
    drawn_at: Mapped[datetime] = mapped_column(Moment)
    drawn_by: Mapped[str] = mapped_column(text_of(80))
    remark: Mapped[str] = mapped_column(text_of(200), default="")
    remarked_by: Mapped[str] = mapped_column(text_of(80), default="")
    remarked_at: Mapped[datetime | None] = mapped_column(Moment)

    claim: Mapped[Claim] = relationship()


class Question(Base):
    """What the supervision committee asks, on a claim or in general, with a day by which it wants the answer."""

    __tablename__ = "questions"
    __table_args__ = (
        UniqueConstraint("village_id", "serial"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    claim_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("claims.id"))
    text: Mapped[str] = mapped_column(text_of(300))
    answer_by: Mapped[date] = mapped_column(Day)
    asked_by: Mapped[str] = mapped_column(text_of(80))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    answer: Mapped[str] = mapped_column(text_of(500), default="")
    answered_by: Mapped[str] = mapped_column(text_of(80), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)

    claim: Mapped[Claim | None] = relationship()


class MonthSignature(Base):
    """A member of the supervision committee signs a month. remark: empty, or what is to be said about it."""

    __tablename__ = "month_signatures"
    __table_args__ = (period_check(), UniqueConstraint("village_id", "period", "staff_id"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    period: Mapped[str] = mapped_column(text_of(7))
    staff_id: Mapped[int] = mapped_column(Whole, ForeignKey("staff.id"))
    remark: Mapped[str] = mapped_column(text_of(200), default="")
    signed_at: Mapped[datetime] = mapped_column(Moment)

    staff: Mapped[Staff] = relationship()


class Suspension(Base):
    """A person who earns nothing until a day; the points of the household stay."""

    __tablename__ = "suspensions"
    __table_args__ = (
        CheckConstraint("until >= starts_on", name="until"),
        Index(None, "village_id", "resident_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    resident_id: Mapped[int] = mapped_column(Whole, ForeignKey("residents.id"))
    claim_id: Mapped[int] = mapped_column(Whole, ForeignKey("claims.id"))
    starts_on: Mapped[date] = mapped_column(Day)
    until: Mapped[date] = mapped_column(Day)  # the last day of it
    actor: Mapped[str] = mapped_column(text_of(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    lifted_on: Mapped[date | None] = mapped_column(Day)  # from this day it no longer holds

    resident: Mapped[Resident] = relationship()
    claim: Mapped[Claim] = relationship()

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day: from its first to its last, unless it was lifted before."""
        return self.starts_on <= day <= self.until and (self.lifted_on is None or day < self.lifted_on)


class Reminder(Base):
    """整改提醒单: a household is asked in private to mend something, instead of a deduction."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("village_id", "serial"), Index(None, "village_id", "household_id"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    household_id: Mapped[int] = mapped_column(Whole, ForeignKey("households.id"))
    rule_id: Mapped[int] = mapped_column(Whole, ForeignKey("rules.id"))
    text: Mapped[str] = mapped_column(text_of(300))
    mend_by: Mapped[date] = mapped_column(Day)
    actor: Mapped[str] = mapped_column(text_of(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    mended_on: Mapped[date | None] = mapped_column(Day)
    claim_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("claims.id"))  # the deduction, where it was not

    household: Mapped[Household] = relationship()
    rule: Mapped[Rule] = relationship()


class VisitRequest(Base):
    """A household asks its group head to come and write down what it did; open until somebody says what came of it."""

    __tablename__ = "visit_requests"
    __table_args__ = (
        UniqueConstraint("village_id", "serial"),
        CheckConstraint("(answered_at IS NULL) = (answered_by = '')", name="answered"),
        Index(
            "uq_visit_requests_open",
            "village_id",
            "household_id",
            unique=True,
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    household_id: Mapped[int] = mapped_column(Whole, ForeignKey("households.id"))
    actor: Mapped[str] = mapped_column(text_of(80))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[str] = mapped_column(text_of(80), default="")
    answer: Mapped[str] = mapped_column(text_of(200), default="")

    household: Mapped[Household] = relationship()
