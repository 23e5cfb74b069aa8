"""What is typed, tapped and scanned at a kiosk."""

from flask_wtf.file import FileField
from wtforms import HiddenField, PasswordField, StringField, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from pointsbank.access.services import PASSWORD_LENGTH_MAX
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.ledger.models import AMOUNT_MAX
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.places.services import GROUP_NUMBER_MAX
from pointsbank.web.forms import Form, LineField, WholeField

PRESENTED_LENGTH_MAX = 120  # a card's QR has some 60 characters
QUANTITY_MAX = 99  # two digits are all that − and + lead to
REPORT_DAYS_MAX = 6  # of a week back: what is longer ago the group head writes down
REPORT_HOURS_MAX = 8  # of one day


class PairForm(Form):
    """The code that the clerk reads out."""

    code = StringField("配对码", [InputRequired("请输入配对码。"), Regexp("^[0-9]{8}$", message="配对码是八位数字。")])


class StaffForm(Form):
    """Who ends the kiosk."""

    name = LineField("登录名", [InputRequired("请填写登录名，一般就是您的姓名。"), Length(max=40)])
    password = PasswordField("密码", [InputRequired("请填写密码。"), Length(max=PASSWORD_LENGTH_MAX)])
    submit = SubmitField("结束自助机")


class CardForm(Form):
    """What the scanner read."""

    presented = LineField("卡", [InputRequired("请再刷一次卡。"), Length(max=PRESENTED_LENGTH_MAX)])


class DoorForm(Form):
    """Group and number, as on the door plate."""

    group = WholeField("组", [InputRequired("请先点您是哪个组。"), NumberRange(1, GROUP_NUMBER_MAX)])
    number = StringField("户号", [Regexp("^[0-9]{1,8}$", message="请按门牌上的户号。")])


class PinForm(Form):
    """Six digits; then leads on, from a list of pages."""

    pin = PasswordField("密码", [InputRequired("请输入六位密码。"), Length(max=20)])
    then = HiddenField(validators=[Length(max=20)])


class OrderForm(Form):
    """One good, how many, and the total that stood on the screen, in units."""

    good = WholeField(validators=[InputRequired(), NumberRange(1, ID_MAX)])
    quantity = WholeField(validators=[InputRequired(), NumberRange(1, QUANTITY_MAX)])
    points_seen = WholeField(validators=[InputRequired(), NumberRange(1, AMOUNT_MAX)])
    key = HiddenField(validators=[InputRequired(), Length(max=KEY_LENGTH_MAX)])


class HelpForm(Form):
    """找人帮忙, or not any more: the token alone."""


class ContrastForm(Form):
    """高对比, on or off: the token alone."""


class CancelForm(Form):
    """The order that is not wanted any more."""

    key = HiddenField(validators=[InputRequired(), Length(max=KEY_LENGTH_MAX)])


class ReportForm(Form):
    """A good deed: whose, which, who did it, how many days ago, for how many hours."""

    of = HiddenField(validators=[Regexp("^([0-9]{1,3}/[0-9]{1,8})?$")])  # a neighbour's door, "" for one's own
    rule = HiddenField(validators=[InputRequired(), Regexp("^[A-Z0-9]{1,20}$")])
    who = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])
    day = WholeField(validators=[InputRequired(), NumberRange(0, REPORT_DAYS_MAX)])
    hours = WholeField(validators=[Optional(), NumberRange(1, REPORT_HOURS_MAX)])
    key = HiddenField(validators=[InputRequired(), Length(max=KEY_LENGTH_MAX)])


class AskForm(Form):
    """请组长来: one tap, once."""

    key = HiddenField(validators=[InputRequired(), Length(max=KEY_LENGTH_MAX)])


class VoiceForm(Form):
    """A recording of one piece."""

    file = FileField(
        "录音文件",
        description="WAV、OGG 或 WebM，最大 1 MB，只录这一句。手机录的（M4A、MP3）也行，选了会自动转好。",
        render_kw={"accept": "audio/*,.wav,.ogg,.oga,.opus,.webm,.m4a,.mp3,.amr"},
    )
    submit = SubmitField("用这个文件")


class RemoveVoiceForm(Form):
    """A recording is deleted: the token alone."""
