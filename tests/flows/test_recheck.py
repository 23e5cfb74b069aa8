"""What is left after the review: re-check and assembly by the rule, and a re-check of large claims by the policy."""

from datetime import date

import pytest
from flask import Flask

from pointsbank.access.models import Role
from pointsbank.covenant.models import Step
from pointsbank.deeds import queries
from pointsbank.deeds.errors import NotOnAgendaError
from pointsbank.deeds.models import Body, ClaimState, Outcome
from pointsbank.deeds.queries.agenda import agenda
from pointsbank.deeds.queries.panel import panel_of
from pointsbank.deeds.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.deed_rules import HELPING, LAND, STUDENT, make_rules
from tests.factories import make_household, make_village
from tests.meetings import claim_of, hold_meeting, item, make_body, make_claim, make_kin, meet, reviewed

TODAY = date(2026, 3, 18)
HELP = reviewed(HELPING)  # 3 points
PRIZE = reviewed(STUDENT)  # 20 points
FIELD = reviewed(LAND, Step.REVIEW, Step.RECHECK, Step.ASSEMBLY)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, HELP, PRIZE, FIELD)
    make_body(place, Role.REVIEWER, 3)
    make_body(place, Role.COMMITTEE, 3)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


def waiting(village: Place) -> dict[Body, list[int]]:
    panel = panel_of(village.id)
    found = {body: [claim.serial for claim in agenda(village.id, body, panel)] for body in Body}
    return {body: serials for body, serials in found.items() if serials}


def test_the_steps_of_a_rule_follow_each_other_to_the_assembly(village: Place, household: Household) -> None:
    serial = make_claim(village, household, FIELD)
    steps = []
    for body in (Body.REVIEW_GROUP, Body.COMMITTEE, Body.ASSEMBLY):
        assert waiting(village) == {body: [serial]}
        meet(village, hold_meeting(village, body), item(serial))
        claim = claim_of(village, serial)
        steps.append((claim.state, claim.steps_done))
    assert steps == [(ClaimState.RECHECK, 1), (ClaimState.RECHECK, 2), (ClaimState.APPROVED, 3)]
    assert waiting(village) == {}
    assert problems(village) == []


def test_a_body_decides_only_on_what_waits_for_it(village: Place, household: Household) -> None:
    serial = make_claim(village, household, FIELD)
    with pytest.raises(NotOnAgendaError, match="要由积分评议小组来定"):
        meet(village, hold_meeting(village, Body.COMMITTEE), item(serial))


def test_the_committee_may_refuse_what_the_group_approved(village: Place, household: Household) -> None:
    serial = make_claim(village, household, FIELD)
    meet(village, hold_meeting(village), item(serial))
    meet(village, hold_meeting(village, Body.COMMITTEE), item(serial, Outcome.REJECTED, reason="地还没有让"))
    assert claim_of(village, serial).state is ClaimState.REJECTED


def test_by_policy_a_large_claim_is_checked_again_and_a_small_one_is_not(village: Place, household: Household) -> None:
    places.change_settings(village.id, VillageSettings(recheck_points_min=2_000), TODAY, SYSTEM)
    large, small = make_claim(village, household, PRIZE), make_claim(village, household, HELP)
    meet(village, hold_meeting(village), item(large), item(small))
    claim = claim_of(village, large)
    assert (claim.state, claim.steps_done, claim.next_step) == (ClaimState.RECHECK, 1, None)
    assert claim_of(village, small).state is ClaimState.APPROVED
    assert queries.steps_of(village.id, large)[-1].reason == "满 20 分，按规定再复核。"
    assert waiting(village) == {Body.COMMITTEE: [large]}
    meet(village, hold_meeting(village, Body.COMMITTEE), item(large, per_unit=1_500, reason="只有一半"))
    claim = claim_of(village, large)
    assert (claim.state, claim.steps_done, claim.points) == (ClaimState.APPROVED, 1, 1_500)


def test_a_claim_that_the_committee_decides_in_the_groups_place_is_not_checked_by_it_twice(
    village: Place, household: Household
) -> None:
    for person in panel_of(village.id).members[Body.REVIEW_GROUP][:2]:
        make_kin(village, person, household)
    serial = make_claim(village, household, FIELD)
    meet(village, hold_meeting(village), item(serial))
    assert waiting(village) == {Body.COMMITTEE: [serial]}
    meet(village, hold_meeting(village, Body.COMMITTEE), item(serial))
    assert claim_of(village, serial).steps_done == 2
    assert waiting(village) == {Body.ASSEMBLY: [serial]}
