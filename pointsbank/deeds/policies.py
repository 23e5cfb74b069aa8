"""How much of what was asked for is given: pure rules, without a database. Points in hundredths, with sign."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pointsbank.covenant.models import CapScope, Rule, Track
from pointsbank.foundation.periods import SPAN_NAMES, Span, span_of
from pointsbank.foundation.points import format_points
from pointsbank.places.settings import VillageSettings


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that a deed runs against. most and used have the sign of the deed's points."""

    title: str  # what the limit is on, with its span: “参加志愿服务活动”每人每月
    most: int
    used: int

    @property
    def left(self) -> int:
        """What still fits, without sign."""
        return max(0, abs(self.most) - abs(self.used))


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a deed gives. cap_reason: the sentence that says why something was cut, "" when nothing was."""

    points_asked: int
    points: int
    cap_reason: str


def assess(points_asked: int, limits: Iterable[Limit]) -> Assessment:
    """The part that fits under all limits, and a sentence for each limit that cut it: limit, used, what is left."""
    sign = -1 if points_asked < 0 else 1
    given, reasons = abs(points_asked), []
    for limit in limits:
        if given > limit.left:
            given = limit.left
            reasons.append(_reason(limit, sign))
    return Assessment(points_asked, sign * given, "".join(reasons))


def _reason(limit: Limit, sign: int) -> str:
    verb = "扣" if sign < 0 else "记"
    most, used, left = (format_points(abs(units)) for units in (limit.most, limit.used, limit.left))
    if limit.left == 0:
        return f"{limit.title}最多{verb}{most}分，已{verb}{used}分，这次不再{verb}。"
    return f"{limit.title}最多{verb}{most}分，已{verb}{used}分，这次只{verb}{left}分。"


@dataclass(frozen=True, slots=True)
class Given:
    """What a booked deed was given, as caps count it."""

    household_id: int
    resident_id: int | None
    rule_code: str
    track: Track
    occurred_on: date
    points: int


_SumKey = tuple[CapScope, int, str, Span, date]  # whose, household's or person's id, rule's code, span, its first day
_ANY_RULE = ""  # stands for all rules that earn points to spend: no rule has an empty code


class Tally:
    """What was given so far, by household and person, rule and span; the deeds of one act are added as they come."""

    def __init__(self, given: Iterable[Given] = ()) -> None:
        self._sums: Counter[_SumKey] = Counter()
        for deed in given:
            self.add(deed)

    def add(self, deed: Given) -> None:
        """Count one more deed."""
        to_spend = deed.track is Track.POINTS and deed.points > 0
        for span in Span:
            first = _first_day(deed.occurred_on, span)
            self._sums[CapScope.HOUSEHOLD, deed.household_id, deed.rule_code, span, first] += deed.points
            if deed.resident_id is not None:
                self._sums[CapScope.PERSON, deed.resident_id, deed.rule_code, span, first] += deed.points
            if to_spend:
                self._sums[CapScope.HOUSEHOLD, deed.household_id, _ANY_RULE, span, first] += deed.points

    def earned(self, household_id: int, day: date, span: Span) -> int:
        """Points to spend that a household was given within the span around a day; deductions do not count."""
        return self._sums[CapScope.HOUSEHOLD, household_id, _ANY_RULE, span, _first_day(day, span)]

    def limits(
        self, rule: Rule, settings: VillageSettings, household_id: int, resident_id: int | None, day: date
    ) -> list[Limit]:
        """The limits that a deed runs against: the rule's cap, the household's month and year."""
        found = []
        if rule.cap_points is not None and rule.cap_span is not None and rule.cap_scope is not None:
            whose = resident_id if rule.cap_scope is CapScope.PERSON else household_id
            first = _first_day(day, rule.cap_span)
            used = self._sums[rule.cap_scope, whose, rule.code, rule.cap_span, first] if whose is not None else 0
            by_person = rule.cap_scope is CapScope.PERSON
            title = f"“{rule.name}”{'每人' if by_person else '每户'}{SPAN_NAMES[rule.cap_span]}"
            found.append(Limit(title, rule.cap_points, used))
        if rule.track is Track.POINTS and rule.points > 0:
            totals = ((Span.MONTH, settings.household_month_max), (Span.YEAR, settings.household_year_max))
            for span, most in totals:
                found.append(Limit(f"每户{SPAN_NAMES[span]}合计", most, self.earned(household_id, day, span)))
        return found


@lru_cache(maxsize=4_096)
def _first_day(day: date, span: Span) -> date:
    return span_of(day, span)[0]
