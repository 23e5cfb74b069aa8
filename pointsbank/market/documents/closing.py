"""日结单: what went out and came back since the last close, on A4 and on the 80 mm roll, to be signed. In points."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reportlab.pdfgen.canvas import Canvas

from pointsbank.foundation.clock import SHANGHAI
from pointsbank.foundation.points import format_points
from pointsbank.market.daybook import Day
from pointsbank.market.models import DayClose, DayCloseLine
from pointsbank.places.models import Place
from pointsbank.printing import paper
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import A4, INK, MARGIN, MM, QUIET, Box, Column, Table
from pointsbank.printing.rolls import ROLL_80, RULE, RollLine, roll_pdf, wrapped

TITLE = "爱心超市日结单"
WIDTH = A4.width - 2 * MARGIN
TEXT_SIZE = 10
FOOT = 6 * MM  # above the margin: the footer
HEAD_HEIGHT = 36 * MM
SIGNATURES_HEIGHT = 16 * MM
ROW_HEIGHT = 6.2 * MM
LINE_HEIGHT = TEXT_SIZE * paper.LEADING
GAP = 4 * MM  # below a table
NUMBER = 12 * MM

FIGURES = ("期初", "进", "兑出", "退回", "损", "盘", "账面", "数到", "相差", "结存")

GOODS = Table(
    (
        Column("品名", WIDTH - 10 * NUMBER),
        *(Column(title, NUMBER, "right") for title in FIGURES),
    ),
    row_height=ROW_HEIGHT,
    text_size=9,
    padding=3,
)
SERVICES = Table(
    (Column("服务", 90 * MM), Column("次数", 30 * MM, "right"), Column("积分", WIDTH - 120 * MM, "right")),
    row_height=ROW_HEIGHT,
    text_size=9,
)
PEOPLE = Table(
    (
        Column("谁交的货", 60 * MM),
        Column("小票（张）", 30 * MM, "right"),
        Column("其中作废", 30 * MM, "right"),
        Column("件数", 30 * MM, "right"),
        Column("积分", WIDTH - 150 * MM, "right"),
    ),
    row_height=ROW_HEIGHT,
    text_size=9,
)

Rows = Sequence[tuple[str, ...]]
Block = tuple[Table | None, Rows]  # a part of a table; without one, lines of text


@dataclass(frozen=True, slots=True)
class DaySheet:
    """What stands on it."""

    village: Place
    close: DayClose
    day: Day
    names: Mapping[str, str]  # of people by key

    @property
    def title(self) -> str:
        """The heading."""
        return f"{self.village.name}{TITLE}"

    @property
    def signer(self) -> str:
        """Who closed the day."""
        return self.names.get(self.close.actor, self.close.actor)

    @property
    def times(self) -> str:
        """From when to when."""
        since = self.day.range.since
        begins = f"{_moment(since)} 到 " if since else "开张到 "
        return f"{begins}{_moment(self.close.closed_at)}"

    @property
    def sums(self) -> tuple[tuple[str, str], ...]:
        """The figures of the day, by name."""
        close = self.close
        receipts = "没有" if not close.redemptions else f"{close.redemptions} 张"
        if close.redemptions:
            receipts += f"（{close.first_redemption}–{close.last_redemption} 号）"
        returned = sum(line.returned for line in close.lines)
        return (
            ("小票", receipts),
            ("作废", f"{close.voided} 张"),
            ("兑出", f"{close.pieces} 件，{format_points(close.points)} 分"),
            ("退货", f"{returned} 件"),
            ("预留单", f"领走 {close.orders_fetched} 张，没来领退回 {close.orders_released} 张"),
            ("与库存核对", "一致" if not self.day.unequal else f"{len(self.day.unequal)} 样对不上"),
        )


def _moment(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def _said(line: DayCloseLine) -> str:
    """A difference in words: 相差 -1，已改账：少了一袋."""
    return f"相差 {line.difference:+d}，{'已改账' if line.booked else '没改账'}：{line.explanation}"


# --- A4 ---


def day_sheet_pdf(sheet: DaySheet, fonts: Fonts) -> bytes:
    """The sheet as a PDF; the same close gives the same bytes."""
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, A4, sheet.title, sheet.village.name)
    pages = _paged(_blocks(sheet, fonts))
    for number, blocks in enumerate(pages, start=1):
        y = A4.height - MARGIN
        if number == 1:
            _draw_head(canvas, fonts, sheet, y)
            y -= HEAD_HEIGHT
        for table, rows in blocks:
            if table is not None:
                y = table.draw(canvas, fonts, MARGIN, y, rows) - GAP
            else:
                canvas.setFillColor(INK)
                y = paper.draw_lines(
                    canvas, fonts, MARGIN, y - TEXT_SIZE, [row[0] for row in rows], Face.TEXT, TEXT_SIZE
                )
        if number == len(pages):
            _draw_signatures(canvas, fonts, sheet, y)
        foot = f"{sheet.title}　{sheet.close.serial} 号　校验码 {sheet.close.digest.hex()[:16]}"
        paper.draw_footer(canvas, fonts, A4, foot, number, len(pages))
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _blocks(sheet: DaySheet, fonts: Fonts) -> Iterator[Block]:
    """The tables in order, none of them empty; then why goods differ, and the note."""
    people = [
        (
            sheet.names.get(one.actor, one.actor),
            str(one.redemptions),
            str(one.voided or ""),
            str(one.pieces),
            format_points(one.points),
        )
        for one in sheet.day.people
    ]
    services = [
        (f"{one.title}（{one.unit}）", str(one.pieces), format_points(one.points))
        for one in sheet.day.goods
        if one.is_service
    ]
    for table, rows in (
        (PEOPLE, people),
        (GOODS, [_good_row(line) for line in sheet.close.lines]),
        (SERVICES, services),
    ):
        if rows:
            yield table, rows
    said = [f"{line.good.title}，{_said(line)}" for line in sheet.close.lines if line.difference]
    said += [f"备注：{sheet.close.note}"] if sheet.close.note else []
    yield None, [(line,) for one in said for line in paper.break_lines(fonts, one, Face.TEXT, TEXT_SIZE, WIDTH)]


def _good_row(line: DayCloseLine) -> tuple[str, ...]:
    figures = (line.received, line.issued, line.returned + line.voided, line.written_off)
    return (
        f"{line.good.title}（{line.good.unit}）",
        str(line.opening),
        *(str(figure or "") for figure in figures),
        f"{line.adjusted:+d}" if line.adjusted else "",
        str(line.on_hand),
        "" if line.counted is None else str(line.counted),
        f"{line.difference:+d}" if line.difference else "",
        str(line.closing),
    )


def _paged(blocks: Iterable[Block]) -> list[list[Block]]:
    """The blocks cut into pages; the first has the head, the last leaves room to sign."""
    bottom = MARGIN + FOOT
    pages: list[list[Block]] = [[]]
    y = A4.height - MARGIN - HEAD_HEIGHT
    for table, rows in blocks:
        rest = list(rows)
        while rest:
            fitting = int((y - bottom) / LINE_HEIGHT) if table is None else table.rows_per_page(y - bottom)
            if fitting < 1:
                pages.append([])
                y = A4.height - MARGIN
                continue
            part, rest = rest[:fitting], rest[fitting:]
            pages[-1].append((table, part))
            y -= len(part) * LINE_HEIGHT if table is None else (len(part) + 1) * table.row_height + GAP
    if y - SIGNATURES_HEIGHT < bottom:
        pages.append([])
    return pages


def _draw_head(canvas: Canvas, fonts: Fonts, sheet: DaySheet, top: float) -> None:
    canvas.setFillColor(INK)
    paper.draw_in_box(canvas, fonts, sheet.title, Face.SONG, 20, Box(MARGIN, top - 11 * MM, WIDTH, 10 * MM), "center")
    fonts.draw(canvas, MARGIN, top - 17 * MM, f"{sheet.close.serial} 号　{sheet.times}", Face.TEXT, TEXT_SIZE)
    for number, (name, value) in enumerate(sheet.sums):
        x = MARGIN + number % 3 * WIDTH / 3
        y = top - (24 + number // 3 * 6) * MM
        fonts.draw(canvas, x, y, f"{name}：", Face.TEXT, TEXT_SIZE, color=QUIET)
        begin = x + fonts.width(f"{name}：", Face.TEXT, TEXT_SIZE)
        size = fonts.fit(value, Face.BOLD, TEXT_SIZE, x + WIDTH / 3 - begin - 2 * MM, 6)
        fonts.draw(canvas, begin, y, value, Face.BOLD, size, color=INK)


def _draw_signatures(canvas: Canvas, fonts: Fonts, sheet: DaySheet, y: float) -> None:
    canvas.setFillColor(INK)
    y -= 9 * MM
    signed = f"超市管理员：{sheet.signer}（{_moment(sheet.close.closed_at)}在电脑上签字）"
    fonts.draw(canvas, MARGIN, y, signed, Face.TEXT, TEXT_SIZE)
    begin = MARGIN + fonts.width(signed, Face.TEXT, TEXT_SIZE) + 6 * MM
    fonts.draw(canvas, begin, y, "签名：", Face.TEXT, TEXT_SIZE)
    canvas.setStrokeColor(QUIET)
    canvas.setLineWidth(0.5)
    canvas.line(begin + 11 * MM, y - 2, MARGIN + WIDTH, y - 2)


# --- the roll ---


def day_roll_pdf(sheet: DaySheet, fonts: Fonts) -> bytes:
    """The same in short on the 80 mm roll, to be kept with the receipts."""
    title = f"{sheet.title} {sheet.close.serial} 号"
    return roll_pdf(list(_roll_lines(sheet, fonts)), ROLL_80, fonts, title, sheet.village.name)


def _roll_lines(sheet: DaySheet, fonts: Fonts) -> Iterator[RollLine]:
    close = sheet.close
    yield RollLine(middle=f"{sheet.village.name}爱心超市", face=Face.BOLD, scale=1.4)
    yield RollLine(middle=f"日结单 {close.serial} 号", face=Face.BOLD, scale=1.1)
    yield RULE
    if sheet.day.range.since:
        yield RollLine("从", _moment(sheet.day.range.since))
    yield RollLine("到", _moment(close.closed_at))
    for name, value in sheet.sums:
        yield RollLine(name, value)
    if sheet.day.people:
        yield RULE
    for one in sheet.day.people:
        yield RollLine(sheet.names.get(one.actor, one.actor), f"{one.redemptions} 张 {one.pieces} 件")
    yield RULE
    for line in close.lines:
        yield from wrapped(fonts, ROLL_80, line.good.title)
        back = line.returned + line.voided
        went = f"　兑出 {line.issued}" + (f"，退回 {back}" if back else "")
        yield RollLine(went, f"剩 {line.closing} {line.good.unit}")
        if line.difference:
            yield from wrapped(fonts, ROLL_80, f"　{_said(line)}")
    for service in sheet.day.goods:
        if service.is_service:
            yield RollLine(service.title, f"{service.pieces} {service.unit}")
    yield RULE
    if close.note:
        yield from wrapped(fonts, ROLL_80, f"备注：{close.note}")
    yield RollLine("签字", sheet.signer)
    yield RollLine()
    yield RollLine("签名：＿＿＿＿＿＿＿＿＿＿")
    yield RollLine(scale=0.5)
    yield RollLine(middle=f"校验码 {close.digest.hex()[:16]}", scale=0.8)
