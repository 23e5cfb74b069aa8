"""How many sellers are asked before something is bought. Data with its source, no setting."""

from collections.abc import Iterable
from dataclasses import dataclass

from pointsbank.market.models import PurchaseQuote


@dataclass(frozen=True, slots=True)
class QuotesRule:
    """How many sellers at least, and where that comes from."""

    sellers_min: int
    source: str


THREE_QUOTES = QuotesRule(3, "村级采购询价的通行做法")


def sellers_asked(quotes: Iterable[PurchaseQuote]) -> int:
    """How many sellers quoted: one who quotes under the same phone twice counts once."""
    return len({quote.phone or quote.supplier for quote in quotes})
