"""What the supervision committee fills in, and what is answered to it."""

import re
from typing import Any

from flask import request
from wtforms import SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pointsbank.deeds.forms.notices import EXPIRED, day_field, key_field
from pointsbank.deeds.services.overseeing import (
    ANSWER_LENGTH_MAX,
    QUESTION_LENGTH_MAX,
    REMARK_LENGTH_MAX,
    QuestionDraft,
)
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.foundation.periods import period_title
from pointsbank.web.forms import Form, LineField, LinesField, WholeField, clean_text

_REMARK = re.compile("remark-([0-9]{1,18})")


class RemarkForm(Form):
    """What was found in a sample."""

    remark = LineField(
        "抽查意见",
        [
            InputRequired("请写抽查意见，例如 属实。"),
            Length(max=REMARK_LENGTH_MAX, message=f"最多 {REMARK_LENGTH_MAX} 个字。"),
        ],
        description="例如：属实，问过本人和邻居。",
    )
    key = key_field()
    submit = SubmitField("记下意见")


class RemarksForm(Form):
    """What was found in the samples of the list: remark-SERIAL, each its own; rows left empty wait."""

    key = key_field()
    submit = SubmitField("记下意见")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.texts: dict[int, str] = {}
        self.row_errors: dict[int, str] = {}
        if options.get("formdata", request.form) is not None:
            for name, text in request.form.items():
                if match := _REMARK.fullmatch(name):
                    self.texts[int(match[1])] = clean_text(text)[: REMARK_LENGTH_MAX + 1]

    @property
    def written(self) -> dict[int, str]:
        """By serial what was written, in order."""
        return {serial: text for serial, text in sorted(self.texts.items()) if text}

    def refuse(self, error: PointsBankError) -> int:
        """As every form does; the sentence about a row stands in it."""
        match = _REMARK.fullmatch(error.field or "")
        if match is None:
            return super().refuse(error)
        self.row_errors[int(match[1])] = error.message
        return error.status


class QuestionForm(Form):
    """A question with a day."""

    text = LinesField(
        "问什么",
        [
            InputRequired("请写要问什么。"),
            Length(max=QUESTION_LENGTH_MAX, message=f"最多 {QUESTION_LENGTH_MAX} 个字。"),
        ],
    )
    claim = WholeField(
        "关于哪一号", [Optional(), NumberRange(1, ID_MAX, "请填笔号。")], description="不是问某一件的，不用填。"
    )
    answer_by = day_field("哪天以前答复", "请填哪天以前答复，例如 2026-03-25。")
    key = key_field()
    submit = SubmitField("提问")

    @property
    def draft(self) -> QuestionDraft:
        """What was filled in."""
        return QuestionDraft(self.text.data, self.answer_by.data, self.claim.data)


class AnswerForm(Form):
    """The answer to a question."""

    answer = LinesField(
        "答复",
        [
            InputRequired("请写答复。"),
            Length(max=ANSWER_LENGTH_MAX, message=f"最多 {ANSWER_LENGTH_MAX} 个字。"),
        ],
    )
    key = key_field()
    submit = SubmitField("答复")


class SignForm(Form):
    """A member signs a month."""

    period = SelectField("月份", validate_choice=False, validators=[InputRequired(EXPIRED)])
    remark = LineField(
        "意见",
        [Length(max=REMARK_LENGTH_MAX, message=f"最多 {REMARK_LENGTH_MAX} 个字。")],
        description="没有要说的可以不填。",
    )
    key = key_field()
    submit = SubmitField("签字")

    def offer(self, periods: list[str]) -> None:
        """The months that can be signed, the newest first."""
        self.period.choices = [SelectChoice(period, period_title(period)) for period in periods]
