"""What comes in and what goes otherwise than by redemption: deliveries, write-offs, counting one good."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request
from wtforms import DateField, FileField, HiddenField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length, Optional

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import format_yuan, parse_yuan
from pointsbank.foundation.texts import parse_whole
from pointsbank.market.forms.baskets import BasketForm, BasketLine
from pointsbank.market.forms.fields import KEY, NUMBER, SERIAL_MAX
from pointsbank.market.models import Good, Lot, Origin
from pointsbank.market.queries import LotLine
from pointsbank.market.services import RECEIVE_LINES_MAX, Arrival, Delivery
from pointsbank.market.sheets.deliveries import DeliveryNote
from pointsbank.market.stock import PIECES_MAX
from pointsbank.web.forms import Form, LineField, SheetFileForm

ORIGINS = {Origin.PURCHASE: "采购", Origin.DONATION: "捐赠", Origin.OTHER: "其他（调入、盘盈等）"}


@dataclass
class DeliveryLine(BasketLine):
    """A line of a delivery as posted, with the lot's last day, the cost of one piece and a remark, all as text."""

    expires: str = ""
    cost: str = ""
    note: str = ""

    def arrival(self) -> Arrival:
        """The line as services take it; what is wrong is kept at the line. Raises InvalidInputError."""
        try:
            expires_on = date.fromisoformat(self.expires) if self.expires else None
            cost_fen = parse_yuan(self.cost, what="单价") if self.cost else None
        except InvalidInputError as wrong:
            self.error = wrong.message
            raise
        except ValueError as wrong:
            self.error = "到期日要写成 2027-05-01 这样。"
            raise InvalidInputError(self.error, field="scan") from wrong
        return Arrival(self.good.id, self.quantity, cost_fen, expires_on, self.note)


class ReceiveForm(BasketForm):
    """A delivery."""

    lines_max = RECEIVE_LINES_MAX
    quantity_max = PIECES_MAX
    offered_only = False
    lines: list[DeliveryLine]  # type: ignore[assignment] # a delivery's lines say more than a basket's

    origin = SelectField("怎么来的", choices=[SelectChoice(kind.value, name) for kind, name in ORIGINS.items()])
    source = LineField("来源", [Length(max=200)], description="供货商，或捐赠人。会写进库存流水。")
    received_on = DateField("入库日期", [Optional()])
    second_receiver = LineField(
        "和谁一起验收", [Length(max=40)], description="另一个人的姓名。采购的东西要两个人验收。"
    )

    def __init__(self, village_id: int, **values: Any) -> None:
        super().__init__(village_id, **values)
        self.source.flags.required = True  # to book; while goods are scanned it may still be empty
        self.not_booked = ""  # said at the button: why pressing it has booked nothing

    def read_lines(self) -> None:
        """The same as for every basket, with what a delivery says of each line."""
        super().read_lines()
        said = [request.form.getlist(name) for name in ("expires", "cost", "note")]
        if any(len(texts) != len(self.lines) for texts in said):
            raise InvalidInputError("页面已经过期，请刷新后重新录入。")
        for line, expires, cost, note in zip(self.lines, *said, strict=True):
            line.expires, line.cost, line.note = expires.strip()[:20], cost.strip()[:20], note.strip()[:100]

    def take(self, found: DeliveryNote) -> None:
        """Put the lines of a delivery note into the delivery. Raises InvalidInputError when it gets too long."""
        if len(self.lines) + len(found.lines) > self.lines_max:
            raise InvalidInputError(f"一次最多入库 {self.lines_max} 样，请分成几张送货单。", field="file")
        for note_line in found.lines:
            line = self._line(note_line.good, str(note_line.quantity))
            line.expires = note_line.expires_on.isoformat() if note_line.expires_on else ""
            line.cost = "" if note_line.cost_fen is None else format_yuan(note_line.cost_fen)
            line.note = note_line.note
            self.lines.append(line)

    def delivery(self, today: date) -> Delivery:
        """The delivery as services take it. Raises InvalidInputError."""
        _ = self.pieces  # quantities first
        if self.origin.data == Origin.PURCHASE and not self.second_receiver.data:
            raise InvalidInputError("采购的东西要两个人验收，请写另一个人的姓名。", field="second_receiver")
        return Delivery(
            origin=Origin(self.origin.data),
            source=self.source.data,
            received_on=self.received_on.data or today,
            lines=tuple(line.arrival() for line in self.lines),
            second_receiver=self.second_receiver.data,
        )

    def change(self) -> None:
        """The same as for every basket; who pressed the button is told at the button that nothing is booked yet."""
        word, booking = self.scan.data, "book" in request.form
        try:
            super().change()
        except InvalidInputError:
            if booking and word:
                self.not_booked = f"还没有入库：上面框里还留着“{word}”，没有找到。请改好或清空，再点“入库”。"
            raise
        if booking and word:
            many = "请先在上面选是哪一样" if self.found else "刚刚加进来了，请看清数量"
            self.not_booked = f"还没有入库：上面框里的“{word}”{many}，再点“入库”。"

    def _line(self, good: Good, text: str) -> DeliveryLine:
        line = DeliveryLine(good, text[:20])
        self._read(line)
        return line


class DeliveryNoteForm(SheetFileForm):
    """An .xlsx that a supplier sent along."""

    what = "送货单"

    file = FileField("送货单（.xlsx）")
    submit = SubmitField("填到入库单里")


class WriteOffForm(Form):
    """Spoilt or lost pieces."""

    quantity = LineField("报损数量", [InputRequired("请填写数量。"), NUMBER])
    reason = LineField(
        "报损原因", [InputRequired("请写明原因。"), Length(max=200)], description="例如：受潮、过期、破损。"
    )
    lot = SelectField("哪一批", validate_choice=False, choices=[SelectChoice("", "最先到期的")])
    witness = LineField(
        "见证人", [InputRequired("请写见证人的姓名。"), Length(max=40)], description="不能是经手人自己。"
    )
    key = HiddenField(validators=KEY)
    submit = SubmitField("报损")

    @property
    def pieces(self) -> int:
        """How many. Raises InvalidInputError."""
        return parse_whole(self.quantity.data, what="数量", most=PIECES_MAX, field="quantity")

    @classmethod
    def expired(cls, lots: Iterable[LotLine], serial: str, today: date, key: str) -> "WriteOffForm":
        """A fresh form; filled in for all that is left of a lot by its serial, when that lot has expired."""
        for line in lots:
            if str(line.lot.serial) == serial and line.lot.is_expired(today):
                return cls(formdata=None, key=key, quantity=str(line.lot.on_hand), lot=serial, reason="过期")
        return cls(formdata=None, key=key)

    @property
    def lot_serial(self) -> int | None:
        """The lot that was chosen. Raises InvalidInputError."""
        return parse_whole(self.lot.data, what="批次", most=SERIAL_MAX, field="lot") if self.lot.data else None

    def offer(self, lots: Iterable[LotLine]) -> None:
        """Let one of these lots be chosen."""
        named = [SelectChoice(str(line.lot.serial), lot_in_words(line.lot, line.good)) for line in lots]
        self.lot.choices = [SelectChoice("", "最先到期的"), *named]


def lot_in_words(lot: Lot, good: Good) -> str:
    """A lot as it is chosen from a list."""
    until = f"{lot.expires_on:%Y-%m-%d} 到期" if lot.expires_on else "不过期"
    return f"{lot.received_on:%Y-%m-%d} 入库，{until}，还有 {lot.on_hand} {good.unit}"


class CountForm(Form):
    """What was counted on the shelf. on_hand_seen: what the book said on the page."""

    counted = LineField("实际数到", [InputRequired("请填写数到的数量。"), NUMBER], description="货架和仓库一起数。")
    count_reason = LineField("相差的原因", [Length(max=200)], description="数量一致就空着。")
    on_hand_seen = HiddenField(validators=[NUMBER])
    key = HiddenField(validators=KEY)
    submit = SubmitField("记下盘点")

    @property
    def pieces(self) -> tuple[int, int]:
        """Counted, and on hand as the page said. Raises InvalidInputError."""
        counted = parse_whole(self.counted.data, what="数到的数量", most=PIECES_MAX, field="counted")
        return counted, parse_whole(self.on_hand_seen.data, what="账面数量", most=PIECES_MAX, field="on_hand_seen")
