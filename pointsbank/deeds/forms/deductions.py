"""What is filled in when a household is told of a deduction, answers, and when a suspension ends early."""

from typing import Any

from wtforms import DateField, HiddenField, SelectChoice, SelectField, SubmitField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from pointsbank.deeds.services.deductions import ANSWER_LENGTH_MAX, HOW_LENGTH_MAX, REASON_LENGTH_MAX
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.people.models import Resident
from pointsbank.web.forms import Form, LineField, WholeField, clean_text

EXPIRED = "页面已经过期，请刷新后重新提交。"
WAYS = ("送到家里，当面告知", "打电话告知", "请组长转告", "在外，微信告知本人")  # offered, not the only ones


class AfterForm(Form):
    """Where a list goes on."""

    class Meta:
        csrf = False  # a question by GET

    after = WholeField(validators=[Optional(), NumberRange(0, ID_MAX)])
    before = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])


class TellForm(Form):
    """When and how the household was told."""

    told_on = DateField("哪天告知的", [InputRequired("请填告知的日期，例如 2026-03-01。")])
    how = LineField(
        "怎样告知的",
        [
            InputRequired("请写明怎样告知的，例如：送到家里，当面告知。"),
            Length(max=HOW_LENGTH_MAX, message=f"最多 {HOW_LENGTH_MAX} 个字。"),
        ],
        description="当面、电话、请组长转告都行，写明告诉了谁。",
    )
    revision = HiddenField(validators=[InputRequired(EXPIRED), Regexp("^[0-9]{1,18}$", message=EXPIRED)])
    submit = SubmitField("登记告知")


class AnswerForm(Form):
    """What the household says."""

    answered_on = DateField("哪天说的", [InputRequired("请填日期，例如 2026-03-01。")])
    answer = TextAreaField(
        "这一户的说明",
        [
            InputRequired("请照这一户说的写。没有意见也写上：没有意见。"),
            Length(max=ANSWER_LENGTH_MAX, message=f"最多 {ANSWER_LENGTH_MAX} 个字。"),
        ],
        filters=[lambda text: clean_text(text or "")],
        description="照原话写，评议时会看到。没有意见就写“没有意见”。",
    )
    revision = HiddenField(validators=[InputRequired(EXPIRED), Regexp("^[0-9]{1,18}$", message=EXPIRED)])
    submit = SubmitField("记下说明")


class LiftForm(Form):
    """Why a suspension ends before its day."""

    reason = LineField(
        "为什么提前恢复",
        [
            InputRequired("请写明为什么提前恢复，以后查得到。"),
            Length(max=REASON_LENGTH_MAX, message=f"最多 {REASON_LENGTH_MAX} 个字。"),
        ],
    )


class MendedForm(Form):
    """When what a reminder asks for was done."""

    mended_on = DateField("哪天整改好的", [InputRequired("请填日期，例如 2026-03-01。")])


class DeductForm(Form):
    """Who of the household it was, where the rule counts by person."""

    resident = SelectField("是哪一位", default="")
    key = HiddenField(validators=[InputRequired(EXPIRED), Length(max=KEY_LENGTH_MAX)])

    def __init__(self, *arguments: Any, members: list[Resident], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.resident.choices = [
            SelectChoice("", "整户"),
            *(SelectChoice(str(member.id), member.name) for member in members),
        ]

    @property
    def resident_id(self) -> int | None:
        """The person chosen, after validation."""
        return int(self.resident.data) if self.resident.data else None
