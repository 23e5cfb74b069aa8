"""A deed that is claimed late needs a reason; caps of its day count what waits as well as what is booked."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from pointsbank.covenant.models import CapScope, Effect, Track
from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.errors import DeedRefusedError, PaidDutyError, PersonSuspendedError
from pointsbank.deeds.services import DeedDraft
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import transaction
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.deed_rules import DETENTION, STUDENT, make_rules
from tests.factories import make_household, make_resident, make_village
from tests.steps import CHECKED_HELP, SIGNED_MEETING, STEPPED, TODAY, claimed

PLANTING = RuleDraft(
    "HD09", "踊跃参与各类活动", "义务植树", 150, "小时", times_max=2, times_span=Span.MONTH, times_scope=CapScope.PERSON
)  # fmt: skip
CITY_HONOUR = RuleDraft("XJ02", "被评选为先进典型", "市级道德模范", 1_500, "次", level_group="道德模范")
NATION_HONOUR = RuleDraft("XJ01", "被评选为先进典型", "全国道德模范", 4_000, "次", level_group="道德模范")
FOREST = RuleDraft("GG09", "支持村级公共事业", "森林防火值守", 200, "次", excludes_paid_duty=True)
FRAUD = RuleDraft("KF20", "扣分项", "弄虚作假骗取积分", -500, "次", effect=Effect.CLAW_BACK)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, *STEPPED, PLANTING, CITY_HONOUR, NATION_HONOUR, FOREST, FRAUD, DETENTION)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


def test_a_late_claim_wants_a_reason_and_keeps_it(village: Place, household: Household) -> None:
    day = TODAY - timedelta(days=32)
    with pytest.raises(DeedRefusedError, match="这件事过去 32 天了，超过 31 天算迟报") as refused:
        claimed(village, household, CHECKED_HELP, day=day)
    assert refused.value.field == "late_reason"
    assert claimed(village, household, CHECKED_HELP, day=day, late_reason=" 在外 打工 ").late_reason == "在外 打工"
    assert claimed(village, household, CHECKED_HELP, day=TODAY - timedelta(days=31)).late_reason == ""


def test_the_policy_says_how_late_is_late(village: Place, household: Household) -> None:
    places.change_settings(village.id, VillageSettings(late_claim_days=5), clock.today(), SYSTEM, seen=0)
    with pytest.raises(DeedRefusedError, match="超过 5 天"):
        claimed(village, household, CHECKED_HELP, day=TODAY - timedelta(days=6))


def test_a_cap_at_the_months_border_counts_what_waits_in_each_month(village: Place, household: Household) -> None:
    last, first = date(2026, 2, 28), date(2026, 3, 1)
    given = [claimed(village, household, CHECKED_HELP, quantity, day).points
             for quantity, day in ((200, last), (200, first), (100, last), (100, first), (100, last))]  # fmt: skip
    assert given == [600, 600, 200, 200, 0]


def test_caps_per_person_per_household_and_totals_cut_at_once(village: Place, household: Household) -> None:
    places.change_settings(village.id, VillageSettings(household_month_max=1_100), clock.today(), SYSTEM, seen=0)
    wife = make_resident(village, household, "李小芳")
    assert claimed(village, household.residents[0], SIGNED_MEETING, 300).points == 400  # per person 4
    assert claimed(village, wife, CHECKED_HELP, 200).points == 600  # per household 8, total 10 of 11
    cut = claimed(village, wife, CHECKED_HELP, 100)
    assert (cut.points_asked, cut.points) == (300, 100)
    assert "“帮助独居、留守老人”每户每月最多记8分，已记6分，这次只记2分" in cut.cap_reason
    assert "每户每月合计最多记11分，已记10分，这次只记1分" in cut.cap_reason


def test_hours_times_points_are_rounded_once_and_counted_as_one_time(village: Place, household: Household) -> None:
    person = household.residents[0]
    first, second, third = (claimed(village, person, PLANTING, quantity) for quantity in (133, 50, 100))
    assert (first.points, second.points) == (200, 75)  # 1.33 hours × 1.5 = 1.995, half up
    assert (third.points_asked, third.points) == (150, 0)  # the hours of a day are one time together
    assert "每人每月最多记2次，已记2次，这次不再记" in third.cap_reason


def test_of_a_higher_honour_only_the_difference_is_given_and_a_lower_one_gives_nothing(
    village: Place, household: Household
) -> None:
    first = claimed(village, household, CITY_HONOUR, event="助人为乐")
    higher = claimed(village, household, NATION_HONOUR, event="助人为乐")
    lower = claimed(village, household, CITY_HONOUR, event="助人为乐")
    other = claimed(village, household, CITY_HONOUR, event="孝老爱亲")
    assert [claim.points for claim in (first, higher, lower, other)] == [1_500, 2_500, 0, 1_500]
    assert higher.cap_reason == "同一荣誉就高不重复：以前已记15分，这次补记差额25分。"


def test_paid_duty_earns_nothing_and_says_so(village: Place, household: Household) -> None:
    person = household.residents[0]
    with transaction():
        person.paid_post = "护林员"
    with pytest.raises(PaidDutyError, match="张三是护林员，“森林防火值守”对领报酬的本职工作不记分") as refused:
        claimed(village, person, FOREST)
    assert refused.value.field == "who"


def test_a_suspension_ends_on_its_day_and_cannot_end_before_it_begins(village: Place, household: Household) -> None:
    person = household.residents[0]
    begun, until = date(2026, 3, 1), date(2026, 3, 10)
    detained = DeedDraft(household.id, DETENTION.code, 100, begun, person.id, suspended_until=until)
    for wrong in (date(2026, 2, 1), date(9999, 12, 31)):
        with pytest.raises(DeedRefusedError) as refused:
            services.record(village, replace(detained, suspended_until=wrong), SYSTEM, new_key())
        assert refused.value.field == "suspended_until"
    services.record(village, detained, SYSTEM, new_key())
    with pytest.raises(PersonSuspendedError, match="暂停资格到 2026-03-10"):
        claimed(village, person, SIGNED_MEETING, day=until)
    assert claimed(village, person, SIGNED_MEETING, day=until + timedelta(days=1)).points == 200


def test_only_a_booked_claim_of_the_household_is_taken_back(village: Place, household: Household) -> None:
    booked, waits = claimed(village, household, FOREST), claimed(village, household, CHECKED_HELP)
    others = claimed(village, make_household(village, "李四"), FOREST)
    for serial in (None, waits.serial, others.serial, 99):
        draft = DeedDraft(household.id, FRAUD.code, 100, TODAY, claws_back=serial)
        with pytest.raises(DeedRefusedError) as refused:
            services.record(village, draft, SYSTEM, new_key())
        assert refused.value.field == "claws_back"
    draft = DeedDraft(household.id, FRAUD.code, 100, TODAY, claws_back=booked.serial)
    services.record(village, draft, SYSTEM, new_key())
    assert queries.claim(village.id, booked.serial).reversed_at is not None


def test_a_rule_s_largest_quantity_is_said(village: Place, household: Household) -> None:
    make_rules(village, replace(STUDENT, quantity_max=200), effective_on=date(2026, 3, 18))
    with pytest.raises(DeedRefusedError, match="一次最多记 2 人") as refused:
        claimed(village, household, STUDENT, 300)
    assert refused.value.field == "quantity"
    assert STUDENT.track is Track.POINTS
