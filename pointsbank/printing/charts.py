"""Bar charts: one drawing for paper (PDF) and screen (SVG)."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.graphics import renderPDF, renderSVG
from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from pointsbank.printing.fonts import CHAINS, Align, Face, Fonts
from pointsbank.printing.paper import ACCENT, INK, LINE, QUIET, fit_lines

SCREEN_FAMILIES = '"Noto Sans SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei", sans-serif'

TEXT_SIZE = 10.0
ROW_HEIGHT = 22.0
GAP = 6.0


@dataclass(frozen=True)
class Bar:
    """A label, a length in any unit, and the figure as it is to be read."""

    label: str
    value: int
    figure: str


def horizontal_bars(fonts: Fonts, bars: Sequence[Bar], width: float) -> Drawing:
    """Bars one below the other, labels at the left, figures at their ends; a negative one is grey."""
    drawing = _new_drawing(width, max(1, len(bars)) * ROW_HEIGHT)
    labels = max((fonts.width(bar.label, Face.TEXT, TEXT_SIZE) for bar in bars), default=0.0)
    labels = min(labels, width * 0.4)
    # A screen draws with its own face, which may be wider.
    figures = 1.2 * max((fonts.width(bar.figure, Face.BOLD, TEXT_SIZE) for bar in bars), default=0.0)
    longest = max((abs(bar.value) for bar in bars), default=0) or 1
    room = width - labels - figures - 2 * GAP
    drawing.add(Line(labels + GAP, 0, labels + GAP, drawing.height, strokeColor=LINE, strokeWidth=1))
    for number, bar in enumerate(bars):
        y = drawing.height - (number + 1) * ROW_HEIGHT
        baseline = y + ROW_HEIGHT / 2 - TEXT_SIZE * 0.37
        size = fonts.fit(bar.label, Face.TEXT, TEXT_SIZE, labels, 1)
        _add_text(drawing, fonts, labels, baseline, bar.label, Face.TEXT, size, "right")
        length = room * abs(bar.value) / longest
        drawing.add(_bar(labels + GAP, y + 4, length, ROW_HEIGHT - 8, bar))
        end = labels + GAP + length + GAP
        _add_text(drawing, fonts, end, baseline, bar.figure, Face.BOLD, TEXT_SIZE, "left")
    return drawing


def vertical_bars(fonts: Fonts, bars: Sequence[Bar], width: float, height: float) -> Drawing:
    """Bars side by side, labels below, figures on top; a negative one is grey."""
    drawing = _new_drawing(width, height)
    foot = 2.6 * TEXT_SIZE
    longest = max((abs(bar.value) for bar in bars), default=0) or 1
    room = height - foot - 2 * TEXT_SIZE
    drawing.add(Line(0, foot, width, foot, strokeColor=LINE, strokeWidth=1))
    slot = width / max(1, len(bars))
    for number, bar in enumerate(bars):
        middle = (number + 0.5) * slot
        length = room * abs(bar.value) / longest
        thickness = min(slot * 0.6, 36)
        drawing.add(_bar(middle - thickness / 2, foot, thickness, length, bar))
        size = fonts.fit(bar.figure, Face.BOLD, TEXT_SIZE, slot, 1)
        _add_text(drawing, fonts, middle, foot + length + 4, bar.figure, Face.BOLD, size, "center")
        size, lines = fit_lines(fonts, bar.label, Face.TEXT, TEXT_SIZE, slot * 0.94, foot, TEXT_SIZE)
        for line_number, line in enumerate(lines, start=1):
            y = foot - line_number * size * 1.2
            _add_text(drawing, fonts, middle, y, line, Face.TEXT, size, "center")
    return drawing


def draw_chart(canvas: Canvas, drawing: Drawing, x: float, y: float) -> None:
    """Put a chart on paper, lower left corner at (x, y)."""
    renderPDF.draw(drawing, canvas, x, y)


def svg(drawing: Drawing, title: str) -> str:
    """The chart as a file for image/svg+xml; its text uses the Chinese face the screen's own system has."""
    families = {name: {"family": SCREEN_FAMILIES} for names in CHAINS.values() for name in names}
    for name in CHAINS[Face.BOLD]:
        families[name] = {"family": SCREEN_FAMILIES, "weight": "bold"}
    canvas = renderSVG.SVGCanvas((drawing.width, drawing.height), fontHacks=families, svgAttrs={"role": "img"})
    renderSVG.draw(drawing, canvas)  # type: ignore[arg-type] # the stubs name the canvas of PDF
    for tag in ("title", "desc"):
        canvas.svg.getElementsByTagName(tag)[0].firstChild.data = title
    return str(canvas.doc.toxml())


def _new_drawing(width: float, height: float) -> Drawing:
    # Else ReportLab starts with Helvetica, which is not embedded.
    return Drawing(width, height, initialFontName=CHAINS[Face.TEXT][0])


def _bar(x: float, y: float, width: float, height: float, bar: Bar) -> Rect:
    rectangle = Rect(x, y, width, height)
    rectangle.fillColor = ACCENT if bar.value >= 0 else QUIET
    rectangle.strokeColor = None
    return rectangle


def _add_text(
    drawing: Drawing, fonts: Fonts, x: float, y: float, text: str, face: Face, size: float, align: Align
) -> None:
    width = fonts.width(text, face, size)
    x -= {"left": 0.0, "center": width / 2, "right": width}[align]
    color: Color = INK
    for name, part in fonts.runs(text, face):
        drawing.add(String(x, y, part, fontName=name, fontSize=size, fillColor=color))
        x += fonts.width(part, face, size)
