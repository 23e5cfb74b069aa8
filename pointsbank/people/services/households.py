"""Writes about households: adding with accounts and opening points, editing, head, consent, closing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import transaction
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import queries as book
from pointsbank.ledger import services as ledger
from pointsbank.ledger.booking import Source
from pointsbank.people.errors import ClosedError, HeadNeededError, NumberTakenError, StaleEditError
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.residents import (
    ResidentDetails,
    checked,
    last_resident_serial,
    new_resident,
    reopen_resident,
    resident_in,
)
from pointsbank.people.services.values import (
    FORMER_HEAD,
    HEAD,
    NOTE_LENGTH_MAX,
    RELATION_LENGTH_MAX,
    clean_number,
    number_key,
)
from pointsbank.places import queries as places
from pointsbank.places import services as place_services
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place


def add_household(
    village: Place, number: str, group_number: int, head: ResidentDetails, actor: Actor, key: str, *, note: str = ""
) -> Household:
    """Add a household with its head, its accounts and the opening points of the village's policy, once per key.

    Raises InvalidInputError and NumberTakenError with the form's field, and what add_resident raises.
    """
    number = clean_number(number)
    note = clean_text(note, what="备注", length_max=NOTE_LENGTH_MAX, field="note")
    head = checked(replace(head, relation=HEAD))

    def act() -> dict[str, Any]:
        with transaction() as session:
            lock_place(village.id)
            _refuse_taken(session, village, number)
            group = place_services.ensure_group(village.id, group_number, actor)
            household = new_household(village.id, next_serial(session, village.id), number, group.id)
            household.head_name, household.note = head.name, note
            resident_serial = last_resident_serial(session, village.id) + 1
            session.add_all([household, new_resident(village.id, household.id, resident_serial, head)])
            session.flush()
            open_books(village, [household], actor, key)
            audit.record(village.id, actor, "household.add", f"household:{household.serial}", number)
            return {"serial": household.serial}

    content = {"number": number, "group": group_number, "head": head.name, "note": note}
    with transaction() as session:
        result = ledger.submit(village, key, "people.add_household", content, actor, act)
        query = select(Household).where(Household.village_id == village.id, Household.serial == result["serial"])
        return session.scalars(query).one()


def edit_household(
    village: Place, household_id: int, number: str, group_number: int, note: str, version: int, actor: Actor
) -> Household:
    """Write number, group and note over those that the person saw (version).

    Raises InvalidInputError, NumberTakenError, StaleEditError, ClosedError, NotFoundError.
    """
    number = clean_number(number)
    note = clean_text(note, what="备注", length_max=NOTE_LENGTH_MAX, field="note")
    with transaction() as session:
        lock_place(village.id)
        household = _current(session, village, household_id, version)
        _refuse_taken(session, village, number, except_id=household.id)
        group = place_services.ensure_group(village.id, group_number, actor)
        before = f"{household.group.name} {household.number}"
        household.number, household.group, household.note = number, group, note
        audit.record(
            village.id, actor, "household.edit", f"household:{household.serial}", f"{before} → {group.name} {number}"
        )
        return household


def change_head(
    village: Place, household_id: int, resident_id: int, former_relation: str, version: int, actor: Actor
) -> Household:
    """Make another member the head; former_relation: what the head until now is to the new one, "" for 原户主.

    Raises HeadNeededError if the person is no open member, StaleEditError, ClosedError, NotFoundError.
    """
    relation = clean_text(former_relation, what="与户主关系", length_max=RELATION_LENGTH_MAX, field="former_relation")
    if relation == HEAD:
        raise InvalidInputError("原户主的新关系不能还是户主。", field="former_relation")
    with transaction() as session:
        lock_place(village.id)
        household = _current(session, village, household_id, version)
        resident = resident_in(session, village, resident_id)
        if resident.household_id != household.id or resident.closed_on is not None:
            raise HeadNeededError("新户主要从这一户现在的成员里选。", field="resident")
        make_head(household, resident, relation)
        audit.record(village.id, actor, "household.head", f"household:{household.serial}", resident.name)
        return household


def make_head(household: Household, resident: Resident, former_relation: str = "") -> None:
    """Under the roster's lock: this member is the head, whoever was it before is not."""
    for member in household.residents:
        if member.relation == HEAD and member is not resident:
            member.relation = former_relation or FORMER_HEAD
    resident.relation = HEAD
    household.head_name = resident.name


def set_name_consent(
    village: Place, household_id: int, consent_on: date | None, version: int, actor: Actor
) -> Household:
    """Note the day on which the household agreed to full names in public, or that it did not or no longer does (None).

    Raises InvalidInputError for a day to come, StaleEditError, ClosedError, NotFoundError.
    """
    if consent_on is not None and not date(2000, 1, 1) <= consent_on <= clock.today():
        raise InvalidInputError("签字日期要在今天或以前，请核对。", field="consent_on")
    with transaction() as session:
        lock_place(village.id)
        household = _current(session, village, household_id, version)
        household.name_consent_on = consent_on
        told = f"同意公开姓名，{consent_on} 签字" if consent_on else "不公开姓名"
        audit.record(village.id, actor, "household.consent", f"household:{household.serial}", told)
        return household


def close_household(village: Place, household_id: int, version: int, actor: Actor) -> Household:
    """Close a household and all who are still in it; its points and history stay.

    Raises ClosedError while points are reserved for an order, StaleEditError, NotFoundError.
    """
    with transaction() as session:
        lock_place(village.id)
        household = _current(session, village, household_id, version)
        if book.balances(village.id, household.serial).held:
            raise ClosedError("这一户还有没领的东西。请先在柜台交付或取消，再注销。")
        today = clock.today()
        for resident in household.residents:
            if resident.closed_on is None:
                resident.closed_on = today
        household.closed_on = today
        audit.record(village.id, actor, "household.close", f"household:{household.serial}", household.number)
        return household


def reopen_household(village: Place, household_id: int, actor: Actor) -> Household:
    """Open a closed household again, with those who were closed with it. Raises ResidentKnownError, NotFoundError."""
    with transaction() as session:
        lock_place(village.id)
        household = household_in(session, village, household_id)
        closed_on, household.closed_on = household.closed_on, None
        if closed_on is not None:
            for resident in household.residents:
                if resident.closed_on == closed_on:
                    reopen_resident(village, resident.id, actor)
            audit.record(village.id, actor, "household.reopen", f"household:{household.serial}", household.number)
        return household


# --- under the lock -----------------------------------------------------------------------------------------------


def next_serial(session: Session, village_id: int) -> int:
    """The serial of the next household of the village; serials are never used twice."""
    return (session.scalar(select(func.max(Household.serial)).where(Household.village_id == village_id)) or 0) + 1


def new_household(village_id: int, serial: int, number: str, group_id: int) -> Household:
    """A row for a household, not yet in the session; its head is written by make_head."""
    return Household(
        id=new_id(),
        village_id=village_id,
        serial=serial,
        number=number,
        group_id=group_id,
        head_name="",
        note="",
        created_at=clock.now(),
    )


def open_books(village: Place, households: Sequence[Household], actor: Actor, key: str) -> None:
    """Open the accounts of new households and book the opening and base points of today's policy. Everything else is
    flushed before, because the ledger's head is locked last."""
    serials = [household.serial for household in households]
    ledger.open_accounts(village, serials)
    policy = places.settings_now(village.id)
    if policy.opening_points or policy.base_points:
        with ledger.booking(village, serials, actor, key) as batch:
            for serial in serials:
                if policy.opening_points:
                    batch.opening(serial, policy.opening_points, Source("household", serial), "开户积分")
                if policy.base_points:
                    batch.grant_base(serial, policy.base_points, Source("household", serial), "基础积分")


def household_in(session: Session, village: Place, household_id: int) -> Household:
    """A household of the village. Raises NotFoundError."""
    query = select(Household).where(Household.id == household_id, Household.village_id == village.id)
    household = session.scalar(query)
    if household is None:
        raise NotFoundError
    return household


def _current(session: Session, village: Place, household_id: int, version: int) -> Household:
    household = household_in(session, village, household_id)
    if household.version != version:
        raise StaleEditError
    if household.closed_on is not None:
        raise ClosedError("这一户已经注销。请先恢复再改。")
    return household


def _refuse_taken(session: Session, village: Place, number: str, *, except_id: int | None = None) -> None:
    key = number_key(number)
    rows = session.execute(
        select(Household.id, Household.number, Household.closed_on).where(Household.village_id == village.id)
    )
    for other_id, other, closed_on in rows:
        if other_id != except_id and number_key(other) == key:
            state = "已经注销的" if closed_on else "已有的"
            raise NumberTakenError(f"户编号“{number}”与{state}“{other}”是同一个，请换一个。", field="number")
