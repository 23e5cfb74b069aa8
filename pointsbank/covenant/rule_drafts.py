"""A rule as somebody wants it: what it says, whether that can be taken, and as JSON."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from pointsbank.covenant.models import STEP_NAMES, CapScope, Effect, EvidenceKind, Rule, Step, Track
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.periods import Span
from pointsbank.foundation.points import POINTS_MAX
from pointsbank.foundation.texts import clean_text

NAME_LENGTH_MAX = 100
LEVEL_GROUP_LENGTH_MAX = 20
CLAUSE_CODE_LENGTH_MAX = 20
QUANTITY_UNITS_MAX = 10_000_00  # of one deed, in hundredths of the unit
TIMES_MAX = 1_000  # deeds of one rule in a span
_CODE = re.compile(r"[A-Z]{1,6}[0-9]{1,4}")
_CLAUSE_CODE = re.compile(r"第?([\w.()-]{1,20}?)[条款]?")  # 第3条 is written 3; 二.3 and 3-2 stay
_CHOOSING = (Step.REVIEW, Step.RECHECK, Step.ASSEMBLY)  # the steps at which people decide on the points

LABELS = {
    "code": "编号",
    "category": "类别",
    "name": "内容",
    "name_en": "英文名",
    "points": "分值",
    "points_to": "分值到",
    "unit": "单位",
    "quantity_max": "每次最多",
    "cap_points": "封顶分值",
    "cap_span": "封顶周期",
    "cap_scope": "封顶范围",
    "times_max": "限次",
    "times_span": "限次周期",
    "times_scope": "限次范围",
    "track": "记入",
    "effect": "附带效果",
    "evidence_kind": "佐证方式",
    "evidence": "佐证材料",
    "keep_evidence": "材料留存",
    "steps": "程序",
    "volunteer_hours": "志愿时长",
    "level_group": "就高组",
    "excludes_paid_duty": "有偿不计",
    "reminds_first": "先提醒",
    "handed_down_by": "下发单位",
    "clause_code": "依据条款",
}  # what the details of a rule are called on screen and in spreadsheets


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as somebody wants it: the columns of Rule. Points in hundredths, negative for deductions."""

    code: str
    category: str
    name: str
    points: int
    unit: str
    name_en: str = ""
    points_to: int | None = None  # the other end of a range, further from 0
    quantity_max: int | None = None  # of one deed, in hundredths of the unit
    cap_points: int | None = None
    cap_span: Span | None = None
    cap_scope: CapScope | None = None
    times_max: int | None = None
    times_span: Span | None = None
    times_scope: CapScope | None = None
    track: Track = Track.POINTS
    effect: Effect = Effect.NONE
    evidence_kind: EvidenceKind = EvidenceKind.NONE
    evidence: str = ""
    keep_evidence: bool = True
    steps: tuple[Step, ...] = ()
    volunteer_hours: bool = False
    level_group: str = ""  # of these only the highest level counts
    excludes_paid_duty: bool = False
    reminds_first: bool = False
    handed_down_by: str = ""  # the code of the place whose table it comes from, empty for the village's own
    clause_code: str = ""  # the clause of the covenant that it comes from


def draft_of(rule: Rule) -> RuleDraft:
    """A rule of a book as a draft of the next."""
    said = {item.name: getattr(rule, item.name) for item in fields(RuleDraft)}
    return RuleDraft(**{**said, "steps": tuple(rule.step_list)})


def plain(draft: RuleDraft) -> dict[str, Any]:
    """A rule as JSON values."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(draft).items()}


def to_json(drafts: Sequence[RuleDraft]) -> str:
    """Rules as JSON."""
    return json.dumps([plain(draft) for draft in drafts], ensure_ascii=False)


_ENUMS: dict[str, Any] = {
    "cap_span": Span,
    "cap_scope": CapScope,
    "times_span": Span,
    "times_scope": CapScope,
    "track": Track,
    "effect": Effect,
    "evidence_kind": EvidenceKind,
}


def from_plain(values: dict[str, Any]) -> RuleDraft:
    """A rule from its JSON values; a detail that an older release did not write has its default."""
    said = {item.name: values[item.name] for item in fields(RuleDraft) if item.name in values}
    for name, enum in _ENUMS.items():
        if said.get(name) is not None:
            said[name] = enum(said[name])
    return RuleDraft(**{**said, "steps": tuple(Step(step) for step in said.get("steps", ()))})


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


def evidence_kind_of(words: str) -> EvidenceKind:
    """What kind of evidence words such as 活动照片、签到表 mean; the first that fits."""
    if not words:
        return EvidenceKind.NONE
    if "签到" in words:
        return EvidenceKind.SIGN_IN_SHEET
    if "照片" in words:
        return EvidenceKind.PHOTO
    if "证明人" in words or "签字" in words:
        return EvidenceKind.WITNESS
    return EvidenceKind.DOCUMENT


def cleaned(draft: RuleDraft) -> RuleDraft:
    """A draft as it is stored. Raises InvalidInputError at the field that cannot be taken."""
    if draft.points_to == draft.points:
        draft = replace(draft, points_to=None)  # a range from 5 to 5 is fixed
    _check_points(draft)
    _check_cap(draft)
    _check_limits(draft)
    _check_kind(draft)
    _check_heard(draft)
    return replace(
        draft,
        code=clean_code(draft.code),
        category=clean_text(draft.category, what="类别", length_max=40, required=True, field="category"),
        name=clean_text(draft.name, what="内容", length_max=NAME_LENGTH_MAX, required=True, field="name"),
        name_en=clean_text(draft.name_en, what="英文名", length_max=160, field="name_en"),
        unit=clean_text(draft.unit, what="单位", length_max=20, required=True, field="unit"),
        evidence=clean_text(draft.evidence, what="佐证材料", length_max=80, field="evidence"),
        level_group=clean_text(
            draft.level_group, what="就高组", length_max=LEVEL_GROUP_LENGTH_MAX, field="level_group"
        ),
        handed_down_by=clean_text(draft.handed_down_by, what="下发单位", length_max=40, field="handed_down_by"),
        clause_code=clean_clause_code(draft.clause_code),
    )


def _check_points(draft: RuleDraft) -> None:
    if abs(draft.points) > POINTS_MAX:
        raise InvalidInputError("分值太大，请核对。", field="points")
    if draft.points == 0 and draft.effect is not Effect.SUSPEND_PERSON:
        raise InvalidInputError("分值不能是 0；只有“暂停本人资格”的条款可以不计分。", field="points")
    if draft.points_to is None:
        return
    if draft.points == 0:
        raise InvalidInputError("不计分的条款没有分值范围，请把“分值到”空着。", field="points_to")
    if draft.points_to * draft.points <= 0 or abs(draft.points_to) > POINTS_MAX:
        raise InvalidInputError("“分值到”的正负要和分值一样，例如 5 到 10，扣分 -2 到 -5。", field="points_to")
    if abs(draft.points_to) < abs(draft.points):
        raise InvalidInputError("“分值到”要比分值多，例如 5 到 10；扣分从少到多，例如 -2 到 -5。", field="points_to")
    if not any(step in _CHOOSING for step in draft.steps):
        raise InvalidInputError(
            "分值是一个范围的，要由评议来定：请在程序里选“评议”，或把“分值到”空着。", field="points_to"
        )


def _check_cap(draft: RuleDraft) -> None:
    parts = (draft.cap_points, draft.cap_span, draft.cap_scope)
    if any(part is None for part in parts) and any(part is not None for part in parts):
        raise InvalidInputError("封顶的分值、周期和范围要一起填，或者都空着。", field="cap_points")
    if draft.cap_points is None:
        return
    if draft.points == 0:
        raise InvalidInputError("不计分的条款不用封顶，请把封顶空着。", field="cap_points")
    if draft.cap_points * draft.points <= 0 or abs(draft.cap_points) > POINTS_MAX:
        raise InvalidInputError("封顶分值的正负要和分值一样，扣分条款写负数。", field="cap_points")


def _check_limits(draft: RuleDraft) -> None:
    parts = (draft.times_max, draft.times_span, draft.times_scope)
    if any(part is None for part in parts) and any(part is not None for part in parts):
        raise InvalidInputError("限次的次数、周期和范围要一起填，或者都空着。", field="times_max")
    if draft.times_max is not None and not 1 <= draft.times_max <= TIMES_MAX:
        raise InvalidInputError(f"限次要填 1 到 {TIMES_MAX:,} 之间的整数，不限就空着。", field="times_max")
    if draft.quantity_max is not None and not 1 <= draft.quantity_max <= QUANTITY_UNITS_MAX:
        raise InvalidInputError("每次最多要填大于 0、不超过 10,000 的数，不限就空着。", field="quantity_max")


def _check_kind(draft: RuleDraft) -> None:
    """What only goes with points that are given, or only with points that are taken."""
    if draft.track is Track.HONOUR and draft.points < 0:
        raise InvalidInputError("荣誉分只加不扣，扣分条款请选“积分”。", field="track")
    if len(set(draft.steps)) < len(draft.steps):
        raise InvalidInputError("程序里同一步只能有一次，请删去重复的。", field="steps")
    if list(draft.steps) != [step for step in Step if step in draft.steps]:
        order = " → ".join(STEP_NAMES[step] for step in Step)
        raise InvalidInputError(f"程序的先后不对，要按 {order} 的次序，用不到的不写。", field="steps")
    if draft.evidence_kind is EvidenceKind.NONE and draft.evidence.strip():
        raise InvalidInputError("写了佐证材料，就要选佐证方式；不用佐证的，请把佐证材料空着。", field="evidence_kind")
    if draft.level_group and draft.points <= 0:
        raise InvalidInputError("只有加分的条款才能就高，扣分条款请把就高组空着。", field="level_group")
    if draft.excludes_paid_duty and draft.points <= 0:
        raise InvalidInputError("只有加分的条款才有“有偿不计”，扣分条款请不要选。", field="excludes_paid_duty")
    if draft.reminds_first and draft.points >= 0:
        raise InvalidInputError("只有扣分的条款才能先发整改提醒单，加分条款请不要选。", field="reminds_first")


def _check_heard(draft: RuleDraft) -> None:
    """A sanction is decided by people, after the household was told and could answer; old books may lack the step."""
    is_sanction = draft.points < 0 or draft.effect is not Effect.NONE
    if is_sanction and not any(step in _CHOOSING for step in draft.steps):
        what = "扣分" if draft.points < 0 else "暂停资格"
        raise InvalidInputError(
            f"“{draft.name.strip()[:20]}”是{what}，要先告知这一户、听他们说明，再由大家来定：程序里至少要有“评议”这一步"
            "（或复核、会议），请选上。",
            field="steps",
        )


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule of a table that is handed down, with the bounds of its points (hundredths, low is the smaller number).

    says: the details that the place above decided on; the others a village keeps as it has them.
    """

    rule: RuleDraft
    low: int
    high: int
    says: tuple[str, ...] = tuple(LABELS)

    def holds(self, points: int | None) -> bool:
        """Whether points are within the bounds; None, where there is no range, is."""
        return points is None or self.low <= points <= self.high
