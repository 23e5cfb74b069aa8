"""Writes about residents: adding, editing, closing, moving to another household."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import transaction
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.names import clean_name, pinyin_of
from pointsbank.foundation.secrets import vault
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.people.errors import ClosedError, HeadNeededError, ResidentKnownError, StaleEditError
from pointsbank.people.models import Household, Residence, Resident, Sex
from pointsbank.people.services.values import (
    HEAD,
    NOTE_LENGTH_MAX,
    PINYIN_LENGTH_MAX,
    RELATION_LENGTH_MAX,
    check_born_on,
    clean_number,
    clean_paid_post,
    clean_phone,
    number_key,
    parse_id_number,
)
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

LABELS = {
    "name": "姓名",
    "relation": "与户主关系",
    "sex": "性别",
    "born_on": "出生日期",
    "phone": "联系电话",
    "residence": "居住状态",
    "party_member": "党员",
    "paid_post": "有报酬岗位",
    "note": "备注",
}


@dataclass(frozen=True, slots=True)
class ResidentDetails:
    """What is written down of a person. id_number: whole, None leaves the stored one; party_member: None unknown."""

    name: str
    relation: str = ""
    sex: Sex | None = None
    born_on: date | None = None
    id_number: str | None = None
    phone: str = ""
    residence: Residence = Residence.RESIDENT
    party_member: bool | None = None
    note: str = ""
    paid_post: str = ""  # 村干部, 网格员 …: what its holder is paid for


def details_of(resident: Resident) -> ResidentDetails:
    """The details as stored, without the ID number."""
    return ResidentDetails(**{name: getattr(resident, name) for name in LABELS})


def checked(details: ResidentDetails) -> ResidentDetails:
    """The details as they are stored; what the ID number tells is filled in.

    Raises InvalidInputError with the name of the detail as its field, also when the ID number says otherwise.
    """
    born_on, sex, number = details.born_on, details.sex, details.id_number
    if born_on is not None:
        check_born_on(born_on)
    if number:
        told = parse_id_number(number)
        number = told.number
        if born_on not in (None, told.born_on):
            raise InvalidInputError(f"出生日期与身份证号上的 {told.born_on} 不一致，请核对。", field="born_on")
        if sex not in (None, told.sex):
            raise InvalidInputError("性别与身份证号不一致，请核对。", field="sex")
        born_on, sex = told.born_on, told.sex
    return replace(
        details,
        name=clean_name(details.name, field="name"),
        relation=clean_text(details.relation, what="与户主关系", length_max=RELATION_LENGTH_MAX, field="relation"),
        sex=sex,
        born_on=born_on,
        id_number=number or None,
        phone=clean_phone(details.phone),
        paid_post=clean_paid_post(details.paid_post),
        note=clean_text(details.note, what="备注", length_max=NOTE_LENGTH_MAX, field="note"),
    )


def write_details(resident: Resident, details: ResidentDetails) -> list[str]:
    """Put checked details into a row; gives the names of what changed."""
    changed = [name for name in LABELS if getattr(resident, name) != getattr(details, name)]
    for name in changed:
        setattr(resident, name, getattr(details, name))
    if "name" in changed:
        pinyin, resident.initials = pinyin_of(details.name)
        resident.pinyin = pinyin[:PINYIN_LENGTH_MAX]  # 40 characters can have more letters; nobody types them all
    if details.id_number is not None:
        digest = vault().digest(details.id_number)
        if digest != resident.id_number_digest:
            resident.id_number_digest, resident.id_number_sealed = digest, vault().seal(details.id_number)
            changed.append("id_number")
    return changed


def new_resident(village_id: int, household_id: int, serial: int, details: ResidentDetails) -> Resident:
    """A row for a person with checked details, not yet in the session."""
    resident = Resident(village_id=village_id, household_id=household_id, serial=serial, created_at=clock.now())
    write_details(resident, details)
    return resident


def last_resident_serial(session: Session, village_id: int) -> int:
    """The highest serial given to a resident of the village, 0 if none."""
    return session.scalar(select(func.max(Resident.serial)).where(Resident.village_id == village_id)) or 0


def add_resident(village: Place, household_id: int, details: ResidentDetails, actor: Actor, key: str) -> Resident:
    """Add a person to a household, once per key.

    Raises InvalidInputError, ResidentKnownError, ClosedError, HeadNeededError for a second head.
    """
    details = checked(details)

    def act() -> dict[str, Any]:
        with transaction() as session:
            lock_place(village.id)
            household = _open_household(session, village, household_id)
            if details.relation == HEAD:
                raise HeadNeededError("这户已经有户主。要换户主，请先添加，再用“换户主”。", field="relation")
            _refuse_known(session, village, household, details)
            serial = last_resident_serial(session, village.id) + 1
            session.add(new_resident(village.id, household.id, serial, details))
            audit.record(village.id, actor, "resident.add", f"resident:{serial}", household.number)
            return {"serial": serial}

    content = {"household": household_id, "name": details.name, "born_on": str(details.born_on)}
    with transaction() as session:
        result = ledger.submit(village, key, "people.add_resident", content, actor, act)
        query = select(Resident).where(Resident.village_id == village.id, Resident.serial == result["serial"])
        return session.scalars(query).one()


def edit_resident(village: Place, resident_id: int, details: ResidentDetails, version: int, actor: Actor) -> Resident:
    """Write new details over those that the person saw (version). A head stays head; see change_head.

    Raises InvalidInputError, StaleEditError, ResidentKnownError, HeadNeededError, ClosedError, NotFoundError.
    """
    details = checked(details)
    with transaction() as session:
        lock_place(village.id)
        resident = _open_resident(session, village, resident_id, version)
        is_head = resident.relation == HEAD
        if is_head != (details.relation == HEAD):
            raise HeadNeededError("户主要用“换户主”来改，这里不能直接改。", field="relation")
        if details.id_number is None and resident.id_number_sealed is not None:
            details = checked(replace(details, id_number=vault().open(resident.id_number_sealed)))
        _refuse_known(session, village, resident.household, details, except_id=resident.id)
        changed = write_details(resident, details)
        if is_head:
            resident.household.head_name = resident.name
        if changed:
            told = "、".join(LABELS.get(name, "身份证号") for name in changed)
            audit.record(village.id, actor, "resident.edit", f"resident:{resident.serial}", told)
        return resident


def close_resident(village: Place, resident_id: int, version: int, actor: Actor) -> Resident:
    """Take a person off the roster (moved away, died); the row stays. Raises HeadNeededError, StaleEditError."""
    with transaction() as session:
        lock_place(village.id)
        resident = _open_resident(session, village, resident_id, version)
        if resident.relation == HEAD:
            raise HeadNeededError("户主不能直接注销。请先换户主，或注销整户。")
        resident.closed_on = clock.today()
        audit.record(village.id, actor, "resident.close", f"resident:{resident.serial}")
        return resident


def reopen_resident(village: Place, resident_id: int, actor: Actor) -> Resident:
    """Put a person back on the roster. Raises ClosedError, ResidentKnownError, NotFoundError."""
    with transaction() as session:
        lock_place(village.id)
        resident = resident_in(session, village, resident_id)
        if resident.household.closed_on is not None:
            raise ClosedError("这一户已经注销，请先恢复这一户。")
        if resident.closed_on is not None:
            _refuse_same_id(session, village, resident.id_number_digest, resident.id)
            resident.closed_on = None
            audit.record(village.id, actor, "resident.reopen", f"resident:{resident.serial}")
        return resident


def move_resident(
    village: Place, resident_id: int, household_number: str, relation: str, version: int, actor: Actor
) -> Resident:
    """Move a person to another household of the village. Points stay where they were earned.

    Raises InvalidInputError, HeadNeededError, StaleEditError, ClosedError.
    """
    wanted = number_key(clean_number(household_number, field="household"))
    relation = clean_text(relation, what="与户主关系", length_max=RELATION_LENGTH_MAX, field="relation")
    with transaction() as session:
        lock_place(village.id)
        resident = _open_resident(session, village, resident_id, version)
        households = session.scalars(select(Household).where(Household.village_id == village.id))
        target = next((household for household in households if number_key(household.number) == wanted), None)
        if target is None:
            raise InvalidInputError("没有这个户编号，请核对。", field="household")
        if target.closed_on is not None:
            raise ClosedError("这个户编号已经注销，不能迁入。", field="household")
        if HEAD in (resident.relation, relation):
            raise HeadNeededError("户主不能直接迁走，迁入的人也不能直接当户主。请用“换户主”。", field="relation")
        details = replace(details_of(resident), relation=relation)
        _refuse_known(session, village, target, details, except_id=resident.id)
        before = resident.household.number
        resident.household, resident.relation = target, relation
        moved = f"{before} → {target.number}"
        audit.record(village.id, actor, "resident.move", f"resident:{resident.serial}", moved)
        return resident


# --- under the lock -----------------------------------------------------------------------------------------------


def resident_in(session: Session, village: Place, resident_id: int) -> Resident:
    """A resident of the village. Raises NotFoundError."""
    query = select(Resident).where(Resident.id == resident_id, Resident.village_id == village.id)
    resident = session.scalar(query)
    if resident is None:
        raise NotFoundError
    return resident


def _open_resident(session: Session, village: Place, resident_id: int, version: int) -> Resident:
    resident = resident_in(session, village, resident_id)
    if resident.version != version:
        raise StaleEditError
    if resident.closed_on is not None:
        raise ClosedError("这个人已经注销。请先恢复再改。")
    return resident


def _open_household(session: Session, village: Place, household_id: int) -> Household:
    query = select(Household).where(Household.id == household_id, Household.village_id == village.id)
    household = session.scalar(query)
    if household is None:
        raise NotFoundError
    if household.closed_on is not None:
        raise ClosedError("这一户已经注销，不能再添加人。请先恢复这一户。")
    return household


def _refuse_known(
    session: Session, village: Place, household: Household, details: ResidentDetails, *, except_id: int | None = None
) -> None:
    """Refuse the same ID number anywhere in the village, and the same name and birth date in one household."""
    if details.id_number is not None:
        _refuse_same_id(session, village, vault().digest(details.id_number), except_id)
    twin = session.scalar(
        select(Resident.id).where(
            Resident.household_id == household.id,
            Resident.name == details.name,
            Resident.born_on == details.born_on,
            Resident.closed_on.is_(None),
            Resident.id != (except_id or 0),
        )
    )
    if twin is not None:
        raise ResidentKnownError(
            f"{household.number} 户已经有{details.name}了。真是两个人，请填上出生日期。", field="name"
        )


def _refuse_same_id(session: Session, village: Place, digest: bytes | None, except_id: int | None) -> None:
    if digest is None:
        return
    other = session.scalar(
        select(Resident).where(
            Resident.village_id == village.id,
            Resident.id_number_digest == digest,
            Resident.closed_on.is_(None),
            Resident.id != (except_id or 0),
        )
    )
    if other is not None:
        place = f"{other.household.number} 户的{other.name}"
        raise ResidentKnownError(f"这个身份证号已经登记给{place}，请核对。", field="id_number")
