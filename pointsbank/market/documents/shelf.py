"""一市 on paper: the price list that hangs in the shop, and labels for the shelf. Lengths in millimetres."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reportlab.pdfgen.canvas import Canvas
from stdnum import ean

from pointsbank.foundation.periods import day_title
from pointsbank.foundation.points import format_points
from pointsbank.market.models import Good
from pointsbank.market.policies import opening
from pointsbank.places import hours
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import EVERY_MONTH
from pointsbank.printing import codes, paper
from pointsbank.printing.flow import Flow, Rows
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import ACCENT, GOLD_LIGHT, INK, LINE, MM, QUIET, Box

TITLE = "爱心超市积分价目表"
NO_CASH = "积分不兑换现金"

# --- the price list ---


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A good: what it is, its unit, points of one piece in units, what is there in words, its barcode if it has one."""

    title: str
    unit: str
    points: int
    there: str
    barcode: str


@dataclass(frozen=True, slots=True)
class PriceList:
    """What hangs in the shop on a day, by category in the order of the shelf."""

    village: str
    day: date
    hours: str
    phone: str
    categories: tuple[tuple[str, tuple[PriceLine, ...]], ...]


def price_list_of(village: Place, goods: Sequence[Good], day: date) -> PriceList:
    """The price list of these goods as they are on a day; what is out of season is left out."""
    by_category: dict[str, list[PriceLine]] = {}
    for good in goods:
        if good.in_season(day):
            by_category.setdefault(good.category, []).append(_price_line(good, day))
    settings = places.settings_now(village.id)
    return PriceList(
        village.name,
        day,
        f"{opening.days_in_words(settings)}开门{hours.hours_in_words(settings.opening_hours)}",
        settings.shop_phone,
        tuple((category, tuple(lines)) for category, lines in by_category.items()),
    )


def _price_line(good: Good, day: date) -> PriceLine:
    there = good.provider or "服务" if good.is_service else f"{good.available}" if good.available else "换完了"
    barcode = good.barcodes[0].barcode if good.barcodes else ""
    return PriceLine(good.title, good.unit, good.price_on(day), there, barcode)


def price_list_pdf(prices: PriceList, fonts: Fonts) -> bytes:
    """The price list on A4, a table for each category; the same list gives the same bytes."""
    flow = Flow(fonts, text_size=11, cell_size=12)
    day = day_title(prices.day)
    phone = f"　电话 {prices.phone}" if prices.phone else ""
    flow.title(f"{prices.village}{TITLE}", f"{day}　{prices.hours}{phone}　{NO_CASH}")
    for category, lines in prices.categories:
        flow.heading(category)
        flow.table(
            Rows(
                (
                    ("东西", 0.42, "left"),
                    ("单位", 0.1, "left"),
                    ("积分", 0.13, "right"),
                    ("还有", 0.14, "right"),
                    ("条码", 0.21, "right"),
                ),
                [(line.title, line.unit, format_points(line.points), line.there, line.barcode) for line in lines],
            )
        )
    return flow.pdf(f"{prices.village}{TITLE}", prices.village, f"{prices.village}{TITLE}　{day}")


# --- labels ---


@dataclass(frozen=True, slots=True)
class LabelSheet:
    """A sheet of A4 with labels on it, as it is sold: how many, how large, where the first is, how far apart."""

    title: str
    columns: int
    rows: int
    width_mm: float
    height_mm: float
    left_mm: float
    top_mm: float
    gap_x_mm: float = 0.0

    @property
    def count(self) -> int:
        """Labels on a sheet."""
        return self.columns * self.rows


SHEETS = {
    "70x37": LabelSheet("70 × 37 毫米，每张 24 个", 3, 8, 70, 37, 0, 0.5),
    "63.5x38.1": LabelSheet("63.5 × 38.1 毫米，每张 21 个", 3, 7, 63.5, 38.1, 7.2, 15.1, 2.5),
}
EDGE_MM = 3.0  # of a label, where a printer may be a little off
SIDES_MM = (30.0, 105.0)  # of a label of one's own size


def own_sheet(width_mm: float, height_mm: float) -> LabelSheet:
    """Labels of one's own size to be cut out, as many as fit on A4 within what every printer reaches."""
    margin = paper.MARGIN / MM
    columns, rows = int((210 - 2 * margin) // width_mm), int((297 - 2 * margin) // height_mm)
    title = f"{width_mm:g} × {height_mm:g} 毫米，每张 {columns * rows} 个"
    left, top = (210 - columns * width_mm) / 2, (297 - rows * height_mm) / 2
    return LabelSheet(title, columns, rows, width_mm, height_mm, left, top)


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on the edge of the shelf. barcode: an EAN-13, else "" and the code is printed alone."""

    name: str
    under: str  # size and unit
    points: int
    code: str
    barcode: str


def label_of(good: Good, day: date) -> Label:
    """A good's label with its price of a day."""
    barcode = next((one.barcode for one in good.barcodes if len(one.barcode) == 13 and ean.is_valid(one.barcode)), "")
    under = good.provider if good.is_service else good.spec
    return Label(good.name, under or f"每{good.unit}", good.price_on(day), good.code, barcode)


def labels_pdf(labels: Sequence[Label], sheet: LabelSheet, fonts: Fonts, *, first: int = 1, cut: bool = False) -> bytes:
    """Sheets of labels. first: the place on the first sheet to begin at, from 1; cut: with lines to cut along."""
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, paper.A4, "货架标签", "爱心超市")
    for number, label in enumerate(labels, start=first - 1):
        place = number % sheet.count
        if place == 0 and number > first - 1:
            canvas.showPage()
            canvas.setPageSize((paper.A4.width, paper.A4.height))
        row, column = divmod(place, sheet.columns)
        x = (sheet.left_mm + column * (sheet.width_mm + sheet.gap_x_mm)) * MM
        y = paper.A4.height - (sheet.top_mm + (row + 1) * sheet.height_mm) * MM
        if cut:
            canvas.setStrokeColor(LINE)
            canvas.setLineWidth(0.4)
            canvas.rect(x, y, sheet.width_mm * MM, sheet.height_mm * MM, stroke=1, fill=0)
        _draw_label(canvas, fonts, label, Box(x, y, sheet.width_mm * MM, sheet.height_mm * MM))
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _draw_label(canvas: Canvas, fonts: Fonts, label: Label, box: Box) -> None:
    """Name above, size below it, the points large at the right, the barcode at the left."""
    edge = EDGE_MM * MM
    x, y, width, height = box.x + edge, box.y + edge, box.width - 2 * edge, box.height - 2 * edge
    name, under = height * 0.34, height * 0.18
    canvas.setFillColor(INK)
    paper.draw_in_box(canvas, fonts, label.name, Face.BOLD, name * 0.62, Box(x, y + height - name, width, name))
    canvas.setFillColor(QUIET)
    below = Box(x, y + height - name - under, width, under)
    paper.draw_in_box(canvas, fonts, label.under, Face.TEXT, under * 0.7, below)
    foot = height - name - under
    canvas.setFillColor(ACCENT)
    points = Box(x + width * 0.6, y, width * 0.4, foot)
    paper.draw_in_box(canvas, fonts, f"{format_points(label.points)} 分", Face.BOLD, foot * 0.6, points, "right")
    if label.barcode:
        codes.draw_ean13(canvas, fonts, x, y, width * 0.58, foot, label.barcode)
    else:
        canvas.setFillColor(QUIET)
        paper.draw_in_box(canvas, fonts, label.code, Face.TEXT, foot * 0.3, Box(x, y, width * 0.58, foot))


# --- the door ---

POSTER_SIZES = {"A4": paper.A4, "A3": paper.A3}


@dataclass(frozen=True, slots=True)
class OpeningPoster:
    """What hangs on the door: on which days and hours, when points are redeemed, whom to ring."""

    village: str
    days: str
    hours: str
    redeeming: str
    phone: str


def opening_poster_of(village: Place) -> OpeningPoster:
    """The poster by the village's policy of today."""
    settings = places.settings_now(village.id)
    is_limited = bool(settings.redeem_days) or settings.redeem_months != EVERY_MONTH
    return OpeningPoster(
        village.name,
        opening.days_in_words(settings),
        hours.hours_in_words(settings.opening_hours),
        opening.period_in_words(settings).strip() if is_limited else "",
        settings.shop_phone,
    )


def opening_pdf(poster: OpeningPoster, size: paper.Size, fonts: Fonts) -> bytes:
    """The poster of opening days on one sheet; the same policy gives the same bytes."""
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, size, "开门时间", poster.village)
    width = size.width - 2 * paper.MARGIN
    head = size.height * 0.2
    canvas.setFillColor(ACCENT)
    canvas.rect(0, size.height - head, size.width, head, stroke=0, fill=1)
    canvas.setFillColor(GOLD_LIGHT)
    title = Box(paper.MARGIN, size.height - head, width, head)
    paper.draw_in_box(canvas, fonts, f"{poster.village}爱心超市", Face.SONG, head * 0.4, title, "center")
    lines = [("开门的日子", poster.days)]
    lines += [("几点开门", poster.hours)] if poster.hours else []
    lines += [("什么时候兑换", poster.redeeming)] if poster.redeeming else []
    lines += [("有事打电话", poster.phone)] if poster.phone else []
    foot = size.height * 0.1
    height = (size.height - head - foot) / len(lines)
    for number, (label, words) in enumerate(lines, start=1):
        y = size.height - head - number * height
        canvas.setFillColor(QUIET)
        above = Box(paper.MARGIN, y + height * 0.68, width, height * 0.2)
        paper.draw_in_box(canvas, fonts, label, Face.TEXT, min(height * 0.12, size.width * 0.04), above, "center")
        canvas.setFillColor(INK)
        below = Box(paper.MARGIN, y + height * 0.12, width, height * 0.56)
        paper.draw_in_box(canvas, fonts, words, Face.BOLD, min(height * 0.34, size.width * 0.12), below, "center")
    canvas.setFillColor(ACCENT)
    last = Box(paper.MARGIN, foot * 0.2, width, foot * 0.6)
    paper.draw_in_box(canvas, fonts, f"凭积分换东西，{NO_CASH}", Face.BOLD, foot * 0.3, last, "center")
    canvas.showPage()
    canvas.save()
    return stream.getvalue()
