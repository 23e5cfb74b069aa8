"""Forms of the board."""

from wtforms import HiddenField, SubmitField

from pointsbank.boards.services import SENTENCE_LENGTH_MAX
from pointsbank.web.forms import Form, LineField


class MeritForm(Form):
    """A deed of merit in one sentence. seen: the sentence as the page showed it, empty for a new one."""

    seen = HiddenField()
    sentence = LineField(
        "榜上怎么写",
        description=f"用一句话写清做了什么好事，最多 {SENTENCE_LENGTH_MAX} 个字。姓名、组别和户号会自动印上，不用写。",
    )
    save = SubmitField("写到榜上")
