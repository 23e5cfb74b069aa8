"""Goods: the list and its filters, one good, its photo, the goods sheet."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    SelectChoice,
    SelectField,
    SubmitField,
)
from wtforms.validators import InputRequired, Length, Optional

from pointsbank.foundation import clock
from pointsbank.foundation.periods import SPAN_NAMES, Span
from pointsbank.foundation.pictures import FILE_BYTES_MAX, PictureRefusedError
from pointsbank.foundation.points import format_points, format_yuan, parse_points, parse_yuan
from pointsbank.foundation.texts import parse_whole
from pointsbank.market.forms.fields import KEY, NUMBER, SCANNED, SERIAL_MAX
from pointsbank.market.models import Good, MoveKind
from pointsbank.market.services import QUANTITY_MAX, GoodDetails
from pointsbank.market.services.goods import LABELS, SHELF_LIFE_DAYS_MAX, day_of_year_in_words
from pointsbank.market.stock import PIECES_MAX
from pointsbank.web.forms import Form, LineField, LinesField, SheetFileForm

MOVE_NAMES = {
    MoveKind.RECEIVE: "进货",
    MoveKind.ISSUE: "兑换",
    MoveKind.RETURN: "退货",
    MoveKind.VOID: "作废退回",
    MoveKind.WRITE_OFF: "报损",
    MoveKind.COUNT: "盘点",
}


class GoodsFilterForm(Form):
    """Which goods are listed, a page by key."""

    class Meta:
        csrf = False  # a question by GET

    words = LineField("名称、编号、首字母或条码", [Length(max=60, message="最多 60 个字。")], render_kw=SCANNED)
    category = SelectField("类别", default="")
    offered = SelectField(
        "上架",
        choices=[SelectChoice("", "全部"), SelectChoice("1", "上架的"), SelectChoice("0", "下架的")],
        default="",
    )
    below = BooleanField("只看货快没了的", false_values=(False, "false", "", "0"))
    after = LineField(validators=[NUMBER])

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

    words = LineField("商品名称、编号或条码", [Length(max=60, message="最多 60 个字。")], render_kw=SCANNED)
    kind = SelectField(
        "种类",
        choices=[SelectChoice("", "全部"), *(SelectChoice(kind.value, name) for kind, name in MOVE_NAMES.items())],
        default="",
    )
    before = LineField(validators=[NUMBER])

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
        LABELS["points_price"], [InputRequired("请填写兑换积分。"), NUMBER], description="已下的单子保持原价。"
    )
    price_from = DateField("新价从哪天起", [Optional()], description="改了积分才用填，空着就是今天起。")
    cost_fen = LineField(LABELS["cost_fen"], [NUMBER])
    stock_min = LineField(LABELS["stock_min"], [NUMBER], description="少于这个数，列表里会标出来。")
    shelf_life_days = LineField(LABELS["shelf_life_days"], [NUMBER], description="0 就是不过期。")
    limit_quantity = LineField(LABELS["limit_quantity"], [NUMBER], description="不限就空着。")
    limit_span = SelectField(
        LABELS["limit_span"],
        choices=[SelectChoice("", "不限"), *(SelectChoice(span.value, name) for span, name in SPAN_NAMES.items())],
    )
    barcodes = LinesField(
        LABELS["barcodes"], [Length(max=300)], description="一行一个，可以用扫码枪扫。", render_kw=SCANNED
    )
    makes_barcode = BooleanField("没有条码，编一个店内条码")
    offered = BooleanField("上架，可以兑换")
    is_service = BooleanField("这是服务，没有库存（理发一次、量血压……）")
    provider = LineField(LABELS["provider"], [Length(max=40)], description="例如 王师傅理发店。")
    service_on = DateField(LABELS["service_on"], [Optional()], description="只在那一天才填，过了就不能再换。")
    season_from = LineField(LABELS["season_from"], [NUMBER], description="例如 5月20日；全年都有就空着。")
    season_to = LineField(LABELS["season_to"], [NUMBER], description="可以跨年，例如 11月1日到 2月28日。")
    version = HiddenField(default="0", validators=[NUMBER])
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
            "points_price": format_points(good.price_on(clock.today())),
            "cost_fen": format_yuan(good.cost_fen),
            "stock_min": str(good.stock_min),
            "shelf_life_days": str(good.shelf_life_days),
            "limit_quantity": str(good.limit_quantity or ""),
            "limit_span": good.limit_span.value if good.limit_span else "",
            "barcodes": "\n".join(barcode.barcode for barcode in good.barcodes),
            "season_from": day_of_year_in_words(good.season_from) if good.season_from else "",
            "season_to": day_of_year_in_words(good.season_to) if good.season_to else "",
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
            is_service=self.is_service.data,
            provider=self.provider.data,
            service_on=self.service_on.data,
            season_from=self.season_from.data,
            season_to=self.season_to.data,
        )

    @property
    def has_more(self) -> bool:
        """Whether what most goods do not have is filled in, or refused."""
        more = (self.is_service, self.provider, self.service_on, self.season_from, self.season_to)
        return any(field.data or field.errors for field in more)

    def _whole(self, name: str, most: int) -> int | None:
        text = self._fields[name].data
        return parse_whole(text, what=LABELS[name], most=most, field=name) if text else None


class PhotoForm(Form):
    """The photo of a good."""

    file = FileField(
        "照片",
        description="手机拍的照片就行，不超过 5 兆。存的时候会缩小，并去掉拍摄地点等信息。",
        render_kw={"accept": ".jpg,.jpeg,.png,.webp"},
    )
    submit = SubmitField("传这张照片")

    def read(self) -> bytes:
        """What was chosen, as it came. Raises PictureRefusedError when nothing was."""
        if not self.file.data:
            raise PictureRefusedError("请先选一张照片。")
        with closing(self.file.data) as upload:
            content: bytes = upload.read(FILE_BYTES_MAX + 1)
        return content


class GoodsFileForm(SheetFileForm):
    """An .xlsx of goods; 2,000 goods have 200 kB."""

    what = "商品表"

    file = FileField("商品表（.xlsx）")
    seen = HiddenField(validators=[Length(max=64)])  # digest of the preview that is agreed to
    key = HiddenField(validators=KEY)
    submit = SubmitField("先看看会改什么")
