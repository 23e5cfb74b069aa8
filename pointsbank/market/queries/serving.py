"""Who stands at the counter, and how far its day has come."""

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from pointsbank.cards import queries as cards
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.market.errors import HouseholdClosedError, UnknownCustomerError
from pointsbank.market.models import Redemption, RedemptionLine
from pointsbank.people import queries as people
from pointsbank.people.models import Household
from pointsbank.places.models import Place


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


class Served(NamedTuple):
    """How many receipts a person gave out today that stand, and the newest of them."""

    receipts: int
    newest: Redemption | None


def served_today(village_id: int, actor: Actor) -> Served:
    """What this person handed out today, in one statement; the newest receipt comes with household and lines."""
    today = (
        Redemption.village_id == village_id,
        Redemption.redeemed_on == clock.today(),
        Redemption.actor == actor.key,
        Redemption.voided_at.is_(None),
    )
    count = select(func.count()).select_from(Redemption).where(*today).scalar_subquery()
    newest = select(func.max(Redemption.serial)).where(*today).scalar_subquery()
    row = (
        session()
        .execute(
            select(Redemption, count)
            .where(Redemption.village_id == village_id, Redemption.serial == newest)
            .options(
                joinedload(Redemption.household).joinedload(Household.group),
                joinedload(Redemption.lines).joinedload(RedemptionLine.good),
            )
        )
        .unique()
        .first()
    )
    return Served(int(row[1]), row[0]) if row else Served(0, None)
