"""Reading the rule tables that town, county and city hand down, and which of them a village follows."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, or_, select

from pointsbank.audit import queries as audit
from pointsbank.covenant.errors import UnknownTableError
from pointsbank.covenant.models import RuleTable
from pointsbank.covenant.queries.books import VERSION_MAX
from pointsbank.covenant.rule_drafts import BoundRule, RuleDraft, from_plain
from pointsbank.foundation.database import session
from pointsbank.places.models import VILLAGE_KINDS, Place

FOLLOW_ACTION = "rule_book.follow"  # subject: rule_table:<code of the place>:<version>
VERSIONS_SHOWN_MAX = 20  # of one place


@dataclass(frozen=True, slots=True)
class Table:
    """A version of a place's rule table."""

    place: Place
    version: int
    title: str
    rules: list[BoundRule]
    published_at: datetime

    @property
    def name(self) -> str:
        """What people call it: 隆昌市《积分细则指导表》第 2 版."""
        return f"{self.place.name}《{self.title}》第 {self.version} 版"

    def rule(self, code: str) -> BoundRule | None:
        """The rule with a code."""
        return next((bound for bound in self.rules if bound.rule.code == code), None)


@dataclass(frozen=True, slots=True)
class TableLine:
    """A version in a list, without its rules."""

    place: Place
    version: int
    title: str
    published_at: datetime


def places_above(village: Place) -> Sequence[Place]:
    """Town, county and city of a village, from the nearest upwards, in one query."""
    first = select(Place.parent_id.label("id"), literal(1).label("distance")).where(Place.id == village.id)
    chain = first.cte("chain", recursive=True)
    above = select(Place.parent_id, chain.c.distance + 1).where(Place.id == chain.c.id)
    chain = chain.union_all(above)
    return session().scalars(select(Place).join(chain, Place.id == chain.c.id).order_by(chain.c.distance)).all()


def place_above(village: Place, code: str) -> Place:
    """The place above a village with a code. Raises UnknownTableError."""
    for place in places_above(village):
        if place.code == code:
            return place
    raise UnknownTableError


def handing_down_places() -> Sequence[Place]:
    """All towns, counties and cities, by code."""
    return session().scalars(select(Place).where(Place.kind.not_in(VILLAGE_KINDS)).order_by(Place.code)).all()


def table_lines(above: Collection[Place]) -> list[TableLine]:
    """The tables of these places: nearest place first, of each the newest version first; without their rules."""
    if not above:
        return []
    columns = (RuleTable.place_id, RuleTable.version, RuleTable.title, RuleTable.published_at)
    rank = func.row_number().over(partition_by=RuleTable.place_id, order_by=RuleTable.version.desc())
    ranked = select(*columns, rank.label("rank")).where(RuleTable.place_id.in_([place.id for place in above]))
    newest = ranked.subquery()
    rows = session().execute(
        select(newest).where(newest.c.rank <= VERSIONS_SHOWN_MAX).order_by(newest.c.version.desc())
    )
    found = list(rows)
    return [
        TableLine(place, row.version, row.title, row.published_at)
        for place in above
        for row in found
        if row.place_id == place.id
    ]


def newest_table(place: Place) -> Table | None:
    """The newest version of a place's table."""
    row = session().scalar(
        select(RuleTable).where(RuleTable.place_id == place.id).order_by(RuleTable.version.desc()).limit(1)
    )
    return _table(place, row) if row else None


def table(place: Place, version: int) -> Table:
    """A version of a place's table. Raises UnknownTableError."""
    row = None
    if 1 <= version <= VERSION_MAX:
        row = session().scalar(select(RuleTable).where(RuleTable.place_id == place.id, RuleTable.version == version))
    if row is None:
        raise UnknownTableError
    return _table(place, row)


def _table(place: Place, row: RuleTable) -> Table:
    rules = [
        BoundRule(from_plain(values["rule"]), values["low"], values["high"], tuple(values["says"]))
        for values in json.loads(row.content)
    ]
    return Table(place, row.version, row.title, rules, row.published_at)


def subject_of(code: str, version: int) -> str:
    """What the trail calls a version of a place's table."""
    return f"rule_table:{code}:{version}"


def followed(village: Place, lines: Sequence[TableLine]) -> dict[str, int]:
    """Which of these versions the village's adopted books took over last, by the place's code."""
    wanted = [subject_of(line.place.code, line.version) for line in lines]
    done = audit.subjects_among(village.id, FOLLOW_ACTION, wanted)
    versions: dict[str, int] = {}
    for line in lines:
        if subject_of(line.place.code, line.version) in done:
            versions[line.place.code] = max(line.version, versions.get(line.place.code, 0))
    return versions


def bounding_tables(village: Place, drafts: Sequence[RuleDraft], taken: Mapping[str, int]) -> dict[str, Table]:
    """The tables that bound these rules, by the code of their place, the nearest first: all that the village follows.

    Of each the version that the draft took over, else the one adopted; taken: the versions that the draft took over.
    A place that is above the village no more bounds nothing.
    """
    above = places_above(village)
    lines = table_lines([place for place in above if place.code not in taken])
    named = {draft.handed_down_by for draft in drafts}
    newest = {line.place.code: line.version for line in reversed(lines) if line.place.code in named}
    versions = {**newest, **followed(village, lines), **taken}
    wanted = [
        (RuleTable.place_id == place.id) & (RuleTable.version == versions[place.code])
        for place in above
        if place.code in versions
    ]
    rows = {row.place_id: row for row in session().scalars(select(RuleTable).where(or_(*wanted)))} if wanted else {}
    return {place.code: _table(place, rows[place.id]) for place in above if place.id in rows}


def bound_of(draft: RuleDraft, tables: Mapping[str, Table]) -> tuple[Table, BoundRule] | None:
    """The table that bounds a rule, with what it says of it: that of the place which handed the rule down, else any.

    A rule that was dropped and added anew as the village's own stays bound: its code is the table's.
    """
    first = [tables[draft.handed_down_by]] if draft.handed_down_by in tables else []
    for found in (*first, *tables.values()):
        bound = found.rule(draft.code)
        if bound is not None:
            return found, bound
    return None
