"""The one way in and out of .xlsx: what is read is checked first, what is written is read back the same.

A file is never trusted: its size, its unpacked size and its rows are limited, and whatever is wrong with it is told
in a sentence. What a cell means is for the room to say; here only the row, the column and the raw value are found.
"""

import math
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import from_excel

from pointsbank.foundation.errors import InvalidInputError, PointsBankError, TooLargeError

FILE_BYTES_MAX = 5 * 1024 * 1024
UNPACKED_BYTES_MAX = 50 * 1024 * 1024  # 133 kB can unpack to 52 MB
ROWS_MAX = 20_000
COLUMNS_MAX = 60
SHEET_ROWS_MAX = 1_048_576  # of the format; a row number beyond it would be counted up to for ever
HEADER_ROWS_MAX = 10  # titles and remarks above the header
FILE_FIELD = "file"

_CHUNK_BYTES = 64 * 1024
_OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")  # .xls and encrypted .xlsx
_ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")
_SAVE_AS = "请用 Excel 或 WPS 打开它，另存为“Excel 工作簿（.xlsx）”再上传。"
_BROKEN = f"文件损坏或不完整，打不开。{_SAVE_AS}"

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]|_x000D_")
_HEADER_NOISE = re.compile(r"[\s*:]")
_TOTAL = re.compile(r".{0,6}(合计|小计|总计|共计)[:：]?[0-9.]*[户人分元件]?")
_DAY = re.compile(r"([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})[日号]?(?:[ T].*)?")
_DAY_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})[-./年]([0-9]{1,2})月?")
_SERIAL_DAYS = range(3_654, 73_051)  # Excel's numbers for 1910-01-02 to 2100-01-01; smaller ones are years or slips

CellValue = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column by the name it is written with; aliases are other names that are read. width: in characters."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    width: int = 12


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with content. number: as the person sees it beside the row; cells: raw values by column name.

    A column that the file does not have is not in cells.
    """

    number: int
    cells: dict[str, CellValue]

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self.cells

    def text(self, column: str) -> str:
        """The cell as trimmed text on one line; a number with all its digits and no ".0"; "" if empty or missing."""
        return _text_of(self.cells.get(column))

    def day(self, column: str, *, month_is_enough: bool = False) -> date | None:
        """The cell as a day, None if empty. month_is_enough: a month alone stands for its first day.

        Takes date cells, Excel's day numbers, 1975.3.4, 1975-03-04, 1975/3/4, 1975年3月4日 and 19750304.
        Raises InvalidInputError with the column as its field.
        """
        value = self.cells.get(column)
        text = unicodedata.normalize("NFKC", self.text(column)).strip()
        if not text:
            return None
        if isinstance(value, datetime):
            return value.date()
        day = _day_from_number(text) or _day_from_text(text, month_is_enough=month_is_enough)
        # 1975.1 as a number is January, or October whose 0 the spreadsheet dropped: nobody can tell.
        if day is None or (isinstance(value, float) and text.endswith(".1")):
            raise InvalidInputError(f"日期“{text[:20]}”看不懂或不存在，请写成 1975-03-04 这样。", field=column)
        return day


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that an import does not take, with the column it is about ("" for the whole row) and why."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did (applied) or would do."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)
    applied: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": [{"row": row.row, "column": row.column, "reason": row.reason} for row in self.refused],
            "applied": self.applied,
        }


# --- cells ------------------------------------------------------------------------------------------------------------


def _text_of(value: CellValue) -> str:
    match value:
        case None:
            return ""
        case str():
            return " ".join(_INVISIBLE.sub("", value).split())
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
        case int():
            return str(value)
        case float():
            # Excel keeps 15 digits; the 16th and 17th of a float are dust such as in 0.30000000000000004.
            return f"{Decimal(f'{value:.15g}').normalize():f}" if math.isfinite(value) else str(value)


def _day_from_number(text: str) -> date | None:
    """A day number of Excel, also one that was pasted as text."""
    number = re.fullmatch(r"([0-9]{4,5})(?:\.[0-9]*)?", text)
    if number is None or int(number[1]) not in _SERIAL_DAYS:
        return None
    day = from_excel(int(number[1]))
    return day.date() if isinstance(day, datetime) else None


def _day_from_text(text: str, *, month_is_enough: bool) -> date | None:
    squeezed = re.sub(r"(?<=[-./年月])\s+|\s+(?=[-./年月日])", "", text)
    match = _DAY.fullmatch(squeezed) or _DAY_DIGITS.fullmatch(squeezed)
    if match is None and month_is_enough:
        match = _MONTH.fullmatch(squeezed)
    if match is None:
        return None
    year, month, *day = map(int, match.groups())
    try:
        return date(year, month, day[0] if day else 1)
    except ValueError:
        return None


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Formula:
    """A cell with a formula, before its stored value is looked up."""


@dataclass(frozen=True, slots=True)
class _NoValue:
    """A formula without a stored value, or with an error such as #N/A."""

    shown: str


_Cells = dict[int, Any]  # value by column index from 0; empty cells are left out


def read_sheet(content: bytes, columns: Sequence[Column]) -> list[SheetRow]:
    """The rows below the header of the first sheet that has one; blank rows and rows of totals are left out.

    Hidden cells are read like others; a formula gives the value it was saved with. Raises TooLargeError, and
    InvalidInputError for what is not an .xlsx, is broken or encrypted, and for missing or doubled columns.
    """
    _check_archive(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of what it drops when saving; nothing is saved here
            return _read(content, columns)
    except PointsBankError:
        raise
    except Exception as wrong:  # openpyxl raises whatever it stumbles over in a broken file
        raise InvalidInputError(_BROKEN, field=FILE_FIELD) from wrong


def _check_archive(content: bytes) -> None:
    """Size, kind and unpacked size, counted while unpacking: what a member says of its own size may be a lie."""
    if len(content) > FILE_BYTES_MAX:
        raise TooLargeError(f"文件超过 {FILE_BYTES_MAX // 1024 // 1024} MB，请分成几个文件上传。", field=FILE_FIELD)
    if content.startswith(_OLE_MAGIC):
        kind = "这个表格设了密码" if _ENCRYPTED_MARK in content else "这是旧版的 .xls 表格"
        raise InvalidInputError(f"{kind}，读不了。{_SAVE_AS}不要设密码。", field=FILE_FIELD)
    if not content.startswith(b"PK"):
        raise InvalidInputError(f"这不是 .xlsx 表格。{_SAVE_AS}", field=FILE_FIELD)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _count_unpacked(archive)
    except TooLargeError:
        raise
    except Exception as wrong:  # zipfile, zlib and struct each have errors of their own
        raise InvalidInputError(_BROKEN, field=FILE_FIELD) from wrong


def _count_unpacked(archive: zipfile.ZipFile) -> None:
    unpacked = 0
    for member in archive.infolist():
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # No office program writes these, and zipfile unpacks them without a limit per read.
            raise zipfile.BadZipFile("compression that spreadsheets do not use")
        with archive.open(member) as file:
            while chunk := file.read(_CHUNK_BYTES):
                unpacked += len(chunk)
                if unpacked > UNPACKED_BYTES_MAX:
                    raise TooLargeError("文件解开以后太大，请删去多余的行、列和图片再上传。", field=FILE_FIELD)


def _read(content: bytes, columns: Sequence[Column]) -> list[SheetRow]:
    book = openpyxl.load_workbook(BytesIO(content), read_only=True, keep_links=False)
    for index, sheet in enumerate(book.worksheets):
        rows = _rows_of(sheet)
        header = _find_header(rows, columns)
        if header is None:
            continue
        header_number, names = header
        below = {number: cells for number, cells in rows.items() if number > header_number}
        if any(isinstance(value, _Formula) for cells in below.values() for value in cells.values()):
            _fill_in_formulas(content, index, below)
        return [
            SheetRow(number, {name: _cell_value(number, name, cells.get(at)) for at, name in names.items()})
            for number, cells in below.items()
            if _has_content(cells, names)
        ]
    wanted = "、".join(column.name for column in columns)
    raise InvalidInputError(f"没有找到表头。表里要有一行写着列名：{wanted}。", field=FILE_FIELD)


def _rows_of(sheet: Any) -> dict[int, _Cells]:  # the types of openpyxl do not know read-only sheets
    """The rows with content by number. The bounds are given, because a sheet's own word for its size is often wrong."""
    rows: dict[int, _Cells] = {}
    for number, row in enumerate(sheet.iter_rows(1, SHEET_ROWS_MAX, 1, COLUMNS_MAX), start=1):
        cells: _Cells = {}
        for at, cell in [(at, cell) for at, cell in enumerate(row) if cell is not EMPTY_CELL]:
            if cell.data_type == "f":
                cells[at] = _Formula()
            elif cell.data_type == "e":
                cells[at] = _NoValue(str(cell.value))
            elif cell.value is not None:
                cells[at] = cell.value
        if cells:
            rows[number] = cells
        if len(rows) > ROWS_MAX + HEADER_ROWS_MAX:
            raise TooLargeError(f"表格超过 {ROWS_MAX:,} 行，请分成几个文件上传。", field=FILE_FIELD)
    return rows


def _fill_in_formulas(content: bytes, index: int, rows: dict[int, _Cells]) -> None:
    """Put the values that formulas were saved with in their places."""
    book = openpyxl.load_workbook(BytesIO(content), read_only=True, keep_links=False, data_only=True)
    sheet: Any = book.worksheets[index]
    for number, row in enumerate(sheet.iter_rows(1, max(rows), 1, COLUMNS_MAX), start=1):
        for at, value in rows.get(number, {}).items():
            if isinstance(value, _Formula):
                cell = row[at]
                saved = cell.value is not None or cell.data_type == "str"  # "str": an empty text was saved
                rows[number][at] = cell.value if saved and cell.data_type != "e" else _NoValue(str(cell.value or ""))


def _plain_header(text: str) -> str:
    return _HEADER_NOISE.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).lower()


def _find_header(rows: dict[int, _Cells], columns: Sequence[Column]) -> tuple[int, dict[int, str]] | None:
    """The number of the header row and the column names by index; None when no row has a known name."""
    known = {_plain_header(name): column.name for column in columns for name in (column.name, *column.aliases)}
    best_number, best = 0, dict[int, str]()
    for number, cells in rows.items():
        if number > HEADER_ROWS_MAX:
            break
        texts = {at: _plain_header(value) for at, value in cells.items() if isinstance(value, str)}
        found = {at: known[text] for at, text in texts.items() if text in known}
        if len(found) > len(best):
            best_number, best = number, found
    if not best:
        return None
    _check_header(best, columns)
    return best_number, best


def _check_header(names: dict[int, str], columns: Sequence[Column]) -> None:
    """Refuse doubled columns and missing required ones."""
    present = list(names.values())
    for column in columns:
        if present.count(column.name) > 1:
            letters = "、".join(get_column_letter(at + 1) for at, name in names.items() if name == column.name)
            raise InvalidInputError(
                f"“{column.name}”这一列出现了不止一次（{letters} 列），请只留一列。", field=FILE_FIELD
            )
    missing = "、".join(f"“{column.name}”" for column in columns if column.required and column.name not in present)
    if missing:
        raise InvalidInputError(f"表头里缺少{missing}，请补上再上传。", field=FILE_FIELD)


def _has_content(cells: _Cells, names: dict[int, str]) -> bool:
    """Whether a row says something in a known column and is no row of totals."""
    if any(isinstance(value, str) and _TOTAL.fullmatch("".join(value.split())) for value in cells.values()):
        return False
    return any(at in names and not (isinstance(value, str) and not _text_of(value)) for at, value in cells.items())


def _cell_value(number: int, name: str, value: Any) -> CellValue:
    match value:
        case _NoValue(shown=shown):
            what = f"公式出错（{shown}）" if shown else "公式没有算出结果"
            raise InvalidInputError(
                f"第 {number} 行“{name}”的{what}。请把公式换成结果（复制，选择性粘贴为数值）再上传。", field=FILE_FIELD
            )
        case bool():
            return "是" if value else "否"
        case None | str() | int() | float() | datetime():
            return value
        case date():
            return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a cell has no zone
        case _:
            return str(value)


# --- writing ----------------------------------------------------------------------------------------------------------


def write_sheet(
    title: str, columns: Sequence[Column], rows: Iterable[Sequence[str | int | Decimal | date | None]]
) -> bytes:
    """An .xlsx with one sheet: a bold, frozen header and the rows. Text stays text even if it begins with "="."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    sheet.freeze_panes = "A2"
    for at, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = column.width
    header = [WriteOnlyCell(sheet, column.name) for column in columns]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    for row in rows:
        sheet.append([_written(sheet, value) for value in row])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _written(sheet: Any, value: str | int | Decimal | date | None) -> Any:
    if value == "":
        return None
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value.encode("utf-8", "ignore").decode()))
    cell.data_type = "s"  # or a text that begins with "=" would become a formula
    return cell
