"""A sheet is read as people write it: titles above, odd headers, totals below, numbers that are names."""

import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.spreadsheets import Column, SheetRow, read_sheet

COLUMNS = (
    Column("姓名", aliases=("户主姓名",), required=True),
    Column("身份证号", aliases=("身份证号码",)),
    Column("出生日期"),
)


def sheet_of(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_the_header_is_found_below_titles_and_whatever_is_between_its_characters() -> None:
    content = sheet_of(
        ("清溪村名册",), (), ("制表", "姓名：张三"), ("姓　名", "身份证\n号 码*", "出 生 日 期:"), ("李四", None, None)
    )
    assert read_sheet(content, COLUMNS) == [SheetRow(5, {"姓名": "李四", "身份证号": None, "出生日期": None})]


def test_a_column_the_file_lacks_is_told_from_an_empty_one() -> None:
    row = read_sheet(sheet_of(("姓名", "出生日期"), ("李四",)), COLUMNS)[0]
    assert row.has("出生日期")
    assert not row.has("身份证号")
    assert row.text("出生日期") == row.text("身份证号") == ""


def test_blank_rows_and_totals_are_left_out_and_rows_keep_their_numbers() -> None:
    content = sheet_of(("姓名",), ("李四",), (None,), ("  ",), ("小 计",), ("王五",), ("合计：2户",))
    assert [(row.number, row.text("姓名")) for row in read_sheet(content, COLUMNS)] == [(2, "李四"), (6, "王五")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (2.5, "2.5"),
        (0.1 + 0.2, "0.3"),
        (1e15, "1000000000000000"),
        (True, "是"),
        ("  张\u200b　三\n李四 ", "张 三 李四"),
        (datetime(1975, 3, 4), "1975-03-04"),  # noqa: DTZ001 - as openpyxl gives it
    ],
)
def test_a_cell_is_text_as_the_person_sees_it(value: object, text: str) -> None:
    assert read_sheet(sheet_of(("姓名",), (value,)), COLUMNS)[0].text("姓名") == text


@pytest.mark.parametrize(
    "value",
    [
        "1975.3.4", "1975年3月4日", "1975-03-04", "1975/3/4", "１９７５．０３．０４", "19750304", 19750304,
        "1975年 3月 4日", "1975-03-04 00:00:00", 27457, "27457", 27457.0, datetime(1975, 3, 4, tzinfo=UTC),
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_was_written(value: object) -> None:
    stored = value.replace(tzinfo=None) if isinstance(value, datetime) else value
    assert read_sheet(sheet_of(("姓名", "出生日期"), ("李四", stored)), COLUMNS)[0].day("出生日期") == date(1975, 3, 4)


@pytest.mark.parametrize("value", ["1975年3月", "1975.03", "1975-3", "1975/3", 1975.3])
def test_a_month_alone_is_a_day_only_where_that_is_enough(value: object) -> None:
    row = read_sheet(sheet_of(("姓名", "出生日期"), ("李四", value)), COLUMNS)[0]
    assert row.day("出生日期", month_is_enough=True) == date(1975, 3, 1)
    with pytest.raises(InvalidInputError) as refused:
        row.day("出生日期")
    assert refused.value.field == "出生日期"


@pytest.mark.parametrize("value", ["2月30日", "1975-02-30", "1975.13", 1975, 1975.1, "昨天", "75.3.4", -3, "9" * 400])
def test_a_day_that_is_none_is_refused_in_a_sentence(value: object) -> None:
    row = read_sheet(sheet_of(("姓名", "出生日期"), ("李四", value)), COLUMNS)[0]
    with pytest.raises(InvalidInputError, match=r"请写成 1975-03-04"):
        row.day("出生日期", month_is_enough=True)


def test_a_number_keeps_all_the_digits_that_the_file_has() -> None:
    content = repacked(sheet_of(("姓名",), (7,)), "<v>7</v>", "<v>511028197503046511</v>")
    assert read_sheet(content, COLUMNS)[0].text("姓名") == "511028197503046511"


def test_hidden_rows_and_columns_and_later_sheets_are_read() -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("名册")
    sheet.append(("姓名", "出生日期"))
    sheet.append(("李四", "1975-03-04"))
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    assert read_sheet(saved(book), COLUMNS)[0].cells == {"姓名": "李四", "出生日期": "1975-03-04"}


def test_a_sheet_that_lies_about_its_size_is_read_whole() -> None:
    content = repacked(sheet_of(("姓名",), ("李四",)), 'ref="A1:A2"', 'ref="A1"')
    assert [row.text("姓名") for row in read_sheet(content, COLUMNS)] == ["李四"]


def repacked(content: bytes, old: str, new: str) -> bytes:
    """The file with something in its first sheet changed by hand."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(old.encode(), new.encode()) if "sheet1" in name else data)
    return buffer.getvalue()


def test_a_formula_gives_the_value_it_was_saved_with() -> None:
    content = repacked(sheet_of(("姓名", "身份证号"), ("李四", "=1+1")), "<v></v>", "<v>2</v>")
    content = repacked(content, "<v />", "<v>2</v>")
    assert read_sheet(content, COLUMNS)[0].text("身份证号") == "2"


def test_a_formula_without_a_value_is_named_by_its_place() -> None:
    with pytest.raises(InvalidInputError, match=r"第 2 行“身份证号”的公式没有算出结果"):
        read_sheet(sheet_of(("姓名", "身份证号"), ("李四", "=1+1")), COLUMNS)


def test_an_error_value_is_named_by_its_place() -> None:
    with pytest.raises(InvalidInputError, match=r"第 2 行“身份证号”的公式出错（#N/A）"):
        read_sheet(sheet_of(("姓名", "身份证号"), ("李四", "#N/A")), COLUMNS)


def test_doubled_and_missing_columns_are_named() -> None:
    with pytest.raises(InvalidInputError, match=r"“姓名”这一列出现了不止一次（A、C 列）"):
        read_sheet(sheet_of(("姓名", "出生日期", "户主姓名"), ("李四",)), COLUMNS)
    with pytest.raises(InvalidInputError, match=r"缺少“姓名”"):
        read_sheet(sheet_of(("出生日期",), ("1975-03-04",)), COLUMNS)
    with pytest.raises(InvalidInputError, match=r"没有找到表头"):
        read_sheet(sheet_of(("商品", "价格"), ("大米", 3)), COLUMNS)
