"""What people fill in about goods, deliveries, baskets and undoing. Prices and totals always come from the server."""

import base64
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    PasswordField,
    SelectChoice,
    SelectField,
    SubmitField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pointsbank.foundation.errors import InvalidInputError, NotFoundError, TooLargeError
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.foundation.periods import SPAN_NAMES, Span
from pointsbank.foundation.points import format_points, format_yuan, parse_points, parse_yuan
from pointsbank.foundation.texts import parse_whole
from pointsbank.market import queries
from pointsbank.market.models import Good, MoveKind, RedemptionLine
from pointsbank.market.services import LINES_MAX, QUANTITY_MAX, RECEIVE_LINES_MAX, GoodDetails
from pointsbank.market.services.goods import LABELS, SHELF_LIFE_DAYS_MAX
from pointsbank.market.stock import PIECES_MAX
from pointsbank.web.forms import Form, LineField, LinesField, WholeField

MOVE_NAMES = {
    MoveKind.RECEIVE: "进货",
    MoveKind.ISSUE: "兑换",
    MoveKind.RETURN: "退货",
    MoveKind.VOID: "作废退回",
    MoveKind.WRITE_OFF: "报损",
    MoveKind.COUNT: "盘点",
}
SERIAL_MAX = 999_999_999
GOODS_FILE_BYTES_MAX = 1024 * 1024  # 2,000 goods have 200 kB; it travels with the page of the preview
EXPIRED = "页面已经过期，请刷新后重新提交。"
KEY = [InputRequired(EXPIRED), Length(max=64)]
SCAN_LENGTH_MAX = 100  # a card's QR has 48 characters and the village's code
_NUMBER = Length(max=20)  # digits that anybody would type


# --- goods ---


class GoodsFilterForm(Form):
    """Which goods are listed, a page by key."""

    class Meta:
        csrf = False  # a question by GET

    words = LineField("名称、编号、首字母或条码", [Length(max=60, message="最多 60 个字。")])
    category = SelectField("类别", default="")
    offered = SelectField(
        "上架",
        choices=[SelectChoice("", "全部"), SelectChoice("1", "上架的"), SelectChoice("0", "下架的")],
        default="",
    )
    below = BooleanField("只看货快没了的", false_values=(False, "false", "", "0"))
    after = LineField(validators=[_NUMBER])

    def __init__(self, categories: Sequence[str], **values: Any) -> None:
        super().__init__(**values)
        self.category.choices = [SelectChoice("", "全部"), *(SelectChoice(name, name) for name in categories)]

    @property
    def last_serial(self) -> int:
        """The serial after which the page begins. Raises InvalidInputError."""
        return parse_whole(self.after.data or "0", what="页码", most=SERIAL_MAX, field="after")


class MovesFilterForm(Form):
    """Which moves are listed, a page by key."""

    class Meta:
        csrf = False  # a question by GET

    words = LineField("商品名称、编号或条码", [Length(max=60, message="最多 60 个字。")])
    kind = SelectField(
        "种类",
        choices=[SelectChoice("", "全部"), *(SelectChoice(kind.value, name) for kind, name in MOVE_NAMES.items())],
        default="",
    )
    before = LineField(validators=[_NUMBER])

    @property
    def move_kind(self) -> MoveKind | None:
        """The kind chosen, None for all."""
        return MoveKind(self.kind.data) if self.kind.data else None

    @property
    def first_sequence(self) -> int | None:
        """The sequence before which the page begins. Raises InvalidInputError."""
        text = self.before.data
        return parse_whole(text, what="页码", most=10**12 - 1, field="before") if text else None


class GoodForm(Form):
    """A good's details. version: what the person saw; 0 for a new one, which carries a key instead."""

    code = LineField(LABELS["code"], [InputRequired("请填写商品编号。"), Length(max=20)], description="例如 SP001。")
    name = LineField(LABELS["name"], [InputRequired("请填写名称。"), Length(max=60)])
    spec = LineField(LABELS["spec"], [Length(max=60)], description="例如 5kg/袋。")
    unit = LineField(LABELS["unit"], [InputRequired("请填写单位。"), Length(max=20)], description="袋、瓶、块……")
    category = LineField(LABELS["category"], [InputRequired("请填写类别。"), Length(max=40)])
    name_en = LineField(LABELS["name_en"], [Length(max=80)])
    points_price = LineField(
        LABELS["points_price"], [InputRequired("请填写兑换积分。"), _NUMBER], description="已下的单子保持原价。"
    )
    cost_fen = LineField(LABELS["cost_fen"], [_NUMBER])
    stock_min = LineField(LABELS["stock_min"], [_NUMBER], description="少于这个数，列表里会标出来。")
    shelf_life_days = LineField(LABELS["shelf_life_days"], [_NUMBER], description="0 就是不过期。")
    limit_quantity = LineField(LABELS["limit_quantity"], [_NUMBER], description="不限就空着。")
    limit_span = SelectField(
        LABELS["limit_span"],
        choices=[SelectChoice("", "不限"), *(SelectChoice(span.value, name) for span, name in SPAN_NAMES.items())],
    )
    barcodes = LinesField(LABELS["barcodes"], [Length(max=300)], description="一行一个，可以用扫码枪扫。")
    offered = BooleanField("上架，可以兑换")
    version = HiddenField(default="0", validators=[_NUMBER])
    key = HiddenField(validators=[Length(max=64)])
    submit = SubmitField("保存")

    @property
    def version_seen(self) -> int:
        """The version that the page was made from. Raises InvalidInputError."""
        return parse_whole(self.version.data or "", what="版本", most=SERIAL_MAX, field="version")

    @classmethod
    def showing(cls, good: Good) -> "GoodForm":
        """The form filled in with a good as it stands."""
        shown = {
            **{name: getattr(good, name) for name in LABELS},
            "points_price": format_points(good.points_price),
            "cost_fen": format_yuan(good.cost_fen),
            "stock_min": str(good.stock_min),
            "shelf_life_days": str(good.shelf_life_days),
            "limit_quantity": str(good.limit_quantity or ""),
            "limit_span": good.limit_span.value if good.limit_span else "",
            "barcodes": "\n".join(barcode.barcode for barcode in good.barcodes),
            "version": str(good.version),
        }
        return cls(data=shown)

    def details(self) -> GoodDetails:
        """What was filled in. Raises InvalidInputError with the field."""
        return GoodDetails(
            code=self.code.data,
            name=self.name.data,
            name_en=self.name_en.data,
            spec=self.spec.data,
            unit=self.unit.data,
            category=self.category.data,
            points_price=parse_points(self.points_price.data, what=LABELS["points_price"], field="points_price"),
            cost_fen=parse_yuan(self.cost_fen.data or "0", what=LABELS["cost_fen"], field="cost_fen"),
            stock_min=self._whole("stock_min", PIECES_MAX) or 0,
            shelf_life_days=self._whole("shelf_life_days", SHELF_LIFE_DAYS_MAX) or 0,
            limit_quantity=self._whole("limit_quantity", QUANTITY_MAX),
            limit_span=Span(self.limit_span.data) if self.limit_span.data else None,
            offered=self.offered.data,
            barcodes=tuple(self.barcodes.data.split()),
        )

    def _whole(self, name: str, most: int) -> int | None:
        text = self._fields[name].data
        return parse_whole(text, what=LABELS[name], most=most, field=name) if text else None


class WriteOffForm(Form):
    """Spoilt or lost pieces."""

    quantity = LineField("报损数量", [InputRequired("请填写数量。"), _NUMBER])
    reason = LineField(
        "报损原因", [InputRequired("请写明原因。"), Length(max=200)], description="例如：受潮、过期、破损。"
    )
    key = HiddenField(validators=KEY)
    submit = SubmitField("报损")

    @property
    def pieces(self) -> int:
        """How many. Raises InvalidInputError."""
        return parse_whole(self.quantity.data, what="数量", most=PIECES_MAX, field="quantity")


class CountForm(Form):
    """What was counted on the shelf. on_hand_seen: what the book said on the page."""

    counted = LineField("实际数到", [InputRequired("请填写数到的数量。"), _NUMBER], description="货架和仓库一起数。")
    count_reason = LineField("相差的原因", [Length(max=200)], description="数量一致就空着。")
    on_hand_seen = HiddenField(validators=[_NUMBER])
    key = HiddenField(validators=KEY)
    submit = SubmitField("记下盘点")

    @property
    def pieces(self) -> tuple[int, int]:
        """Counted, and on hand as the page said. Raises InvalidInputError."""
        counted = parse_whole(self.counted.data, what="数到的数量", most=PIECES_MAX, field="counted")
        return counted, parse_whole(self.on_hand_seen.data, what="账面数量", most=PIECES_MAX, field="on_hand_seen")


class GoodsFileForm(Form):
    """An .xlsx of goods. content: the file of the preview, which travels with the page so that it is chosen once."""

    file = FileField("商品表（.xlsx）")
    content = HiddenField()
    seen = HiddenField(validators=[Length(max=64)])  # digest of the preview that is agreed to
    key = HiddenField(validators=KEY)
    submit = SubmitField("先看看会改什么")

    def read(self) -> bytes:
        """The file chosen now, else that of the preview. Raises InvalidInputError, TooLargeError."""
        if self.file.data:
            with closing(self.file.data) as chosen:
                content: bytes = chosen.read(GOODS_FILE_BYTES_MAX + 1)
        else:
            try:
                content = base64.b64decode(self.content.data or "", validate=True)
            except ValueError as wrong:
                raise InvalidInputError("请重新选一次文件。", field="file") from wrong
        if not content:
            raise InvalidInputError("请先选一个文件。", field="file")
        if len(content) > GOODS_FILE_BYTES_MAX:
            raise TooLargeError("商品表超过 1 MB，请删去图片和多余的表。", field="file")
        self.content.data = base64.b64encode(content).decode()
        return content


# --- baskets ---


@dataclass
class BasketLine:
    """A line as posted: the quantity as text, so that what was typed is kept, and what is wrong with it."""

    good: Good
    text: str
    error: str = ""
    quantity: int = 0

    @property
    def points(self) -> int:
        """Price of the line now, in units."""
        return self.good.points_price * self.quantity


class BasketForm(Form):
    """Lines of goods that travel with the page; a scan, a pick or a removal changes them, nothing else does."""

    scan = LineField("扫条码，或输入编号、名称、首字母", [Length(max=SCAN_LENGTH_MAX)])
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
    )
    submit = SubmitField("下一步")


class CounterForm(BasketForm):
    """A household's basket at the counter. points_seen: the total that stands on the page, in units."""

    points_seen = HiddenField(validators=[_NUMBER])
    pin = PasswordField("积分卡密码", [Length(max=20)], render_kw={"autocomplete": "off", "inputmode": "numeric"})

    @property
    def seen(self) -> int:
        """The total the person agreed to. Raises InvalidInputError."""
        return parse_whole(self.points_seen.data or "", what="合计", most=10**12 - 1)

    @property
    def is_confirmed(self) -> bool:
        """Whether the basket is to be handed over: by the button, or by Enter after the PIN."""
        by_pin = self.pin.data and "pick" not in request.form and "remove" not in request.form
        return not self.scan.data and bool("confirm" in request.form or by_pin)

    def change(self) -> None:
        """The same as for every basket; what came in by the same act was not in the total that was confirmed."""
        super().change()
        if "confirm" in request.form and not self.found:
            raise InvalidInputError("扫描框里的东西刚加进来，合计变了。请看清后再确认一次。", field="scan")


class ReceiveForm(BasketForm):
    """A delivery."""

    lines_max = RECEIVE_LINES_MAX
    quantity_max = PIECES_MAX
    offered_only = False

    source = LineField("来源", [Length(max=200)], description="供货商，或捐赠人。会写进库存流水。")
    received_on = DateField("入库日期", [Optional()])


# --- handing over and undoing ---


class RedemptionsForm(Form):
    """Which redemptions are listed. household: an id, from a link."""

    class Meta:
        csrf = False  # a question by GET

    number = LineField("小票号", [_NUMBER], render_kw={"inputmode": "numeric"})
    words = LineField("住户（姓名、户号，或刷卡）", [Length(max=SCAN_LENGTH_MAX)])
    household = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])
    before = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])


class HandOverForm(Form):
    """An order at the counter."""

    pin = PasswordField("积分卡密码", [Length(max=20)], render_kw={"autocomplete": "off", "inputmode": "numeric"})
    key = HiddenField(validators=KEY)


class KeyForm(Form):
    """A button that asks once."""

    key = HiddenField(validators=KEY)


class VoidForm(Form):
    """Undo a whole redemption."""

    reason = LineField("作废原因", [InputRequired("请写明原因。"), Length(max=200)])
    key = HiddenField(validators=KEY)


class ReturnForm(Form):
    """Pieces of one line that come back."""

    position = HiddenField(validators=[_NUMBER])
    quantity = LineField("退几件", [InputRequired("请填写数量。"), _NUMBER])
    reason = LineField("退换原因", [InputRequired("请写明原因。"), Length(max=200)])
    key = HiddenField(validators=KEY)

    @classmethod
    def of_line(cls, line: RedemptionLine) -> "ReturnForm":
        """The form of one line, with ids of its own: several stand on a page."""
        form = cls(formdata=None, position=str(line.position), quantity=str(line.quantity - line.returned))
        for field in (form.quantity, form.reason):
            field.id = f"{field.id}-{line.position}"
        return form

    def take_over(self, refused: "ReturnForm") -> None:
        """Show what was typed into this line's form, and what was wrong with it."""
        for mine, theirs in ((self.quantity, refused.quantity), (self.reason, refused.reason), (self.key, refused.key)):
            mine.data, mine.errors = theirs.data, theirs.errors

    @property
    def line(self) -> tuple[int, int]:
        """Position and pieces. Raises InvalidInputError."""
        position = parse_whole(self.position.data, what="行号", most=LINES_MAX)
        return position, parse_whole(self.quantity.data, what="数量", most=QUANTITY_MAX, field="quantity")
