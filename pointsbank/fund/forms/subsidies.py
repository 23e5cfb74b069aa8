"""Applying for a points subsidy, and what the town answered."""

from wtforms import HiddenField, SubmitField
from wtforms.validators import InputRequired

from pointsbank.foundation.texts import parse_whole
from pointsbank.fund.forms.fields import CUT, KEY, NUMBER, BesideForm, day_field, fen_of, money_field
from pointsbank.web.forms import Form, LineField

AMOUNT_MAX = 10**12


class SubsidyForm(Form):
    """The months to apply for. amount_seen: fen that stand on the page, "" before they were looked up."""

    first_period = LineField("从哪个月", [InputRequired("请填月份，例如 2026-01。"), NUMBER])
    last_period = LineField("到哪个月", [InputRequired("请填月份，例如 2026-03。"), NUMBER])
    amount_seen = HiddenField(validators=[NUMBER])
    key = HiddenField(validators=KEY)

    @property
    def seen(self) -> int:
        """The fen that the person agreed to. Raises InvalidInputError."""
        return parse_whole(self.amount_seen.data or "", what="金额", most=AMOUNT_MAX)


class ReceivedForm(BesideForm):
    """The money came."""

    beside = "came"

    amount = money_field("到账金额（元）")
    received_on = day_field("到账日期", "请填到账日期。")
    voucher = LineField("镇上代管账的凭证号", [InputRequired("请填凭证号。"), CUT])
    answer = LineField("说明", [CUT], description="到账金额和申请的不一样，写明原因。")
    key = HiddenField(validators=KEY)
    submit = SubmitField("登记到账")

    @property
    def amount_fen(self) -> int:
        """What came. Raises InvalidInputError."""
        return fen_of(self.amount)


class RefusedForm(BesideForm):
    """The town said no."""

    beside = "no"

    answer = LineField("镇上怎么答复的", [InputRequired("请写镇上的答复。"), CUT])
    submit = SubmitField("登记没批准")
