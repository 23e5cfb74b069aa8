"""What differs between two versions of rules or covenant, and what a rule says, in words that people read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from pointsbank.covenant.models import (
    CAP_SCOPE_NAMES,
    EFFECT_NAMES,
    EVIDENCE_KIND_NAMES,
    STEP_NAMES,
    THEME_NAMES,
    TRACK_NAMES,
    EvidenceKind,
)
from pointsbank.covenant.services import LABELS, ClauseDraft, RuleDraft
from pointsbank.foundation.periods import SPAN_NAMES
from pointsbank.foundation.points import format_points

NO_CAP = "不封顶"
NO_LIMIT = "不限"
OWN = "本村（社区）自订"
NOBODY: Mapping[str, str] = {}  # no place above is known by its name
NO_STEPS = "直接入账"
NOTHING = "（空）"
ALIKE_MIN = 0.5  # texts that share less are shown one after the other, not word by word


class Kind(StrEnum):
    """What became of a rule from one version to the next."""

    NEW = "new"
    CHANGED = "changed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing about a rule that is not as it was, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A rule that is new, changed or dropped. rule: as it is now, a dropped one as it was."""

    kind: Kind
    rule: RuleDraft
    changes: tuple[Change, ...] = ()


def differences(
    before: Sequence[RuleDraft], after: Sequence[RuleDraft], places: Mapping[str, str] = NOBODY
) -> list[Difference]:
    """What differs, in the order of the later version, the dropped ones at the end. A rule is known by its code.

    places: the names of the places above by their code.
    """
    was = {rule.code: rule for rule in before}
    found = []
    for rule in after:
        old = was.pop(rule.code, None)
        if old is None:
            found.append(Difference(Kind.NEW, rule))
        elif old != rule:
            found.append(Difference(Kind.CHANGED, rule, changes(old, rule, places)))
    return found + [Difference(Kind.DROPPED, rule) for rule in was.values()]


def changes(before: RuleDraft, after: RuleDraft, places: Mapping[str, str] = NOBODY) -> tuple[Change, ...]:
    """What is not the same about a rule, in the order of the columns."""
    old, new = in_words(before, places), in_words(after, places)
    return tuple(Change(label, old[label], words) for label, words in new.items() if words != old[label])


def in_words(rule: RuleDraft, places: Mapping[str, str] = NOBODY) -> dict[str, str]:
    """Everything that a rule says, by the name of the detail; what belongs together is one sentence."""
    return {
        LABELS["code"]: rule.code,
        LABELS["category"]: rule.category,
        LABELS["name"]: rule.name,
        LABELS["name_en"]: rule.name_en or NOTHING,
        LABELS["points"]: points_in_words(rule),
        LABELS["quantity_max"]: quantity_in_words(rule) or NO_LIMIT,
        "封顶": cap_in_words(rule),
        "限次": times_in_words(rule) or NO_LIMIT,
        LABELS["track"]: TRACK_NAMES[rule.track],
        LABELS["effect"]: EFFECT_NAMES[rule.effect],
        LABELS["evidence_kind"]: EVIDENCE_KIND_NAMES[rule.evidence_kind],
        LABELS["evidence"]: rule.evidence or NOTHING,
        LABELS["keep_evidence"]: "留存" if rule.keep_evidence else "查验不留存",
        LABELS["steps"]: steps_in_words(rule),
        LABELS["volunteer_hours"]: "计" if rule.volunteer_hours else "不计",
        LABELS["level_group"]: rule.level_group or "（不就高）",
        LABELS["excludes_paid_duty"]: "领报酬的本职工作不计分" if rule.excludes_paid_duty else "不分",
        LABELS["reminds_first"]: "先发整改提醒单" if rule.reminds_first else "不发",
        LABELS["handed_down_by"]: source_in_words(rule.handed_down_by, places),
        LABELS["clause_code"]: clause_in_words(rule.clause_code) or NOTHING,
    }


def points_in_words(rule: RuleDraft) -> str:
    """Points with their sign for each unit: +2 分/小时, +5～10 分/次; 不计分 for a rule of 0 points."""
    if rule.points == 0:
        return "不计分"
    points = f"{'+' if rule.points > 0 else ''}{format_points(rule.points)}"
    until = f"～{format_points(rule.points_to)}" if rule.points_to is not None else ""
    return f"{points}{until} 分/{rule.unit}"


def quantity_in_words(rule: RuleDraft) -> str:
    """How much of the unit one deed may count: 每次最多 8 小时; empty for any."""
    return f"每次最多 {format_points(rule.quantity_max)} {rule.unit}" if rule.quantity_max is not None else ""


def cap_in_words(rule: RuleDraft) -> str:
    """Up to how many points: 每人每月最多 10 分; 最多扣 10 分 for deductions."""
    if rule.cap_points is None or rule.cap_span is None or rule.cap_scope is None:
        return NO_CAP
    whose, verb = f"{CAP_SCOPE_NAMES[rule.cap_scope]}{SPAN_NAMES[rule.cap_span]}", "扣" if rule.cap_points < 0 else ""
    return f"{whose}最多{verb} {format_points(abs(rule.cap_points))} 分"


def times_in_words(rule: RuleDraft) -> str:
    """How often: 每户每年最多 3 次; empty for as often as it happens."""
    if rule.times_max is None or rule.times_span is None or rule.times_scope is None:
        return ""
    return f"{CAP_SCOPE_NAMES[rule.times_scope]}{SPAN_NAMES[rule.times_span]}最多 {rule.times_max} 次"


def limits_in_words(rule: RuleDraft) -> str:
    """Everything that limits it, as one sentence: points, times, quantity."""
    limits = (cap_in_words(rule), times_in_words(rule), quantity_in_words(rule))
    return "；".join(words for words in limits if words not in ("", NO_CAP)) or NO_CAP


def evidence_in_words(rule: RuleDraft) -> str:
    """What shows that it was done: 照片：活动照片; the words alone where they say the kind; empty for none."""
    kind = EVIDENCE_KIND_NAMES[rule.evidence_kind] if rule.evidence_kind is not EvidenceKind.NONE else ""
    if not kind or not rule.evidence or kind in rule.evidence or rule.evidence_kind is EvidenceKind.DOCUMENT:
        return rule.evidence or kind
    return f"{kind}：{rule.evidence}"


def source_in_words(code: str, places: Mapping[str, str] = NOBODY) -> str:
    """Where a rule comes from: the village itself, or the name of the place above (its code where unknown)."""
    return f"{places.get(code, code)}下发" if code else OWN


def steps_in_words(rule: RuleDraft) -> str:
    """The steps in order: 初审 → 评议."""
    return " → ".join(STEP_NAMES[step] for step in rule.steps) or NO_STEPS


def clause_in_words(code: str) -> str:
    """A clause by its code: 第 3 条; empty for none."""
    return f"第 {code} 条" if code else ""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a changed text. kind: NEW where it came in, DROPPED where it went, None where it stayed."""

    kind: Kind | None
    text: str


@dataclass(frozen=True, slots=True)
class ClauseDifference:
    """A clause that is new, changed or dropped. clause: as it is now, a dropped one as it was."""

    kind: Kind
    clause: ClauseDraft
    before: ClauseDraft | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        """What of its code and theme is not as it was."""
        if self.before is None:
            return ()
        old, new = self.before, self.clause
        pairs = (
            ("编号", clause_in_words(old.code), clause_in_words(new.code)),
            ("主题", THEME_NAMES[old.theme], THEME_NAMES[new.theme]),
        )
        return tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])

    @property
    def parts(self) -> list[Part]:
        """The text with what went and what came; the text alone where it is the same."""
        return text_parts(self.before.text if self.before else self.clause.text, self.clause.text)


def clause_differences(before: Sequence[ClauseDraft], after: Sequence[ClauseDraft]) -> list[ClauseDifference]:
    """What differs, in the order of the later version, the dropped ones at the end.

    A clause is known by its words, else by its code: one that only moved to another number has not become another.
    """
    left = list(before)
    pairs: dict[int, ClauseDraft] = {}
    for same in (_same, _same_words, _same_code):
        for number, clause in enumerate(after):
            found = next((old for old in left if number not in pairs and same(old, clause)), None)
            if found is not None:
                pairs[number] = found
                left.remove(found)
    differing = []
    for number, clause in enumerate(after):
        old = pairs.get(number)
        if old is None:
            differing.append(ClauseDifference(Kind.NEW, clause))
        elif old != clause:
            differing.append(ClauseDifference(Kind.CHANGED, clause, old))
    return differing + [ClauseDifference(Kind.DROPPED, clause) for clause in left]


def _same(old: ClauseDraft, new: ClauseDraft) -> bool:
    return old == new


def _same_words(old: ClauseDraft, new: ClauseDraft) -> bool:
    return old.text == new.text


def _same_code(old: ClauseDraft, new: ClauseDraft) -> bool:
    return old.code == new.code


def text_parts(before: str, after: str) -> list[Part]:
    """A text as it was and as it is, in pieces that stayed, went or came."""
    if before == after:
        return [Part(None, after)]
    compared = SequenceMatcher(None, before, after, autojunk=False)
    if compared.ratio() < ALIKE_MIN:
        return [Part(Kind.DROPPED, before), Part(Kind.NEW, after)]
    parts = []
    for operation, first, last, start, end in compared.get_opcodes():
        if operation == "equal":
            parts.append(Part(None, after[start:end]))
            continue
        if first < last:
            parts.append(Part(Kind.DROPPED, before[first:last]))
        if start < end:
            parts.append(Part(Kind.NEW, after[start:end]))
    return parts
