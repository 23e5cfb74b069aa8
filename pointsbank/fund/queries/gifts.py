"""Reading donations, what a month's board gives thanks for, and the rules by which giving earns points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import joinedload

from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Rule
from pointsbank.foundation.database import session
from pointsbank.fund.errors import UnknownDonationError
from pointsbank.fund.models import Donation, Gift
from pointsbank.market import queries as market
from pointsbank.market.models import Good, Lot
from pointsbank.people.models import Household

DONATIONS_MAX = 5_000  # of one paper
_GIVING = "捐"  # in the name of the rules that are about giving
_PUBLIC_GOOD = "公益"  # in the name of their category


@dataclass(frozen=True, slots=True)
class Thanks:
    """Thanks on a board. name: as far as the donor wants it; of a household the board says it by its own consent."""

    name: str
    gift: str
    household_id: int | None


@dataclass(frozen=True, slots=True)
class GiftSums:
    """What stands of the donations of some days: how many, the money, and what the goods were appraised at, in fen."""

    donations: int
    money_fen: int
    goods_fen: int


def _donations(village_id: int) -> Select[Donation]:
    household = joinedload(Donation.household).joinedload(Household.group)
    return select(Donation).options(household).where(Donation.village_id == village_id)


def donations(
    village_id: int, *, gift: Gift | None = None, before: int | None = None, limit: int = 50
) -> Sequence[Donation]:
    """Donations, the newest first, a page by key: pass the last serial as before; cancelled ones too."""
    query = _donations(village_id).order_by(Donation.serial.desc()).limit(limit)
    if gift is not None:
        query = query.where(Donation.gift == gift)
    if before is not None:
        query = query.where(Donation.serial < before)
    return session().scalars(query).all()


def all_donations(village_id: int, first_day: date | None, last_day: date | None) -> Sequence[Donation]:
    """Donations entered on these days in order, cancelled ones too; at most DONATIONS_MAX."""
    query = _donations(village_id).order_by(Donation.serial).limit(DONATIONS_MAX)
    if first_day is not None:
        query = query.where(Donation.accepted_on >= first_day)
    if last_day is not None:
        query = query.where(Donation.accepted_on <= last_day)
    return session().scalars(query).all()


def donation(village_id: int, serial: int) -> Donation:
    """A donation by its number. Raises UnknownDonationError."""
    found = session().scalar(_donations(village_id).where(Donation.serial == serial))
    if found is None:
        raise UnknownDonationError
    return found


def donation_of_entry(village_id: int, entry_serial: int) -> int | None:
    """The number of the donation whose money a line of the register is."""
    return session().scalar(
        select(Donation.serial).where(Donation.village_id == village_id, Donation.entry_serial == entry_serial)
    )


def gift_sums(village_id: int) -> GiftSums:
    """What all donations that stand come to."""
    money = case((Donation.gift == Gift.MONEY, Donation.value_fen), else_=0)
    row = session().execute(
        select(func.count(), func.coalesce(func.sum(money), 0), func.coalesce(func.sum(Donation.value_fen), 0)).where(
            Donation.village_id == village_id, Donation.cancelled_at.is_(None)
        )
    )
    count, of_money, of_all = (int(value) for value in row.one())
    return GiftSums(count, of_money, of_all - of_money)


def given_goods(found: Donation) -> Sequence[tuple[Lot, Good]]:
    """The lots that a donation brought, with their goods; none for money."""
    if found.delivery_serial is None:
        return []
    return market.lots_in(market.intake(found.village_id, found.delivery_serial))


def thanks(village_id: int, first_day: date, last_day: date) -> list[Thanks]:
    """Whom to thank for what was given and entered on these days, in the order of the receipts.

    Gifts of one donor stand together, those of anonymous donors each by itself.
    """
    query = (
        _donations(village_id)
        .where(Donation.accepted_on.between(first_day, last_day), Donation.cancelled_at.is_(None))
        .order_by(Donation.serial)
        .limit(DONATIONS_MAX)
    )
    gifts: dict[tuple[str, int | None, int], list[str]] = {}
    for one in session().scalars(query):
        household_id = None if one.anonymous else one.household_id
        gifts.setdefault((one.public_name, household_id, one.serial if one.anonymous else 0), []).append(one.what)
    return [Thanks(name, "、".join(given), household_id) for (name, household_id, _), given in gifts.items()]


def giving_rules(village_id: int, day: date) -> list[Rule]:
    """The rules of a day by which a household can be given points for a gift: those that name giving come first."""
    earning = [
        rule
        for rule in covenant.rules_on(village_id, day)
        if rule.points > 0 and (_GIVING in rule.name or _PUBLIC_GOOD in rule.category)
    ]
    return sorted(earning, key=lambda rule: _GIVING not in rule.name)
