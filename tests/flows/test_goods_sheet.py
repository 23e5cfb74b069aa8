"""Goods come and go as a spreadsheet: first a preview, then all or nothing; what is exported is read back unchanged."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import Workbook

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.foundation.spreadsheets import ImportReport
from pointsbank.market import queries
from pointsbank.market.sheets.goods import apply_import, export_goods, plan_import
from pointsbank.places.models import Place
from tests.conftest import both_databases, sqlite_is_enough
from tests.factories import make_good, make_village

pytestmark = both_databases

SAMPLE = Path(__file__).resolve().parents[2] / "sample" / "goods.xlsx"
SOAP = {"商品编号": "SP1", "名称": "香皂", "单位": "块", "类别": "洗涤清洁", "兑换积分": 9}


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def sheet(*rows: Mapping[str, object], columns: Sequence[str] = ()) -> bytes:
    """An .xlsx with these rows; the columns are those of the first row unless given."""
    names = columns or list(rows[0])
    book = Workbook()
    assert book.active is not None
    book.active.append(list(names))
    for row in rows:
        book.active.append([row.get(name) for name in names])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def take(village: Place, content: bytes) -> ImportReport:
    return apply_import(village, content, SYSTEM, new_key())


def refusal(village: Place, *rows: Mapping[str, object]) -> tuple[int, str, str]:
    report = take(village, sheet(*rows))
    assert not report.applied
    [refused] = report.refused
    return refused.row, refused.column, refused.reason


def test_the_goods_of_the_project_are_taken_and_come_back_unchanged(village: Place) -> None:
    report = take(village, SAMPLE.read_bytes())
    assert (report.new, report.refused, report.applied) == (65, [], True)
    again = plan_import(village, export_goods(village))
    assert (again.new, again.changed, again.unchanged, again.refused) == (0, 0, 65, [])
    oil = queries.goods(village.id, words="SP005")[0]
    assert (oil.cost_fen, oil.points_price, oil.limit_quantity, oil.limit_span) == (6_800, 14_000, 1, Span.MONTH)
    assert [barcode.barcode for barcode in oil.barcodes] == ["2000000000053"]


def test_a_preview_changes_nothing(village: Place) -> None:
    assert plan_import(village, sheet(SOAP)).to_json() == {
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "refused": [],
        "applied": False,
    }
    assert queries.goods(village.id) == []


def test_a_changed_price_is_a_change_and_a_missing_column_stays_as_it_is(village: Place) -> None:
    take(village, sheet({**SOAP, "规格": "100g", "成本价（元）": 4.5}))
    report = take(village, sheet({**SOAP, "兑换积分": 9.5}))
    assert (report.changed, report.unchanged) == (1, 0)
    [soap] = queries.goods(village.id)
    assert (soap.points_price, soap.spec, soap.cost_fen) == (950, "100g", 450)


def test_a_blank_cell_empties_a_detail(village: Place) -> None:
    take(village, sheet({**SOAP, "条码": "2000000000152"}))
    assert take(village, sheet({**SOAP, "条码": None})).changed == 1
    assert queries.goods(village.id)[0].barcodes == []


def test_goods_that_are_not_in_the_file_stay(village: Place) -> None:
    kept = make_good(village, "大米")
    take(village, sheet(SOAP))
    assert {good.name for good in queries.goods(village.id)} == {kept.name, "香皂"}


def test_several_barcodes_stand_in_one_cell(village: Place) -> None:
    take(village, sheet({**SOAP, "条码": "2000000000152、6901028075763"}))
    assert [b.barcode for b in queries.goods(village.id)[0].barcodes] == ["2000000000152", "6901028075763"]


def test_untidy_files_are_read(village: Place) -> None:
    untidy = {
        "商品编号": "ｓｐ００７",
        "品名": " 食用盐 ",
        "单位": "袋",
        "分类": "粮油",
        "积分": "４",
        "条形码": 2000000000077,
    }
    assert take(village, sheet({**untidy, "条形码": 2000000000077})).new == 1
    [salt] = queries.goods(village.id)
    assert (salt.code, salt.name, salt.points_price) == ("SP007", "食用盐", 400)


def test_one_refused_row_keeps_all_others_out(village: Place) -> None:
    report = take(village, sheet(SOAP, {**SOAP, "商品编号": "SP2", "兑换积分": "九分"}))
    assert (report.new, report.applied) == (1, False)
    assert [(row.row, row.column) for row in report.refused] == [(3, "兑换积分")]
    assert queries.goods(village.id) == []


@sqlite_is_enough
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("商品编号", "大米"),
        ("名称", None),
        ("名称", "长" * 61),
        ("兑换积分", 0),
        ("兑换积分", -3),
        ("兑换积分", "1e9"),
        ("兑换积分", "5分"),
        ("兑换积分", 2.555),
        ("成本价（元）", "NaN"),
        ("最低库存", -1),
        ("最低库存", 1.5),
        ("保质期（天）", "一年"),
        ("每户限换", 2),
        ("限换期限", "每周"),
        ("上架", "也许"),
        ("条码", "2000000000153"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_at_its_place(village: Place, column: str, value: object) -> None:
    row, refused_column, reason = refusal(village, {**SOAP, column: value})
    assert (row, refused_column) == (2, column)
    assert reason.endswith("。")


def test_a_code_or_barcode_that_stands_twice_is_refused(village: Place) -> None:
    assert "第 2 行已经有了" in refusal(village, SOAP, {**SOAP, "商品编号": "sp1"})[2]
    coded = {**SOAP, "条码": "2000000000152"}
    assert "已经用在编号 SP1 上" in refusal(village, coded, {**coded, "商品编号": "SP2"})[2]
    make_good(village, barcodes=("2000000000152",))
    assert "条码" in refusal(village, coded)[1]


def test_the_same_file_sent_twice_is_taken_once(village: Place) -> None:
    content = sheet(SOAP)
    first = apply_import(village, content, SYSTEM, "tap")
    assert apply_import(village, content, SYSTEM, "tap") == first
    assert (first.new, first.applied) == (1, True)


def test_a_refused_file_leaves_its_key_for_the_corrected_one(village: Place) -> None:
    assert not apply_import(village, sheet({**SOAP, "兑换积分": "九分"}), SYSTEM, "tap").applied
    assert apply_import(village, sheet(SOAP), SYSTEM, "tap").applied


@pytest.mark.parametrize("content", [b"", b"code,name\nSP1,soap", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"])
def test_what_is_no_spreadsheet_is_told(village: Place, content: bytes) -> None:
    with pytest.raises(PointsBankError, match="xlsx"):
        take(village, content)


def test_columns_may_stand_in_any_order(village: Place) -> None:
    take(village, sheet(SOAP))
    order_of_columns = ["兑换积分", "类别", "单位", "名称", "商品编号"]
    assert take(village, sheet(SOAP, columns=order_of_columns)).unchanged == 1
