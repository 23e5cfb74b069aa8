"""Tables of the market. Prices in hundredths of a point, cost in fen, quantities in whole pieces."""

from pointsbank.market.models.closing import DayClose, DayCloseLine
from pointsbank.market.models.counting import Stocktake, StocktakeLine, StocktakeState
from pointsbank.market.models.goods import SERVICES_MAX, Barcode, Good, GoodPhoto, GoodPrice
from pointsbank.market.models.lots import Intake, Lot, Origin, WriteOff
from pointsbank.market.models.orders import Order, OrderLine, OrderState
from pointsbank.market.models.partners import PartnerGood, PartnerShop, PartnerStaff
from pointsbank.market.models.purchases import Purchase, PurchaseLine, PurchaseQuote, PurchaseReceipt, PurchaseState
from pointsbank.market.models.redemptions import Redemption, RedemptionLine
from pointsbank.market.models.settlements import Settlement, SettlementLine, SettlementState
from pointsbank.market.models.stock import MoveKind, StockMove, StockMoveText
from pointsbank.market.models.wanted import WantedGood, WantedState

__all__ = [
    "SERVICES_MAX",
    "Barcode",
    "DayClose",
    "DayCloseLine",
    "Good",
    "GoodPhoto",
    "GoodPrice",
    "Intake",
    "Lot",
    "MoveKind",
    "Order",
    "OrderLine",
    "OrderState",
    "Origin",
    "PartnerGood",
    "PartnerShop",
    "PartnerStaff",
    "Purchase",
    "PurchaseLine",
    "PurchaseQuote",
    "PurchaseReceipt",
    "PurchaseState",
    "Redemption",
    "RedemptionLine",
    "Settlement",
    "SettlementLine",
    "SettlementState",
    "StockMove",
    "StockMoveText",
    "Stocktake",
    "StocktakeLine",
    "StocktakeState",
    "WantedGood",
    "WantedState",
    "WriteOff",
]
