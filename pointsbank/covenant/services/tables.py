"""Handing rules down: a place above publishes a table, a village takes it over and stays within its bounds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pointsbank.audit import services as audit
from pointsbank.covenant import queries
from pointsbank.covenant.errors import RuleBookRefusedError
from pointsbank.covenant.models import RuleTable
from pointsbank.covenant.queries.tables import Table, subject_of
from pointsbank.covenant.rule_drafts import BoundRule, RuleDraft, cleaned, plain
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import format_points
from pointsbank.foundation.texts import clean_text
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

TABLE_TITLE_LENGTH_MAX = 60


def publish_table(place: Place, title: str, rules: Sequence[BoundRule], actor: Actor) -> Table:
    """Publish the next version of a place's table; what says the same as the newest makes no new one.

    Villages are offered it; none of their books changes. Raises RuleBookRefusedError, InvalidInputError.
    """
    title = clean_text(title, what="标题", length_max=TABLE_TITLE_LENGTH_MAX, required=True, field="title")
    if place.is_village:
        raise RuleBookRefusedError("只有镇、县、市能下发细则，村（社区）请用自己的细则。", field="place")
    if not rules:
        raise RuleBookRefusedError("表里一条细则也没有。请填好再下发。")
    with transaction() as current:
        lock_place(place.id)
        newest = queries.newest_table(place)
        if newest is not None and (newest.title, newest.rules) == (title, list(rules)):
            return newest
        version = newest.version + 1 if newest else 1
        content = [
            {"rule": plain(bound.rule), "low": bound.low, "high": bound.high, "says": list(bound.says)}
            for bound in rules
        ]
        current.add(
            RuleTable(
                place_id=place.id,
                version=version,
                title=title,
                content=json.dumps(content, ensure_ascii=False),
                actor=actor.key,
                published_at=clock.now(),
            )
        )
        subject = subject_of(place.code, version)
        audit.record(place.id, actor, "rule_table.publish", subject, f"{title}，{len(rules)} 条")
        current.flush()
        return queries.table(place, version)


def bounds_in_words(bound: BoundRule) -> str:
    """From where to where points may go: 1 到 3."""
    low, high = format_points(bound.low), format_points(bound.high)
    return low if low == high else f"{low} 到 {high}"


def check_bounds(draft: RuleDraft, tables: Mapping[str, Table]) -> None:
    """Whether a rule keeps its points within the bounds of the table that has its code, handed down or written anew.

    Raises InvalidInputError at points or points_to, naming the bounds and the table.
    """
    found = queries.bound_of(draft, tables)
    if found is None:
        return
    table, bound = found
    for field, points in (("points", draft.points), ("points_to", draft.points_to)):
        if points is not None and not bound.holds(points):
            raise InvalidInputError(
                f"{draft.code} 由上级下发，分值只能定 {bounds_in_words(bound)}（{table.name}），"
                f"现在是 {format_points(points)}。请改到这个范围里。",
                field=field,
            )


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What taking over a table makes of a village's rules. left: codes that another place above handed down."""

    rules: list[RuleDraft]
    left: list[str]


def take_over(rules: Sequence[RuleDraft], table: Table) -> TakenOver:
    """A village's rules with those of a table: its own stay, the table's come in or are brought up to date.

    A rule keeps the village's points where they are within the bounds, the clause of the village's covenant that it
    comes from, and the details that the table says nothing about. What the place handed down before and its table
    lacks now goes. A rule of the same code that another place handed down stays as it is.
    """
    known = {rule.code: rule for rule in rules}
    left = [
        bound.rule.code
        for bound in table.rules
        if bound.rule.code in known and known[bound.rule.code].handed_down_by not in ("", table.place.code)
    ]
    merged = {
        bound.rule.code: _merged(bound, known.get(bound.rule.code), table.place.code)
        for bound in table.rules
        if bound.rule.code not in left
    }
    kept = []
    for rule in rules:
        if rule.code in merged and merged[rule.code].category == rule.category:
            kept.append(merged.pop(rule.code))
        elif rule.code not in merged and rule.handed_down_by != table.place.code:
            kept.append(rule)
    for rule in merged.values():
        kept = placed(kept, rule)
    return TakenOver(kept, left)


def _merged(bound: BoundRule, known: RuleDraft | None, code: str) -> RuleDraft:
    """A rule of a table as a village takes it over that has it already or not."""
    rule = replace(bound.rule, handed_down_by=code, clause_code="")
    if known is None:
        return rule
    own: dict[str, Any] = {name: getattr(known, name) for name in RuleDraft.__slots__ if name not in bound.says}
    own |= {"handed_down_by": code, "clause_code": known.clause_code}
    points = {"points": known.points, "points_to": known.points_to}
    within = bound.holds(known.points) and bound.holds(known.points_to)
    for kept in (own | points, own) if within else (own,):
        try:
            return cleaned(replace(bound.rule, **kept))
        except InvalidInputError:  # what the village has does not go with it: for instance a range without a review
            continue
    return replace(rule, clause_code=known.clause_code)


def placed(rules: Sequence[RuleDraft], rule: RuleDraft) -> list[RuleDraft]:
    """The rules with one more at the end of its category, a new category at the end."""
    same = [place for place, existing in enumerate(rules) if existing.category == rule.category]
    at = same[-1] + 1 if same else len(rules)
    return [*rules[:at], rule, *rules[at:]]
