"""The PIN of a card: set by the household, set anew by two of the staff, counted at every wrong try."""

import re
import unicodedata
from itertools import pairwise

from sqlalchemy import select

from pointsbank.access import tries
from pointsbank.access.models import Staff
from pointsbank.access.services import hash_secret, secret_matches
from pointsbank.audit import services as audit
from pointsbank.cards import queries
from pointsbank.cards.errors import (
    CardExpiredError,
    CardLostError,
    PinLockedError,
    SecondPersonNeededError,
    WeakPinError,
    WrongPinError,
)
from pointsbank.cards.models import CardState
from pointsbank.cards.services.issuing import CARDS_PER_HOUSEHOLD_MAX, locked_card
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor, ActorKind
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.secrets import vault
from pointsbank.people.models import Household
from pointsbank.places.models import Place

_PIN = re.compile(r"[0-9]{6}")
_WAIT_MINUTES = int(queries.PIN_WAIT.total_seconds() // 60)
PIN_WAIT_MESSAGE = f"输错次数太多，请等 {_WAIT_MINUTES} 分钟再试，或到办公室办理。"
PLACE_TRIES_MAX = 20  # wrong PINs of all cards together at one kiosk or by one of the staff, within PIN_WAIT


def set_pin(village: Place, card_id: int, pin: str, actor: Actor, second: Staff | None = None) -> None:
    """Set the six digits that the household chose at the desk; wrong tries before it are forgotten.

    second: another of the staff who stands beside, proved by access.services.second_person; needed when the household
    has or had a PIN (see queries.has_had_pin). Raises WeakPinError, SecondPersonNeededError, CardLostError,
    CardExpiredError, NotFoundError.
    """
    pin = unicodedata.normalize("NFKC", pin).strip()
    if not _PIN.fullmatch(pin):
        raise WeakPinError("密码要六位数字。", field="pin")
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, -1}:
        raise WeakPinError("这个密码太容易猜，请不要用相同或连着的数字。", field="pin")
    pin_hash = hash_secret(pin)
    with transaction() as current:
        card = locked_card(village.id, card_id)
        if card.state is not CardState.ACTIVE:
            raise CardLostError
        if card.expires_on is not None and card.expired_on(clock.today()):
            raise CardExpiredError(card.expires_on)
        current.execute(select(Household.id).where(Household.id == card.household_id).with_for_update(key_share=True))
        is_reset = queries.has_had_pin(village.id, card.household_id)
        if is_reset and (second is None or second.actor.key == actor.key):
            raise SecondPersonNeededError
        card.pin_hash = pin_hash
        tries.forget_tries(queries.pin_subject(village, card.household.serial))
        beside = f"，重设，在场的第二人 {second.name}（{second.actor.key}）" if is_reset and second else ""
        action = "card.pin_reset" if is_reset else "card.pin"
        audit.record(village.id, actor, action, f"card:{card.serial}", f"卡号{card.number}{beside}")


def unlock(village: Place, card_id: int, actor: Actor) -> None:
    """The desk has seen the person: wrong tries are forgotten. Raises NotFoundError."""
    with transaction():
        card = locked_card(village.id, card_id)
        tries.forget_tries(queries.pin_subject(village, card.household.serial))
        audit.record(village.id, actor, "card.unlock", f"card:{card.serial}", f"卡号{card.number}")


def check_pin(
    village: Place,
    household_id: int | None,
    pin: str,
    actor: Actor,
    *,
    presented: str = "",
    card_id: int | None = None,
) -> None:
    """Nothing when this is the PIN of the card that was shown, or with none of any card of the household that works.

    household_id: None when what was shown or typed (presented) belongs to no household: it is counted and answered
    in the same way. A wrong PIN takes one slow hash where a card was shown, else as many as a household may have
    cards, so that not even the time tells what there is; outside every transaction. Wrong ones count against the
    household, wherever they are typed, and against the kiosk or the person at whose counter they are, whosever they
    are: a right one in between takes back nothing but itself there. Raises WrongPinError, WaitBeforeNextTryError
    after 5 wrong ones in 15 minutes, or 20 at one place, PinLockedError after 15 in a day until the desk resets it.
    """
    household = session().get(Household, household_id) if household_id is not None else None
    if household is not None and household.village_id == village.id:
        subject = queries.pin_subject(village, household.serial)
    else:
        household, subject = None, f"pin:{village.code}/?{vault().digest(ascii(presented)).hex()}"
    place = f"pin-at:{actor.key}" if actor.kind in (ActorKind.DEVICE, ActorKind.STAFF) else None
    _count_pin_try(subject, place)
    cards = queries.working_cards(village.id, household.id) if household else []
    by_card = card_id is not None or queries.is_like_card(presented)
    hashes = [card.pin_hash for card in cards if card_id in (None, card.id)]
    if not _is_pin_of(hashes, 1 if by_card else CARDS_PER_HOUSEHOLD_MAX, pin):
        serial = household.serial if household else 0
        audit.record_refusal(village.id, actor, "card.pin_try", f"household:{serial}", "")
        raise WrongPinError
    tries.forget_tries(subject)
    if place:
        tries.take_back_try(place)


def _is_pin_of(hashes: list[str | None], count: int, pin: str) -> bool:
    """Whether one of the hashes is of this PIN; where none is, so many were worked out."""
    typed = pin if _PIN.fullmatch(pin) else ""
    return any(secret_matches(hashed, typed) for hashed in (hashes + [None] * count)[:count])


def _count_pin_try(subject: str, place: str | None) -> None:
    """In a transaction of its own, before anything is looked at, so that 64 at once count as 64.

    The place comes first everywhere, so that two who wait for each other's turn cannot be.
    """
    with transaction():
        if place:
            tries.count_try(place, tries_max=PLACE_TRIES_MAX, within=queries.PIN_WAIT, message=PIN_WAIT_MESSAGE)
        tries.wait_for_turn(subject)
        if tries.is_locked(subject, tries_max=queries.PIN_TRIES_PER_DAY_MAX, within=queries.PIN_DAY):
            raise PinLockedError
        tries.count_try(subject, tries_max=queries.PIN_TRIES_MAX, within=queries.PIN_WAIT, message=PIN_WAIT_MESSAGE)
