"""The card on paper: 85.6 × 54 mm, ten on A4 with cut marks, or one by itself. Lengths in points."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from pointsbank.cards.models import Card
from pointsbank.cards.queries import qr_text
from pointsbank.foundation.names import masked_name
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.printing import codes, paper
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import ACCENT, GOLD_LIGHT, INK, LINE, MM, QUIET, WHITE, Box, Size

COLUMNS, ROWS = 2, 5
BAND_HEIGHT = 11.5 * MM
QR_SIDE = 31 * MM
EDGE = 4.5 * MM
CUT_MARK = 4 * MM  # length, outside the cards
CUT_DISTANCE = 1 * MM  # from the cards, so that a slip of the scissors shows no line

RULES = (
    "做好事、守公约，就能得积分；积分攒着，到爱心超市换东西。",
    "在自助机上刷卡或点户号，可以查积分、看榜、先把东西留着；领东西要到柜台，签名或按密码。",
    "积分只归本户，不兑现金、不可转让。密码不要告诉别人。",
    "卡丢了，马上到办公室挂失补卡，积分都在。",
)


class Layout(Enum):
    """How cards lie on paper."""

    SHEETS = auto()
    SINGLE = auto()


@dataclass(frozen=True, slots=True)
class CardFace:
    """What stands on one card."""

    village: str
    door: str  # group and household number
    head: str
    number: str
    phone: str
    qr: str
    name: str = ""  # whose or what for


def faces_of(village: Place, cards: Iterable[Card], *, masked: bool) -> list[CardFace]:
    """What to print on these cards. masked: the head's name as it may be seen by anybody."""
    phone = places.settings_now(village.id).shop_phone
    faces = []
    for card in cards:
        household = card.household
        head = masked_name(household.head_name) if masked else household.head_name
        door = f"{household.group.name} {household.number}"
        faces.append(CardFace(village.name, door, head, card.number, phone, qr_text(village, card), card.name))
    return faces


def cards_pdf(faces: Sequence[CardFace], layout: Layout, fonts: Fonts) -> bytes:
    """The cards as a PDF, each sheet of fronts followed by one of backs; the same cards give the same bytes."""
    size = paper.A4 if layout is Layout.SHEETS else paper.ID_1
    per_page = COLUMNS * ROWS if layout is Layout.SHEETS else 1
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, size, f"{faces[0].village}积分卡", faces[0].village)
    for first in range(0, len(faces), per_page):
        page = faces[first : first + per_page]
        boxes = _boxes(layout)[: len(page)]
        for face, box in zip(page, boxes, strict=True):
            _Front(canvas, fonts, face, box).draw()
        _finish_page(canvas, size, layout)
        for face, box in zip(page, boxes, strict=True):
            _draw_back(canvas, fonts, face.village, _turned_over(box, size))
        _finish_page(canvas, size, layout)
    canvas.save()
    return stream.getvalue()


def _boxes(layout: Layout) -> list[Box]:
    """Where cards stand on a page, in rows from the top left."""
    card = paper.ID_1
    if layout is Layout.SINGLE:
        return [Box(0, 0, card.width, card.height)]
    left, top = _sheet_corner()
    return [
        Box(left + column * card.width, top - (row + 1) * card.height, card.width, card.height)
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]


def _sheet_corner() -> tuple[float, float]:
    """The upper left corner of the block of cards, in the middle of A4."""
    return (
        (paper.A4.width - COLUMNS * paper.ID_1.width) / 2,
        (paper.A4.height + ROWS * paper.ID_1.height) / 2,
    )


def _turned_over(box: Box, size: Size) -> Box:
    """Where a card is seen from behind when the sheet is turned over its long edge."""
    return Box(size.width - box.x - box.width, box.y, box.width, box.height)


def _finish_page(canvas: Canvas, size: Size, layout: Layout) -> None:
    if layout is Layout.SHEETS:
        _draw_cut_marks(canvas)
    canvas.showPage()
    canvas.setPageSize((size.width, size.height))


def _draw_cut_marks(canvas: Canvas) -> None:
    left, top = _sheet_corner()
    right, bottom = left + COLUMNS * paper.ID_1.width, top - ROWS * paper.ID_1.height
    canvas.setStrokeColor(QUIET)
    canvas.setLineWidth(0.4)
    for column in range(COLUMNS + 1):
        x = left + column * paper.ID_1.width
        canvas.line(x, top + CUT_DISTANCE, x, top + CUT_DISTANCE + CUT_MARK)
        canvas.line(x, bottom - CUT_DISTANCE, x, bottom - CUT_DISTANCE - CUT_MARK)
    for row in range(ROWS + 1):
        y = top - row * paper.ID_1.height
        canvas.line(left - CUT_DISTANCE, y, left - CUT_DISTANCE - CUT_MARK, y)
        canvas.line(right + CUT_DISTANCE, y, right + CUT_DISTANCE + CUT_MARK, y)


class _Front:
    """One card in its box."""

    def __init__(self, canvas: Canvas, fonts: Fonts, face: CardFace, box: Box) -> None:
        self.canvas, self.fonts, self.face, self.box = canvas, fonts, face, box

    def draw(self) -> None:
        """Everything on the front."""
        self._draw_band()
        self._draw_household()
        box = self.box
        x, y = box.x + box.width - EDGE - QR_SIDE + 2 * MM, box.y + 8.5 * MM
        codes.draw_qr(self.canvas, x, y, QR_SIDE, self.face.qr)
        self._draw_foot()

    def _text(self, text: str, face: Face, size: float, box: Box, color: Color = INK) -> None:
        self.canvas.setFillColor(color)
        paper.draw_in_box(self.canvas, self.fonts, text, face, size, box)

    def _draw_band(self) -> None:
        box = self.box
        band = Box(box.x, box.y + box.height - BAND_HEIGHT, box.width, BAND_HEIGHT)
        self.canvas.setFillColor(ACCENT)
        self.canvas.rect(band.x, band.y, band.width, band.height, stroke=0, fill=1)
        title = Box(band.x + EDGE, band.y, band.width - 2 * EDGE, band.height)
        self._text(f"{self.face.village} 爱心超市积分卡", Face.SONG, 15, title, GOLD_LIGHT)

    def _draw_household(self) -> None:
        box, left = self.box, self.box.x + EDGE
        width = box.width - 2 * EDGE - QR_SIDE
        top = box.y + box.height - BAND_HEIGHT - 3 * MM
        self._text("户号", Face.TEXT, 7, Box(left, top - 4 * MM, width, 4 * MM), QUIET)
        self._text(self.face.door, Face.BOLD, 14, Box(left, top - 10 * MM, width, 6 * MM))
        self._text("户主", Face.TEXT, 7, Box(left, top - 15 * MM, width, 4 * MM), QUIET)
        self._text(self.face.head, Face.BOLD, 14, Box(left, top - 21 * MM, width, 6 * MM))
        number_top = 24 * MM
        if self.face.name:
            self._text(self.face.name, Face.TEXT, 10, Box(left, top - 26 * MM, width, 5 * MM))
            number_top = 27 * MM
        self._text(f"卡号 {self.face.number}", Face.TEXT, 8.5, Box(left, top - number_top - 4 * MM, width, 5 * MM))

    def _draw_foot(self) -> None:
        box = self.box
        foot = Box(box.x + EDGE, box.y + 2 * MM, box.width - 2 * EDGE, 5 * MM)
        words = "不兑现金、不可转让" + (f"　挂失电话 {self.face.phone}" if self.face.phone else "")
        self._text(words, Face.TEXT, 8, foot, QUIET)


def _draw_back(canvas: Canvas, fonts: Fonts, village: str, box: Box) -> None:
    canvas.setFillColor(WHITE)
    canvas.setStrokeColor(LINE)
    inside = Box(box.x + EDGE, box.y + EDGE, box.width - 2 * EDGE, box.height - 2 * EDGE)
    canvas.setFillColor(ACCENT)
    title_height = 7 * MM
    title = Box(inside.x, inside.y + inside.height - title_height, inside.width, title_height)
    paper.draw_in_box(canvas, fonts, f"{village}积分怎么用", Face.BOLD, 11, title)
    canvas.setFillColor(INK)
    y, size = title.y - 2 * MM, 9.0
    for number, rule in enumerate(RULES, start=1):
        lines = paper.break_lines(fonts, f"{number}. {rule}", Face.TEXT, size, inside.width)
        y = paper.draw_lines(canvas, fonts, inside.x, y - size, lines, Face.TEXT, size) + size - 1 * MM
