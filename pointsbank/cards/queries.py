"""Reading cards: finding one by what is shown to a scanner, lists for the desk, the state of a PIN."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload
from stdnum import damm

from pointsbank.access import tries
from pointsbank.cards.errors import (
    CardExpiredError,
    CardLostError,
    CardOfClosedHouseholdError,
    ForeignCardError,
    NoSuchCardError,
)
from pointsbank.cards.models import Card, CardState, Deputy
from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.secrets import vault
from pointsbank.people.models import Household
from pointsbank.places.models import Group, Place

PIN_TRIES_MAX = 5  # wrong ones within PIN_WAIT make the household wait
PIN_WAIT = timedelta(minutes=15)
PIN_TRIES_PER_DAY_MAX = 15  # wrong ones within a day lock the PIN until the desk resets it
PIN_DAY = timedelta(days=1)

SERIAL_DIGITS = 7
_QR = re.compile(r"PB1:([a-z][a-z0-9-]{1,39}):([A-Za-z0-9_-]{43})")
_NUMBER = re.compile(rf"[0-9]{{{SERIAL_DIGITS + 1}}}")


class CardFilter(StrEnum):
    """What the desk's list shows."""

    ALL = "all"
    WITHOUT = "without"
    WITH_PIN = "with_pin"
    SEVERAL = "several"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class HouseholdCards:
    """A line of the desk's list: a household, how many of its cards work, and whether one of them has a PIN."""

    household: Household
    working: int
    with_pin: bool


@dataclass(frozen=True, slots=True)
class PinState:
    """What the desk is told about a household's PIN."""

    tries: int  # wrong ones that count now
    waiting: bool
    locked: bool


def number_of(serial: int) -> str:
    """The number on a card: its serial in seven digits and a check digit (Damm), so that a slip is noticed."""
    digits = f"{serial:0{SERIAL_DIGITS}d}"
    return digits + damm.calc_check_digit(digits)


def qr_text(village: Place, card: Card) -> str:
    """What the QR on a card says: PB1:<village code>:<token>."""
    return f"PB1:{village.code}:{vault().open(card.token_sealed)}"


def card_presented(village: Place, presented: str) -> Card | None:
    """The working card of this village with this QR text or number; None for anything else, whatever it is."""
    wanted = _shown(village, presented)
    if wanted is None:
        return None
    query = select(Card).join(Card.household).options(contains_eager(Card.household))
    return session().scalar(query.where(Card.village_id == village.id, wanted, *_works()))


def card_at_desk(village: Place, presented: str) -> Card | None:
    """The same for the desk, which is told exactly why a card does not work; None for what is no card at all.

    Raises CardLostError, CardExpiredError, CardOfClosedHouseholdError, ForeignCardError, NoSuchCardError.
    """
    wanted = _shown(village, presented)
    query = select(Card).options(joinedload(Card.household)).where(Card.village_id == village.id)
    found = session().scalar(query.where(wanted)) if wanted is not None else None
    if found is None:
        if not is_card_text(presented):
            return None
        raise ForeignCardError if wanted is None else NoSuchCardError
    if found.household.closed_on is not None:
        raise CardOfClosedHouseholdError
    if found.state is CardState.LOST:
        raise CardLostError
    if found.expires_on is not None and found.expired_on(clock.today()):
        raise CardExpiredError(found.expires_on)
    return found


def _shown(village: Place, presented: str) -> ColumnElement[bool] | None:
    """Which card this QR text or number means; None for what is no card of this village."""
    text = unicodedata.normalize("NFKC", presented).strip()
    if qr := _QR.fullmatch(text):
        code, token = qr.groups()
        return Card.token_digest == vault().digest(token) if code == village.code else None
    if _NUMBER.fullmatch(text) and damm.is_valid(text):
        return Card.number == text
    return None


def is_card_text(presented: str) -> bool:
    """Whether this is what a scanner reads from some card, of whatever village."""
    return _QR.fullmatch(unicodedata.normalize("NFKC", presented).strip()) is not None


def is_like_card(presented: str) -> bool:
    """Whether this is what stands on some card, as its QR or as its number."""
    return is_card_text(presented) or _NUMBER.fullmatch(unicodedata.normalize("NFKC", presented).strip()) is not None


def _works() -> tuple[ColumnElement[bool], ...]:
    """What holds of a card that opens something today; Household is joined."""
    return (*_alive(), Household.closed_on.is_(None))


def _alive() -> tuple[ColumnElement[bool], ...]:
    """Neither lost nor expired."""
    return Card.state == CardState.ACTIVE, or_(Card.expires_on.is_(None), Card.expires_on >= clock.today())


def holders(village_id: int) -> Select[int]:
    """The ids of the households that have a card which works."""
    return select(Card.household_id).where(Card.village_id == village_id, *_alive())


def working_cards(village_id: int, household_id: int) -> Sequence[Card]:
    """The cards of a household that work, the first issued first."""
    query = select(Card).join(Card.household).options(contains_eager(Card.household)).order_by(Card.serial)
    found = query.where(Card.village_id == village_id, Card.household_id == household_id, *_works())
    return session().scalars(found).all()


def has_had_pin(village_id: int, household_id: int) -> bool:
    """Whether any card that a household ever had has a PIN: a further one is then set by two of the staff.

    Lost cards count too, or one person could do it alone by replacing the card first.
    """
    query = select(Card.id).where(
        Card.village_id == village_id, Card.household_id == household_id, Card.pin_hash.is_not(None)
    )
    return session().scalar(query.limit(1)) is not None


def card(village_id: int, card_id: int) -> Card:
    """A card of this village, lost ones too. Raises NotFoundError."""
    found = session().get(Card, card_id, options=[joinedload(Card.household).joinedload(Household.group)])
    if found is None or found.village_id != village_id:
        raise NotFoundError("没有找到这张卡。请返回卡片列表重新选择。")
    return found


def cards_of_household(village_id: int, household_id: int) -> Sequence[Card]:
    """All cards that a household ever had, the newest first."""
    return (
        session()
        .scalars(
            select(Card)
            .where(Card.village_id == village_id, Card.household_id == household_id)
            .order_by(Card.serial.desc())
        )
        .all()
    )


def cards_to_print(village_id: int, card_ids: Iterable[int] | None) -> Sequence[Card]:
    """Working cards with their households, by group and household; all of the village with None."""
    query = (
        select(Card)
        .join(Card.household)
        .join(Household.group)
        .options(contains_eager(Card.household).contains_eager(Household.group))
        .where(Card.village_id == village_id, *_works())
        .order_by(Group.number, Household.serial, Card.serial)
    )
    if card_ids is not None:
        query = query.where(Card.id.in_(list(card_ids)))
    return session().scalars(query).all()


def households_with_cards(
    village: Place, *, only: CardFilter, words: str, after: int, limit: int
) -> list[HouseholdCards]:
    """Open households by serial with how many cards work, a page by key: pass the last serial as after.

    words: household number, card number, what a card's QR says, or part of the head's name.
    """
    working, with_pin = func.count(Card.id), func.count(Card.pin_hash)
    query = (
        select(Household.id, working, with_pin)
        .outerjoin(Card, and_(Card.household_id == Household.id, *_alive()))
        .where(Household.village_id == village.id, Household.closed_on.is_(None), Household.serial > after)
        .group_by(Household.id)
        .order_by(Household.serial)
        .limit(limit)
    )
    if only is CardFilter.WITHOUT:
        query = query.having(working == 0)
    elif only is CardFilter.WITH_PIN:
        query = query.having(with_pin > 0)
    elif only is CardFilter.SEVERAL:
        query = query.having(working > 1)
    elif only is CardFilter.LOST:
        ended = select(Card.household_id).where(Card.village_id == village.id)
        query = query.having(working == 0).where(Household.id.in_(ended))
    if words:
        query = query.where(_named(village, words))
    rows = session().execute(query).all()
    households = (
        select(Household).options(joinedload(Household.group)).where(Household.id.in_([row[0] for row in rows]))
    )
    found = {household.id: household for household in session().scalars(households)}
    return [HouseholdCards(found[row_id], count, pins > 0) for row_id, count, pins in rows]


def _named(village: Place, words: str) -> ColumnElement[bool]:
    """Which households are meant by words, or by any card they ever had."""
    wanted = unicodedata.normalize("NFKC", words).strip()
    shown = _shown(village, wanted)
    meant = [Household.number == wanted, Household.head_name.contains(wanted, autoescape=True)]
    if shown is not None:
        meant.append(Household.id.in_(select(Card.household_id).where(Card.village_id == village.id, shown)))
    return or_(*meant)


def households_without_card(village_id: int) -> int:
    """How many open households have no card that works."""
    query = select(func.count()).where(
        Household.village_id == village_id, Household.closed_on.is_(None), Household.id.not_in(holders(village_id))
    )
    return session().scalar(query) or 0


def deputies(village_id: int, household_id: int) -> Sequence[Deputy]:
    """Who may collect for a household now, the first listed first."""
    query = select(Deputy).where(
        Deputy.village_id == village_id, Deputy.household_id == household_id, Deputy.closed_at.is_(None)
    )
    return session().scalars(query.order_by(Deputy.since, Deputy.id)).all()


def pin_subject(village: Place, household_serial: int) -> str:
    """Under what the tries of a household's PIN are counted."""
    return f"pin:{village.code}/{household_serial}"


def pin_state(village: Place, household: Household) -> PinState:
    """Why a PIN is refused just now: for the desk, never for the kiosk."""
    subject = pin_subject(village, household.serial)
    made = tries.tries_within(subject, PIN_WAIT)
    locked = tries.is_locked(subject, tries_max=PIN_TRIES_PER_DAY_MAX, within=PIN_DAY)
    return PinState(made, made >= PIN_TRIES_MAX, locked)
