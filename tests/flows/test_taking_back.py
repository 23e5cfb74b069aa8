"""What a meeting decided by mistake is taken back while it lasts, and stands as it stood before."""

from dataclasses import replace

import pytest
from flask import Flask

from pointsbank.access.models import Role
from pointsbank.covenant.models import Step
from pointsbank.deeds import queries
from pointsbank.deeds.errors import DecisionRefusedError, MeetingClosedError, RecusedError
from pointsbank.deeds.models import Body, ClaimState, Outcome
from pointsbank.deeds.queries import agenda
from pointsbank.deeds.queries.panel import panel_of
from pointsbank.deeds.services import noticing
from pointsbank.deeds.services.panel import close_meeting
from pointsbank.deeds.services.taking_back import REASON, take_back
from pointsbank.deeds.verification import problems
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import HELPING, STUDENT, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.meetings import claim_of, hold_meeting, item, make_body, make_claim, make_kin, meet, reviewed

HELP = reviewed(HELPING)  # 3 points, at most 8 a month and household
PRIZE = replace(reviewed(STUDENT, Step.REVIEW, Step.RECHECK), points_to=3_000)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, HELP, PRIZE)
    make_body(place, Role.REVIEWER, 5)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


def waiting(village: Place, body: Body = Body.REVIEW_GROUP, meeting: int | None = None) -> list[int]:
    held = agenda.meeting(village.id, meeting).id if meeting else None
    found = agenda.agenda(village.id, body, panel_of(village.id), without_meeting=held)
    return [claim.serial for claim in found]


@pytest.mark.parametrize("outcome", [Outcome.APPROVED, Outcome.REJECTED, Outcome.HELD_OVER])
def test_a_decision_taken_back_leaves_the_item_waiting_for_the_same_meeting(
    village: Place, household: Household, outcome: Outcome
) -> None:
    serial, meeting = make_claim(village, household, HELP), hold_meeting(village)
    meet(village, meeting, item(serial, outcome, reason="点错了"))

    take_back(village, meeting, serial, SYSTEM, new_key())

    assert claim_of(village, serial).state is ClaimState.SUBMITTED
    assert waiting(village, meeting=meeting) == [serial]
    assert agenda.all_decisions(agenda.meeting(village.id, meeting).id) == []
    meet(village, meeting, item(serial))
    assert claim_of(village, serial).state is ClaimState.APPROVED
    assert problems(village) == []


def test_points_and_steps_are_those_of_before(village: Place, household: Household) -> None:
    serial, meeting = make_claim(village, household, PRIZE), hold_meeting(village)
    before = claim_of(village, serial)
    asked, points = before.points_asked, before.points
    meet(village, meeting, item(serial, per_unit=2_600, reason="省级"))
    assert (claim_of(village, serial).points, claim_of(village, serial).steps_done) == (2_600, 1)

    take_back(village, meeting, serial, SYSTEM, new_key())

    after = claim_of(village, serial)
    assert (after.points_asked, after.points, after.steps_done, after.state) == (asked, points, 0, ClaimState.SUBMITTED)
    assert queries.steps_of(village.id, serial)[-1].reason == REASON


def test_a_closed_meeting_and_what_has_gone_on_are_not_touched(village: Place, household: Household) -> None:
    on_wall, later, meeting = (
        make_claim(village, household, HELP),
        make_claim(village, household, HELP),
        hold_meeting(village),
    )
    meet(village, meeting, item(on_wall))
    noticing.prepare(village, clock.today(), None, SYSTEM, new_key())
    meet(village, meeting, item(later))
    with pytest.raises(DecisionRefusedError, match="公示中"):
        take_back(village, meeting, on_wall, SYSTEM, new_key())

    close_meeting(village, meeting, SYSTEM, agenda.meeting(village.id, meeting).revision)
    with pytest.raises(MeetingClosedError):
        take_back(village, meeting, later, SYSTEM, new_key())
    assert claim_of(village, later).state is ClaimState.APPROVED


def test_what_another_meeting_decided_since_stays(village: Place, household: Household) -> None:
    make_staff(village, Role.COMMITTEE, name="钱主任")
    serial, review = make_claim(village, household, PRIZE), hold_meeting(village)
    meet(village, review, item(serial))
    recheck = hold_meeting(village, Body.COMMITTEE)
    meet(village, recheck, item(serial))

    with pytest.raises(DecisionRefusedError, match="别的会"):
        take_back(village, review, serial, SYSTEM, new_key())
    take_back(village, recheck, serial, SYSTEM, new_key())
    assert claim_of(village, serial).state is ClaimState.RECHECK
    take_back(village, review, serial, SYSTEM, new_key())
    assert claim_of(village, serial).state is ClaimState.SUBMITTED
    assert problems(village) == []


def test_nobody_takes_back_what_was_decided_on_their_kin(village: Place, household: Household) -> None:
    serial, meeting = make_claim(village, household, HELP), hold_meeting(village)
    meet(village, meeting, item(serial, Outcome.REJECTED, reason="不算"))
    kin = panel_of(village.id).members[Body.REVIEW_GROUP][0]
    make_kin(village, kin, household)

    with pytest.raises(RecusedError):
        take_back(village, meeting, serial, kin.actor, new_key())
