"""Reading cards: finding one by what is shown to a scanner, lists for the desk, the state of a PIN."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload
from stdnum import damm

from pointsbank.access import tries
from pointsbank.cards.models import Card, CardState
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
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class HouseholdCard:
    """A line of the desk's list: a household with the card that works, if it has one."""

    household: Household
    card: Card | None


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
    """The working card of this village with this QR text or number; None for anything else."""
    wanted = _shown(village, presented)
    return _working_card(village.id, wanted) if wanted is not None else None


def card_known(village: Place, presented: str) -> Card | None:
    """The same, lost cards and those of closed households too: the desk is told why one does not work."""
    wanted = _shown(village, presented)
    if wanted is None:
        return None
    query = select(Card).options(joinedload(Card.household)).where(Card.village_id == village.id, wanted)
    return session().scalar(query)


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


def card_of_household(village_id: int, household_id: int) -> Card | None:
    """The card of a household that works."""
    return _working_card(village_id, Card.household_id == household_id)


def _working_card(village_id: int, wanted: ColumnElement[bool]) -> Card | None:
    return session().scalar(
        select(Card)
        .join(Card.household)
        .options(joinedload(Card.household))
        .where(Card.village_id == village_id, wanted, Card.state == CardState.ACTIVE, Household.closed_on.is_(None))
    )


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
        .where(Card.village_id == village_id, Card.state == CardState.ACTIVE, Household.closed_on.is_(None))
        .order_by(Group.number, Household.serial)
    )
    if card_ids is not None:
        query = query.where(Card.id.in_(list(card_ids)))
    return session().scalars(query).all()


def households_with_cards(
    village_id: int, *, only: CardFilter, words: str, after: int, limit: int
) -> list[HouseholdCard]:
    """Open households by serial with the card that works, a page by key: pass the last serial as after.

    words: household number, card number or part of the head's name.
    """
    active = and_(Card.household_id == Household.id, Card.state == CardState.ACTIVE)
    query = (
        select(Household, Card)
        .outerjoin(Card, active)
        .options(joinedload(Household.group))
        .where(Household.village_id == village_id, Household.closed_on.is_(None), Household.serial > after)
        .order_by(Household.serial)
        .limit(limit)
    )
    if only is CardFilter.WITHOUT:
        query = query.where(Card.id.is_(None))
    elif only is CardFilter.WITH_PIN:
        query = query.where(Card.pin_hash.is_not(None))
    elif only is CardFilter.LOST:
        lost = select(Card.household_id).where(Card.village_id == village_id, Card.state == CardState.LOST)
        query = query.where(Card.id.is_(None), Household.id.in_(lost))
    if words:
        wanted = unicodedata.normalize("NFKC", words).strip()
        query = query.where(
            or_(
                Household.number == wanted,
                Card.number == wanted,
                Household.head_name.contains(wanted, autoescape=True),
            )
        )
    return [HouseholdCard(household, found) for household, found in session().execute(query)]


def households_without_card(village_id: int) -> int:
    """How many open households have no card that works."""
    active = select(Card.household_id).where(Card.village_id == village_id, Card.state == CardState.ACTIVE)
    query = select(func.count()).where(
        Household.village_id == village_id, Household.closed_on.is_(None), Household.id.not_in(active)
    )
    return session().scalar(query) or 0


def pin_subject(village: Place, household_serial: int) -> str:
    """Under what the tries of a household's PIN are counted."""
    return f"pin:{village.code}/{household_serial}"


def pin_state(village: Place, household: Household) -> PinState:
    """Why a PIN is refused just now: for the desk, never for the kiosk."""
    subject = pin_subject(village, household.serial)
    made = tries.tries_within(subject, PIN_WAIT)
    locked = tries.is_locked(subject, tries_max=PIN_TRIES_PER_DAY_MAX, within=PIN_DAY)
    return PinState(made, made >= PIN_TRIES_MAX, locked)
