"""Charts of bars and of curves: one drawing for paper (PDF) and screen (SVG)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from reportlab.graphics import renderPDF, renderSVG
from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from pointsbank.printing.fonts import CHAINS, Align, Face, Fonts
from pointsbank.printing.paper import ACCENT, GOLD, INK, LINE, QUIET, break_lines

SCREEN_FAMILIES = '"Noto Sans SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei", sans-serif'

TEXT_SIZE = 13.0  # a chart is drawn about as wide as a phone shows it, so that its letters keep their size
LINE_HEIGHT = 1.2  # of a label, in sizes
ROW_HEIGHT = 1.7  # of a bar, in sizes
LABELS_MAX = 0.4  # of the width: a longer label takes another line
GAP = 6.0

# What is compared: apart in hue and, on a printer without colour, in darkness.
AS_IT_IS, AS_PROPOSED = GOLD, ACCENT


@dataclass(frozen=True)
class Bar:
    """A label, a length in any unit, and the figure as it is to be read. tint: else red, grey below zero."""

    label: str
    value: int
    figure: str
    tint: Color | None = None


@dataclass(frozen=True)
class Curve:
    """A name and a value for each label, in any unit. dashed: told from another one without colour, too."""

    name: str
    values: Sequence[int]
    tint: Color
    dashed: bool = False


@dataclass(frozen=True)
class _Group:
    """Bars that share a label, which is broken into lines."""

    lines: list[str]
    bars: list[Bar]
    height: float


def horizontal_bars(fonts: Fonts, bars: Sequence[Bar], width: float, text_size: float = TEXT_SIZE) -> Drawing:
    """Bars one below the other, labels at the left, figures at their ends; a negative one is grey.

    Neighbours with the same label are compared with each other: it is written once, between them. Labels never
    shrink: a long one takes more lines.
    """
    groups = [_group(fonts, label, list(of), width * LABELS_MAX, text_size) for label, of in groupby(bars, _label)]
    drawing = _new_drawing(width, sum(group.height for group in groups) or ROW_HEIGHT * text_size)
    written = [line for group in groups for line in group.lines]
    labels = max((fonts.width(line, Face.TEXT, text_size) for line in written), default=0.0)
    # A screen draws with its own face, which may be wider.
    figures = 1.2 * max((fonts.width(bar.figure, Face.BOLD, text_size) for bar in bars), default=0.0)
    longest = max((abs(bar.value) for bar in bars), default=0) or 1
    room = width - labels - figures - 2 * GAP
    drawing.add(Line(labels + GAP, 0, labels + GAP, drawing.height, strokeColor=LINE, strokeWidth=1))
    row, thickness, top = ROW_HEIGHT * text_size, text_size, drawing.height
    for group in groups:
        middle = top - group.height / 2
        y = middle + len(group.lines) * LINE_HEIGHT * text_size / 2 - text_size
        for line in group.lines:
            _add_text(drawing, fonts, labels, y, line, Face.TEXT, text_size, "right")
            y -= LINE_HEIGHT * text_size
        # Those that are compared stand close together.
        pitch = row if len(group.bars) == 1 else thickness + 3
        for number, bar in enumerate(group.bars):
            center = middle + ((len(group.bars) - 1) / 2 - number) * pitch
            length = room * abs(bar.value) / longest
            drawing.add(_bar(labels + GAP, center - thickness / 2, length, thickness, bar))
            end = labels + GAP + length + GAP
            _add_text(drawing, fonts, end, center - text_size * 0.37, bar.figure, Face.BOLD, text_size, "left")
        top -= group.height
    return drawing


def _label(bar: Bar) -> str:
    return bar.label


def _group(fonts: Fonts, label: str, bars: list[Bar], width: float, text_size: float) -> _Group:
    lines = break_lines(fonts, label, Face.TEXT, text_size, width)
    rows = ROW_HEIGHT * text_size if len(bars) == 1 else len(bars) * (text_size + 3) + text_size * 0.7
    return _Group(lines, bars, max(rows, len(lines) * LINE_HEIGHT * text_size + GAP))


def vertical_bars(fonts: Fonts, bars: Sequence[Bar], width: float, height: float) -> Drawing:
    """Bars side by side, labels below, figures on top; a negative one is grey.

    Labels never shrink: beyond two lines the drawing gets higher than `height`.
    """
    slot = width / max(1, len(bars))
    labels = [break_lines(fonts, bar.label, Face.TEXT, TEXT_SIZE, slot * 0.94) for bar in bars]
    foot = (max([2, *map(len, labels)]) * LINE_HEIGHT + 0.2) * TEXT_SIZE
    room = max(height - 2.6 * TEXT_SIZE, 40.0) - 2 * TEXT_SIZE
    drawing = _new_drawing(width, foot + room + 2 * TEXT_SIZE)
    longest = max((abs(bar.value) for bar in bars), default=0) or 1
    drawing.add(Line(0, foot, width, foot, strokeColor=LINE, strokeWidth=1))
    for number, (bar, lines) in enumerate(zip(bars, labels, strict=True)):
        middle = (number + 0.5) * slot
        length = room * abs(bar.value) / longest
        thickness = min(slot * 0.6, 36)
        drawing.add(_bar(middle - thickness / 2, foot, thickness, length, bar))
        size = fonts.fit(bar.figure, Face.BOLD, TEXT_SIZE, slot, 1)
        _add_text(drawing, fonts, middle, foot + length + 4, bar.figure, Face.BOLD, size, "center")
        for line_number, line in enumerate(lines, start=1):
            y = foot - line_number * TEXT_SIZE * LINE_HEIGHT
            _add_text(drawing, fonts, middle, y, line, Face.TEXT, TEXT_SIZE, "center")
    return drawing


def curves(fonts: Fonts, labels: Sequence[str], lines: Sequence[Curve], width: float, height: float) -> Drawing:
    """Curves over the same labels from the left to the right, on a scale from 0 with a few round figures."""
    drawing = _new_drawing(width, height)
    most = max((value for line in lines for value in line.values), default=0)
    step = _round_step(most)
    steps = max(-(-most // step), 1)
    scale = [f"{number * step:,}" for number in range(steps + 1)]
    left = 1.2 * max(fonts.width(figure, Face.TEXT, TEXT_SIZE) for figure in scale) + GAP
    foot, head = 1.8 * TEXT_SIZE, 2.2 * TEXT_SIZE
    pitch = (width - left - 2 * GAP) / max(len(labels), 1)
    rise = (height - foot - head) / (steps * step)
    for number, figure in enumerate(scale):
        y = foot + number * step * rise
        drawing.add(Line(left, y, width, y, strokeColor=LINE, strokeWidth=1))
        _add_text(drawing, fonts, left - GAP, y - TEXT_SIZE * 0.37, figure, Face.TEXT, TEXT_SIZE, "right")
    for at, label in enumerate(labels):
        _add_text(drawing, fonts, left + (at + 0.5) * pitch, 2, label, Face.TEXT, TEXT_SIZE, "center")
    x = left
    for line in lines:
        points = [(left + (at + 0.5) * pitch, foot + value * rise) for at, value in enumerate(line.values)]
        _add_curve(drawing, points, line)
        y = height - TEXT_SIZE
        _add_curve(drawing, [(x, y + 4), (x + 30, y + 4)], line)
        _add_text(drawing, fonts, x + 30 + GAP, y, line.name, Face.BOLD, TEXT_SIZE, "left")
        x += 30 + 4 * GAP + 1.2 * fonts.width(line.name, Face.BOLD, TEXT_SIZE)
    return drawing


def _round_step(most: int) -> int:
    """The distance of round figures with which a scale up to this value has two to five of them."""
    step = 1
    while most > 5 * step:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return step


def _add_curve(drawing: Drawing, points: Sequence[tuple[float, float]], line: Curve) -> None:
    stroke = PolyLine([at for point in points for at in point], strokeColor=line.tint, strokeWidth=2.4)
    if line.dashed:
        stroke.strokeDashArray = [6, 4]
    drawing.add(stroke)
    for x, y in points:
        drawing.add(Circle(x, y, 3.4, fillColor=line.tint, strokeColor=None))


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
    rectangle.fillColor = bar.tint or (ACCENT if bar.value >= 0 else QUIET)
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
