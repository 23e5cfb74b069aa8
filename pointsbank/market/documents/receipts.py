"""小票: what a household took, on a roll of 58 or 80 mm. One drawing for the PDF and for the receipt printer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pointsbank.foundation.clock import SHANGHAI
from pointsbank.foundation.names import masked_name
from pointsbank.foundation.points import format_points
from pointsbank.market.models import Redemption
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from pointsbank.printing.fonts import Face, Fonts
from pointsbank.printing.rolls import ROLL_58, ROLL_80, RULE, RollLine, RollWidth, roll_pdf, wrapped

NO_CASH = "积分不兑现金"
CONFIRMED_BY = {ConfirmBy.SIGNATURE: "签名", ConfirmBy.PIN: "积分卡密码"}


WIDTHS = {"58": ROLL_58, "80": ROLL_80}


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
    partner: str = ""  # the partner shop that handed it out
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
        partner=redemption.partner.name if redemption.partner else "",
        is_void=redemption.voided_at is not None,
    )


def receipt_pdf(receipt: Receipt, roll: RollWidth, fonts: Fonts) -> bytes:
    """One page as high as its text; the same receipt gives the same bytes."""
    title = f"兑换小票 {receipt.number} 号"
    return roll_pdf(list(_rows(receipt, roll, fonts)), roll, fonts, title, receipt.village)


def _rows(receipt: Receipt, roll: RollWidth, fonts: Fonts) -> Iterator[RollLine]:
    """The receipt from top to bottom."""
    yield RollLine(middle=f"{receipt.village}爱心超市", face=Face.BOLD, scale=1.4)
    yield RollLine(middle="兑换小票" + ("（已作废）" if receipt.is_void else ""), face=Face.BOLD, scale=1.1)
    yield RULE
    yield RollLine("小票号", str(receipt.number))
    yield RollLine("时间", f"{receipt.redeemed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
    yield from wrapped(fonts, roll, f"住户 {receipt.household}")
    if receipt.deputy:
        yield from wrapped(fonts, roll, f"代领人 {receipt.deputy}")
    if receipt.partner:
        yield from wrapped(fonts, roll, f"合作商店 {receipt.partner}")
    yield RULE
    for line in receipt.lines:
        yield from wrapped(fonts, roll, line.title)
        each = f"　{line.quantity} {line.unit} × {format_points(line.price)} 分"
        yield RollLine(each, f"{format_points(line.quantity * line.price)} 分")
        if line.returned and not receipt.is_void:
            yield RollLine(f"　已退 {line.returned} {line.unit}", f"−{format_points(line.returned * line.price)} 分")
    yield RULE
    yield RollLine("合计", f"{format_points(receipt.points)} 分", face=Face.BOLD, scale=1.2)
    back = sum(line.returned * line.price for line in receipt.lines)
    if back and not receipt.is_void:
        yield RollLine("退换以后", f"{format_points(receipt.points - back)} 分", face=Face.BOLD)
    yield RollLine("兑换前余额", f"{format_points(receipt.balance_before)} 分")
    yield RollLine("兑换后余额", f"{format_points(receipt.balance_after)} 分")
    yield RULE
    if receipt.confirmed_by is ConfirmBy.SIGNATURE:
        yield RollLine()
        yield RollLine(f"{'代领人' if receipt.deputy else '住户'}签名：＿＿＿＿＿＿＿＿")
        yield RollLine(scale=0.5)
    else:
        yield RollLine(f"确认方式：{CONFIRMED_BY[receipt.confirmed_by]}")
    yield RollLine(middle=NO_CASH, face=Face.BOLD)
    if receipt.phone:
        yield RollLine(middle=f"有疑问请打电话 {receipt.phone}")
