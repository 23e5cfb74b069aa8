"""The stock-take: what is counted, how many lie there, why it differs, who confirms."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import request
from wtforms import HiddenField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.texts import parse_whole
from pointsbank.market.forms.fields import KEY, NUMBER, SCAN_LENGTH_MAX, SCANNED, SERIAL_MAX
from pointsbank.market.models import StocktakeLine
from pointsbank.market.services.counting import COUNTS_MAX, LINES_MAX, Count
from pointsbank.market.stock import PIECES_MAX
from pointsbank.market.stocktaking import SHEET_CODE
from pointsbank.web.forms import Form, LineField

REASONS = ("漏记兑换", "入库数量记错", "破损、受潮", "过期扔掉了", "被拿走", "查不出原因")
BARCODE_DIGITS_MIN = 7  # more than a count ever has


class OpenForm(Form):
    """Begin a stock-take."""

    category = SelectField("盘什么", default="")
    key = HiddenField(validators=KEY)
    submit = SubmitField("开始盘点")

    def __init__(self, categories: Iterable[str], **values: object) -> None:
        super().__init__(**values)
        self.category.choices = [SelectChoice("", "全部商品"), *(SelectChoice(name, name) for name in categories)]


class ScanForm(Form):
    """Which good is counted next."""

    scan = LineField(
        "扫条码，或输入编号、名称、首字母",
        [InputRequired("请先扫一下条码，或输入编号、名称。"), Length(max=SCAN_LENGTH_MAX)],
        description="也可以扫盘点表右上角的码，照着纸填。",
        render_kw=SCANNED,
    )


class PiecesForm(Form):
    """How many of one good lie there. instead_of: what was written down before, empty where nothing was."""

    pieces = LineField("数到多少", [InputRequired("请填写数到的数量，没有就填 0。"), Length(max=30)])
    instead_of = HiddenField(validators=[NUMBER])
    key = HiddenField(validators=KEY)

    def count_of(self, good_id: int) -> Count:
        """What was counted. Raises InvalidInputError with the field."""
        typed = self.pieces.data
        if typed.isascii() and typed.isdigit() and len(typed) >= BARCODE_DIGITS_MIN:
            raise InvalidInputError("这像是条码，不是数量。请先填这一样数到多少，再扫下一样。", field="pieces")
        return Count(
            good_id,
            parse_whole(typed, what="数到的数量", most=PIECES_MAX, field="pieces"),
            parse_whole(self.instead_of.data, what="页面", most=PIECES_MAX) if self.instead_of.data else None,
            adds=request.form.get("how") == "adds",
        )


@dataclass
class SheetRow:
    """A line of the sheet with what was typed for it, and what is wrong with that."""

    line: StocktakeLine
    text: str = ""
    error: str = ""


class SheetForm(Form):
    """A page of the count sheet, typed down as it stands on paper; what is left empty is counted later."""

    key = HiddenField(validators=KEY)

    def read_rows(self, lines: Sequence[StocktakeLine]) -> list[SheetRow]:
        """The lines with what was typed. Raises InvalidInputError for what no page of ours sends."""
        positions, texts = request.form.getlist("position"), request.form.getlist("pieces")
        if len(positions) != len(texts) or len(positions) > COUNTS_MAX:
            raise InvalidInputError("页面已经过期，请刷新后重新填。")
        typed = dict(zip(positions, texts, strict=True))
        return [SheetRow(line, typed.get(str(line.position), "").strip()[:30]) for line in lines]

    @staticmethod
    def counts_of(rows: Iterable[SheetRow]) -> list[Count]:
        """What was counted for the first time, wrong figures marked at their rows. Raises InvalidInputError."""
        counts = []
        for row in rows:
            if not row.text or row.line.counted is not None:
                continue
            try:
                counts.append(Count(row.line.good_id, parse_whole(row.text, what="数量", most=PIECES_MAX)))
            except InvalidInputError as wrong:
                row.error = wrong.message
        if any(row.error for row in rows):
            raise InvalidInputError("有的数量不对，请改好再记。")
        if not counts:
            raise InvalidInputError("还没有填数。数到多少填多少，没有的填 0。")
        return counts


class ReasonsForm(Form):
    """Why goods differ."""

    @property
    def reasons(self) -> dict[int, str]:
        """What was typed, by position. Raises InvalidInputError for what no page of ours sends."""
        positions, texts = request.form.getlist("position"), request.form.getlist("reason")
        if len(positions) != len(texts) or len(positions) > LINES_MAX:
            raise InvalidInputError("页面已经过期，请刷新后重新填。")
        numbers = [parse_whole(position, what="行号", most=SERIAL_MAX) for position in positions]
        return dict(zip(numbers, texts, strict=True))


class ConfirmForm(Form):
    """A second person confirms, with the witness."""

    witness = LineField("见证人", [InputRequired("请写在场看着盘点的人。"), Length(max=40)])
    role = LineField("见证人的身份", [InputRequired("请写见证人的身份。"), Length(max=40)])
    seen = HiddenField(validators=[Length(max=64)])
    key = HiddenField(validators=KEY)
    submit = SubmitField("确认，按实数改账")


class CancelForm(Form):
    """Give a stock-take up."""

    note = LineField("作废原因", [InputRequired("请写明原因。"), Length(max=200)])
    key = HiddenField(validators=KEY)


def sheet_scanned(text: str, village_code: str) -> tuple[int, int] | None:
    """Stock-take and page when the code of a count sheet of this village was scanned; None for anything else."""
    found = re.fullmatch(
        SHEET_CODE.format(village=re.escape(village_code), serial=r"(\d{1,9})", sheet=r"(\d{1,4})"), text
    )
    return (int(found[1]), int(found[2])) if found else None
