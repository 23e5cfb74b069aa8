"""What was given for points. Points in units (hundredths of a point), quantities in pieces."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, case, func, select

from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.market.models import (
    Good,
    Redemption,
    RedemptionLine,
)

POPULAR_DAYS = 90  # what was taken in a season says what will be wanted tomorrow


@dataclass(frozen=True, slots=True)
class GivenGood:
    """How much of a good went out in a period, less what came back."""

    serial: int
    title: str
    unit: str
    pieces: int
    points: int


@dataclass(frozen=True, slots=True)
class MarketFigures:
    """What the market gave in a period: voided redemptions and returned pieces do not count."""

    redemptions: int
    households: int
    points: int
    goods: list[GivenGood]  # the most taken first

    @property
    def pieces(self) -> int:
        """Pieces in all."""
        return sum(good.pieces for good in self.goods)


def popular(village_id: int, *, limit: int = 12) -> Sequence[Good]:
    """Offered goods that are there, those most taken lately first."""
    taken = (
        select(RedemptionLine.good_id, func.sum(RedemptionLine.quantity - RedemptionLine.returned).label("pieces"))
        .join(Redemption)
        .where(
            Redemption.village_id == village_id,
            Redemption.redeemed_on >= clock.today() - timedelta(days=POPULAR_DAYS),
            Redemption.voided_at.is_(None),
        )
        .group_by(RedemptionLine.good_id)
        .subquery()
    )
    return (
        session()
        .scalars(
            select(Good)
            .outerjoin(taken, taken.c.good_id == Good.id)
            .where(Good.village_id == village_id, Good.offered, Good.on_hand > Good.reserved + Good.expired)
            .order_by(func.coalesce(taken.c.pieces, 0).desc(), Good.serial)
            .limit(limit)
        )
        .all()
    )


def figures(village_id: int, first_day: date, last_day: date) -> MarketFigures:
    """What was redeemed on these days, for the board."""
    kept = RedemptionLine.quantity - RedemptionLine.returned
    redeemed = (
        Redemption.village_id == village_id,
        Redemption.redeemed_on.between(first_day, last_day),
        Redemption.voided_at.is_(None),
    )
    rows = session().execute(
        select(
            Good.serial,
            Good.name,
            Good.spec,
            Good.unit,
            func.sum(kept).label("pieces"),
            func.sum(kept * RedemptionLine.points_price).label("points"),
        )
        .select_from(RedemptionLine)
        .join(Redemption)
        .join(Good, Good.id == RedemptionLine.good_id)
        .where(*redeemed)
        .group_by(Good.serial, Good.name, Good.spec, Good.unit)
        .having(func.sum(kept) > 0)
        .order_by(func.sum(kept).desc(), Good.serial)
    )
    given = [
        GivenGood(serial, f"{name} {spec}".strip(), unit, int(pieces), int(points))
        for serial, name, spec, unit, pieces, points in rows
    ]
    kept_redemptions = (
        select(Redemption.id, Redemption.household_id)
        .join(RedemptionLine)
        .where(*redeemed, kept > 0)
        .distinct()
        .subquery()
    )
    redemptions_count, households_count = (
        session()
        .execute(
            select(func.count(), func.count(kept_redemptions.c.household_id.distinct())).select_from(kept_redemptions)
        )
        .one()
    )
    return MarketFigures(redemptions_count, households_count, sum(good.points for good in given), given)


def redeemed(village_id: int, first_day: date, last_day: date) -> Select[int, int, int]:
    """What was redeemed on these days, as one row: redemptions, redeemed_points (units), goods (how many kinds).

    What was brought back whole does not count.
    """
    kept = RedemptionLine.quantity - RedemptionLine.returned
    return (
        select(
            func.count(case((kept > 0, RedemptionLine.redemption_id)).distinct()).label("redemptions"),
            func.coalesce(func.sum(kept * RedemptionLine.points_price), 0).label("redeemed_points"),
            func.count(case((kept > 0, RedemptionLine.good_id)).distinct()).label("goods"),
        )
        .select_from(RedemptionLine)
        .join(Redemption)
        .where(
            Redemption.village_id == village_id,
            Redemption.redeemed_on.between(first_day, last_day),
            Redemption.voided_at.is_(None),
        )
    )
