"""The receipt that a donor takes home: A5 lying, number, what was given, who accepted it. Lengths in points."""

import io
from collections.abc import Sequence

from reportlab.pdfgen.canvas import Canvas

from pointsbank.foundation.points import format_yuan
from pointsbank.fund.models import Donation, Gift
from pointsbank.market.models import Good, Lot
from pointsbank.places.models import Place
from pointsbank.places.words import words_for
from pointsbank.printing import paper
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import ACCENT, INK, LINE, MM, QUIET, Box, Column, Size, Table
from pointsbank.web.filters import day as day_in_words

TITLE = "捐赠收据"
NO_TAX_RECEIPT = "本收据只作捐赠凭据，不作税前扣除凭证。"
SHEET = Size(210 * MM, 148 * MM)
EDGE = 14 * MM
WIDTH = SHEET.width - 2 * EDGE
ROW_HEIGHT = 7 * MM
ROWS_MAX = 6  # of goods; a longer list goes together in the last row
LABEL_WIDTH = 26 * MM
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def receipt_pdf(village: Place, donation: Donation, lots: Sequence[tuple[Lot, Good]], fonts: Fonts) -> bytes:
    """One sheet; the same donation gives the same bytes. lots: what was given in goods."""
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, SHEET, f"{village.name}{TITLE}", village.name)
    _draw_head(canvas, fonts, village, donation)
    y = _draw_facts(canvas, fonts, donation, SHEET.height - EDGE - 26 * MM)
    if donation.gift is Gift.GOODS:
        y = _draw_goods(canvas, fonts, lots, y)
    _draw_foot(canvas, fonts, village, donation)
    if donation.cancelled_at is not None:
        _draw_cancelled(canvas, fonts)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _draw_head(canvas: Canvas, fonts: Fonts, village: Place, donation: Donation) -> None:
    top = SHEET.height - EDGE
    canvas.setFillColor(ACCENT)
    title = f"{village.name}爱心超市{TITLE}"
    paper.draw_in_box(canvas, fonts, title, Face.SONG, 22, Box(EDGE, top - 11 * MM, WIDTH, 11 * MM), "center")
    canvas.setFillColor(INK)
    fonts.draw(canvas, EDGE + WIDTH, top - 17 * MM, f"第 {donation.serial} 号", Face.BOLD, 11, "right")
    canvas.setStrokeColor(ACCENT)
    canvas.setLineWidth(1.2)
    canvas.line(EDGE, top - 19.5 * MM, EDGE + WIDTH, top - 19.5 * MM)


def _draw_facts(canvas: Canvas, fonts: Fonts, donation: Donation, y: float) -> float:
    is_money = donation.gift is Gift.MONEY
    facts = [
        ("今收到", donation.donor_name),
        ("捐赠内容", donation.what),
        (
            "人民币" if is_money else "折价合计",
            f"（大写）{amount_in_characters(donation.value_fen)}　￥{format_yuan(donation.value_fen)}",
        ),
        ("收款方式" if is_money else "验收情况", donation.condition),
    ]
    if donation.wish:
        facts.append(("捐赠意愿", donation.wish))
    for name, value in facts:
        fonts.draw(canvas, EDGE, y, name, Face.TEXT, 11, color=QUIET)
        canvas.setFillColor(INK)
        room = Box(EDGE + LABEL_WIDTH, y - 3 * MM, WIDTH - LABEL_WIDTH, 8 * MM)
        paper.draw_in_box(canvas, fonts, value, Face.TEXT, 12, room)
        y -= 8.6 * MM
    return y


def _draw_goods(canvas: Canvas, fonts: Fonts, lots: Sequence[tuple[Lot, Good]], y: float) -> float:
    columns = (
        Column("品名和规格", WIDTH * 0.46),
        Column("数量", WIDTH * 0.16, "right"),
        Column("单价（元）", WIDTH * 0.18, "right"),
        Column("折价（元）", WIDTH * 0.20, "right"),
    )
    rows = [
        [good.title, f"{lot.received} {good.unit}", format_yuan(lot.cost_fen), format_yuan(lot.received * lot.cost_fen)]
        for lot, good in lots
    ]
    if len(rows) > ROWS_MAX:
        rest = sum(lot.received * lot.cost_fen for lot, _ in lots[ROWS_MAX - 1 :])
        rows = [*rows[: ROWS_MAX - 1], [f"另外 {len(lots) - ROWS_MAX + 1} 样，见入库单", "", "", format_yuan(rest)]]
    fitting = min(ROW_HEIGHT, (y - EDGE - 26 * MM) / (len(rows) + 1))
    return Table(columns, fitting, 9.5).draw(canvas, fonts, EDGE, y + 3 * MM, rows)


def _draw_foot(canvas: Canvas, fonts: Fonts, village: Place, donation: Donation) -> None:
    y = EDGE + 17 * MM
    canvas.setFillColor(INK)
    words = words_for(village.kind)
    committee = f"{village.name}{words.committee.removeprefix(words.place)}"
    fonts.draw(canvas, EDGE, y, f"验收人：{donation.accepted_by}　　{donation.second_person}", Face.TEXT, 11)
    fonts.draw(canvas, EDGE + WIDTH, y, f"{committee}（盖章）", Face.TEXT, 11, "right")
    fonts.draw(canvas, EDGE + WIDTH, y - 6 * MM, day_in_words(donation.given_on), Face.TEXT, 11, "right")
    fonts.draw(canvas, EDGE, y - 6 * MM, "签名：", Face.TEXT, 11)
    canvas.setStrokeColor(LINE)
    canvas.line(EDGE, EDGE + 6 * MM, EDGE + WIDTH, EDGE + 6 * MM)
    thanks = "感谢您的爱心，东西和钱都用在爱心超市，收支在村里公开。"
    fonts.draw(canvas, EDGE, EDGE + 1.5 * MM, NO_TAX_RECEIPT, Face.BOLD, 9.5)
    fonts.draw(canvas, EDGE + WIDTH, EDGE + 1.5 * MM, thanks, Face.TEXT, 9.5, "right", color=QUIET)


def _draw_cancelled(canvas: Canvas, fonts: Fonts) -> None:
    canvas.saveState()
    canvas.translate(SHEET.width / 2, SHEET.height / 2)
    canvas.rotate(24)
    canvas.setFillColor(ACCENT)
    canvas.setFillAlpha(0.25)
    fonts.draw(canvas, 0, -20, "已作废", Face.BOLD, 90, "center")
    canvas.restoreState()


def amount_in_characters(fen: int) -> str:
    """An amount as receipts say it, by the rules of the banks' paper: 伍佰元整, 壹仟零伍元叁角, 叁角零伍分."""
    yuan, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    words = f"{_whole_in_characters(yuan)}元" if yuan else ""
    if not jiao and not rest:
        return f"{words or '零元'}整"
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif yuan:
        words += "零"
    return words + (f"{_DIGITS[rest]}分" if rest else "")


def _whole_in_characters(number: int) -> str:
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    words, gap = "", False
    for at in range(len(groups) - 1, -1, -1):
        group = groups[at]
        if not group:
            gap = bool(words)
            continue
        if words and (gap or group < 1_000):
            words += "零"
        words, gap = words + _group_in_characters(group) + _GROUPS[at], False
    return words


def _group_in_characters(group: int) -> str:
    """Four digits: 1005 → 壹仟零伍, 10 → 壹拾."""
    words, gap = "", False
    for at in range(3, -1, -1):
        digit = group // 10**at % 10
        if not digit:
            gap = bool(words)
            continue
        words, gap = words + ("零" if gap else "") + _DIGITS[digit] + _PLACES[at], False
    return words
