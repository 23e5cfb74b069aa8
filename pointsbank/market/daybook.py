"""What came and went in a range of receipts and stock moves: for the day's close, its paper and its proof.

A range is named by its first and last receipt and its first and last move, so that no two closes cover the same and
nothing lies between them. What partner shops hand out from their own shelves is not of the shop's day: it is settled
with them. Points in units, quantities in whole pieces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from pointsbank.foundation import chain
from pointsbank.foundation.database import session
from pointsbank.market.models import (
    DayClose,
    Good,
    MoveKind,
    Order,
    OrderState,
    Redemption,
    RedemptionLine,
    StockMove,
)

CHAIN = "closes"
KINDS = {
    MoveKind.RECEIVE: "received",
    MoveKind.ISSUE: "issued",
    MoveKind.RETURN: "returned",
    MoveKind.VOID: "voided",
    MoveKind.WRITE_OFF: "written_off",
    MoveKind.COUNT: "adjusted",
}


@dataclass(frozen=True, slots=True)
class Range:
    """Receipts and moves from the first to the last of each; empty where the last is before the first."""

    first_redemption: int
    last_redemption: int
    first_move: int
    last_move: int
    since: datetime | None = None  # the close before

    @property
    def is_empty(self) -> bool:
        """Whether nothing came or went."""
        return self.last_redemption < self.first_redemption and self.last_move < self.first_move


@dataclass(slots=True)
class GoodMoves:
    """What a good did in a range: pieces from 0 on, adjusted with sign; on_hand is what the book said at its end."""

    serial: int
    on_hand: int = 0
    received: int = 0
    issued: int = 0
    returned: int = 0
    voided: int = 0
    written_off: int = 0
    adjusted: int = 0


@dataclass(frozen=True, slots=True)
class ByPerson:
    """What one person handed out: receipts, those of them that were voided, pieces and points on all of them."""

    actor: str
    redemptions: int
    voided: int
    pieces: int
    points: int


@dataclass(frozen=True, slots=True)
class ByGood:
    """What stands on the receipts of one good: pieces and points, the voided ones too."""

    serial: int
    title: str
    unit: str
    is_service: bool
    pieces: int
    points: int


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders that were fetched, and those nobody fetched."""

    fetched: int
    released: int


@dataclass(frozen=True, slots=True)
class Day:
    """All of a range."""

    range: Range
    moves: list[GoodMoves]
    people: list[ByPerson]
    goods: list[ByGood]
    orders: Orders

    @property
    def redemptions(self) -> int:
        """How many receipts."""
        return sum(person.redemptions for person in self.people)

    @property
    def voided(self) -> int:
        """How many of them were voided."""
        return sum(person.voided for person in self.people)

    @property
    def pieces(self) -> int:
        """Pieces on all receipts."""
        return sum(person.pieces for person in self.people)

    @property
    def points(self) -> int:
        """Points on all receipts."""
        return sum(person.points for person in self.people)

    @property
    def unequal(self) -> list[tuple[int, int, int]]:
        """Where receipts and stock do not agree: good's serial, pieces on receipts, pieces that left the stock."""
        given = {line.serial: line.pieces for line in self.goods if not line.is_service}
        issued = {line.serial: line.issued for line in self.moves if line.issued}
        return [
            (serial, given.get(serial, 0), issued.get(serial, 0))
            for serial in sorted(given.keys() | issued.keys())
            if given.get(serial, 0) != issued.get(serial, 0)
        ]


def open_range(village_id: int) -> Range:
    """Everything since the last close, as one statement sees it."""
    last = select(DayClose).where(DayClose.village_id == village_id).order_by(DayClose.serial.desc()).limit(1)
    closed = last.subquery()
    newest_redemption = select(func.max(Redemption.serial)).where(
        Redemption.village_id == village_id, Redemption.partner_id.is_(None)
    )
    newest_move = select(func.max(StockMove.sequence)).where(StockMove.village_id == village_id)
    row = (
        session()
        .execute(
            select(
                select(closed.c.last_redemption).scalar_subquery().label("closed_redemption"),
                select(closed.c.last_move).scalar_subquery().label("closed_move"),
                select(closed.c.closed_at).scalar_subquery().label("since"),
                newest_redemption.scalar_subquery().label("redemption"),
                newest_move.scalar_subquery().label("move"),
            )
        )
        .one()
    )
    closed_redemption, closed_move = row.closed_redemption or 0, row.closed_move or 0
    return Range(
        first_redemption=closed_redemption + 1,
        last_redemption=max(row.redemption or 0, closed_redemption),
        first_move=closed_move + 1,
        last_move=max(row.move or 0, closed_move),
        since=row.since,
    )


def range_of(close: DayClose, before: DayClose | None) -> Range:
    """What a close covers."""
    return Range(
        close.first_redemption,
        close.last_redemption,
        close.first_move,
        close.last_move,
        before.closed_at if before else None,
    )


def day(village_id: int, covered: Range, until: datetime) -> Day:
    """Everything of a range. until: up to which moment orders nobody fetched are counted."""
    return Day(
        covered,
        moves_in(village_id, covered.first_move, covered.last_move),
        people_in(village_id, covered),
        goods_in(village_id, covered),
        orders_in(village_id, covered, until),
    )


def moves_in(village_id: int, first: int, last: int) -> list[GoodMoves]:
    """What each good that moved did, by the good's serial."""
    here = (StockMove.village_id == village_id, StockMove.sequence.between(first, last))
    query = (
        select(StockMove.good_serial, StockMove.kind, func.sum(StockMove.quantity), func.max(StockMove.sequence))
        .where(*here)
        .group_by(StockMove.good_serial, StockMove.kind)
    )
    found: dict[int, GoodMoves] = {}
    newest: dict[int, int] = {}
    for serial, kind, pieces, sequence in session().execute(query):
        one = found.setdefault(serial, GoodMoves(serial))
        setattr(one, KINDS[kind], int(pieces) if kind is MoveKind.COUNT else abs(int(pieces)))
        newest[serial] = max(newest.get(serial, 0), sequence)
    after = select(StockMove.good_serial, StockMove.on_hand_after).where(
        StockMove.village_id == village_id, StockMove.sequence.in_(newest.values())
    )
    for serial, on_hand in session().execute(after) if newest else ():
        found[serial].on_hand = on_hand
    return [found[serial] for serial in sorted(found)]


def goods_moved(village_id: int, first: int, last: int) -> list[int]:
    """The ids of the goods that moved."""
    of_good = (Good.village_id == StockMove.village_id) & (Good.serial == StockMove.good_serial)
    query = (
        select(Good.id)
        .join(StockMove, of_good)
        .where(StockMove.village_id == village_id, StockMove.sequence.between(first, last))
        .distinct()
    )
    return list(session().scalars(query))


def _receipts(village_id: int, covered: Range) -> tuple[Any, ...]:
    return (
        Redemption.village_id == village_id,
        Redemption.partner_id.is_(None),
        Redemption.serial.between(covered.first_redemption, covered.last_redemption),
        Redemption.partner_id.is_(None),  # a partner shop's are settled with it, and move no stock
    )


def people_in(village_id: int, covered: Range) -> list[ByPerson]:
    """Who handed out how much, by the key of the person."""
    of_receipt = (
        select(RedemptionLine.redemption_id, func.sum(RedemptionLine.quantity).label("pieces"))
        .join(Redemption)
        .where(*_receipts(village_id, covered))
        .group_by(RedemptionLine.redemption_id)
        .subquery()
    )
    query = (
        select(
            Redemption.actor,
            func.count(),
            func.sum(case((Redemption.voided_at.is_not(None), 1), else_=0)),
            func.sum(of_receipt.c.pieces),
            func.sum(Redemption.points),
        )
        .join(of_receipt, of_receipt.c.redemption_id == Redemption.id)
        .where(*_receipts(village_id, covered))
        .group_by(Redemption.actor)
        .order_by(Redemption.actor)
    )
    return [ByPerson(actor, *map(int, figures)) for actor, *figures in session().execute(query)]


def goods_in(village_id: int, covered: Range) -> list[ByGood]:
    """What stands on the receipts, by the good's serial."""
    query = (
        select(
            Good.serial,
            Good.name,
            Good.spec,
            Good.unit,
            Good.is_service,
            func.sum(RedemptionLine.quantity),
            func.sum(RedemptionLine.quantity * RedemptionLine.points_price),
        )
        .select_from(RedemptionLine)
        .join(Redemption)
        .join(Good, Good.id == RedemptionLine.good_id)
        .where(*_receipts(village_id, covered))
        .group_by(Good.serial, Good.name, Good.spec, Good.unit, Good.is_service)
        .order_by(Good.serial)
    )
    return [
        ByGood(serial, f"{name} {spec}".strip(), unit, is_service, int(pieces), int(points))
        for serial, name, spec, unit, is_service, pieces, points in session().execute(query)
    ]


def orders_in(village_id: int, covered: Range, until: datetime) -> Orders:
    """Orders handed over by these receipts, and those released since the close before until this moment."""
    fetched = select(func.count(Redemption.order_id.distinct())).where(*_receipts(village_id, covered))
    released = select(func.count()).where(
        Order.village_id == village_id, Order.state == OrderState.EXPIRED, Order.ended_at <= until
    )
    if covered.since is not None:
        released = released.where(Order.ended_at > covered.since)
    row = session().execute(select(fetched.scalar_subquery(), released.scalar_subquery())).one()
    return Orders(*map(int, row))


# --- the chain of closes ---


def lines_digest(lines: Sequence[Mapping[str, Any]]) -> bytes:
    """A digest over the lines of a close, in order of position: good's serial and every figure. No free text."""
    names = ("good_serial", *KINDS.values(), "on_hand", "counted", "booked")
    return chain.link("day_close_lines", chain.GENESIS, [line[name] for line in lines for name in names])


def chained_fields(village_code: str, close: DayClose, digest_of_lines: bytes) -> tuple[chain.Field, ...]:
    """What of a close is chained, in order (its serial is the sequence and goes before). One for writer and verifier.

    Village code, closed_at, closed_on, who signed, submission key, ranges, sums, digest of the lines; no free text.
    """
    return (
        village_code,
        close.closed_at,
        close.closed_on,
        close.actor,
        close.submission_key,
        close.first_redemption,
        close.last_redemption,
        close.first_move,
        close.last_move,
        close.redemptions,
        close.voided,
        close.pieces,
        close.points,
        close.orders_fetched,
        close.orders_released,
        digest_of_lines,
    )
