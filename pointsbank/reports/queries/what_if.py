"""What the last months would have given under other rules: every booked deed is counted again, caps and all.

Both sides are counted the same way: once by the newest rules, once by the draft. What differs is added to what was
really booked, so that the same rules give no difference, and old mistakes that were undone since do not count.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from pointsbank.covenant import queries as covenant
from pointsbank.covenant.errors import NoRuleBookError
from pointsbank.covenant.models import Rule, Track
from pointsbank.covenant.rule_drafts import RuleDraft
from pointsbank.deeds.models import Claim, ClaimState
from pointsbank.deeds.policies import Given, Tally, assess_deed, times_of
from pointsbank.foundation import clock, periods, points
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.periods import Span
from pointsbank.ledger import queries as ledger
from pointsbank.market.models import Good
from pointsbank.people.models import Household
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings

MONTHS_MAX = 12
SHOWN_MAX = 10  # households whose rank changes most

Sides = tuple[int, int]  # hundredths: now, then


@dataclass(frozen=True, slots=True)
class Line:
    """A category or group with its points, in hundredths, as booked and as they would have been."""

    name: str
    now: int
    then: int

    @property
    def difference(self) -> int:
        """How much more it would have been."""
        return self.then - self.now


@dataclass(frozen=True, slots=True)
class RankChange:
    """A household whose place in the ranking of these months would have been another."""

    household: Household
    rank_now: int
    rank_then: int
    points_now: int
    points_then: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the shelves hold against the points that can still be spent. Money in fen."""

    outstanding: int  # hundredths of a point
    worth_fen: int  # of these points at the village's rate
    stock_fen: int  # of the goods, at cost

    @property
    def share(self) -> Fraction | None:
        """Stock for each yuan that the points are worth; None when no points are outstanding."""
        return Fraction(self.stock_fen, self.worth_fen) if self.worth_fen > 0 else None

    def with_more(self, units: int, settings: VillageSettings) -> "Coverage":
        """The same shelves against so many more points."""
        outstanding = self.outstanding + units
        return Coverage(outstanding, round(Fraction(outstanding * 100, settings.points_per_yuan)), self.stock_fen)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would have been different. issued: all earnings, points and honour; deductions stand in their category.

    at_limit: how many times a household reached what it may earn in a month.
    """

    first_day: date
    last_day: date
    deeds: int
    issued_now: int
    issued_then: int
    by_category: list[Line]
    by_group: list[Line]
    at_limit: Sides
    changed_households: int
    changed_ranks: int
    rank_changes: list[RankChange]
    coverage_now: Coverage
    coverage_then: Coverage


def what_if(village: Place, drafts: Sequence[RuleDraft], months: int) -> WhatIf:
    """Count the deeds of the last months (1 to 12, the running one is the last) again under these rules.

    Raises InvalidInputError for another number of months, NoRuleBookError when the village has no rules to compare.
    """
    if not 1 <= months <= MONTHS_MAX:
        raise InvalidInputError(f"月数要填 1 到 {MONTHS_MAX} 之间的整数。", field="months")
    latest = covenant.latest_book(village.id)
    if latest is None:
        raise NoRuleBookError
    last_day = clock.today()
    first_day = _first_day(last_day, months)
    claims = _claims(village.id, date(first_day.year, 1, 1), last_day)
    settings = _settings_by_month(village.id, claims)
    now = _replay(claims, {rule.code: rule for rule in covenant.rules_of(latest)}, settings)
    then = _replay(claims, {draft.code: _rule_of(draft) for draft in drafts}, settings)
    within = [claim for claim in claims if claim.occurred_on >= first_day]
    given = {claim.id: (claim.points, claim.points + then[claim.id] - now[claim.id]) for claim in within}
    return _compare(village, within, given, drafts, first_day, last_day)


def _first_day(last_day: date, months: int) -> date:
    period = periods.period_of(last_day)
    for _ in range(months - 1):
        period = periods.previous_period(period)
    return periods.days_of(period)[0]


def _claims(village_id: int, first_day: date, last_day: date) -> Sequence[Claim]:
    """The booked deeds from the beginning of the year, in order: caps of quarter and year count what came before."""
    query = (
        select(Claim)
        .join(Claim.rule)
        .options(contains_eager(Claim.rule), joinedload(Claim.household).joinedload(Household.group))
        .where(
            Claim.village_id == village_id,
            Claim.state == ClaimState.BOOKED,
            Claim.occurred_on >= first_day,
            Claim.occurred_on <= last_day,
        )
        .order_by(Claim.serial)
    )
    return session().scalars(query).all()


def _settings_by_month(village_id: int, claims: Iterable[Claim]) -> dict[str, VillageSettings]:
    months = {month: periods.days_of(month)[1] for month in {periods.period_of(claim.occurred_on) for claim in claims}}
    settings = places.settings_on_days(village_id, set(months.values()))
    return {month: settings[day] for month, day in months.items()}


def _rule_of(draft: RuleDraft) -> Rule:
    """A rule to count by; it is never stored."""
    return Rule(
        code=draft.code,
        category=draft.category,
        name=draft.name,
        points=draft.points,
        points_to=draft.points_to,
        unit=draft.unit,
        quantity_max=draft.quantity_max,
        cap_points=draft.cap_points,
        cap_span=draft.cap_span,
        cap_scope=draft.cap_scope,
        times_max=draft.times_max,
        times_span=draft.times_span,
        times_scope=draft.times_scope,
        track=draft.track,
        level_group=draft.level_group,
    )


def _replay(
    claims: Sequence[Claim], rules: Mapping[str, Rule], settings: Mapping[str, VillageSettings]
) -> dict[int, int]:
    """What each claim, by its id, is given under these rules; a deed that no rule knows gives nothing."""
    tally, given = Tally(), {}
    for claim in claims:
        rule = rules.get(claim.rule.code)
        if rule is None:
            given[claim.id] = 0
            continue
        quantity = min(claim.quantity, rule.quantity_max or claim.quantity)
        deed = Given(
            claim.household_id,
            claim.resident_id,
            rule.code,
            rule.track,
            claim.occurred_on,
            _asked(claim, rule, quantity),
            times_of(rule.unit, quantity),
            rule.level_group,
            claim.event_name,
        )
        given[claim.id] = assess_deed(tally, rule, settings[periods.period_of(claim.occurred_on)], deed).points
    return given


def _asked(claim: Claim, rule: Rule, quantity: int) -> int:
    """Rule × quantity; of a range what the review chose then, as far as the range goes."""
    low = points.times(rule.points, quantity)
    if rule.points_to is None or claim.points * low <= 0:
        return low
    high = points.times(rule.points_to, quantity)
    return sorted((low, claim.points, high))[1]


def _compare(
    village: Place,
    claims: Sequence[Claim],
    given: Mapping[int, Sides],
    drafts: Sequence[RuleDraft],
    first_day: date,
    last_day: date,
) -> WhatIf:
    issued_now = sum(max(0, given[claim.id][0]) for claim in claims)
    issued_then = sum(max(0, given[claim.id][1]) for claim in claims)
    earned = _by_household(claims, given)
    changes = _rank_changes(claims, earned)
    settings = places.settings_on(village.id, last_day)
    coverage = _coverage(village.id, settings)
    return WhatIf(
        first_day=first_day,
        last_day=last_day,
        deeds=len(claims),
        issued_now=issued_now,
        issued_then=issued_then,
        by_category=_by_category(claims, given, drafts),
        by_group=_lines(
            ((claim.household.group.number, claim.household.group.name), given[claim.id]) for claim in claims
        ),
        at_limit=_at_limit(claims, given, settings.household_month_max),
        changed_households=len({claim.household_id for claim in claims if len(set(given[claim.id])) > 1}),
        changed_ranks=len(changes),
        rank_changes=changes[:SHOWN_MAX],
        coverage_now=coverage,
        coverage_then=coverage.with_more(_to_spend_difference(claims, given, drafts), settings),
    )


def _lines(parts: Iterable[tuple[tuple[int, str], Sides]]) -> list[Line]:
    """Sums by name, in the order of the number before the name."""
    sums: dict[tuple[int, str], list[int]] = {}
    for key, (now, then) in parts:
        total = sums.setdefault(key, [0, 0])
        total[0] += now
        total[1] += then
    return [Line(name, *total) for (_, name), total in sorted(sums.items())]


def _by_category(claims: Sequence[Claim], given: Mapping[int, Sides], drafts: Sequence[RuleDraft]) -> list[Line]:
    """In the order of the draft; a category that it no longer has comes last."""
    order: dict[str, int] = {}
    for position, draft in enumerate(drafts):
        order.setdefault(draft.category, position)
    return _lines(((order.get(c.rule.category, len(drafts)), c.rule.category), given[c.id]) for c in claims)


def _by_household(claims: Sequence[Claim], given: Mapping[int, Sides]) -> dict[int, Sides]:
    """Earnings by household, now and then; deductions do not count in a ranking."""
    now: Counter[int] = Counter()
    then: Counter[int] = Counter()
    for claim in claims:
        now[claim.household_id] += max(0, given[claim.id][0])
        then[claim.household_id] += max(0, given[claim.id][1])
    return {household: (now[household], then[household]) for household in now}


def _rank_changes(claims: Sequence[Claim], earned: Mapping[int, Sides]) -> list[RankChange]:
    """Those whose rank changes, the greatest change first; ties share a rank."""
    households = {claim.household_id: claim.household for claim in claims}
    ranks = [_ranks({household: sums[side] for household, sums in earned.items()}) for side in (0, 1)]
    changes = [
        RankChange(households[household], ranks[0][household], ranks[1][household], *sums)
        for household, sums in earned.items()
        if ranks[0][household] != ranks[1][household]
    ]
    return sorted(changes, key=lambda change: (-abs(change.rank_now - change.rank_then), change.rank_now))


def _ranks(sums: Mapping[int, int]) -> dict[int, int]:
    ordered = sorted(sums.values(), reverse=True)
    first = {total: rank for rank, total in reversed(list(enumerate(ordered, start=1)))}
    return {household: first[total] for household, total in sums.items()}


def _at_limit(claims: Sequence[Claim], given: Mapping[int, Sides], most: int) -> Sides:
    now: Counter[tuple[int, date]] = Counter()
    then: Counter[tuple[int, date]] = Counter()
    for claim in claims:
        if claim.rule.track is not Track.POINTS:
            continue
        month = claim.household_id, periods.span_of(claim.occurred_on, Span.MONTH)[0]
        now[month] += max(0, given[claim.id][0])
        then[month] += max(0, given[claim.id][1])
    return sum(total >= most for total in now.values()), sum(total >= most for total in then.values())


def _to_spend_difference(claims: Sequence[Claim], given: Mapping[int, Sides], drafts: Sequence[RuleDraft]) -> int:
    """How many more points there would be to spend; honour points buy nothing, whatever side they are on."""
    tracks = {draft.code: draft.track for draft in drafts}
    total = 0
    for claim in claims:
        now, then = given[claim.id]
        total -= now if claim.rule.track is Track.POINTS else 0
        total += then if tracks.get(claim.rule.code, claim.rule.track) is Track.POINTS else 0
    return total


def _coverage(village_id: int, settings: VillageSettings) -> Coverage:
    stock = session().scalar(select(func.sum(Good.on_hand * Good.cost_fen)).where(Good.village_id == village_id))
    return Coverage(0, 0, int(stock or 0)).with_more(ledger.outstanding(village_id), settings)
