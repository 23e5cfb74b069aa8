"""一约 on paper: the poster of the covenant, the table of its rules, the sheet on which the households sign."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reportlab.pdfgen.canvas import Canvas

from pointsbank.covenant import policies, queries
from pointsbank.covenant.differences import limits_in_words, points_in_words
from pointsbank.covenant.models import THEME_NAMES, Covenant, MeetingKind, Rule, Subject
from pointsbank.covenant.services import AdoptionDetails, draft_of
from pointsbank.foundation.periods import day_title
from pointsbank.people import queries as people
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.words import words_for
from pointsbank.printing import paper
from pointsbank.printing.flow import Flow, Rows
from pointsbank.printing.fonts import Align, Face, Fonts
from pointsbank.printing.paper import ACCENT, GOLD_LIGHT, INK, LEADING, MM, QUIET, Box, Size

POSTER_SIZES = {"A2": paper.A2, "A3": paper.A3, "A4": paper.A4}
SIGNATURES_PER_ROW = 2

Columns = tuple[tuple[str, float, Align], ...]
_RULE_COLUMNS: Columns = (
    ("编号", 0.1, "left"),
    ("什么事", 0.48, "left"),
    ("积分", 0.17, "right"),
    ("封顶、限次", 0.25, "left"),
)
_SIGNATURE_COLUMNS: Columns = (
    ("户号", 0.1, "left"),
    ("户主", 0.2, "left"),
    ("签名或手印", 0.2, "left"),
) * SIGNATURES_PER_ROW


def whole_title(village: str, title: str) -> str:
    """A title with the village's name before it, unless it has that already."""
    return title if village in title else f"{village}{title}"


# --- the poster ---


@dataclass(frozen=True, slots=True)
class Poster:
    """A version of the covenant as it hangs: its clauses by theme, and how it came to hold."""

    village: str
    title: str
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # the theme's character; code and text of each clause
    adopted: str
    is_draft: bool


def poster_of(village: Place, covenant: Covenant) -> Poster:
    """The poster of a version; a draft says so across the sheet."""
    details = policies.details_of(queries.adoption(village.id, Subject.COVENANT, covenant.version))
    sections = tuple(
        (THEME_NAMES[theme], tuple((clause.code, clause.text) for clause in clauses))
        for theme, clauses in queries.by_theme(queries.clauses_of(covenant))
    )
    adopted = adopted_in_words(details, policies.meeting_names(village.kind))
    if covenant.effective_on:
        adopted += f"自{day_title(covenant.effective_on)}起施行。"
    return Poster(village.name, covenant.title, sections, adopted, covenant.is_draft)


def adopted_in_words(details: AdoptionDetails, meetings: dict[MeetingKind, str]) -> str:
    """Which meeting adopted it with which vote, and under which number it was filed, as far as that is known."""
    said = ""
    if details.resolved_on and details.meeting_kind:
        unit = "户" if details.meeting_kind is MeetingKind.HOUSEHOLDS else "人"
        counts = (("应到", details.expected), ("实到", details.present), ("赞成", details.in_favour))
        votes = "".join(f"，{what} {number} {unit}" for what, number in counts if number is not None)
        said = f"{day_title(details.resolved_on)}经{meetings[details.meeting_kind]}通过{votes}。"
    if details.filed_on:
        number = f"，备案号 {details.filing_number}" if details.filing_number else ""
        said += f"{day_title(details.filed_on)}报镇（街道）备案{number}。"
    return said


@dataclass(frozen=True, slots=True)
class _Laid:
    """The clauses of a theme as lines at one text size."""

    theme: str
    clauses: list[list[str]]

    def height(self, size: float) -> float:
        """How much of the sheet it takes, with the room below it; at least that of its character."""
        lines = sum(map(len, self.clauses)) + 0.5 * len(self.clauses)
        return max(lines * size * LEADING, 2.2 * size * LEADING) + size


def poster_pdf(poster: Poster, size: Size, fonts: Fonts) -> bytes:
    """The poster on one sheet, its text as large as the sheet has room for; the same poster gives the same bytes."""
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, size, whole_title(poster.village, poster.title), poster.village)
    margin, head, foot = size.width * 0.07, size.height * 0.13, size.height * 0.08
    width, themes = size.width - 2 * margin, size.width * 0.09
    _draw_head(canvas, fonts, poster, size, head)
    text_size = size.width / 24
    laid = _laid(fonts, poster, text_size, width - themes)
    while sum(part.height(text_size) for part in laid) > size.height - head - foot - margin:
        text_size *= 0.97
        laid = _laid(fonts, poster, text_size, width - themes)
    y = size.height - head - margin / 2
    for part in laid:
        _draw_section(canvas, fonts, part, text_size, (margin, y, themes))
        y -= part.height(text_size)
    canvas.setFillColor(QUIET)
    below = Box(margin, foot * 0.25, width, foot * 0.55)
    paper.draw_in_box(canvas, fonts, poster.adopted, Face.TEXT, min(foot * 0.2, text_size * 0.8), below, "center")
    if poster.is_draft:
        _draw_draft(canvas, fonts, size)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _laid(fonts: Fonts, poster: Poster, size: float, width: float) -> list[_Laid]:
    return [
        _Laid(
            theme,
            [paper.break_lines(fonts, f"{code}　{text}", Face.TEXT, size, width) for code, text in clauses],
        )
        for theme, clauses in poster.sections
    ]


def _draw_head(canvas: Canvas, fonts: Fonts, poster: Poster, size: Size, head: float) -> None:
    canvas.setFillColor(ACCENT)
    canvas.rect(0, size.height - head, size.width, head, stroke=0, fill=1)
    canvas.setFillColor(GOLD_LIGHT)
    whole = whole_title(poster.village, poster.title)
    box = Box(size.width * 0.07, size.height - head, size.width * 0.86, head)
    paper.draw_in_box(canvas, fonts, whole, Face.SONG, head * 0.5, box, "center")


def _draw_section(canvas: Canvas, fonts: Fonts, part: _Laid, size: float, place: tuple[float, float, float]) -> None:
    """A theme's character in its seal at the left, its clauses beside it. place: left, top, width for the seal."""
    left, top, themes = place
    side = min(themes * 0.72, 2 * size * LEADING)
    canvas.setFillColor(ACCENT)
    canvas.roundRect(left, top - side, side, side, side * 0.12, stroke=0, fill=1)
    canvas.setFillColor(GOLD_LIGHT)
    seal = Box(left, top - side, side, side)
    paper.draw_in_box(canvas, fonts, part.theme, Face.SONG, side * 0.68, seal, "center")
    y = top
    canvas.setFillColor(INK)
    for lines in part.clauses:
        paper.draw_lines(canvas, fonts, left + themes, y - size, lines, Face.TEXT, size)
        y -= (len(lines) + 0.5) * size * LEADING


def _draw_draft(canvas: Canvas, fonts: Fonts, size: Size) -> None:
    canvas.saveState()
    canvas.setFillAlpha(0.16)
    canvas.translate(size.width / 2, size.height / 2)
    canvas.rotate(40)
    canvas.setFillColor(QUIET)
    wide = size.width * 0.8
    paper.draw_in_box(canvas, fonts, "草稿", Face.BOLD, wide * 0.4, Box(-wide / 2, -wide / 4, wide, wide / 2), "center")
    canvas.restoreState()


# --- the scoring table ---


@dataclass(frozen=True, slots=True)
class ScoringTable:
    """The rules of a version by category: code, what is done, points in words, limits in words."""

    village: str
    since: date
    categories: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...]


def scoring_table_of(village: Place, rules: Sequence[Rule], since: date) -> ScoringTable:
    """The table of these rules, in the order of the book."""
    by_category: dict[str, list[tuple[str, str, str, str]]] = {}
    for rule in rules:
        draft = draft_of(rule)
        line = (rule.code, rule.name, points_in_words(draft), limits_in_words(draft))
        by_category.setdefault(rule.category, []).append(line)
    return ScoringTable(village.name, since, tuple((name, tuple(lines)) for name, lines in by_category.items()))


def scoring_table_pdf(table: ScoringTable, size: Size, fonts: Fonts) -> bytes:
    """The second sheet beside the poster; the same rules give the same bytes."""
    title = f"{table.village}积分细则"
    flow = Flow(fonts, size=size, text_size=11, cell_size=10.5)
    since = f"{day_title(table.since)}起施行"
    flow.title(title, f"自{since}。做了好事，向组长或文书申报；有疑问，可以查、可以问、可以提异议。")
    for category, lines in table.categories:
        flow.heading(category)
        flow.table(Rows(_RULE_COLUMNS, lines))
    return flow.pdf(title, table.village, f"{title}　{since}")


# --- the signature sheet ---


@dataclass(frozen=True, slots=True)
class SignatureSheet:
    """Who signs the covenant, group by group: number and head of each household."""

    village: str
    title: str
    resident: str  # what people of the place are called
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def signature_sheet_of(village: Place, covenant: Covenant) -> SignatureSheet:
    """The sheet for every household of the roster, in the order of the doors."""
    groups = []
    for group in places.groups(village.id):
        households = people.households_of_group(village.id, group.id)
        if households:
            groups.append((group.name, tuple((one.number, one.head_name) for one in households)))
    return SignatureSheet(village.name, covenant.title, words_for(village.kind).resident, tuple(groups))


def signature_sheet_pdf(sheet: SignatureSheet, fonts: Fonts) -> bytes:
    """A4 sheets with room to sign, each group beginning a page of its own; the same roster gives the same bytes."""
    title = f"{whole_title(sheet.village, sheet.title)}签名册"
    flow = Flow(fonts, text_size=11, cell_size=11)
    for number, (group, households) in enumerate(sheet.groups):
        if number:
            flow.turn()
        flow.title(title, f"{group}　{len(households)} 户")
        flow.paragraph(f"我们已经看过、听过{sheet.title}，同意遵守，互相监督。")
        flow.gap(3 * MM)
        rows = [
            [cell for one in households[start : start + SIGNATURES_PER_ROW] for cell in (*one, "　\n　")]
            for start in range(0, len(households), SIGNATURES_PER_ROW)
        ]
        width = len(_SIGNATURE_COLUMNS)
        flow.table(Rows(_SIGNATURE_COLUMNS, [[*row, *[""] * (width - len(row))] for row in rows]))
    return flow.pdf(title, sheet.village, title)
