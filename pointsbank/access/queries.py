"""Reading staff, roles and devices."""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from pointsbank.access.models import Device, GroupHead, Role, RoleHeld, Staff
from pointsbank.foundation.actor import Actor, ActorKind
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.places.models import VILLAGE_KINDS, Group, Place


def token_digest(token: str) -> bytes:
    """What is stored of a random token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def staff_by_session_id(session_id: str) -> Staff | None:
    """The person of a session "id.version"; None when the account is closed or the password has changed since."""
    row_id, _, version = session_id.partition(".")
    if not (row_id.isascii() and row_id.isdigit() and version.isascii() and version.isdigit()):
        return None
    staff = session().get(Staff, int(row_id), options=[joinedload(Staff.home)])
    if staff is None or staff.closed_at is not None or staff.session_version != int(version):
        return None
    return staff


def roles_at(staff: Staff, place: Place) -> frozenset[Role]:
    """The roles a person holds at a place, not counting those above it."""
    rows = session().scalars(
        select(RoleHeld.role).where(
            RoleHeld.staff_id == staff.id, RoleHeld.place_id == place.id, RoleHeld.closed_at.is_(None)
        )
    )
    return frozenset(rows)


WHOLE_VILLAGE = frozenset({Role.CLERK, Role.ADMINISTRATOR})  # these work for every group


def heads_of(village_id: int) -> dict[int, list[Group]]:
    """The groups that people head, by the person's id, by number; a group head who is not there heads them all."""
    rows = session().execute(
        select(GroupHead.staff_id, Group)
        .join(Group, Group.id == GroupHead.group_id)
        .where(GroupHead.village_id == village_id, GroupHead.closed_at.is_(None))
        .order_by(Group.number)
    )
    found: dict[int, list[Group]] = {}
    for staff_id, group in rows:
        found.setdefault(staff_id, []).append(group)
    return found


def groups_headed(village_id: int, actor: Actor) -> list[Group] | None:
    """The groups to which a group head's work is tied, by number; None for whoever works for the whole village."""
    if actor.kind is not ActorKind.STAFF or actor.id is None:
        return None
    groups = heads_of(village_id).get(actor.id)
    if not groups:
        return None
    office = session().scalar(
        select(RoleHeld.id)
        .where(
            RoleHeld.staff_id == actor.id,
            RoleHeld.place_id == village_id,
            RoleHeld.closed_at.is_(None),
            RoleHeld.role.in_(WHOLE_VILLAGE),
        )
        .limit(1)
    )
    return None if office is not None else groups


def villages_of(staff: Staff) -> Sequence[Place]:
    """The villages where a person holds a role, by name."""
    return (
        session()
        .scalars(
            select(Place)
            .join(RoleHeld, RoleHeld.place_id == Place.id)
            .where(RoleHeld.staff_id == staff.id, RoleHeld.closed_at.is_(None), Place.kind.in_(VILLAGE_KINDS))
            .distinct()
            .order_by(Place.name)
        )
        .all()
    )


def staff_of(village: Place) -> list[tuple[Staff, list[Role]]]:
    """The people with a role at a village, with their roles there, by serial."""
    rows = session().scalars(
        select(RoleHeld)
        .options(joinedload(RoleHeld.staff))
        .where(RoleHeld.place_id == village.id, RoleHeld.closed_at.is_(None))
        .order_by(RoleHeld.granted_at, RoleHeld.id)
    )
    found: dict[int, tuple[Staff, list[Role]]] = {}
    for held in rows:
        found.setdefault(held.staff_id, (held.staff, []))[1].append(held.role)
    return sorted(found.values(), key=lambda pair: (pair[0].home_id, pair[0].serial))


def staff_at(village: Place, staff_id: int) -> tuple[Staff, frozenset[Role]]:
    """A person with a role at a village, with the roles there. Raises NotFoundError for anybody else."""
    staff = session().get(Staff, staff_id, options=[joinedload(Staff.home)])
    roles = roles_at(staff, village) if staff else frozenset()
    if staff is None or not roles:
        raise NotFoundError
    return staff, roles


def device_by_token(token: str) -> Device | None:
    """The paired, unrevoked device with this token."""
    return session().scalar(
        select(Device)
        .options(joinedload(Device.village))
        .where(Device.token_digest == token_digest(token), Device.revoked_at.is_(None))
    )


def devices_of(village_id: int) -> Sequence[Device]:
    """All devices of a village, the newest first, revoked ones too."""
    return session().scalars(select(Device).where(Device.village_id == village_id).order_by(Device.serial.desc())).all()


OTHER_ACTORS = {ActorKind.HOUSEHOLD: "本户", ActorKind.SYSTEM: "系统"}


def actor_names(keys: Iterable[str]) -> dict[str, str]:
    """Who stands behind actor keys as stored, by name: {"staff:qingxi/3": "文小琴"}; an unknown one as its kind."""
    found: dict[str, str] = {}
    wanted: dict[ActorKind, dict[tuple[str, int], str]] = {ActorKind.STAFF: {}, ActorKind.DEVICE: {}}
    for key in set(keys):
        kind, _, at = key.partition(":")
        code, _, serial = at.partition("/")
        if kind in wanted and serial.isdecimal():
            wanted[ActorKind(kind)][code, int(serial)] = key
        found[key] = OTHER_ACTORS.get(ActorKind(kind), "工作人员") if kind in set(ActorKind) else key
    for kind, named in ((ActorKind.STAFF, Staff), (ActorKind.DEVICE, Device)):
        place_id = Staff.home_id if named is Staff else Device.village_id
        codes, serials = {code for code, _ in wanted[kind]}, {serial for _, serial in wanted[kind]}
        if not codes:
            continue
        rows = session().execute(
            select(Place.code, named.serial, named.name)
            .join(Place, Place.id == place_id)
            .where(Place.code.in_(codes), named.serial.in_(serials))
        )
        found |= {wanted[kind][code, serial]: name for code, serial, name in rows if (code, serial) in wanted[kind]}
    return found
