"""The head that stands on a printed board."""

from wtforms import SubmitField
from wtforms.validators import Length

from pointsbank.web.forms import Form, LineField


class VerifyForm(Form):
    """The head that stands on a printed board, for comparison; empty: only the book itself is checked."""

    head = LineField(
        "榜上印的号和校验码",
        [Length(max=400, message="太长了，只抄序号和校验码。")],
        description="可以不填。填了就和墙上的榜比一比，例如 1878:44eca91c 970df1eb ……，空格可以不写。",
    )
    submit = SubmitField("开始核对")
