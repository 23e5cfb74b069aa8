"""What people fill in about how a version was adopted. Whatever is not known yet stays empty."""

from typing import Any, Self

from wtforms import DateField, HiddenField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pointsbank.covenant import policies
from pointsbank.covenant.errors import AdoptionChangedError
from pointsbank.covenant.forms.books import EXPIRED
from pointsbank.covenant.models import SIGNATURE_NAMES, MeetingKind, SignatureState, Subject
from pointsbank.covenant.policies import STEPS, AdoptionDetails
from pointsbank.covenant.queries import VERSION_MAX
from pointsbank.covenant.services import (
    COUNT_NAMES,
    FILING_LENGTH_MAX,
    NOTE_LENGTH_MAX,
    PEOPLE_MAX,
    REVIEWER_LENGTH_MAX,
    detail_names,
)
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.texts import parse_whole
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.places.models import Place
from pointsbank.web.forms import Form, LineField, WholeField

OF_COVENANT = ("legal_reviewed_on", "legal_reviewer", "filed_on", "filing_number", "signature_state")


def _day(description: str = "") -> DateField:
    return DateField(validators=[Optional()], description=description)


def _count() -> WholeField:
    return WholeField(validators=[Optional(), NumberRange(0, PEOPLE_MAX, f"要填 0 到 {PEOPLE_MAX:,} 之间的整数。")])


def _line(length: int) -> LineField:
    return LineField(validators=[Length(max=length, message=f"太长了，最多 {length} 个字。")])


class AdoptionForm(Form):
    """Everything about how a version was adopted; what does not belong to the subject is left out."""

    proposed_on, consulted_on, deliberated_on = _day(), _day(), _day()
    resolved_on, resolution_published_on, result_published_on = _day(), _day(), _day()
    meeting_kind = SelectField(choices=[], default="")
    expected, present, in_favour, against, abstained = _count(), _count(), _count(), _count(), _count()
    authorised_on = _day("由代表会议通过的才要填：哪天的会议授权它决定。")
    legal_reviewed_on, legal_reviewer = _day(), _line(REVIEWER_LENGTH_MAX)
    filed_on, filing_number = _day(), _line(FILING_LENGTH_MAX)
    signature_state = SelectField(
        choices=[SelectChoice(state.value, name) for state, name in SIGNATURE_NAMES.items()],
        default=SignatureState.NONE.value,
    )
    note = _line(NOTE_LENGTH_MAX)
    seen_revision = HiddenField(validators=[InputRequired(EXPIRED), Length(max=20, message=EXPIRED)])
    key = HiddenField(validators=[InputRequired(EXPIRED), Length(max=KEY_LENGTH_MAX, message=EXPIRED)])
    submit = SubmitField("保存记录")

    def __init__(self, village: Place, subject: Subject, **options: Any) -> None:
        super().__init__(**options)
        self.told_of_change = False
        for name in OF_COVENANT if subject is Subject.RULE_BOOK else ():
            del self[name]
        if not policies.may_be_authorised(village.kind, subject):
            del self["authorised_on"]
        names = detail_names(village.kind)
        for field in self:
            if field.name in names:
                field.label.text = names[field.name]
        meetings = policies.meeting_names(village.kind)
        self.meeting_kind.choices = [
            SelectChoice("", "还没有开会"),
            *(SelectChoice(kind.value, name) for kind, name in meetings.items()),
        ]

    @classmethod
    def showing(cls, village: Place, subject: Subject, details: AdoptionDetails, revision: int) -> Self:
        """The form with what is known so far, and a key of its own."""
        data: dict[str, Any] = {name: getattr(details, name) for name in AdoptionDetails.__slots__}
        data |= {"meeting_kind": details.meeting_kind.value if details.meeting_kind else ""}
        data |= {"signature_state": details.signature_state.value, "seen_revision": str(revision), "key": new_key()}
        return cls(village, subject, formdata=None, data=data)

    @property
    def step_fields(self) -> list[DateField]:
        """The six days of 四议两公开 in their order."""
        return [self._fields[name] for name in STEPS]

    @property
    def count_fields(self) -> list[WholeField]:
        """Who was to come, who came, and the vote."""
        return [self._fields[name] for name in COUNT_NAMES]

    @property
    def seen(self) -> int:
        """The revision that the person saw, 0 for none. Raises InvalidInputError."""
        return parse_whole(self.seen_revision.data, what="版本", most=VERSION_MAX)

    def details(self, stored: AdoptionDetails) -> AdoptionDetails:
        """What was filled in; what this subject has no field for stays as it is stored."""
        said: dict[str, Any] = {name: getattr(stored, name) for name in AdoptionDetails.__slots__}
        said |= {name: self._fields[name].data for name in AdoptionDetails.__slots__ if name in self._fields}
        kind, signatures = said["meeting_kind"], said["signature_state"]
        said |= {"meeting_kind": MeetingKind(kind) if kind else None, "signature_state": SignatureState(signatures)}
        return AdoptionDetails(**said)

    def refuse(self, error: PointsBankError) -> int:
        """As all forms do; and remember that the person has been told of a newer record."""
        self.told_of_change = isinstance(error, AdoptionChangedError)
        return super().refuse(error)

    def has_seen(self, revision: int) -> None:
        """Whoever was told of a newer record and is shown it may save over it; nobody else."""
        if self.told_of_change:
            self.seen_revision.data = str(revision)
