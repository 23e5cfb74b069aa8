"""What a household wants to take, checked against shelf, limits, price and balance of this moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import bindparam, select

from pointsbank.foundation import chain, clock, points
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.ledger.booking import Booking, Source
from pointsbank.ledger.errors import NotEnoughPointsError
from pointsbank.market import stock
from pointsbank.market.errors import HouseholdClosedError, NotOfferedError, PricesChangedError
from pointsbank.market.models import Good, OrderLine, RedemptionLine
from pointsbank.market.policies import check_limits, check_threshold
from pointsbank.market.services.partners import PartnerCounter
from pointsbank.people.models import Household
from pointsbank.places.settings import VillageSettings

LINES_MAX = 40  # different goods at once; a receipt of more is no everyday act
QUANTITY_MAX = 999  # of one good at once

Lines = Sequence[tuple[int, int]]  # good's id, pieces

_LOCK_HOUSEHOLD = (
    select(Household.serial, Household.closed_on)
    .where(Household.village_id == bindparam("village"), Household.id == bindparam("household"))
    .with_for_update(key_share=True)
)


@dataclass(frozen=True, slots=True)
class Basket:
    """Goods with pieces and price in units: those of this moment, or those an order or redemption keeps."""

    lines: list[tuple[Good, int, int]]

    @classmethod
    def of(cls, stored: Iterable[OrderLine | RedemptionLine]) -> "Basket":
        """What an order or redemption holds."""
        return cls([(line.good, line.quantity, line.points_price) for line in stored])

    @property
    def stocked(self) -> list[tuple[Good, int]]:
        """The goods that lie on a shelf, with their pieces: a service is done, not handed out."""
        return [(good, quantity) for good, quantity, _ in self.lines if not good.is_service]

    @property
    def points(self) -> int:
        """The total in units."""
        return sum(quantity * price for _, quantity, price in self.lines)

    @property
    def text(self) -> str:
        """The goods in words, for the household's statement."""
        return "、".join(f"{good.title}×{quantity}" for good, quantity, _ in self.lines)

    def source(self, type_: str, serial: int, household_serial: int) -> Source:
        """Where points went, with a digest over the lines."""
        numbers = [(good.serial, quantity, price) for good, quantity, price in self.lines]
        return Source(type_, serial, lines_digest(type_, serial, household_serial, numbers))


def lines_digest(type_: str, serial: int, household_serial: int, lines: Iterable[tuple[int, int, int]]) -> bytes:
    """A digest of good's serial, pieces and price of each line: one that is changed later no longer fits its transfer.

    One function for writer and verifier.
    """
    numbers = [number for line in lines for number in line]
    return chain.link(type_, chain.GENESIS, (serial, household_serial, *numbers))


class LockedHousehold(NamedTuple):
    """A household that is locked until the end of the transaction."""

    id: int
    serial: int


def lock_household(village_id: int, household_id: int) -> LockedHousehold:
    """The household, locked so that its orders come one after the other. Raises NotFoundError, HouseholdClosedError."""
    asked = {"village": village_id, "household": household_id}
    household = session().connection().execute(_LOCK_HOUSEHOLD, asked).first()
    if household is None:
        raise NotFoundError("没有找到这一户，请重新查找。")
    if household.closed_on is not None:
        raise HouseholdClosedError
    return LockedHousehold(household_id, household.serial)


def merged(lines: Lines) -> dict[int, int]:
    """Pieces by good, in the order they were put in. Raises InvalidInputError for a basket that cannot be."""
    if not lines:
        raise InvalidInputError("还没有选东西。请先扫条码或选一样。", field="scan")
    if len(lines) > LINES_MAX:
        raise InvalidInputError(f"一次最多换 {LINES_MAX} 样东西，请分几次办。", field="scan")
    pieces: dict[int, int] = {}
    for good_id, quantity in lines:
        if not 1 <= quantity <= QUANTITY_MAX:
            raise InvalidInputError(f"数量要在 1 到 {QUANTITY_MAX} 之间。", field="scan")
        pieces[good_id] = pieces.get(good_id, 0) + quantity
    return pieces


def check_basket(
    village_id: int, household_id: int, lines: Lines, points_seen: int, partner: PartnerCounter | None = None
) -> Basket:
    """Lock the goods and check them: offered, in season, enough left, within limits, and priced as the person saw.

    partner: the shop that gives them from its own shelves, where nobody counts what is left.

    Raises InvalidInputError, NotFoundError, NotOfferedError, OutOfStockError, HouseholdLimitError, PricesChangedError.
    """
    pieces = merged(lines)
    goods = stock.lock_goods(village_id, pieces)
    today = clock.today()
    basket = Basket(
        [(goods[good_id], quantity, goods[good_id].price_on(today)) for good_id, quantity in pieces.items()]
    )
    for good, quantity, _ in basket.lines:
        if not good.offered:
            raise NotOfferedError(f"“{good.title}”已经下架，积分没有动，请换一样。")
        if absence := good.absence_in_words(today):
            raise NotOfferedError(f"“{good.title}”{absence}。积分没有动，请换一样。")
        if partner is None:
            stock.check_available(good, quantity)
        else:
            partner.check(good)
    check_limits(household_id, [(good, quantity) for good, quantity, _ in basket.lines])
    if basket.points != points_seen:
        raise PricesChangedError(
            f"价格变了：现在一共 {points.format_points(basket.points)} 分，"
            f"刚才看到的是 {points.format_points(points_seen)} 分。什么都没有换，请看清后重新确认。"
        )
    return basket


def check_balance(batch: Booking, household_serial: int, amount: int, settings: VillageSettings) -> None:
    """Say how many points are missing, for the goods or for redeeming at all. Raises NotEnoughPointsError."""
    balance = batch.balance(household_serial)
    check_threshold(settings, balance)
    missing = amount - balance
    if missing > 0:
        raise NotEnoughPointsError(f"积分不够，还差 {points.format_points(missing)} 分。请减少一些或换一样。")
