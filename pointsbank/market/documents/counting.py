"""Papers of the stock-take on A4: the count sheet without the book's figures, and 盘点表, to be signed. In points."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas

from pointsbank.foundation.clock import day_of
from pointsbank.foundation.points import format_yuan
from pointsbank.market.models import Stocktake, StocktakeLine, StocktakeState
from pointsbank.market.queries.counting import SHEET_ROWS
from pointsbank.market.stocktaking import SHEET_CODE
from pointsbank.places.models import Place
from pointsbank.places.words import words_for
from pointsbank.printing import codes, paper
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import A4, INK, LEADING, MARGIN, MM, QUIET, Box, Column, Table
from pointsbank.web.filters import day as day_in_words

TITLE = "爱心超市盘点表"
LYING = A4.landscape
TEXT_SIZE = 10
SIGNATURE_SIZE = 10.5
SIGNATURE_ROOM = 24 * MM
FOOT = 6 * MM  # above the margin: the footer


def _signatures(canvas: Canvas, fonts: Fonts, y: float, width: float, who: Sequence[tuple[str, str]]) -> None:
    """Places to sign side by side, with the names that are known; all get the same room to sign."""
    texts = [f"{role}：{name}" for role, name in who]
    written = sum(fonts.width(text, Face.TEXT, SIGNATURE_SIZE) for text in texts)
    size = SIGNATURE_SIZE * min(1, (width - len(texts) * SIGNATURE_ROOM) / written)  # many names are small
    room = (width - written * size / SIGNATURE_SIZE) / len(texts)
    canvas.setStrokeColor(QUIET)
    canvas.setLineWidth(0.5)
    x = MARGIN
    for text in texts:
        canvas.setFillColor(INK)
        fonts.draw(canvas, x, y, text, Face.TEXT, size)
        x += fonts.width(text, Face.TEXT, size)
        canvas.line(x + 3, y - 2, x + room - 4 * MM, y - 2)
        x += room


# --- the count sheet ---

SHEET_WIDTH = A4.width - 2 * MARGIN
SHEET = Table(
    (
        Column("序号", 11 * MM, "right"),
        Column("编号", 19 * MM),
        Column("品名", 62 * MM),
        Column("单位", 14 * MM),
        Column("数到", 26 * MM),
        Column("备注", SHEET_WIDTH - 132 * MM),
    ),
    row_height=6.9 * MM,
    text_size=TEXT_SIZE,
)
QR_SIDE = 24 * MM
HOW_TO = (
    "照架上的实物数，不看账。货架和库房合在一起，一样一样数清；过期没扔的、预留没领的也要数。",
    "写错了划掉重写，旁边签名。数完马上录：在电脑“盘点”→“扫码数”里扫右上角的码，照这一页填。",
)


@dataclass(frozen=True, slots=True)
class CountSheet:
    """What stands on it. rows: position, code, title, unit of each good."""

    village: Place
    serial: int
    scope: str
    opened: str
    rows: tuple[tuple[str, str, str, str], ...]


def count_sheet_of(village: Place, taken: Stocktake, lines: Sequence[StocktakeLine]) -> CountSheet:
    """The sheet of a stock-take, the same before and after it was counted."""
    return CountSheet(
        village,
        taken.serial,
        taken.scope,
        day_in_words(day_of(taken.opened_at)),
        tuple((str(line.position), line.good.code, line.good.title, line.good.unit) for line in lines),
    )


def count_sheet_pdf(sheet: CountSheet, fonts: Fonts) -> bytes:
    """A page for every thirty goods; the same goods give the same bytes."""
    stream = io.BytesIO()
    title = f"{sheet.village.name}{TITLE}（清点用）"
    canvas = paper.new_document(stream, fonts, A4, title, sheet.village.name)
    pages = [sheet.rows[first : first + SHEET_ROWS] for first in range(0, len(sheet.rows), SHEET_ROWS)]
    for number, rows in enumerate(pages, start=1):
        y = _sheet_head(canvas, fonts, sheet, title, number)
        bottom = SHEET.draw(canvas, fonts, MARGIN, y, [(*row, "", "") for row in rows])
        _frame_cells(canvas, SHEET, y, bottom)
        who = [("清点人", ""), ("见证人（监督委员会）", ""), ("日期", "")]
        _signatures(canvas, fonts, MARGIN + FOOT + 3 * MM, SHEET_WIDTH, who)
        paper.draw_footer(canvas, fonts, A4, f"{title}　{sheet.serial} 号　不印账面数", number, len(pages))
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _sheet_head(canvas: Canvas, fonts: Fonts, sheet: CountSheet, title: str, number: int) -> float:
    """Title, what to do, and the code that opens this page on the screen; gives where the table begins."""
    top = A4.height - MARGIN
    code = SHEET_CODE.format(village=sheet.village.code, serial=sheet.serial, sheet=number)
    codes.draw_qr(canvas, MARGIN + SHEET_WIDTH - QR_SIDE, top - QR_SIDE, QR_SIDE, code)
    room = SHEET_WIDTH - QR_SIDE - 3 * MM
    canvas.setFillColor(INK)
    paper.draw_in_box(canvas, fonts, title, Face.SONG, 18, Box(MARGIN, top - 9 * MM, room, 9 * MM))
    about = f"{sheet.serial} 号　范围：{sheet.scope}　{sheet.opened}开始"
    paper.draw_in_box(canvas, fonts, about, Face.TEXT, TEXT_SIZE, Box(MARGIN, top - 15 * MM, room, 5 * MM))
    y = top - 18.5 * MM
    for sentence in HOW_TO:
        paper.draw_in_box(canvas, fonts, sentence, Face.TEXT, 8.5, Box(MARGIN, y - 2.5 * MM, room, 4.5 * MM))
        y -= 4.5 * MM
    return top - QR_SIDE - 2.5 * MM


def _frame_cells(canvas: Canvas, table: Table, top: float, bottom: float) -> None:
    """Cells to write into by hand."""
    canvas.setStrokeColor(QUIET)
    canvas.setLineWidth(0.5)
    x = MARGIN
    canvas.line(x, top, x, bottom)
    for column in table.columns:
        x += column.width
        canvas.line(x, top - table.row_height, x, bottom)
    rows = round((top - bottom) / table.row_height)
    for number in range(rows):
        y = bottom + number * table.row_height
        canvas.line(MARGIN, y, MARGIN + table.width, y)


# --- 盘点表 ---

REPORT_WIDTH = LYING.width - 2 * MARGIN
REPORT = Table(
    (
        Column("序号", 11 * MM, "right"),
        Column("编号", 18 * MM),
        Column("品名", 54 * MM),
        Column("单位", 12 * MM),
        *(Column(title, 14 * MM, "right") for title in ("账面", "初盘", "实盘", "相差")),
        Column("金额（元）", 22 * MM, "right"),
        Column("原因", REPORT_WIDTH - 173 * MM),
    ),
    row_height=6.4 * MM,
    text_size=9.5,
)
REPORT_HEAD = 30 * MM
REPORT_FOOT = 27 * MM
ROWS_WITH_SIGNATURES_MIN = 3  # nobody signs a page on which nothing stands


@dataclass(frozen=True, slots=True)
class Report:
    """What stands on it. rows: as the columns say; draft: not confirmed, values by the goods' usual cost."""

    village: Place
    serial: int
    facts: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[str, ...]
    counters: str
    witness: str
    confirmed_by: str
    state: str


def report_of(village: Place, taken: Stocktake, lines: Sequence[StocktakeLine], names: Mapping[str, str]) -> Report:
    """The report of a stock-take that was compared. names: of actors by key."""
    worth = {line.position: _worth_fen(line) for line in lines if line.difference}
    more, less = sum(fen for fen in worth.values() if fen > 0), sum(fen for fen in worth.values() if fen < 0)
    counters = sorted({names.get(who, who) for one in lines for who in (one.counted_by, one.first_counted_by) if who})
    differing = [line for line in lines if line.difference]
    is_confirmed = taken.state is StocktakeState.CONFIRMED
    facts = [f"范围：{taken.scope}", f"{day_in_words(day_of(taken.opened_at))}开始"]
    if is_confirmed and taken.ended_at is not None:
        facts.append(f"{day_in_words(day_of(taken.ended_at))}确认")
    return Report(
        village=village,
        serial=taken.serial,
        facts=tuple(facts),
        rows=tuple(_report_row(line, worth.get(line.position)) for line in lines),
        sums=(
            f"共 {len(lines)} 样，{len(lines) - len(differing)} 样相符，{len(differing)} 样有差异",
            f"盘盈 {format_yuan(more)} 元，盘亏 {format_yuan(-less)} 元，合计 {_signed_yuan(more + less)} 元"
            + ("（按批次成本）" if is_confirmed else "（按商品成本估算）"),
        ),
        counters="、".join(counters),
        witness=f"{taken.witness}（{taken.witness_role}）" if taken.witness else "",
        confirmed_by=names.get(taken.ended_by, "") if is_confirmed else "",
        state=""
        if is_confirmed
        else "（已作废）"
        if taken.state is StocktakeState.CANCELLED
        else "（草稿，还没有确认）",
    )


def _worth_fen(line: StocktakeLine) -> int:
    return line.cost_fen if line.cost_fen is not None else line.difference * line.good.cost_fen


def _signed_yuan(fen: int) -> str:
    return f"+{format_yuan(fen)}" if fen > 0 else format_yuan(fen)


def _report_row(line: StocktakeLine, worth_fen: int | None) -> tuple[str, ...]:
    return (
        str(line.position),
        line.good.code,
        line.good.title,
        line.good.unit,
        "" if line.on_hand is None else str(line.on_hand),
        "" if line.first_counted is None else str(line.first_counted),
        "" if line.counted is None else str(line.counted),
        f"{line.difference:+d}" if line.difference else "",
        "" if worth_fen is None else _signed_yuan(worth_fen),
        line.reason,
    )


def report_pdf(report: Report, fonts: Fonts) -> bytes:
    """The report as a PDF; the same stock-take gives the same bytes."""
    stream = io.BytesIO()
    title = f"{report.village.name}{TITLE}"
    canvas = paper.new_document(stream, fonts, LYING, title, report.village.name)
    pages = _paged(report.rows)
    for number, rows in enumerate(pages, start=1):
        y = LYING.height - MARGIN
        if number == 1:
            _report_head(canvas, fonts, report, title, y)
            y -= REPORT_HEAD
        y = REPORT.draw(canvas, fonts, MARGIN, y, rows) if rows else y
        if number == len(pages):
            _report_foot(canvas, fonts, report, y)
        foot = f"{title}　{report.serial} 号{report.state}"
        paper.draw_footer(canvas, fonts, LYING, foot, number, len(pages))
        canvas.showPage()
        canvas.setPageSize((LYING.width, LYING.height))
    canvas.save()
    return stream.getvalue()


def _paged(rows: Sequence[tuple[str, ...]]) -> list[Sequence[tuple[str, ...]]]:
    """The rows of each page; the first has a head, the last leaves room to sign."""
    room = LYING.height - 2 * MARGIN - FOOT
    first, later = REPORT.rows_per_page(room - REPORT_HEAD), REPORT.rows_per_page(room)
    pages = [rows[:first], *(rows[start : start + later] for start in range(first, len(rows), later))]
    used = (len(pages[-1]) + 1) * REPORT.row_height + (REPORT_HEAD if len(pages) == 1 else 0)
    if used + REPORT_FOOT > room:
        last = pages.pop()
        pages += [last[:-ROWS_WITH_SIGNATURES_MIN], last[-ROWS_WITH_SIGNATURES_MIN:]]
    return pages


def _report_head(canvas: Canvas, fonts: Fonts, report: Report, title: str, top: float) -> None:
    canvas.setFillColor(INK)
    head = Box(MARGIN, top - 12 * MM, REPORT_WIDTH, 11 * MM)
    paper.draw_in_box(canvas, fonts, f"{title}{report.state}", Face.SONG, 20, head, "center")
    about = f"{report.serial} 号　" + "　".join(report.facts)
    note = "账面：录入那一刻的账面数。实盘：有差异的复盘以后的数。"
    half = REPORT_WIDTH / 2
    for number, (left, right) in enumerate(zip((about, note), report.sums, strict=True)):
        y = top - (20 + 6 * number) * MM
        box = Box(MARGIN, y, half - 4 * MM, 5.5 * MM)
        paper.draw_in_box(canvas, fonts, left, Face.TEXT, TEXT_SIZE, box)
        paper.draw_in_box(canvas, fonts, right, Face.TEXT, TEXT_SIZE, Box(MARGIN + half, y, half, 5.5 * MM), "right")


def _report_foot(canvas: Canvas, fonts: Fonts, report: Report, y: float) -> None:
    words = words_for(report.village.kind)
    y = min(y, LYING.height - MARGIN) - 12 * MM
    _signatures(canvas, fonts, y, REPORT_WIDTH, [("清点人", report.counters), ("见证人", report.witness)])
    y -= TEXT_SIZE * LEADING + 6 * MM
    _signatures(
        canvas,
        fonts,
        y,
        REPORT_WIDTH,
        [("确认人", report.confirmed_by), (f"{words.committee}（盖章）", ""), ("日期", "")],
    )
