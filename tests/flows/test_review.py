"""A meeting decides: approve, change, refuse, put off; caps count what is decided, and a budget warns."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pointsbank.access.models import Role, Staff
from pointsbank.deeds import queries
from pointsbank.deeds.errors import (
    BudgetPassedError,
    ClaimChangedError,
    DecisionRefusedError,
    MeetingClosedError,
    MeetingRefusedError,
    NotOnAgendaError,
    RecusedError,
)
from pointsbank.deeds.models import Body, ClaimState, Decision, Outcome
from pointsbank.deeds.queries.agenda import agenda, issued_in, waiting_counts
from pointsbank.deeds.queries.agenda import meeting as find_meeting
from pointsbank.deeds.queries.panel import panel_of
from pointsbank.deeds.services.panel import MeetingDetails, close_meeting, edit_meeting, open_meeting
from pointsbank.deeds.services.reviewing import Votes, decide
from pointsbank.deeds.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import ConflictError, InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.deed_rules import HELPING, LITTER, STUDENT, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.meetings import claim_of, hold_meeting, item, make_body, make_claim, meet, reviewed

TODAY = date(2026, 3, 18)
HELP = reviewed(HELPING)  # 3 points, at most 8 a month and household
PRIZE = replace(reviewed(STUDENT), points_to=3_000)  # 20 to 30 points
DUMPING = reviewed(LITTER)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, HELP, PRIZE, DUMPING)
    make_body(place, Role.REVIEWER, 5)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


@pytest.fixture
def reviewer(village: Place) -> Staff:
    return make_staff(village, Role.CLERK, name="文小琴")


def decisions(village: Place) -> list[Decision]:
    return list(session().scalars(select(Decision).where(Decision.village_id == village.id).order_by(Decision.id)))


def test_items_are_approved_refused_and_put_off_in_one_act(village: Place, household: Household) -> None:
    first, second, third = (make_claim(village, household, HELP) for _ in range(3))
    meeting = hold_meeting(village)
    done = meet(
        village,
        meeting,
        item(first, votes=Votes(4, 1)),
        item(second, Outcome.REJECTED, reason="没有人看见"),
        item(third, Outcome.HELD_OVER, reason="等组长回来问清楚"),
    )
    assert done == {"approved": 1, "rejected": 1, "held_over": 1, "passed_on": 0, "points": 300}
    states = [claim_of(village, serial).state for serial in (first, second, third)]
    assert states == [ClaimState.APPROVED, ClaimState.REJECTED, ClaimState.SUBMITTED]
    assert claim_of(village, first).next_step is None
    assert queries.steps_of(village.id, second)[-1].reason == "没有人看见"
    assert [(one.outcome, one.points, one.in_favour) for one in decisions(village)] == [
        (Outcome.APPROVED, 300, 4),
        (Outcome.REJECTED, 0, None),
        (Outcome.HELD_OVER, 200, None),
    ]
    assert problems(village) == []


def test_an_item_that_was_put_off_is_on_the_agenda_of_the_next_meeting_only(
    village: Place, household: Household
) -> None:
    serial = make_claim(village, household, HELP)
    meeting = find_meeting(village.id, hold_meeting(village))
    meet(village, meeting.serial, item(serial, Outcome.HELD_OVER, reason="没说清楚"))
    panel = panel_of(village.id)
    assert agenda(village.id, Body.REVIEW_GROUP, panel, without_meeting=meeting.id) == []
    assert [claim.serial for claim in agenda(village.id, Body.REVIEW_GROUP, panel)] == [serial]
    assert waiting_counts(village.id, panel)[Body.REVIEW_GROUP] == 1


def test_a_range_is_chosen_from_by_the_meeting_with_a_reason(village: Place, household: Household) -> None:
    serial = make_claim(village, household, PRIZE)
    meeting = hold_meeting(village)
    for points in (1_900, 3_001, -2_000):
        with pytest.raises(DecisionRefusedError, match="20 到 30 之间"):
            meet(village, meeting, item(serial, per_unit=points, reason="考得好"))
    with pytest.raises(DecisionRefusedError, match="写明原因"):
        meet(village, meeting, item(serial, per_unit=3_000))
    meet(village, meeting, item(serial, per_unit=3_000, reason="清华大学"))
    claim = claim_of(village, serial)
    assert (claim.points_asked, claim.points, claim.state) == (3_000, 3_000, ClaimState.APPROVED)
    assert queries.steps_of(village.id, serial)[-1].reason == "分值由 20 改为 30：清华大学"


def test_fixed_points_may_be_lowered_and_not_raised(village: Place, household: Household) -> None:
    serial, deduction = make_claim(village, household, HELP, 200), make_claim(village, household, DUMPING)
    queries.claim(village.id, deduction).told_on = TODAY - timedelta(days=9)
    session().commit()
    meeting = hold_meeting(village)
    for wrong, points in ((serial, 301), (serial, -1), (deduction, 100), (deduction, -201)):
        with pytest.raises(DecisionRefusedError, match="之间"):
            meet(village, meeting, item(wrong, per_unit=points, reason="应该改"))
    meet(village, meeting, item(serial, per_unit=150, reason="帮了半天"), item(deduction, per_unit=-100, reason="初犯"))
    assert [(claim_of(village, one).points_asked, claim_of(village, one).points) for one in (serial, deduction)] == [
        (300, 300),
        (-100, -100),
    ]


def test_caps_count_what_was_decided_and_not_what_only_waits(village: Place, household: Household) -> None:
    serials = [make_claim(village, household, HELP) for _ in range(4)]
    assert [claim_of(village, serial).points for serial in serials] == [300, 300, 200, 0]
    meeting = hold_meeting(village)
    meet(village, meeting, item(serials[0], Outcome.REJECTED, reason="重复"), item(serials[2]), item(serials[3]))
    assert [claim_of(village, serial).points for serial in serials[2:]] == [300, 300]
    meet(village, meeting, item(serials[1]))
    last = claim_of(village, serials[1])
    assert (last.points_asked, last.points) == (300, 200)
    assert last.cap_reason == "“帮助独居、留守老人”每户每月最多记8分，已记6分，这次只记2分。"
    assert queries.steps_of(village.id, serials[1])[-1].reason == last.cap_reason


def test_a_budget_warns_before_it_is_passed_and_lets_who_knows(village: Place) -> None:
    places.change_settings(village.id, VillageSettings(month_budget=500), TODAY, SYSTEM)
    serials = [make_claim(village, make_household(village), HELP) for _ in range(2)]
    meeting = hold_meeting(village)
    with pytest.raises(BudgetPassedError, match="预算 5 分，已通过 0 分，这次再通过 6 分"):
        meet(village, meeting, *map(item, serials))
    assert decisions(village) == []
    meet(village, meeting, item(serials[0]))
    assert issued_in(village.id, ["2026-03", "2026-02"]) == {"2026-02": 0, "2026-03": 300}
    with pytest.raises(BudgetPassedError) as refused:
        meet(village, meeting, item(serials[1]))
    assert refused.value.field == "over_budget"
    meet(village, meeting, item(serials[1]), over_budget=True)
    assert issued_in(village.id, ["2026-03"]) == {"2026-03": 600}


def test_a_deduction_waits_until_the_household_was_heard(village: Place, household: Household) -> None:
    serial = make_claim(village, household, DUMPING)
    meeting = hold_meeting(village)
    with pytest.raises(DecisionRefusedError, match="扣分前要先告知这一户"):
        meet(village, meeting, item(serial))
    claim = claim_of(village, serial)
    claim.told_on, claim.answer_by = TODAY - timedelta(days=4), TODAY - timedelta(days=1)
    session().commit()
    assert meet(village, meeting, item(serial))["approved"] == 1


def test_refusing_and_putting_off_need_a_reason_and_votes_must_add_up(village: Place, household: Household) -> None:
    serial = make_claim(village, household, HELP)
    meeting = hold_meeting(village)
    for outcome in (Outcome.REJECTED, Outcome.HELD_OVER):
        with pytest.raises(DecisionRefusedError, match="要写明原因"):
            meet(village, meeting, item(serial, outcome, reason=" \u200b"))
    with pytest.raises(DecisionRefusedError, match="请选通过、不通过"):
        meet(village, meeting, item(serial, Outcome.PASSED_ON, reason="不想定"))
    for votes in (Votes(5, 1), Votes(-1, 2), Votes(3, 2, 1)):
        with pytest.raises(DecisionRefusedError, match="票数不对"):
            meet(village, meeting, item(serial, votes=votes))
    with pytest.raises(DecisionRefusedError, match="没有过半"):
        meet(village, meeting, item(serial, votes=Votes(2, 1, 1)))
    assert decisions(village) == []


def test_only_an_open_meeting_with_somebody_there_decides_and_only_once(village: Place, household: Household) -> None:
    serial = make_claim(village, household, HELP)
    empty = hold_meeting(village, present=[])
    with pytest.raises(MeetingRefusedError, match="还没有记谁到会"):
        meet(village, empty, item(serial))
    with pytest.raises(MeetingClosedError, match="还有一次会没有结束"):
        hold_meeting(village)
    close_meeting(village, empty, SYSTEM, seen=1)
    with pytest.raises(MeetingClosedError):
        meet(village, empty, item(serial))
    meeting = hold_meeting(village)
    key = new_key()
    first = decide(village, meeting, [item(serial)], SYSTEM, key)
    assert decide(village, meeting, [item(serial)], SYSTEM, key) == first
    with pytest.raises(SameKeyOtherContentError):
        decide(village, meeting, [item(serial, reason="又想了想")], SYSTEM, key)
    with pytest.raises(NotOnAgendaError, match="评议通过"):
        meet(village, meeting, item(serial))
    with pytest.raises(InvalidInputError, match="还没有勾选"):
        meet(village, meeting)


def test_who_looked_at_it_before_it_changed_is_told(village: Place, household: Household) -> None:
    serial = make_claim(village, household, HELP)
    seen = claim_of(village, serial).revision
    meeting = hold_meeting(village)
    meet(village, meeting, item(serial, Outcome.HELD_OVER, reason="等等", seen=seen))
    with pytest.raises(ClaimChangedError):
        meet(village, meeting, item(serial, seen=seen))


def test_who_claimed_it_does_not_decide_on_it(village: Place, household: Household, reviewer: Staff) -> None:
    serial = make_claim(village, household, HELP, claimed_by=reviewer.actor.key)
    meeting = hold_meeting(village)
    with pytest.raises(RecusedError, match="您申报的"):
        meet(village, meeting, item(serial), actor=reviewer.actor)
    assert meet(village, meeting, item(serial), actor=SYSTEM)["approved"] == 1


def test_a_meeting_is_kept_up_until_it_is_closed(village: Place, reviewer: Staff) -> None:
    serial = hold_meeting(village)
    someone = next(iter(panel_of(village.id).members[Body.REVIEW_GROUP]))
    edit_meeting(
        village,
        serial,
        MeetingDetails(TODAY, "文化院坝", frozenset({someone.id})),
        "先学文件。\n再议事。",
        reviewer.actor,
        1,
    )
    with pytest.raises(ConflictError, match="刚才有人改过"):
        edit_meeting(village, serial, MeetingDetails(TODAY, "", frozenset()), "", reviewer.actor, 1)
    meeting = find_meeting(village.id, serial)
    assert (meeting.venue, meeting.minutes, sum(one.present for one in meeting.attendances)) == (
        "文化院坝", "先学文件。\n再议事。", 1,
    )  # fmt: skip
    with pytest.raises(MeetingRefusedError, match="不是成员"):
        edit_meeting(village, serial, MeetingDetails(TODAY, "", frozenset({reviewer.id})), "", reviewer.actor, 2)
    for day in (TODAY + timedelta(days=1), date(1900, 1, 1)):
        with pytest.raises(MeetingRefusedError) as refused:
            open_meeting(village, Body.ASSEMBLY, MeetingDetails(day, "", frozenset()), SYSTEM, new_key())
        assert refused.value.field == "held_on"


def test_a_body_without_members_holds_no_meeting(village: Place) -> None:
    with pytest.raises(MeetingRefusedError, match="还没有村“两委”的成员"):
        hold_meeting(village, Body.COMMITTEE)
    assert hold_meeting(village, Body.ASSEMBLY) == 1
