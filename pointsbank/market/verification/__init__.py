"""Proof that the shop is whole: its stock, orders and redemptions against both books, and all that stands beside them.

The ledger proves its own book; here only what points and goods say of each other is compared.
"""

from pointsbank.foundation import chain
from pointsbank.foundation.database import session
from pointsbank.market.stock import CHAIN
from pointsbank.market.verification import counting, deliveries, handovers, partners, prices, purchases, stock
from pointsbank.market.verification.stock import TITLE
from pointsbank.places.models import Place

__all__ = ["TITLE", "problems"]


def problems(village: Place) -> list[str]:
    """What is wrong with a village's shop; every problem names its place."""
    walk = stock.Walk(village)
    found = list(chain.problems(walk.rows(), CHAIN, TITLE, chain.head_of(session(), village.id, CHAIN)))
    transfers = handovers.Transfers(village.id)
    return [
        *found,
        *walk.problems,
        *stock.good_problems(village.id, walk),
        *stock.lot_problems(village.id, walk),
        *deliveries.delivery_problems(village.id, walk),
        *deliveries.write_off_problems(village.id, walk),
        *handovers.order_problems(village.id, transfers),
        *handovers.held_problems(village.id),
        *handovers.redemption_problems(village.id, walk, transfers),
        *counting.problems(village),
        *prices.problems(village),
        *purchases.problems(village),
        *partners.problems(village),
    ]
