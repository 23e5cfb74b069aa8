"""What a partner shop is owed: reckoned and told by the same functions for live figures, close and proof."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from pointsbank.foundation import chain
from pointsbank.foundation.points import format_points, format_yuan
from pointsbank.market.models import Settlement

CLOSE_ACTION = "settlement.close"
SIGN_ACTION = "settlement.sign"
GOOD_ACTION = "partner.good"

Part = tuple[int, int, int]  # pieces with sign, value of one in fen, percent that is paid of it
# A receipt's number, a line's position, 1 for a deduction, pieces, points of one, value of one in fen, percent.
LineNumbers = tuple[int, int, int, int, int, int, int]


def value_of(parts: Iterable[Part]) -> int:
    """The agreed value in fen."""
    return sum(pieces * value_fen for pieces, value_fen, _ in parts)


def payable_of(parts: Iterable[Part]) -> int:
    """What is paid in fen: each value at its percent, rounded half up to a fen once, for the whole."""
    hundredths = sum(pieces * value_fen * percent for pieces, value_fen, percent in parts)
    return int((Decimal(hundredths) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def closing_words(settlement: Settlement, lines: Iterable[LineNumbers]) -> str:
    """What the trail says of a close: days, sums, and a digest over all lines, so that none changes unseen."""
    numbers = [number for line in sorted(lines) for number in line]
    digest = chain.link("settlement", chain.GENESIS, (settlement.serial, *numbers))
    return (
        f"{settlement.first_day.isoformat()} 至 {settlement.last_day.isoformat()}：{settlement.redemptions} 笔，"
        f"{format_points(settlement.points)} 分，价值 {format_yuan(settlement.value_fen)} 元，"
        f"应付 {format_yuan(settlement.payable_fen)} 元，校验码 {digest.hex()}"
    )


def signing_words(settlement: Settlement) -> str:
    """What the trail says of the signatures. Raises ValueError for one that was not signed."""
    if settlement.signed_on is None:
        raise ValueError("not signed")
    return f"{settlement.partner_signer}、{settlement.village_signer}，{settlement.signed_on.isoformat()}"


def value_words(good_serial: int, value_fen: int) -> str:
    """What the trail says of an agreed value of a good."""
    return f"商品 {good_serial} 号，{format_yuan(value_fen)} 元"
