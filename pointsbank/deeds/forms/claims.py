"""What is filled in about claims that are recorded: which are listed, and why one is undone."""

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pointsbank.deeds.models import STATE_NAMES, ClaimState
from pointsbank.deeds.services import REASON_LENGTH_MAX
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.foundation.periods import period_title
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.places.models import Group
from pointsbank.web.forms import Form, LineField, WholeField

_ALL = SelectChoice("", "全部")


class ClaimsForm(Form):
    """Which claims are listed."""

    class Meta:
        csrf = False  # a question by GET

    period = SelectField("月份", default="")
    group = SelectField("哪个组", default="")
    who = LineField("哪一户", [Length(max=60, message="最多 60 个字。")])
    rule = LineField("什么事", [Length(max=60, message="最多 60 个字。")])
    state = SelectField(
        "状态",
        choices=[_ALL, *(SelectChoice(state.value, STATE_NAMES[state]) for state in ClaimState)],
        default="",
    )
    household = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])  # a link from the household's page
    before = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])

    def __init__(self, *arguments: Any, periods: list[str], groups: Sequence[Group], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.group.choices = [_ALL, *(SelectChoice(str(group.number), group.name) for group in groups)]
        self.period.choices = [_ALL, *(SelectChoice(period, period_title(period)) for period in periods)]

    @property
    def narrowed(self) -> dict[str, Any]:
        """What was filled in, for the address of the next page."""
        names = ("period", "group", "who", "rule", "state", "household")
        return {name: self._fields[name].data for name in names if self._fields[name].data}


class ReverseForm(Form):
    """Why a claim is undone."""

    reason = LineField(
        "撤销原因",
        [
            InputRequired("请写明撤销的原因，以后查得到。"),
            Length(max=REASON_LENGTH_MAX, message=f"最多 {REASON_LENGTH_MAX} 个字。"),
        ],
        description="例如：记错了户，应记在隔壁。",
    )
    key = HiddenField(validators=[InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)])
    submit = SubmitField("撤销这一笔")
