"""What differs between two versions of the rules, and what a rule says, in words that people read."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pointsbank.covenant.models import CAP_SCOPE_NAMES, EFFECT_NAMES, STEP_NAMES, TRACK_NAMES
from pointsbank.covenant.services import LABELS, RuleDraft
from pointsbank.foundation.periods import SPAN_NAMES
from pointsbank.foundation.points import format_points

NO_CAP = "不封顶"
NO_STEPS = "直接入账"
NOTHING = "（空）"


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


def differences(before: Sequence[RuleDraft], after: Sequence[RuleDraft]) -> list[Difference]:
    """What differs, in the order of the later version, the dropped ones at the end. A rule is known by its code."""
    was = {rule.code: rule for rule in before}
    found = []
    for rule in after:
        old = was.pop(rule.code, None)
        if old is None:
            found.append(Difference(Kind.NEW, rule))
        elif old != rule:
            found.append(Difference(Kind.CHANGED, rule, changes(old, rule)))
    return found + [Difference(Kind.DROPPED, rule) for rule in was.values()]


def changes(before: RuleDraft, after: RuleDraft) -> tuple[Change, ...]:
    """What is not the same about a rule, in the order of the columns."""
    old, new = in_words(before), in_words(after)
    return tuple(Change(label, old[label], words) for label, words in new.items() if words != old[label])


def in_words(rule: RuleDraft) -> dict[str, str]:
    """Everything that a rule says, by the name of the detail; the three parts of a cap are one sentence."""
    return {
        LABELS["code"]: rule.code,
        LABELS["category"]: rule.category,
        LABELS["name"]: rule.name,
        LABELS["name_en"]: rule.name_en or NOTHING,
        LABELS["points"]: points_in_words(rule),
        "封顶": cap_in_words(rule),
        LABELS["track"]: TRACK_NAMES[rule.track],
        LABELS["effect"]: EFFECT_NAMES[rule.effect],
        LABELS["evidence"]: rule.evidence or NOTHING,
        LABELS["keep_evidence"]: "留存" if rule.keep_evidence else "查验不留存",
        LABELS["steps"]: steps_in_words(rule),
        LABELS["volunteer_hours"]: "计" if rule.volunteer_hours else "不计",
    }


def points_in_words(rule: RuleDraft) -> str:
    """Points with their sign for each unit: +2 分/小时; 不计分 for a rule of 0 points."""
    if rule.points == 0:
        return "不计分"
    return f"{'+' if rule.points > 0 else ''}{format_points(rule.points)} 分/{rule.unit}"


def cap_in_words(rule: RuleDraft) -> str:
    """Up to how much: 每人每月最多 10 分; 最多扣 10 分 for deductions."""
    if rule.cap_points is None or rule.cap_span is None or rule.cap_scope is None:
        return NO_CAP
    whose, verb = f"{CAP_SCOPE_NAMES[rule.cap_scope]}{SPAN_NAMES[rule.cap_span]}", "扣" if rule.cap_points < 0 else ""
    return f"{whose}最多{verb} {format_points(abs(rule.cap_points))} 分"


def steps_in_words(rule: RuleDraft) -> str:
    """The steps in order: 初审 → 评议."""
    return " → ".join(STEP_NAMES[step] for step in rule.steps) or NO_STEPS
