"""Writes of the market: goods, stock, orders, redemptions."""

from pointsbank.market.services.baskets import LINES_MAX, QUANTITY_MAX, Lines
from pointsbank.market.services.goods import (
    GoodDetails,
    add_good,
    add_good_once,
    change_good,
    changes_in_words,
    clean_barcode,
    details_of,
)
from pointsbank.market.services.orders import cancel_order, hand_over, place_order, release_expired, release_overdue
from pointsbank.market.services.redemptions import redeem, return_goods, void
from pointsbank.market.services.stocking import RECEIVE_LINES_MAX, count, receive, write_off

__all__ = [
    "LINES_MAX",
    "QUANTITY_MAX",
    "RECEIVE_LINES_MAX",
    "GoodDetails",
    "Lines",
    "add_good",
    "add_good_once",
    "cancel_order",
    "change_good",
    "changes_in_words",
    "clean_barcode",
    "count",
    "details_of",
    "hand_over",
    "place_order",
    "receive",
    "redeem",
    "release_expired",
    "release_overdue",
    "return_goods",
    "void",
    "write_off",
]
