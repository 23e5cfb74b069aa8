"""A supplier's sheet fills the delivery, or is received by a command; what cannot be read is said row by row."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.foundation.database import session
from pointsbank.market import queries
from pointsbank.market.models import Good
from pointsbank.market.sheets.deliveries import blank_delivery_note, read_delivery_note
from pointsbank.places.models import Place
from tests.factories import make_good, make_staff, make_village
from tests.terminal import make_terminal
from tests.web.conftest import post, sign_in

RECEIVE = "/desk/qingxi/market/receive"
BARCODE = "6901028075763"
HEADS = ("编号", "条形码", "品名", "数量", "单价", "有效期", "备注")


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", on_hand=0, barcodes=(BARCODE,))


@pytest.fixture
def lamp(village: Place) -> Good:
    return make_good(village, "台灯", on_hand=0)


def sheet(*rows: Sequence[object]) -> bytes:
    """A delivery note as a supplier writes it, with a title above."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (("送货单",), HEADS, *rows):
        page.append(list(row))
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_rows_are_known_by_barcode_or_code_with_price_last_day_and_remark(
    village: Place, rice: Good, lamp: Good
) -> None:
    content = sheet(
        ("", BARCODE, "大米", 20, 29.8, "2027-03-01", ""),
        (lamp.code.lower(), "", "台灯", "３", "", "", "3C，保修一年"),
        (lamp.code, "", "台灯", "", "", "", ""),
    )
    note = read_delivery_note(village, content)
    assert [(line.good.name, line.quantity, line.cost_fen, line.expires_on, line.note) for line in note.lines] == [
        ("大米", 20, 2_980, date(2027, 3, 1), ""),
        ("台灯", 3, None, None, "3C，保修一年"),
    ]
    assert note.refused == []


@pytest.mark.parametrize(
    ("row", "column", "told"),
    [
        (("SP404", "", "", 1, "", "", ""), "商品编号", "没有这个"),
        (("", BARCODE, "", "两袋", "", "", ""), "数量", "数量"),
        (("", BARCODE, "", -5, "", "", ""), "数量", "数量"),
        (("", BARCODE, "", 1, "-3", "", ""), "单价（元）", "单价"),
        (("", BARCODE, "", 1, "", "2月30日", ""), "到期日", ""),
    ],
)
def test_a_row_that_cannot_be_read_is_named(
    village: Place, rice: Good, row: Sequence[object], column: str, told: str
) -> None:
    note = read_delivery_note(village, sheet(row, ("", BARCODE, "", 1, "", "", "")))
    assert len(note.lines) == 1
    [refused] = note.refused
    assert (refused.row, refused.column) == (3, column)
    assert told in refused.reason


def test_the_blank_note_is_read_back_as_a_delivery_of_nothing(village: Place, rice: Good) -> None:
    note = read_delivery_note(village, blank_delivery_note(village))
    assert (note.lines, note.refused) == ([], [])


def test_a_note_fills_the_delivery_and_books_nothing_by_itself(client: FlaskClient, village: Place, rice: Good) -> None:
    sign_in(client, make_staff(village, Role.SHOPKEEPER, name="罗德福"))
    content = sheet(("", BARCODE, "大米", 20, 29.8, "2027-03-01", "新米"), ("SP404", "", "", 1, "", "", ""))
    answer = post(client, f"{RECEIVE}/note", {"file": (BytesIO(content), "note.xlsx")})
    assert answer.status_code == 422
    for shown in ('name="quantity" value="20"', 'value="2027-03-01"', 'value="29.80"', 'value="新米"', "没有这个"):
        assert shown in answer.text, shown
    assert queries.good(village.id, rice.serial).on_hand == 0
    wrong = post(client, f"{RECEIVE}/note", {"file": (BytesIO(b"no sheet"), "note.xlsx")})
    assert wrong.status_code == 422
    assert 'id="file-error"' in wrong.text


def test_the_command_receives_a_whole_note_or_nothing_of_it(
    village: Place,
    rice: Good,
    lamp: Good,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal = make_terminal(tmp_path, monkeypatch, capsys)
    file = tmp_path / "供销社.xlsx"
    file.write_bytes(sheet(("", BARCODE, "大米", 20, 29.8, "", ""), ("SP404", "", "", 1, "", "", "")))
    done = terminal("import", "delivery", str(file), "--village", "qingxi")
    assert done.answer["applied"] is False
    assert queries.intakes(village.id) == []
    file.write_bytes(sheet(("", BARCODE, "大米", 20, 29.8, "", ""), (lamp.code, "", "", 2, "", "", "")))
    done = terminal("import", "delivery", str(file), "--village", "qingxi")
    assert (done.answer["new"], done.answer["applied"]) == (2, True)
    session().rollback()  # to see what the command wrote
    [intake] = queries.intakes(village.id)
    assert (intake.source, queries.good(village.id, rice.serial).on_hand) == ("供销社", 20)
