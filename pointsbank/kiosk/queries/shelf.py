"""The shelf as it looks to one household. Points in units (hundredths of a point), quantities in pieces."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pointsbank.foundation import clock
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market import queries as market
from pointsbank.market.models import Good, Order
from pointsbank.market.policies import limit_left

GOODS_MAX = 400  # on one shelf; a village has some sixty


class Reach(StrEnum):
    """Whether a household can take a good now."""

    NOW = "now"
    LATER = "later"  # points are missing
    GONE = "gone"  # sold out


@dataclass(frozen=True, slots=True)
class Tile:
    """A good on the shelf as one household sees it. missing: points; price: of one piece today, both in units."""

    good: Good
    reach: Reach
    missing: int
    price: int


def shelf(village_id: int, spendable: int) -> list[Tile]:
    """What is offered: within reach first, then what needs more points (the nearest first), then what is gone.

    What is out of season is not shown at all.
    """
    today = clock.today()
    offered = market.goods(village_id, offered_only=True, limit=GOODS_MAX)
    tiles = [_tile(good, spendable, good.price_on(today)) for good in offered if good.in_season(today)]
    order = list(Reach)
    return sorted(tiles, key=lambda tile: (order.index(tile.reach), tile.missing))


def without_most_gone(tiles: Iterable[Tile], gone_max: int) -> list[Tile]:
    """The shelf with at most so many goods that are sold out: nobody turns pages of what cannot be had."""
    shown, gone = [], 0
    for tile in tiles:
        gone += tile.reach is Reach.GONE
        if tile.reach is not Reach.GONE or gone <= gone_max:
            shown.append(tile)
    return shown


def kinds(tiles: Iterable[Tile]) -> list[str]:
    """The kinds of goods on the shelf, in the order in which the shop took them up."""
    goods = sorted((tile.good for tile in tiles), key=lambda good: good.serial)
    return list(dict.fromkeys(good.category for good in goods))


def _tile(good: Good, spendable: int, price: int) -> Tile:
    missing = max(price - spendable, 0)
    if good.available <= 0:
        return Tile(good, Reach.GONE, 0, price)
    return Tile(good, Reach.LATER if missing else Reach.NOW, missing, price)


def order_of(village_id: int, household_id: int, serial: int) -> Order:
    """An order of this household by its number. Raises NotFoundError, for another household's too."""
    order = market.order(village_id, serial)
    if order.household_id != household_id:
        raise NotFoundError
    return order


def good_on_shelf(village_id: int, serial: int) -> Good:
    """A good that the village offers now. Raises NotFoundError."""
    good = market.good(village_id, serial)
    if not (good.offered and good.in_season(clock.today())):
        raise NotFoundError("这样东西现在没有了。请换一样。")
    return good


def pieces_max(good: Good, spendable: int, household_id: int) -> int:
    """How many a household can take: as its points, the shelf and its limit allow."""
    limit = limit_left(household_id, good)
    pieces = min(good.available, spendable // good.price_on(clock.today()))
    return max(pieces if limit is None else min(pieces, limit), 0)
