"""公示长图: the notice as one long picture for the village's chat group. Lengths in pixels."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfbase import pdfmetrics

from pointsbank.deeds.documents.notice import GroupPart, Line, NoticePaper
from pointsbank.foundation.errors import TooLargeError
from pointsbank.printing import paper
from pointsbank.printing.fonts import Face, Fonts

WIDTH, EDGE = 1_080, 48
ITEMS_MAX = 400  # of one picture: a longer one no phone opens
PAPER, CARD, INK, QUIET, ACCENT = "#FBF8F3", "#FFFFFF", "#1F1B16", "#6B6256", "#A61E17"
TEXT, SMALL, HEAD, TITLE = 30, 26, 34, 60


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of text, with what stands at its right end. band: the colour of the whole row behind it."""

    left: str = ""
    right: str = ""
    middle: str = ""
    size: int = TEXT
    color: str = INK
    face: Face = Face.TEXT
    band: str = ""
    height: int = 0


def notice_png(content: NoticePaper, fonts: Fonts) -> bytes:
    """The notice as a PNG; the same content gives the same bytes. Raises TooLargeError for more than ITEMS_MAX."""
    if content.items > ITEMS_MAX:
        what, instead = ("这一组", "打印公示表") if content.group else ("这一期", "按组出图")
        raise TooLargeError(f"{what}有 {content.items} 件，一张图放不下（最多 {ITEMS_MAX} 件）。请{instead}。")
    rows = list(_rows(content, fonts))
    image = Image.new("RGB", (WIDTH, sum(_height(row) for row in rows) + 2 * EDGE), PAPER)
    pen = ImageDraw.Draw(image)
    y = EDGE
    for row in rows:
        _draw(pen, fonts, row, y)
        y += _height(row)
    stream = io.BytesIO()
    image.convert("P", palette=Image.Palette.ADAPTIVE, colors=32).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _height(row: _Row) -> int:
    return row.height or round(row.size * 1.6)


def _rows(content: NoticePaper, fonts: Fonts) -> Iterator[_Row]:
    yield _Row(middle=content.title, size=TITLE, color=ACCENT, face=Face.SONG)
    what = f"第 {content.number} 期　{content.group or '各组'}　共 {content.items} 件、{content.households} 户"
    yield _Row(middle=what, size=HEAD, face=Face.BOLD)
    yield from _wrapped(fonts, content.period, TEXT, INK)
    for part in content.parts:
        yield _Row(height=24)
        yield _Row(part.name, f"{part.households} 户、{len(part.lines)} 件", size=HEAD, color=CARD, band=ACCENT)
        yield from _items(content, part, fonts)
    yield _Row(height=36)
    yield _Row("有不同意见怎么办", size=HEAD, color=ACCENT, face=Face.BOLD)
    for sentence in content.how_to_object:
        yield from _wrapped(fonts, sentence, SMALL, INK)


def _items(content: NoticePaper, part: GroupPart, fonts: Fonts) -> Iterator[_Row]:
    for line in part.lines:
        if line.sum:
            yield _Row(height=10)
            sums = f"合计 {line.sum}　{content.year}年累计 {line.total}"
            yield _Row(line.household, sums, size=SMALL, color=QUIET, face=Face.BOLD, band=CARD)
        yield from _item(line, fonts)


def _item(line: Line, fonts: Fonts) -> Iterator[_Row]:
    """Who, when and what, over as many rows as it takes; the points at the end of the first."""
    words = f"{line.serial}　{line.name}　{line.day.month}月{line.day.day}日　{line.what}"
    first, *more = paper.break_lines(fonts, words, Face.TEXT, TEXT, WIDTH - 2 * EDGE - 190)
    yield _Row(first, line.points, band=CARD)
    for text in more:
        yield _Row(f"　　{text}", band=CARD)


def _wrapped(fonts: Fonts, text: str, size: int, color: str) -> Iterator[_Row]:
    for line in paper.break_lines(fonts, text, Face.TEXT, size, WIDTH - 2 * EDGE):
        yield _Row(line, size=size, color=color)


def _draw(pen: ImageDraw.ImageDraw, fonts: Fonts, row: _Row, top: int) -> None:
    height = _height(row)
    if row.band:
        pen.rectangle((EDGE - 16, top, WIDTH - EDGE + 16, top + height), fill=row.band)
    baseline = top + round(height / 2 + row.size * 0.36)
    for text, at in ((row.left, 0.0), (row.middle, 0.5), (row.right, 1.0)):
        if text:
            room = WIDTH - 2 * EDGE
            size = min(row.size, int(row.size * room / max(1.0, fonts.width(text, row.face, row.size))))
            x = EDGE + at * (room - fonts.width(text, row.face, size))
            for name, part in fonts.runs(text, row.face):
                font = _font(name, size)
                pen.text((x, baseline), part, fill=row.color, font=font, anchor="ls")
                x += font.getlength(part)


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """The file that ReportLab has under this name, for a picture."""
    registered: Any = pdfmetrics.getFont(name)  # an EmbeddedFont, which the stubs do not know
    return ImageFont.truetype(registered.face.filename, size)
