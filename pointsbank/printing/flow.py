"""Pages that fill from top to bottom: title, paragraphs, tables that go over pages, places to sign. In points."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reportlab.pdfgen.canvas import Canvas

from pointsbank.printing import paper
from pointsbank.printing.fonts import Align, Face, Fonts
from pointsbank.printing.paper import ACCENT, INK, LEADING, LINE, MARGIN, MM, QUIET, Box, Column, Size

PADDING = 5
ROW_PADDING = 3.0
FOOT = 6 * MM  # what the footer takes of the page's foot, above the margin
SIGN_HEIGHT = 14 * MM

_Draw = Callable[[Canvas], None]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: titles with the widths of their columns, and texts for each of them."""

    columns: tuple[tuple[str, float, Align], ...]  # title, part of the width, side
    rows: Sequence[Sequence[str]]
    sums: Sequence[Sequence[str]] = ()  # rows in bold below the others


@dataclass
class Flow:
    """A paper that is put together block by block, then drawn once the number of its pages is known."""

    fonts: Fonts
    size: Size = paper.A4
    text_size: float = 10.0
    cell_size: float = 9.0
    _pages: list[list[_Draw]] = field(default_factory=lambda: [[]])
    _y: float = 0.0

    def __post_init__(self) -> None:
        self._y = self.top

    @property
    def top(self) -> float:
        """Where a page begins."""
        return self.size.height - MARGIN

    @property
    def width(self) -> float:
        """Between the margins."""
        return self.size.width - 2 * MARGIN

    @property
    def bottom(self) -> float:
        """Where a page ends, above its footer."""
        return MARGIN + FOOT

    def turn(self) -> None:
        """Begin a page."""
        self._pages.append([])
        self._y = self.top

    def gap(self, height: float) -> None:
        """Leave room; none at the head of a page."""
        if self._y < self.top:
            self._y -= height

    def title(self, text: str, under: str = "") -> None:
        """The formal title, and a quiet line under it."""

        def draw(canvas: Canvas, top: float) -> None:
            canvas.setFillColor(ACCENT)
            box = Box(MARGIN, top - 11 * MM, self.width, 10 * MM)
            paper.draw_in_box(canvas, self.fonts, text, Face.SONG, 20, box, "center")
            if under:
                canvas.setFillColor(QUIET)
                paper.draw_in_box(
                    canvas, self.fonts, under, Face.TEXT, 9.5, Box(MARGIN, top - 17 * MM, self.width, 5 * MM), "center"
                )

        self._place((20 if under else 14) * MM, draw)

    def paragraph(self, text: str, face: Face = Face.TEXT) -> None:
        """A paragraph, line by line, so that it may go over pages."""
        for line in paper.break_lines(self.fonts, text, face, self.text_size, self.width):
            self._place(self.text_size * LEADING, self._line(line, face, self.text_size))

    def heading(self, text: str) -> None:
        """A heading that stays with what follows it."""
        if self._y - 24 * MM < self.bottom:
            self.turn()
        self.gap(4 * MM)
        size = self.text_size * 1.1
        self._place(size * LEADING + 1.5 * MM, self._line(text, Face.BOLD, size))

    def facts(self, pairs: Sequence[tuple[str, str]], label_width: float = 26 * MM) -> None:
        """Names with values beside them."""
        for name, value in pairs:
            lines = paper.break_lines(self.fonts, value, Face.TEXT, self.text_size, self.width - label_width)
            self._place(len(lines) * self.text_size * LEADING + 1 * MM, self._fact(name, lines, label_width))

    def table(self, table: Rows) -> None:
        """A table with lines; its head stands again on each page, and a row never breaks."""
        columns = [Column(title, part * self.width, align) for title, part, align in table.columns]
        head = self._broken(columns, [column.title for column in columns], Face.BOLD)
        self._keep(self._row_height(head) + 12 * MM)
        self._row(columns, head, Face.BOLD, is_head=True)
        for cells, face in [*((row, Face.TEXT) for row in table.rows), *((row, Face.BOLD) for row in table.sums)]:
            broken = self._broken(columns, cells, face)
            if self._y - self._row_height(broken) < self.bottom:
                self.turn()
                self._row(columns, head, Face.BOLD, is_head=True)
            self._row(columns, broken, face)

    def signatures(self, words: str, places: Sequence[str], per_row: int = 2) -> None:
        """A paragraph with places to sign at below it, kept together on one page."""
        rows = [places[start : start + per_row] for start in range(0, len(places), per_row)]
        said = paper.break_lines(self.fonts, words, Face.TEXT, self.text_size, self.width)
        height = len(rows) * SIGN_HEIGHT + 4 * MM
        self.gap(4 * MM)
        self._keep(len(said) * self.text_size * LEADING + height)
        self.paragraph(words)

        def draw(canvas: Canvas, top: float) -> None:
            part = self.width / per_row
            for number, row in enumerate(rows, start=1):
                y = top - number * SIGN_HEIGHT + 2 * MM
                for at, place in enumerate(row):
                    x = MARGIN + at * part
                    self.fonts.draw(canvas, x, y, place, Face.TEXT, self.text_size, color=INK)
                    canvas.setStrokeColor(QUIET)
                    canvas.setLineWidth(0.5)
                    begin = x + self.fonts.width(place, Face.TEXT, self.text_size) + 3
                    canvas.line(begin, y - 2, x + part - 6 * MM, y - 2)

        self._place(height, draw)

    def pdf(self, title: str, author: str, footer: str) -> bytes:
        """All pages with their footer; the same blocks give the same bytes."""
        stream = io.BytesIO()
        canvas = paper.new_document(stream, self.fonts, self.size, title, author)
        for number, page in enumerate(self._pages, start=1):
            for draw in page:
                draw(canvas)
            paper.draw_footer(canvas, self.fonts, self.size, footer, number, len(self._pages))
            canvas.showPage()
            canvas.setPageSize((self.size.width, self.size.height))
        canvas.save()
        return stream.getvalue()

    # --- placing ---

    def _keep(self, height: float) -> None:
        """Begin a page if this does not fit any more."""
        if self._y - height < self.bottom:
            self.turn()

    def _place(self, height: float, draw: Callable[[Canvas, float], None]) -> None:
        self._keep(height)
        top = self._y
        self._pages[-1].append(lambda canvas: draw(canvas, top))
        self._y -= height

    def _line(self, text: str, face: Face, size: float) -> Callable[[Canvas, float], None]:
        return lambda canvas, top: self.fonts.draw(canvas, MARGIN, top - size, text, face, size, color=INK)

    def _fact(self, name: str, lines: list[str], label_width: float) -> Callable[[Canvas, float], None]:
        def draw(canvas: Canvas, top: float) -> None:
            self.fonts.draw(canvas, MARGIN, top - self.text_size, name, Face.TEXT, self.text_size, color=QUIET)
            canvas.setFillColor(INK)
            paper.draw_lines(
                canvas, self.fonts, MARGIN + label_width, top - self.text_size, lines, Face.TEXT, self.text_size
            )

        return draw

    def _broken(self, columns: Sequence[Column], cells: Sequence[str], face: Face) -> list[list[str]]:
        return [
            paper.break_lines(self.fonts, text, face, self.cell_size, column.width - 2 * PADDING)
            for column, text in zip(columns, cells, strict=True)
        ]

    def _row_height(self, broken: Sequence[Sequence[str]]) -> float:
        return max(map(len, broken)) * self.cell_size * LEADING + 2 * ROW_PADDING

    def _row(
        self, columns: Sequence[Column], broken: Sequence[Sequence[str]], face: Face, *, is_head: bool = False
    ) -> None:
        height = self._row_height(broken)

        def draw(canvas: Canvas, top: float) -> None:
            canvas.setFillColor(ACCENT if is_head else INK)
            x = MARGIN
            for column, lines in zip(columns, broken, strict=True):
                at = {
                    "left": x + PADDING,
                    "center": x + column.width / 2,
                    "right": x + column.width - PADDING,
                }[column.align]
                y = top - ROW_PADDING - self.cell_size
                paper.draw_lines(canvas, self.fonts, at, y, lines, face, self.cell_size, column.align)
                x += column.width
            canvas.setStrokeColor(ACCENT if is_head else LINE)
            canvas.setLineWidth(0.8 if is_head else 0.5)
            canvas.line(MARGIN, top - height, MARGIN + self.width, top - height)

        self._place(height, draw)
