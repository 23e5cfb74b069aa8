"""Which year is ended, and that it is meant."""

from wtforms import HiddenField, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pointsbank.foundation.points import POINTS_MAX
from pointsbank.web.forms import Form, WholeField

YEAR_MAX = 9999
_EXPIRED = "页面已经过期，请刷新后重新提交。"


class YearForm(Form):
    """The year to be looked at, asked by GET."""

    class Meta:
        csrf = False

    year = WholeField("年份", [Optional(), NumberRange(2000, YEAR_MAX, "年份不对，请核对。")])
    submit = SubmitField("看这一年")


class EndForm(Form):
    """End the year: points_seen is what the person saw end, in units."""

    year = WholeField(validators=[InputRequired(_EXPIRED), NumberRange(2000, YEAR_MAX, _EXPIRED)])
    points_seen = WholeField(validators=[InputRequired(_EXPIRED), NumberRange(0, POINTS_MAX * 10_000, _EXPIRED)])
    key = HiddenField(validators=[InputRequired(_EXPIRED), Length(max=64, message=_EXPIRED)])
