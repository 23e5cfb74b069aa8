"""会议记录: what a meeting decided, item by item, to be signed; an inner paper with full names, on A4. In points."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from reportlab.pdfgen.canvas import Canvas

from pointsbank.deeds.models import OUTCOME_NAMES, Body, Decision, Meeting, Outcome
from pointsbank.deeds.queries.panel import body_names
from pointsbank.deeds.services.booking import in_words
from pointsbank.foundation.periods import day_title
from pointsbank.foundation.points import format_points
from pointsbank.places.models import Place
from pointsbank.printing import paper
from pointsbank.printing.fonts import Align, Face, Fonts
from pointsbank.printing.paper import ACCENT, INK, LEADING, LINE, MARGIN, MM, QUIET, Box, Column

TEXT_SIZE = 9.5
CELL_SIZE = 8.5
PADDING = 3.5
ROW_PADDING = 2.5
NARROWEST, WIDEST = 9 * MM, 45 * MM  # a column is as wide as its longest cell, within these
_WIDE = ("什么事", "说明")
WHAT_MIN, REASON_MIN = 50 * MM, 40 * MM
WIDTH = paper.A4.width - 2 * MARGIN
TOP = paper.A4.height - MARGIN
BOTTOM = MARGIN + 6 * MM
SIGNATURES_HEIGHT = 46 * MM


@dataclass(frozen=True, slots=True)
class MinutesItem:
    """What was decided on a claim. votes: in favour : against : abstained, empty where nobody asked for a vote."""

    serial: int
    who: str
    what: str
    outcome: str
    points: str
    votes: str
    recused: str  # who stood aside and why: 王芳（儿媳）
    reason: str

    @property
    def remark(self) -> str:
        """Who stood aside, and the reason: seldom both, so they share a column."""
        return f"{self.recused}回避{'；' if self.reason else ''}{self.reason}" if self.recused else self.reason


COLUMNS: tuple[tuple[str, Align, Callable[[MinutesItem], str]], ...] = (
    ("笔号", "right", lambda item: str(item.serial)),
    ("户", "left", lambda item: item.who),
    ("什么事", "left", lambda item: item.what),
    ("结果", "left", lambda item: item.outcome),
    ("积分", "right", lambda item: item.points),
    ("票数", "left", lambda item: item.votes),
    ("说明", "left", lambda item: item.remark),
)


@dataclass(frozen=True, slots=True)
class Minutes:
    """What stands on the paper."""

    village: str
    body: str
    number: int
    held_on: date
    venue: str
    present: tuple[str, ...]
    absent: tuple[str, ...]
    has_members: bool
    is_closed: bool
    summary: str
    items: tuple[MinutesItem, ...]
    text: str


def minutes_of(village: Place, meeting: Meeting, decisions: Sequence[Decision]) -> Minutes:
    """The paper of a meeting; decisions in the order in which they are to stand."""
    attended = sorted(meeting.attendances, key=lambda one: one.staff.serial)
    counts = {outcome: sum(decision.outcome is outcome for decision in decisions) for outcome in Outcome}
    said = "，".join(f"{OUTCOME_NAMES[outcome]} {count} 件" for outcome, count in counts.items() if count)
    return Minutes(
        village=village.name,
        body=body_names(village.kind)[meeting.body],
        number=meeting.serial,
        held_on=meeting.held_on,
        venue=meeting.venue,
        present=tuple(one.staff.name for one in attended if one.present),
        absent=tuple(one.staff.name for one in attended if not one.present),
        has_members=meeting.body is not Body.ASSEMBLY,
        is_closed=meeting.closed_at is not None,
        summary=f"议定 {len(decisions)} 件：{said}。" if decisions else "没有议定的事。",
        items=tuple(_item(decision) for decision in decisions),
        text=meeting.minutes,
    )


def _item(decision: Decision) -> MinutesItem:
    claim = decision.claim
    who = claim.resident.name if claim.resident else f"{claim.household.head_name}家"
    votes = (decision.in_favour, decision.against, decision.abstained)
    return MinutesItem(
        serial=claim.serial,
        who=f"{who} {claim.household.number}",
        what=in_words(claim.rule, claim.quantity),
        outcome=OUTCOME_NAMES[decision.outcome],
        points=format_points(decision.points) if decision.outcome is Outcome.APPROVED else "",
        votes=":".join(str(count or 0) for count in votes) if decision.in_favour is not None else "",
        recused="、".join(
            f"{one.staff.name}（{one.reason}）" for one in sorted(decision.recusals, key=lambda one: one.staff.serial)
        ),
        reason=decision.reason,
    )


def minutes_pdf(minutes: Minutes, fonts: Fonts) -> bytes:
    """The paper as a PDF; the same meeting gives the same bytes."""
    title = f"{minutes.village}{minutes.body}会议记录"
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, paper.A4, title, minutes.village)
    pages = _Layout(canvas, fonts, minutes, title).pages()
    for number, page in enumerate(pages, start=1):
        for draw in page:
            draw()
        state = "" if minutes.is_closed else "（会议未结束，草稿）"
        foot = f"{title}　第 {minutes.number} 次　{day_title(minutes.held_on)}{state}"
        paper.draw_footer(canvas, fonts, paper.A4, foot, number, len(pages))
        canvas.showPage()
        canvas.setPageSize((paper.A4.width, paper.A4.height))
    canvas.save()
    return stream.getvalue()


_Draw = Callable[[], None]


class _Layout:
    """Puts the blocks of the paper on pages, from top to bottom; drawn once the number of pages is known."""

    def __init__(self, canvas: Canvas, fonts: Fonts, minutes: Minutes, title: str) -> None:
        self.canvas, self.fonts, self.minutes, self.title = canvas, fonts, minutes, title
        self._columns: tuple[Column, ...] = ()
        self._pages: list[list[_Draw]] = [[]]
        self._y = TOP

    def pages(self) -> list[list[_Draw]]:
        """What is to be drawn on each page."""
        self._head()
        if self.minutes.items:
            self._items()
        self._text()
        self._place(SIGNATURES_HEIGHT, self._signatures)
        return self._pages

    def _place(self, height: float, draw: Callable[[float], None]) -> bool:
        """Draw a block below what is there, on a new page if it does not fit. Says whether a page was begun."""
        begun = self._y - height < BOTTOM
        if begun:
            self._pages.append([])
            self._y = TOP
        top = self._y
        self._pages[-1].append(lambda: draw(top))
        self._y -= height
        return begun

    def _lines(self, text: str, face: Face = Face.TEXT, size: float = TEXT_SIZE) -> None:
        """A paragraph, line by line, so that it may go over pages."""
        for line in paper.break_lines(self.fonts, text, face, size, WIDTH):
            self._place(size * LEADING, self._line(line, face, size))

    def _line(self, line: str, face: Face, size: float) -> Callable[[float], None]:
        def draw(top: float) -> None:
            self.canvas.setFillColor(INK)
            self.fonts.draw(self.canvas, MARGIN, top - size, line, face, size)

        return draw

    def _head(self) -> None:
        minutes = self.minutes

        def draw(top: float) -> None:
            self.canvas.setFillColor(ACCENT)
            box = Box(MARGIN, top - 11 * MM, WIDTH, 10 * MM)
            paper.draw_in_box(self.canvas, self.fonts, self.title, Face.SONG, 18, box, "center")

        self._place(14 * MM, draw)
        where = f"　地点：{minutes.venue}" if minutes.venue else ""
        self._lines(f"第 {minutes.number} 次会议　时间：{day_title(minutes.held_on)}{where}")
        if minutes.has_members:
            self._lines(f"到会（{len(minutes.present)} 人）：{'、'.join(minutes.present) or '没有记'}")
            if minutes.absent:
                self._lines(f"没到（{len(minutes.absent)} 人）：{'、'.join(minutes.absent)}")
        self._lines(minutes.summary)
        self._y -= 3 * MM

    def _items(self) -> None:
        items = self.minutes.items
        shown = [column for column in COLUMNS if any(column[2](item) for item in items)]
        rows = [[text_of(item) for _, _, text_of in shown] for item in items]
        self._columns = _columns(self.fonts, [(title, align) for title, align, _ in shown], rows)
        head = [column.title for column in self._columns]
        self._row(head, Face.BOLD)
        for cells in rows:
            height = self._height(cells)
            if self._y - height < BOTTOM:
                self._pages.append([])
                self._y = TOP
                self._row(head, Face.BOLD)
            self._row(cells, Face.TEXT)
        self._y -= 5 * MM

    def _broken(self, cells: Sequence[str], face: Face) -> list[list[str]]:
        return [
            paper.break_lines(self.fonts, text, face, CELL_SIZE, column.width - 2 * PADDING)
            for column, text in zip(self._columns, cells, strict=True)
        ]

    def _height(self, cells: Sequence[str]) -> float:
        return max(map(len, self._broken(cells, Face.TEXT))) * CELL_SIZE * LEADING + 2 * ROW_PADDING

    def _row(self, cells: Sequence[str], face: Face) -> None:
        broken = self._broken(cells, face)
        height = max(map(len, broken)) * CELL_SIZE * LEADING + 2 * ROW_PADDING

        def draw(top: float) -> None:
            self.canvas.setFillColor(ACCENT if face is Face.BOLD else INK)
            x = MARGIN
            for column, lines in zip(self._columns, broken, strict=True):
                at = _inside(x, column.width, column.align)
                paper.draw_lines(
                    self.canvas, self.fonts, at, top - ROW_PADDING - CELL_SIZE, lines, face, CELL_SIZE, column.align
                )
                x += column.width
            self.canvas.setStrokeColor(ACCENT if face is Face.BOLD else LINE)
            self.canvas.setLineWidth(0.8 if face is Face.BOLD else 0.5)
            self.canvas.line(MARGIN, top - height, MARGIN + WIDTH, top - height)

        self._place(height, draw)

    def _text(self) -> None:
        if not self.minutes.text:
            return
        self._lines("会议记录", Face.BOLD, 11)
        self._y -= 1 * MM
        for paragraph in self.minutes.text.splitlines():
            self._lines(paragraph)
        self._y -= 4 * MM

    def _signatures(self, top: float) -> None:
        lines = [
            "主持人：",
            "记录人：",
            "到会人员签字：" if self.minutes.has_members else "见证人签字：",
            "监督委员会：",
        ]
        self.canvas.setStrokeColor(QUIET)
        self.canvas.setLineWidth(0.5)
        for number, words in enumerate(lines):
            half = number < 2
            x = MARGIN + (WIDTH / 2 if number == 1 else 0)
            y = top - (12 if half else 26 if number == 2 else 40) * MM
            self.canvas.setFillColor(INK)
            self.fonts.draw(self.canvas, x, y, words, Face.TEXT, 10.5)
            begin = x + self.fonts.width(words, Face.TEXT, 10.5) + 2
            end = x + WIDTH / 2 - 6 * MM if half else MARGIN + WIDTH
            self.canvas.line(begin, y - 2, end, y - 2)


def _columns(fonts: Fonts, titles: Sequence[tuple[str, Align]], rows: Sequence[Sequence[str]]) -> tuple[Column, ...]:
    """Columns as wide as what stands in them; 什么事 and 说明 share what is left, 什么事 first."""
    widths = {}
    for place, (title, _) in enumerate(titles):
        longest = max(fonts.width(row[place], Face.TEXT, CELL_SIZE) for row in rows)
        widths[title] = max(longest, fonts.width(title, Face.BOLD, CELL_SIZE)) + 2 * PADDING + 0.1
    fixed = {title: min(max(width, NARROWEST), WIDEST) for title, width in widths.items() if title not in _WIDE}
    room = WIDTH - sum(fixed.values())
    what = min(widths["什么事"], room - REASON_MIN) if "说明" in widths else room
    what = max(what, WHAT_MIN)
    widths = fixed | {"什么事": what, "说明": room - what}
    return tuple(Column(title, widths[title], align) for title, align in titles)


def _inside(x: float, width: float, align: Align) -> float:
    """Where a cell's lines are drawn from."""
    return {"left": x + PADDING, "center": x + width / 2, "right": x + width - PADDING}[align]
