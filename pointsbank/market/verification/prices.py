"""Proof of the prices: their chain, what each good costs, and that every line has a price that held on its day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from pointsbank.foundation import chain, clock
from pointsbank.foundation.database import session, table_of
from pointsbank.market.models import Good, GoodPrice, Order, OrderLine, Redemption, RedemptionLine
from pointsbank.market.prices import CHAIN, Prices, chained_fields
from pointsbank.places.models import Place

TITLE = "商品定价"
ROWS_AT_ONCE = 5_000


@dataclass
class _History:
    """What was set for one good. since: before that moment nothing is known of its prices."""

    since: datetime
    prices: Prices
    steps: list[tuple[date, date, int]] = field(default_factory=list)  # set on, holds from, units

    def possible_on(self, day: date) -> set[int]:
        """The prices that a line of this day can have: several when one was set in the course of it.

        One that was set on a later day too: then the machine's clock had been wrong and was put back.
        """
        possible: set[int] = set()
        prices = Prices(self.steps[0][2])
        for set_on, effective_on, units in self.steps:
            if set_on > day:
                possible.add(units)
                continue
            if set_on == day:
                possible.add(prices.on(day))
            prices = prices.after(units, effective_on, set_on)
        return possible | {prices.on(day)}


def problems(village: Place) -> list[str]:
    """What is wrong with a village's prices; every problem names its place."""
    histories: dict[int, _History] = {}
    head = chain.head_of(session(), village.id, CHAIN)
    return [
        *chain.problems(_rows(village, histories), CHAIN, TITLE, head),
        *_good_problems(village.id, histories),
        *_line_problems(village.id, histories),
    ]


def _rows(village: Place, histories: dict[int, _History]) -> Iterator[chain.ChainedRow]:
    """The chained rows in order; on the way the history of each good is put together."""
    table = table_of(GoodPrice)
    query = select(table).where(table.c.village_id == village.id).order_by(table.c.sequence)
    for row in session().execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        set_on = clock.day_of(row.set_at)
        history = histories.get(row.good_serial)
        if history is None:
            history = histories[row.good_serial] = _History(row.set_at, Prices(row.points_price))
        else:
            history.prices = history.prices.after(row.points_price, row.effective_on, set_on)
        history.steps.append((set_on, row.effective_on, row.points_price))
        fields = chained_fields(village.code, dict(row._mapping))
        yield chain.ChainedRow(row.sequence, row.previous_digest, row.digest, fields)


def _good_problems(village_id: int, histories: dict[int, _History]) -> Iterator[str]:
    unknown = set(histories)
    for good in session().scalars(select(Good).where(Good.village_id == village_id).order_by(Good.serial)):
        unknown.discard(good.serial)
        history = histories.get(good.serial)
        if history is None:
            yield f"商品{good.code}：没有定价记录"
        elif history.prices != Prices.of(good):
            yield f"商品{good.code}：积分价与定价记录不符"
    for serial in sorted(unknown):
        yield f"{TITLE}：第{serial}号商品有定价记录却没有这样商品"


def _line_problems(village_id: int, histories: dict[int, _History]) -> Iterator[str]:
    possible: dict[tuple[int, date], set[int]] = {}
    for place, serial, code, units, at in _lines(village_id):
        history = histories.get(serial)
        if history is None or at < history.since:
            continue
        day = clock.day_of(at)
        if (serial, day) not in possible:
            possible[serial, day] = history.possible_on(day)
        if units not in possible[serial, day]:
            yield f"{place}：商品{code}的积分价与当天的定价不符"


Line = tuple[str, int, str, int, datetime]  # place in words, good's serial and code, units of one piece, moment


def _lines(village_id: int) -> Iterable[Line]:
    """The lines of orders, and of redemptions at the counter: those of an order have its prices."""
    orders = (
        select(Order.serial, Good.serial, Good.code, OrderLine.points_price, Order.placed_at)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Good, Good.id == OrderLine.good_id)
        .where(Order.village_id == village_id)
        .order_by(Order.serial)
    )
    redemptions = (
        select(Redemption.serial, Good.serial, Good.code, RedemptionLine.points_price, Redemption.redeemed_at)
        .join(RedemptionLine, RedemptionLine.redemption_id == Redemption.id)
        .join(Good, Good.id == RedemptionLine.good_id)
        .where(Redemption.village_id == village_id, Redemption.order_id.is_(None))
        .order_by(Redemption.serial)
    )
    for kind, query in (("预留单", orders), ("兑换", redemptions)):
        for serial, good, code, units, at in session().execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
            yield f"{kind}{serial}号", good, code, units, at
