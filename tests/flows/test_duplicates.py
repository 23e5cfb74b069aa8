"""Deeds that look like one are found before they are booked: kept both, or one is withdrawn."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from pointsbank.access.models import Role, Staff
from pointsbank.covenant.models import Step
from pointsbank.deeds import queries
from pointsbank.deeds.errors import ClaimChangedError, DeedRefusedError, RecusedError
from pointsbank.deeds.models import Claim
from pointsbank.deeds.queries.duplicates import alike_claims, doubtful
from pointsbank.deeds.services import checking
from pointsbank.deeds.services.duplicates import keep_both
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import HELPING, LAND, make_rules
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.steps import CHECK_ONLY, CHECKED_HELP, SIGNED_MEETING, STEPPED, TODAY, claimed

STEPPED_LAND = replace(LAND, steps=(Step.CHECK, Step.REVIEW))


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, *STEPPED, STEPPED_LAND)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


@pytest.fixture
def checker(village: Place) -> Staff:
    return make_staff(village, Role.CLERK)


def serials(*claims: Claim) -> list[int]:
    return [claim.serial for claim in claims]


@both_databases
def test_the_same_deed_on_a_near_day_is_found_and_a_far_one_is_not(village: Place, household: Household) -> None:
    first = claimed(village, household, CHECKED_HELP, day=date(2026, 3, 10))
    near = claimed(village, household, CHECKED_HELP, day=date(2026, 3, 13))
    claimed(village, household, CHECKED_HELP, day=date(2026, 3, 17))  # four days from the near one
    claimed(village, household, STEPPED_LAND, day=date(2026, 3, 10))
    claimed(village, make_household(village, "李四"), CHECKED_HELP, day=date(2026, 3, 10))
    assert doubtful(village.id) == {near.serial: [first.serial]}
    assert alike_claims(village.id, [first, near]) == {first.serial: [near.serial], near.serial: [first.serial]}


def test_another_event_is_another_deed_and_the_same_event_is_not(village: Place, household: Household) -> None:
    planting = claimed(village, household, CHECKED_HELP, event="植树")
    claimed(village, household, CHECKED_HELP, event="清河")
    claimed(village, household, CHECKED_HELP)
    again = claimed(village, household, CHECKED_HELP, event="植树")
    assert doubtful(village.id) == {again.serial: [planting.serial]}


def test_two_of_a_household_at_one_event_count_as_their_rule_says(village: Place, household: Household) -> None:
    wife = make_resident(village, household, "李小芳")
    for person in (household.residents[0], wife):  # a cap by person: both were there
        assert claimed(village, person, SIGNED_MEETING, event="村民会议").points == 200
    assert doubtful(village.id) == {}
    both = [claimed(village, person, CHECKED_HELP, 200, event="助老") for person in (household.residents[0], wife)]
    assert [claim.points for claim in both] == [600, 200]  # a cap by household: what one left of it
    assert "每户每月最多记8分，已记6分，这次只记2分" in both[1].cap_reason
    assert doubtful(village.id) == {both[1].serial: [both[0].serial]}


def test_what_is_done_daily_is_doubtful_on_the_same_day_only(village: Place, household: Household) -> None:
    person = household.residents[0]
    for day in (16, 17):
        claimed(village, person, CHECK_ONLY, day=date(2026, 3, day))
    assert doubtful(village.id) == {}
    again = claimed(village, person, CHECK_ONLY, day=date(2026, 3, 17))
    assert doubtful(village.id) == {again.serial: [again.serial - 1]}


def test_beside_a_booked_deed_it_is_found_and_two_booked_ones_are_left(village: Place, household: Household) -> None:
    make_rules(village, HELPING, effective_on=date(2026, 3, 16))  # booked at once from then on
    waiting = claimed(village, household, CHECKED_HELP, day=date(2026, 3, 15))
    booked = [claimed(village, household, HELPING, day=day) for day in (date(2026, 3, 16), date(2026, 3, 17))]
    assert doubtful(village.id) == {claim.serial: [waiting.serial] for claim in reversed(booked)}


def test_kept_both_they_are_not_asked_again_until_a_third_comes(
    village: Place, household: Household, checker: Staff
) -> None:
    first, second = claimed(village, household, CHECKED_HELP), claimed(village, household, CHECKED_HELP)
    keep_both(village, first.serial, second.serial, checker.actor, new_key())
    assert doubtful(village.id) == {}
    assert queries.claim(village.id, second.serial).kept_beside == first.serial
    third = claimed(village, household, CHECKED_HELP)
    assert doubtful(village.id) == {third.serial: serials(first, second)}
    keep_both(village, third.serial, second.serial, checker.actor, new_key())  # the earlier ones are meant with it
    assert doubtful(village.id) == {}


def test_one_of_them_withdrawn_the_other_is_alone(village: Place, household: Household, checker: Staff) -> None:
    _, second = claimed(village, household, CHECKED_HELP), claimed(village, household, CHECKED_HELP)
    checking.withdraw(village, second.serial, "记重了", checker.actor, new_key())
    assert doubtful(village.id) == {}


def test_who_claimed_it_does_not_say_that_both_are_meant(village: Place, household: Household, checker: Staff) -> None:
    first, second = (
        claimed(village, household, CHECKED_HELP),
        claimed(village, household, CHECKED_HELP, by=checker.actor),
    )
    with pytest.raises(RecusedError):
        keep_both(village, second.serial, first.serial, checker.actor, new_key())


def test_two_different_deeds_and_a_stale_page_are_refused(village: Place, household: Household, checker: Staff) -> None:
    first, second = claimed(village, household, CHECKED_HELP), claimed(village, household, CHECKED_HELP)
    other = claimed(village, household, STEPPED_LAND)
    for beside in (other.serial, second.serial):
        with pytest.raises(DeedRefusedError):
            keep_both(village, second.serial, beside, checker.actor, new_key())
    with pytest.raises(ClaimChangedError):
        keep_both(village, second.serial, first.serial, checker.actor, new_key(), seen_revision=second.revision + 1)
    assert second.occurred_on == TODAY
