"""What was sent back is mended and sent again, counted anew; what nobody decided on can be withdrawn."""

from datetime import date, timedelta

import pytest
from flask import Flask

from pointsbank.access.models import Role, Staff
from pointsbank.deeds import queries
from pointsbank.deeds.errors import ClaimChangedError, DeedRefusedError, NotWaitingError, RecusedError
from pointsbank.deeds.models import Claim, ClaimState
from pointsbank.deeds.queries import pending
from pointsbank.deeds.services import checking
from pointsbank.deeds.services.checking import Mended
from pointsbank.deeds.services.panel import declare_kin
from pointsbank.deeds.verification import problems
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import make_rules
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.steps import CHECKED_HELP, DEDUCTED, SIGNED_MEETING, STEPPED, TODAY, claimed


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, *STEPPED)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


@pytest.fixture
def head(village: Place) -> Staff:
    return make_staff(village, Role.GROUP_HEAD)


@pytest.fixture
def checker(village: Place) -> Staff:
    return make_staff(village, Role.CLERK)


def sent_back(village: Place, claim: Claim, checker: Staff) -> Claim:
    checking.return_claims(village, [claim.serial], "数量不对", checker.actor, new_key())
    return queries.claim(village.id, claim.serial)


@both_databases
def test_a_mended_claim_is_counted_anew_and_begins_its_way_again(
    village: Place, household: Household, head: Staff, checker: Staff
) -> None:
    claimed(village, household, CHECKED_HELP, 100)
    claim = claimed(village, household, CHECKED_HELP, 200, by=head.actor)
    assert claim.points == 500  # 6 asked, 3 of 8 used
    back = sent_back(village, claim, checker)
    mended = Mended(100, date(2026, 3, 17), note="只有一次", event_name="送温暖")
    done = checking.resubmit(village, claim.serial, mended, back.revision, head.actor, new_key())
    assert done == {"claim": claim.serial, "points": 300, "cap_reason": ""}
    again = queries.claim(village.id, claim.serial)
    assert (again.state, again.steps_done, again.quantity, again.note) == (ClaimState.SUBMITTED, 0, 100, "只有一次")
    assert (again.occurred_on, again.event_name, again.points_asked) == (date(2026, 3, 17), "送温暖", 300)
    checking.pass_check(village, [claim.serial], checker.actor, new_key())
    assert [step.event.to_state for step in queries.steps_of(village.id, claim.serial)] == [
        ClaimState.SUBMITTED,
        ClaimState.RETURNED,
        ClaimState.SUBMITTED,
        ClaimState.CHECKED,
    ]
    assert problems(village) == []


def test_a_mended_claim_does_not_count_against_itself(
    village: Place, household: Household, head: Staff, checker: Staff
) -> None:
    claim = claimed(village, household, CHECKED_HELP, 300, by=head.actor)
    assert claim.points == 800
    back = sent_back(village, claim, checker)
    done = checking.resubmit(village, claim.serial, Mended(200, TODAY), back.revision, head.actor, new_key())
    assert done["points"] == 600


def test_mending_names_another_of_the_household_and_nobody_elses(
    village: Place, household: Household, head: Staff, checker: Staff
) -> None:
    wife = make_resident(village, household, "李小芳")
    claim = claimed(village, household.residents[0], SIGNED_MEETING, by=head.actor)
    back = sent_back(village, claim, checker)
    stranger = make_household(village, "王五").residents[0]
    for who in (None, stranger.id):
        with pytest.raises(PointsBankError) as refused:
            checking.resubmit(village, back.serial, Mended(100, TODAY, who), back.revision, head.actor, new_key())
        assert refused.value.field == "who"
    checking.resubmit(village, back.serial, Mended(100, TODAY, wife.id), back.revision, head.actor, new_key())
    assert queries.claim(village.id, back.serial).resident == wife


def test_two_who_mend_one_claim_do_not_overwrite_each_other(
    village: Place, household: Household, head: Staff, checker: Staff
) -> None:
    back = sent_back(village, claimed(village, household, CHECKED_HELP, by=head.actor), checker)
    with pytest.raises(ClaimChangedError):
        checking.resubmit(village, back.serial, Mended(100, TODAY), back.revision - 1, head.actor, new_key())
    checking.resubmit(village, back.serial, Mended(100, TODAY), back.revision, head.actor, new_key())
    with pytest.raises(NotWaitingError):
        checking.resubmit(village, back.serial, Mended(100, TODAY), back.revision, head.actor, new_key())


def test_a_claim_is_not_late_because_it_was_sent_back(
    village: Place, household: Household, head: Staff, checker: Staff, still_clock: FixedClock
) -> None:
    day = TODAY - timedelta(days=30)
    back = sent_back(village, claimed(village, household, CHECKED_HELP, day=day, by=head.actor), checker)
    still_clock.move(timedelta(days=20))
    earlier = Mended(100, day - timedelta(days=2))
    with pytest.raises(DeedRefusedError, match="超过 31 天算迟报"):
        checking.resubmit(village, back.serial, earlier, back.revision, head.actor, new_key())
    checking.resubmit(village, back.serial, Mended(100, day), back.revision, head.actor, new_key())


def test_who_claimed_or_typed_sees_what_came_back(
    village: Place, household: Household, head: Staff, checker: Staff
) -> None:
    other = make_staff(village, Role.GROUP_HEAD)
    mine = sent_back(
        village, claimed(village, household, CHECKED_HELP, by=other.actor, claimed_by=head.actor.key), checker
    )
    assert [claim.serial for claim in pending.claims_to_mend(village.id, ClaimState.RETURNED, head.actor.key)] == [
        mine.serial
    ]
    assert pending.counts_to_mend(village.id, other.actor.key)[ClaimState.RETURNED] == 1
    assert pending.counts_to_mend(village.id, checker.actor.key)[ClaimState.RETURNED] == 0
    assert pending.counts_to_mend(village.id, None)[ClaimState.RETURNED] == 1


def test_what_nobody_decided_on_is_withdrawn_with_a_reason_and_makes_room(
    village: Place, household: Household, head: Staff, checker: Staff
) -> None:
    claims = [claimed(village, household, CHECKED_HELP, 300, by=head.actor)]
    assert claimed(village, household, CHECKED_HELP).points == 0
    checking.pass_check(village, [claims[0].serial], checker.actor, new_key())
    with pytest.raises(InvalidInputError):
        checking.withdraw(village, claims[0].serial, "", head.actor, new_key())
    checking.withdraw(village, claims[0].serial, "报重了", head.actor, new_key())
    assert queries.claim(village.id, claims[0].serial).state is ClaimState.CANCELLED
    assert claimed(village, household, CHECKED_HELP).points == 300
    with pytest.raises(NotWaitingError, match="不能撤回"):
        checking.withdraw(village, claims[0].serial, "再撤", head.actor, new_key())
    assert problems(village) == []


def test_nobody_withdraws_a_deduction_of_the_own_household(
    village: Place, household: Household, checker: Staff
) -> None:
    declare_kin(village, checker.id, household.id, "本户", checker.actor, new_key())
    theirs, own = claimed(village, household, DEDUCTED), claimed(village, household, DEDUCTED, by=checker.actor)
    good = claimed(village, household, CHECKED_HELP, by=checker.actor)
    for claim in (theirs, own):
        with pytest.raises(RecusedError):
            checking.withdraw(village, claim.serial, "不该扣", checker.actor, new_key())
    checking.withdraw(village, good.serial, "报错了", checker.actor, new_key())
