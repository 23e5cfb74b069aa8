"""Texts on a receipt roll, in black only for thermal printers: lines from top to bottom. Lengths in points."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportlab.lib.colors import black
from reportlab.pdfgen.canvas import Canvas

from pointsbank.printing import paper
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import MM


@dataclass(frozen=True, slots=True)
class RollWidth:
    """A width of paper: what the print head leaves blank at each side, and the size of the text."""

    width_mm: float
    edge_mm: float
    text_size: float

    @property
    def inner(self) -> float:
        """What can be printed on."""
        return (self.width_mm - 2 * self.edge_mm) * MM


# Print heads are 48 and 72 mm wide (203 dots per inch); a hair less is used, for paper that runs askew.
ROLL_58 = RollWidth(58, 5.5, 8.5)
ROLL_80 = RollWidth(80, 4.5, 10)


@dataclass(frozen=True, slots=True)
class RollLine:
    """Text at the left, in the middle or at both sides; rule: a dashed line instead. scale: of the roll's text size."""

    left: str = ""
    right: str = ""
    middle: str = ""
    face: Face = Face.TEXT
    scale: float = 1
    rule: bool = False


RULE = RollLine(rule=True)


def wrapped(fonts: Fonts, roll: RollWidth, text: str, face: Face = Face.TEXT) -> Iterator[RollLine]:
    """A text in as many lines as it takes."""
    for line in paper.break_lines(fonts, text, face, roll.text_size, roll.inner):
        yield RollLine(line, face=face)


def roll_pdf(lines: Sequence[RollLine], roll: RollWidth, fonts: Fonts, title: str, author: str) -> bytes:
    """One page as high as its text; the same lines give the same bytes."""
    height = sum(_height(line, roll) for line in lines) + 2 * roll.edge_mm * MM
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, paper.roll(roll.width_mm, height), title, author)
    canvas.setFillColor(black)
    canvas.setStrokeColor(black)
    top = height - roll.edge_mm * MM
    for line in lines:
        _draw(canvas, fonts, roll, line, top)
        top -= _height(line, roll)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _height(line: RollLine, roll: RollWidth) -> float:
    return roll.text_size * line.scale * (0.9 if line.rule else paper.LEADING)


def _draw(canvas: Canvas, fonts: Fonts, roll: RollWidth, line: RollLine, top: float) -> None:
    left, right, size = roll.edge_mm * MM, (roll.width_mm - roll.edge_mm) * MM, roll.text_size * line.scale
    if line.rule:
        middle = top - _height(line, roll) / 2
        canvas.setLineWidth(0.6)
        canvas.setDash(2, 2)
        canvas.line(left, middle, right, middle)
        canvas.setDash()
        return
    baseline = top - size
    if line.middle:
        shrunk = fonts.fit(line.middle, line.face, size, right - left, 1)
        fonts.draw(canvas, (left + right) / 2, baseline, line.middle, line.face, shrunk, "center")
    both = fonts.width(f"{line.left}　{line.right}" if line.right else line.left, line.face, size)
    size *= min(1, (right - left) / both) if both else 1  # a long name and a great number still stand side by side
    fonts.draw(canvas, left, baseline, line.left, line.face, size)
    fonts.draw(canvas, right, baseline, line.right, line.face, size, "right")
