"""送货单: what a supplier delivers, from an .xlsx, and the sheet that the shop gives out to be filled in."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, PointsBankError, TooLargeError
from pointsbank.foundation.points import parse_yuan
from pointsbank.foundation.spreadsheets import FILE_FIELD, Column, RefusedRow, SheetRow, read_sheet, write_sheet
from pointsbank.foundation.texts import clean_text, parse_whole
from pointsbank.market.models import Good
from pointsbank.market.services import RECEIVE_LINES_MAX, Arrival, clean_barcode
from pointsbank.market.stock import PIECES_MAX
from pointsbank.places.models import Place

TITLE = "送货单"
CODE, BARCODE, NAME, QUANTITY, COST, EXPIRY, NOTE = (
    "商品编号",
    "条码",
    "名称",
    "数量",
    "单价（元）",
    "到期日",
    "备注",
)
DELIVERY_COLUMNS = (
    Column(CODE, ("编号", "编码", "商品编码", "货号")),
    Column(BARCODE, ("商品条码", "条形码", "国际条码"), width=18),
    Column(NAME, ("品名", "商品名称", "货品名称"), width=24),
    Column(QUANTITY, ("件数", "送货数量", "实送数量"), required=True, width=8),
    Column(COST, ("单价", "进价", "单价(元)")),
    Column(EXPIRY, ("有效期至", "有效期", "保质期至", "到期日期")),
    Column(NOTE, ("说明",), width=24),
)


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A row that can be received. cost_fen: of one piece, None where the sheet says nothing."""

    good: Good
    quantity: int
    cost_fen: int | None
    expires_on: date | None
    note: str

    @property
    def arrival(self) -> Arrival:
        """The way services take it."""
        return Arrival(self.good.id, self.quantity, self.cost_fen, self.expires_on, self.note)


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """What a sheet holds: what can be received, and the rows that cannot, with their reasons."""

    lines: list[NoteLine] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)


def read_delivery_note(village: Place, content: bytes) -> DeliveryNote:
    """The rows of a delivery note, each known by barcode, else by code; a row without a quantity is left out.

    Raises what foundation.spreadsheets.read_sheet raises for a file that is none, TooLargeError.
    """
    rows = read_sheet(content, DELIVERY_COLUMNS)
    if len(rows) > RECEIVE_LINES_MAX:
        raise TooLargeError(f"一张送货单最多 {RECEIVE_LINES_MAX} 行，请分成几个文件。", field=FILE_FIELD)
    goods = _goods(village.id)
    found = DeliveryNote()
    for row in rows:
        column = [CODE]
        try:
            if line := _line(row, goods, column):
                found.lines.append(line)
        except PointsBankError as wrong:
            found.refused.append(RefusedRow(row.number, column[0], wrong.message))
    return found


def blank_delivery_note(village: Place) -> bytes:
    """The village's goods with empty quantities, for a supplier to fill in."""
    query = (
        select(Good)
        .where(Good.village_id == village.id, Good.offered, ~Good.is_service)
        .options(selectinload(Good.barcodes))
        .order_by(Good.serial)
    )
    rows = [
        [good.code, good.barcodes[0].barcode if good.barcodes else "", good.title, None, None, None, None]
        for good in session().scalars(query)
    ]
    return write_sheet(TITLE, DELIVERY_COLUMNS, rows)


def _goods(village_id: int) -> dict[str, Good]:
    """The village's goods by code and by each barcode."""
    query = select(Good).where(Good.village_id == village_id).options(selectinload(Good.barcodes))
    goods: dict[str, Good] = {}
    for good in session().scalars(query):
        goods[good.code] = good
        goods |= {barcode.barcode: good for barcode in good.barcodes}
    return goods


def _line(row: SheetRow, goods: dict[str, Good], column: list[str]) -> NoteLine | None:
    """A row read, None when nothing was delivered of it; column: where reading is, for the reason. Raises."""
    column[0] = QUANTITY
    if not row.text(QUANTITY):
        return None
    quantity = parse_whole(row.text(QUANTITY), what="数量", most=PIECES_MAX)
    if not quantity:
        return None
    barcode, code = clean_barcode(row.text(BARCODE)), row.text(CODE).upper()
    column[0] = BARCODE if barcode else CODE
    good = goods.get(barcode) or goods.get(code)
    if good is None:
        raise InvalidInputError("商品表里没有这个条码或编号。请先到“一市”添加这样商品，或改正号码。")
    if good.is_service:
        raise InvalidInputError("这是服务，不用入库。请删去这一行。")
    column[0] = COST
    cost_fen = parse_yuan(row.text(COST), what="单价") if row.text(COST) else None
    if cost_fen is not None and cost_fen < 0:
        raise InvalidInputError("单价不能是负数。")
    column[0] = EXPIRY
    expires_on = row.day(EXPIRY)
    column[0] = NOTE
    note = clean_text(row.text(NOTE), what="备注", length_max=100)
    return NoteLine(good, quantity, cost_fen, expires_on, note)
