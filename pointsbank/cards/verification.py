"""Proof that cards hold together."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from pointsbank.cards.models import Card
from pointsbank.cards.queries import number_of
from pointsbank.foundation.database import session
from pointsbank.places.models import Place


def problems(village: Place) -> list[str]:
    """What does not hold, each naming the card; empty when all is well."""
    cards = session().scalars(
        select(Card).options(joinedload(Card.household)).where(Card.village_id == village.id).order_by(Card.serial)
    )
    found = []
    for card in cards:
        if card.number != number_of(card.serial):
            found.append(f"卡第{card.serial}张：卡号与序号不符")
        if card.household.village_id != village.id:
            found.append(f"卡第{card.serial}张：属于别处的住户")
    return found
