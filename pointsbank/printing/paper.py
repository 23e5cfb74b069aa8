"""Sheets, colours, Chinese line breaks, tables, footers. Lengths are in points, the origin is bottom left."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from pointsbank.printing.fonts import Align, Face, Fonts

MM = 72 / 25.4


@dataclass(frozen=True)
class Size:
    """Width and height of a sheet."""

    width: float
    height: float

    @property
    def landscape(self) -> "Size":
        """The same sheet, lying."""
        return Size(max(self.width, self.height), min(self.width, self.height))


def _size(width_mm: float, height_mm: float) -> Size:
    return Size(width_mm * MM, height_mm * MM)


A2 = _size(420, 594)
A3 = _size(297, 420)
A4 = _size(210, 297)
A6 = _size(105, 148)
ID_1 = _size(85.6, 54)  # a bank card


def roll(width_mm: float, height: float) -> Size:
    """A piece of a receipt roll (58 or 80 mm wide), as high as its text."""
    return Size(width_mm * MM, height)


MARGIN = 15 * MM  # what every printer in a village office can reach, with room for a punch

# The tokens of the screens, and what paper needs beside them.
INK = HexColor("#1F1B16")
QUIET = HexColor("#6B6256")
PAPER = HexColor("#FBF8F3")
WHITE = HexColor("#FFFFFF")
LINE = HexColor("#E3DACB")
ACCENT = HexColor("#A61E17")
ACCENT_DEEP = HexColor("#7E120D")
GOLD = HexColor("#B8862D")  # ornament only: too pale for small text on white
GOLD_LIGHT = HexColor("#F3D589")  # text on the red
GOOD = HexColor("#1E6B3C")
WARN = HexColor("#8A5A00")


def new_document(stream: BinaryIO, fonts: Fonts, size: Size, title: str, author: str) -> Canvas:
    """A canvas that writes the same bytes for the same drawing: no date, no machine, no random id."""
    canvas = Canvas(
        stream,
        pagesize=(size.width, size.height),
        invariant=1,
        pageCompression=1,
        # Else every file names Helvetica, which is not embedded.
        initialFontName=fonts.main_name(Face.TEXT),  # type: ignore[arg-type] # the stubs say float by mistake
        lang="zh-CN",
    )
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setSubject(title)
    canvas.setCreator("pointsbank")
    return canvas


@contextmanager
def outlined(canvas: Canvas, color: Color, line_width: float, *, filled: bool = True) -> Iterator[None]:
    """Inside the block text gets an outline: filled, it thickens the Song face, which comes in one weight."""
    canvas.saveState()
    canvas.setStrokeColor(color)
    canvas.setLineWidth(line_width)
    mode = canvas.beginText()
    mode.setTextRenderMode(2 if filled else 1)
    canvas.drawText(mode)
    yield
    canvas.restoreState()


# --- lines of Chinese text ---

LEADING = 1.35  # distance of baselines, in sizes

NEVER_FIRST = frozenset("，。、；：？！）》〉」』】〕］｝”’…—～·％‰℃,.;:?!)]}%°")
NEVER_LAST = frozenset("（《〈「『【〔［｛“‘￥$([{#№")
_ATOM = re.compile(r"[A-Za-z0-9]+(?:[.,:/\-+][A-Za-z0-9]+)*|\s+|.", re.DOTALL)


def break_lines(fonts: Fonts, text: str, face: Face, size: float, width: float) -> list[str]:
    """Cut `text` into lines no wider than `width`; at least one, even when empty.

    No line starts with a closing mark or ends with an opening one; figures and Latin words stay whole. What
    is wider than a line by itself is broken between characters, never cut off.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for atom in _unbreakable(paragraph):
            if fonts.width((line + atom).rstrip(), face, size) <= width:
                line += atom
                continue
            if line.strip():
                lines.append(line.rstrip())
            line = atom.lstrip()
            while len(line) > 1 and fonts.width(line, face, size) > width:
                end = _characters_that_fit(fonts, line, face, size, width)
                lines.append(line[:end])
                line = line[end:]
        lines.append(line.rstrip())
    return lines


def _unbreakable(text: str) -> list[str]:
    """The pieces between which a line may end."""
    pieces: list[str] = []
    for atom in _ATOM.findall(text):
        glued = pieces and (atom[0] in NEVER_FIRST or pieces[-1][-1] in NEVER_LAST)
        if glued:
            pieces[-1] += atom
        else:
            pieces.append(atom)
    return pieces


def _characters_that_fit(fonts: Fonts, text: str, face: Face, size: float, width: float) -> int:
    end = 1
    while end < len(text) and fonts.width(text[: end + 1], face, size) <= width:
        end += 1
    return end


def fit_lines(
    fonts: Fonts, text: str, face: Face, size: float, width: float, height: float, size_min: float
) -> tuple[float, list[str]]:
    """The size and lines with which the whole `text` fits into a box.

    One line, shrunk down to `size_min` if need be; else as many lines as it takes, shrunk until they fit the
    height. Whatever happens every character is there: small is better than cut.
    """
    one_line = fonts.fit(text, face, size, width, size_min)
    if "\n" not in text and fonts.width(text, face, one_line) <= width:
        return one_line, [text]
    while True:
        lines = break_lines(fonts, text, face, size, width)
        if len(lines) * size * LEADING <= height or size < 1:
            return size, lines
        size *= 0.96


def draw_lines(
    canvas: Canvas,
    fonts: Fonts,
    x: float,
    y: float,
    lines: Sequence[str],
    face: Face,
    size: float,
    align: Align = "left",
) -> float:
    """Draw lines downwards, the first with its baseline at `y`; gives the baseline of the next line."""
    for line in lines:
        fonts.draw(canvas, x, y, line, face, size, align)
        y -= size * LEADING
    return y


@dataclass(frozen=True)
class Box:
    """A place on the sheet, named by its lower left corner."""

    x: float
    y: float
    width: float
    height: float


SHRINK_MAX = 0.7  # a line gets this much smaller before it is broken in two

# Chinese characters rise this far above the baseline, less what hangs below: centres a line in its row.
_RISE = 0.74  # sizes


def draw_in_box(
    canvas: Canvas, fonts: Fonts, text: str, face: Face, size: float, box: Box, align: Align = "left"
) -> None:
    """Draw `text` into `box`, in the middle of its height: shrunk, then broken, never cut."""
    size, lines = fit_lines(fonts, text, face, size, box.width, box.height, size * SHRINK_MAX)
    draw_lines_in_box(canvas, fonts, lines, face, size, box, align)


def draw_lines_in_box(
    canvas: Canvas, fonts: Fonts, lines: Sequence[str], face: Face, size: float, box: Box, align: Align = "left"
) -> None:
    """Draw lines that are already broken into `box`, in the middle of its height."""
    x = {"left": box.x, "center": box.x + box.width / 2, "right": box.x + box.width}[align]
    block = (len(lines) - 1) * size * LEADING + size * _RISE
    top = box.y + (box.height + block) / 2
    draw_lines(canvas, fonts, x, top - size * _RISE, lines, face, size, align)


# --- tables ---


@dataclass(frozen=True)
class Column:
    """One column: numbers stand right."""

    title: str
    width: float
    align: Align = "left"


@dataclass(frozen=True)
class Table:
    """Rows of one height below a head which every page repeats; text too wide shrinks, then wraps."""

    columns: tuple[Column, ...]
    row_height: float
    text_size: float
    padding: float = 4.0

    @property
    def width(self) -> float:
        """All columns together."""
        return sum(column.width for column in self.columns)

    def rows_per_page(self, height: float) -> int:
        """How many rows fit under the head in `height`."""
        return int(height / self.row_height + 1e-9) - 1

    def draw(self, canvas: Canvas, fonts: Fonts, x: float, y: float, rows: Sequence[Sequence[str]]) -> float:
        """Draw the head and `rows` downwards from `y`; gives the bottom edge."""
        canvas.setFillColor(ACCENT)
        canvas.rect(x, y - self.row_height, self.width, self.row_height, stroke=0, fill=1)
        canvas.setFillColor(WHITE)
        self._draw_row(canvas, fonts, x, y, [column.title for column in self.columns], Face.BOLD)
        y -= self.row_height
        canvas.setFillColor(INK)
        for row in rows:
            self._draw_row(canvas, fonts, x, y, row, Face.TEXT)
            y -= self.row_height
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        for number in range(len(rows) + 1):
            canvas.line(x, y + number * self.row_height, x + self.width, y + number * self.row_height)
        return y

    def _draw_row(self, canvas: Canvas, fonts: Fonts, x: float, y: float, row: Sequence[str], face: Face) -> None:
        for column, text in zip(self.columns, row, strict=True):
            draw_in_box(
                canvas, fonts, text, face, self.text_size,
                Box(x + self.padding, y - self.row_height, column.width - 2 * self.padding, self.row_height),
                column.align,
            )  # fmt: skip
            x += column.width


def draw_footer(canvas: Canvas, fonts: Fonts, size: Size, text: str, page: int, pages: int) -> None:
    """What the sheet is, at the left; page x / y, at the right."""
    y = MARGIN * 0.6
    fonts.draw(canvas, MARGIN, y, text, Face.TEXT, 8, color=QUIET)
    fonts.draw(canvas, size.width - MARGIN, y, f"第 {page} 页 / 共 {pages} 页", Face.TEXT, 8, "right")
