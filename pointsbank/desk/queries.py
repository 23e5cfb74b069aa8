"""What the desk's home shows, in few queries. Points in units (hundredths)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from pointsbank.boards import queries as boards
from pointsbank.boards.content import CategoryLine
from pointsbank.boards.models import BoardSnapshot
from pointsbank.boards.queries import Month, MonthState
from pointsbank.cards.models import Card
from pointsbank.covenant.models import RuleBook
from pointsbank.deeds.models import Claim, ClaimState
from pointsbank.foundation import clock, periods
from pointsbank.foundation.database import session
from pointsbank.ledger.models import HouseholdMonth
from pointsbank.market import queries as market
from pointsbank.market.models import Good, Order, OrderState
from pointsbank.people.models import Household
from pointsbank.places import queries as places

LAST_CLAIMS_SHOWN = 6
HOUSEHOLDS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the month: what is to be done, how much, by when. state: done, now or later."""

    title: str
    count: str
    note: str
    state: str


@dataclass(frozen=True, slots=True)
class ToDo:
    """What waits beside the month."""

    orders_waiting: int
    goods_below_minimum: int  # of those that were ever in stock
    households: int
    rule_books: int
    goods: int
    cards: int
    frozen_last_month: int  # 1 when its board waits to be printed and hung


@dataclass(frozen=True, slots=True)
class Gainer:
    """A household that gained much this month."""

    household: Household
    points: int


@dataclass(frozen=True, slots=True)
class Home:
    """The desk's home. month: the one to be worked on; running: the month of today."""

    month: Month
    running: str
    steps: list[Step]
    to_do: ToDo
    categories: Sequence[CategoryLine]
    gainers: list[Gainer]
    last_claims: Sequence[Claim]


def home(village_id: int) -> Home:
    """The month at a glance."""
    months = boards.months(village_id)
    wanted = boards.month_to_do(months)
    month = next(month for month in months if month.period == wanted)
    running = months[0].period
    return Home(
        month=month,
        running=running,
        steps=_steps(village_id, month),
        to_do=_to_do(village_id),
        categories=boards.categories(village_id, running),
        gainers=_gainers(village_id, running),
        last_claims=_last_claims(village_id),
    )


def _steps(village_id: int, month: Month) -> list[Step]:
    """Booking, closing, the board, the papers: how far the month to be worked on has come."""
    title = periods.period_title(month.period)
    due = closing_day(month.period, places.settings_now(village_id).month_closes_on_day)
    is_over, is_closed = month.state is not MonthState.RUNNING, month.state in (MonthState.CLOSED, MonthState.FROZEN)
    steps = (
        ("入账", f"{_deeds_of(village_id, month.period)} 笔", f"{title}{'已过完' if is_over else '进行中'}"),
        ("结账", "已结" if is_closed else "未结", f"{due.month}月{due.day}日前"),
        ("发榜", f"第 {month.issue} 期" if month.issue else "未定榜", "选善举、定榜"),
        ("归档", "可打印" if month.issue else "未到", "打印、张贴、存档"),
    )
    now = list(MonthState).index(month.state)  # each state of the month waits for one of the steps
    return [
        Step(name, count, note, "done" if position < now else "now" if position == now else "later")
        for position, (name, count, note) in enumerate(steps)
    ]


def closing_day(period: str, day_of_month: int) -> date:
    """By when a month is to be closed: this day of the month after."""
    first, last = periods.days_of(periods.next_period(period))
    return min(first + timedelta(days=day_of_month - 1), last)


def _deeds_of(village_id: int, period: str) -> int:
    """How many deeds are booked for a period."""
    booked = select(func.count()).where(
        Claim.village_id == village_id,
        Claim.period == period,
        Claim.state == ClaimState.BOOKED,
        Claim.reversed_at.is_(None),
    )
    return session().scalar(booked) or 0


def _to_do(village_id: int) -> ToDo:
    orders = select(func.count()).where(Order.village_id == village_id, Order.state == OrderState.WAITING)
    low = select(func.count()).where(Good.village_id == village_id, market.runs_low())
    households = select(func.count()).where(Household.village_id == village_id, Household.closed_on.is_(None))
    rule_books = select(func.count()).where(RuleBook.village_id == village_id)
    goods = select(func.count()).where(Good.village_id == village_id)
    cards = select(func.count()).where(Card.village_id == village_id)
    last_month = periods.previous_period(periods.period_of(clock.today()))
    frozen = select(func.count()).where(BoardSnapshot.village_id == village_id, BoardSnapshot.period == last_month)
    counted = (query.scalar_subquery() for query in (orders, low, households, rule_books, goods, cards, frozen))
    return ToDo(*session().execute(select(*counted)).one())


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
            .where(Claim.village_id == village_id)
            .order_by(Claim.serial.desc())
            .limit(LAST_CLAIMS_SHOWN)
        )
        .all()
    )
