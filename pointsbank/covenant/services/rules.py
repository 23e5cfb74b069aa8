"""Adopting rule books. A version is never edited: every change is a whole new version with its effective day."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from pointsbank.audit import services as audit
from pointsbank.covenant import queries
from pointsbank.covenant.errors import RuleBookChangedError, RuleBookRefusedError
from pointsbank.covenant.models import CapScope, Effect, Rule, RuleBook, Step, Track
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, table_of, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.names import pinyin_of_words
from pointsbank.foundation.periods import Span
from pointsbank.foundation.points import POINTS_MAX
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place

RULES_MAX = 500  # of one book; a village has 60 to 120
REASON_LENGTH_MAX = 200
NAME_LENGTH_MAX = 100
INITIALS_LENGTH_MAX = 120  # of the column; one letter of a rare script can have two small ones
EARLIEST_DAY = date(2015, 1, 1)  # no village kept points before: a slip of typing
CLAUSE_CODE_LENGTH_MAX = 20
_CODE = re.compile(r"[A-Z]{1,6}[0-9]{1,4}")
_CLAUSE_CODE = re.compile(r"第?([\w.()-]{1,20}?)[条款]?")  # 第3条 is written 3; 二.3 and 3-2 stay

LABELS = {
    "code": "编号",
    "category": "类别",
    "name": "内容",
    "name_en": "英文名",
    "points": "分值",
    "unit": "单位",
    "cap_points": "封顶分值",
    "cap_span": "封顶周期",
    "cap_scope": "封顶范围",
    "track": "记入",
    "effect": "附带效果",
    "evidence": "佐证材料",
    "keep_evidence": "材料留存",
    "steps": "程序",
    "volunteer_hours": "志愿时长",
    "clause_code": "依据条款",
}  # what the details of a rule are called on screen and in spreadsheets


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as somebody wants it. Points in hundredths, negative for deductions; the cap has the same sign."""

    code: str
    category: str
    name: str
    points: int
    unit: str
    name_en: str = ""
    cap_points: int | None = None
    cap_span: Span | None = None
    cap_scope: CapScope | None = None
    track: Track = Track.POINTS
    effect: Effect = Effect.NONE
    evidence: str = ""
    keep_evidence: bool = True
    steps: tuple[Step, ...] = ()
    volunteer_hours: bool = False
    clause_code: str = ""  # the clause of the covenant that it comes from


def draft_of(rule: Rule) -> RuleDraft:
    """A rule of a book as a draft of the next."""
    return RuleDraft(
        code=rule.code,
        category=rule.category,
        name=rule.name,
        points=rule.points,
        unit=rule.unit,
        name_en=rule.name_en,
        cap_points=rule.cap_points,
        cap_span=rule.cap_span,
        cap_scope=rule.cap_scope,
        track=rule.track,
        effect=rule.effect,
        evidence=rule.evidence,
        keep_evidence=rule.keep_evidence,
        steps=tuple(Step(step) for step in rule.steps.split("+") if step),
        volunteer_hours=rule.volunteer_hours,
        clause_code=rule.clause_code,
    )


def clean_code(text: str) -> str:
    """A rule's code as stored: full-width and small letters are put right. Raises InvalidInputError."""
    code = unicodedata.normalize("NFKC", text).strip().upper()
    if _CODE.fullmatch(code) is None:
        raise InvalidInputError("编号用字母加数字，例如 HS06。", field="code")
    return code


def clean_clause_code(text: str, *, field: str = "clause_code") -> str:
    """A clause's code as stored: 第 3 条, ３ and 3 are all 3; empty for none. Raises InvalidInputError."""
    code = "".join(unicodedata.normalize("NFKC", text).split())
    if not code:
        return ""
    found = _CLAUSE_CODE.fullmatch(code) if code.isprintable() else None
    if found is None:
        raise InvalidInputError("条款编号用数字和字，例如 3 或 二.3，最多 20 个字。", field=field)
    return found[1]


def cleaned(draft: RuleDraft) -> RuleDraft:
    """A draft as it is stored. Raises InvalidInputError at the field that cannot be taken."""
    if abs(draft.points) > POINTS_MAX:
        raise InvalidInputError("分值太大，请核对。", field="points")
    if draft.points == 0 and draft.effect is not Effect.SUSPEND_PERSON:
        raise InvalidInputError("分值不能是 0；只有“暂停本人资格”的条款可以不计分。", field="points")
    parts = (draft.cap_points, draft.cap_span, draft.cap_scope)
    if any(part is None for part in parts) and any(part is not None for part in parts):
        raise InvalidInputError("封顶的分值、周期和范围要一起填，或者都空着。", field="cap_points")
    if draft.cap_points is not None:
        _check_cap(draft.points, draft.cap_points)
    if draft.track is Track.HONOUR and draft.points < 0:
        raise InvalidInputError("荣誉分只加不扣，扣分条款请选“积分”。", field="track")
    if len(set(draft.steps)) < len(draft.steps):
        raise InvalidInputError("程序里同一步只能有一次，请删去重复的。", field="steps")
    return replace(
        draft,
        code=clean_code(draft.code),
        category=clean_text(draft.category, what="类别", length_max=40, required=True, field="category"),
        name=clean_text(draft.name, what="内容", length_max=NAME_LENGTH_MAX, required=True, field="name"),
        name_en=clean_text(draft.name_en, what="英文名", length_max=160, field="name_en"),
        unit=clean_text(draft.unit, what="单位", length_max=20, required=True, field="unit"),
        evidence=clean_text(draft.evidence, what="佐证材料", length_max=80, field="evidence"),
        clause_code=clean_clause_code(draft.clause_code),
    )


def _check_cap(points: int, cap_points: int) -> None:
    if points == 0:
        raise InvalidInputError("不计分的条款不用封顶，请把封顶空着。", field="cap_points")
    if cap_points * points <= 0 or abs(cap_points) > POINTS_MAX:
        raise InvalidInputError("封顶分值的正负要和分值一样，扣分条款写负数。", field="cap_points")


def adopt_rule_book(
    village: Place,
    drafts: Sequence[RuleDraft],
    effective_on: date,
    reason: str,
    actor: Actor,
    key: str,
    *,
    seen_version: int | None = None,
) -> dict[str, Any]:
    """Put a whole rule book in force from a day on, as the next version; earlier days keep theirs.

    seen_version: the newest version when the person began to write (0 for none); None does not ask.
    Gives {"version": number}. Raises RuleBookRefusedError, RuleBookChangedError, InvalidInputError.
    """
    drafts = [cleaned(draft) for draft in drafts]
    change = Change(village, effective_on, clean_reason(reason), actor, seen_version)
    content = {"rules": [_plain(draft) for draft in drafts], **change.content()}
    return ledger.submit(village, key, "covenant.adopt", content, actor, lambda: change.adopt(drafts))


def change_rule(
    village: Place,
    draft: RuleDraft,
    effective_on: date,
    reason: str,
    actor: Actor,
    key: str,
    *,
    replaces: str | None,
    seen_version: int,
) -> dict[str, Any]:
    """Adopt the newest book again with one rule changed (replaces: its code) or added (None) at its category's end.

    Raises what adopt_rule_book raises, RuleBookRefusedError too when nothing differs.
    """
    draft = cleaned(draft)
    change = Change(village, effective_on, clean_reason(reason), actor, seen_version)

    def act() -> dict[str, Any]:
        drafts = change.newest_drafts()
        return change.adopt(_with_rule(drafts, draft, replaces))

    content = {"rule": _plain(draft), "replaces": replaces, **change.content()}
    return ledger.submit(village, key, "covenant.change_rule", content, actor, act)


def drop_rule(
    village: Place, code: str, effective_on: date, reason: str, actor: Actor, key: str, *, seen_version: int
) -> dict[str, Any]:
    """Adopt the newest book again without one rule. Raises what adopt_rule_book raises."""
    change = Change(village, effective_on, clean_reason(reason), actor, seen_version)

    def act() -> dict[str, Any]:
        drafts = change.newest_drafts()
        left = [draft for draft in drafts if draft.code != code]
        if len(left) == len(drafts):
            raise RuleBookChangedError
        return change.adopt(left)

    return ledger.submit(village, key, "covenant.drop_rule", {"code": code, **change.content()}, actor, act)


def restore_rule_book(
    village: Place, version: int, effective_on: date, reason: str, actor: Actor, key: str, *, seen_version: int
) -> dict[str, Any]:
    """Adopt an earlier version's rules again, as the next version.

    Raises what adopt_rule_book raises, UnknownRuleError, RuleBookRefusedError too when the newest says the same.
    """
    change = Change(village, effective_on, clean_reason(reason), actor, seen_version)

    def act() -> dict[str, Any]:
        drafts = [draft_of(rule) for rule in queries.rules_of(queries.book(village.id, version))]
        if drafts == change.newest_drafts():
            raise RuleBookRefusedError("最新的一版和这一版一条不差，不用再恢复。")
        return change.adopt(drafts)

    return ledger.submit(village, key, "covenant.restore", {"version": version, **change.content()}, actor, act)


def check_effective_day(effective_on: date, latest: RuleBook | None) -> None:
    """Whether a version after this newest one may hold from a day on. Raises RuleBookRefusedError."""
    if not EARLIEST_DAY <= effective_on <= latest_day():
        raise RuleBookRefusedError("生效日期不对，请填最近的日期，最晚到明年年底。", field="effective_on")
    if latest is not None and effective_on < latest.effective_on:
        raise RuleBookRefusedError(
            f"生效日期不能早于现有第{latest.version}版的 {latest.effective_on:%Y-%m-%d}。", field="effective_on"
        )


def latest_day() -> date:
    """The last day that a version may be put in force from: the end of next year."""
    return date(clock.today().year + 1, 12, 31)


@dataclass(frozen=True, slots=True)
class Change:
    """What every change of the rules carries: where, from when on, why, by whom, and the newest version they saw."""

    village: Place
    effective_on: date
    reason: str
    actor: Actor
    seen_version: int | None

    def content(self) -> dict[str, Any]:
        """What of it the submission is known by."""
        return {
            "effective_on": self.effective_on.isoformat(),
            "reason": self.reason,
            "seen_version": self.seen_version,
        }

    def newest(self) -> RuleBook | None:
        """The newest version, under the lock of the village. Raises RuleBookChangedError if it is another one."""
        lock_village(self.village.id)
        latest = queries.latest_book(self.village.id)
        if self.seen_version is not None and self.seen_version != (latest.version if latest else 0):
            raise RuleBookChangedError
        return latest

    def newest_drafts(self) -> list[RuleDraft]:
        """The rules of the newest version, under the lock. Raises RuleBookChangedError."""
        latest = self.newest()
        return [draft_of(rule) for rule in queries.rules_of(latest)] if latest else []

    def adopt(self, drafts: Sequence[RuleDraft]) -> dict[str, Any]:
        """Write the next version inside the open transaction."""
        _check_rules(drafts)
        latest = self.newest()
        check_effective_day(self.effective_on, latest)
        version = latest.version + 1 if latest else 1
        _write(self.village, version, drafts, self.effective_on, self.reason, self.actor)
        return {"version": version}


def clean_reason(reason: str) -> str:
    """Why the rules are changed, as it is stored. Raises InvalidInputError."""
    return clean_text(reason, what="修改说明", length_max=REASON_LENGTH_MAX, field="reason")


def _with_rule(drafts: list[RuleDraft], draft: RuleDraft, replaces: str | None) -> list[RuleDraft]:
    """The rules with one changed in its place, moved only when its category is another one, or added."""
    codes = [existing.code for existing in drafts]
    if replaces is not None and replaces not in codes:
        raise RuleBookChangedError
    if draft.code != replaces and draft.code in codes:
        raise InvalidInputError(f"编号“{draft.code}”已经有了，请换一个。", field="code")
    before = drafts[codes.index(replaces)] if replaces is not None else None
    if before == draft:
        raise RuleBookRefusedError("和现在的一样，没有改动。请改好再保存。")
    if before is not None and before.category == draft.category:
        return [draft if existing is before else existing for existing in drafts]
    others = [existing for existing in drafts if existing is not before]
    same = [place for place, existing in enumerate(others) if existing.category == draft.category]
    others.insert(same[-1] + 1 if same else len(others), draft)
    return others


def lock_village(village_id: int) -> None:
    """Let nobody else number a version of this village until the open transaction ends."""
    session().execute(select(Place.id).where(Place.id == village_id).with_for_update(key_share=True))


def _plain(draft: RuleDraft) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(draft).items()}


def _check_rules(drafts: Sequence[RuleDraft]) -> None:
    if not drafts:
        raise RuleBookRefusedError("细则里一条也没有。请至少保留一条。")
    if len(drafts) > RULES_MAX:
        raise RuleBookRefusedError(f"细则最多 {RULES_MAX} 条，请合并一些。")
    seen: set[str] = set()
    for draft in drafts:
        if draft.code in seen:
            raise RuleBookRefusedError(f"编号“{draft.code}”出现了两次，请改掉一个。", field="code")
        seen.add(draft.code)


def _write(
    village: Place, version: int, drafts: Sequence[RuleDraft], effective_on: date, reason: str, actor: Actor
) -> None:
    with transaction() as current:
        book = RuleBook(
            village_id=village.id,
            version=version,
            effective_on=effective_on,
            reason=reason,
            actor=actor.key,
            created_at=clock.now(),
        )
        current.add(book)
        current.flush()
        current.execute(
            insert(table_of(Rule)),
            [_row(village.id, book.id, position, draft) for position, draft in enumerate(drafts, start=1)],
        )
        audit.record(village.id, actor, "rule_book.adopt", f"rule_book:{version}", f"{len(drafts)} 条 {reason}".strip())


def _row(village_id: int, book_id: int, position: int, draft: RuleDraft) -> dict[str, Any]:
    pinyin, initials = pinyin_of_words(draft.name)
    values = {name: getattr(draft, name) for name in RuleDraft.__slots__ if name != "steps"}
    return {
        **values,
        "id": new_id(),
        "village_id": village_id,
        "rule_book_id": book_id,
        "position": position,
        "pinyin": pinyin,
        "initials": initials[:INITIALS_LENGTH_MAX],
        "steps": "+".join(draft.steps),
    }
