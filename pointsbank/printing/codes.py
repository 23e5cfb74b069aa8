"""QR codes and barcodes, drawn as one path so that edges stay sharp at any size."""

import re

import segno
from reportlab.graphics.barcode.eanbc import Ean13BarcodeWidget
from reportlab.graphics.shapes import Rect
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from stdnum import ean

from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import INK, WHITE

QUIET_ZONE_MODULES = 4  # ISO/IEC 18004

EAN_QUIET_ZONE_MODULES = 20  # left and right together; GS1 asks for 11 and 7


def _qr(text: str) -> segno.QRCode:
    # Level M survives a scratched card; boosting would raise it unasked where there is room for it.
    return segno.make_qr(text, error="m", boost_error=False)


def draw_qr(canvas: Canvas, x: float, y: float, side: float, text: str) -> None:
    """Draw a QR code with its white quiet zone as a square of `side` points, lower left corner at (x, y)."""
    rows = _qr(text).matrix
    module = side / (len(rows) + 2 * QUIET_ZONE_MODULES)
    canvas.setFillColor(WHITE)
    canvas.rect(x, y, side, side, stroke=0, fill=1)
    path = canvas.beginPath()
    for number, row in enumerate(rows, start=1 + QUIET_ZONE_MODULES):
        for dark in re.finditer(b"\x01+", row):
            left = x + (dark.start() + QUIET_ZONE_MODULES) * module
            path.rect(left, y + side - number * module, len(dark[0]) * module, module)
    canvas.setFillColor(INK)
    canvas.drawPath(path, stroke=0, fill=1)


def qr_svg(text: str) -> str:
    """The same code for the screen: an <svg> element without script or style, as wide as its container."""
    return _qr(text).svg_inline(border=QUIET_ZONE_MODULES, omitsize=True, dark="#1f1b16", light="#fff")


def _ean13_bars(number: str) -> list[tuple[float, float]]:
    """Left edge and width of each dark bar in modules, of 95. Raises ValueError for what is no EAN-13."""
    if not (len(number) == 13 and number.isascii() and ean.is_valid(number)):
        raise ValueError(f"not an EAN-13: {number!r}")
    widget = Ean13BarcodeWidget(number[:12], barWidth=1, quiet=False, humanReadable=False)
    shapes = widget.draw().contents  # type: ignore[no-untyped-call] # the stubs give it no types
    return [(shape.x, shape.width) for shape in shapes if isinstance(shape, Rect) and shape.fillColor]


def draw_ean13(canvas: Canvas, fonts: Fonts, x: float, y: float, width: float, height: float, number: str) -> None:
    """Draw 13 digits as a barcode with the digits below it, lower left corner at (x, y).

    Raises ValueError when they are not 13 digits with the right check digit.
    """
    module = width / (95 + EAN_QUIET_ZONE_MODULES)
    text_size = min(3 * mm, height / 4)
    path = canvas.beginPath()
    for left, bar_width in _ean13_bars(number):
        at = x + (left + EAN_QUIET_ZONE_MODULES / 2) * module
        path.rect(at, y + text_size, bar_width * module, height - text_size)
    canvas.setFillColor(INK)
    canvas.drawPath(path, stroke=0, fill=1)
    fonts.draw(canvas, x + width / 2, y + text_size * 0.12, number, Face.TEXT, text_size * 0.95, "center")


def ean13_svg(number: str) -> str:
    """The bars of 13 digits for the screen: an <svg> without script or style, as wide as its container.

    Raises ValueError when they are not 13 digits with the right check digit.
    """
    edge = EAN_QUIET_ZONE_MODULES / 2
    bars = "".join(f"M{left + edge:g} 4h{width:g}v36h-{width:g}z" for left, width in _ean13_bars(number))
    modules = 95 + EAN_QUIET_ZONE_MODULES
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {modules} 44" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{modules}v44H0z"/><path fill="#1f1b16" d="{bars}"/></svg>'
    )
