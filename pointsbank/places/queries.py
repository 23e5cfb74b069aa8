"""Reading places."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import bindparam, func, select

from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.places.errors import UnknownVillageError
from pointsbank.places.models import VILLAGE_KINDS, Group, Place, SettingsVersion
from pointsbank.places.settings import VillageSettings

_SETTINGS_ON = (  # built once: every act at the counter asks it
    select(SettingsVersion.content)
    .where(
        SettingsVersion.village_id == bindparam("village"),
        SettingsVersion.effective_on <= bindparam("of_day"),
    )
    .order_by(SettingsVersion.effective_on.desc(), SettingsVersion.version.desc())
    .limit(1)
)


def village_by_code(code: str) -> Place:
    """The village or community with this code. Raises UnknownVillageError."""
    place = session().scalar(select(Place).where(Place.code == code, Place.kind.in_(VILLAGE_KINDS)))
    if place is None:
        raise UnknownVillageError(f"没有代码为“{code[:40]}”的村（社区）。请核对代码。")
    return place


def villages() -> Sequence[Place]:
    """All villages and communities, by code."""
    return session().scalars(select(Place).where(Place.kind.in_(VILLAGE_KINDS)).order_by(Place.code)).all()


def path_of(place: Place) -> list[Place]:
    """A place and those above it, from itself upwards."""
    return [place, *path_of(place.parent)] if place.parent else [place]


def groups(village_id: int) -> Sequence[Group]:
    """The groups of a village by number."""
    return session().scalars(select(Group).where(Group.village_id == village_id).order_by(Group.number)).all()


def settings_on(village_id: int, day: date) -> VillageSettings:
    """The settings in force on a day; the field's defaults before the first version."""
    content = session().scalar(_SETTINGS_ON, {"village": village_id, "of_day": day})
    return VillageSettings.from_json(content) if content else VillageSettings()


def settings_now(village_id: int) -> VillageSettings:
    """The settings in force today."""
    return settings_on(village_id, clock.today())


def settings_version(village_id: int) -> int:
    """The number of the newest settings, in force or to come; 0 before the first change."""
    newest = select(func.max(SettingsVersion.version)).where(SettingsVersion.village_id == village_id)
    return session().scalar(newest) or 0


def settings_to_come(village_id: int) -> date | None:
    """The next day on which other settings come into force."""
    return session().scalar(
        select(func.min(SettingsVersion.effective_on)).where(
            SettingsVersion.village_id == village_id, SettingsVersion.effective_on > clock.today()
        )
    )


def settings_on_days(village_id: int, days: Collection[date]) -> dict[date, VillageSettings]:
    """The settings in force on each of some days, as settings_on gives them; one query for all."""
    if not days:
        return {}
    query = (
        select(SettingsVersion.effective_on, SettingsVersion.content)
        .where(SettingsVersion.village_id == village_id, SettingsVersion.effective_on <= max(days))
        .order_by(SettingsVersion.effective_on, SettingsVersion.version)
    )
    versions = [(row.effective_on, VillageSettings.from_json(row.content)) for row in session().execute(query)]
    before = VillageSettings()
    return {
        day: next((settings for since, settings in reversed(versions) if since <= day), before) for day in set(days)
    }
