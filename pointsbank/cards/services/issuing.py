"""Issuing cards, renaming them, ending them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from pointsbank.audit import services as audit
from pointsbank.cards import queries
from pointsbank.cards.errors import CardExistsError, CardLostError, TooManyCardsError
from pointsbank.cards.models import Card, CardState, VillagerSession
from pointsbank.cards.services.sessions import close_sessions
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_token
from pointsbank.foundation.secrets import vault
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

CARDS_PER_HOUSEHOLD_MAX = 5  # that work at a time
NAME_LENGTH_MAX = 20
EXPIRY_YEARS_MAX = 20


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A card to be issued. replaces: the serial of the card whose place it takes."""

    household: Household
    name: str = ""
    expires_on: date | None = None
    replaces: int | None = None


def issue_cards(village: Place, household_ids: Iterable[int] | None, actor: Actor, key: str) -> dict[str, Any]:
    """Give a card to these households, with None to every open household without one that works.

    Gives {"issued": how many, "cards": their ids}. Raises NotFoundError, CardExistsError when a household that was
    named has a card already.
    """
    wanted = None if household_ids is None else sorted(set(household_ids))

    def act() -> dict[str, Any]:
        lock_place(village.id)
        households = _households_to_serve(village.id, wanted)
        cards = _issue(village, [_Wanted(household) for household in households], actor)
        return {"issued": len(cards), "cards": [card.id for card in cards]}

    return ledger.submit(village, key, "cards.issue", {"households": wanted}, actor, act)


def add_card(village: Place, household_id: int, name: str, actor: Actor, key: str) -> dict[str, Any]:
    """Give a household one more card. name: whose or what for.

    Gives {"card": its id}. Raises InvalidInputError, NotFoundError, TooManyCardsError beyond
    CARDS_PER_HOUSEHOLD_MAX that work.
    """
    name = _clean_card_name(name)

    def act() -> dict[str, Any]:
        lock_place(village.id)
        household = locked_household(village.id, household_id)
        _check_room(village.id, household_id)
        [card] = _issue(village, [_Wanted(household, name)], actor)
        return {"card": card.id}

    return ledger.submit(village, key, "cards.add", {"household": household_id, "name": name}, actor, act)


def edit_card(village: Place, card_id: int, name: str, expires_on: date | None, actor: Actor) -> None:
    """Set a card's name and the last day it works, None for ever; a card that had expired may work again.

    Raises InvalidInputError for a day before today or too far off, CardLostError, TooManyCardsError, NotFoundError.
    """
    name, today = _clean_card_name(name), clock.today()
    with transaction():
        lock_place(village.id)
        card = locked_card(village.id, card_id)
        if card.state is not CardState.ACTIVE:
            raise CardLostError
        if expires_on is not None and expires_on != card.expires_on:
            if expires_on < today:
                raise InvalidInputError("到期日要在今天或以后。要马上停用，请挂失。", field="expires_on")
            if expires_on.year > today.year + EXPIRY_YEARS_MAX:
                raise InvalidInputError(f"到期日最远写到 {EXPIRY_YEARS_MAX} 年后；不限期就空着。", field="expires_on")
        if (card.name, card.expires_on) == (name, expires_on):
            return
        if not card.works_on(today) and (expires_on is None or expires_on >= today):
            _check_room(village.id, card.household_id)
        card.name, card.expires_on = name, expires_on
        until = f"用到 {expires_on:%Y-%m-%d}" if expires_on else "不限期"
        audit.record(village.id, actor, "card.edit", f"card:{card.serial}", f"卡号{card.number} {name} {until}")


def report_lost(village: Place, card_id: int, actor: Actor) -> None:
    """From now on the card opens nothing. A second report changes nothing. Raises NotFoundError."""
    with transaction():
        card = locked_card(village.id, card_id)
        if card.state is CardState.ACTIVE:
            _mark_lost(village, card, actor)


def replace_card(village: Place, card_id: int, actor: Actor, key: str) -> dict[str, Any]:
    """End a card at once and give its household a new one with its name and last day, without a PIN.

    A last day that has passed is not taken over. Gives {"card": the new one's id}. Raises NotFoundError,
    CardExistsError when it was replaced before, TooManyCardsError.
    """

    def act() -> dict[str, Any]:
        lock_place(village.id)
        old = locked_card(village.id, card_id)
        new_number = session().scalar(
            select(Card.number).where(Card.village_id == village.id, Card.replaces == old.serial)
        )
        if new_number is not None:
            raise CardExistsError(f"这张卡已经补过了，新卡号是 {new_number}。")
        if old.state is CardState.ACTIVE:
            _mark_lost(village, old, actor)
        household = locked_household(village.id, old.household_id)
        _check_room(village.id, old.household_id)
        expires_on = None if old.expired_on(clock.today()) else old.expires_on
        [new] = _issue(village, [_Wanted(household, old.name, expires_on, old.serial)], actor)
        return {"card": new.id}

    return ledger.submit(village, key, "cards.replace", {"card": card_id}, actor, act)


def _clean_card_name(name: str) -> str:
    return clean_text(name, what="卡名", length_max=NAME_LENGTH_MAX, field="name")


def _households_to_serve(village_id: int, wanted: list[int] | None) -> list[Household]:
    """The households to get a card, by serial. Raises NotFoundError, CardExistsError."""
    holders = queries.holders(village_id)
    query: Select[Household] = select(Household).where(
        Household.village_id == village_id, Household.closed_on.is_(None)
    )
    if wanted is None:
        query = query.where(Household.id.not_in(holders))
        return list(session().scalars(query.order_by(Household.serial)))
    found = list(session().scalars(query.where(Household.id.in_(wanted)).order_by(Household.serial)))
    if len(found) != len(wanted):
        raise NotFoundError("有的户不在名册上或已经销户。请返回列表重新选择。")
    holder = session().scalar(holders.where(Card.household_id.in_(wanted)).limit(1))
    if holder is not None:
        number = session().get_one(Household, holder).number
        raise CardExistsError(f"户号{number}已经有能用的卡。卡丢了请先挂失，再补卡；要多一张，请到这户的卡片页再发。")
    return found


def _check_room(village_id: int, household_id: int) -> None:
    """Raises TooManyCardsError when one more would be too many; the village is locked."""
    if len(queries.working_cards(village_id, household_id)) >= CARDS_PER_HOUSEHOLD_MAX:
        raise TooManyCardsError(
            f"一户最多 {CARDS_PER_HOUSEHOLD_MAX} 张能用的卡。请先挂失一张不用的，再发新的。", field="name"
        )


def _issue(village: Place, wanted: Sequence[_Wanted], actor: Actor) -> list[Card]:
    """New cards under the next serials; the village is locked."""
    last = session().scalar(select(func.max(Card.serial)).where(Card.village_id == village.id)) or 0
    cards = []
    for serial, one in enumerate(wanted, start=last + 1):
        token = new_token()
        card = Card(
            village_id=village.id,
            household_id=one.household.id,
            serial=serial,
            number=queries.number_of(serial),
            token_sealed=vault().seal(token),
            token_digest=vault().digest(token),
            state=CardState.ACTIVE,
            issued_at=clock.now(),
            name=one.name,
            expires_on=one.expires_on,
            replaces=one.replaces,
        )
        cards.append(card)
        called = f" {one.name}" if one.name else ""
        audit.record(village.id, actor, "card.issue", f"card:{serial}", f"户号{one.household.number}{called}")
    session().add_all(cards)
    session().flush()
    return cards


def locked_household(village_id: int, household_id: int, *, closed_too: bool = False) -> Household:
    """A household of this village, locked; an open one unless closed ones are wanted too. Raises NotFoundError."""
    household = session().scalar(
        select(Household)
        .where(Household.id == household_id, Household.village_id == village_id)
        .with_for_update(key_share=True)
    )
    if household is None or (household.closed_on is not None and not closed_too):
        raise NotFoundError("这一户不在名册上或已经销户。请返回列表重新选择。")
    return household


def locked_card(village_id: int, card_id: int) -> Card:
    """A card of this village, locked. Raises NotFoundError."""
    card = session().scalar(
        select(Card)
        .where(Card.id == card_id, Card.village_id == village_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if card is None:
        raise NotFoundError("没有找到这张卡。请返回卡片列表重新选择。")
    return card


def _mark_lost(village: Place, card: Card, actor: Actor) -> None:
    """The card and every session opened with it end at once."""
    card.state, card.lost_at = CardState.LOST, clock.now()
    session().flush()
    close_sessions(VillagerSession.card_id == card.id)
    audit.record(village.id, actor, "card.lost", f"card:{card.serial}", f"卡号{card.number}")
