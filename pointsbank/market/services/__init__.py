"""Writes of the market: goods, stock, orders, redemptions."""

from pointsbank.market.models import Origin
from pointsbank.market.services.baskets import LINES_MAX, QUANTITY_MAX, Lines
from pointsbank.market.services.goods import (
    GoodDetails,
    add_good,
    add_good_once,
    cancel_next_price,
    change_good,
    changes_in_words,
    clean_barcode,
    details_of,
    make_barcode,
    put_photo,
    remove_photo,
)
from pointsbank.market.services.orders import (
    Part,
    cancel_order,
    hand_over,
    place_order,
    release_expired,
    release_overdue,
)
from pointsbank.market.services.redemptions import redeem, return_goods, void
from pointsbank.market.services.stocking import (
    RECEIVE_LINES_MAX,
    Arrival,
    Delivery,
    count,
    receive,
    record_write_off,
    take_in,
    write_off,
)

__all__ = [
    "LINES_MAX",
    "QUANTITY_MAX",
    "RECEIVE_LINES_MAX",
    "Arrival",
    "Delivery",
    "GoodDetails",
    "Lines",
    "Origin",
    "Part",
    "add_good",
    "add_good_once",
    "cancel_next_price",
    "cancel_order",
    "change_good",
    "changes_in_words",
    "clean_barcode",
    "count",
    "details_of",
    "hand_over",
    "make_barcode",
    "place_order",
    "put_photo",
    "receive",
    "record_write_off",
    "redeem",
    "release_expired",
    "release_overdue",
    "remove_photo",
    "return_goods",
    "take_in",
    "void",
    "write_off",
]
