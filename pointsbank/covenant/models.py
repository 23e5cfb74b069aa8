"""Tables of the covenant and its rule book. A version is never edited: a change is a new one with its effective day.

A covenant alone has a draft, which is edited freely until a meeting adopts it; triggers keep what was adopted.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

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


class EvidenceKind(StrEnum):
    """What shows that a deed was done. Photos are never asked for unless a village's rule says so."""

    NONE = "none"
    PHOTO = "photo"
    DOCUMENT = "document"
    WITNESS = "witness"
    SIGN_IN_SHEET = "sign_in_sheet"


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


EVIDENCE_KIND_NAMES = {
    EvidenceKind.NONE: "不用",
    EvidenceKind.PHOTO: "照片",
    EvidenceKind.DOCUMENT: "证件或单据",
    EvidenceKind.WITNESS: "证明人",
    EvidenceKind.SIGN_IN_SHEET: "签到表",
}


class Theme(StrEnum):
    """What a clause of the covenant is about: 学 美 和 善 信, in the order in which they are read out."""

    STUDY = "study"
    BEAUTY = "beauty"
    HARMONY = "harmony"
    KINDNESS = "kindness"
    TRUST = "trust"


class CovenantState(StrEnum):
    """A draft is edited; what was adopted stands for ever."""

    DRAFT = "draft"
    ADOPTED = "adopted"


class Subject(StrEnum):
    """What a meeting adopted a version of."""

    COVENANT = "covenant"
    RULE_BOOK = "rule_book"


class MeetingKind(StrEnum):
    """Who met: everybody of 18 and over, a representative of each household, or the elected representatives."""

    ASSEMBLY = "assembly"
    HOUSEHOLDS = "households"
    REPRESENTATIVES = "representatives"


class SignatureState(StrEnum):
    """Where the sheet is on which the households sign."""

    NONE = "none"
    CIRCULATING = "circulating"
    COMPLETE = "complete"


THEME_NAMES = {
    Theme.STUDY: "学",
    Theme.BEAUTY: "美",
    Theme.HARMONY: "和",
    Theme.KINDNESS: "善",
    Theme.TRUST: "信",
}
THEME_TITLES = {
    Theme.STUDY: "学 · 勤学上进",
    Theme.BEAUTY: "美 · 美化家园",
    Theme.HARMONY: "和 · 和睦邻里",
    Theme.KINDNESS: "善 · 向善助人",
    Theme.TRUST: "信 · 守信立身",
}
SIGNATURE_NAMES = {
    SignatureState.NONE: "还没有",
    SignatureState.CIRCULATING: "正在签",
    SignatureState.COMPLETE: "签齐了",
}


class Covenant(Base):
    """A version of the covenant's text, in force from a day until the next version's day; the newest may be a draft.

    revision: counts the edits of a draft, so that two people do not overwrite each other.
    """

    __tablename__ = "covenants"
    __table_args__ = (
        choice_check("state", CovenantState),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("revision >= 1", name="revision"),
        CheckConstraint("(state = 'draft') = (effective_on IS NULL)", name="effective"),
        CheckConstraint("(state = 'draft') = (adopted_at IS NULL)", name="adopted"),
        UniqueConstraint("village_id", "version"),
        Index(
            "uq_covenants_draft",
            "village_id",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    version: Mapped[int] = mapped_column(Whole)
    title: Mapped[str] = mapped_column(text_of(60))
    state: Mapped[CovenantState] = mapped_column(Choice(CovenantState))
    effective_on: Mapped[date | None] = mapped_column(Day)
    reason: Mapped[str] = mapped_column(text_of(200), default="")
    actor: Mapped[str] = mapped_column(text_of(80))
    created_at: Mapped[datetime] = mapped_column(Moment)
    adopted_at: Mapped[datetime | None] = mapped_column(Moment)
    revision: Mapped[int] = mapped_column(Whole, default=1)

    @property
    def is_draft(self) -> bool:
        """Whether it may still be edited."""
        return self.state is CovenantState.DRAFT


class Clause(Base):
    """One clause of a version. A rule names the code of the clause it comes from."""

    __tablename__ = "clauses"
    __table_args__ = (
        choice_check("theme", Theme),
        CheckConstraint("position >= 1", name="position"),
        CheckConstraint("code <> ''", name="code"),
        UniqueConstraint("covenant_id", "code"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    covenant_id: Mapped[int] = mapped_column(Whole, ForeignKey("covenants.id"))
    position: Mapped[int] = mapped_column(Whole)
    code: Mapped[str] = mapped_column(text_of(20))
    theme: Mapped[Theme] = mapped_column(Choice(Theme))
    text: Mapped[str] = mapped_column(text_of(600))


_COUNTS = ("expected", "present", "in_favour", "against", "abstained")
_VOTES = " + ".join(f"coalesce({column}, 0)" for column in _COUNTS[2:])


class Adoption(Base):
    """How a version came to be adopted: the six steps of 四议两公开, the meeting with its vote, review and filing.

    What is not known yet is NULL, a text empty. expected, present and the votes count people, or households where
    each sent one.
    """

    __tablename__ = "adoptions"
    __table_args__ = (
        choice_check("subject", Subject),
        choice_check("meeting_kind", MeetingKind),
        choice_check("signature_state", SignatureState),
        *(CheckConstraint(f"{column} BETWEEN 0 AND 1000000", name=column) for column in _COUNTS),
        CheckConstraint("present <= expected", name="present_of_expected"),
        CheckConstraint(f"{_VOTES} <= present", name="votes_of_present"),
        CheckConstraint("revision >= 1", name="revision"),
        UniqueConstraint("village_id", "subject", "subject_version"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    subject: Mapped[Subject] = mapped_column(Choice(Subject))
    subject_version: Mapped[int] = mapped_column(Whole)
    proposed_on: Mapped[date | None] = mapped_column(Day)
    consulted_on: Mapped[date | None] = mapped_column(Day)
    deliberated_on: Mapped[date | None] = mapped_column(Day)
    resolved_on: Mapped[date | None] = mapped_column(Day)
    resolution_published_on: Mapped[date | None] = mapped_column(Day)
    result_published_on: Mapped[date | None] = mapped_column(Day)
    meeting_kind: Mapped[MeetingKind | None] = mapped_column(Choice(MeetingKind))
    expected: Mapped[int | None] = mapped_column(Whole)
    present: Mapped[int | None] = mapped_column(Whole)
    in_favour: Mapped[int | None] = mapped_column(Whole)
    against: Mapped[int | None] = mapped_column(Whole)
    abstained: Mapped[int | None] = mapped_column(Whole)
    authorised_on: Mapped[date | None] = mapped_column(Day)  # the assembly let the representatives decide on rules
    legal_reviewed_on: Mapped[date | None] = mapped_column(Day)
    legal_reviewer: Mapped[str] = mapped_column(text_of(40), default="")
    filed_on: Mapped[date | None] = mapped_column(Day)
    filing_number: Mapped[str] = mapped_column(text_of(40), default="")
    signature_state: Mapped[SignatureState] = mapped_column(Choice(SignatureState), default=SignatureState.NONE)
    note: Mapped[str] = mapped_column(text_of(200), default="")
    actor: Mapped[str] = mapped_column(text_of(80))
    changed_at: Mapped[datetime] = mapped_column(Moment)
    revision: Mapped[int] = mapped_column(Whole, default=1)


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
    """One line of a rule book. points: hundredths per unit, negative for deductions; cap_points has the same sign.

    points_to: the other end of a range that the review chooses from, further from 0; none where the points are fixed.
    quantity_max: of one claim, in hundredths of the unit. times_max: how many claims a person or household may have.
    level_group: of rules with one of these, only the highest level of the same honour counts (就高不重复).
    handed_down_by: the code of the place whose rule table it came from, empty for a village's own.
    """

    __tablename__ = "rules"
    __table_args__ = (
        choice_check("cap_span", Span),
        choice_check("cap_scope", CapScope),
        choice_check("track", Track),
        choice_check("effect", Effect),
        choice_check("evidence_kind", EvidenceKind),
        choice_check("times_span", Span),
        choice_check("times_scope", CapScope),
        CheckConstraint("(cap_points IS NULL) = (cap_span IS NULL)", name="cap"),
        CheckConstraint("(cap_points IS NULL) = (cap_scope IS NULL)", name="cap_whose"),
        CheckConstraint("(times_max IS NULL) = (times_span IS NULL)", name="times"),
        CheckConstraint("(times_max IS NULL) = (times_scope IS NULL)", name="times_whose"),
        CheckConstraint("times_max >= 1", name="times_max"),
        CheckConstraint("quantity_max >= 1", name="quantity_max"),
        CheckConstraint("points_to * points > 0 AND abs(points_to) > abs(points)", name="points_to"),
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
    points_to: Mapped[int | None] = mapped_column(Whole)
    unit: Mapped[str] = mapped_column(text_of(20))
    quantity_max: Mapped[int | None] = mapped_column(Whole)
    cap_points: Mapped[int | None] = mapped_column(Whole)
    cap_span: Mapped[Span | None] = mapped_column(Choice(Span))
    cap_scope: Mapped[CapScope | None] = mapped_column(Choice(CapScope))
    times_max: Mapped[int | None] = mapped_column(Whole)
    times_span: Mapped[Span | None] = mapped_column(Choice(Span))
    times_scope: Mapped[CapScope | None] = mapped_column(Choice(CapScope))
    track: Mapped[Track] = mapped_column(Choice(Track))
    effect: Mapped[Effect] = mapped_column(Choice(Effect))
    evidence_kind: Mapped[EvidenceKind] = mapped_column(Choice(EvidenceKind), default=EvidenceKind.NONE)
    evidence: Mapped[str] = mapped_column(text_of(80), default="")
    keep_evidence: Mapped[bool] = mapped_column(Flag)
    steps: Mapped[str] = mapped_column(text_of(80), default="")  # as in the sheet: check+review
    volunteer_hours: Mapped[bool] = mapped_column(Flag)
    level_group: Mapped[str] = mapped_column(text_of(20), default="")
    excludes_paid_duty: Mapped[bool] = mapped_column(Flag, default=False)  # nothing for what somebody is paid for
    reminds_first: Mapped[bool] = mapped_column(Flag, default=False)  # a deduction may be a reminder to mend instead
    handed_down_by: Mapped[str] = mapped_column(text_of(40), default="")
    clause_code: Mapped[str] = mapped_column(text_of(20), default="", server_default="")  # the clause it comes from

    book: Mapped[RuleBook] = relationship(back_populates="rules")

    @property
    def is_deduction(self) -> bool:
        """Whether it takes points."""
        return self.points < 0

    @property
    def is_sanction(self) -> bool:
        """Whether it takes points or suspends a person: the household is heard first, the reason is not public."""
        return self.is_deduction or self.effect is not Effect.NONE

    @property
    def needs_person(self) -> bool:
        """Whether a deed must name who of the household did it: a cap counts by person, or a person is suspended."""
        by_person = CapScope.PERSON in (self.cap_scope, self.times_scope)
        return by_person or self.effect is Effect.SUSPEND_PERSON

    @property
    def step_list(self) -> list[Step]:
        """Its steps in order; none: booked at once."""
        return [Step(step) for step in self.steps.split("+") if step]


class RuleBookDraft(Base):
    """The next version of a village's rules while it is written. content: JSON of its RuleDrafts."""

    __tablename__ = "rule_book_drafts"
    __table_args__ = (CheckConstraint("revision >= 1", name="revision"), STRICT)

    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), primary_key=True, autoincrement=False)
    based_on: Mapped[int] = mapped_column(Whole)  # the newest version when it was begun, 0 for none
    content: Mapped[str] = mapped_column(LongText)
    actor: Mapped[str] = mapped_column(text_of(80))
    changed_at: Mapped[datetime] = mapped_column(Moment)
    revision: Mapped[int] = mapped_column(Whole, default=1)


class RuleTable(Base):
    """A rule table that a county or town hands down, in versions; never changed once published."""

    __tablename__ = "rule_tables"
    __table_args__ = (UniqueConstraint("place_id", "version"), STRICT)

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    place_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    version: Mapped[int] = mapped_column(Whole)
    title: Mapped[str] = mapped_column(text_of(60))
    content: Mapped[str] = mapped_column(LongText)  # JSON of its rules, each with the bounds of its points
    actor: Mapped[str] = mapped_column(text_of(80))
    published_at: Mapped[datetime] = mapped_column(Moment)
