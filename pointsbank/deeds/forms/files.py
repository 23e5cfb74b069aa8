"""A file of deeds."""

from flask_wtf.file import FileField
from wtforms import HiddenField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import MEGABYTE, SheetFileForm


class DeedsFileForm(SheetFileForm):
    """An .xlsx of deeds; 20,000 deeds have 1.5 MB."""

    what = "积分记录表"
    bytes_max = 2 * MEGABYTE

    file = FileField("积分记录表（.xlsx）")
    key = HiddenField(validators=[InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)])
    submit = SubmitField("先看看会记什么")
