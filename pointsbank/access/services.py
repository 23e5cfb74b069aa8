"""Staff, roles, sign-in, and pairing of kiosks."""

import secrets
from collections.abc import Collection
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pointsbank.access.errors import (
    LastAdministratorError,
    SamePersonError,
    SecondPersonRoleError,
    SignInNameTakenError,
    WrongPairingCodeError,
    WrongPasswordError,
    WrongSignInError,
)
from pointsbank.access.models import Device, GroupHead, PairingCode, Role, RoleHeld, Staff
from pointsbank.access.queries import roles_at, token_digest
from pointsbank.access.tries import count_try, forget_tries
from pointsbank.audit import services as audit
from pointsbank.audit.models import INSTALLATION
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError, NotAllowedError, NotFoundError
from pointsbank.foundation.identifiers import new_token
from pointsbank.foundation.names import clean_name
from pointsbank.places.models import Group, Place
from pointsbank.places.services import lock_place

PASSWORD_LENGTH_MIN = 8  # characters
PASSWORD_LENGTH_MAX = 200
PAIRING_CODE_MINUTES = 10
WAIT_MINUTES = 15
TRIES_MAX = 5  # wrong passwords of one name within WAIT_MINUTES
PAIRING_TRIES_MAX = 10  # wrong pairing codes of one address within WAIT_MINUTES

_hasher = PasswordHasher()
# A hash to check against when the name is unknown, so that both answers take the same time.
_NOBODY = _hasher.hash(secrets.token_hex(16))


def hash_secret(secret: str) -> str:
    """Argon2 hash of a password or PIN; slow by design (about 100 ms)."""
    return _hasher.hash(secret)


def secret_matches(hashed: str | None, secret: str) -> bool:
    """Whether a secret has this hash; takes as long when there is none."""
    try:
        return _hasher.verify(hashed or _NOBODY, secret) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def made_up_password() -> str:
    """A password that can be read out: four groups of four digits and easily told letters."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(3))


def check_password(password: str) -> None:
    """Raises InvalidInputError for a password that is too short or too long."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise InvalidInputError(f"密码至少 {PASSWORD_LENGTH_MIN} 个字符，请换一个。", field="password")


def add_staff(
    place: Place,
    name: str,
    password: str,
    roles: list[Role],
    actor: Actor,
    sign_in_name: str = "",
    *,
    groups: Collection[Group] = (),
) -> Staff:
    """Make an account with roles at a place. The sign-in name is the name, unless another is given.

    groups: those that a group head heads; none for all of them. Raises InvalidInputError, SignInNameTakenError.
    """
    name = clean_name(name, field="name")
    sign_in_name = clean_name(sign_in_name, what="登录名", field="sign_in_name") if sign_in_name.strip() else name
    check_password(password)
    if not roles:
        raise InvalidInputError("请至少选一个岗位。", field="roles")
    password_hash = hash_secret(password)
    with transaction() as current:
        lock_place(place.id)
        if current.scalar(select(Staff.id).where(Staff.sign_in_name == sign_in_name)) is not None:
            raise SignInNameTakenError(
                f"登录名“{sign_in_name}”已经有人用了，请另取一个，例如在后面加上组别。", field="sign_in_name"
            )
        serial = (current.scalar(select(func.max(Staff.serial)).where(Staff.home_id == place.id)) or 0) + 1
        staff = Staff(
            home_id=place.id,
            serial=serial,
            name=name,
            sign_in_name=sign_in_name,
            password_hash=password_hash,
            created_at=clock.now(),
        )
        current.add(staff)
        current.flush()
        for role in roles:
            current.add(RoleHeld(staff_id=staff.id, place_id=place.id, role=role, granted_at=clock.now()))
        _head_groups(current, staff, place, groups if Role.GROUP_HEAD in roles else ())
        audit.record(place.id, actor, "staff.add", f"staff:{serial}", f"{name} {'、'.join(roles)}{_named(groups)}")
    return staff


def change_roles(
    staff: Staff, place: Place, roles: list[Role], actor: Actor, *, groups: Collection[Group] = ()
) -> None:
    """Make these the person's roles at a place, and these the groups they head: others are closed, new ones granted.

    groups: none for all of them; they count for a group head only. A person without any role left anywhere has their
    account closed and is signed out. Raises LastAdministratorError.
    """
    with transaction() as current:
        lock_place(place.id)
        held = current.scalars(
            select(RoleHeld).where(RoleHeld.staff_id == staff.id, RoleHeld.closed_at.is_(None)).with_for_update()
        ).all()
        here = [row for row in held if row.place_id == place.id]
        for row in here:
            if row.role not in roles:
                row.closed_at = clock.now()
        for role in sorted(set(roles) - {row.role for row in here}):
            current.add(RoleHeld(staff_id=staff.id, place_id=place.id, role=role, granted_at=clock.now()))
        _head_groups(current, staff, place, groups if Role.GROUP_HEAD in roles else ())
        current.flush()
        if any(row.role is Role.ADMINISTRATOR for row in here) and not _has_administrator(current, place):
            raise LastAdministratorError
        if not roles and len(here) == len(held):
            found = current.get_one(Staff, staff.id)
            found.closed_at = clock.now()
            audit.record(place.id, actor, "staff.close", f"staff:{found.serial}", found.name)
        else:
            text = f"{'、'.join(sorted(roles))}{_named(groups)}"
            audit.record(place.id, actor, "staff.roles", f"staff:{staff.serial}", text)


def _head_groups(current: Session, staff: Staff, place: Place, groups: Collection[Group]) -> None:
    """These are the groups that a person heads at a village; what they headed before and is not among them ends."""
    wanted = {group.id for group in groups}
    headed = current.scalars(
        select(GroupHead).where(
            GroupHead.village_id == place.id, GroupHead.staff_id == staff.id, GroupHead.closed_at.is_(None)
        )
    ).all()
    for row in headed:
        if row.group_id not in wanted:
            row.closed_at = clock.now()
    for group_id in sorted(wanted - {row.group_id for row in headed}):
        current.add(GroupHead(village_id=place.id, group_id=group_id, staff_id=staff.id, granted_at=clock.now()))


def _named(groups: Collection[Group]) -> str:
    return f"（{'、'.join(group.name for group in groups)}）" if groups else ""


def close_staff(staff: Staff, place: Place, actor: Actor) -> None:
    """End a person's work at a place; without a role elsewhere the account is closed. Raises LastAdministratorError."""
    change_roles(staff, place, [], actor)


def _has_administrator(current: Session, place: Place) -> bool:
    held = select(RoleHeld.id).where(
        RoleHeld.place_id == place.id, RoleHeld.role == Role.ADMINISTRATOR, RoleHeld.closed_at.is_(None)
    )
    return current.scalar(held.limit(1)) is not None


def change_password(staff: Staff, password: str, actor: Actor) -> None:
    """Set a password; sessions opened with the old one end. Raises InvalidInputError."""
    check_password(password)
    password_hash = hash_secret(password)
    with transaction() as current:
        found = current.get_one(Staff, staff.id)
        found.password_hash = password_hash
        found.session_version += 1
        audit.record(found.home_id, actor, "staff.password", f"staff:{found.serial}")
    forget_tries(_subject(staff))


def change_own_password(staff: Staff, old: str, new: str) -> None:
    """Set one's own password, knowing the old one; wrong old ones count like wrong sign-ins.

    Raises WrongPasswordError, WaitBeforeNextTryError, InvalidInputError.
    """
    _count_password_try(_subject(staff))
    if not secret_matches(staff.password_hash, old):
        raise WrongPasswordError
    change_password(staff, new, staff.actor)


def reset_password(staff: Staff, village: Place, actor: Actor) -> str:
    """Give a person a made-up password, shown once. Raises NotAllowedError for an account of another place."""
    if staff.home_id != village.id:
        raise NotAllowedError(f"这个账号属于{staff.home.name}，请到那里重设密码。")
    password = made_up_password()
    change_password(staff, password, actor)
    return password


def _subject(staff: Staff) -> str:
    return f"sign-in:{staff.sign_in_name}"


def _count_password_try(subject: str) -> None:
    count_try(
        subject,
        tries_max=TRIES_MAX,
        within=timedelta(minutes=WAIT_MINUTES),
        message=f"输错次数太多，请等 {WAIT_MINUTES} 分钟再试，或请管理员重设密码。",
    )


def sign_in(sign_in_name: str, password: str) -> Staff:
    """The person who signs in. Raises WrongSignInError, WaitBeforeNextTryError."""
    staff = _who(sign_in_name, password, "staff.sign_in")
    with transaction():
        audit.record(staff.home_id, staff.actor, "staff.sign_in", f"staff:{staff.serial}")
    return staff


def second_person(village: Place, first: Actor, sign_in_name: str, password: str, roles: Collection[Role]) -> Staff:
    """Another of a village's staff, who stands beside and proves it by name and password; nobody is signed in.

    roles: of which the person must hold one there. Wrong passwords count like wrong sign-ins. Raises WrongSignInError,
    WaitBeforeNextTryError, SamePersonError, SecondPersonRoleError.
    """
    staff = _who(sign_in_name, password, "staff.second")
    if staff.actor.key == first.key:
        raise SamePersonError
    if not roles_at(staff, village) & frozenset(roles):
        audit.record_refusal(village.id, staff.actor, "staff.second", f"staff:{staff.serial}", "")
        raise SecondPersonRoleError
    return staff


def _who(sign_in_name: str, password: str, action: str) -> Staff:
    """The person with this name and password; a refusal is noted as the action."""
    try:
        name = clean_name(sign_in_name)
    except InvalidInputError:
        name = ""  # nobody is called so: counted and refused like a wrong name
    subject = f"sign-in:{name}"
    _count_password_try(subject)
    staff = session().scalar(select(Staff).where(Staff.sign_in_name == name, Staff.closed_at.is_(None)))
    if not secret_matches(staff.password_hash if staff else None, password) or staff is None:
        place = staff.home_id if staff else INSTALLATION
        audit.record_refusal(place, SYSTEM, action, f"staff:{staff.serial if staff else 0}", name)
        raise WrongSignInError
    forget_tries(subject)
    return staff


def make_pairing_code(village: Place, device_name: str, actor: Actor) -> str:
    """An 8-digit code that pairs one browser as the village's kiosk within minutes. Raises InvalidInputError."""
    device_name = device_name.strip()
    if not 1 <= len(device_name) <= 40:
        raise InvalidInputError("请给自助机起个名字，最多 40 个字，例如 超市自助机。", field="device_name")
    with transaction() as current:
        current.execute(delete(PairingCode).where(PairingCode.expires_at < clock.now()))
        code = f"{secrets.randbelow(10**8):08d}"
        current.add(
            PairingCode(
                village_id=village.id,
                code_digest=token_digest(code),
                device_name=device_name,
                made_by=actor.key,
                expires_at=clock.now() + timedelta(minutes=PAIRING_CODE_MINUTES),
            )
        )
        audit.record(village.id, actor, "device.code", "device:new", device_name)
    return code


def pair_with_code(code: str, address: str) -> tuple[Device, str]:
    """Turn a pairing code into a device and its token; the code is used up.

    address: where the browser comes from, to count wrong codes. Raises WrongPairingCodeError, WaitBeforeNextTryError.
    """
    subject = f"pair:{address}"[:120]
    count_try(
        subject,
        tries_max=PAIRING_TRIES_MAX,
        within=timedelta(minutes=WAIT_MINUTES),
        message=f"输错次数太多，请等 {WAIT_MINUTES} 分钟再试。",
    )
    with transaction() as current:
        found = current.scalar(
            select(PairingCode)
            .where(PairingCode.code_digest == token_digest(code), PairingCode.used_at.is_(None))
            .with_for_update()
        )
        if found is None or found.expires_at <= clock.now():
            raise WrongPairingCodeError
        found.used_at = clock.now()
        village = current.get_one(Place, found.village_id)
        device, token = pair_device(village, found.device_name, found.made_by, SYSTEM)
    forget_tries(subject)
    return device, token


def pair_device(village: Place, name: str, paired_by: str, actor: Actor) -> tuple[Device, str]:
    """Make a device of a village; gives it and the token for its cookie, which is stored nowhere else."""
    token = new_token()
    with transaction() as current:
        serial = (current.scalar(select(func.max(Device.serial)).where(Device.village_id == village.id)) or 0) + 1
        device = Device(
            village_id=village.id,
            serial=serial,
            name=name,
            token_digest=token_digest(token),
            paired_at=clock.now(),
            paired_by=paired_by,
        )
        current.add(device)
        current.flush()
        audit.record(village.id, actor, "device.pair", f"device:{serial}", name)
    return device, token


def revoke_device(village: Place, device_id: int, actor: Actor) -> None:
    """End a device: its browser is no kiosk any more. Raises NotFoundError for another village's."""
    with transaction() as current:
        device = current.get(Device, device_id)
        if device is None or device.village_id != village.id:
            raise NotFoundError
        if device.revoked_at is None:
            device.revoked_at = clock.now()
            audit.record(village.id, actor, "device.revoke", f"device:{device.serial}", device.name)
