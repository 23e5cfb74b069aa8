"""Baskets of goods; a delivery's stands in forms.stocking."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from wtforms import (
    HiddenField,
    PasswordField,
    SubmitField,
)
from wtforms.validators import InputRequired, Length

from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.texts import parse_whole
from pointsbank.market import queries
from pointsbank.market.forms.fields import KEY, NUMBER, SCAN_LENGTH_MAX, SCANNED, SERIAL_MAX
from pointsbank.market.forms.handovers import collector_field
from pointsbank.market.models import Good
from pointsbank.market.services import LINES_MAX, QUANTITY_MAX
from pointsbank.web.forms import Form, LineField

PRICE_DIGITS_MAX = 12


@dataclass
class BasketLine:
    """A line as posted: the quantity as text, so that what was typed is kept, and what is wrong with it."""

    good: Good
    text: str
    error: str = ""
    quantity: int = 0
    repriced_from: int = 0  # units of one piece as they stood on the page, where another price holds by now

    @property
    def price(self) -> int:
        """Units of one piece now."""
        return self.good.price_on(clock.today())

    @property
    def points(self) -> int:
        """Price of the line now, in units."""
        return self.price * self.quantity


class BasketForm(Form):
    """Lines of goods that travel with the page; a scan, a pick or a removal changes them, nothing else does."""

    scan = LineField("扫条码，或输入编号、名称、首字母", [Length(max=SCAN_LENGTH_MAX)], render_kw=SCANNED)
    key = HiddenField(validators=KEY)
    lines_max = LINES_MAX
    quantity_max = QUANTITY_MAX
    offered_only = True  # what a search by name finds

    def __init__(self, village_id: int, **values: Any) -> None:
        super().__init__(**values)
        self.village_id = village_id
        self.lines: list[BasketLine] = []
        self.found: Sequence[Good] = []  # when a name means several goods
        self.newest: BasketLine | None = None  # what this act put in

    @property
    def total(self) -> int:
        """What the lines cost now, in units."""
        return sum(line.points for line in self.lines)

    @property
    def pieces(self) -> list[tuple[int, int]]:
        """Good's id and pieces of each line, the way services take them. Raises InvalidInputError."""
        if any(line.error for line in self.lines):
            raise InvalidInputError("有的数量不对，请先改好。", field="scan")
        return [(line.good.id, line.quantity) for line in self.lines]

    def read_lines(self) -> None:
        """Take the lines that were posted, or stand in the address of a page that is loaded again.

        Raises InvalidInputError for what no page of ours sends, NotFoundError.
        """
        serials, texts = request.values.getlist("good"), request.values.getlist("quantity")
        if len(serials) != len(texts):
            raise InvalidInputError("页面已经过期，请刷新后重新录入。")
        if len(serials) > self.lines_max:
            raise InvalidInputError(f"一次最多 {self.lines_max} 样东西，请分几次办。", field="scan")
        wanted = [parse_whole(serial, what="商品", most=SERIAL_MAX) for serial in serials]
        goods = queries.goods_by_serial(self.village_id, wanted)
        for serial, text in zip(wanted, texts, strict=True):
            if serial not in goods:
                raise NotFoundError("有一样东西不在本村的商品里，请刷新后重新录入。")
            self.lines.append(self._line(goods[serial], text))

    def change(self) -> None:
        """Do what the pressed button says: remove a line, pick a good, or look up what was scanned."""
        removed, picked = request.form.get("remove", ""), request.form.get("pick", "")
        if removed:
            self.lines = [line for line in self.lines if str(line.good.serial) != removed]
        elif picked:
            serial = parse_whole(picked, what="商品", most=SERIAL_MAX, field="scan")
            self.add(queries.good(self.village_id, serial))
        elif self.scan.data:
            self._look_up(self.scan.data)

    def _look_up(self, scanned: str) -> None:
        found = queries.goods_scanned(self.village_id, scanned, offered_only=self.offered_only)
        if not found:
            raise InvalidInputError("没有找到这样东西。请再扫一次，或输入名称、首字母。", field="scan")
        if len(found) == 1:
            self.add(found[0])
        else:
            self.found = found
        self.scan.data = ""

    def add(self, good: Good) -> None:
        """One more piece of a good."""
        for line in self.lines:
            if line.good.serial == good.serial:
                if line.error:
                    raise InvalidInputError(f"“{good.title}”的数量不对，请先改好。", field="scan")
                line.text = str(line.quantity + 1)
                self._read(line)
                self.newest = line
                return
        if len(self.lines) >= self.lines_max:
            raise InvalidInputError(f"一次最多 {self.lines_max} 样东西，请分几次办。", field="scan")
        self.newest = self._line(good, "1")
        self.lines.append(self.newest)

    def _line(self, good: Good, text: str) -> BasketLine:
        line = BasketLine(good, text[:20])
        self._read(line)
        return line

    def _read(self, line: BasketLine) -> None:
        try:
            line.quantity = parse_whole(line.text, what="数量", most=self.quantity_max)
            line.error = "" if line.quantity else "数量不能是 0，不要了就点“去掉”。"
        except InvalidInputError as wrong:
            line.quantity, line.error = 0, wrong.message


class CustomerForm(Form):
    """Who stands at the counter."""

    words = LineField(
        "刷积分卡，或找住户",
        [InputRequired("请先刷卡，或输入姓名、户号。"), Length(max=SCAN_LENGTH_MAX)],
        description="姓名、拼音首字母（张三写 zs）、户号、手机尾号都可以。",
        render_kw=SCANNED,
    )
    submit = SubmitField("下一步")


class CounterForm(BasketForm):
    """A household's basket at the counter. points_seen: the total that stands on the page, in units."""

    points_seen = HiddenField(validators=[NUMBER])
    pin = PasswordField("积分卡密码", [Length(max=20)], render_kw={"autocomplete": "off", "inputmode": "numeric"})
    deputy = collector_field()

    @property
    def seen(self) -> int:
        """The total the person agreed to. Raises InvalidInputError."""
        return parse_whole(self.points_seen.data or "", what="合计", most=10**12 - 1)

    @property
    def total_before(self) -> int:
        """What the lines cost by the prices that stood on the page, in units; 0 where they are those of now."""
        if not any(line.repriced_from for line in self.lines):
            return 0
        return sum((line.repriced_from or line.price) * line.quantity for line in self.lines)

    def read_lines(self) -> None:
        """The same as for every basket, beside the prices that stood on the page."""
        super().read_lines()
        prices = request.values.getlist("price")
        if len(prices) != len(self.lines):
            return
        for line, text in zip(self.lines, prices, strict=True):
            seen = int(text) if text.isascii() and text.isdigit() and len(text) <= PRICE_DIGITS_MAX else line.price
            line.repriced_from = seen if seen != line.price else 0

    @property
    def is_confirmed(self) -> bool:
        """Whether the basket is to be handed over: by the button, or by Enter after the PIN."""
        by_pin = self.pin.data and "pick" not in request.form and "remove" not in request.form
        return not self.scan.data and bool("confirm" in request.form or by_pin)

    @property
    def is_reserved(self) -> bool:
        """Whether the basket is to be put aside for the household."""
        return not self.scan.data and "reserve" in request.form

    def change(self) -> None:
        """The same as for every basket; what came in by the same act was not in the total that was confirmed."""
        super().change()
        if "confirm" in request.form and not self.found:
            raise InvalidInputError("扫描框里的东西刚加进来，合计变了。请看清后再确认一次。", field="scan")
