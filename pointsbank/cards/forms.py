"""What the desk fills in about cards and who may collect."""

from typing import Any

from wtforms import DateField, HiddenField, PasswordField, SelectChoice, SelectField, SubmitField
from wtforms.validators import EqualTo, InputRequired, Length, NumberRange, Optional

from pointsbank.access.services import PASSWORD_LENGTH_MAX
from pointsbank.cards.queries import CardFilter
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form, LineField, WholeField

FILTER_NAMES = {
    CardFilter.ALL: "全部住户",
    CardFilter.WITHOUT: "还没有卡",
    CardFilter.WITH_PIN: "设了密码",
    CardFilter.SEVERAL: "有几张卡",
    CardFilter.LOST: "挂失、到期没补",
}
WORDS_LENGTH_MAX = 100  # a card's QR has 48 characters and the village's code
KEY = [InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)]
_CUT = Length(max=200, message="太长了，请写短一点。")  # services say how long each may be


class FilterForm(Form):
    """Which households are listed."""

    class Meta:
        csrf = False  # a question by GET

    only = SelectField(
        "只看",
        choices=[SelectChoice(choice.value, name) for choice, name in FILTER_NAMES.items()],
        default=CardFilter.ALL.value,
    )
    words = LineField(
        "户号、户主或卡号，也可以刷卡",
        [Length(max=WORDS_LENGTH_MAX, message=f"最多 {WORDS_LENGTH_MAX} 个字。")],
        render_kw={"data-scan": ""},  # see web/scanner.js
    )
    after = WholeField(validators=[Optional(), NumberRange(0, ID_MAX)])


class IssueForm(Form):
    """One household, or with nothing all that have no card."""

    household = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])
    key = HiddenField(validators=KEY)


class AddForm(Form):
    """One more card for a household."""

    name = LineField("这张卡叫什么", [_CUT], description="谁用、做什么用，例如 奶奶的。可以不写。")
    key = HiddenField(validators=KEY)
    submit = SubmitField("再发一张")


class _BesideForm(Form):
    """A form that stands on a page beside another one: its fields have ids of their own."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for field in self:
            field.id = f"beside-{field.id}"


class EditForm(_BesideForm):
    """A card's name and its last day."""

    name = LineField("卡名", [_CUT], description="谁用、做什么用，例如 奶奶的。可以不写。")
    expires_on = DateField(
        "用到哪一天",
        [Optional()],
        invalid_value_message="日期看不懂或不存在，请写成 2026-03-05 这样。",
        description="这一天还能用，过了就和挂失一样。空着就是不限期。",
    )
    submit = SubmitField("保存")


class ReplaceForm(Form):
    """A new card for a lost one."""

    key = HiddenField(validators=KEY)


class DeputyForm(_BesideForm):
    """Somebody who may collect for a household."""

    name = LineField("代领人姓名", [InputRequired("请填代领人的姓名。"), _CUT])
    note = LineField("说明", [InputRequired("请写明是谁、为什么，例如 隔壁邻居，老人腿脚不便。"), _CUT])
    key = HiddenField(validators=KEY)
    submit = SubmitField("加入名单")


class PinForm(Form):
    """Six digits, typed twice by the household itself; where it had a PIN, with a second person of the staff."""

    pin = PasswordField(
        "六位密码",
        [InputRequired("请输入六位密码。"), Length(max=20, message="密码要六位数字。")],
        description="请本户的人自己按。不要用生日、相同或连着的数字。",
    )
    again = PasswordField("再按一次", [EqualTo("pin", "两次按的不一样，请重新按。")])
    second_name = LineField("第二人的登录名", [Length(max=40)], render_kw={"autocomplete": "off"})
    second_password = PasswordField(
        "第二人的登录密码", [Length(max=PASSWORD_LENGTH_MAX)], render_kw={"autocomplete": "off"}
    )
    submit = SubmitField("设密码")
