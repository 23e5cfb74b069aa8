"""A file of deeds."""

from flask_wtf.file import FileField
from wtforms import HiddenField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.deeds.forms.claimant import ClaimantField
from pointsbank.deeds.services.drafts import LATE_REASON_LENGTH_MAX
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import MEGABYTE, LineField, SheetFileForm


class DeedsFileForm(SheetFileForm):
    """An .xlsx of deeds; 20,000 deeds have 1.5 MB."""

    what = "积分记录表"
    bytes_max = 2 * MEGABYTE

    file = FileField("积分记录表（.xlsx）")
    claimed_by = ClaimantField()
    late_reason = LineField(
        "迟报原因",
        [Length(max=LATE_REASON_LENGTH_MAX, message=f"最多 {LATE_REASON_LENGTH_MAX} 个字。")],
        description="有迟报的事，又没有在表里写原因时才要填。",
    )
    key = HiddenField(validators=[InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)])
    submit = SubmitField("先看看会记什么")
