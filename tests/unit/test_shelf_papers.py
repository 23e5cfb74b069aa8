"""Price list and shelf labels: everything reads back, barcodes decode from the rendered page, nothing is cut."""

import io
from dataclasses import replace
from datetime import date

import pypdf
import pytest

from pointsbank.market.documents.shelf import (
    POSTER_SIZES,
    SHEETS,
    Label,
    LabelSheet,
    OpeningPoster,
    PriceLine,
    PriceList,
    labels_pdf,
    opening_pdf,
    own_sheet,
    price_list_pdf,
)
from pointsbank.printing.paper import Size
from tests.fonts import registered_fonts
from tests.pdf import codes_of, fonts_of, picture_of, text_of

RICE = PriceLine("大米 5kg/袋", "袋", 6_050, "31", "2000000000015")
PRICES = PriceList(
    "清溪村", date(2026, 3, 18), "每天开门8:30–11:30", "0832-3921234", (("粮油副食", (RICE,)), ("服务", ()))
)
LABELS = [Label("大米", "5kg/袋", 6_050, "SP001", "2000000000015"), Label("特别长的名字" * 5, "每次", 800, "SP002", "")]


def test_the_price_list_says_what_each_thing_costs_and_when_the_shop_is_open() -> None:
    pdf = price_list_pdf(PRICES, registered_fonts())
    text = text_of(pdf)
    for words in (
        "清溪村爱心超市积分价目表",
        "2026年3月18日",
        "8:30–11:30",
        "0832-3921234",
        "粮油副食",
        "积分不兑换现金",
    ):
        assert words in text
    assert "大米5kg/袋袋60.5312000000000015" in text
    assert all(fonts_of(pdf).values())
    assert pdf == price_list_pdf(PRICES, registered_fonts())


def test_a_long_price_list_goes_over_pages_with_its_head_on_each() -> None:
    many = tuple(replace(RICE, title=f"东西{number}") for number in range(120))
    pages = pypdf.PdfReader(
        io.BytesIO(price_list_pdf(replace(PRICES, categories=(("粮油", many),)), registered_fonts()))
    )
    assert len(pages.pages) > 2
    assert all("积分" in page.extract_text() for page in pages.pages)


@pytest.mark.parametrize("sheet", [*SHEETS.values(), own_sheet(50, 40)])
def test_a_label_has_name_points_and_a_barcode_that_scans(sheet: LabelSheet) -> None:
    pdf = labels_pdf(LABELS, sheet, registered_fonts())
    text = text_of(pdf)
    for words in ("大米", "5kg/袋", "60.5分", LABELS[1].name, "SP002", "8分"):
        assert words in text
    assert codes_of(picture_of(pdf, 300)) == ["2000000000015"]


def test_labels_begin_at_the_place_that_is_free_and_go_on_over_sheets() -> None:
    sheet = SHEETS["70x37"]
    one = labels_pdf(LABELS[:1] * 2, sheet, registered_fonts(), first=sheet.count)
    pages = pypdf.PdfReader(io.BytesIO(one)).pages
    assert [page.extract_text().count("大米") for page in pages] == [1, 1]
    picture = picture_of(one, 150)
    last = picture.crop((picture.width * 2 // 3, picture.height * 7 // 8, picture.width, picture.height))
    assert codes_of(last) == ["2000000000015"]


def test_every_label_lies_on_the_sheet() -> None:
    for sheet in (*SHEETS.values(), own_sheet(105, 105), own_sheet(30, 30)):
        right = sheet.left_mm + sheet.columns * sheet.width_mm + (sheet.columns - 1) * sheet.gap_x_mm
        assert sheet.left_mm >= 0
        assert right <= 210
        assert sheet.top_mm >= 0
        assert sheet.top_mm + sheet.rows * sheet.height_mm <= 297


@pytest.mark.parametrize("size", POSTER_SIZES.values(), ids=POSTER_SIZES)
@pytest.mark.parametrize("phone", ["0832-3921234", ""])
def test_the_door_says_when_the_shop_is_open_on_one_sheet(size: Size, phone: str) -> None:
    poster = OpeningPoster(
        "清溪村", "逢 10、20、30 号", "8:30–11:30、14:00–17:00", "3、6、9、12 月的 1 到 10 号", phone
    )
    pdf = opening_pdf(poster, size, registered_fonts())
    text = text_of(pdf)
    for words in ("清溪村爱心超市", "逢10、20、30号", "8:30–11:30、14:00–17:00", "3、6、9、12月的1到10号"):
        assert words in text
    assert ("有事打电话" in text) == bool(phone)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1
