"""Nobody decides for their own household or kin; where too few are left, the next body decides, and it is written."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from pointsbank.access.models import Role, Staff
from pointsbank.deeds import queries
from pointsbank.deeds.errors import DecisionRefusedError, NotOnAgendaError, RecusedError
from pointsbank.deeds.models import Body, ClaimState, Decision, KinDeclaration, Outcome, Recusal
from pointsbank.deeds.queries.agenda import agenda, waiting_counts
from pointsbank.deeds.queries.panel import declared_since, kin_of, panel_of
from pointsbank.deeds.services.panel import confirm_kin, declare_kin
from pointsbank.deeds.services.reviewing import Votes
from pointsbank.deeds.verification import problems
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import HELPING, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.meetings import claim_of, hold_meeting, item, make_body, make_claim, make_kin, meet, reviewed

HELP = reviewed(HELPING)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, HELP)
    return place


@pytest.fixture
def reviewers(village: Place) -> list[Staff]:
    return make_body(village, Role.REVIEWER, 4)


@pytest.fixture
def household(village: Place, reviewers: list[Staff]) -> Household:
    return make_household(village, "张三")


def waiting(village: Place) -> dict[Body, list[int]]:
    """The serials on each body's agenda; the counts say the same."""
    panel = panel_of(village.id)
    found = {body: [claim.serial for claim in agenda(village.id, body, panel)] for body in Body}
    counts = waiting_counts(village.id, panel)
    assert counts == {body: len(serials) for body, serials in found.items()}
    for body, serials in found.items():
        assert {panel.waits_for(claim_of(village, serial)) for serial in serials} <= {body}
    return {body: serials for body, serials in found.items() if serials}


def recusals(village: Place) -> list[str]:
    return sorted(session().scalars(select(Recusal.reason).where(Recusal.village_id == village.id)))


def test_kin_may_not_write_a_decision_and_their_recusal_is_kept(
    village: Place, reviewers: list[Staff], household: Household
) -> None:
    make_kin(village, reviewers[0], household, "儿媳")
    serial = make_claim(village, household, HELP, claimed_by=reviewers[1].actor.key)
    meeting = hold_meeting(village)
    with pytest.raises(RecusedError, match="儿媳"):
        meet(village, meeting, item(serial), actor=reviewers[0].actor)
    with pytest.raises(DecisionRefusedError, match="人数是 2"):
        meet(village, meeting, item(serial, votes=Votes(3)), actor=reviewers[2].actor)
    meet(village, meeting, item(serial, votes=Votes(2)), actor=reviewers[2].actor)
    assert claim_of(village, serial).state is ClaimState.APPROVED
    assert recusals(village) == ["儿媳", "申报人"]
    assert problems(village) == []


def test_half_of_the_group_may_decide_and_fewer_pass_it_to_the_committee(
    village: Place, reviewers: list[Staff], household: Household
) -> None:
    make_body(village, Role.COMMITTEE, 3)
    other = make_household(village, "李四")
    for person in reviewers[:2]:
        make_kin(village, person, household, "兄弟姐妹")
    for person in reviewers[:3]:
        make_kin(village, person, other, "子女")
    half, fewer = make_claim(village, household, HELP), make_claim(village, other, HELP)
    done = meet(village, hold_meeting(village), item(half), item(fewer))
    assert (done["approved"], done["passed_on"]) == (1, 1)
    passed = claim_of(village, fewer)
    assert (passed.state, passed.steps_done) == (ClaimState.RECHECK, 0)
    sentence = "积分评议小组 4 人里 3 人要回避，剩下的不到一半，转交村“两委”决定。"
    assert queries.steps_of(village.id, fewer)[-1].reason == sentence
    assert waiting(village) == {Body.COMMITTEE: [fewer]}
    meet(village, hold_meeting(village, Body.COMMITTEE), item(fewer))
    assert claim_of(village, fewer).state is ClaimState.APPROVED
    outcomes = session().scalars(select(Decision.outcome).order_by(Decision.id))
    assert list(outcomes) == [Outcome.APPROVED, Outcome.PASSED_ON, Outcome.APPROVED]


@both_databases
def test_where_the_committee_stands_aside_too_the_supervision_committee_decides(
    village: Place, reviewers: list[Staff], household: Household
) -> None:
    committee, supervision = make_body(village, Role.COMMITTEE, 3), make_body(village, Role.SUPERVISION, 2)
    for person in (*reviewers, committee[0]):
        make_kin(village, person, household)
    by_member = make_claim(village, household, HELP, claimed_by=committee[1].actor.key)
    by_other = make_claim(village, household, HELP)
    meet(village, hold_meeting(village), item(by_member), item(by_other))
    assert waiting(village) == {Body.COMMITTEE: [by_other], Body.SUPERVISION: [by_member]}
    with pytest.raises(NotOnAgendaError, match="要由村务监督委员会来定"):
        meet(village, hold_meeting(village, Body.COMMITTEE), item(by_member))
    meet(village, hold_meeting(village, Body.SUPERVISION), item(by_member))
    assert claim_of(village, by_member).state is ClaimState.APPROVED
    for person in supervision:
        make_kin(village, person, household)
    make_kin(village, committee[2], household)
    assert waiting(village) == {Body.ASSEMBLY: [by_other]}
    meet(village, hold_meeting(village, Body.ASSEMBLY), item(by_other, votes=Votes(60, 20)))
    assert claim_of(village, by_other).state is ClaimState.APPROVED
    assert problems(village) == []


def test_where_nobody_who_is_there_may_vote_the_item_waits(
    village: Place, reviewers: list[Staff], household: Household
) -> None:
    make_kin(village, reviewers[0], household)
    serial = make_claim(village, household, HELP)
    meeting = hold_meeting(village, present=reviewers[:1])
    for outcome in (Outcome.APPROVED, Outcome.REJECTED):
        with pytest.raises(DecisionRefusedError, match="到会的人都要回避"):
            meet(village, meeting, item(serial, outcome, reason="有理由"))
    assert meet(village, meeting, item(serial, Outcome.HELD_OVER, reason="人不够"))["held_over"] == 1


def test_kin_is_declared_by_oneself_or_the_office_and_once(
    village: Place, reviewers: list[Staff], household: Household
) -> None:
    one, another = reviewers[:2]
    clerk, keeper = make_staff(village, Role.CLERK), make_staff(village, Role.SHOPKEEPER)
    make_kin(village, one, household)
    with pytest.raises(ConflictError, match="已经申报过"):
        make_kin(village, one, household, "父母")
    with pytest.raises(NotAllowedError, match="只能申报自己的"):
        declare_kin(village, another.id, household.id, "父母", one.actor, new_key())
    declare_kin(village, another.id, household.id, "父母", clerk.actor, new_key())
    with pytest.raises(InvalidInputError, match="不参加审核和评议"):
        declare_kin(village, keeper.id, household.id, "父母", clerk.actor, new_key())
    stranger = make_village("miaopo", name="庙坡村")
    with pytest.raises(NotFoundError):
        declare_kin(stranger, another.id, household.id, "父母", clerk.actor, new_key())
    with pytest.raises(NotFoundError):
        declare_kin(village, one.id, make_household(stranger, "王五").id, "父母", one.actor, new_key())


def test_once_a_year_everybody_says_that_it_still_holds(
    village: Place, reviewers: list[Staff], household: Household, still_clock: FixedClock
) -> None:
    one, another = reviewers[:2]
    make_kin(village, one, household, "女婿")
    assert declared_since(village.id, date(2026, 1, 1)) == {one.id}
    still_clock.move(timedelta(days=365))
    assert declared_since(village.id, date(2027, 1, 1)) == set()
    assert confirm_kin(village, one.id, one.actor, new_key()) == {"households": 1}
    assert declared_since(village.id, date(2027, 1, 1)) == {one.id}
    assert kin_of(village.id, [one.id]) == {one.id: {household.id: "女婿"}}
    closed = session().scalars(select(KinDeclaration.closed_on).order_by(KinDeclaration.id)).all()
    assert closed == [date(2027, 3, 18), None]
    assert confirm_kin(village, one.id, one.actor, new_key()) == {"households": 1}
    assert confirm_kin(village, another.id, another.actor, new_key()) == {"households": 0}  # none of both is from here
    assert declared_since(village.id, date(2027, 1, 1)) == {one.id, another.id}
