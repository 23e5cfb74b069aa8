"""Goods: what people say of them, adding and editing, in-store barcodes, photos."""

from pointsbank.market.services.goods.barcodes import clean_barcode, is_in_store, make_barcode
from pointsbank.market.services.goods.details import (
    LABELS,
    SHELF_LIFE_DAYS_MAX,
    GoodDetails,
    changes_in_words,
    clean_code,
    cleaned,
    day_of_year_in_words,
    details_of,
    parse_day_of_year,
)
from pointsbank.market.services.goods.photos import put_photo, remove_photo
from pointsbank.market.services.goods.writing import (
    PRICE_DAYS_AHEAD_MAX,
    add_good,
    add_good_once,
    cancel_next_price,
    change_good,
    check_may_be_given,
    refuse_turning,
)

__all__ = [
    "LABELS",
    "PRICE_DAYS_AHEAD_MAX",
    "SHELF_LIFE_DAYS_MAX",
    "GoodDetails",
    "add_good",
    "add_good_once",
    "cancel_next_price",
    "change_good",
    "changes_in_words",
    "check_may_be_given",
    "clean_barcode",
    "clean_code",
    "cleaned",
    "day_of_year_in_words",
    "details_of",
    "is_in_store",
    "make_barcode",
    "parse_day_of_year",
    "put_photo",
    "refuse_turning",
    "remove_photo",
]
