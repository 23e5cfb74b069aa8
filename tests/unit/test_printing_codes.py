import io
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from reportlab.pdfgen.canvas import Canvas

from pointsbank.printing import codes, paper
from tests.fonts import registered_fonts
from tests.pdf import codes_of, fonts_of, picture_of, text_of

BOARD = "pointsbank:1:qingxi:2026-02:12345:" + "a3" * 32


def pdf_with(draw: Callable[[Canvas], None]) -> bytes:
    stream = io.BytesIO()
    canvas = paper.new_document(stream, registered_fonts(), paper.A6, "码", "清溪村")
    draw(canvas)
    canvas.save()
    return stream.getvalue()


@pytest.mark.parametrize("text", [BOARD, "清溪村 1组 3户", "7"])
def test_a_printed_qr_code_is_read_at_150_dots_per_inch(text: str) -> None:
    pdf = pdf_with(lambda canvas: codes.draw_qr(canvas, 40, 40, 24 * paper.MM, text))
    assert codes_of(picture_of(pdf, 150)) == [text]


def test_a_qr_code_brings_its_own_white_border_on_a_dark_ground() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFillColor(paper.ACCENT)
        canvas.rect(0, 0, 200, 200, stroke=0, fill=1)
        codes.draw_qr(canvas, 40, 40, 80, BOARD)

    assert codes_of(picture_of(pdf_with(draw), 150)) == [BOARD]


def test_a_qr_code_for_the_screen_has_neither_script_nor_style() -> None:
    svg = codes.qr_svg("PB-<&>")
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own text
    assert root.get("viewBox") == "0 0 29 29"
    assert not [element for element in root.iter() if "style" in element.attrib or "script" in element.tag]


def test_a_printed_barcode_is_read_and_shows_its_number() -> None:
    number = "6901234567892"
    pdf = pdf_with(lambda canvas: codes.draw_ean13(canvas, registered_fonts(), 40, 40, 110, 50, number))
    assert codes_of(picture_of(pdf, 150)) == [number]
    assert text_of(pdf) == number
    assert all(fonts_of(pdf).values())


@pytest.mark.parametrize("number", ["6901234567893", "690123456789", "69012345678９2", "", "abc"])
def test_a_wrong_barcode_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="EAN-13"):
        pdf_with(lambda canvas: codes.draw_ean13(canvas, registered_fonts(), 40, 40, 110, 50, number))
