"""Deeds as somebody wants them recorded, looked up and checked: household, person, rule, day, quantity."""

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Effect, Rule
from pointsbank.deeds import queries
from pointsbank.deeds.errors import DeedRefusedError, PaidDutyError, PersonSuspendedError
from pointsbank.deeds.models import Claim, ClaimState, Suspension
from pointsbank.deeds.policies import UNITS_IN_PARTS, Assessment, Given, Tally, assess_deed, times_of
from pointsbank.foundation import clock, points
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError, PointsBankError
from pointsbank.foundation.periods import Span, span_of
from pointsbank.foundation.texts import clean_text
from pointsbank.people.models import Household, Resident
from pointsbank.places import queries as places
from pointsbank.places.settings import VillageSettings

NOTE_LENGTH_MAX = 200
EVENT_LENGTH_MAX = 60
LATE_REASON_LENGTH_MAX = 200
QUANTITY_UNITS_MAX = 999 * points.UNITS_PER_POINT
LATE_DAYS_MAX = 366  # a deed can be recorded for a year; what is older needs a correction in the books
SUSPENDED_DAYS_MAX = 3_660  # ten years: longer than any covenant suspends, short of a mistyped year


@dataclass(frozen=True, slots=True)
class DeedDraft:
    """A deed as somebody wants it recorded. quantity: hundredths of the rule's unit.

    event_name: the occasion. late_reason: why it comes late, where the policy asks. suspended_until and claws_back
    (a claim's serial): for the rules that suspend a person or take points back.
    """

    household_id: int
    rule_code: str
    quantity: int
    occurred_on: date
    resident_id: int | None = None
    note: str = ""
    event_name: str = ""
    late_reason: str = ""
    suspended_until: date | None = None
    claws_back: int | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """A draft with what it names, checked."""

    draft: DeedDraft
    household: Household
    resident: Resident | None
    rule: Rule


@dataclass(frozen=True, slots=True)
class Named:
    """What the drafts of one act name, read once for all of them."""

    village_id: int
    households: dict[int, Household]
    residents: dict[int, Resident]
    rules: dict[tuple[date, str], Rule]  # by day and code
    settings: dict[date, VillageSettings]
    suspensions: dict[int, list[Suspension]]  # by resident
    clawed: dict[int, Claim]  # what is to be taken back, by serial

    @classmethod
    def by(cls, village_id: int, drafts: Sequence[DeedDraft]) -> "Named":
        """Look up what these drafts name; what is not of this village is left out."""
        household_ids = {draft.household_id for draft in drafts}
        resident_ids = {draft.resident_id for draft in drafts if draft.resident_id is not None}
        households = select(Household).where(Household.village_id == village_id, Household.id.in_(household_ids))
        residents = select(Resident).where(Resident.village_id == village_id, Resident.id.in_(resident_ids))
        days = {draft.occurred_on for draft in drafts}
        return cls(
            village_id,
            {household.id: household for household in session().scalars(households)},
            {resident.id: resident for resident in session().scalars(residents)} if resident_ids else {},
            _rules_by_day(village_id, days, {draft.rule_code for draft in drafts if draft.rule_code.isprintable()}),
            {day: places.settings_on(village_id, day) for day in {*days, clock.today()}},
            _suspensions(village_id, resident_ids) if resident_ids else {},
            _clawed(village_id, {draft.claws_back for draft in drafts if draft.claws_back is not None}),
        )

    def household(self, draft: DeedDraft) -> Household:
        """Whose deed it is. Raises NotFoundError, DeedRefusedError."""
        household = self.households.get(draft.household_id)
        if household is None:
            raise NotFoundError("没有找到这一户。请按姓名首字母或户号重新选。", field="who")
        if household.closed_on is not None:
            raise DeedRefusedError("这一户已经注销，不能再记分。", field="who")
        return household

    def resident(self, draft: DeedDraft) -> Resident | None:
        """Who of the household did it, if the draft says. Raises NotFoundError, DeedRefusedError."""
        if draft.resident_id is None:
            return None
        resident = self.residents.get(draft.resident_id)
        if resident is None or resident.household_id != draft.household_id:
            raise NotFoundError("这一户没有这个人。请按姓名首字母或户号重新选。", field="who")
        if resident.closed_on is not None:
            raise DeedRefusedError("这个人已经不在册，不能再记分。", field="who")
        return resident

    def rule(self, draft: DeedDraft) -> Rule:
        """The rule of the day. Raises NoRuleBookError, UnknownRuleError."""
        rule = self.rules.get((draft.occurred_on, draft.rule_code))
        return rule or covenant.rule_on(self.village_id, draft.occurred_on, draft.rule_code)


def _rules_by_day(village_id: int, days: Set[date], codes: Set[str]) -> dict[tuple[date, str], Rule]:
    """The rules with these codes on each of the days; days share their book."""
    found: dict[tuple[date, str], Rule] = {}
    in_book: dict[int, Sequence[Rule]] = {}
    for day in days:
        book = covenant.book_on(village_id, day)
        if book is not None:
            if book.id not in in_book:
                wanted = select(Rule).where(Rule.rule_book_id == book.id, Rule.code.in_(codes))
                in_book[book.id] = session().scalars(wanted).all()
            found.update({(day, rule.code): rule for rule in in_book[book.id]})
    return found


def _suspensions(village_id: int, resident_ids: Set[int]) -> dict[int, list[Suspension]]:
    query = select(Suspension).where(Suspension.village_id == village_id, Suspension.resident_id.in_(resident_ids))
    found: dict[int, list[Suspension]] = {}
    for suspension in session().scalars(query):
        found.setdefault(suspension.resident_id, []).append(suspension)
    return found


def _clawed(village_id: int, serials: Set[int]) -> dict[int, Claim]:
    if not serials:
        return {}
    query = select(Claim).where(Claim.village_id == village_id, Claim.serial.in_(serials))
    return {claim.serial: claim for claim in session().scalars(query)}


def checked(named: Named, draft: DeedDraft, *, reported_on: date | None = None) -> Deed:
    """The draft with its household, person and rule. Raises DeedRefusedError, NotFoundError, NoRuleBookError,
    UnknownRuleError with the form's field.

    reported_on: when it was first claimed, if not today: what is mended is not late because it was returned.
    """
    household = named.household(draft)
    _check_day(named, draft, reported_on or clock.today())
    rule = named.rule(draft)
    _check_quantity(rule, draft.quantity)
    resident = named.resident(draft)
    if rule.needs_person and resident is None:
        raise DeedRefusedError("这一条按人计分，请选是这一户的哪一位。", field="who")
    if resident is not None and not rule.is_sanction:
        _check_person(named, rule, resident, draft.occurred_on)
    _check_effect(named, rule, draft)
    clean_text(draft.note, what="备注", length_max=NOTE_LENGTH_MAX, field="note")
    clean_text(draft.event_name, what="活动名称", length_max=EVENT_LENGTH_MAX, field="event_name")
    return Deed(draft, household, resident, rule)


def _check_day(named: Named, draft: DeedDraft, reported_on: date) -> None:
    if draft.occurred_on > clock.today():
        raise DeedRefusedError("日期还没到，请填今天或以前。", field="occurred_on")
    if draft.occurred_on < reported_on - timedelta(days=LATE_DAYS_MAX):
        raise DeedRefusedError("日期太早，只能补记一年以内的事。", field="occurred_on")
    days, most = (reported_on - draft.occurred_on).days, named.settings[clock.today()].late_claim_days
    reason = clean_text(draft.late_reason, what="迟报原因", length_max=LATE_REASON_LENGTH_MAX, field="late_reason")
    if days > most and not reason:
        raise DeedRefusedError(
            f"这件事过去 {days} 天了，超过 {most} 天算迟报，请写明为什么现在才报。", field="late_reason"
        )


def _check_effect(named: Named, rule: Rule, draft: DeedDraft) -> None:
    """What a rule with an effect needs besides: until when, or which claim is taken back."""
    until = draft.suspended_until
    if rule.effect is Effect.SUSPEND_PERSON and until is not None:
        if until < draft.occurred_on:
            raise DeedRefusedError("暂停到的那天要在事情发生之后。", field="suspended_until")
        if until > draft.occurred_on + timedelta(days=SUSPENDED_DAYS_MAX):
            raise DeedRefusedError("暂停最多十年，请核对年份。", field="suspended_until")
    if rule.effect is not Effect.CLAW_BACK:
        return
    if draft.claws_back is None:
        raise DeedRefusedError("这一条要追回一笔积分，请填是追回第几号。", field="claws_back")
    wrong = named.clawed.get(draft.claws_back)
    if wrong is None or wrong.household_id != draft.household_id:
        raise DeedRefusedError(f"这一户没有第 {draft.claws_back} 号，请到“申报”里核对编号。", field="claws_back")
    if wrong.state is not ClaimState.BOOKED:
        raise DeedRefusedError(f"第 {wrong.serial} 号没有入账或者已经撤销，没有积分可追回。", field="claws_back")


def _check_quantity(rule: Rule, quantity: int) -> None:
    if not 1 <= quantity <= QUANTITY_UNITS_MAX:
        raise DeedRefusedError("数量要大于 0，最多 999。", field="quantity")
    if quantity % points.UNITS_PER_POINT and rule.unit not in UNITS_IN_PARTS:
        raise DeedRefusedError(f"这一条按“{rule.unit}”计，数量要填整数。", field="quantity")
    if rule.quantity_max is not None and quantity > rule.quantity_max:
        most = points.format_points(rule.quantity_max)
        raise DeedRefusedError(f"“{rule.name}”一次最多记 {most} {rule.unit}，请核对数量。", field="quantity")


def _check_person(named: Named, rule: Rule, resident: Resident, day: date) -> None:
    for suspension in named.suspensions.get(resident.id, []):
        if suspension.holds_on(day):
            raise PersonSuspendedError(
                f"{resident.name}暂停资格到 {suspension.until:%Y-%m-%d}，这期间的事不记分；这一户已有的积分不受影响。",
                field="who",
            )
    if rule.excludes_paid_duty and resident.paid_post:
        raise PaidDutyError(
            f"{resident.name}是{resident.paid_post}，“{rule.name}”对领报酬的本职工作不记分。", field="who"
        )


def checked_or_refused(named: Named, draft: DeedDraft) -> Deed | PointsBankError:
    """As checked; what it would raise is given instead."""
    try:
        return checked(named, draft)
    except PointsBankError as refusal:
        return refusal


def tally_for(village_id: int, deeds: Sequence[Deed], *, without: Collection[int] = ()) -> Tally:
    """What was given before within the spans that the caps of these deeds count in; without: ids of claims."""
    if not deeds:
        return Tally()
    days = [day for deed in deeds for day in span_of(deed.draft.occurred_on, Span.YEAR)]
    households = {deed.household.id for deed in deeds}
    people = {deed.resident.id for deed in deeds if deed.resident and deed.rule.needs_person}
    return queries.tally(village_id, households, people, min(days), max(days), without=without)


def assess(named: Named, tally: Tally, deed: Deed) -> Assessment:
    """Rule × quantity, rounded once, then the caps of the day it happened; what is given is added to the tally."""
    draft, rule = deed.draft, deed.rule
    asked = Given(
        draft.household_id,
        draft.resident_id,
        rule.code,
        rule.track,
        draft.occurred_on,
        points.times(rule.points, draft.quantity),
        times=times_of(rule.unit, draft.quantity),
        level_group=rule.level_group,
        event_name=draft.event_name,
    )
    return assess_deed(tally, rule, named.settings[draft.occurred_on], asked)
