"""Reads of the market. Points in units (hundredths of a point), quantities in pieces."""

from pointsbank.market.queries.given import GivenGood, MarketFigures, figures, popular, redeemed
from pointsbank.market.queries.handovers import (
    order,
    orders_of,
    redemption,
    redemption_of,
    redemptions,
    waiting_order,
    waiting_orders,
)
from pointsbank.market.queries.serving import customer, customers
from pointsbank.market.queries.shelf import categories, good, goods, goods_by_serial, goods_scanned, has_goods, runs_low
from pointsbank.market.queries.stock_moves import MoveLine, moves

__all__ = [
    "GivenGood",
    "MarketFigures",
    "MoveLine",
    "categories",
    "customer",
    "customers",
    "figures",
    "good",
    "goods",
    "goods_by_serial",
    "goods_scanned",
    "has_goods",
    "moves",
    "order",
    "orders_of",
    "popular",
    "redeemed",
    "redemption",
    "redemption_of",
    "redemptions",
    "runs_low",
    "waiting_order",
    "waiting_orders",
]
