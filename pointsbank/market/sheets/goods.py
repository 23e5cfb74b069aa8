"""Goods in and out of .xlsx. An import first says what it would do, then does all of it or nothing."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from config import ROOT
from pointsbank.audit import services as audit
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import EnvironmentProblemError, InvalidInputError, PointsBankError, TooLargeError
from pointsbank.foundation.periods import SPAN_NAMES
from pointsbank.foundation.points import format_points, format_yuan, parse_points, parse_yuan
from pointsbank.foundation.spreadsheets import (
    FILE_FIELD,
    Column,
    ImportReport,
    RefusedRow,
    SheetRow,
    read_sheet,
    write_sheet,
)
from pointsbank.foundation.texts import parse_whole
from pointsbank.ledger import services as ledger
from pointsbank.market import services
from pointsbank.market.errors import ChangedMeanwhileError
from pointsbank.market.models import Good
from pointsbank.market.services import QUANTITY_MAX, GoodDetails
from pointsbank.market.services.goods import (
    LABELS,
    SHELF_LIFE_DAYS_MAX,
    check_may_be_given,
    clean_code,
    cleaned,
    parse_day_of_year,
    refuse_turning,
)
from pointsbank.market.stock import PIECES_MAX
from pointsbank.places.models import Place

GOODS_MAX = 2_000  # rows of one file; a village has 35 to 150 goods
TITLE = "商品"
STANDARD_GOODS = ROOT / "sample" / "goods.xlsx"

_SPANS = {name: span for span, name in SPAN_NAMES.items()}
_YES_NO = {"是": True, "上架": True, "√": True, "否": False, "下架": False, "×": False}
_SEPARATORS = re.compile(r"[\s,，、;；/|]+")


@dataclass(frozen=True, slots=True)
class _Part:
    """A column with the detail it holds, and how to read and write it."""

    detail: str
    parse: Callable[[str], Any]
    write: Callable[[Any], str | int | Decimal | date | None]
    aliases: tuple[str, ...] = ()
    required: bool = False
    width: int = 12
    is_day: bool = False  # read as a day of the calendar, not by parse

    @property
    def column(self) -> Column:
        """The column as the spreadsheet has it."""
        return Column(LABELS[self.detail], self.aliases, self.required, self.width)


def _whole(detail: str, most: int) -> Callable[[str], int]:
    return lambda text: parse_whole(text, what=LABELS[detail], most=most, field=detail)


def _one_of(detail: str, choices: dict[str, Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        if text not in choices:
            raise InvalidInputError(f"{LABELS[detail]}要填{'、'.join(choices)}中的一个。", field=detail)
        return choices[text]

    return parse


def _yes_or_no(value: bool) -> str:
    return "是" if value else "否"


def _day_of_year(detail: str) -> Callable[[str], str]:
    return lambda text: parse_day_of_year(text, field=detail)


def _barcodes(text: str) -> tuple[str, ...]:
    return tuple(part for part in _SEPARATORS.split(text) if part)


_PARTS = (
    _Part("code", clean_code, str, ("编号", "商品编码", "编码", "code"), required=True),
    _Part("barcodes", _barcodes, " ".join, ("商品条码", "条形码", "barcode", "barcodes"), width=30),
    _Part("name", str, str, ("商品名称", "品名", "name_zh"), required=True, width=18),
    _Part("name_en", str, str, ("英文名称", "name_en"), width=22),
    _Part("spec", str, str, ("商品规格", "spec"), width=16),
    _Part("unit", str, str, ("计量单位", "unit"), required=True, width=8),
    _Part("cost_fen", parse_yuan, lambda fen: Decimal(format_yuan(fen)), ("成本价", "成本(元)", "进价", "cost_yuan")),
    _Part(
        "points_price",
        parse_points,
        lambda units: Decimal(format_points(units)),
        ("积分", "所需积分", "积分价", "points_price"),
        required=True,
    ),
    _Part("category", str, str, ("分类", "商品类别", "category"), required=True, width=14),
    _Part("stock_min", _whole("stock_min", PIECES_MAX), int, ("库存下限", "min_stock")),
    _Part("shelf_life_days", _whole("shelf_life_days", SHELF_LIFE_DAYS_MAX), int, ("保质期", "shelf_life_days")),
    _Part("limit_quantity", _whole("limit_quantity", QUANTITY_MAX), lambda pieces: pieces, ("每户限换数量",)),
    _Part("limit_span", _one_of("limit_span", _SPANS), lambda span: SPAN_NAMES[span] if span else "", ("限换周期",)),
    _Part("offered", _one_of("offered", _YES_NO), _yes_or_no, ("是否上架",), width=8),
    _Part("is_service", _one_of("is_service", _YES_NO), _yes_or_no, ("是否服务",), width=8),
    _Part("provider", str, str, ("服务人", "服务单位"), width=14),
    _Part("service_on", str, lambda day: day, ("服务日期",), is_day=True),
    _Part("season_from", _day_of_year("season_from"), lambda day: day or "", ("上市时间",)),
    _Part("season_to", _day_of_year("season_to"), lambda day: day or "", ("下市时间",)),
)
GOODS_COLUMNS = tuple(part.column for part in _PARTS)
_BLANK = {item.name: item.default for item in fields(GoodDetails)}


def export_goods(village: Place) -> bytes:
    """All goods of a village; what is written here is read back as unchanged."""
    rows = []
    for good in _goods(village.id).values():
        details = services.details_of(good)
        rows.append([part.write(getattr(details, part.detail)) for part in _PARTS])
    return write_sheet(TITLE, GOODS_COLUMNS, rows)


class _RefusedError(Exception):
    """Ends the transaction of an import that is refused, so that its key is free for the corrected file."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.report = report


@dataclass(frozen=True, slots=True)
class ChangedGood:
    """A good that an import would change. changes: name of the detail, as it is, as it would be."""

    code: str
    title: str
    changes: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do, good by good. digest: of exactly this; apply_import takes it as plan_seen."""

    report: ImportReport
    new: list[GoodDetails]
    changed: list[ChangedGood]
    digest: str


def preview_import(village: Place, content: bytes) -> ImportPreview:
    """plan_import with every good named, for the page that asks before it is done. Raises what plan_import raises."""
    return _Plan(village.id, _read(content)).preview()


def standard_goods() -> bytes:
    """The .xlsx of common goods that comes with the program. Raises EnvironmentProblemError when it was removed."""
    try:
        return STANDARD_GOODS.read_bytes()
    except OSError as wrong:
        raise EnvironmentProblemError("程序自带的商品表不在了。请导入自己的商品表，或重新安装程序。") from wrong


def plan_import(village: Place, content: bytes) -> ImportReport:
    """What an import of this file of goods would do; changes nothing.

    Goods are known by their code. A column that is missing leaves the detail as it is, a blank cell empties it; goods
    that are not in the file stay. Raises what foundation.spreadsheets.read_sheet raises for a file that is none.
    """
    return _Plan(village.id, _read(content)).report()


def apply_import(village: Place, content: bytes, actor: Actor, key: str, plan_seen: str = "") -> ImportReport:
    """Import goods once per key: all of them, or nothing if any row is refused.

    plan_seen: digest of the preview that the person agreed to, if there was one. Raises what plan_import raises, and
    ChangedMeanwhileError when the import would no longer do just that.
    """
    rows = _read(content)

    def act() -> dict[str, Any]:
        plan = _Plan(village.id, rows)
        if plan.refused:
            raise _RefusedError(plan.report())
        if plan_seen and plan_seen != plan.digest():
            raise ChangedMeanwhileError("要导入的和刚才看到的不一样了，还没有导入。请看清下面的新结果再确认。")
        plan.write(village, actor)
        audit.record(village.id, actor, "goods.import", "goods", f"新增 {len(plan.new)}，改动 {len(plan.changed)}")
        return replace(plan.report(), applied=True).to_json()

    sent = {"file": hashlib.sha256(content).hexdigest()}
    try:
        done = ledger.submit(village, key, "market.import_goods", sent, actor, act)
    except _RefusedError as refused:
        return refused.report
    return ImportReport(new=done["new"], changed=done["changed"], unchanged=done["unchanged"], applied=True)


def _read(content: bytes) -> list[SheetRow]:
    rows = read_sheet(content, GOODS_COLUMNS)
    if len(rows) > GOODS_MAX:
        raise TooLargeError(f"商品最多 {GOODS_MAX:,} 行，请分成几个文件。", field=FILE_FIELD)
    return rows


def _goods(village_id: int) -> dict[str, Good]:
    """A village's goods by code, in the order they were added."""
    query = select(Good).where(Good.village_id == village_id).options(selectinload(Good.barcodes)).order_by(Good.serial)
    return {good.code: good for good in session().scalars(query)}


@dataclass
class _Plan:
    """What an import will do."""

    village_id: int
    rows: list[SheetRow]
    new: list[GoodDetails] = field(default_factory=list)
    changed: list[tuple[int, GoodDetails, int]] = field(default_factory=list)  # serial, details, version
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stored = _goods(self.village_id)
        self._row_of_code: dict[str, int] = {}
        self._code_of_barcode = {
            barcode.barcode: code for code, good in self._stored.items() for barcode in good.barcodes
        }
        for row in self.rows:
            try:
                self._take(row)
            except PointsBankError as wrong:
                column = LABELS.get(wrong.field or "", "")
                self.refused.append(RefusedRow(row.number, column, wrong.message))

    def report(self) -> ImportReport:
        """The plan in numbers."""
        return ImportReport(len(self.new), len(self.changed), self.unchanged, self.refused)

    def digest(self) -> str:
        """Differs when the plan would do anything else, or to another version of a good."""
        return hashlib.sha256(repr((self.new, self.changed)).encode()).hexdigest()

    def preview(self) -> ImportPreview:
        """The plan, good by good."""
        changed = []
        for _, details, _ in self.changed:
            good = self._stored[details.code]
            changes = services.changes_in_words(services.details_of(good), details)
            changed.append(ChangedGood(good.code, good.title, changes))
        return ImportPreview(self.report(), self.new, changed, self.digest())

    def write(self, village: Place, actor: Actor) -> None:
        """Do it, inside the open transaction."""
        for serial, details, version in self.changed:
            services.change_good(village, serial, details, version, actor)
        for details in self.new:
            services.add_good(village, details, actor)

    def _take(self, row: SheetRow) -> None:
        """Sort a row in. Raises PointsBankError with the detail as its field."""
        said = {part.detail: self._read(part, row) for part in _PARTS if row.has(LABELS[part.detail])}
        good = self._stored.get(said["code"])
        known = services.details_of(good) if good else None
        details = cleaned(replace(known, **said) if known else GoodDetails(**said))
        self._refuse_doubles(row.number, details)
        if known is not None and details == known:
            self.unchanged += 1
            return
        check_may_be_given(details, is_new=good is None)
        if good is None:
            self.new.append(details)
            return
        if details.is_service != good.is_service:
            refuse_turning(good)
        self.changed.append((good.serial, details, good.version))

    def _read(self, part: _Part, row: SheetRow) -> Any:
        text = row.text(LABELS[part.detail])
        if text:
            try:
                return row.day(LABELS[part.detail]) if part.is_day else part.parse(text)
            except InvalidInputError as wrong:
                raise InvalidInputError(wrong.message, field=part.detail) from wrong
        if part.required:
            raise InvalidInputError(f"{LABELS[part.detail]}不能空着。", field=part.detail)
        return _BLANK[part.detail]

    def _refuse_doubles(self, number: int, details: GoodDetails) -> None:
        first = self._row_of_code.setdefault(details.code, number)
        if first != number:
            raise InvalidInputError(f"编号 {details.code} 在第 {first} 行已经有了，请删去一行。", field="code")
        for barcode in details.barcodes:
            owner = self._code_of_barcode.setdefault(barcode, details.code)
            if owner != details.code:
                raise InvalidInputError(f"条码 {barcode} 已经用在编号 {owner} 上。", field="barcodes")
