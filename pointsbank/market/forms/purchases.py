"""Purchases: the draft, quotes, the decision, what came, the wall."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request
from wtforms import DateField, HiddenField, RadioField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length, Optional

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import format_yuan, parse_yuan
from pointsbank.foundation.texts import parse_whole
from pointsbank.market.forms.baskets import BasketForm, BasketLine
from pointsbank.market.forms.fields import KEY, NUMBER, SERIAL_MAX
from pointsbank.market.models import Good, Purchase, PurchaseQuote, PurchaseState
from pointsbank.market.models.purchases import STATE_NAMES
from pointsbank.market.policies.quoting import THREE_QUOTES
from pointsbank.market.queries.purchases import LineCame
from pointsbank.market.services.purchases import PURCHASE_LINES_MAX, Choice, PartReceived, PurchaseDraft, Quote, Wanted
from pointsbank.market.services.stocking import Arrival
from pointsbank.market.stock import PIECES_MAX
from pointsbank.web.forms import Form, LineField

SUGGESTED_LENGTH_MAX = 4_000  # of the address that a suggestion page sends


class PurchasesFilterForm(Form):
    """Which purchases are listed, a page by key."""

    class Meta:
        csrf = False  # a question by GET

    state = SelectField(
        "办到哪一步",
        choices=[SelectChoice("", "全部"), *(SelectChoice(state.value, name) for state, name in STATE_NAMES.items())],
        default="",
    )
    before = LineField(validators=[NUMBER])

    @property
    def wanted(self) -> PurchaseState | None:
        """The state chosen, None for all."""
        return PurchaseState(self.state.data) if self.state.data else None

    @property
    def first_serial(self) -> int | None:
        """The serial before which the page begins. Raises InvalidInputError."""
        text = self.before.data
        return parse_whole(text, what="页码", most=SERIAL_MAX, field="before") if text else None


@dataclass
class WantedLine(BasketLine):
    """A line of a draft as posted, with the price expected for one piece, as text."""

    cost_text: str = ""

    def wanted(self) -> Wanted:
        """The line as services take it; what is wrong is kept at the line. Raises InvalidInputError."""
        try:
            price_fen = parse_yuan(self.cost_text, what="预计单价") if self.cost_text else 0
        except InvalidInputError as wrong:
            self.error = wrong.message
            raise
        return Wanted(self.good.id, self.quantity, price_fen)

    @property
    def total_fen(self) -> int:
        """What the line is expected to cost, 0 while that cannot be read."""
        try:
            return self.quantity * (parse_yuan(self.cost_text) if self.cost_text else 0)
        except InvalidInputError:
            return 0


class PurchaseForm(BasketForm):
    """A draft: what is to be bought. revision: what the person saw of one that is edited, 0 for a new one."""

    lines_max = PURCHASE_LINES_MAX
    quantity_max = PIECES_MAX
    offered_only = False
    lines: list[WantedLine]  # type: ignore[assignment] # a draft's lines say more than a basket's

    title = LineField(
        "采购什么", [InputRequired("请写采购什么。"), Length(max=60)], description="例如 春节前补货。会写在公示上。"
    )
    wanted_on = DateField("什么时候要", [InputRequired("请填要货的日期。")])
    budget = LineField("预算（元）", [NUMBER], description="没有定就空着。报价不能超过它。")
    revision = HiddenField(default="0", validators=[NUMBER])

    @classmethod
    def showing(cls, purchase: Purchase, key: str) -> "PurchaseForm":
        """The form filled in with a draft as it stands."""
        form = cls(
            purchase.village_id,
            formdata=None,
            key=key,
            title=purchase.title,
            wanted_on=purchase.wanted_on,
            budget=format_yuan(purchase.budget_fen) if purchase.budget_fen else "",
            revision=str(purchase.revision),
        )
        form.take(purchase)
        return form

    def take(self, purchase: Purchase) -> None:
        """Put the lines of a purchase into the draft."""
        for line in purchase.lines:
            self.lines.append(self._line(line.good, str(line.quantity)))
            self.lines[-1].cost_text = format_yuan(line.price_fen) if line.price_fen else ""

    def suggest(self, goods: Iterable[Good], pieces: dict[int, int]) -> None:
        """Put goods with pieces, by their serials, into an empty draft, at their usual cost."""
        for good in goods:
            if len(self.lines) < self.lines_max and not good.is_service:
                self.lines.append(self._line(good, str(pieces[good.serial])))

    def read_lines(self) -> None:
        """The same as for every basket, with the price of each line."""
        super().read_lines()
        prices = request.form.getlist("price")
        if len(prices) != len(self.lines):
            raise InvalidInputError("页面已经过期，请刷新后重新录入。")
        for line, price in zip(self.lines, prices, strict=True):
            line.cost_text = price.strip()[:20]

    @property
    def revision_seen(self) -> int:
        """The revision that the page was made from. Raises InvalidInputError."""
        return parse_whole(self.revision.data or "", what="版本", most=SERIAL_MAX, field="revision")

    @property
    def expected_fen(self) -> int:
        """What all lines are expected to cost."""
        return sum(line.total_fen for line in self.lines)

    def draft(self) -> PurchaseDraft:
        """The draft as services take it. Raises InvalidInputError."""
        _ = self.pieces  # quantities first
        budget = self.budget.data
        return PurchaseDraft(
            title=self.title.data,
            wanted_on=self.wanted_on.data,
            lines=tuple(line.wanted() for line in self.lines),
            budget_fen=parse_yuan(budget, what="预算", field="budget") if budget else 0,
        )

    def _line(self, good: Good, text: str) -> WantedLine:
        line = WantedLine(good, text[:20], cost_text=format_yuan(good.cost_fen) if good.cost_fen else "")
        self._read(line)
        return line


def suggested_pieces(text: str) -> dict[int, int]:
    """Pieces by good's serial from an address: "3:20,7:5". Raises InvalidInputError for what no page of ours sends."""
    pieces: dict[int, int] = {}
    if len(text) > SUGGESTED_LENGTH_MAX:
        raise InvalidInputError("建议的东西太多了，请分几次起草。")
    for part in filter(None, text.split(",")):
        serial, _, count = part.partition(":")
        pieces[parse_whole(serial, what="商品", most=SERIAL_MAX)] = parse_whole(count, what="数量", most=PIECES_MAX)
    return {serial: count for serial, count in pieces.items() if count}


class QuoteForm(Form):
    """What a seller asks."""

    supplier = LineField("供货商", [InputRequired("请写供货商。"), Length(max=60)])
    phone = LineField("电话", [Length(max=30)])
    total = LineField("总价（元）", [InputRequired("请填总价。"), NUMBER], description="全部东西，连运费。")
    quoted_on = DateField("哪天报的", [InputRequired("请填报价的日期。")])
    note = LineField("备注", [Length(max=200)], description="例如 送货上门、可退换。")
    key = HiddenField(validators=KEY)
    submit = SubmitField("记下这家报价")

    @property
    def quote(self) -> Quote:
        """The quote as services take it. Raises InvalidInputError."""
        return Quote(
            supplier=self.supplier.data,
            total_fen=parse_yuan(self.total.data, what="总价", field="total"),
            quoted_on=self.quoted_on.data,
            phone=self.phone.data,
            note=self.note.data,
        )


class HandInForm(Form):
    """Which quote is to be taken."""

    position = RadioField("选定哪一家", validate_choice=False, choices=[])
    few_reason = LineField("问不到三家的理由", [Length(max=200)])
    choice_reason = LineField("不选最便宜的理由", [Length(max=200)], description="选最便宜的就空着。")
    key = HiddenField(validators=KEY)
    submit = SubmitField("报上去，请人批准")

    def offer(self, quotes: Sequence[PurchaseQuote], asked: int) -> None:
        """Let one of these be chosen, the cheapest first; the reason for few is asked where few were asked."""
        ordered = sorted(quotes, key=lambda quote: (quote.total_fen, quote.position))
        self.position.choices = [
            SelectChoice(str(quote.position), f"{quote.supplier}　{format_yuan(quote.total_fen)} 元")
            for quote in ordered
        ]
        if asked >= THREE_QUOTES.sellers_min and not self.few_reason.errors:
            del self.few_reason
        else:
            self.few_reason.description = f"{THREE_QUOTES.source}是至少问 {THREE_QUOTES.sellers_min} 家。"

    @property
    def choice(self) -> Choice:
        """The choice as services take it. Raises InvalidInputError."""
        chosen = self.position.data
        if not chosen:
            raise InvalidInputError("请选定一家。", field="position")
        return Choice(
            position=parse_whole(chosen, what="报价", most=SERIAL_MAX, field="position"),
            few_reason=self.few_reason.data,
            choice_reason=self.choice_reason.data,
        )


class ApproveForm(Form):
    """Yes to a purchase. revision: what the person saw."""

    note = LineField("审批意见", [Length(max=200)], description="没有意见就空着。")
    revision = HiddenField(validators=[NUMBER])
    key = HiddenField(validators=KEY)
    submit = SubmitField("同意采购")

    @property
    def revision_seen(self) -> int:
        """The revision that the page was made from. Raises InvalidInputError."""
        return parse_whole(self.revision.data or "", what="版本", most=SERIAL_MAX, field="revision")


class ReasonForm(Form):
    """Sending back, cancelling: with a reason."""

    reason = LineField("原因", [InputRequired("请写明原因。"), Length(max=200)])
    key = HiddenField(validators=KEY)


class ShortfallForm(Form):
    """Nothing more will come."""

    shortfall = LineField("为什么没来齐", [InputRequired("请写明原因。"), Length(max=200)])
    key = HiddenField(validators=KEY)


class PublishForm(Form):
    """It hangs on the wall."""

    hung_on = DateField("哪天贴的", [InputRequired("请填张贴的日期。")])
    hung_where = LineField("贴在哪里", [InputRequired("请写贴在哪里。"), Length(max=60)])
    key = HiddenField(validators=KEY)
    submit = SubmitField("登记张贴")


class VoucherForm(Form):
    """The town's voucher number."""

    voucher = LineField("财务凭证号", [InputRequired("请填凭证号。"), Length(max=40)])
    key = HiddenField(validators=KEY)
    submit = SubmitField("记下凭证号")


@dataclass
class CameLine:
    """What came of one line, as typed: empty pieces for nothing."""

    line: LineCame
    pieces: str = ""
    cost: str = ""
    expires: str = ""
    note: str = ""
    error: str = ""

    def arrival(self) -> Arrival | None:
        """The line as services take it, None where nothing came; what is wrong is kept. Raises InvalidInputError."""
        try:
            quantity = parse_whole(self.pieces, what="数量", most=PIECES_MAX) if self.pieces else 0
            if not quantity:
                return None
            cost_fen = parse_yuan(self.cost, what="单价") if self.cost else None
            expires_on = date.fromisoformat(self.expires) if self.expires else None
        except InvalidInputError as wrong:
            self.error = wrong.message
            raise
        except ValueError as wrong:
            self.error = "到期日要写成 2027-05-01 这样。"
            raise InvalidInputError("有一行没有填对，请先改好。") from wrong
        return Arrival(self.line.good.id, quantity, cost_fen, expires_on, self.note)


class PurchaseReceiptForm(Form):
    """What came for a purchase, one row for each line; the rows are fields of their own: pieces-SERIAL and so on."""

    received_on = DateField("哪天收的", [Optional()])
    second_receiver = LineField(
        "和谁一起验收",
        [InputRequired("请写另一个验收人的姓名。"), Length(max=40)],
        description="两个人验收，不能是您自己。",
    )
    note = LineField("备注", [Length(max=100)], description="例如 送货单号。")
    key = HiddenField(validators=KEY)

    def __init__(self, lines: Sequence[LineCame], **values: Any) -> None:
        super().__init__(**values)
        self.rows = [CameLine(line, str(line.left) if line.left > 0 else "", _yuan(line.price_fen)) for line in lines]

    def read_rows(self) -> None:
        """Take what was typed into the rows."""
        for row in self.rows:
            serial = row.line.good.serial
            row.pieces, row.cost, row.expires, row.note = (
                request.form.get(f"{name}-{serial}", "").strip()[:most]
                for name, most in (("pieces", 20), ("cost", 20), ("expires", 20), ("note", 100))
            )

    def part(self, today: date) -> PartReceived:
        """What came, as services take it. Raises InvalidInputError."""
        arrivals = tuple(arrival for row in self.rows if (arrival := row.arrival()) is not None)
        if not arrivals:
            raise InvalidInputError("一样都没有填数量。收到的填数量，没来的空着。")
        return PartReceived(self.received_on.data or today, arrivals, self.second_receiver.data, self.note.data)


def _yuan(fen: int) -> str:
    return format_yuan(fen) if fen else ""
