"""How much of what was asked for is given: pure rules, without a database. Points in hundredths, with sign."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from pointsbank.covenant.models import CapScope, Rule, Track
from pointsbank.foundation.periods import SPAN_NAMES, Span, span_of
from pointsbank.foundation.points import UNITS_PER_POINT, format_points
from pointsbank.places.settings import VillageSettings

UNITS_IN_PARTS = frozenset({"小时"})  # of these there are halves; half a time or half a book makes no sense


def times_of(unit: str, quantity: int) -> int:
    """How often a deed counts against a cap in times: its whole units; hours are one time together."""
    return 1 if unit in UNITS_IN_PARTS else quantity // UNITS_PER_POINT


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that a deed runs against. most and used have the sign of the deed's points.

    per_time: points of one time where the limit is in times; then most and used are times × per_time.
    """

    title: str  # what the limit is on, with its span: “参加志愿服务活动”每人每月
    most: int
    used: int
    per_time: int = 0

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
    per, unit = (abs(limit.per_time) / UNITS_PER_POINT, "次") if limit.per_time else (1, "分")
    most, used, left = (format_points(round(abs(units) / per)) for units in (limit.most, limit.used, limit.left))
    if limit.left == 0:
        return f"{limit.title}最多{verb}{most}{unit}，已{verb}{used}{unit}，这次不再{verb}。"
    return f"{limit.title}最多{verb}{most}{unit}，已{verb}{used}{unit}，这次只{verb}{left}{unit}。"


def level_reason(name: str, used: int, left: int) -> str:
    """Why of a higher honour only the difference is given. used, left: hundredths."""
    if left == 0:
        return f"同一荣誉就高不重复：“{name}”以前已记{format_points(used)}分，这次不再记。"
    return f"同一荣誉就高不重复：以前已记{format_points(used)}分，这次补记差额{format_points(left)}分。"


@dataclass(frozen=True, slots=True)
class Given:
    """What a deed was given, as caps count it. times: how often it counts where a cap is in times.

    level_group, event_name: which honour it is, where only the highest level counts.
    """

    household_id: int
    resident_id: int | None
    rule_code: str
    track: Track
    occurred_on: date
    points: int
    times: int = 1
    level_group: str = ""
    event_name: str = ""


_SumKey = tuple[CapScope, int, str, Span, date]  # whose, household's or person's id, rule's code, span, its first day
_ANY_RULE = ""  # stands for all rules that earn points to spend: no rule has an empty code


class Tally:
    """What was given so far, by household and person, rule and span; the deeds of one act are added as they come."""

    def __init__(self, given: Iterable[Given] = ()) -> None:
        self._sums: Counter[_SumKey] = Counter()
        self._times: Counter[_SumKey] = Counter()
        self._levels: Counter[_LevelKey] = Counter()
        for deed in given:
            self.add(deed)

    def add(self, deed: Given) -> None:
        """Count one more deed."""
        to_spend = deed.track is Track.POINTS and deed.points > 0
        for span in Span:
            first = _first_day(deed.occurred_on, span)
            whose = [(CapScope.HOUSEHOLD, deed.household_id)]
            if deed.resident_id is not None:
                whose.append((CapScope.PERSON, deed.resident_id))
            for scope, owner in whose:
                self._sums[scope, owner, deed.rule_code, span, first] += deed.points
                self._times[scope, owner, deed.rule_code, span, first] += deed.times if deed.points else 0
            if to_spend:
                self._sums[CapScope.HOUSEHOLD, deed.household_id, _ANY_RULE, span, first] += deed.points
        if deed.level_group:
            self._levels[_honour_of(deed.household_id, deed.resident_id, deed.level_group, deed)] += deed.points

    def earned(self, household_id: int, day: date, span: Span) -> int:
        """Points to spend that a household was given within the span around a day; deductions do not count."""
        return self._sums[CapScope.HOUSEHOLD, household_id, _ANY_RULE, span, _first_day(day, span)]

    def given_of_honour(self, deed: Given) -> int:
        """What was given already for the same honour at any of its levels, in the year of the deed."""
        if not deed.level_group:
            return 0
        return self._levels[_honour_of(deed.household_id, deed.resident_id, deed.level_group, deed)]

    def limits(
        self,
        rule: Rule,
        settings: VillageSettings,
        household_id: int,
        resident_id: int | None,
        day: date,
        *,
        per_time: int = 0,
    ) -> list[Limit]:
        """The limits that a deed runs against: the rule's caps, the household's month and year.

        per_time: what one time of this deed asks, with sign, where a review chose it; 0: what the rule says.
        """
        found, per_time = [], per_time or rule.points
        if rule.times_max is not None and rule.times_span is not None and rule.times_scope is not None:
            used = self._used(self._times, rule, rule.times_scope, rule.times_span, household_id, resident_id, day)
            title = _title(rule, rule.times_scope, rule.times_span)
            found.append(Limit(title, rule.times_max * per_time, used * per_time, per_time))
        if rule.cap_points is not None and rule.cap_span is not None and rule.cap_scope is not None:
            used = self._used(self._sums, rule, rule.cap_scope, rule.cap_span, household_id, resident_id, day)
            found.append(Limit(_title(rule, rule.cap_scope, rule.cap_span), rule.cap_points, used))
        if rule.track is Track.POINTS and rule.points > 0:
            totals = ((Span.MONTH, settings.household_month_max), (Span.YEAR, settings.household_year_max))
            for span, most in totals:
                found.append(Limit(f"每户{SPAN_NAMES[span]}合计", most, self.earned(household_id, day, span)))
        return found

    @staticmethod
    def _used(
        sums: "Counter[_SumKey]",
        rule: Rule,
        scope: CapScope,
        span: Span,
        household_id: int,
        resident_id: int | None,
        day: date,
    ) -> int:
        whose = resident_id if scope is CapScope.PERSON else household_id
        return sums[scope, whose, rule.code, span, _first_day(day, span)] if whose is not None else 0


def _title(rule: Rule, scope: CapScope, span: Span) -> str:
    return f"“{rule.name}”{'每人' if scope is CapScope.PERSON else '每户'}{SPAN_NAMES[span]}"


_LevelKey = tuple[int, int | None, str, str, int]  # household, person, group of levels, honour's name, year


def _honour_of(household_id: int, resident_id: int | None, level_group: str, deed: Given) -> _LevelKey:
    name = "".join(unicodedata.normalize("NFKC", deed.event_name).split()).casefold()  # no other honour for a space
    return household_id, resident_id, level_group, name, deed.occurred_on.year


def assess_deed(tally: Tally, rule: Rule, settings: VillageSettings, deed: Given) -> Assessment:
    """What a deed is given of what it asks (deed.points): the highest level only, then the caps of the day.

    What is given is added to the tally.
    """
    limits = tally.limits(
        rule, settings, deed.household_id, deed.resident_id, deed.occurred_on, per_time=_per_time(deed)
    )
    asked, reason = deed.points, ""
    used = tally.given_of_honour(deed)
    if used > 0 and asked > 0:
        asked = max(0, asked - used)
        reason = level_reason(rule.name, used, asked)
    within = assess(asked, limits)
    tally.add(replace(deed, points=within.points))
    return Assessment(deed.points, within.points, reason + within.cap_reason)


def _per_time(deed: Given) -> int:
    """What one time of a deed asks, with sign: a whole deed within its times is never cut for rounding."""
    per_time = -(-abs(deed.points) // max(1, deed.times))
    return -per_time if deed.points < 0 else per_time


@lru_cache(maxsize=4_096)
def _first_day(day: date, span: Span) -> date:
    return span_of(day, span)[0]
