"""Settlements with partner shops: what is due now, what was settled. Points in units, values in fen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market.models import (
    Good,
    PartnerShop,
    Redemption,
    RedemptionLine,
    Settlement,
    SettlementLine,
    SettlementState,
)
from pointsbank.market.settling import LineNumbers, Part, payable_of, value_of
from pointsbank.people.models import Household

NOT_FOUND = "没有这张结算单，请返回列表。"


@dataclass(frozen=True, slots=True)
class DueLine:
    """Pieces of one redemption line in a settlement. pieces: with sign, below 0 for what came back since it was
    settled; value_fen: of one piece; percent: what is paid of it.
    """

    redemption_id: int
    position: int
    receipt: int  # the redemption's serial
    redeemed_on: date
    household: str  # its number
    head_name: str
    title: str
    unit: str
    pieces: int
    points_price: int
    value_fen: int
    percent: int
    is_deduction: bool

    @property
    def part(self) -> Part:
        """The line as it is reckoned."""
        return self.pieces, self.value_fen, self.percent

    @property
    def numbers(self) -> LineNumbers:
        """The line as the trail holds it."""
        return (
            self.receipt,
            self.position,
            int(self.is_deduction),
            self.pieces,
            self.points_price,
            self.value_fen,
            self.percent,
        )


@dataclass(frozen=True, slots=True)
class GoodSettled:
    """What a settlement holds of one good at one value."""

    title: str
    unit: str
    value_fen: int
    pieces: int

    @property
    def sum_fen(self) -> int:
        """The value of all pieces."""
        return self.pieces * self.value_fen


@dataclass(frozen=True, slots=True)
class Account:
    """A settlement with its lines: live while it is open, as fixed once it is closed."""

    settlement: Settlement
    first_day: date
    lines: list[DueLine]

    @property
    def shown(self) -> list[DueLine]:
        """Lines that say something: what was brought back or voided before it was settled is left out."""
        return [line for line in self.lines if line.pieces]

    @property
    def redemptions(self) -> int:
        """How many receipts are settled here."""
        return len({line.receipt for line in self.shown if not line.is_deduction})

    @property
    def points(self) -> int:
        """Points in units of all pieces, less what came back."""
        return sum(line.pieces * line.points_price for line in self.lines)

    @property
    def value_fen(self) -> int:
        """The agreed value of all pieces, less what came back."""
        return value_of(line.part for line in self.lines)

    @property
    def payable_fen(self) -> int:
        """What is paid for it."""
        return payable_of(line.part for line in self.lines)

    @property
    def deducted_fen(self) -> int:
        """The part of it that is taken off for earlier settlements, as a positive amount."""
        return -payable_of(line.part for line in self.lines if line.is_deduction)

    @property
    def goods(self) -> list[GoodSettled]:
        """The pieces by good and value, in the order in which they first went out."""
        pieces: dict[tuple[str, str, int], int] = {}
        for line in self.shown:
            what = (line.title, line.unit, line.value_fen)
            pieces[what] = pieces.get(what, 0) + line.pieces
        return [GoodSettled(*what, count) for what, count in pieces.items()]


def settlement(village_id: int, serial: int) -> Settlement:
    """A settlement with its partner. Raises NotFoundError."""
    found = session().scalar(_settlements(village_id).where(Settlement.serial == serial))
    if found is None:
        raise NotFoundError(NOT_FOUND)
    return found


def settlements(
    village_id: int, *, partner_id: int | None = None, before: int | None = None, limit: int = 50
) -> Sequence[Settlement]:
    """Settlements, newest first, a page by key: pass the last serial as before."""
    query = _settlements(village_id)
    if partner_id is not None:
        query = query.where(Settlement.partner_id == partner_id)
    if before is not None:
        query = query.where(Settlement.serial < before)
    return session().scalars(query.order_by(Settlement.serial.desc()).limit(limit)).all()


def payable_settlements(village_id: int) -> Sequence[Settlement]:
    """Settlements that both sides signed, oldest first: what the fund may pay."""
    query = _settlements(village_id).where(Settlement.state == SettlementState.SIGNED)
    return session().scalars(query.order_by(Settlement.serial)).all()


def account(settlement: Settlement) -> Account:
    """A settlement with its lines."""
    if settlement.state is SettlementState.OPEN:
        lines = due_lines(settlement.partner, settlement.last_day)
        return Account(settlement, first_day_of(settlement.partner, settlement.last_day, lines), lines)
    return Account(settlement, settlement.first_day, _fixed_lines(settlement))


def first_day_of(partner: PartnerShop, last_day: date, lines: Sequence[DueLine]) -> date:
    """The first day of what is settled now: the one after the settlement before, or that of an older line."""
    before = session().scalar(
        select(func.max(Settlement.last_day)).where(
            Settlement.partner_id == partner.id, Settlement.state != SettlementState.OPEN
        )
    )
    first = before + timedelta(days=1) if before is not None else clock.day_of(partner.since)
    return min([first, last_day, *(line.redeemed_on for line in lines if not line.is_deduction)])


def due_lines(partner: PartnerShop, last_day: date) -> list[DueLine]:
    """What is to be settled with a partner up to a day: what was not settled yet, and what came back since it was."""
    settled = (
        select(
            SettlementLine.redemption_id,
            SettlementLine.redemption_position,
            func.sum(SettlementLine.pieces).label("pieces"),
            func.max(SettlementLine.pay_percent).label("percent"),
        )
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .where(Settlement.partner_id == partner.id)
        .group_by(SettlementLine.redemption_id, SettlementLine.redemption_position)
        .subquery()
    )
    kept = case((Redemption.voided_at.is_not(None), 0), else_=RedemptionLine.quantity - RedemptionLine.returned)
    query = (
        _lines()
        .add_columns(kept.label("kept"), settled.c.pieces, settled.c.percent)
        .outerjoin(
            settled,
            and_(
                settled.c.redemption_id == RedemptionLine.redemption_id,
                settled.c.redemption_position == RedemptionLine.position,
            ),
        )
        .where(
            Redemption.partner_id == partner.id,
            Redemption.redeemed_on <= last_day,
            or_(settled.c.pieces.is_(None), settled.c.pieces != kept),
        )
    )
    return [
        DueLine(
            redemption_id=line.redemption_id,
            position=line.position,
            receipt=redemption.serial,
            redeemed_on=redemption.redeemed_on,
            household=number,
            head_name=head_name,
            title=good.title,
            unit=good.unit,
            pieces=int(now) - int(before or 0),
            points_price=line.points_price,
            value_fen=line.value_fen or 0,
            percent=partner.pay_percent if before is None else int(percent),
            is_deduction=before is not None,
        )
        for line, redemption, good, number, head_name, now, before, percent in session().execute(query)
    ]


def _fixed_lines(settlement: Settlement) -> list[DueLine]:
    query = (
        _lines()
        .add_columns(SettlementLine)
        .join(
            SettlementLine,
            and_(
                SettlementLine.redemption_id == RedemptionLine.redemption_id,
                SettlementLine.redemption_position == RedemptionLine.position,
            ),
        )
        .where(SettlementLine.settlement_id == settlement.id)
    )
    return [
        DueLine(
            redemption_id=line.redemption_id,
            position=line.position,
            receipt=redemption.serial,
            redeemed_on=redemption.redeemed_on,
            household=number,
            head_name=head_name,
            title=good.title,
            unit=good.unit,
            pieces=fixed.pieces,
            points_price=fixed.points_price,
            value_fen=fixed.value_fen,
            percent=fixed.pay_percent,
            is_deduction=fixed.is_deduction,
        )
        for line, redemption, good, number, head_name, fixed in session().execute(query)
    ]


def _lines() -> Select[RedemptionLine, Redemption, Good, str, str]:
    return (
        select(RedemptionLine, Redemption, Good, Household.number, Household.head_name)
        .join(Redemption, Redemption.id == RedemptionLine.redemption_id)
        .join(Good, Good.id == RedemptionLine.good_id)
        .join(Household, Household.id == Redemption.household_id)
        .order_by(Redemption.serial, RedemptionLine.position)
    )


def _settlements(village_id: int) -> Select[Settlement]:
    return select(Settlement).where(Settlement.village_id == village_id).options(joinedload(Settlement.partner))
