"""Who stands at the counter."""

from pointsbank.cards import queries as cards
from pointsbank.market.errors import HouseholdClosedError, UnknownCustomerError
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
