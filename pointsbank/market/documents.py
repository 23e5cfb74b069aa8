"""小票: what a household took, on a roll of 58 or 80 mm, in black only for thermal printers. Lengths in points."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reportlab.lib.colors import black
from reportlab.pdfgen.canvas import Canvas

from pointsbank.foundation.clock import SHANGHAI
from pointsbank.foundation.names import masked_name
from pointsbank.foundation.points import format_points
from pointsbank.market.models import Redemption
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from pointsbank.printing import paper
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.paper import MM

NO_CASH = "积分不兑现金"
CONFIRMED_BY = {ConfirmBy.SIGNATURE: "签名", ConfirmBy.PIN: "积分卡密码"}


@dataclass(frozen=True, slots=True)
class Roll:
    """A width of paper: what the print head leaves blank at each side, and the size of the text."""

    width_mm: float
    edge_mm: float
    text_size: float


# Print heads are 48 and 72 mm wide (203 dots per inch); a hair less is used, for paper that runs askew.
WIDTHS = {"58": Roll(58, 5.5, 8.5), "80": Roll(80, 4.5, 10)}


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A good: pieces, price of one and of all in units, pieces that came back since."""

    title: str
    unit: str
    quantity: int
    price: int
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What stands on it. Points in units."""

    village: str
    number: int
    redeemed_at: datetime
    household: str  # number and masked name
    lines: tuple[ReceiptLine, ...]
    points: int
    balance_after: int
    confirmed_by: ConfirmBy
    phone: str = ""
    deputy: str = ""  # who collected for the household
    is_void: bool = False

    @property
    def balance_before(self) -> int:
        """What the household had, with what was put aside for it."""
        return self.balance_after + self.points


def receipt_of(village: Place, redemption: Redemption) -> Receipt:
    """The receipt of a redemption, as it is printed on the day and later."""
    household = redemption.household
    return Receipt(
        village=village.name,
        number=redemption.serial,
        redeemed_at=redemption.redeemed_at,
        household=f"{household.number} {masked_name(household.head_name)}",
        lines=tuple(
            ReceiptLine(line.good.title, line.good.unit, line.quantity, line.points_price, line.returned)
            for line in redemption.lines
        ),
        points=redemption.points,
        balance_after=redemption.balance_after,
        confirmed_by=ConfirmBy(redemption.confirmed_by),
        phone=places.settings_now(village.id).shop_phone,
        deputy=redemption.deputy_name,
        is_void=redemption.voided_at is not None,
    )


def receipt_pdf(receipt: Receipt, roll: Roll, fonts: Fonts) -> bytes:
    """One page as high as its text; the same receipt gives the same bytes."""
    rows = list(_rows(receipt, roll, fonts))
    height = sum(row.height for row in rows) + 2 * roll.edge_mm * MM
    size = paper.roll(roll.width_mm, height)
    stream = io.BytesIO()
    canvas = paper.new_document(stream, fonts, size, f"兑换小票 {receipt.number} 号", receipt.village)
    canvas.setFillColor(black)
    canvas.setStrokeColor(black)
    y = height - roll.edge_mm * MM
    for row in rows:
        row.draw(canvas, fonts, roll, y)
        y -= row.height
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of text at the left, in the middle or at both sides; an empty one with a rule is a dashed line."""

    left: str = ""
    right: str = ""
    middle: str = ""
    face: Face = Face.TEXT
    size: float = 8.5
    rule: bool = False

    @property
    def height(self) -> float:
        return self.size * (0.9 if self.rule else paper.LEADING)

    def draw(self, canvas: Canvas, fonts: Fonts, roll: Roll, top: float) -> None:
        """Draw it below `top`."""
        left, right = roll.edge_mm * MM, (roll.width_mm - roll.edge_mm) * MM
        if self.rule:
            canvas.setLineWidth(0.6)
            canvas.setDash(2, 2)
            canvas.line(left, top - self.height / 2, right, top - self.height / 2)
            canvas.setDash()
            return
        baseline = top - self.size
        if self.middle:
            size = fonts.fit(self.middle, self.face, self.size, right - left, 1)
            fonts.draw(canvas, (left + right) / 2, baseline, self.middle, self.face, size, "center")
        both = fonts.width(f"{self.left}　{self.right}", self.face, self.size)
        size = self.size * min(1, (right - left) / both)  # a long unit and a great number still stand side by side
        fonts.draw(canvas, left, baseline, self.left, self.face, size)
        fonts.draw(canvas, right, baseline, self.right, self.face, size, "right")


def _rows(receipt: Receipt, roll: Roll, fonts: Fonts) -> Iterator[_Row]:
    """The receipt from top to bottom."""
    size, width = roll.text_size, (roll.width_mm - 2 * roll.edge_mm) * MM

    def wrapped(text: str, face: Face = Face.TEXT) -> Iterator[_Row]:
        for line in paper.break_lines(fonts, text, face, size, width):
            yield _Row(line, face=face, size=size)

    yield _Row(middle=f"{receipt.village}爱心超市", face=Face.BOLD, size=size * 1.4)
    yield _Row(middle="兑换小票" + ("（已作废）" if receipt.is_void else ""), face=Face.BOLD, size=size * 1.1)
    yield _Row(rule=True, size=size)
    yield _Row("小票号", str(receipt.number), size=size)
    yield _Row("时间", f"{receipt.redeemed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", size=size)
    yield from wrapped(f"住户 {receipt.household}")
    if receipt.deputy:
        yield from wrapped(f"代领人 {receipt.deputy}")
    yield _Row(rule=True, size=size)
    for line in receipt.lines:
        yield from wrapped(line.title)
        each = f"　{line.quantity} {line.unit} × {format_points(line.price)} 分"
        yield _Row(each, f"{format_points(line.quantity * line.price)} 分", size=size)
        if line.returned and not receipt.is_void:
            yield _Row(
                f"　已退 {line.returned} {line.unit}", f"−{format_points(line.returned * line.price)} 分", size=size
            )
    yield _Row(rule=True, size=size)
    yield _Row("合计", f"{format_points(receipt.points)} 分", face=Face.BOLD, size=size * 1.2)
    yield _Row("兑换前余额", f"{format_points(receipt.balance_before)} 分", size=size)
    yield _Row("兑换后余额", f"{format_points(receipt.balance_after)} 分", size=size)
    yield _Row(rule=True, size=size)
    if receipt.confirmed_by is ConfirmBy.SIGNATURE:
        yield _Row(size=size)
        yield _Row(f"{'代领人' if receipt.deputy else '住户'}签名：＿＿＿＿＿＿＿＿", size=size)
        yield _Row(size=size * 0.5)
    else:
        yield _Row(f"确认方式：{CONFIRMED_BY[receipt.confirmed_by]}", size=size)
    yield _Row(middle=NO_CASH, face=Face.BOLD, size=size)
    if receipt.phone:
        yield _Row(middle=f"有疑问请打电话 {receipt.phone}", size=size)
