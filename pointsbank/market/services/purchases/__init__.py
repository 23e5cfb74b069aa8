"""Purchases: drafted, quoted by several sellers, approved by another person, received by two, hung on the wall.

What was approved is not edited any more: whoever wants something else drafts anew.
"""

from pointsbank.market.services.purchases.deciding import (
    Choice,
    approve_purchase,
    cancel_purchase,
    hand_in_purchase,
    send_back_purchase,
)
from pointsbank.market.services.purchases.drafts import (
    PURCHASE_LINES_MAX,
    PurchaseDraft,
    Wanted,
    change_purchase,
    draft_purchase,
)
from pointsbank.market.services.purchases.publishing import note_voucher, publish_purchase
from pointsbank.market.services.purchases.quotes import QUOTES_MAX, Quote, add_quote, withdraw_quote
from pointsbank.market.services.purchases.receiving import PartReceived, finish_receiving, receive_purchase
from pointsbank.market.services.purchases.steps import NOT_FOUND

__all__ = [
    "NOT_FOUND",
    "PURCHASE_LINES_MAX",
    "QUOTES_MAX",
    "Choice",
    "PartReceived",
    "PurchaseDraft",
    "Quote",
    "Wanted",
    "add_quote",
    "approve_purchase",
    "cancel_purchase",
    "change_purchase",
    "draft_purchase",
    "finish_receiving",
    "hand_in_purchase",
    "note_voucher",
    "publish_purchase",
    "receive_purchase",
    "send_back_purchase",
    "withdraw_quote",
]
