"""What is written opens in a spreadsheet program as it was meant, and is read back the same."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from pointsbank.foundation.spreadsheets import Column, ImportReport, RefusedRow, read_sheet, write_sheet

COLUMNS = (Column("姓名", width=20), Column("分值"), Column("日期"))


@pytest.mark.parametrize("text", ["=1+1", "+86", "-3", "@SUM(A1)", "#N/A", "007", "㛃𬭎·䶮", "<b>&", "TRUE"])
def test_text_stays_text(text: str) -> None:
    content = write_sheet("名册", COLUMNS, [(text, 1, None)])
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert sheet is not None
    assert sheet["A2"].data_type == "s"
    assert read_sheet(content, COLUMNS)[0].cells["姓名"] == text


def test_numbers_and_days_are_numbers_and_days() -> None:
    content = write_sheet("名册", COLUMNS, [("张三", Decimal("2.5"), date(2026, 3, 1)), ("李四", 3, None)])
    rows = read_sheet(content, COLUMNS)
    assert [row.text("分值") for row in rows] == ["2.5", "3"]
    assert [row.day("日期") for row in rows] == [date(2026, 3, 1), None]


def test_the_header_is_bold_and_stays_in_sight() -> None:
    sheet = openpyxl.load_workbook(BytesIO(write_sheet("清溪村[1]/名册", COLUMNS, []))).active
    assert sheet is not None
    assert sheet["A1"].font.bold
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width == 20
    assert sheet.title == "清溪村 1  名册"


def test_what_a_sheet_cannot_hold_is_dropped() -> None:
    assert read_sheet(write_sheet("名册", COLUMNS, [("张\x00三\ud800", 1, None)]), COLUMNS)[0].text("姓名") == "张三"


def test_a_report_is_printed_with_every_key() -> None:
    report = ImportReport(new=1, refused=[RefusedRow(7, "姓名", "姓名不能空着。")])
    assert report.to_json() == {
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "refused": [{"row": 7, "column": "姓名", "reason": "姓名不能空着。"}],
        "applied": False,
    }
