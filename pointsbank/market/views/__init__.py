"""Pages of the shop: goods and stock, the counter, orders and redemptions, purchases and partner shops."""

from pointsbank.market.views import (
    closing,
    counter,
    counting,
    goods,
    market_day,
    orders,
    partners,
    photos,
    purchase_drafts,
    purchase_receipts,
    purchases,
    receipts,
    redemptions,
    settlements,
    shelf,
    stocking,
    wanted,
)
from pointsbank.market.views.desk import blueprint

__all__ = [
    "blueprint",
    "closing",
    "counter",
    "counting",
    "goods",
    "market_day",
    "orders",
    "partners",
    "photos",
    "purchase_drafts",
    "purchase_receipts",
    "purchases",
    "receipts",
    "redemptions",
    "settlements",
    "shelf",
    "stocking",
    "wanted",
]
