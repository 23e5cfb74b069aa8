"""Proof that cards and deputies hold together."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from pointsbank.cards.models import Card, CardState, Deputy
from pointsbank.cards.queries import number_of
from pointsbank.cards.services import CARDS_PER_HOUSEHOLD_MAX
from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.people.models import Household
from pointsbank.places.models import Place


def problems(village: Place) -> list[str]:
    """What does not hold, each naming the card; empty when all is well."""
    query = select(Card).options(joinedload(Card.household)).where(Card.village_id == village.id)
    cards = session().scalars(query.order_by(Card.serial)).all()
    found = []
    by_serial, today = {card.serial: card for card in cards}, clock.today()
    for card in cards:
        if card.number != number_of(card.serial):
            found.append(f"卡第{card.serial}张：卡号与序号不符")
        if card.household.village_id != village.id:
            found.append(f"卡第{card.serial}张：属于别处的住户")
        if (card.state is CardState.LOST) != (card.lost_at is not None):
            found.append(f"卡第{card.serial}张：挂失的时间与状态不符")
        if card.replaces is not None and not _replaces(card, by_serial.get(card.replaces)):
            found.append(f"卡第{card.serial}张：所补的旧卡没有作废，或不是这一户的")
    working = Counter(card.household.number for card in cards if card.works_on(today))
    found += [
        f"户号{number}：能用的卡有 {count} 张" for number, count in working.items() if count > CARDS_PER_HOUSEHOLD_MAX
    ]
    return found + _foreign_deputies(village)


def _replaces(new: Card, old: Card | None) -> bool:
    return old is not None and old.state is CardState.LOST and old.household_id == new.household_id


def _foreign_deputies(village: Place) -> list[str]:
    query = select(Deputy.name).join(Household, Household.id == Deputy.household_id)
    names = session().scalars(
        query.where(Deputy.village_id == village.id, Household.village_id != village.id).order_by(Deputy.id)
    )
    return [f"代领人{name}：属于别处的住户" for name in names]
