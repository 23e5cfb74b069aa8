"""The application for a points subsidy, to be signed, stamped and sent to the town. Lengths in points."""

import io

from reportlab.pdfgen.canvas import Canvas

from pointsbank.foundation.points import format_points, format_yuan
from pointsbank.fund.documents.receipt import amount_in_characters
from pointsbank.fund.models import Subsidy
from pointsbank.fund.services.subsidies import periods_in_words
from pointsbank.places.models import Place
from pointsbank.places.words import words_for
from pointsbank.printing import paper
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import A4, INK, MARGIN, MM, Box
from pointsbank.web.filters import day as day_in_words

TITLE = "积分补贴申请表"
WIDTH = A4.width - 2 * MARGIN
LABEL_WIDTH = 38 * MM
ROW_HEIGHT = 12 * MM
OPINION_HEIGHT = 42 * MM
TEXT_SIZE = 12


def application_pdf(village: Place, subsidy: Subsidy, fonts: Fonts) -> bytes:
    """One sheet; the same application gives the same bytes."""
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, A4, f"{village.name}{TITLE}", village.name)
    y = A4.height - MARGIN - 22
    canvas.setFillColor(INK)
    fonts.draw(canvas, A4.width / 2, y, f"爱心超市{TITLE}", Face.SONG, 22, "center")
    y -= 11 * MM
    fonts.draw(canvas, MARGIN, y, f"申请单位：{village.name}", Face.TEXT, 11)
    number = f"第 {subsidy.serial} 号　{day_in_words(subsidy.applied_on)}"
    fonts.draw(canvas, MARGIN + WIDTH, y, number, Face.TEXT, 11, "right")
    y = _draw_rows(canvas, fonts, _facts(subsidy), y - 4 * MM)
    words = words_for(village.kind)
    town = village.parent.name if village.parent else "镇（街道）"
    for who in (
        f"{village.name}{words.committee.removeprefix(words.place)}意见",
        f"{words.supervision}意见",
        f"{town}意见",
    ):
        y = _draw_opinion(canvas, fonts, who, y)
    _draw_note(canvas, fonts, y - 7 * MM)
    paper.draw_footer(canvas, fonts, A4, f"{village.name} {TITLE} 第 {subsidy.serial} 号", 1, 1)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _facts(subsidy: Subsidy) -> tuple[tuple[str, str], ...]:
    per_yuan = format_points(subsidy.points_per_yuan)
    amount = f"￥{format_yuan(subsidy.amount_fen)}　（大写）{amount_in_characters(subsidy.amount_fen)}"
    return (
        ("兑换所属月份", periods_in_words(subsidy)),
        ("兑换积分合计", f"{format_points(subsidy.points)} 分（退换的已经减去）"),
        ("兑换标准", f"{per_yuan} 分等于 1 元"),
        ("申请补贴金额", amount),
        ("用途", "补充爱心超市进货资金，专款专用"),
    )


def _draw_rows(canvas: Canvas, fonts: Fonts, facts: tuple[tuple[str, str], ...], y: float) -> float:
    for name, value in facts:
        _frame(canvas, y, ROW_HEIGHT)
        canvas.line(MARGIN + LABEL_WIDTH, y, MARGIN + LABEL_WIDTH, y - ROW_HEIGHT)
        y -= ROW_HEIGHT
        label = Box(MARGIN + 3 * MM, y, LABEL_WIDTH - 6 * MM, ROW_HEIGHT)
        paper.draw_in_box(canvas, fonts, name, Face.BOLD, TEXT_SIZE, label)
        room = Box(MARGIN + LABEL_WIDTH + 3 * MM, y, WIDTH - LABEL_WIDTH - 6 * MM, ROW_HEIGHT)
        paper.draw_in_box(canvas, fonts, value, Face.TEXT, TEXT_SIZE, room)
    return y


def _draw_opinion(canvas: Canvas, fonts: Fonts, who: str, y: float) -> float:
    """A field for who decides: room to write, signature, stamp and day."""
    _frame(canvas, y, OPINION_HEIGHT)
    fonts.draw(canvas, MARGIN + 3 * MM, y - 8 * MM, f"{who}：", Face.BOLD, TEXT_SIZE)
    y -= OPINION_HEIGHT
    fonts.draw(canvas, MARGIN + WIDTH - 96 * MM, y + 6 * MM, "负责人签字：", Face.TEXT, 11)
    fonts.draw(canvas, MARGIN + WIDTH - 4 * MM, y + 6 * MM, "（盖章）　　年　　月　　日", Face.TEXT, 11, "right")
    return y


def _frame(canvas: Canvas, y: float, height: float) -> None:
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.7)
    canvas.rect(MARGIN, y - height, WIDTH, height, stroke=1, fill=0)


def _draw_note(canvas: Canvas, fonts: Fonts, y: float) -> None:
    note = "数字取自已经结账的月份，与积分账一致；同一个月只申请一次。附：这几个月的兑换记录、公示照片。"
    lines = paper.break_lines(fonts, note, Face.TEXT, 9.5, WIDTH)
    paper.draw_lines(canvas, fonts, MARGIN, y, lines, Face.TEXT, 9.5)
