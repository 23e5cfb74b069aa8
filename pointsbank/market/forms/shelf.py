"""Labels for the shelf: of which goods, on which sheet."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectChoice, SelectField, SubmitField
from wtforms.validators import Length

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import parse_hundredths
from pointsbank.foundation.texts import parse_whole
from pointsbank.market.documents.shelf import SHEETS, SIDES_MM, LabelSheet, own_sheet
from pointsbank.market.forms.fields import NUMBER, SCANNED
from pointsbank.web.forms import Form, LineField

OWN_SIZE = "own"


class LabelsForm(Form):
    """Which labels are printed."""

    class Meta:
        csrf = False  # a question by GET

    category = SelectField("哪一类", default="")
    words = LineField("只印这样（名称、编号、首字母）", [Length(max=60, message="最多 60 个字。")], render_kw=SCANNED)
    sheet = SelectField(
        "标签纸",
        choices=[
            *(SelectChoice(key, sheet.title) for key, sheet in SHEETS.items()),
            SelectChoice(OWN_SIZE, "自己定大小，普通 A4 纸剪开"),
        ],
        default=next(iter(SHEETS)),
    )
    width = LineField("宽（毫米）", [NUMBER], description="自己定大小才填。")
    height = LineField("高（毫米）", [NUMBER])
    first = LineField("从第几格印起", [NUMBER], default="1", description="用过几格的标签纸，从没用的那一格印起。")
    submit = SubmitField("打印标签")

    def __init__(self, categories: Sequence[str], **values: Any) -> None:
        super().__init__(**values)
        self.category.choices = [SelectChoice("", "全部"), *(SelectChoice(name, name) for name in categories)]

    @property
    def chosen_sheet(self) -> LabelSheet:
        """The sheet that was chosen. Raises InvalidInputError for a size that cannot be."""
        if self.sheet.data != OWN_SIZE:
            return SHEETS[self.sheet.data]
        return own_sheet(self._side("width", "宽"), self._side("height", "高"))

    def _side(self, name: str, what: str) -> float:
        side = parse_hundredths(self._fields[name].data or "", what=what, units_max=1_000_00, field=name) / 100
        least, most = SIDES_MM
        if not least <= side <= most:
            raise InvalidInputError(f"{what}要在 {least:g} 到 {most:g} 毫米之间。", field=name)
        return side

    def first_place(self, sheet: LabelSheet) -> int:
        """The place of the first label on the sheet, from 1. Raises InvalidInputError."""
        place = parse_whole(self.first.data or "1", what="格数", most=sheet.count, field="first")
        if place < 1:
            raise InvalidInputError("从第 1 格起。", field="first")
        return place
