"""The paper of a what-if for the meeting: categories, groups, coverage; no household. Lengths in points."""

import io
from fractions import Fraction
from math import floor

from reportlab.pdfgen.canvas import Canvas

from pointsbank.foundation.points import format_points
from pointsbank.places.models import Place
from pointsbank.places.words import words_for
from pointsbank.printing import charts, paper
from pointsbank.printing.charts import Bar
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import A4, MARGIN, MM
from pointsbank.reports.queries.what_if import Coverage, Line, WhatIf
from pointsbank.web.filters import signed_points

TITLE = "积分细则修改试算"
TEXT_SIZE = 10.5


def what_if_pdf(village: Place, found: WhatIf, months: int, fonts: Fonts) -> bytes:
    """One sheet for the meeting; the same comparison gives the same bytes."""
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, A4, f"{village.name}{TITLE}", village.name)
    y = _head(canvas, fonts, village, found, months)
    y = _table(canvas, fonts, "各类积分", found.by_category, y)
    y = _table(canvas, fonts, f"各{words_for(village.kind).group}积分", found.by_group, y - 6 * MM)
    _foot(canvas, fonts, found, y - 6 * MM)
    paper.draw_footer(canvas, fonts, A4, f"{village.name} {TITLE} {found.last_day:%Y-%m-%d}", 1, 1)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _head(canvas: Canvas, fonts: Fonts, village: Place, found: WhatIf, months: int) -> float:
    y = A4.height - MARGIN - 20
    fonts.draw(canvas, A4.width / 2, y, f"{village.name}{TITLE}", Face.BOLD, 20, "center")
    y -= 10 * MM
    sentences = (
        f"把 {found.first_day:%Y-%m-%d} 到 {found.last_day:%Y-%m-%d}（{months} 个月）已经入账的 {found.deeds} 件事，"
        "照草稿重新算一遍，封顶也照算。只是试算，已经入账的分不会改。"
    )
    lines = paper.break_lines(fonts, sentences, Face.TEXT, TEXT_SIZE, A4.width - 2 * MARGIN)
    y = paper.draw_lines(canvas, fonts, MARGIN, y, lines, Face.TEXT, TEXT_SIZE)
    bars = [
        Bar("现行细则", found.issued_now, f"{format_points(found.issued_now)} 分", charts.AS_IT_IS),
        Bar("照草稿", found.issued_then, f"{format_points(found.issued_then)} 分", charts.AS_PROPOSED),
    ]
    drawing = charts.horizontal_bars(fonts, bars, A4.width - 2 * MARGIN, TEXT_SIZE)
    y -= drawing.height + 2 * MM
    charts.draw_chart(canvas, drawing, MARGIN, y)
    return y - 8 * MM


def _table(canvas: Canvas, fonts: Fonts, title: str, lines: list[Line], y: float) -> float:
    fonts.draw(canvas, MARGIN, y, title, Face.BOLD, 13)
    width = A4.width - 2 * MARGIN
    columns = (
        paper.Column("", width * 0.46),
        *(paper.Column(head, width * 0.18, "right") for head in ("现行（分）", "照草稿（分）", "相差（分）")),
    )
    table = paper.Table(columns, 6 * MM, TEXT_SIZE)
    rows = [
        [line.name, format_points(line.now), format_points(line.then), signed_points(line.difference)] for line in lines
    ]
    return table.draw(canvas, fonts, MARGIN, y - 3 * MM, rows)


def _foot(canvas: Canvas, fonts: Fonts, found: WhatIf, y: float) -> None:
    sentences = (
        f"每月合计封顶：现行有 {found.at_limit[0]} 户次到顶，照草稿有 {found.at_limit[1]} 户次。",
        f"积分有变化的有 {found.changed_households} 户，名次有变化的有 {found.changed_ranks} 户。",
        f"超市的东西够不够换：现行 {coverage_in_words(found.coverage_now)}；"
        f"照草稿 {coverage_in_words(found.coverage_then)}。",
    )
    for sentence in sentences:
        lines = paper.break_lines(fonts, sentence, Face.TEXT, TEXT_SIZE, A4.width - 2 * MARGIN)
        y = paper.draw_lines(canvas, fonts, MARGIN, y, lines, Face.TEXT, TEXT_SIZE)


def coverage_in_words(coverage: Coverage) -> str:
    """What can be spent against what is on the shelves: 没花的积分值 1,200 元，货值 900 元，够换 75%."""
    worth, stock = coverage.worth_fen / 100, coverage.stock_fen / 100
    if coverage.share is None:
        return f"没有待花的积分，货值 {stock:,.0f} 元"
    return f"没花的积分值 {worth:,.0f} 元，货值 {stock:,.0f} 元，够换 {share_in_words(coverage.share)}"


def share_in_words(share: Fraction) -> str:
    """Below once a percentage, from there on how often: 75%, 1 倍, 1.3 倍, 13 倍. Rounded down: nothing is promised."""
    if share < 1:
        return f"{floor(share * 100)}%"
    return f"{floor(share * 10) / 10:g} 倍" if share < 10 else f"{floor(share)} 倍"
