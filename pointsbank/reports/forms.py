"""How many months a comparison of rules looks back."""

from wtforms import SelectChoice, SelectField, SubmitField

from pointsbank.reports.queries.what_if import MONTHS_MAX
from pointsbank.web.forms import Form


class WhatIfForm(Form):
    """Months, the running one included; asked by GET, so that a comparison can be linked to."""

    class Meta:
        """A question changes nothing and carries no token."""

        csrf = False

    months = SelectField(
        "回头算几个月",
        choices=[SelectChoice(str(months), f"{months} 个月") for months in range(1, MONTHS_MAX + 1)],
        default="3",
    )
    submit = SubmitField("试算")
