"""An objection keeps one item from the book until another person has decided; the others go on."""

from datetime import date

import pytest
from flask import Flask

from pointsbank.access.models import Role
from pointsbank.deeds.errors import (
    NoticeStateError,
    ObjectionRefusedError,
    RecusedError,
    UnknownClaimError,
    UnknownObjectionError,
)
from pointsbank.deeds.models import ClaimState, KinDeclaration, NoticeState, ObjectionOutcome
from pointsbank.deeds.queries import claim as claim_by_serial
from pointsbank.deeds.queries import notices, oversight, steps_of
from pointsbank.deeds.services import noticing, objecting, reverse
from pointsbank.deeds.services.booking import book_notices
from pointsbank.deeds.services.objecting import ObjectionDraft, Objector, Verdict, objector_of, why_not_examine
from pointsbank.deeds.verification import problems
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import HELPING, LITTER, MEETING, STUDENT
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.notices import go_to, make_approved, make_reviewing_village, on_the_wall, prepare, spendable, state_of

TODAY = date(2026, 3, 18)
LAST_DAY, AFTER = date(2026, 3, 23), date(2026, 3, 24)

KEPT, ADJUSTED = ObjectionOutcome.KEPT, ObjectionOutcome.ADJUSTED
CANCELLED, DROPPED = ObjectionOutcome.CANCELLED, ObjectionOutcome.OBJECTION_DROPPED


@pytest.fixture
def village(app: Flask) -> Place:
    return make_reviewing_village()


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


@pytest.fixture
def examiner(village: Place) -> Actor:
    return make_staff(village, Role.SUPERVISION).actor


def take(village: Place, claim: int, reason: str = "他家没有人去", day: date | None = None) -> int:
    draft = ObjectionDraft(claim, reason, day or clock.today())
    serial: int = objecting.take(village, draft, SYSTEM, new_key())["objection"]
    return serial


def decide(
    village: Place, objection: int, outcome: ObjectionOutcome, actor: Actor, points: int | None = None
) -> dict[str, object]:
    return objecting.decide(village, objection, Verdict(outcome, "问过当事人和邻居", points), actor, new_key())


def book(village: Place) -> int:
    booked: int = book_notices(village, SYSTEM, new_key())["claims"]
    return booked


@pytest.mark.parametrize(
    ("outcome", "points", "state", "given"),
    [
        (KEPT, None, ClaimState.ON_NOTICE, 300),
        (ADJUSTED, 100, ClaimState.ON_NOTICE, 100),
        (CANCELLED, None, ClaimState.CANCELLED, 0),
        (DROPPED, None, ClaimState.ON_NOTICE, 300),
    ],
)
def test_each_outcome_leaves_the_item_where_it_belongs(
    village: Place,
    household: Household,
    examiner: Actor,
    still_clock: FixedClock,
    outcome: ObjectionOutcome,
    points: int | None,
    state: ClaimState,
    given: int,
) -> None:
    claim = make_approved(village, household, HELPING)
    on_the_wall(village)
    serial = take(village, claim)
    assert state_of(village, claim) is ClaimState.OBJECTED
    assert oversight.objection(village.id, serial).decide_by == date(2026, 3, 21)
    decide(village, serial, outcome, examiner, points)
    assert state_of(village, claim) is state
    objection = oversight.objection(village.id, serial)
    assert (objection.outcome, objection.points_before, objection.points_after) == (outcome, 300, given)
    assert objection.examiner_id == examiner.id
    assert "问过当事人" in steps_of(village.id, claim)[-1].reason
    go_to(still_clock, AFTER)
    assert book(village) == (1 if given else 0)
    assert spendable(village, household) == given
    assert problems(village) == []


def test_only_the_disputed_item_waits(
    village: Place, household: Household, examiner: Actor, still_clock: FixedClock
) -> None:
    disputed, other = make_approved(village, household, HELPING), make_approved(village, household, STUDENT)
    notice = on_the_wall(village)
    serial = take(village, disputed)
    go_to(still_clock, AFTER)
    assert book(village) == 1
    assert (state_of(village, disputed), state_of(village, other)) == (ClaimState.OBJECTED, ClaimState.BOOKED)
    assert notices.notice(village.id, notice).state is NoticeState.HANGING
    assert oversight.open_objections(village.id) == oversight.Open(1, 1)  # a day was missed
    decide(village, serial, KEPT, examiner)
    assert state_of(village, disputed) is ClaimState.UNOBJECTED  # the period is over
    assert book(village) == 1
    assert notices.notice(village.id, notice).state is NoticeState.ENDED
    assert problems(village) == []


def test_after_the_period_an_objection_is_refused_with_another_way(
    village: Place, household: Household, examiner: Actor, still_clock: FixedClock
) -> None:
    claim = make_approved(village, household, HELPING)
    on_the_wall(village)
    go_to(still_clock, AFTER)
    with pytest.raises(ObjectionRefusedError, match=r"公示期已经满了.*村务监督委员会") as refused:
        take(village, claim)
    assert refused.value.field == "claim"
    assert take(village, claim, day=LAST_DAY) == 1  # it came in time and is typed the morning after
    decide(village, 1, DROPPED, examiner)
    book(village)
    with pytest.raises(ObjectionRefusedError, match="已经入账"):
        take(village, claim, day=LAST_DAY)
    reverse(village, claim, "监督委员会查实", SYSTEM, new_key())  # the other way
    assert spendable(village, household) == 0


def test_what_is_not_on_the_wall_cannot_be_objected_to(village: Place, household: Household) -> None:
    claim = make_approved(village, household, HELPING)
    with pytest.raises(NoticeStateError, match="不在公示里"):
        take(village, claim)
    with pytest.raises(UnknownClaimError):
        take(village, 999)
    prepare(village)
    for day in (date(2026, 3, 17), date(2026, 3, 19), date(9999, 12, 31)):
        with pytest.raises(InvalidInputError) as refused:
            take(village, claim, day=day)
        assert refused.value.field == "received_on"
    noticing.cancel_item(village, claim, "记错了", SYSTEM, new_key())
    with pytest.raises(ObjectionRefusedError, match="已经撤销"):
        take(village, claim)
    with pytest.raises(UnknownClaimError):
        take(make_village("miaopo", name="庙坡村"), claim)


def test_the_examiner_neither_approved_nor_claimed_nor_is_kin(
    village: Place, household: Household, examiner: Actor
) -> None:
    reviewer, head = make_staff(village, Role.REVIEWER).actor, make_staff(village, Role.GROUP_HEAD).actor
    kin = make_staff(village, Role.COMMITTEE)
    with transaction() as session:
        session.add(
            KinDeclaration(
                village_id=village.id, staff=kin, household=household, relation="儿媳", declared_on=TODAY,
                actor="system", created_at=clock.now(),
            )
        )  # fmt: skip
    claim = make_approved(village, household, HELPING, claimant=head, approver=reviewer)
    on_the_wall(village)
    serial = take(village, claim)
    for actor, why in ((reviewer, "评议"), (head, "申报"), (kin.actor, "儿媳")):
        with pytest.raises(RecusedError, match=why):
            decide(village, serial, KEPT, actor)
        assert why_not_examine(village.id, claim_by_serial(village.id, claim), actor)
    assert why_not_examine(village.id, claim_by_serial(village.id, claim), examiner) is None
    decide(village, serial, KEPT, examiner)
    with pytest.raises(ObjectionRefusedError, match="已经处理过"):
        decide(village, serial, CANCELLED, examiner)
    with pytest.raises(UnknownObjectionError):
        decide(village, 99, KEPT, examiner)


@pytest.mark.parametrize("points", [None, 0, -100, 400, 300, 10**11])
def test_points_are_adjusted_within_the_rule(
    village: Place, household: Household, examiner: Actor, points: int | None
) -> None:
    claim = make_approved(village, household, HELPING)
    on_the_wall(village)
    serial = take(village, claim)
    with pytest.raises(InvalidInputError) as refused:
        decide(village, serial, ADJUSTED, examiner, points)
    assert refused.value.field == "points"
    assert state_of(village, claim) is ClaimState.OBJECTED


def test_adjusted_points_are_held_to_the_caps_that_the_review_held_them_to(
    village: Place, household: Household, examiner: Actor
) -> None:
    person = make_resident(village, household)
    make_approved(village, household, MEETING, resident=person)
    claims = [make_approved(village, household, MEETING, resident=person) for _ in range(2)]  # 200 given, then 0
    on_the_wall(village)
    with pytest.raises(InvalidInputError, match=r"改了以后还是 0 分.*最多"):
        decide(village, take(village, claims[1]), ADJUSTED, examiner, 200)
    done = decide(village, take(village, claims[0]), ADJUSTED, examiner, 100)
    assert done["points"] == 100
    done = decide(village, 1, ADJUSTED, examiner, 200)
    assert (done["points"], "这次只记1分" in str(done["cap_reason"])) == (100, True)
    assert problems(village) == []


def test_a_deduction_is_adjusted_by_its_size(
    village: Place, household: Household, examiner: Actor, still_clock: FixedClock
) -> None:
    make_approved(village, household, STUDENT)
    claim = make_approved(village, household, LITTER)
    on_the_wall(village)
    assert decide(village, take(village, claim), ADJUSTED, examiner, 50)["points"] == -50
    go_to(still_clock, AFTER)
    book(village)
    assert spendable(village, household) == 1_950


def test_two_objections_to_one_item_are_both_decided_before_it_goes_on(
    village: Place, household: Household, examiner: Actor
) -> None:
    claim = make_approved(village, household, HELPING)
    on_the_wall(village)
    first, second = take(village, claim), take(village, claim, "那天下雨没搞活动")
    decide(village, first, KEPT, examiner)
    assert state_of(village, claim) is ClaimState.OBJECTED
    decide(village, second, KEPT, examiner)
    assert state_of(village, claim) is ClaimState.ON_NOTICE


def test_a_cancelled_item_closes_what_else_was_said_against_it(
    village: Place, household: Household, examiner: Actor
) -> None:
    claim = make_approved(village, household, HELPING)
    notice = on_the_wall(village)
    first, second = take(village, claim), take(village, claim, "那天下雨没搞活动")
    with pytest.raises(NoticeStateError, match="还有异议没有处理完"):
        noticing.withdraw(village, notice, "重新贴", SYSTEM, new_key())
    with pytest.raises(NoticeStateError, match="请在异议里处理"):
        noticing.cancel_item(village, claim, "记错了", SYSTEM, new_key())
    decide(village, first, CANCELLED, examiner)
    other = oversight.objection(village.id, second)
    assert (other.outcome, other.points_after) == (CANCELLED, 0)
    assert oversight.open_objections(village.id).count == 0
    assert problems(village) == []


def test_an_item_cancelled_while_on_notice_is_never_booked(
    village: Place, household: Household, still_clock: FixedClock
) -> None:
    gone, stays = make_approved(village, household, HELPING), make_approved(village, household, STUDENT)
    on_the_wall(village)
    noticing.cancel_item(village, gone, "同一件事报了两次", SYSTEM, new_key())
    go_to(still_clock, AFTER)
    assert book(village) == 1
    assert (state_of(village, gone), state_of(village, stays)) == (ClaimState.CANCELLED, ClaimState.BOOKED)
    assert spendable(village, household) == 2_000


def test_the_objector_is_sealed_and_may_be_nobody(village: Place, household: Household) -> None:
    claim = make_approved(village, household, HELPING)
    on_the_wall(village)
    key = new_key()
    draft = ObjectionDraft(claim, "他家没有人去", TODAY, "赵举报", "13800138000")
    first = objecting.take(village, draft, SYSTEM, key)
    assert objecting.take(village, draft, SYSTEM, key) == first  # the same key takes it once
    objection = oversight.objection(village.id, 1)
    assert "赵举报" not in (objection.objector_sealed or "")
    assert objector_of(objection) == Objector("赵举报", "13800138000")
    assert objector_of(oversight.objection(village.id, take(village, claim))) is None
