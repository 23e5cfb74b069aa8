"""Pages of the shop: goods and stock, the counter, orders and redemptions."""

from pointsbank.market.views import counter, goods, orders, redemptions, stocking
from pointsbank.market.views.desk import blueprint

__all__ = ["blueprint", "counter", "goods", "orders", "redemptions", "stocking"]
