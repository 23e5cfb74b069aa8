"""A sheet of A5 that is brought to one household: title, who it is for, plain paragraphs, and who signs."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas

from pointsbank.printing import paper
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import INK, LINE, MM, QUIET, Box, Size

A5 = Size(148 * MM, 210 * MM)
EDGE = 14 * MM
TEXT_SIZE = 13.0  # the text shrinks where there is much of it; old eyes read it
SMALL_SIZE = 9
PRIVATE = "这张单子只给本户，不张贴、不外传。"
LABEL_WIDTH = 24 * MM
_FOOT_HEIGHT = 44 * MM  # date, stamp and receipt
_SMALLEST = 7.5


@dataclass(frozen=True, slots=True)
class Letter:
    """What stands on the sheet. facts: (name, value) in order; paragraphs: what the household can do.

    signers: the lines to sign on at the foot.
    """

    village: str
    office: str  # who sends it
    title: str
    number: str
    household: str
    facts: Sequence[tuple[str, str]]
    paragraphs: Sequence[str]
    day: str
    signers: Sequence[str]


def letter_pdf(letter: Letter, fonts: Fonts) -> bytes:
    """One page; the same letter gives the same bytes."""
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, A5, letter.title, letter.village)
    _draw_head(canvas, fonts, letter)
    size = TEXT_SIZE
    while _height(fonts, letter, size) > A5.height - 2 * EDGE - 31 * MM - _FOOT_HEIGHT and size > _SMALLEST:
        size -= 0.5
    _draw_body(canvas, fonts, letter, size)
    _draw_foot(canvas, fonts, letter)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _draw_head(canvas: Canvas, fonts: Fonts, letter: Letter) -> None:
    canvas.setFillColor(INK)
    top, width = A5.height - EDGE, A5.width - 2 * EDGE
    paper.draw_in_box(canvas, fonts, letter.title, Face.SONG, 20, Box(EDGE, top - 10 * MM, width, 10 * MM), "center")
    canvas.setFillColor(QUIET)
    paper.draw_in_box(
        canvas, fonts, f"{letter.village}　{letter.number}", Face.TEXT, SMALL_SIZE,
        Box(EDGE, top - 16 * MM, width, 5 * MM), "center",
    )  # fmt: skip
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(1)
    canvas.line(EDGE, top - 18 * MM, A5.width - EDGE, top - 18 * MM)
    canvas.setFillColor(INK)
    household = Box(EDGE, top - 28 * MM, width, 8 * MM)
    paper.draw_in_box(canvas, fonts, f"{letter.household}：", Face.BOLD, 13, household)


def _wrapped(fonts: Fonts, text: str, size: float, width: float) -> list[str]:
    return paper.break_lines(fonts, text, Face.TEXT, size, width)


def _height(fonts: Fonts, letter: Letter, size: float) -> float:
    """Of facts and paragraphs at a size of text."""
    width = A5.width - 2 * EDGE
    lines = sum(len(_wrapped(fonts, value, size, width - LABEL_WIDTH)) for _, value in letter.facts)
    lines += sum(len(_wrapped(fonts, text, size, width)) for text in letter.paragraphs)
    return lines * size * paper.LEADING + (len(letter.facts) + len(letter.paragraphs) + 1) * 2 * MM


def _draw_body(canvas: Canvas, fonts: Fonts, letter: Letter, size: float) -> None:
    width, y = A5.width - 2 * EDGE, A5.height - EDGE - 31 * MM - size
    for name, value in letter.facts:
        fonts.draw(canvas, EDGE, y, name, Face.TEXT, size, color=QUIET)
        lines = _wrapped(fonts, value, size, width - LABEL_WIDTH)
        canvas.setFillColor(INK)
        y = paper.draw_lines(canvas, fonts, EDGE + LABEL_WIDTH, y, lines, Face.TEXT, size) - 2 * MM
    y -= 2 * MM
    for text in letter.paragraphs:
        y = paper.draw_lines(canvas, fonts, EDGE, y, _wrapped(fonts, text, size, width), Face.TEXT, size) - 2 * MM


def _draw_foot(canvas: Canvas, fonts: Fonts, letter: Letter) -> None:
    right = A5.width - EDGE
    y = EDGE + 38 * MM
    canvas.setFillColor(INK)
    fonts.draw(canvas, right, y, f"{letter.office}（盖章）", Face.TEXT, 11.5, "right")
    fonts.draw(canvas, right, y - 6 * MM, letter.day, Face.TEXT, 11.5, "right")
    canvas.setStrokeColor(LINE)
    canvas.setDash(3, 2)
    canvas.line(EDGE, y - 12 * MM, right, y - 12 * MM)
    canvas.setDash()
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.5)
    column = (A5.width - 2 * EDGE) / len(letter.signers)
    for at, signer in enumerate(letter.signers):
        x, line_y = EDGE + at * column, y - 24 * MM
        fonts.draw(canvas, x, line_y, signer, Face.TEXT, SMALL_SIZE)
        start = x + fonts.width(signer, Face.TEXT, SMALL_SIZE) + 1.5 * MM
        canvas.line(start, line_y - 1 * MM, x + column - 4 * MM, line_y - 1 * MM)
    fonts.draw(canvas, EDGE, EDGE + 3 * MM, PRIVATE, Face.TEXT, SMALL_SIZE, color=QUIET)
