"""The notice of a year's end on A4: whose points end, before they do. Lengths in points; the origin is bottom left."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from pointsbank.desk.queries.year_end import PaperLine
from pointsbank.foundation.periods import period_title
from pointsbank.foundation.points import format_points
from pointsbank.ledger.year_end import YearEndPlan
from pointsbank.places.models import Place
from pointsbank.places.settings import YearEndMode
from pointsbank.places.words import words_for
from pointsbank.printing import paper
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import ACCENT_DEEP, INK, MARGIN, QUIET, Column, Table

SHEET = paper.A4
WIDTH = SHEET.width - 2 * MARGIN
TABLE = Table(
    (
        Column("组别", WIDTH * 0.18),
        Column("户号", WIDTH * 0.18),
        Column("户主", WIDTH * 0.34),
        Column("将作废的积分", WIDTH * 0.30, "right"),
    ),
    row_height=19,
    text_size=11,
)
HEAD_HEIGHT = 150.0  # of the first page: title and what it means
FOOT_HEIGHT = 30.0


@dataclass(frozen=True, slots=True)
class YearEndNotice:
    """What stands on the paper. days: how long it hangs before anything is done."""

    village: Place
    plan: YearEndPlan
    lines: Sequence[PaperLine]
    days: int

    @property
    def title(self) -> str:
        """The heading."""
        return f"{self.village.name}{self.plan.year}年年终积分公示"

    @property
    def sentences(self) -> list[str]:
        """What will happen, whom it concerns, and what can still be done."""
        words, plan = words_for(self.village.kind), self.plan
        if plan.mode is YearEndMode.CARRY_OVER:
            return [f"按本{words.place}积分政策，没有用完的积分结转下年，一分不动。"]
        until = period_title(plan.through)
        what = [
            f"按本{words.place}积分政策，{until}和以前得的、还没有用的积分将作废；先得的先用，新得的不受影响，"
            "已经下单留着的也不受影响。",
            f"共 {len(self.lines)} 户、{format_points(plan.points)} 分。公示 {self.days} 天以后办理；在这以前，"
            "可以到爱心超市兑换。",
        ]
        if plan.base_points:
            what.append(f"办理时，各户的基础分补足到 {format_points(plan.base_points)} 分（只抵扣分，不能兑换）。")
        return [*what, f"有疑问，请找本组组长、{words.committee}或{words.supervision}。"]


def year_end_pdf(notice: YearEndNotice, fonts: Fonts) -> bytes:
    """The notice as a PDF; the same figures give the same bytes."""
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, SHEET, notice.title, notice.village.name)
    rows = [(line.group, line.number, line.name, format_points(line.expires)) for line in notice.lines]
    pages = _paged(rows)
    for number, page in enumerate(pages, start=1):
        y = SHEET.height - MARGIN
        if number == 1:
            canvas.setFillColor(ACCENT_DEEP)
            fonts.draw(canvas, SHEET.width / 2, y - 26, notice.title, Face.BOLD, 22, "center")
            canvas.setFillColor(INK)
            y -= 56
            for sentence in notice.sentences:
                lines = paper.break_lines(fonts, sentence, Face.TEXT, 11.5, WIDTH)
                y = paper.draw_lines(canvas, fonts, MARGIN, y, lines, Face.TEXT, 11.5) - 2
            y = SHEET.height - MARGIN - HEAD_HEIGHT
        if page:
            TABLE.draw(canvas, fonts, MARGIN, y, page)
        elif number == 1:
            canvas.setFillColor(QUIET)
            fonts.draw(canvas, MARGIN, y - 20, "没有要作废的积分。", Face.TEXT, 12)
        paper.draw_footer(canvas, fonts, SHEET, notice.title, number, len(pages))
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _paged(rows: Sequence[tuple[str, ...]]) -> list[Sequence[tuple[str, ...]]]:
    """The rows of each page; the first has less room. Always at least one page."""
    room = SHEET.height - 2 * MARGIN - FOOT_HEIGHT
    first, later = TABLE.rows_per_page(room - HEAD_HEIGHT), TABLE.rows_per_page(room)
    pages: list[Sequence[tuple[str, ...]]] = [rows[:first]]
    return pages + [rows[start : start + later] for start in range(first, len(rows), later)]
