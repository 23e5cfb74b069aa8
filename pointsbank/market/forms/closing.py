"""The day's close: what lies on the shelf of the goods that moved, and what is said about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from wtforms import BooleanField, HiddenField, SubmitField
from wtforms.validators import Length

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.texts import parse_whole
from pointsbank.market.daybook import GoodMoves
from pointsbank.market.forms.fields import KEY, NUMBER, SERIAL_MAX
from pointsbank.market.models import Good
from pointsbank.market.services.closing import COUNTS_MAX, EXPLANATION_LENGTH_MAX, Closing, ShelfCount
from pointsbank.market.stock import PIECES_MAX
from pointsbank.web.forms import Form, LineField, clean_text


@dataclass
class ShelfRow:
    """A good that moved with what was typed for it, and what is wrong with that."""

    good: Good
    moves: GoodMoves
    counted: str = ""
    explanation: str = ""
    booked: bool = False
    error: str = ""

    @property
    def opening(self) -> int:
        """What the book said at the last close."""
        moves = self.moves
        came = moves.received + moves.returned + moves.voided + moves.adjusted
        return moves.on_hand - came + moves.issued + moves.written_off

    def count(self, *, has_moved: bool) -> ShelfCount | None:
        """What lies there, None where nobody looked; a wrong figure and a missing reason are marked here."""
        if not self.counted:
            return None
        try:
            counted = parse_whole(self.counted, what="数到的数量", most=PIECES_MAX)
        except InvalidInputError as wrong:
            self.error = wrong.message
            return None
        if has_moved and counted != self.moves.on_hand and not self.explanation:
            self.error = f"账面 {self.moves.on_hand}，相差 {counted - self.moves.on_hand:+d}，请写明为什么。"
        return ShelfCount(self.good.id, counted, self.explanation, self.booked)


class DayCloseForm(Form):
    """Sign for the day. seen_…: the last receipt and stock move that stand on the page."""

    note = LineField("备注", [Length(max=300)], description="要交代的事，例如：谁替班、哪样借出去了。没有就空着。")
    release = BooleanField("收摊：没来领的单子退回", default=True)
    seen_redemption = HiddenField(validators=[NUMBER])
    seen_move = HiddenField(validators=[NUMBER])
    key = HiddenField(validators=KEY)
    submit = SubmitField("签字日结")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.rows: list[ShelfRow] = []
        self.others: list[ShelfRow] = []  # typed for what has not moved any more: the page is old, or sent twice

    @staticmethod
    def posted() -> list[int]:
        """The goods that were on the page, by serial. Raises InvalidInputError for what no page of ours sends."""
        columns = [request.form.getlist(name) for name in ("good", "counted", "explanation")]
        if len({len(column) for column in columns}) > 1 or len(columns[0]) > COUNTS_MAX:
            raise InvalidInputError("页面已经过期，请刷新后重新日结。")
        return [parse_whole(serial, what="商品", most=SERIAL_MAX) for serial in columns[0]]

    def read_rows(self, goods: Mapping[int, Good], moved: list[GoodMoves]) -> None:
        """The goods that moved, with what was typed for each. goods: these and those that were posted, by serial."""
        self.rows, self.others = [], []
        typed = zip(self.posted(), request.form.getlist("counted"), request.form.getlist("explanation"), strict=True)
        by_serial = {serial: (counted, said) for serial, counted, said in typed}
        booked = set(request.form.getlist("booked"))
        of = {moves.serial: moves for moves in moved}
        for serial in sorted(of.keys() | (by_serial.keys() & goods.keys())):
            counted, said = by_serial.get(serial, ("", ""))
            row = ShelfRow(
                goods[serial],
                of.get(serial, GoodMoves(serial)),
                clean_text(counted)[:20],
                clean_text(said),
                str(serial) in booked,
            )
            if len(row.explanation) > EXPLANATION_LENGTH_MAX:
                row.error = f"说明最多 {EXPLANATION_LENGTH_MAX} 个字。"
            (self.rows if serial in of else self.others).append(row)

    @property
    def seen(self) -> tuple[int, int]:
        """What stood on the page. Raises InvalidInputError."""
        return (
            parse_whole(self.seen_redemption.data or "", what="小票号", most=SERIAL_MAX),
            parse_whole(self.seen_move.data or "", what="流水号", most=SERIAL_MAX),
        )

    @property
    def closing(self) -> Closing:
        """What is signed. Raises InvalidInputError."""
        rows = sorted([*self.rows, *self.others], key=lambda row: row.good.serial)
        counts = [row.count(has_moved=row in self.rows) for row in rows]
        if any(row.error for row in rows):
            raise InvalidInputError("有几样还没有写清楚，请看标红的地方。")
        return Closing(self.seen, tuple(count for count in counts if count is not None), self.note.data)
