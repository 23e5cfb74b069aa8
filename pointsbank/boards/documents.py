"""The honor board 善行义举榜 on paper: a poster of one sheet.

It is drawn once, on A3; A4 is the same sheet made smaller. Lengths are in points of the A3 sheet.
"""

import io
from datetime import date
from math import ceil
from typing import Literal

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from pointsbank.boards.content import BoardContent, MeritLine, RankingLine
from pointsbank.foundation.periods import day_title, period_title
from pointsbank.foundation.points import format_points
from pointsbank.printing import codes, paper
from pointsbank.printing.fonts import Align, Face, Fonts
from pointsbank.printing.ornaments import draw_diamond, draw_meander, draw_rays
from pointsbank.printing.paper import ACCENT, ACCENT_DEEP, GOLD, GOLD_LIGHT, INK, LINE, QUIET, WHITE, Box

SHEET = paper.A3.landscape
EDGE = 40.0  # nothing but the red head comes nearer to the edge of the sheet
GUTTER = 30.0

HEAD = Box(0, SHEET.height - 174, SHEET.width, 174)
MERITS = Box(EDGE, 254, 570, 404)
RANKING = Box(EDGE + 570 + GUTTER, 254, SHEET.width - 2 * EDGE - 570 - GUTTER, 404)
CATEGORIES = Box(EDGE, 174, SHEET.width - 2 * EDGE, 72)
GROUPS = Box(EDGE, 116, SHEET.width - 2 * EDGE, 50)
FOOT = Box(EDGE, 24, SHEET.width - 2 * EDGE, 82)

HEADING_HEIGHT = 34.0
MERIT_NAME_SIZE_MIN = 20.0  # to be read from three metres
CARD_INDENT, CARD_GAP, CARD_LEADING = 18.0, 8.0, 1.22
RAY = HexColor("#B4281F")
PANEL = HexColor("#FBF3E4")
MOTTO = HexColor("#E8CF98")

MOTTOES = ("积善之家必有余庆", "勿以善小而不为")  # fill what a quiet month leaves empty


def honor_board_pdf(board: BoardContent, size: Literal["A3", "A4"], fonts: Fonts) -> bytes:
    """The board as a PDF of one lying sheet; the same board gives the same bytes."""
    sheet = {"A3": paper.A3, "A4": paper.A4}[size].landscape
    title = f"{board.village_name}善行义举榜 {period_title(board.period)}"
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, sheet, title, board.village_name)
    canvas.scale(sheet.width / SHEET.width, sheet.height / SHEET.height)
    _Poster(canvas, fonts, board).draw()
    canvas.save()
    return stream.getvalue()


class _Poster:
    def __init__(self, canvas: Canvas, fonts: Fonts, board: BoardContent) -> None:
        self.canvas = canvas
        self.fonts = fonts
        self.board = board

    def draw(self) -> None:
        self._draw_head()
        self._draw_merits()
        self._draw_ranking()
        self._draw_categories()
        self._draw_groups()
        self._draw_foot()
        if self.board.draft:
            self._draw_draft_mark()

    def _draw_head(self) -> None:
        board, canvas, middle = self.board, self.canvas, SHEET.width / 2
        canvas.setFillColor(ACCENT)
        canvas.rect(HEAD.x, HEAD.y, HEAD.width, HEAD.height, stroke=0, fill=1)
        draw_rays(canvas, HEAD, middle, HEAD.y + 96, RAY)
        canvas.setFillColor(ACCENT_DEEP)
        canvas.rect(HEAD.x, HEAD.y, HEAD.width, 34, stroke=0, fill=1)
        draw_meander(canvas, Box(0, HEAD.y + 36, SHEET.width, 9), GOLD)
        canvas.setFillColor(GOLD_LIGHT)
        with paper.outlined(canvas, GOLD_LIGHT, 2.2):
            self._spread("善行义举榜", middle, HEAD.y + 73, Face.SONG, 84, 30)
        left, right = Box(EDGE, HEAD.y + 103, 250, 44), Box(SHEET.width - EDGE - 250, HEAD.y + 103, 250, 44)
        with paper.outlined(canvas, GOLD_LIGHT, 0.5):
            for box, upper, lower in (
                (left, board.town_name, board.village_name),
                (right, period_title(board.period), f"第 {board.issue} 期"),
            ):
                self._text(upper, box, Face.SONG, 28, "center")
                self._text(lower, Box(box.x, box.y - 40, box.width, box.height), Face.SONG, 28, "center")
        self._text(self._figures(), Box(EDGE, HEAD.y, SHEET.width - 2 * EDGE, 34), Face.BOLD, 15, "center")

    def _figures(self) -> str:
        figures, market = self.board.figures, self.board.market
        return (
            f"全{self.board.kind_word} {figures.households} 户，本月 {figures.households_earning} 户"
            f"做了 {figures.deeds} 件善事，共得 {format_points(figures.points)} 分　◆　"
            f"爱心超市兑换 {market.redemptions} 次，用去 {format_points(market.points)} 分，"
            f"换走 {market.kinds_of_goods} 种商品"
        )

    def _draw_merits(self) -> None:
        merits, donors = self.board.merits, self.board.donors
        room = self._heading(MERITS, "本月善行")
        if donors:
            thanks = Box(room.x, room.y, room.width, 44)
            room = Box(room.x, room.y + 52, room.width, room.height - 52)
            self._draw_donors(thanks)
        if not merits:
            sentence = f"身边的好人好事，请告诉组长或{self.board.committee_word}，下月榜上见。"
            self._draw_nothing(Box(room.x, room.y + room.height - 60, room.width, 60), sentence)
            self._draw_motto(Box(room.x, room.y, room.width, room.height - 60), MOTTOES[0])
            return
        rows = self._lay_out_cards(merits, room)
        spare = min((room.height - _height_of(rows)) / len(rows), 36)
        y = room.y + room.height
        for row in rows:
            height = max(card.height for card in row) + spare
            y -= height
            x = room.x
            for card in row:
                card.draw(self.canvas, x, y, height)
                x += card.width + card.gap
            y -= row[0].gap
        self._draw_motto(Box(room.x, room.y, room.width, y - room.y), MOTTOES[0])

    def _lay_out_cards(self, merits: tuple[MeritLine, ...], room: Box) -> "list[list[_Card]]":
        """Cards in rows, with the largest text for which they all fit; the last of an odd number takes a row."""
        columns = 1 if len(merits) <= 3 else 2
        scale = 1.25
        while True:
            rows = []
            for start in range(0, len(merits), columns):
                row = merits[start : start + columns]
                width = (room.width - CARD_GAP * (len(row) - 1)) / len(row)
                rows.append([_Card(self.fonts, merit, width, scale) for merit in row])
            if _height_of(rows) <= room.height:
                return rows
            scale *= 0.96

    def _draw_donors(self, box: Box) -> None:
        thanks = "　".join(f"{donor.name}（{donor.gift}）" for donor in self.board.donors)
        self.canvas.setStrokeColor(GOLD)
        self.canvas.setLineWidth(1)
        self.canvas.rect(box.x, box.y, box.width, box.height, stroke=1, fill=0)
        self.canvas.setFillColor(ACCENT_DEEP)
        self._text("爱心捐赠\n鸣谢", Box(box.x + 8, box.y, 66, box.height), Face.BOLD, 13, "center")
        self.canvas.setFillColor(INK)
        self._text(thanks, Box(box.x + 84, box.y + 3, box.width - 94, box.height - 6), Face.TEXT, 13)

    def _draw_ranking(self) -> None:
        ranking = self.board.ranking
        room = self._heading(RANKING, "积分榜", self._ranking_lead())
        if not ranking:
            self._draw_nothing(Box(room.x, room.y + room.height - 60, room.width, 60), "本月还没有积分上榜。")
        columns = 1 if len(ranking) <= 10 else 2 if len(ranking) <= 36 else 3
        rows = max(1, -(-len(ranking) // columns))
        gap = 22.0
        width = (room.width - (columns - 1) * gap) / columns
        height = min(room.height / rows, 36)
        for number, line in enumerate(ranking):
            column, row = divmod(number, rows)
            x = room.x + column * (width + gap)
            y = room.y + room.height - (row + 1) * height
            self._draw_ranking_line(line, Box(x, y, width, height))
        self._draw_motto(Box(room.x, room.y, room.width, room.height - max(rows * height, 60)), MOTTOES[1])

    def _ranking_lead(self) -> str:
        parts = [f"前 {len(self.board.ranking)} 户，同分同名次"] if self.board.ranking else []
        return "，".join([*parts, self.board.ranking_note] if self.board.ranking_note else parts)

    def _draw_ranking_line(self, line: RankingLine, box: Box) -> None:
        canvas = self.canvas
        size = min(19, box.height * 0.62)
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.6)
        canvas.line(box.x, box.y, box.x + box.width, box.y)
        rank_box = Box(box.x, box.y, box.width * 0.10, box.height)
        if line.rank <= 3:
            canvas.setFillColor(ACCENT)
            middle = rank_box.x + rank_box.width / 2
            canvas.circle(middle, box.y + box.height / 2, box.height * 0.38, stroke=0, fill=1)
        canvas.setFillColor(WHITE if line.rank <= 3 else QUIET)
        self._text(str(line.rank), rank_box, Face.BOLD, size * 0.9, "center")
        place, place_size = f"{line.group} {line.household}", min(size, max(size * 0.8, 11))
        place_width = min(self.fonts.width(place, Face.TEXT, place_size), box.width * 0.28)
        left, right = box.x + box.width * 0.12, box.x + box.width * 0.77 - 6
        name = Box(left, box.y, right - place_width - 6 - left, box.height)
        canvas.setFillColor(INK)
        self._text(line.name, name, Face.BOLD if line.rank <= 3 else Face.TEXT, size)
        canvas.setFillColor(QUIET)
        self._text(place, Box(right - place_width, box.y, place_width, box.height), Face.TEXT, place_size, "right")
        canvas.setFillColor(INK)
        points = Box(box.x + box.width * 0.77, box.y, box.width * 0.23, box.height)
        self._text(format_points(line.points), points, Face.BOLD, size, "right")

    def _draw_categories(self) -> None:
        room = self._strip(CATEGORIES, "各类积分")
        categories = self.board.categories
        if not categories:
            self._draw_nothing(room, "本月还没有积分。")
            return
        width = min(room.width / len(categories), 260)
        most = max((abs(category.points) for category in categories), default=0) or 1
        for number, category in enumerate(categories):
            cell = Box(room.x + number * width + 6, room.y, width - 12, room.height)
            self.canvas.setFillColor(INK)
            self._text(category.label, Box(cell.x, cell.y + 48, cell.width, 20), Face.TEXT, 13)
            self.canvas.setFillColor(ACCENT_DEEP)
            self._text(format_points(category.points), Box(cell.x, cell.y + 18, cell.width, 30), Face.BOLD, 22)
            self.canvas.setFillColor(LINE)
            self.canvas.rect(cell.x, cell.y + 8, cell.width, 7, stroke=0, fill=1)
            self.canvas.setFillColor(ACCENT)
            length = cell.width * abs(category.points) / most
            self.canvas.rect(cell.x, cell.y + 8, length, 7, stroke=0, fill=1)

    def _draw_groups(self) -> None:
        room = self._strip(GROUPS, "各组积分")
        groups = self.board.groups
        if not groups:
            self._draw_nothing(room, "本月还没有积分。")
            return
        rows = 1 if len(groups) <= 5 else 2 if len(groups) <= 12 else 3
        columns = -(-len(groups) // rows)
        width, height = min(room.width / columns, 260), room.height / rows
        self.canvas.setFillColor(INK)
        for number, group in enumerate(groups):
            row, column = divmod(number, columns)
            box = Box(room.x + column * width + 6, room.y + (rows - 1 - row) * height, width - 12, height)
            text = f"{group.name} {format_points(group.points)} 分（{group.households} 户）"
            self._text(text, box, Face.TEXT, 13.5)

    def _draw_foot(self) -> None:
        board, canvas, fonts = self.board, self.canvas, self.fonts
        canvas.setFillColor(INK)
        fonts.draw(canvas, FOOT.x, FOOT.y + 64, "有异议怎么办", Face.BOLD, 14)
        size, lines = paper.fit_lines(fonts, board.how_to_object, Face.TEXT, 12.5, 470, 60, 12.5)
        paper.draw_lines(canvas, fonts, FOOT.x, FOOT.y + 43, lines, Face.TEXT, size)
        stamp = FOOT.x + 590
        canvas.setStrokeColor(QUIET)
        canvas.setLineWidth(0.8)
        canvas.setDash(3, 3)
        canvas.circle(stamp, FOOT.y + 41, 40, stroke=1, fill=0)
        canvas.setDash()
        canvas.setFillColor(QUIET)
        self._text(f"{board.committee_word}\n（盖章）", Box(stamp - 36, FOOT.y, 72, 82), Face.TEXT, 12, "center")
        codes.draw_qr(canvas, FOOT.x + FOOT.width - 84, FOOT.y - 2, 86, board.qr_text)
        right = FOOT.x + FOOT.width - 96
        canvas.setFillColor(INK)
        digest = board.head_digest
        lines = [
            f"计分起止　{_day(board.first_day)}至{_day(board.last_day)}",
            self._sequences(),
            f"{'账本截至' if board.draft else '封存　账本'}第 {board.head_sequence} 号，校验码",
            " ".join(digest[start : start + 8] for start in range(0, 32, 8)),
            " ".join(digest[start : start + 8] for start in range(32, 64, 8)),
        ]
        paper.draw_lines(canvas, fonts, right, FOOT.y + 66, lines, Face.TEXT, 11, "right")

    def _sequences(self) -> str:
        board = self.board
        if not board.last_sequence:
            return "本月账目　无"
        return f"本月账目　第 {board.first_sequence} 号至第 {board.last_sequence} 号"

    def _draw_draft_mark(self) -> None:
        canvas = self.canvas
        canvas.saveState()
        canvas.translate(SHEET.width / 2, SHEET.height / 2 - 60)
        canvas.rotate(28)
        canvas.setFillColor(Color(0.3, 0.3, 0.3, alpha=0.1))
        with paper.outlined(canvas, Color(0.3, 0.3, 0.3, alpha=0.4), 2):
            self._spread("草稿", 0, -120, Face.SONG, 320, 80)
        canvas.restoreState()

    def _heading(self, box: Box, title: str, note: str = "") -> Box:
        """A titled line at the top of `box`; gives what is left of it."""
        canvas, y = self.canvas, box.y + box.height - HEADING_HEIGHT
        draw_diamond(canvas, box.x + 8, y + 17, 8, ACCENT)
        canvas.setFillColor(ACCENT_DEEP)
        with paper.outlined(canvas, ACCENT_DEEP, 0.7):
            self.fonts.draw(canvas, box.x + 24, y + 9, title, Face.SONG, 23)
        self.fonts.draw(canvas, box.x + box.width, y + 9, note, Face.TEXT, 12, "right", QUIET)
        canvas.setStrokeColor(GOLD)
        canvas.setLineWidth(1.4)
        canvas.line(box.x, y, box.x + box.width, y)
        return Box(box.x, box.y, box.width, box.height - HEADING_HEIGHT - 8)

    def _strip(self, box: Box, title: str) -> Box:
        """A title at the left of a strip; gives the room beside it."""
        canvas = self.canvas
        canvas.setFillColor(ACCENT)
        canvas.rect(box.x, box.y + 4, 46, box.height - 8, stroke=0, fill=1)
        canvas.setFillColor(WHITE)
        self._text(f"{title[:2]}\n{title[2:]}", Box(box.x, box.y, 46, box.height), Face.BOLD, 15, "center")
        return Box(box.x + 56, box.y, box.width - 56, box.height)

    def _draw_nothing(self, box: Box, sentence: str) -> None:
        self.canvas.setFillColor(QUIET)
        self._text(sentence, Box(box.x + 6, box.y, box.width - 12, box.height), Face.TEXT, 18)

    def _draw_motto(self, box: Box, motto: str) -> None:
        """Fill a place that a quiet month leaves empty."""
        if box.height < 90:
            return
        self.canvas.setFillColor(MOTTO)
        self._spread(motto, box.x + box.width / 2, box.y + box.height / 2 - 16, Face.SONG, 42, 12)

    def _text(self, text: str, box: Box, face: Face, size: float, align: Align = "left") -> None:
        paper.draw_in_box(self.canvas, self.fonts, text, face, size, box, align)

    def _spread(self, text: str, x: float, y: float, face: Face, size: float, gap: float) -> None:
        """Draw the characters of a title with `gap` between them, their middle at `x`."""
        x -= (self.fonts.width(text, face, size) + gap * (len(text) - 1)) / 2
        for character in text:
            self.fonts.draw(self.canvas, x, y, character, face, size)
            x += self.fonts.width(character, face, size) + gap


class _Card:
    """One deed of merit as a card: measured first, for one size of text on all cards, then drawn."""

    def __init__(self, fonts: Fonts, merit: MeritLine, width: float, scale: float) -> None:
        self.fonts, self.merit, self.width = fonts, merit, width
        # Names keep their smallest size until the sentences have shrunk to 7 points, then all shrinks alike.
        small = min(1.0, scale / 0.4)
        self.gap, self.padding, self.note_size = CARD_GAP * small, 12 * small, 10 * small
        self.room = width - CARD_INDENT - self.padding
        notes = max(fonts.width(note, Face.TEXT, self.note_size) for note in (merit.household, merit.category))
        name_room = self.room - min(notes, self.room / 2) - 8
        name_size, name_size_min = max(MERIT_NAME_SIZE_MIN, 26 * scale) * small, MERIT_NAME_SIZE_MIN * small
        self.name_size = fonts.fit(merit.name, Face.BOLD, name_size, name_room, name_size_min)
        length = fonts.width(merit.name, Face.BOLD, self.name_size)
        even = length / max(1, ceil(length / name_room)) + self.name_size  # no last line of one character
        self.name_lines = paper.break_lines(fonts, merit.name, Face.BOLD, self.name_size, min(name_room, even))
        self.text_size = 17 * scale
        self.lines = paper.break_lines(fonts, merit.sentence, Face.TEXT, self.text_size, self.room)
        self.name_height = max(len(self.name_lines) * self.name_size * CARD_LEADING, 2.6 * self.note_size)
        self.height = self.name_height + len(self.lines) * self.text_size * CARD_LEADING + 1.2 * self.padding

    def draw(self, canvas: Canvas, x: float, y: float, height: float) -> None:
        """Draw the card, as high as its row, lower left corner at (x, y)."""
        fonts, merit = self.fonts, self.merit
        canvas.setFillColor(PANEL)
        canvas.rect(x, y, self.width, height, stroke=0, fill=1)
        canvas.setFillColor(ACCENT)
        canvas.rect(x, y, 5, height, stroke=0, fill=1)
        left, right = x + CARD_INDENT, x + CARD_INDENT + self.room
        top = y + height - self.padding * 0.6
        canvas.setFillColor(ACCENT_DEEP)
        for number, line in enumerate(self.name_lines):
            baseline = top - self.name_size * (0.95 + number * CARD_LEADING)
            fonts.draw(canvas, left, baseline, line, Face.BOLD, self.name_size)
        canvas.setFillColor(QUIET)
        for number, note in enumerate((merit.household, merit.category)):
            size = fonts.fit(note, Face.TEXT, self.note_size, self.room / 2, 0)
            baseline = top - self.note_size * (0.95 + number * CARD_LEADING)
            fonts.draw(canvas, right, baseline, note, Face.TEXT, size, "right")
        canvas.setFillColor(INK)
        baseline = top - self.name_height - (height - self.height) / 2 - self.text_size
        for line in self.lines:
            fonts.draw(canvas, left, baseline, line, Face.TEXT, self.text_size)
            baseline -= self.text_size * CARD_LEADING


def _height_of(rows: list[list[_Card]]) -> float:
    """How high rows of cards are, with the gaps between them."""
    return sum(max(card.height for card in row) + row[0].gap for row in rows) - rows[0][0].gap


def _day(iso: str) -> str:
    return day_title(date.fromisoformat(iso))
