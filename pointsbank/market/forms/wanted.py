"""What people would like to have, and how long a purchase is to last."""

from wtforms import HiddenField, RadioField, SelectChoice, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pointsbank.market.forms.fields import KEY, SCAN_LENGTH_MAX, SCANNED
from pointsbank.market.models import WantedState
from pointsbank.market.services.wanted import WORDS_LENGTH_MAX
from pointsbank.web.forms import Form, LineField, WholeField

DAYS_DEFAULT, DAYS_MAX = 30, 180


class WantForm(Form):
    """A wish."""

    words = LineField("想要什么", [InputRequired("请写想要什么。"), Length(max=WORDS_LENGTH_MAX)])
    whose = LineField(
        "哪一户（可以不填）",
        [Length(max=SCAN_LENGTH_MAX)],
        description="姓名、户号，或刷卡。",
        render_kw=SCANNED,
    )
    key = HiddenField(validators=KEY)
    submit = SubmitField("记下来")


class AnswerForm(Form):
    """What becomes of a wish."""

    state = RadioField(
        "答复",
        [InputRequired("请选“采纳”或“办不到”。")],
        choices=[
            SelectChoice(WantedState.TAKEN_UP.value, "采纳，会进货"),
            SelectChoice(WantedState.NOT_POSSIBLE.value, "办不到"),
        ],
    )
    answer = LineField("说明", [Length(max=WORDS_LENGTH_MAX)], description="办不到的要写原因；采纳的可以写什么时候有。")
    key = HiddenField(validators=KEY)


class DemandForm(Form):
    """For how many days a purchase is to last."""

    class Meta:
        csrf = False  # a question by GET

    days = WholeField(
        "进的货要够几天",
        [Optional(), NumberRange(1, DAYS_MAX, f"请填 1 到 {DAYS_MAX} 之间的数。")],
        default=DAYS_DEFAULT,
        render_kw={"inputmode": "numeric"},
    )
