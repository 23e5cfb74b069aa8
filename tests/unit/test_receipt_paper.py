"""The receipt on a roll: everything on it reads back, nothing is cut, the same receipt gives the same bytes."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pypdf
import pytest

from pointsbank.market.documents.receipts import WIDTHS, Receipt, ReceiptLine, receipt_pdf
from pointsbank.places.settings import ConfirmBy
from tests.fonts import registered_fonts
from tests.pdf import fonts_of, text_of

LONG = "特别长的商品名字" * 6
RECEIPT = Receipt(
    village="清溪村",
    number=128,
    redeemed_at=datetime(2026, 3, 18, 16, 5, tzinfo=UTC),
    household="03-012 张*国",
    lines=(ReceiptLine("大米 5kg/袋", "袋", 1, 6_000), ReceiptLine("香皂 100g/块", "块", 2, 950)),
    points=7_900,
    balance_after=12_100,
    confirmed_by=ConfirmBy.SIGNATURE,
)


def paper_of(receipt: Receipt, width: str = "58") -> bytes:
    return receipt_pdf(receipt, WIDTHS[width], registered_fonts())


def size_of(pdf: bytes) -> tuple[float, float]:
    [page] = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return float(page.mediabox.width), float(page.mediabox.height)


@pytest.mark.parametrize("width", list(WIDTHS))
def test_a_receipt_says_what_a_receipt_must_say(width: str) -> None:
    pdf = paper_of(RECEIPT, width)
    text = text_of(pdf)
    for words in (
        "清溪村爱心超市",
        "小票号128",
        "时间2026-03-1900:05",
        "住户03-012张*国",
        "大米5kg/袋",
        "1袋×60分60分",
        "2块×9.5分19分",
        "合计79分",
        "兑换前余额200分",
        "兑换后余额121分",
        "住户签名",
        "积分不兑现金",
    ):
        assert words in text
    assert all(fonts_of(pdf).values())


@pytest.mark.parametrize("width", list(WIDTHS))
def test_it_is_as_wide_as_the_roll_and_one_page_however_long(width: str) -> None:
    many = replace(RECEIPT, lines=tuple(ReceiptLine(f"东西{number}", "个", 1, 100) for number in range(40)))
    [short, long] = [size_of(paper_of(receipt, width)) for receipt in (RECEIPT, many)]
    assert short[0] == long[0] == pytest.approx(float(width) * 72 / 25.4)
    assert long[1] > 2 * short[1]
    assert "东西39" in text_of(paper_of(many, width))


def test_long_and_rare_names_are_whole() -> None:
    lines = (ReceiptLine(LONG, "个", 999, 1_000_00),)
    text = text_of(paper_of(replace(RECEIPT, household="03-012 㛃𬭎·买买提", lines=lines)))
    assert LONG in text
    assert "㛃𬭎·买买提" in text
    assert "999个×1000分999000分" in text


def test_a_pin_needs_no_line_to_sign_on() -> None:
    text = text_of(paper_of(replace(RECEIPT, confirmed_by=ConfirmBy.PIN, phone="0832-3921234")))
    assert "住户签名" not in text
    assert "确认方式：积分卡密码" in text
    assert "0832-3921234" in text


def test_what_was_undone_since_is_on_it() -> None:
    returned = replace(RECEIPT.lines[1], returned=1)
    text = text_of(paper_of(replace(RECEIPT, lines=(RECEIPT.lines[0], returned))))
    assert "已退1块−9.5分" in text
    assert "合计79分退换以后69.5分" in text
    assert "已作废" in text_of(paper_of(replace(RECEIPT, is_void=True)))


def test_the_same_receipt_gives_the_same_bytes() -> None:
    assert paper_of(RECEIPT) == paper_of(RECEIPT)


def test_who_collected_stands_on_the_receipt_and_signs_it() -> None:
    text = text_of(paper_of(replace(RECEIPT, deputy="罗秀珍")))
    assert "代领人罗秀珍" in text.replace(" ", "")
    assert "代领人签名" in text
    assert "住户签名" not in text


def test_a_partners_receipt_says_whose_it_is() -> None:
    assert "合作商店曾记副食店" in text_of(paper_of(replace(RECEIPT, partner="曾记副食店")))
