"""Tables of the market. Prices in hundredths of a point, cost in fen, quantities in whole pieces."""

from pointsbank.market.models.goods import Barcode, Good
from pointsbank.market.models.orders import Order, OrderLine, OrderState
from pointsbank.market.models.redemptions import Redemption, RedemptionLine
from pointsbank.market.models.stock import MoveKind, StockMove, StockMoveText

__all__ = [
    "Barcode",
    "Good",
    "MoveKind",
    "Order",
    "OrderLine",
    "OrderState",
    "Redemption",
    "RedemptionLine",
    "StockMove",
    "StockMoveText",
]
