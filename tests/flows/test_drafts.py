"""A draft is kept, counts for nothing, and is handed in, mended or dropped by who kept it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from pointsbank.access.models import Role, Staff
from pointsbank.covenant.models import Step
from pointsbank.deeds import queries, services
from pointsbank.deeds.errors import DeedRefusedError, NotWaitingError, OwnDeedError
from pointsbank.deeds.models import ClaimOrigin, ClaimState
from pointsbank.deeds.queries import pending
from pointsbank.deeds.services import DeedDraft
from pointsbank.deeds.services.checking import Mended, resubmit
from pointsbank.deeds.services.recording import discard, hand_in, keep_many
from pointsbank.deeds.verification import problems
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import HELPING, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.meetings import claim_of, make_kin

DIRECT = HELPING  # 3 points, at most 8 a month and household, booked at once
CHECKED = replace(HELPING, code="CK01", name="要初审的", steps=(Step.CHECK,))


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, DIRECT, CHECKED)
    return place


@pytest.fixture
def head(village: Place) -> Staff:
    return make_staff(village, Role.GROUP_HEAD, name="李组长")


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


def keep(village: Place, head: Staff, household: Household, *codes: str) -> list[int]:
    drafts = [DeedDraft(household.id, code, 100, clock.today()) for code in codes]
    kept = keep_many(village, drafts, head.actor, new_key(), ClaimOrigin.SINGLE)
    return [claim["claim"] for claim in kept["claims"]]


@both_databases
def test_drafts_handed_in_together_begin_their_ways(village: Place, head: Staff, household: Household) -> None:
    serials = keep(village, head, household, DIRECT.code, CHECKED.code)
    assert ledger.balances(village.id, household.serial).spendable == 0
    assert pending.check_count(village.id) == 0
    assert problems(village) == []

    key = new_key()
    told = hand_in(village, serials, head.actor, key)

    assert [claim["state"] for claim in told["claims"]] == ["booked", "submitted"]
    assert hand_in(village, serials, head.actor, key) == told  # sent twice, handed in once
    assert ledger.balances(village.id, household.serial).spendable == 300
    assert pending.check_count(village.id) == 1
    assert problems(village) == []


def test_a_draft_takes_nothing_of_the_cap_and_is_capped_when_it_is_handed_in(
    village: Place, head: Staff, household: Household
) -> None:
    [kept] = keep(village, head, household, DIRECT.code)
    for _ in range(3):  # 3 + 3 + 2 of 8
        services.record(village, DeedDraft(household.id, DIRECT.code, 100, clock.today()), SYSTEM, new_key())
    assert ledger.balances(village.id, household.serial).spendable == 800

    [told] = hand_in(village, [kept], head.actor, new_key())["claims"]
    assert (told["points"], told["state"]) == (0, "booked")
    assert "8" in told["cap_reason"]


def test_a_draft_that_got_late_asks_for_its_reason(
    village: Place, head: Staff, household: Household, still_clock: FixedClock
) -> None:
    [kept] = keep(village, head, household, DIRECT.code)
    still_clock.moment += timedelta(days=100)

    with pytest.raises(DeedRefusedError) as refused:
        hand_in(village, [kept], head.actor, new_key())
    assert refused.value.message.startswith(f"第 {kept} 号草稿：")
    assert "迟报" in refused.value.message
    assert claim_of(village, kept).state is ClaimState.DRAFT

    claim = claim_of(village, kept)
    mended = Mended(200, claim.occurred_on, late_reason="组长住院")
    resubmit(village, kept, mended, claim.revision, head.actor, new_key())
    claim = claim_of(village, kept)
    assert (claim.state, claim.points, claim.late_reason) == (ClaimState.BOOKED, 600, "组长住院")


def test_a_dropped_draft_can_no_longer_be_handed_in(village: Place, head: Staff, household: Household) -> None:
    [kept] = keep(village, head, household, CHECKED.code)
    discard(village, [kept], head.actor, new_key())
    assert queries.steps_of(village.id, kept)[-1].event.to_state is ClaimState.CANCELLED
    with pytest.raises(NotWaitingError):
        hand_in(village, [kept], head.actor, new_key())
    assert problems(village) == []


def test_a_draft_of_ones_own_household_is_not_booked_at_once(village: Place, head: Staff, household: Household) -> None:
    [kept] = keep(village, head, household, DIRECT.code)
    make_kin(village, head, household)
    with pytest.raises(OwnDeedError):
        hand_in(village, [kept], head.actor, new_key())
    assert claim_of(village, kept).state is ClaimState.DRAFT
