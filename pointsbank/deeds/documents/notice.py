"""公示表: what hangs on the wall before anything is booked, of a village or a group, on A4 or A3. Lengths in points.

Names are masked without consent; who objected is never here, nor why points were taken.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from math import sqrt

from reportlab.pdfgen.canvas import Canvas

from pointsbank.covenant.models import Track
from pointsbank.deeds.models import Claim, ClaimState, Notice
from pointsbank.deeds.queries import notices
from pointsbank.deeds.services.booking import in_words
from pointsbank.foundation.names import masked_name
from pointsbank.foundation.periods import day_title
from pointsbank.foundation.points import format_points
from pointsbank.places import queries as places
from pointsbank.places.models import Group, Place
from pointsbank.places.words import words_for
from pointsbank.printing import paper
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import ACCENT, INK, LINE, MARGIN, MM, PAPER, QUIET, WHITE, Box, Column

SIZES = {"A4": (paper.A4, 1.0), "A3": (paper.A3, sqrt(2))}  # A3 is A4 with larger letters, to be read from afar
CHILD_YEARS = 14  # below it nobody appears but as the household
SECONDS_PER_CHARACTER = 0.25  # of a loudspeaker that is understood

COLUMNS = (
    Column("编号", 13 * MM, "right"),
    Column("户号", 16 * MM),
    Column("姓名", 22 * MM),
    Column("发生日", 16 * MM),
    Column("事项", 62 * MM),
    Column("本次", 15 * MM, "right"),
    Column("本户合计", 18 * MM, "right"),
    Column("本年累计", 18 * MM, "right"),
)
TABLE = paper.Table(COLUMNS, 7 * MM, 9, padding=3)  # a row is higher where a cell needs more lines
CELL_HEIGHT_MAX = 60 * MM  # so that every row fits on a page, whatever was typed
TEXT_SIZE_MIN = 8.0  # a cell shrinks to this; what does not fit even so is broken at full size
BAND_HEIGHT = 7 * MM
HEAD_HEIGHT = 40 * MM
NEXT_HEAD_HEIGHT = 8 * MM
FOOT_HEIGHT = 66 * MM


@dataclass(frozen=True, slots=True)
class Line:
    """An item as it may be seen by anybody. sum and total: at the first item of a household alone."""

    serial: int
    household: str
    name: str
    day: date
    what: str
    points: str
    sum: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True)
class GroupPart:
    """The items of a group."""

    name: str
    lines: tuple[Line, ...]
    households: int


@dataclass(frozen=True, slots=True)
class NoticePaper:
    """What stands on a notice."""

    village: str
    number: int
    group: str  # "" for the whole village
    period: str
    parts: tuple[GroupPart, ...]
    year: int
    how_to_object: tuple[str, ...]
    signers: tuple[str, ...]

    @property
    def items(self) -> int:
        """How many items there are."""
        return sum(len(part.lines) for part in self.parts)

    @property
    def households(self) -> int:
        """How many households they belong to."""
        return sum(part.households for part in self.parts)

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.village}积分公示表"


# --- what stands on it ---


def paper_of(village: Place, notice: Notice, group: Group | None = None) -> NoticePaper:
    """The paper of a notice as its items stand now; those that were cancelled are left out."""
    claims = notices.items_for_paper(notice.id, group.id if group else None)
    shown = [claim for claim in claims if claim.state is not ClaimState.CANCELLED]
    year = max((claim.occurred_on.year for claim in claims), default=notice.planned_on.year)
    before = notices.given_until(village.id, year, notice.created_at)
    by_group: dict[int, list[Claim]] = {}
    for claim in shown:
        by_group.setdefault(claim.household.group_id, []).append(claim)
    words = words_for(village.kind)
    return NoticePaper(
        village=village.name,
        number=notice.serial,
        group=group.name if group else "",
        period=period_words(notice),
        parts=tuple(_part(of, before, words.covenant) for of in by_group.values()),
        year=year,
        how_to_object=_how_to_object(village),
        signers=("积分评议小组", words.committee, words.supervision),
    )


def period_words(notice: Notice) -> str:
    """From when to when it hangs; before its last sheet hangs, how long it will."""
    kind = "个工作日" if notice.working_days else "天"
    if notice.last_day is None:
        return f"公示期：从最后一张公示表贴出的第二天算起，共 {notice.days} {kind}"
    hung = max(sheet.hung_on for sheet in notice.hangings if sheet.hung_on is not None)
    return f"公示期：{day_title(hung)}贴出，到 {day_title(notice.last_day)}止，共 {notice.days} {kind}"


def _how_to_object(village: Place) -> tuple[str, ...]:
    words, phone = words_for(village.kind), places.settings_now(village.id).shop_phone
    call = f"，也可以打电话 {phone}" if phone else ""
    return (
        f"对表里任何一件有不同意见，请在公示期内告诉{words.group}组长、{words.committee}或{words.supervision}{call}，"
        "说清编号就行。可以不留姓名；谁提的一律保密。",
        "有异议的那一件单独核实，由没有评过它的人处理；其他的期满照常入账。",
        f"扣分只公布分值，不公布事由；本户可以到{words.committee}问清楚，也可以提异议。",
    )


def _part(claims: Sequence[Claim], before: dict[int, int], covenant: str) -> GroupPart:
    by_household: dict[int, list[Claim]] = {}
    for claim in claims:
        by_household.setdefault(claim.household_id, []).append(claim)
    lines: list[Line] = []
    for of in by_household.values():
        given = sum(claim.points for claim in of)
        total = before.get(of[0].household.serial, 0) + given
        for place, claim in enumerate(of):
            sums = (_sum(of), format_points(total)) if place == 0 else ("", "")
            lines.append(_line(claim, covenant, *sums))
    return GroupPart(claims[0].household.group.name, tuple(lines), len(by_household))


def _line(claim: Claim, covenant: str, household_sum: str, total: str) -> Line:
    rule = claim.rule
    verb = "扣分" if rule.is_deduction else "处理"
    what = f"按{covenant}{verb}（事由不公布）" if rule.is_sanction else in_words(rule, claim.quantity)
    return Line(
        serial=claim.serial,
        household=claim.household.number,
        name=public_name(claim),
        day=claim.occurred_on,
        what=what,
        points=("荣誉" if claim.rule.track is Track.HONOUR else "") + _signed(claim.points),
        sum=household_sum,
        total=total,
    )


def public_name(claim: Claim) -> str:
    """Who did it, as it may hang on a wall: masked without consent, a child as its household alone."""
    shown = masked_name if claim.household.name_consent_on is None else str
    person = claim.resident
    if claim.rule.is_sanction or person is None or _is_child(claim):
        return f"{shown(claim.household.head_name)}家"
    return shown(person.name)


def _is_child(claim: Claim) -> bool:
    born, day = (claim.resident.born_on if claim.resident else None), claim.occurred_on
    if born is None:
        return False
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day)) < CHILD_YEARS


def _sum(claims: Sequence[Claim]) -> str:
    honour = sum(claim.points for claim in claims if claim.rule.track is Track.HONOUR)
    rest = sum(claim.points for claim in claims) - honour
    if not honour:
        return _signed(rest)
    return f"{_signed(rest)} 荣誉{_signed(honour)}" if rest else f"荣誉{_signed(honour)}"


def _signed(units: int) -> str:
    return f"+{format_points(units)}" if units > 0 else format_points(units)


def spoken(village: Place, notice: Notice, items: int, households: int) -> str:
    """What the loudspeaker says, in about a minute."""
    words = words_for(village.kind)
    until = f"公示 {notice.days} 天。"
    if notice.last_day is not None:
        until = f"公示到{notice.last_day.month}月{notice.last_day.day}日为止。"
    return (
        f"各位{words.resident}请注意，各位{words.resident}请注意：{village.name}第{notice.serial}期积分公示已经贴出来了，"
        f"一共{items}件，涉及{households}户。{until}"
        f"请大家到公开栏看一看，自己家的记没记、分数对不对，别人家的实不实。"
        f"有不同意见，请在公示期内告诉{words.group}组长，或者告诉{words.supervision}，说清编号就行，"
        f"谁提的都保密。有异议的单独核实，没有异议的，期满以后记到各家的积分卡上。请互相转告。"
    )


def seconds_of(text: str) -> int:
    """How long it takes to read a text aloud, in seconds."""
    return round(len(text) * SECONDS_PER_CHARACTER)


# --- how it is drawn ---


_Cell = tuple[float, list[str]]  # the size of the letters, and the lines


@dataclass(frozen=True, slots=True)
class _Row:
    """An item laid out. begins: it is the first of its household."""

    cells: list[_Cell]
    height: float
    begins: bool


@dataclass
class _Page:
    """What stands on one page: parts of groups, each with its rows; the last has the foot."""

    parts: list[tuple[GroupPart, list[_Row], bool]] = field(default_factory=list)  # True: continued
    has_foot: bool = False


def notice_pdf(content: NoticePaper, size_name: str, fonts: Fonts) -> bytes:
    """The notice as a PDF; the same content gives the same bytes. size_name: a key of SIZES."""
    size, scale = SIZES[size_name]
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, size, f"{content.title} 第 {content.number} 期", content.village)
    pages = _pages(content, fonts)
    for number, page in enumerate(pages, start=1):
        canvas.scale(scale, scale)
        _draw(canvas, fonts, content, page, number, len(pages))
        canvas.showPage()
        canvas.setPageSize((size.width, size.height))
    canvas.save()
    return stream.getvalue()


def _room(page_number: int) -> float:
    """The height for the table of a page."""
    head = HEAD_HEIGHT if page_number == 1 else NEXT_HEAD_HEIGHT
    return paper.A4.height - 2 * MARGIN - head - TABLE.row_height


def _row(line: Line, fonts: Fonts) -> _Row:
    day = f"{line.day.month}月{line.day.day}日"
    texts = [str(line.serial), line.household, line.name, day, line.what, line.points, line.sum, line.total]
    cells = _cells(fonts, texts, Face.TEXT)
    lines = max(len(lines) for _, lines in cells)
    needed = ((lines - 1) * paper.LEADING + 1) * TABLE.text_size + 2.5 * MM
    return _Row(cells, max(TABLE.row_height, needed), bool(line.sum))


def _cells(fonts: Fonts, texts: Sequence[str], face: Face) -> list[_Cell]:
    """One line each, a little smaller if need be; else as many lines as it takes, for the row grows with them."""
    size, inner = TABLE.text_size, [column.width - 2 * TABLE.padding for column in COLUMNS]
    return [
        paper.fit_lines(fonts, text, face, size, width, CELL_HEIGHT_MAX, TEXT_SIZE_MIN)
        for text, width in zip(texts, inner, strict=True)
    ]


def _pages(content: NoticePaper, fonts: Fonts) -> list[_Page]:
    pages = [_Page()]
    left = _room(1)
    for part in content.parts:
        rows = [_row(line, fonts) for line in part.lines]
        first = 0
        while first < len(rows):
            fits = _fitting(rows[first:], left - BAND_HEIGHT)
            if fits < 1 or (fits == 1 and len(rows) - first > 1):  # no band stands alone at the foot of a page
                pages.append(_Page())
                left = _room(len(pages))
                continue
            taken = rows[first : first + fits]
            pages[-1].parts.append((part, taken, first > 0))
            left -= BAND_HEIGHT + sum(row.height for row in taken)
            first += fits
    if left < FOOT_HEIGHT:
        pages.append(_Page())
    pages[-1].has_foot = True
    return pages


def _fitting(rows: Sequence[_Row], height: float) -> int:
    """How many of the rows fit in `height`."""
    for number, bottom in enumerate(accumulate(row.height for row in rows)):
        if bottom > height:
            return number
    return len(rows)


def _draw(canvas: Canvas, fonts: Fonts, content: NoticePaper, page: _Page, number: int, pages: int) -> None:
    top = paper.A4.height - MARGIN
    y = _draw_head(canvas, fonts, content, top) if number == 1 else top - NEXT_HEAD_HEIGHT
    if number > 1:
        where = f"{content.title}　第 {content.number} 期" + (f"　{content.group}" if content.group else "")
        fonts.draw(canvas, MARGIN, top - 4 * MM, f"{where}（续）", Face.TEXT, 9, color=QUIET)
    if page.parts:
        y = _draw_table_head(canvas, fonts, content, y)
    for part, rows, continued in page.parts:
        y = _draw_part(canvas, fonts, part, rows, y, continued=continued)
    if page.has_foot:
        _draw_foot(canvas, fonts, content, y)
    foot = f"{content.title}　第 {content.number} 期" + (f"　{content.group}" if content.group else "")
    paper.draw_footer(canvas, fonts, paper.A4, foot, number, pages)


def _draw_head(canvas: Canvas, fonts: Fonts, content: NoticePaper, top: float) -> float:
    middle = paper.A4.width / 2
    size = fonts.fit(content.title, Face.SONG, 26, TABLE.width, 14)
    with paper.outlined(canvas, ACCENT, size / 60):
        fonts.draw(canvas, middle, top - 10 * MM, content.title, Face.SONG, size, "center", color=ACCENT)
    what = f"第 {content.number} 期　{content.group or '各组'}"
    counted = f"{what}　共 {content.items} 件、{content.households} 户"
    fonts.draw(canvas, middle, top - 19 * MM, counted, Face.BOLD, 12, "center", color=INK)
    fonts.draw(canvas, middle, top - 26 * MM, content.period, Face.TEXT, 12, "center", color=INK)
    note = "公示期内谁都可以提意见，说清编号就行；没有异议的，期满以后才记到积分卡上。"
    fonts.draw(canvas, middle, top - 33 * MM, note, Face.TEXT, 9.5, "center", color=QUIET)
    return top - HEAD_HEIGHT


def _draw_table_head(canvas: Canvas, fonts: Fonts, content: NoticePaper, y: float) -> float:
    titles = [*(column.title for column in COLUMNS[:-1]), f"{content.year}年累计"]
    canvas.setFillColor(ACCENT)
    canvas.rect(MARGIN, y - TABLE.row_height, TABLE.width, TABLE.row_height, stroke=0, fill=1)
    canvas.setFillColor(WHITE)
    _draw_cells(canvas, fonts, _cells(fonts, titles, Face.BOLD), Face.BOLD, y, TABLE.row_height)
    return y - TABLE.row_height


def _draw_part(
    canvas: Canvas, fonts: Fonts, part: GroupPart, rows: Sequence[_Row], y: float, *, continued: bool
) -> float:
    canvas.setFillColor(PAPER)
    canvas.rect(MARGIN, y - BAND_HEIGHT, TABLE.width, BAND_HEIGHT, stroke=0, fill=1)
    canvas.setFillColor(INK)
    words = f"{part.name}（续）" if continued else f"{part.name}　{part.households} 户、{len(part.lines)} 件"
    paper.draw_in_box(
        canvas, fonts, words, Face.BOLD, 10, Box(MARGIN + 3, y - BAND_HEIGHT, TABLE.width - 6, BAND_HEIGHT)
    )
    y -= BAND_HEIGHT
    for row in rows:
        canvas.setFillColor(INK)
        _draw_cells(canvas, fonts, row.cells, Face.TEXT, y, row.height)
        canvas.setStrokeColor(QUIET if row.begins else LINE)  # darker where a household begins
        canvas.setLineWidth(0.4)
        canvas.line(MARGIN, y, MARGIN + TABLE.width, y)
        y -= row.height
    canvas.line(MARGIN, y, MARGIN + TABLE.width, y)
    return y


def _draw_cells(canvas: Canvas, fonts: Fonts, cells: Sequence[_Cell], face: Face, y: float, height: float) -> None:
    x = MARGIN
    for column, (size, lines) in zip(COLUMNS, cells, strict=True):
        box = Box(x + TABLE.padding, y - height, column.width - 2 * TABLE.padding, height)
        paper.draw_lines_in_box(canvas, fonts, lines, face, size, box, column.align)
        x += column.width


def _draw_foot(canvas: Canvas, fonts: Fonts, content: NoticePaper, y: float) -> None:
    y -= 7 * MM
    canvas.setFillColor(INK)
    fonts.draw(canvas, MARGIN, y, "有不同意见怎么办", Face.BOLD, 11, color=ACCENT)
    y -= 6 * MM
    for sentence in content.how_to_object:
        canvas.setFillColor(INK)
        lines = paper.break_lines(fonts, sentence, Face.TEXT, 9.5, TABLE.width)
        y = paper.draw_lines(canvas, fonts, MARGIN, y, lines, Face.TEXT, 9.5)
    y -= 6 * MM
    width = TABLE.width / 3
    for place, signer in enumerate(content.signers):
        x = MARGIN + place * width
        fonts.draw(canvas, x, y, f"{signer}（签字）：", Face.TEXT, 9.5, color=INK)
        canvas.setStrokeColor(QUIET)
        canvas.setLineWidth(0.5)
        canvas.line(x, y - 9 * MM, x + width - 8 * MM, y - 9 * MM)
    y -= 18 * MM
    fonts.draw(
        canvas,
        MARGIN,
        y,
        "张贴地点：＿＿＿＿＿＿＿＿　张贴人：＿＿＿＿＿＿　张贴日：＿＿＿＿年＿＿月＿＿日",
        Face.TEXT,
        9.5,
    )
    fonts.draw(canvas, MARGIN + TABLE.width, y, "（盖章）", Face.TEXT, 9.5, "right", color=QUIET)
