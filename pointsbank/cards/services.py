"""Writes of cards: issue, report lost, PIN, and the villager's session at a kiosk."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update

from pointsbank.access import tries
from pointsbank.access.models import Device
from pointsbank.access.services import hash_secret, secret_matches
from pointsbank.audit import services as audit
from pointsbank.cards import queries
from pointsbank.cards.errors import CardExistsError, CardLostError, PinLockedError, WeakPinError, WrongPinError
from pointsbank.cards.models import Card, CardState, VillagerSession
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, table_of, transaction
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.identifiers import new_token
from pointsbank.foundation.secrets import vault
from pointsbank.ledger import services as ledger
from pointsbank.people.models import Household
from pointsbank.places.models import Place

SESSION_IDLE = timedelta(minutes=5)  # the screen asks after 90 s; this is for a screen that was switched off
_PIN = re.compile(r"[0-9]{6}")


# --- cards ---


def issue_cards(village: Place, household_ids: Iterable[int] | None, actor: Actor, key: str) -> dict[str, Any]:
    """Give a card to these households, with None to every open household that has none.

    Gives {"issued": how many, "cards": their ids}. Raises NotFoundError, CardExistsError when a household that was
    named has a card already.
    """
    wanted = None if household_ids is None else sorted(set(household_ids))

    def act() -> dict[str, Any]:
        _lock_village(village.id)
        cards = _issue(village, _households_to_serve(village.id, wanted), actor)
        return {"issued": len(cards), "cards": [card.id for card in cards]}

    return ledger.submit(village, key, "cards.issue", {"households": wanted}, actor, act)


def report_lost(village: Place, card_id: int, actor: Actor) -> None:
    """From now on the card opens nothing. A second report changes nothing. Raises NotFoundError."""
    with transaction():
        card = _locked_card(village.id, card_id)
        if card.state is CardState.ACTIVE:
            _mark_lost(village, card, actor)


def replace_card(village: Place, card_id: int, actor: Actor, key: str) -> dict[str, Any]:
    """Report a card lost and give its household a new one, without a PIN. Gives {"card": the new one's id}.

    Raises NotFoundError, CardExistsError when the household got a new one already.
    """

    def act() -> dict[str, Any]:
        _lock_village(village.id)
        old = _locked_card(village.id, card_id)
        if old.state is CardState.ACTIVE:
            _mark_lost(village, old, actor)
        [new] = _issue(village, _households_to_serve(village.id, [old.household_id]), actor)
        return {"card": new.id}

    return ledger.submit(village, key, "cards.replace", {"card": card_id}, actor, act)


def _lock_village(village_id: int) -> None:
    """New serials are taken one after the other."""
    session().execute(select(Place.id).where(Place.id == village_id).with_for_update(key_share=True))


def _households_to_serve(village_id: int, wanted: list[int] | None) -> list[Household]:
    """The households to get a card, by serial. Raises NotFoundError, CardExistsError."""
    holders = select(Card.household_id).where(Card.village_id == village_id, Card.state == CardState.ACTIVE)
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
        raise CardExistsError(f"户号{number}已经有一张能用的卡。卡丢了请先挂失，再补卡。")
    return found


def _issue(village: Place, households: Sequence[Household], actor: Actor) -> list[Card]:
    """New cards under the next serials; the village is locked."""
    last = session().scalar(select(func.max(Card.serial)).where(Card.village_id == village.id)) or 0
    cards = []
    for serial, household in enumerate(households, start=last + 1):
        token = new_token()
        card = Card(
            village_id=village.id,
            household_id=household.id,
            serial=serial,
            number=queries.number_of(serial),
            token_sealed=vault().seal(token),
            token_digest=vault().digest(token),
            state=CardState.ACTIVE,
            issued_at=clock.now(),
        )
        cards.append(card)
        audit.record(village.id, actor, "card.issue", f"card:{serial}", f"户号{household.number}")
    session().add_all(cards)
    session().flush()
    return cards


def _locked_card(village_id: int, card_id: int) -> Card:
    card = session().scalar(select(Card).where(Card.id == card_id, Card.village_id == village_id).with_for_update())
    if card is None:
        raise NotFoundError("没有找到这张卡。请返回卡片列表重新选择。")
    return card


def _mark_lost(village: Place, card: Card, actor: Actor) -> None:
    """The card and every session opened with it end at once."""
    card.state, card.lost_at = CardState.LOST, clock.now()
    session().flush()
    _close_sessions(VillagerSession.card_id == card.id)
    audit.record(village.id, actor, "card.lost", f"card:{card.serial}", f"卡号{card.number}")


# --- PIN ---


def set_pin(village: Place, card_id: int, pin: str, actor: Actor) -> None:
    """Set the six digits that the household chose at the desk; wrong tries before it are forgotten.

    Raises WeakPinError, CardLostError, NotFoundError.
    """
    pin = unicodedata.normalize("NFKC", pin).strip()
    if not _PIN.fullmatch(pin):
        raise WeakPinError("密码要六位数字。", field="pin")
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, -1}:
        raise WeakPinError("这个密码太容易猜，请不要用相同或连着的数字。", field="pin")
    pin_hash = hash_secret(pin)
    with transaction():
        card = _locked_card(village.id, card_id)
        if card.state is not CardState.ACTIVE:
            raise CardLostError
        card.pin_hash = pin_hash
        tries.forget_tries(queries.pin_subject(village, card.household.serial))
        audit.record(village.id, actor, "card.pin", f"card:{card.serial}", f"卡号{card.number}")


def unlock(village: Place, card_id: int, actor: Actor) -> None:
    """The desk has seen the person: wrong tries are forgotten. Raises NotFoundError."""
    with transaction():
        card = _locked_card(village.id, card_id)
        tries.forget_tries(queries.pin_subject(village, card.household.serial))
        audit.record(village.id, actor, "card.unlock", f"card:{card.serial}", f"卡号{card.number}")


def check_pin(village: Place, household_id: int | None, pin: str, actor: Actor, *, presented: str = "") -> None:
    """Nothing when this is the PIN of the household's card; takes one slow hash, outside every transaction.

    household_id: None when what was shown or typed (presented) belongs to no household: it is counted and answered
    in the same way. Raises WrongPinError, WaitBeforeNextTryError after 5 wrong ones in 15 minutes, PinLockedError
    after 15 in a day until the desk resets it.
    """
    household = session().get(Household, household_id) if household_id is not None else None
    if household is not None and household.village_id == village.id:
        subject = queries.pin_subject(village, household.serial)
    else:
        household, subject = None, f"pin:{village.code}/?{vault().digest(ascii(presented)).hex()}"
    _count_pin_try(subject)
    card = queries.card_of_household(village.id, household.id) if household else None
    if not secret_matches(card.pin_hash if card else None, pin if _PIN.fullmatch(pin) else ""):
        serial = household.serial if household else 0
        audit.record_refusal(village.id, actor, "card.pin_try", f"household:{serial}", "")
        raise WrongPinError
    tries.forget_tries(subject)


def _count_pin_try(subject: str) -> None:
    """In a transaction of its own, before anything is looked at, so that 64 at once count as 64."""
    with transaction():
        tries.wait_for_turn(subject)
        if tries.is_locked(subject, tries_max=queries.PIN_TRIES_PER_DAY_MAX, within=queries.PIN_DAY):
            raise PinLockedError
        minutes = int(queries.PIN_WAIT.total_seconds() // 60)
        tries.count_try(
            subject,
            tries_max=queries.PIN_TRIES_MAX,
            within=queries.PIN_WAIT,
            message=f"输错次数太多，请等 {minutes} 分钟再试，或到办公室办理。",
        )


# --- a villager at a kiosk ---


def open_session(device: Device, household_id: int, card: Card | None, *, with_pin: bool) -> VillagerSession:
    """Begin a villager's session at a kiosk and end the one before it. Raises NotFoundError.

    card: what was scanned; None when the household number was tapped.
    """
    with transaction() as current:
        household = current.get(Household, household_id)
        if household is None or household.village_id != device.village_id or household.closed_on is not None:
            raise NotFoundError
        _close_sessions(VillagerSession.device_id == device.id)
        opened = VillagerSession(
            village_id=device.village_id,
            device_id=device.id,
            household_id=household.id,
            card_id=card.id if card else None,
            with_pin=with_pin,
            opened_at=clock.now(),
            expires_at=clock.now() + SESSION_IDLE,
        )
        current.add(opened)
        current.flush()
        how = "刷卡" if card else "点户号"
        audit.record(device.village_id, device.actor, "session.open", f"household:{household.serial}", how)
    return opened


def session_of(device: Device) -> VillagerSession | None:
    """The villager's session at a kiosk, kept alive; None when there is none or it has stood idle too long."""
    now = clock.now()
    open_ = (
        VillagerSession.device_id == device.id,
        VillagerSession.closed_at.is_(None),
        VillagerSession.expires_at > now,
    )
    found = session().scalar(select(VillagerSession).where(*open_))
    if found is not None and found.expires_at - now < SESSION_IDLE / 2:  # or every page would be a write
        with transaction() as current:
            found = current.scalar(select(VillagerSession).where(*open_).with_for_update())
            if found is not None:
                found.expires_at = now + SESSION_IDLE
    return found


def confirm_pin(opened: VillagerSession) -> None:
    """The PIN was right: it is not asked again in this session."""
    with transaction() as current:
        current.get_one(VillagerSession, opened.id).with_pin = True


def close_session(device: Device) -> None:
    """The villager is done, or has gone."""
    with transaction():
        _close_sessions(VillagerSession.device_id == device.id)


def _close_sessions(which: ColumnElement[bool]) -> None:
    table = table_of(VillagerSession)
    session().execute(update(table).where(which, VillagerSession.closed_at.is_(None)).values(closed_at=clock.now()))
