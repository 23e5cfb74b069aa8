"""Registers on A4 landscape: the fund with what was there before and after, and donations. Lengths in points."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas

from pointsbank.foundation.points import format_yuan
from pointsbank.fund.models import DONOR_NAMES, KIND_NAMES, Donation, FundEntry, Gift
from pointsbank.fund.queries import Sums
from pointsbank.places.models import Place
from pointsbank.places.words import words_for
from pointsbank.printing import paper
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import A4, INK, MARGIN, MM, QUIET, Column, Table

TITLE = "爱心超市资金台账（备查）"
BESIDE = "本台账只作备查，不代替村级会计账；正式的账由镇（街道）代管（村账镇代管）。"
DONATIONS_TITLE = "爱心超市捐赠登记"
DONATIONS_NOTE = "姓名按捐赠人的意愿和本户的公示同意书写；没有同意的写“爱心人士”或隐去中间的字。"
SHEET = A4.landscape
HEAD_HEIGHT = 24 * MM
FOOT_HEIGHT = 16 * MM  # who signs, on the last page
ROW_HEIGHT = 8.4 * MM
TEXT_SIZE = 9.5
NOTE_SIZE = 9.0
WIDTH = SHEET.width - 2 * MARGIN


@dataclass(frozen=True, slots=True)
class _Register:
    """A register as it is laid out: its rows with what stands above and below them, and who signs."""

    village: str
    title: str
    lead: str
    note: str
    table: Table
    rows: Sequence[Sequence[str]]
    signers: Sequence[str]


def register_pdf(village: Place, days: str, lines: Sequence[FundEntry], sums: Sums, fonts: Fonts) -> bytes:
    """The register of the fund. days: which lines, in words; the same lines give the same bytes."""
    columns = (
        ("序号", 12, "right"),
        ("记账日", 20, "left"),
        ("收支日期", 20, "left"),
        ("种类", 21, "left"),
        ("来源 / 付给谁", 46, "left"),
        ("摘要", 57, "left"),
        ("镇凭证号", 24, "left"),
        ("收入（元）", 23, "right"),
        ("支出（元）", 23, "right"),
        ("结余（元）", 23, "right"),
    )
    opening = ["", "", "", "", "", "上期结余", "", "", "", format_yuan(sums.opening)]
    total = ["", "", "", "", "", "本期合计", "", format_yuan(sums.income), format_yuan(sums.spent), ""]
    closing = ["", "", "", "", "", "期末结余", "", "", "", format_yuan(sums.closing)]
    return _pdf(
        _Register(
            village.name,
            TITLE,
            f"{village.name}　{days}　按记账的先后排列，单位：元。红字（负数）是冲正。",
            BESIDE,
            _table(columns),
            [opening, *map(_line, lines), total, closing],
            ("记账人", "审核人", words_for(village.kind).supervision, "日期"),
        ),
        fonts,
    )


def _line(entry: FundEntry) -> list[str]:
    purpose = f"冲正第{entry.reverses}笔：{entry.purpose}" if entry.reverses is not None else entry.purpose
    return [
        str(entry.serial),
        entry.booked_on.isoformat(),
        entry.occurred_on.isoformat(),
        KIND_NAMES[entry.kind],
        entry.counterpart,
        purpose,
        "待补" if entry.lacks_voucher else entry.voucher,
        "" if entry.income_fen is None else format_yuan(entry.income_fen),
        "" if entry.spent_fen is None else format_yuan(entry.spent_fen),
        format_yuan(entry.balance_after_fen),
    ]


def donations_pdf(village: Place, donations: Sequence[Donation], fonts: Fonts) -> bytes:
    """The register of donations, with names as they may hang on a wall."""
    columns = (
        ("编号", 13, "right"),
        ("捐赠日期", 21, "left"),
        ("捐赠人", 46, "left"),
        ("身份", 22, "left"),
        ("捐赠内容", 58, "left"),
        ("价值（元）", 24, "right"),
        ("意愿和落实", 53, "left"),
        ("验收人", 30, "left"),
    )
    standing = [one for one in donations if one.cancelled_at is None]
    money = sum(one.value_fen for one in standing if one.gift is Gift.MONEY)
    goods = sum(one.value_fen for one in standing if one.gift is Gift.GOODS)
    total = ["", "", "", "", f"合计：捐款 {format_yuan(money)} 元，物资折价 {format_yuan(goods)} 元"]
    return _pdf(
        _Register(
            village.name,
            DONATIONS_TITLE,
            f"{village.name}　共 {len(standing)} 笔。物资的价值是验收时的折价。",
            DONATIONS_NOTE,
            _table(columns),
            [*map(_donation, donations), [*total, format_yuan(money + goods), "", ""]],
            ("经手人", "验收人", words_for(village.kind).supervision, "日期"),
        ),
        fonts,
    )


def _donation(donation: Donation) -> list[str]:
    cancelled = donation.cancelled_at is not None
    return [
        str(donation.serial),
        donation.given_on.isoformat(),
        donation.public_name,
        DONOR_NAMES[donation.donor_kind],
        f"（已作废）{donation.what}" if cancelled else donation.what,
        "" if cancelled else format_yuan(donation.value_fen),
        _wish(donation),
        f"{donation.accepted_by}、{donation.second_person}",
    ]


def _wish(donation: Donation) -> str:
    if not donation.wish:
        return ""
    heeded = {True: "已落实", False: "没能落实", None: "待落实"}[donation.wish_heeded]
    return f"{donation.wish}（{heeded}）"


def _table(columns: Sequence[tuple[str, float, str]]) -> Table:
    """A table over the whole width. columns: title, share of the width, align."""
    whole = sum(share for _, share, _ in columns)
    return Table(
        tuple(
            Column(title, WIDTH * share / whole, "right" if align == "right" else "left")
            for title, share, align in columns
        ),
        ROW_HEIGHT,
        TEXT_SIZE,
    )


def _pdf(register: _Register, fonts: Fonts) -> bytes:
    """A head on each page, the table repeated, who signs on the last."""
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, SHEET, f"{register.village}{register.title}", register.village)
    room = SHEET.height - 2 * MARGIN - HEAD_HEIGHT - FOOT_HEIGHT
    each = register.table.rows_per_page(room)
    pages = [register.rows[at : at + each] for at in range(0, len(register.rows), each)]
    for number, rows in enumerate(pages, start=1):
        y = _head(canvas, fonts, register)
        y = register.table.draw(canvas, fonts, MARGIN, y, rows)
        if number == len(pages):
            _signers(canvas, fonts, register.signers, y - 9 * MM)
        paper.draw_footer(canvas, fonts, SHEET, f"{register.village} {register.title}", number, len(pages))
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _head(canvas: Canvas, fonts: Fonts, register: _Register) -> float:
    y = SHEET.height - MARGIN - 16
    canvas.setFillColor(INK)
    fonts.draw(canvas, SHEET.width / 2, y, register.title, Face.SONG, 18, "center")
    y -= 8 * MM
    fonts.draw(canvas, MARGIN, y, register.lead, Face.TEXT, 10)
    fonts.draw(canvas, MARGIN, y - 5 * MM, register.note, Face.TEXT, NOTE_SIZE, color=QUIET)
    return SHEET.height - MARGIN - HEAD_HEIGHT


def _signers(canvas: Canvas, fonts: Fonts, signers: Sequence[str], y: float) -> None:
    canvas.setFillColor(INK)
    column = WIDTH / len(signers)
    for at, signer in enumerate(signers):
        fonts.draw(canvas, MARGIN + at * column, y, f"{signer}：", Face.TEXT, 10.5)
