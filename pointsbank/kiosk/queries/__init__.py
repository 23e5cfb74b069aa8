"""What a villager is shown: whose door this is, the shelf as it looks to one household, its lines in plain words."""

from pointsbank.kiosk.queries.points import LINES_MAX, PlainLine, PlainWay, month_lines, plain_way
from pointsbank.kiosk.queries.shelf import (
    GOODS_MAX,
    Reach,
    Tile,
    good_on_shelf,
    kinds,
    order_of,
    pieces_max,
    shelf,
    without_most_gone,
)
from pointsbank.kiosk.queries.visitors import Presented, called, door, whose

__all__ = [
    "GOODS_MAX",
    "LINES_MAX",
    "PlainLine",
    "PlainWay",
    "Presented",
    "Reach",
    "Tile",
    "called",
    "door",
    "good_on_shelf",
    "kinds",
    "month_lines",
    "order_of",
    "pieces_max",
    "plain_way",
    "shelf",
    "whose",
    "without_most_gone",
]
