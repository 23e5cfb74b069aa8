"""Making places and changing a village's settings."""

import re
from datetime import date

from sqlalchemy import select

from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.names import clean_name
from pointsbank.places import queries
from pointsbank.places.errors import PlaceExistsError, SettingsChangedError
from pointsbank.places.models import Group, Place, PlaceKind, SettingsVersion
from pointsbank.places.settings import VillageSettings

GROUP_NUMBER_MAX = 200
_CODE = re.compile(r"[a-z][a-z0-9-]{1,39}")


def lock_place(place_id: int) -> None:
    """Let one at a time number or change what belongs to a place, until the open transaction ends.

    Households, deeds and whatever else points at the place do not wait.
    """
    session().execute(select(Place.id).where(Place.id == place_id).with_for_update(key_share=True))


def add_place(kind: PlaceKind, code: str, name: str, parent: Place | None, actor: Actor) -> Place:
    """Add a place. code: lower-case letters, digits, hyphens. Raises InvalidInputError, PlaceExistsError."""
    if _CODE.fullmatch(code) is None:
        raise InvalidInputError("代码用小写字母开头，只含小写字母、数字和短横线，例如 qingxi。", field="code")
    name = clean_name(name, what="名称", field="name")
    with transaction() as current:
        if current.scalar(select(Place.id).where(Place.code == code)) is not None:
            raise PlaceExistsError(f"代码“{code}”已经用过了，请换一个。", field="code")
        place = Place(kind=kind, code=code, name=name, parent=parent, created_at=clock.now())
        current.add(place)
        current.flush()
        audit.record(place.id, actor, "place.add", f"place:{code}", name)
    return place


def place_at(kind: PlaceKind, code: str, name: str, parent: Place | None, actor: Actor) -> Place:
    """The place of this kind and name under a parent, added if it is not there yet."""
    with transaction() as current:
        found = current.scalar(
            select(Place).where(
                Place.kind == kind, Place.name == name, Place.parent_id == (parent.id if parent else None)
            )
        )
        return found or add_place(kind, code, name, parent, actor)


def ensure_group(village_id: int, number: int, actor: Actor, name: str = "") -> Group:
    """The group with this number, added if it is not there yet. Raises InvalidInputError."""
    if not 1 <= number <= GROUP_NUMBER_MAX:
        raise InvalidInputError(f"组别要填 1 到 {GROUP_NUMBER_MAX} 之间的数字。", field="group")
    with transaction() as current:
        group = current.scalar(select(Group).where(Group.village_id == village_id, Group.number == number))
        if group is None:
            group = Group(village_id=village_id, number=number, name=name or f"{number}组")
            current.add(group)
            current.flush()
            audit.record(village_id, actor, "group.add", f"group:{number}", group.name)
        return group


def change_settings(
    village_id: int, settings: VillageSettings, effective_on: date, actor: Actor, *, seen: int | None = None
) -> None:
    """Put settings in force from a day on; earlier days keep theirs.

    seen: the version that the person looked at, if any. Raises SettingsChangedError when there is a newer one.
    """
    with transaction() as current:
        version = queries.settings_version(village_id)
        if seen is not None and seen != version:
            raise SettingsChangedError
        current.add(
            SettingsVersion(
                village_id=village_id,
                version=version + 1,
                effective_on=effective_on,
                content=settings.to_json(),
                actor=actor.key,
                created_at=clock.now(),
            )
        )
        audit.record(village_id, actor, "settings.change", f"settings:{version + 1}", settings.to_json())
