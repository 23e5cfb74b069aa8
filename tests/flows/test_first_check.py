"""The first check passes claims on, sends them back or refuses them; never one's own, kin's or what one claimed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from pointsbank.access.models import Role, Staff
from pointsbank.covenant.models import Step
from pointsbank.deeds import queries
from pointsbank.deeds.errors import (
    ClaimChangedError,
    DeedRefusedError,
    NotWaitingError,
    RecusedError,
    UnknownClaimError,
)
from pointsbank.deeds.models import Claim, ClaimState
from pointsbank.deeds.queries import pending
from pointsbank.deeds.queries.pending import CheckFilter
from pointsbank.deeds.services import checking, deductions
from pointsbank.deeds.services.panel import declare_kin
from pointsbank.deeds.verification import problems
from pointsbank.foundation import clock
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.conftest import both_databases
from tests.deed_rules import LITTER, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.steps import BOTH_CHECKS, CHECK_ONLY, CHECKED_HELP, REVIEW_ONLY, SIGNED_MEETING, STEPPED, claimed


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, *STEPPED)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


@pytest.fixture
def checker(village: Place) -> Staff:
    return make_staff(village, Role.CLERK, name="文小琴")


def state_of(village: Place, claim: Claim) -> ClaimState:
    return queries.claim(village.id, claim.serial).state


def waiting(village: Place) -> list[int]:
    return [claim.serial for claim in pending.waiting_for_check(village.id, CheckFilter())]


@both_databases
def test_what_is_passed_goes_where_its_rule_sends_it(village: Place, household: Household, checker: Staff) -> None:
    person = household.residents[0]
    helped, met = claimed(village, household, CHECKED_HELP), claimed(village, person, SIGNED_MEETING)
    read, worked = claimed(village, person, CHECK_ONLY), claimed(village, person, BOTH_CHECKS)
    skipped = claimed(village, household, REVIEW_ONLY)
    assert waiting(village) == [4, 3, 2, 1]
    assert pending.check_count(village.id) == 4
    serials = [claim.serial for claim in (helped, met, read, worked)]
    done = checking.pass_check(village, serials, checker.actor, new_key())
    assert done == {"claims": 4, "approved": 1}
    states = [(state_of(village, claim), queries.claim(village.id, claim.serial).steps_done) for claim in
              (helped, met, read, worked, skipped)]  # fmt: skip
    assert states == [
        (ClaimState.CHECKED, 1),
        (ClaimState.CHECKED, 1),
        (ClaimState.APPROVED, 1),
        (ClaimState.RECHECK, 2),
        (ClaimState.SUBMITTED, 0),
    ]
    assert waiting(village) == []
    assert ledger.balances(village.id, household.serial).spendable == 0
    [_, passed] = queries.steps_of(village.id, helped.serial)
    assert (passed.event.actor, passed.event.to_state) == (checker.actor.key, ClaimState.CHECKED)
    assert problems(village) == []


def test_large_claims_go_on_to_recheck_where_the_policy_says_so(
    village: Place, household: Household, checker: Staff
) -> None:
    places.change_settings(village.id, VillageSettings(recheck_points_min=100), clock.today(), checker.actor, seen=0)
    claim = claimed(village, household.residents[0], CHECK_ONLY)
    checking.pass_check(village, [claim.serial], checker.actor, new_key())
    assert state_of(village, claim) is ClaimState.RECHECK


def test_a_deduction_that_only_an_old_book_lets_end_at_the_check_waits_until_the_household_was_heard(
    village: Place, household: Household, checker: Staff, still_clock: FixedClock
) -> None:
    make_rules(village, replace(LITTER, steps=(Step.CHECK,)), CHECK_ONLY)  # such a book is not taken any more
    deduction = claimed(village, household, LITTER).serial
    other = claimed(village, household.residents[0], CHECK_ONLY).serial
    with pytest.raises(DeedRefusedError, match=f"第 {deduction} 号：扣分前要先告知这一户"):
        checking.pass_check(village, [other, deduction], checker.actor, new_key())
    revision = queries.claim(village.id, deduction).revision
    deductions.tell(village, deduction, clock.today(), "当面", revision, checker.actor)
    with pytest.raises(DeedRefusedError, match="3月21日以前可以说明"):
        checking.pass_check(village, [deduction], checker.actor, new_key())
    still_clock.moment += timedelta(days=4)
    assert checking.pass_check(village, [other, deduction], checker.actor, new_key())["approved"] == 2


def test_sent_back_and_refused_keep_the_reason(village: Place, household: Household, checker: Staff) -> None:
    back, refused = claimed(village, household, CHECKED_HELP), claimed(village, household, CHECKED_HELP)
    checking.return_claims(village, [back.serial], "缺证明人", checker.actor, new_key())
    checking.refuse_claims(village, [refused.serial], "没有这回事", checker.actor, new_key())
    assert state_of(village, back) is ClaimState.RETURNED
    assert state_of(village, refused) is ClaimState.NOT_ACCEPTED
    assert pending.last_reasons(village.id, [back.serial, refused.serial]) == {
        back.serial: "缺证明人",
        refused.serial: "没有这回事",
    }
    for act in (checking.return_claims, checking.refuse_claims):
        with pytest.raises(InvalidInputError) as missing:
            act(village, [back.serial], " ", checker.actor, new_key())
        assert missing.value.field == "reason"


def test_nobody_checks_what_one_claimed_or_what_is_ones_own_or_kins(
    village: Place, household: Household, checker: Staff
) -> None:
    other = make_household(village, "李四")
    mine = claimed(village, other, CHECKED_HELP, by=checker.actor)
    for_head = claimed(village, other, CHECKED_HELP, by=checker.actor, claimed_by="staff:qingxi/99")
    kins = claimed(village, household, CHECKED_HELP)
    declare_kin(village, checker.id, household.id, "儿媳", checker.actor, new_key())
    for claim, why in ((mine, "您申报的"), (kins, "儿媳")):
        serials = [for_head.serial, claim.serial]
        with pytest.raises(RecusedError, match=why):
            checking.pass_check(village, serials, checker.actor, new_key())
        for act in (checking.return_claims, checking.refuse_claims):
            with pytest.raises(RecusedError, match=why):
                act(village, serials, "缺证明人", checker.actor, new_key())
    assert state_of(village, for_head) is ClaimState.SUBMITTED
    checking.pass_check(village, [for_head.serial], checker.actor, new_key())  # typed for the head who scored it


def test_what_waits_for_something_else_is_not_passed_and_nothing_with_it(
    village: Place, household: Household, checker: Staff
) -> None:
    first, review = claimed(village, household, CHECKED_HELP), claimed(village, household, REVIEW_ONLY)
    with pytest.raises(NotWaitingError, match="不能通过初审"):
        checking.pass_check(village, [first.serial, review.serial], checker.actor, new_key())
    assert state_of(village, first) is ClaimState.SUBMITTED
    checking.pass_check(village, [first.serial], checker.actor, new_key())
    with pytest.raises(NotWaitingError):
        checking.pass_check(village, [first.serial], checker.actor, new_key())


def test_a_claim_that_changed_since_it_was_looked_at_is_not_passed(
    village: Place, household: Household, checker: Staff
) -> None:
    claim = claimed(village, household, CHECKED_HELP)
    seen = {claim.serial: claim.revision}
    checking.return_claims(village, [claim.serial], "数量？", checker.actor, new_key())
    back = queries.claim(village.id, claim.serial)
    mended = checking.Mended(200, date(2026, 3, 17))
    checking.resubmit(village, claim.serial, mended, back.revision, checker.actor, new_key())
    with pytest.raises(ClaimChangedError):
        checking.pass_check(village, [claim.serial], checker.actor, new_key(), seen)


def test_the_same_act_twice_moves_once(village: Place, household: Household, checker: Staff) -> None:
    claim, key = claimed(village, household, CHECKED_HELP), new_key()
    first = checking.pass_check(village, [claim.serial], checker.actor, key)
    assert checking.pass_check(village, [claim.serial], checker.actor, key) == first
    assert len(queries.steps_of(village.id, claim.serial)) == 2
    with pytest.raises(SameKeyOtherContentError):
        checking.pass_check(village, [claim.serial, 99], checker.actor, key)


@pytest.mark.parametrize(
    ("serials", "wrong"), [([], DeedRefusedError), (range(1, 502), DeedRefusedError), ([9], UnknownClaimError)]
)
def test_none_too_many_and_unknown_ones_are_refused(
    village: Place, checker: Staff, serials: list[int], wrong: type[PointsBankError]
) -> None:
    with pytest.raises(wrong):
        checking.pass_check(village, list(serials), checker.actor, new_key())


def test_another_villages_claim_is_not_found(village: Place, checker: Staff) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    make_rules(miaopo, *STEPPED)
    claim = claimed(miaopo, make_household(miaopo), CHECKED_HELP)
    with pytest.raises(UnknownClaimError):
        checking.pass_check(village, [claim.serial], checker.actor, new_key())
    with pytest.raises(UnknownClaimError):
        checking.withdraw(village, claim.serial, "试试", checker.actor, new_key())
    mended = checking.Mended(100, date(2026, 3, 1))
    with pytest.raises(UnknownClaimError):
        checking.resubmit(village, claim.serial, mended, 1, checker.actor, new_key())
