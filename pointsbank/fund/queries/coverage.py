"""Whether the points can be honoured: what they are worth against the goods at cost and the fund.

Outstanding points are those that households can still spend or have reserved. They are worth what the village's rate
of today says. Nothing is foreseen that may come in: the day on which all is used up is reckoned from what there is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import aliased

from pointsbank.foundation import clock, periods
from pointsbank.foundation.database import session
from pointsbank.foundation.points import worth_fen
from pointsbank.fund.models import FundEntry
from pointsbank.fund.queries.book import CAME, SPENT
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries as market
from pointsbank.market.models import Good, Lot, Origin, Redemption, StockMove
from pointsbank.places import queries as places
from pointsbank.places.settings import VillageSettings

PACE_DAYS = 90  # what was redeemed in them says how fast it goes
PACE_DAYS_MIN = 30  # of a shop that has just opened
DRY_SOON_DAYS = 60
DRY_YEARS_MAX = 10  # beyond that no day is named
CURVE_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Coverage:
    """What can be spent against what there is, on a day. Money in fen. daily_fen: redeemed a day, less given back."""

    day: date
    outstanding: int  # hundredths of a point
    value_fen: int
    stock_fen: int
    fund_fen: int
    points_per_yuan: int
    pace_days: int = PACE_DAYS
    daily_fen: Fraction = Fraction(0)

    @property
    def reserves_fen(self) -> int:
        """Goods at cost and the fund together."""
        return self.stock_fen + self.fund_fen

    @property
    def ratio(self) -> Fraction | None:
        """What there is for each yuan that the points are worth; None when no points are outstanding."""
        return Fraction(self.reserves_fen, self.value_fen) if self.value_fen > 0 else None

    @property
    def missing_fen(self) -> int:
        """How much is missing until all points can be honoured; 0 when none."""
        return max(self.value_fen - self.reserves_fen, 0)

    @property
    def dry_on(self) -> date | None:
        """The day on which all is used up at this pace; None when nothing is redeemed, or in more than ten years."""
        if self.daily_fen <= 0:
            return None
        days = int(Fraction(self.reserves_fen) / self.daily_fen)
        return self.day + timedelta(days=days) if days <= DRY_YEARS_MAX * 365 else None

    @property
    def is_nothing(self) -> bool:
        """Whether there were neither points nor anything to give for them."""
        return not (self.outstanding or self.stock_fen or self.fund_fen)

    @property
    def is_short(self) -> bool:
        """Whether not all points could be honoured today."""
        return self.ratio is not None and self.ratio < 1

    @property
    def dries_soon(self) -> bool:
        """Whether all is used up within DRY_SOON_DAYS."""
        return self.dry_on is not None and self.dry_on <= self.day + timedelta(days=DRY_SOON_DAYS)


@dataclass(frozen=True, slots=True)
class MonthCoverage:
    """The same at the end of a month; of the running one as it stands today."""

    period: str
    coverage: Coverage


def figures(village_id: int) -> dict[str, Select[Any]]:
    """What coverage is made of, each a query of one value, for whoever asks more in one statement."""
    today = clock.today()
    redeemed = market.redeemed(village_id, today - timedelta(days=PACE_DAYS - 1), today).subquery()
    return {
        "outstanding": ledger.outstanding_now(village_id),
        "stock_fen": select(func.sum(Lot.on_hand * Lot.cost_fen)).where(Lot.village_id == village_id),
        "fund_fen": ledger.fund_balance(village_id),
        "redeemed": select(redeemed.c.redeemed_points),
        "redeems_since": select(func.min(Redemption.redeemed_on)).where(Redemption.village_id == village_id),
    }


def coverage_of(row: Mapping[Any, Any], settings: VillageSettings) -> Coverage:
    """The coverage of today from what figures asks, at the rate of these settings."""
    today, rate, since = clock.today(), settings.points_per_yuan, row["redeems_since"]
    days = PACE_DAYS
    if since is not None:  # a shop that opened lately goes through its goods faster than a whole quarter says
        days = min(max((today - since).days + 1, PACE_DAYS_MIN), PACE_DAYS)
    outstanding = int(row["outstanding"] or 0)
    return Coverage(
        day=today,
        outstanding=outstanding,
        value_fen=worth_fen(outstanding, rate),
        stock_fen=int(row["stock_fen"] or 0),
        fund_fen=int(row["fund_fen"] or 0),
        points_per_yuan=rate,
        pace_days=days,
        daily_fen=Fraction(int(row["redeemed"] or 0) * 100, rate * days),
    )


def coverage(village_id: int) -> Coverage:
    """The coverage of today."""
    columns = [query.scalar_subquery().label(name) for name, query in figures(village_id).items()]
    row = session().execute(select(*columns)).mappings().one()
    return coverage_of(row, places.settings_now(village_id))


def curve(village_id: int, now: Coverage) -> list[MonthCoverage]:
    """The coverage at the end of each of the last twelve months, the oldest first, then as it stands now.

    Months before there was anything are left out. All are at the rate of today, so that they can be compared. A few
    statements, whatever the number of months.
    """
    period, ended = periods.period_of(now.day), list[str]()
    for _ in range(CURVE_MONTHS):
        period = periods.previous_period(period)
        ended.insert(0, period)
    days = [periods.days_of(one)[1] for one in ended]
    rate = now.points_per_yuan
    rows = zip(
        ended,
        days,
        ledger.outstanding_at(village_id, days),
        _stock_at(village_id, days, now.stock_fen),
        _fund_at(village_id, days, now.fund_fen),
        strict=True,
    )
    past = [
        MonthCoverage(period, Coverage(day, points, worth_fen(points, rate), stock, fund, rate))
        for period, day, points, stock, fund in rows
    ]
    began = next((at for at, month in enumerate(past) if not month.coverage.is_nothing), len(past))
    return [*past[began:], MonthCoverage(periods.period_of(now.day), now)]


def _stock_at(village_id: int, days: Sequence[date], now_fen: int) -> list[int]:
    """Goods at the cost of their lots at the end of each day, as market.stock_cost_fen, counted back from now."""
    opening = aliased(Lot)
    cost = StockMove.quantity * func.coalesce(Lot.cost_fen, opening.cost_fen, 0)
    changed = session().execute(
        select(*(func.sum(case((StockMove.occurred_on > day, cost), else_=0)) for day in days))
        .select_from(StockMove)
        .join(Good, (Good.village_id == StockMove.village_id) & (Good.serial == StockMove.good_serial))
        .outerjoin(Lot, (Lot.village_id == StockMove.village_id) & (Lot.serial == StockMove.lot_serial))
        .outerjoin(  # before lots were kept a move was of the good's opening lot
            opening,
            (opening.good_id == Good.id) & (opening.origin == Origin.OPENING) & StockMove.lot_serial.is_(None),
        )
        .where(StockMove.village_id == village_id, StockMove.occurred_on > min(days))
    )
    return [now_fen - int(since or 0) for since in changed.one()]


def _fund_at(village_id: int, days: Sequence[date], now_fen: int) -> list[int]:
    """What was in the fund at the end of each day, by when it was written, counted back from now."""
    changed = session().execute(
        select(*(func.sum(case((FundEntry.booked_on > day, CAME - SPENT), else_=0)) for day in days)).where(
            FundEntry.village_id == village_id, FundEntry.booked_on > min(days)
        )
    )
    return [now_fen - int(since or 0) for since in changed.one()]
