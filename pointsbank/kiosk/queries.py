"""What a villager is shown: whose door this is, the shelf as it looks to one household, its lines in plain words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select

from pointsbank.cards import queries as cards
from pointsbank.cards.models import Card
from pointsbank.deeds.models import BODY_NAMES, OUTCOME_NAMES
from pointsbank.foundation import clock, periods
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.names import surname_of
from pointsbank.foundation.points import format_points
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.models import TransferKind
from pointsbank.market import queries as market
from pointsbank.market.models import Good, Order, OrderState
from pointsbank.market.policies import limit_left
from pointsbank.people import queries as people
from pointsbank.people.models import Household
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.reports.queries import trace
from pointsbank.reports.queries.trace import Trace

LINES_MAX = 200  # of one month; a household has a dozen
GOODS_MAX = 400  # on one shelf; a village has some sixty

_DOOR = re.compile(r"([0-9]{1,3})/([0-9]{1,8})")


class Reach(StrEnum):
    """Whether a household can take a good now."""

    NOW = "now"
    LATER = "later"  # points are missing
    GONE = "gone"  # sold out


@dataclass(frozen=True, slots=True)
class Tile:
    """A good on the shelf as one household sees it. missing: points in units."""

    good: Good
    reach: Reach
    missing: int


@dataclass(frozen=True, slots=True)
class PlainLine:
    """A line of the household's points in the words of the village. amount in units, with sign."""

    day: date
    words: str
    amount: int
    sequence: int  # in the book: leads to where it comes from


@dataclass(frozen=True, slots=True)
class PlainWay:
    """Where a line comes from, for its household: what it is, and a name and a sentence for each step of its way."""

    line: PlainLine
    steps: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Presented:
    """Whom a card or a door number stands for; nobody when it is unknown, lost, expired or another village's."""

    household_id: int | None
    card: Card | None


# --- who ---


def door(group: int, number: str) -> str:
    """What is presented when group and household number are tapped."""
    return f"{group}/{number}"


def whose(village: Place, presented: str) -> Presented:
    """The household of a scanned card, or of a group and number as made by door()."""
    if tapped := _DOOR.fullmatch(presented):
        household = _household_at(village.id, int(tapped[1]), int(tapped[2]))
        return Presented(household.id if household else None, None)
    card = cards.card_presented(village, presented)
    return Presented(card.household_id if card else None, card)


def _household_at(village_id: int, group: int, number: int) -> Household | None:
    """The household of a group by the number on its door plate.

    Villages write 12, 012, 3-012, 3组12号 or 3012 for the same door; None when two doors would fit.
    """
    found = next((place for place in places.groups(village_id) if place.number == group), None)
    doors = people.households_of_group(village_id, found.id) if found else []
    fitting = [household for household in doors if _fits(household.number, group, number)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(written: str, group: int, number: int) -> bool:
    runs = re.findall("[0-9]+", written)
    return bool(runs) and (int(runs[-1]) == number or re.fullmatch(f"0*{group}0*{number}", "".join(runs)) is not None)


def called(household: Household) -> str:
    """How the screen greets: 3组 12号 张家. Never a full name: anybody may tap a number."""
    runs = re.findall("[0-9]+", household.number)
    number = f"{int(runs[-1])}号" if runs else household.number
    return f"{household.group.name} {number} {surname_of(household.head_name)}家"


# --- the shelf ---


def shelf(village_id: int, spendable: int) -> list[Tile]:
    """What is offered: within reach first, then what needs more points (the nearest first), then what is gone."""
    tiles = [_tile(good, spendable) for good in market.goods(village_id, offered_only=True, limit=GOODS_MAX)]
    order = list(Reach)
    return sorted(tiles, key=lambda tile: (order.index(tile.reach), tile.missing))


def without_most_gone(tiles: Iterable[Tile], gone_max: int) -> list[Tile]:
    """The shelf with at most so many goods that are sold out: nobody turns pages of what cannot be had."""
    shown, gone = [], 0
    for tile in tiles:
        gone += tile.reach is Reach.GONE
        if tile.reach is not Reach.GONE or gone <= gone_max:
            shown.append(tile)
    return shown


def kinds(tiles: Iterable[Tile]) -> list[str]:
    """The kinds of goods on the shelf, in the order in which the shop took them up."""
    goods = sorted((tile.good for tile in tiles), key=lambda good: good.serial)
    return list(dict.fromkeys(good.category for good in goods))


def _tile(good: Good, spendable: int) -> Tile:
    missing = max(good.points_price - spendable, 0)
    if good.available <= 0:
        return Tile(good, Reach.GONE, 0)
    return Tile(good, Reach.LATER if missing else Reach.NOW, missing)


def order_of(village_id: int, household_id: int, serial: int) -> Order:
    """An order of this household by its number. Raises NotFoundError, for another household's too."""
    order = market.order(village_id, serial)
    if order.household_id != household_id:
        raise NotFoundError
    return order


def good_on_shelf(village_id: int, serial: int) -> Good:
    """A good that the village offers. Raises NotFoundError."""
    good = market.good(village_id, serial)
    if not good.offered:
        raise NotFoundError("这样东西现在没有了。请换一样。")
    return good


def pieces_max(good: Good, spendable: int, household_id: int) -> int:
    """How many a household can take: as its points, the shelf and its limit allow."""
    limit = limit_left(household_id, good)
    pieces = min(good.available, spendable // good.points_price)
    return max(pieces if limit is None else min(pieces, limit), 0)


# --- points ---

_BEFORE = {
    TransferKind.EARN_REVERSAL: "更正：",
    TransferKind.DEDUCT: "扣分：",
    TransferKind.DEDUCT_REVERSAL: "更正：",
    TransferKind.REDEEM: "换了：",
}
_INSTEAD = {TransferKind.OPENING: "开户的积分", TransferKind.REPAY: "抵扣以前欠的分"}


def month_lines(village_id: int, household: Household, period: str) -> list[PlainLine]:
    """What came and went in a month, newest first."""
    first_day, last_day = periods.days_of(period)
    lines = ledger.statement(village_id, household.serial, limit=LINES_MAX, first_day=first_day, last_day=last_day)
    fetched = _fetched_orders(village_id, [line.source_serial for line in lines if line.kind is TransferKind.HOLD])
    plain = []
    for line in lines:
        words = _INSTEAD.get(line.kind) or _BEFORE.get(line.kind, "") + line.text
        if line.kind is TransferKind.HOLD and line.source_serial in fetched:
            words = "换了：" + line.text.removeprefix("先留着：")
        elif line.kind is TransferKind.RELEASE:
            words = line.text.replace("取消预留", "不要了")
        plain.append(PlainLine(line.occurred_on, words, line.amount, line.sequence))
    return plain


def plain_way(village: Place, household: Household, sequence: int) -> PlainWay:
    """Where a line of this household comes from, with no names. Raises NotFoundError, for the lines of others too."""
    found = trace.explain(village, sequence)
    if found.entry.household.id != household.id:
        raise NotFoundError("这一笔不是您家的。请从头再来。")
    transfer = found.entry.transfer
    words = _INSTEAD.get(transfer.kind) or _BEFORE.get(transfer.kind, "") + found.entry.text
    line = PlainLine(transfer.occurred_on, words, found.entry.amount, sequence)
    booked = f"{_day(clock.day_of(transfer.booked_at))}记到您家账上，是第 {sequence} 笔。"
    undone = [
        ("更正", f"{_day(clock.day_of(one.booked_at))}更正过，是第 {one.sequence} 笔。") for one in found.reversals
    ]
    return PlainWay(line, [*_plain_steps(found), ("入账", booked), *undone])


def _plain_steps(found: Trace) -> list[tuple[str, str]]:
    """From the rule to the wall; a step that there was none of is left out."""
    claim = found.claim
    if claim is None or found.rule is None:
        return []
    rule = found.rule.rule
    told = [
        ("按哪一条", f"积分细则第 {rule.book.version} 版：{rule.name}，每{rule.unit} {format_points(rule.points)} 分。")
    ]
    if found.clause is not None:
        told.append(("公约怎么说", found.clause.clause.text))
    told.append(("申报", f"{_day(clock.day_of(claim.created_at))}申报。{claim.cap_reason}"))
    for decision in found.decisions:
        met = f"{_day(decision.meeting.held_on)}{BODY_NAMES[decision.meeting.body]}：{OUTCOME_NAMES[decision.outcome]}"
        told.append(("评议", f"{met}，{format_points(decision.points)} 分。{decision.reason}"))
    if found.notice is not None:
        hung = [
            f"{_day(sheet.hung_on)}贴在{sheet.venue or '公示栏'}" for sheet in found.notice.hangings if sheet.hung_on
        ]
        objected = "有人提过异议，复查过。" if found.notice.objections else "没有人提异议。"
        told.append(("公示", f"{'，'.join(hung) or '还没有贴出'}。{objected}"))
    return told


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _fetched_orders(village_id: int, serials: list[int]) -> frozenset[int]:
    rows = session().scalars(
        select(Order.serial).where(
            Order.village_id == village_id, Order.serial.in_(serials), Order.state == OrderState.HANDED_OVER
        )
    )
    return frozenset(rows)
