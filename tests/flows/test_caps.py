"""A deed gives what fits under the rule's cap and the household's totals, and says why something was cut."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.models import Claim, ClaimOrigin
from pointsbank.deeds.services import DeedDraft
from pointsbank.deeds.verification import problems
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.ledger import queries as ledger
from pointsbank.people.models import Household, Resident
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.conftest import both_databases
from tests.deed_rules import BRAVERY, HELPING, LAND, LITTER, MEETING, READING, STUDENT, VOLUNTEERING, make_rules
from tests.factories import make_household, make_resident, make_village

pytestmark = both_databases

TODAY, YESTERDAY, LAST_MONTH = date(2026, 3, 18), date(2026, 3, 17), date(2026, 2, 20)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


@pytest.fixture
def person(village: Place, household: Household) -> Resident:
    return make_resident(village, household, "李小芳")


def draft(who: Household | Resident, rule: RuleDraft, quantity: int = 1, day: date = TODAY) -> DeedDraft:
    """A deed; quantity in whole units of the rule."""
    if isinstance(who, Resident):
        return DeedDraft(who.household_id, rule.code, quantity * 100, day, who.id, late_reason="翻账本才看到")
    return DeedDraft(who.id, rule.code, quantity * 100, day, late_reason="翻账本才看到")


def record(village: Place, who: Household | Resident, rule: RuleDraft, quantity: int = 1, day: date = TODAY) -> Claim:
    booked = services.record(village, draft(who, rule, quantity, day), SYSTEM, new_key())
    return queries.claim(village.id, booked["claim"])


def test_a_cap_gives_the_part_that_fits_and_then_nothing_with_the_sentence(
    village: Place, household: Household
) -> None:
    first, second, third = (record(village, household, HELPING, quantity) for quantity in (2, 1, 1))
    assert (first.points, first.cap_reason) == (600, "")
    assert (second.points_asked, second.points) == (300, 200)
    assert second.cap_reason == "“帮助独居、留守老人”每户每月最多记8分，已记6分，这次只记2分。"
    assert (third.points_asked, third.points) == (300, 0)
    assert third.cap_reason == "“帮助独居、留守老人”每户每月最多记8分，已记8分，这次不再记。"
    assert ledger.balances(village.id, household.serial).spendable == 800
    assert problems(village) == []


def test_a_cap_per_person_counts_each_person_of_a_household_alone(
    village: Place, household: Household, person: Resident
) -> None:
    other = make_resident(village, household, "张小明", "子")
    assert [record(village, person, MEETING, 1).points for _ in range(3)] == [200, 200, 0]
    assert record(village, other, MEETING, 3).points == 400
    assert "每人每季度最多记4分" in queries.claims_by(village.id, SYSTEM.key, 1)[0].cap_reason


@pytest.mark.parametrize(
    ("rule", "most", "same_span", "next_span"),
    [
        (READING, 200, TODAY, YESTERDAY),
        (VOLUNTEERING, 2_400, date(2026, 3, 1), LAST_MONTH),
        (MEETING, 400, date(2026, 1, 1), date(2025, 12, 31)),
        (LAND, 6_000, date(2026, 1, 1), date(2025, 12, 31)),
    ],
    ids=["day", "month", "quarter", "year"],
)
def test_a_cap_counts_within_its_span_by_the_day_it_happened(
    village: Place, person: Resident, household: Household, rule: RuleDraft, most: int, same_span: date, next_span: date
) -> None:
    places.change_settings(village.id, VillageSettings(household_month_max=9_000), clock.today(), SYSTEM, seen=0)
    who = household if rule is LAND else person
    times = most // rule.points
    assert record(village, who, rule, times).points == most
    assert record(village, who, rule, 1, same_span).points == 0
    assert record(village, who, rule, 1, next_span).points == rule.points


def test_a_households_month_is_full_whatever_the_rules(village: Place, household: Household) -> None:
    assert record(village, household, LAND, 2).points == 4_000
    cut = record(village, household, STUDENT, 2)
    assert cut.points == 2_000
    assert cut.cap_reason == "每户每月合计最多记60分，已记40分，这次只记20分。"
    assert record(village, household, HELPING).points == 0
    assert record(village, household, HELPING, day=LAST_MONTH).points == 300
    assert record(village, make_household(village), STUDENT).points == 2_000


def test_a_households_year_is_full_though_the_month_is_not(village: Place, household: Household) -> None:
    settings = VillageSettings(household_month_max=6_000, household_year_max=7_000)
    places.change_settings(village.id, settings, clock.today(), SYSTEM, seen=0)
    record(village, household, STUDENT, 2, date(2026, 3, 18))
    cut = record(village, household, STUDENT, 2, date(2026, 3, 18))
    assert (cut.points, "每户每月合计" in cut.cap_reason) == (2_000, True)
    assert record(village, household, STUDENT, 2, LAST_MONTH).points == 4_000  # before the day of the new settings
    assert queries.earned_within(village.id, household.id, TODAY, Span.YEAR) == 10_000


def test_the_year_counts_what_other_months_gave(village: Place, household: Household) -> None:
    settings = VillageSettings(household_month_max=6_000, household_year_max=7_000)
    record(village, household, STUDENT, 3, LAST_MONTH)
    places.change_settings(village.id, settings, clock.today(), SYSTEM, seen=0)
    cut = record(village, household, STUDENT, 1)
    assert cut.points == 1_000
    assert cut.cap_reason == "每户每年合计最多记70分，已记60分，这次只记10分。"


def test_honour_is_not_counted_in_the_totals_and_not_cut_by_them(village: Place, household: Household) -> None:
    assert record(village, household, BRAVERY, 3).points == 9_000
    assert queries.earned_within(village.id, household.id, TODAY, Span.MONTH) == 0
    assert record(village, household, STUDENT, 3).points == 6_000
    assert record(village, household, BRAVERY).points == 3_000
    balances = ledger.balances(village.id, household.serial)
    assert (balances.spendable, balances.honour) == (6_000, 12_000)


def test_deductions_have_caps_of_their_own_and_make_no_room(village: Place, household: Household) -> None:
    record(village, household, STUDENT, 3)
    first, second = record(village, household, LITTER, 2), record(village, household, LITTER)
    assert (first.points, second.points) == (-400, -100)
    assert second.cap_reason == "“乱倒垃圾、乱排污水”每户每月最多扣5分，已扣4分，这次只扣1分。"
    assert record(village, household, HELPING).points == 0
    assert ledger.balances(village.id, household.serial).spendable == 5_500


def test_deeds_of_one_act_count_against_the_same_cap(village: Place, household: Household) -> None:
    drafts = [draft(household, HELPING) for _ in range(4)]
    booked = services.record_many(village, drafts, SYSTEM, new_key(), ClaimOrigin.GRID)["claims"]
    assert [claim["points"] for claim in booked] == [300, 300, 200, 0]
    assert problems(village) == []


def test_an_undone_deed_makes_room_again(village: Place, household: Household) -> None:
    first = record(village, household, HELPING, 2)
    assert record(village, household, HELPING).points == 200
    services.reverse(village, first.serial, "记错了", SYSTEM, new_key())
    assert record(village, household, HELPING, 3).points == 600


def test_the_preview_says_what_recording_then_gives(village: Place, household: Household) -> None:
    record(village, household, HELPING, 2)
    promised = services.preview(village, draft(household, HELPING))
    kept = record(village, household, HELPING)
    assert (promised.points_asked, promised.points, promised.cap_reason) == (300, 200, kept.cap_reason)
    assert kept.points == 200


def test_a_cap_goes_by_code_through_the_versions_of_a_year(village: Place, household: Household) -> None:
    record(village, household, LAND, 2, date(2026, 1, 10))
    make_rules(village, replace(LAND, points=3_000), effective_on=date(2026, 3, 1))
    cut = record(village, household, LAND)
    assert (cut.points_asked, cut.points) == (3_000, 2_000)
