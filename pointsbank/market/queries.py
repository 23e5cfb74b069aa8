"""Reads of the market. Points in units (hundredths of a point), quantities in pieces."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from pointsbank.cards import queries as cards
from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market.errors import HouseholdClosedError, UnknownCustomerError
from pointsbank.market.models import (
    Barcode,
    Good,
    MoveKind,
    Order,
    OrderLine,
    OrderState,
    Redemption,
    RedemptionLine,
    StockMove,
    StockMoveText,
)
from pointsbank.market.services.goods import clean_barcode
from pointsbank.people import queries as people
from pointsbank.people.models import Household
from pointsbank.places.models import Place

POPULAR_DAYS = 90  # what was taken in a season says what will be wanted tomorrow


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A stock move with its good and text."""

    move: StockMove
    good: Good
    text: str


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


# --- goods ------------------------------------------------------------------------------------------------------------


def runs_low() -> ColumnElement[bool]:
    """Whether a good is on offer, was in stock once, and has fewer pieces than the village wants there."""
    was_here = exists().where(StockMove.village_id == Good.village_id, StockMove.good_serial == Good.serial)
    return and_(Good.offered, Good.on_hand < Good.stock_min, was_here)


def good(village_id: int, serial: int) -> Good:
    """A good by its serial. Raises NotFoundError."""
    found = session().scalar(
        select(Good).where(Good.village_id == village_id, Good.serial == serial).options(selectinload(Good.barcodes))
    )
    if found is None:
        raise NotFoundError("没有这样商品，请返回商品列表。")
    return found


def goods(
    village_id: int,
    *,
    words: str = "",
    category: str = "",
    below_minimum: bool = False,
    offered_only: bool = False,
    withdrawn_only: bool = False,
    after: int = 0,
    limit: int = 100,
) -> Sequence[Good]:
    """Goods by serial, a page by key: pass the last serial as after.

    words: part of name, code, pinyin or initials, or a barcode; below_minimum: on the shelf, but too few of them.
    """
    query = select(Good).where(Good.village_id == village_id, Good.serial > after).options(selectinload(Good.barcodes))
    if words:
        query = query.where(_matches(village_id, words))
    if category:
        query = query.where(Good.category == category)
    if below_minimum:
        query = query.where(runs_low())
    if offered_only:
        query = query.where(Good.offered)
    if withdrawn_only:
        query = query.where(Good.offered.is_(False))
    return session().scalars(query.order_by(Good.serial).limit(limit)).all()


def _matches(village_id: int, words: str) -> ColumnElement[bool]:
    wanted = unicodedata.normalize("NFKC", words).strip()
    by_barcode = select(Barcode.good_id).where(
        Barcode.village_id == village_id, Barcode.barcode == clean_barcode(words)
    )
    return or_(
        Good.name.contains(wanted, autoescape=True),
        Good.code == wanted.upper(),
        Good.pinyin.startswith(wanted.lower(), autoescape=True),
        Good.initials.startswith(wanted.lower(), autoescape=True),
        Good.id.in_(by_barcode),
    )


def goods_by_serial(village_id: int, serials: Iterable[int]) -> dict[int, Good]:
    """Goods by serial; one that is not the village's is left out."""
    rows = session().scalars(select(Good).where(Good.village_id == village_id, Good.serial.in_(list(serials))))
    return {row.serial: row for row in rows}


def goods_scanned(village_id: int, scanned: str, *, offered_only: bool = True, limit: int = 12) -> Sequence[Good]:
    """What a scanner or a person meant: the good with this barcode or code, else all that match.

    offered_only: of those that match by name; a delivery may hold what is not on the shelf yet.
    """
    text = unicodedata.normalize("NFKC", scanned).strip()
    if not text:
        return []
    exact = session().scalar(
        select(Good)
        .outerjoin(Barcode)
        .where(
            Good.village_id == village_id,
            or_(Barcode.barcode == clean_barcode(text), Good.code == text.upper()),
        )
        .limit(1)
    )
    if exact is not None:
        return [exact]
    matching = select(Good).where(Good.village_id == village_id, _matches(village_id, text))
    if offered_only:
        matching = matching.where(Good.offered)
    return session().scalars(matching.order_by(Good.serial).limit(limit)).all()


def has_goods(village_id: int) -> bool:
    """Whether the shop has taken up anything at all."""
    return session().scalar(select(Good.id).where(Good.village_id == village_id).limit(1)) is not None


def categories(village_id: int) -> Sequence[str]:
    """The categories in use, in the order their goods were added."""
    return (
        session()
        .scalars(
            select(Good.category)
            .where(Good.village_id == village_id)
            .group_by(Good.category)
            .order_by(func.min(Good.serial))
        )
        .all()
    )


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
            .where(Good.village_id == village_id, Good.offered, Good.on_hand > Good.reserved)
            .order_by(func.coalesce(taken.c.pieces, 0).desc(), Good.serial)
            .limit(limit)
        )
        .all()
    )


def moves(
    village_id: int,
    *,
    good_serial: int | None = None,
    words: str = "",
    kind: MoveKind | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[MoveLine]:
    """Stock moves, newest first, a page by key: pass the last sequence as before.

    words: which goods, as in goods(); kind: only moves of this kind.
    """
    query = (
        select(StockMove, Good, StockMoveText.text)
        .join(Good, (Good.village_id == StockMove.village_id) & (Good.serial == StockMove.good_serial))
        .outerjoin(
            StockMoveText,
            (StockMoveText.village_id == StockMove.village_id) & (StockMoveText.sequence == StockMove.sequence),
        )
        .where(StockMove.village_id == village_id)
        .order_by(StockMove.sequence.desc())
        .limit(limit)
    )
    if good_serial is not None:
        query = query.where(StockMove.good_serial == good_serial)
    if words:
        query = query.where(_matches(village_id, words))
    if kind is not None:
        query = query.where(StockMove.kind == kind)
    if before is not None:
        query = query.where(StockMove.sequence < before)
    return [MoveLine(move, moved, text or "") for move, moved, text in session().execute(query)]


# --- orders and redemptions -------------------------------------------------------------------------------------------


def _orders(village_id: int) -> Select[Order]:
    return (
        select(Order)
        .where(Order.village_id == village_id)
        .options(
            joinedload(Order.household).joinedload(Household.group),
            selectinload(Order.lines).joinedload(OrderLine.good),
        )
    )


def order(village_id: int, serial: int) -> Order:
    """An order with household and lines. Raises NotFoundError."""
    found = session().scalar(_orders(village_id).where(Order.serial == serial))
    if found is None:
        raise NotFoundError("没有这张单子，请刷新页面。")
    return found


def waiting_order(village_id: int, household_id: int) -> Order | None:
    """The open order of a household."""
    return session().scalar(
        _orders(village_id).where(Order.household_id == household_id, Order.state == OrderState.WAITING)
    )


def waiting_orders(village_id: int, *, after: int = 0, limit: int = 100) -> Sequence[Order]:
    """Orders that wait to be fetched, in the order they were placed, a page by key: pass the last serial as after."""
    return (
        session()
        .scalars(
            _orders(village_id)
            .where(Order.state == OrderState.WAITING, Order.serial > after)
            .order_by(Order.serial)
            .limit(limit)
        )
        .all()
    )


def orders_of(village_id: int, household_id: int, *, limit: int = 20) -> Sequence[Order]:
    """The newest orders of a household."""
    query = _orders(village_id).where(Order.household_id == household_id)
    return session().scalars(query.order_by(Order.serial.desc()).limit(limit)).all()


def _redemptions(village_id: int) -> Select[Redemption]:
    return (
        select(Redemption)
        .where(Redemption.village_id == village_id)
        .options(
            joinedload(Redemption.household).joinedload(Household.group),
            joinedload(Redemption.order),
            selectinload(Redemption.lines).joinedload(RedemptionLine.good),
        )
    )


def redemption(village_id: int, serial: int) -> Redemption:
    """A redemption by its receipt number, with household and lines. Raises NotFoundError."""
    found = session().scalar(_redemptions(village_id).where(Redemption.serial == serial))
    if found is None:
        raise NotFoundError("没有这个兑换号，请核对小票上的号码。")
    return found


def redemptions(
    village_id: int, *, household_id: int | None = None, before: int | None = None, limit: int = 50
) -> Sequence[Redemption]:
    """Redemptions, newest first, a page by key: pass the last serial as before."""
    query = _redemptions(village_id)
    if household_id is not None:
        query = query.where(Redemption.household_id == household_id)
    if before is not None:
        query = query.where(Redemption.serial < before)
    return session().scalars(query.order_by(Redemption.serial.desc()).limit(limit)).all()


def redemption_of(order: Order) -> int | None:
    """The receipt number under which an order was handed over."""
    return session().scalar(select(Redemption.serial).where(Redemption.order_id == order.id))


# --- customers --------------------------------------------------------------------------------------------------------


def customer(village_id: int, household_id: int) -> Household:
    """A household at the counter. Raises NotFoundError, HouseholdClosedError."""
    found = people.household(village_id, household_id)
    if found.closed_on is not None:
        raise HouseholdClosedError
    return found


def customers(village: Place, words: str, *, limit: int = 30) -> list[people.Hit]:
    """Whom a scan or words at the counter may mean: the household of a card, else each one that people.search finds.

    Raises UnknownCustomerError, and what cards.card_at_desk raises, with what to do next.
    """
    card = cards.card_at_desk(village, words)
    if card is not None:
        return [people.Hit(card.household, None, "积分卡")]
    hits = people.search(village.id, words, limit)
    by_number = people.household_by_number(village.id, words)
    if by_number is not None and by_number.closed_on is None and all(hit.why != "电话尾号" for hit in hits):
        return [people.Hit(by_number, None, "户编号")]
    found: dict[int, people.Hit] = {}
    for hit in hits:  # the best hit of each household
        found.setdefault(hit.household.id, hit)
    if not found:
        raise UnknownCustomerError("没有找到这一户。请换姓名、首字母（张三写 zs）、户号或手机尾号再找。")
    return list(found.values())


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
