"""The draft of the next rule book: edited freely by one or several people, then put in force as a whole."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import delete

from pointsbank.audit import services as audit
from pointsbank.covenant import queries
from pointsbank.covenant.errors import (
    DraftExistsError,
    RuleBookChangedError,
    RuleBookRefusedError,
    RuleDraftChangedError,
    RuleDraftOutdatedError,
    UnknownRuleDraftError,
)
from pointsbank.covenant.models import RuleBookDraft
from pointsbank.covenant.queries.drafts import DraftBook
from pointsbank.covenant.rule_drafts import RuleDraft, cleaned, draft_of, plain
from pointsbank.covenant.services.books import RULES_MAX, Change, check_rules, clean_reason
from pointsbank.covenant.services.tables import check_bounds, placed, take_over
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import table_of, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import format_points
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

NO_SUCH_RULE = "草稿里没有这一条。请回到草稿重新选。"


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody looked at when they began to edit: the newest version and the draft's revision, 0 for none."""

    version: int
    revision: int


@dataclass(slots=True)
class _Content:
    """What the draft says while it is changed. says: what was done, for the trail; result: more for the answer."""

    rules: list[RuleDraft]
    tables: dict[str, int]
    says: str
    result: dict[str, Any] = field(default_factory=dict)


def begin_rule_draft(village: Place, actor: Actor, key: str) -> dict[str, Any]:
    """Begin the next version as a copy of the newest, once per key. Gives {"revision": 1}. Raises DraftExistsError."""

    def act() -> dict[str, Any]:
        lock_place(village.id)
        if queries.draft_book(village.id) is not None:
            raise DraftExistsError
        return _store(village, actor, None, _Content(queries.newest_drafts(village.id), {}, "起草"))

    return ledger.submit(village, key, "covenant.begin_rule_draft", {}, actor, act)


def save_rule(
    village: Place, draft: RuleDraft, actor: Actor, key: str, *, replaces: str | None, seen: Seen
) -> dict[str, Any]:
    """Change one rule of the draft (replaces: its code) or add one (None) at the end of its category.

    Without a draft one is begun. Where a rule comes from cannot be changed by hand, nor the code of one that was
    handed down; one with the code of a table that the village follows comes from there, though it was dropped before.
    Gives {"revision": number}. Raises RuleDraftChangedError, RuleBookChangedError, UnknownRuleDraftError,
    RuleBookRefusedError, InvalidInputError.
    """
    draft = cleaned(draft)

    def change(now: DraftBook) -> _Content:
        before = now.rule(replaces) if replaces is not None else None
        if replaces is not None and before is None:
            raise UnknownRuleDraftError(NO_SUCH_RULE)
        wanted = _kept_source(draft, before)
        tables = queries.bounding_tables(village, [wanted], now.tables)
        bound = queries.bound_of(wanted, tables)
        if bound is not None and not wanted.handed_down_by:
            wanted = replace(wanted, handed_down_by=bound[0].place.code)
        rules = _with_rule(now.rules, wanted, before)
        check_bounds(wanted, tables)
        return _Content(rules, now.tables, f"{'改' if before else '加'} {draft.code} {draft.name}")

    content = {"rule": plain(draft), "replaces": replaces}
    return _edit(village, "save_rule", content, actor, key, seen, change)


def drop_rule(village: Place, code: str, actor: Actor, key: str, *, seen: Seen) -> dict[str, Any]:
    """Take one rule out of the draft. Gives and raises what save_rule does."""

    def change(now: DraftBook) -> _Content:
        if now.rule(code) is None:
            raise UnknownRuleDraftError(NO_SUCH_RULE)
        return _Content([rule for rule in now.rules if rule.code != code], now.tables, f"删 {code}")

    return _edit(village, "drop_rule", {"code": code}, actor, key, seen, change)


def revert_rule(village: Place, code: str, actor: Actor, key: str, *, seen: Seen) -> dict[str, Any]:
    """Make one rule of the draft what it is in the newest version again: as it was, back again, or gone.

    Gives and raises what save_rule does.
    """

    def change(now: DraftBook) -> _Content:
        newest = queries.newest_drafts(village.id)
        stands = next((rule for rule in newest if rule.code == code), None)
        before = now.rule(code)
        if stands is None and before is None:
            raise UnknownRuleDraftError(NO_SUCH_RULE)
        if stands is None:
            rules = [rule for rule in now.rules if rule.code != code]
        elif before is None:
            rules = _put_back(now.rules, stands, newest)
        else:
            rules = _with_rule(now.rules, stands, before, same_is_fine=True)
        return _Content(rules, now.tables, f"{code} 照现有的一版")

    return _edit(village, "revert_rule", {"code": code}, actor, key, seen, change)


def restore_version(village: Place, version: int, actor: Actor, key: str, *, seen: Seen) -> dict[str, Any]:
    """Make the draft say what an earlier version said. Gives and raises what save_rule does; UnknownRuleError."""

    def change(now: DraftBook) -> _Content:
        rules = [draft_of(rule) for rule in queries.rules_of(queries.book(village.id, version))]
        if rules == now.rules:
            raise RuleBookRefusedError(f"草稿和第 {version} 版一条不差，不用再恢复。")
        return _Content(rules, now.tables, f"照第 {version} 版")

    return _edit(village, "restore_version", {"version": version}, actor, key, seen, change)


def replace_rules(
    village: Place,
    operation: str,
    content: dict[str, Any],
    actor: Actor,
    key: str,
    *,
    seen: Seen,
    rules_from: Callable[[DraftBook], tuple[list[RuleDraft], dict[str, Any]]],
) -> dict[str, Any]:
    """Make the draft say other rules as a whole, as a sheet has them; rules_from gives them and more of the answer.

    Gives and raises what save_rule does.
    """

    def change(now: DraftBook) -> _Content:
        rules, result = rules_from(now)
        return _Content(rules, now.tables, f"导入 {len(rules)} 条", result)

    return _edit(village, operation, content, actor, key, seen, change)


def take_table(village: Place, place_code: str, version: int, actor: Actor, key: str, *, seen: Seen) -> dict[str, Any]:
    """Put the rules of a table from above into the draft; the village's own rules stay.

    Gives {"revision", "left"}: left are the codes that another place above handed down and that stay as they are.
    Raises what save_rule does; UnknownTableError, RuleBookRefusedError for an older version than the one followed.
    """

    def change(now: DraftBook) -> _Content:
        table = queries.table(queries.place_above(village, place_code), version)
        standing = queries.bounding_tables(village, [], now.tables).get(place_code)
        if standing is not None and version < standing.version:
            raise RuleBookRefusedError(
                f"已经接收了第 {standing.version} 版，不能退回第 {version} 版。请接收第 {standing.version} 版或更新的。"
            )
        done = take_over(now.rules, table)
        if len(done.rules) > RULES_MAX:
            raise RuleBookRefusedError(f"接收以后超过 {RULES_MAX} 条。请先删去一些本村的条款。")
        tables = {**now.tables, place_code: version}
        return _Content(done.rules, tables, f"接收{table.name}", {"left": done.left})

    content = {"place": place_code, "version": version}
    return _edit(village, "take_table", content, actor, key, seen, change)


def look_again(village: Place, actor: Actor, key: str, *, seen: Seen) -> dict[str, Any]:
    """Say that the draft was compared with the newest version, which may then be replaced by it.

    Gives and raises what save_rule does.
    """

    def act() -> dict[str, Any]:
        now = _locked(village, seen)
        if now is None:
            raise UnknownRuleDraftError
        if _newest(village) != seen.version:
            raise RuleBookChangedError
        says = f"和第 {seen.version} 版比过"
        return _store(village, actor, now, _Content(now.rules, now.tables, says), based_on=seen.version)

    content = {"version": seen.version, "revision": seen.revision}
    return ledger.submit(village, key, "covenant.rule_draft.look_again", content, actor, act)


def discard_rule_draft(village: Place, actor: Actor, key: str, *, seen: Seen) -> dict[str, Any]:
    """Throw the draft away, once per key; the trail keeps what it said.

    Gives {"rules": how many}. Raises UnknownRuleDraftError, RuleDraftChangedError.
    """

    def act() -> dict[str, Any]:
        now = _locked(village, seen)
        if now is None:
            raise UnknownRuleDraftError
        words = "\n".join(f"{rule.code} {rule.name} {format_points(rule.points)} 分/{rule.unit}" for rule in now.rules)
        _remove(village)
        audit.record(village.id, actor, "rule_draft.discard", "rule_draft", words)
        return {"rules": len(now.rules)}

    return ledger.submit(village, key, "covenant.rule_draft.discard", {"revision": seen.revision}, actor, act)


def adopt_rule_draft(
    village: Place, effective_on: date, reason: str, actor: Actor, key: str, *, seen: Seen
) -> dict[str, Any]:
    """Put the draft in force from a day on as the next version, once per key; the draft is gone then.

    Gives {"version": number}. Raises UnknownRuleDraftError, RuleDraftChangedError; RuleDraftOutdatedError where
    another version came after the draft was last compared; RuleBookRefusedError; InvalidInputError at a rule that
    leaves the bounds of its table.
    """
    change = Change(village, effective_on, clean_reason(reason), actor, None)

    def act() -> dict[str, Any]:
        now = _locked(village, seen)
        if now is None:
            raise UnknownRuleDraftError
        newest = _newest(village)
        if now.based_on != newest:
            raise RuleDraftOutdatedError(newest)
        rules = [cleaned(rule) for rule in now.rules]
        if rules == queries.newest_drafts(village.id):
            raise RuleBookRefusedError("草稿和现有的一版一条不差，没有要采用的。")
        done = change.adopt(rules, now.tables)
        _remove(village)
        return done

    content = {"revision": seen.revision, **change.content()}
    return ledger.submit(village, key, "covenant.rule_draft.adopt", content, actor, act)


# --- the draft under the lock ---


def _edit(
    village: Place,
    operation: str,
    content: Mapping[str, Any],
    actor: Actor,
    key: str,
    seen: Seen,
    change: Callable[[DraftBook], _Content],
) -> dict[str, Any]:
    """Change the draft once per key; begin it from the newest version where nobody has yet."""

    def act() -> dict[str, Any]:
        stored = _locked(village, seen)
        now = stored or _copy_of_newest(village, actor, seen)
        return _store(village, actor, stored, change(now), based_on=now.based_on)

    sent = {**content, "seen": [seen.version, seen.revision]}
    return ledger.submit(village, key, f"covenant.rule_draft.{operation}", sent, actor, act)


def _locked(village: Place, seen: Seen) -> DraftBook | None:
    """The draft, if any, under the lock of the village. Raises RuleDraftChangedError if it is not the one seen."""
    lock_place(village.id)
    found = queries.draft_book(village.id)
    if (found.revision if found else 0) != seen.revision:
        raise RuleDraftChangedError
    return found


def _newest(village: Place) -> int:
    latest = queries.latest_book(village.id)
    return latest.version if latest else 0


def _copy_of_newest(village: Place, actor: Actor, seen: Seen) -> DraftBook:
    """What a draft would say that is begun now. Raises RuleBookChangedError if the newest version is another one."""
    newest = _newest(village)
    if newest != seen.version:
        raise RuleBookChangedError
    return DraftBook(newest, queries.newest_drafts(village.id), {}, actor.key, clock.now(), 0)


def _store(
    village: Place, actor: Actor, stored: DraftBook | None, content: _Content, *, based_on: int | None = None
) -> dict[str, Any]:
    if content.rules:
        check_rules(content.rules)
    written = json.dumps(
        {"rules": [plain(rule) for rule in content.rules], "tables": content.tables}, ensure_ascii=False
    )
    base = _newest(village) if based_on is None else based_on
    with transaction() as current:
        row = current.get(RuleBookDraft, village.id) if stored else None
        if row is None:
            row = RuleBookDraft(village_id=village.id, revision=0)
            current.add(row)
        row.based_on = base
        row.content, row.actor, row.changed_at = written, actor.key, clock.now()
        row.revision += 1
        current.flush()
        audit.record(village.id, actor, "rule_draft.change", "rule_draft", content.says)
        return {"revision": row.revision, **content.result}


def _remove(village: Place) -> None:
    with transaction() as current:
        current.execute(delete(table_of(RuleBookDraft)).where(RuleBookDraft.village_id == village.id))
        current.expire_all()


def _kept_source(draft: RuleDraft, before: RuleDraft | None) -> RuleDraft:
    """The rule with the source that it had. Raises InvalidInputError when a handed-down rule gets another code."""
    if before is None or not before.handed_down_by:
        return replace(draft, handed_down_by="")
    if draft.code != before.code:
        raise InvalidInputError(
            f"{before.code} 由上级下发，编号不能改。要用别的编号，请删去这一条，另加一条本村的。", field="code"
        )
    return replace(draft, handed_down_by=before.handed_down_by)


def _with_rule(
    rules: Sequence[RuleDraft], rule: RuleDraft, before: RuleDraft | None, *, same_is_fine: bool = False
) -> list[RuleDraft]:
    """The rules with one changed in its place, moved only when its category is another one, or added."""
    if (before is None or rule.code != before.code) and any(existing.code == rule.code for existing in rules):
        raise InvalidInputError(f"编号“{rule.code}”已经有了，请换一个。", field="code")
    if before == rule and not same_is_fine:
        raise RuleBookRefusedError("和现在的一样，没有改动。请改好再保存。")
    if before is not None and before.category == rule.category:
        return [rule if existing is before else existing for existing in rules]
    return placed([existing for existing in rules if existing is not before], rule)


def _put_back(rules: Sequence[RuleDraft], rule: RuleDraft, newest: Sequence[RuleDraft]) -> list[RuleDraft]:
    """The rules with one that was dropped where it stood: after those that it followed, in its category if it can."""
    at_of = {existing.code: at for at, existing in enumerate(rules)}
    before = [known for known in reversed(newest[: newest.index(rule)]) if known.code in at_of]
    same = [known for known in before if known.category == rule.category]
    if same:
        at = at_of[same[0].code] + 1
    elif any(existing.category == rule.category for existing in rules):
        at = min(at for at, existing in enumerate(rules) if existing.category == rule.category)
    elif before:
        at = (
            max(at for at, existing in enumerate(rules) if existing.category == rules[at_of[before[0].code]].category)
            + 1
        )
    else:
        at = 0
    return [*rules[:at], rule, *rules[at:]]
