"""Rules that the county hands down: a table is published, the village takes it over and drafts its next version."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from pointsbank.covenant import queries, services
from pointsbank.covenant.services import BoundRule, RuleDraft, Seen
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import UNITS_PER_POINT
from pointsbank.places.models import Place

TITLE = "积分细则指导表"
HANDED_DOWN = ("GG03", "GG07", "GY01", "HD01", "HD07", "HS05", "HS06", "HS10", "DS01")
NEXT_POINTS = {"GG03": 3 * UNITS_PER_POINT, "HS10": 1 * UNITS_PER_POINT, "DS02": 5 * UNITS_PER_POINT}


def publish(county: Place, village: Place, codes: Collection[str] = HANDED_DOWN) -> None:
    """The county hands down some rules as the villages know them, with bounds around their points."""
    rules = [rule for rule in queries.newest_drafts(village.id) if rule.code in codes]
    services.publish_table(county, TITLE, [_bound(rule) for rule in rules], SYSTEM)


def _bound(rule: RuleDraft) -> BoundRule:
    """From half of the points, in whole points, to twice as many."""
    low = max(rule.points // 2 // UNITS_PER_POINT, 1) * UNITS_PER_POINT
    return BoundRule(replace(rule, clause_code=""), low, 2 * (rule.points_to or rule.points))


def take_over(village: Place, points: Mapping[str, int], day: date, reason: str, actor: Actor) -> None:
    """The village's next version: the county's newest table taken over, some rules with other points (by code)."""
    [table] = queries.table_lines(queries.places_above(village))
    services.take_table(village, table.place.code, table.version, actor, new_key(), seen=_seen(village))
    draft(village, points, actor)
    services.adopt_rule_draft(village, day, reason, actor, new_key(), seen=_seen(village))


def draft(village: Place, points: Mapping[str, int], actor: Actor) -> None:
    """Some rules get other points (by code) in the draft, which begins as a copy of the newest version."""
    rules = {rule.code: rule for rule in queries.newest_drafts(village.id)}
    for code, wanted in points.items():
        changed = replace(rules[code], points=wanted)
        services.save_rule(village, changed, actor, new_key(), replaces=code, seen=_seen(village))


def _seen(village: Place) -> Seen:
    latest, now = queries.latest_book(village.id), queries.draft_book(village.id)
    return Seen(latest.version if latest else 0, now.revision if now else 0)
