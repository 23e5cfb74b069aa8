"""What is filled in about kin: whose households a person stands aside from."""

from collections.abc import Sequence

from wtforms import HiddenField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.access.models import Staff
from pointsbank.deeds.services.panel import RELATIONS
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.people import queries as people
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.web.forms import Form, LineField

CHOICES_MAX = 12
WHO_LENGTH_MAX = 60
EXPIRED = "页面已经过期，请刷新后重新提交。"


class KinForm(Form):
    """A household on whose claims somebody stands aside. household: chosen where several may be meant."""

    staff = SelectField("谁", choices=[])
    who = LineField(
        "哪一户",
        [InputRequired("请填哪一户：姓名、首字母或户号。"), Length(max=WHO_LENGTH_MAX, message="最多 60 个字。")],
    )
    household = HiddenField(validators=[Length(max=20, message=EXPIRED)])
    relation = SelectField(
        "是什么关系",
        [InputRequired("请选是什么关系。")],
        choices=[SelectChoice("", "请选"), *(SelectChoice(relation, relation) for relation in RELATIONS)],
    )
    key = HiddenField(validators=[InputRequired(EXPIRED), Length(max=KEY_LENGTH_MAX, message=EXPIRED)])
    submit = SubmitField("申报")

    def is_for(self, people_listed: Sequence[Staff]) -> None:
        """For whom something can be declared here."""
        self.staff.choices = [SelectChoice(str(staff.id), staff.name) for staff in people_listed]
        self.households: list[Household] = []

    def meant(self, village: Place) -> Household | None:
        """The household that is meant; None where several may be: those are offered then.

        Raises InvalidInputError, NotFoundError with the form's field.
        """
        if self.household.data:
            chosen = int(self.household.data) if self.household.data.isascii() and self.household.data.isdigit() else 0
            try:
                return people.household(village.id, chosen if chosen <= ID_MAX else 0)
            except NotFoundError as error:
                raise NotFoundError("没有找到这一户。请重新找一次。", field="who") from error
        found = people.household_by_number(village.id, self.who.data)
        if found is not None and found.closed_on is None:
            return found
        hits = people.search(village.id, self.who.data, CHOICES_MAX)
        households = list({hit.household.id: hit.household for hit in hits}.values())
        if not households:
            raise InvalidInputError("没有找到这一户。换个写法试试：姓名、首字母或户号。", field="who")
        if len(households) == 1:
            return households[0]
        self.households = households
        return None


class ConfirmKinForm(Form):
    """Nothing has changed since."""

    staff = HiddenField(validators=[InputRequired(EXPIRED), Length(max=20, message=EXPIRED)])
    key = HiddenField(validators=[InputRequired(EXPIRED), Length(max=KEY_LENGTH_MAX, message=EXPIRED)])

    @property
    def staff_id(self) -> int:
        """Who says so; 0, which nobody is, for what is no number."""
        text = self.staff.data
        return int(text) if text.isascii() and text.isdigit() and int(text) <= ID_MAX else 0
