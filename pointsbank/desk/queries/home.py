"""What the desk's home shows, in few queries. Points in units (hundredths)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from pointsbank.access.models import Staff
from pointsbank.boards import queries as boards
from pointsbank.boards.content import CategoryLine
from pointsbank.boards.models import BoardSnapshot
from pointsbank.deeds.models import Claim, ClaimState
from pointsbank.desk.queries import setting_up
from pointsbank.desk.queries.months import Band, bands
from pointsbank.desk.queries.setting_up import SettingUp
from pointsbank.desk.queries.tasks import Task, figures, tasks
from pointsbank.foundation import clock, periods
from pointsbank.foundation.database import session
from pointsbank.fund import queries as fund
from pointsbank.fund.queries import Coverage
from pointsbank.ledger.models import HouseholdMonth
from pointsbank.market import queries as market
from pointsbank.market.models import Good, Order, OrderState
from pointsbank.people.models import Household
from pointsbank.places import queries as places

LAST_CLAIMS_SHOWN = 3
HOUSEHOLDS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ToDo:
    """What waits beside the month."""

    orders_waiting: int
    goods_below_minimum: int  # of those that were ever in stock
    frozen_last_month: int  # 1 when its board waits to be printed and hung


@dataclass(frozen=True, slots=True)
class Gainer:
    """A household that gained much this month."""

    household: Household
    points: int


@dataclass(frozen=True, slots=True)
class Home:
    """The desk's home. bands: of the open periods, the one to be worked on first; running: the month of today."""

    bands: list[Band]
    running: str
    to_do: ToDo
    setting_up: SettingUp
    tasks: list[Task]
    categories: Sequence[CategoryLine]
    gainers: list[Gainer]
    last_claims: Sequence[Claim]
    coverage: Coverage


def home(village_id: int, staff: Staff, permissions: Collection[str]) -> Home:
    """The month at a glance, and what waits for this person."""
    months = boards.months(village_id)
    running, settings = months[0].period, places.settings_now(village_id)
    row = _one_row(
        {
            **_to_do(village_id),
            **setting_up.figures(village_id),
            **figures(village_id, staff, permissions),
            **fund.figures(village_id),
        }
    )
    return Home(
        bands=bands(village_id, months, settings),
        running=running,
        to_do=ToDo(**{field.name: row[field.name] for field in fields(ToDo)}),
        setting_up=SettingUp(**{field.name: row[field.name] for field in fields(SettingUp)}),
        tasks=tasks(row, permissions),
        categories=boards.categories(village_id, running),
        gainers=_gainers(village_id, running),
        last_claims=_last_claims(village_id),
        coverage=fund.coverage_of(row, settings),
    )


def _one_row(queries: Mapping[str, Select[Any]]) -> Mapping[Any, Any]:
    """Many figures by name in one statement."""
    columns = [query.scalar_subquery().label(name) for name, query in queries.items()]
    return session().execute(select(*columns)).mappings().one()


def _to_do(village_id: int) -> dict[str, Select[Any]]:
    """The figures of ToDo, each a query of one value."""
    orders = select(func.count()).where(Order.village_id == village_id, Order.state == OrderState.WAITING)
    low = select(func.count()).where(Good.village_id == village_id, market.runs_low())
    last_month = periods.previous_period(periods.period_of(clock.today()))
    frozen = select(func.count()).where(BoardSnapshot.village_id == village_id, BoardSnapshot.period == last_month)
    queries = (orders, low, frozen)
    return {field.name: query for field, query in zip(fields(ToDo), queries, strict=True)}


def _gainers(village_id: int, period: str) -> list[Gainer]:
    rows = session().execute(
        select(Household, HouseholdMonth.score)
        .join(
            HouseholdMonth,
            (HouseholdMonth.village_id == Household.village_id) & (HouseholdMonth.household_serial == Household.serial),
        )
        .options(joinedload(Household.group))
        .where(Household.village_id == village_id, HouseholdMonth.period == period, HouseholdMonth.score > 0)
        .order_by(HouseholdMonth.score.desc(), Household.serial)
        .limit(HOUSEHOLDS_SHOWN)
    )
    return [Gainer(household, int(score)) for household, score in rows]


def _last_claims(village_id: int) -> Sequence[Claim]:
    return (
        session()
        .scalars(
            select(Claim)
            .options(joinedload(Claim.household), joinedload(Claim.resident), joinedload(Claim.rule))
            .where(Claim.village_id == village_id, Claim.state != ClaimState.DRAFT)
            .order_by(Claim.serial.desc())
            .limit(LAST_CLAIMS_SHOWN)
        )
        .all()
    )
