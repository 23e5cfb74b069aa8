"""What is taken and what is not, and what should be bought next. Quantities in whole pieces, money in fen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.market.models import Good, Redemption, RedemptionLine

LOOK_BACK_DAYS = 90  # a season
SEEN_DAYS_MIN = 14  # what came yesterday and went at once does not go so every day
GOODS_MAX = 1_000  # a village has 35 to 150


@dataclass(frozen=True, slots=True)
class Wanting:
    """A good on the shelf: what households kept of it in the last 90 days, and how many to buy."""

    good: Good
    taken: int
    last_taken_on: date | None
    suggested: int

    @property
    def cost_fen(self) -> int:
        """What the suggested pieces cost, at the good's usual cost."""
        return self.suggested * self.good.cost_fen

    @property
    def is_slow(self) -> bool:
        """Whether it lies there and nobody took it in 90 days."""
        first_day = clock.today() - timedelta(days=LOOK_BACK_DAYS)
        return not self.taken and self.good.on_hand > 0 and clock.day_of(self.good.created_at) <= first_day


def demand(village_id: int, days: int) -> list[Wanting]:
    """All goods on offer that have a stock, the most taken first, in one statement.

    days: for how long a purchase is to last. Suggested are the use of these days at the pace of the last 90 (of a
    younger good since it came, of 14 at least), and the minimum, less what can still be given. A partner's shelves
    are its own.
    """
    today = clock.today()
    first_day = today - timedelta(days=LOOK_BACK_DAYS)
    lasting = (
        select(
            RedemptionLine.good_id,
            func.sum(RedemptionLine.quantity - RedemptionLine.returned).label("pieces"),
            func.max(Redemption.redeemed_on).label("last_on"),
        )
        .join(Redemption)
        .where(
            Redemption.village_id == village_id,
            Redemption.redeemed_on > first_day,
            Redemption.voided_at.is_(None),
            Redemption.partner_id.is_(None),
        )
        .group_by(RedemptionLine.good_id)
        .subquery()
    )
    rows = session().execute(
        select(Good, func.coalesce(lasting.c.pieces, 0), lasting.c.last_on)
        .outerjoin(lasting, lasting.c.good_id == Good.id)
        .where(Good.village_id == village_id, Good.offered, ~Good.is_service)
        .order_by(func.coalesce(lasting.c.pieces, 0).desc(), Good.serial)
        .limit(GOODS_MAX)
    )
    return [
        Wanting(good, int(taken), last_on, _suggested(good, int(taken), days, today)) for good, taken, last_on in rows
    ]


def _suggested(good: Good, taken: int, days: int, today: date) -> int:
    """Pieces to buy; none of what is out of season."""
    if not good.in_season(today):
        return 0
    seen_days = min(max((today - clock.day_of(good.created_at)).days, SEEN_DAYS_MIN), LOOK_BACK_DAYS)
    use = -(-taken * days // seen_days)
    return max(use + good.stock_min - good.available, 0)


def suggested(wanting: Sequence[Wanting]) -> list[Wanting]:
    """Those to buy, the dearest first."""
    return sorted((one for one in wanting if one.suggested), key=lambda one: (-one.cost_fen, one.good.serial))
