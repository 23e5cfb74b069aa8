"""What differs between two versions of rules or covenant, and what a rule says, in words that people read."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from pointsbank.covenant.models import CAP_SCOPE_NAMES, EFFECT_NAMES, STEP_NAMES, THEME_NAMES, TRACK_NAMES
from pointsbank.covenant.services import LABELS, ClauseDraft, RuleDraft
from pointsbank.foundation.periods import SPAN_NAMES
from pointsbank.foundation.points import format_points

NO_CAP = "不封顶"
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
        LABELS["clause_code"]: clause_in_words(rule.clause_code) or NOTHING,
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
