"""Two decide on the same claim at once: one decision stands, the other person is told."""

from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from pointsbank.access.models import Role
from pointsbank.deeds.models import ClaimState, Decision, Outcome
from pointsbank.deeds.services.reviewing import ItemDecision, decide
from pointsbank.deeds.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import db
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import HELPING, make_rules
from tests.factories import make_household, make_village
from tests.meetings import claim_of, hold_meeting, item, make_body, make_claim, reviewed
from tests.racing import race

pytestmark = both_databases


def decided(village_id: int, meeting: int, decision: ItemDecision) -> dict[str, Any]:
    return decide(db.session.get_one(Place, village_id), meeting, [decision], SYSTEM, new_key())


def test_two_reviewers_at_one_claim_are_one_decision_and_one_refusal(app: Flask) -> None:
    village = make_village()
    help_rule = reviewed(HELPING)
    make_rules(village, help_rule)
    make_body(village, Role.REVIEWER, 3)
    serial = make_claim(village, make_household(village), help_rule)
    meeting, seen, village_id = hold_meeting(village), claim_of(village, serial).revision, village.id
    db.session.remove()
    answers = (
        item(serial, seen=seen),
        item(serial, Outcome.REJECTED, reason="没有的事", seen=seen),
        item(serial, Outcome.HELD_OVER, reason="问清楚", seen=seen),
    )
    outcomes = race(app, [partial(decided, village_id, meeting, answer) for answer in answers])
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(refused) == 2
    assert all(isinstance(error, PointsBankError) and error.status == 409 for error in refused), refused
    village = db.session.get_one(Place, village_id)
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 1
    [written] = db.session.scalars(select(Decision.outcome))
    states = {Outcome.APPROVED: ClaimState.APPROVED, Outcome.REJECTED: ClaimState.REJECTED}
    assert claim_of(village, serial).state is states.get(written, ClaimState.SUBMITTED)
    assert problems(village) == []
