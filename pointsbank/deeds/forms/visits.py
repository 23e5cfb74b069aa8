"""What came of a household's request."""

from wtforms import HiddenField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.deeds.services.visiting import ANSWER_LENGTH_MAX
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form, LineField


class VisitForm(Form):
    """Who went, and what was written down."""

    answer = LineField(
        "办得怎样",
        [
            InputRequired("请写明办得怎样，例如：去过了，记了第 128 号。"),
            Length(max=ANSWER_LENGTH_MAX, message=f"最多 {ANSWER_LENGTH_MAX} 个字。"),
        ],
        description="例如：去过了，记了第 128 号；或者：问过了，这件事细则里没有。",
    )
    key = HiddenField(validators=[InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)])
    submit = SubmitField("办好了")
