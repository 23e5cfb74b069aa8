"""What the desk fills in about cards."""

from wtforms import HiddenField, PasswordField, SelectChoice, SelectField, SubmitField
from wtforms.validators import EqualTo, InputRequired, Length, NumberRange, Optional

from pointsbank.cards.queries import CardFilter
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form, LineField, WholeField

FILTER_NAMES = {
    CardFilter.ALL: "全部住户",
    CardFilter.WITHOUT: "还没有卡",
    CardFilter.WITH_PIN: "设了密码",
    CardFilter.LOST: "挂失没补",
}


class FilterForm(Form):
    """Which households are listed."""

    class Meta:
        csrf = False  # a question by GET

    only = SelectField(
        "只看",
        choices=[SelectChoice(choice.value, name) for choice, name in FILTER_NAMES.items()],
        default=CardFilter.ALL.value,
    )
    words = LineField("户号、户主或卡号", [Length(max=40, message="最多 40 个字。")])
    after = WholeField(validators=[Optional(), NumberRange(0, ID_MAX)])


class IssueForm(Form):
    """One household, or with nothing all that have no card."""

    household = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])
    key = HiddenField(validators=[InputRequired(), Length(max=KEY_LENGTH_MAX)])


class ReplaceForm(Form):
    """A new card for a lost one."""

    key = HiddenField(validators=[InputRequired(), Length(max=KEY_LENGTH_MAX)])


class PinForm(Form):
    """Six digits, typed twice by the household itself."""

    pin = PasswordField(
        "六位密码",
        [InputRequired("请输入六位密码。"), Length(max=20, message="密码要六位数字。")],
        description="请本户的人自己按。不要用生日、相同或连着的数字。",
    )
    again = PasswordField("再按一次", [EqualTo("pin", "两次按的不一样，请重新按。")])
    submit = SubmitField("设密码")
