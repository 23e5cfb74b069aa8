"""Whatever moves people make, in whatever order: what is booked is what was approved and not cancelled, each item once.

A plain model keeps the state and points of every claim beside the village; what the model says is illegal must be
refused and change nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from pointsbank.access.models import Role, Staff
from pointsbank.covenant.models import Step, Track
from pointsbank.deeds.models import Body, Claim, ClaimOrigin, ClaimState, Notice, NoticeState, Objection, Outcome
from pointsbank.deeds.models import ObjectionOutcome as Verdicts
from pointsbank.deeds.services import (
    DeedDraft,
    booking,
    checking,
    deductions,
    keep_many,
    noticing,
    objecting,
    panel,
    record,
    recording,
    reverse,
    reviewing,
)
from pointsbank.deeds.services.objecting import ObjectionDraft, Verdict
from pointsbank.deeds.services.reviewing import ItemDecision
from pointsbank.deeds.services.taking_back import take_back
from pointsbank.deeds.verification import problems
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.models import Transfer, TransferKind
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.conftest import both_databases
from tests.deed_rules import BRAVERY, DAMAGE, IN_FORCE, STUDENT, make_rules
from tests.factories import make_household, make_staff, make_village

pytestmark = both_databases

RULES = (
    replace(STUDENT, steps=(Step.CHECK, Step.REVIEW)),
    replace(BRAVERY, steps=(Step.REVIEW, Step.RECHECK)),
    replace(DAMAGE, steps=(Step.REVIEW,)),
    replace(STUDENT, code="ZY01", name="直接入账的好事"),
)
S = ClaimState
WHICH = st.integers(0, 30)
MOSTLY_APPROVED = (Outcome.APPROVED, Outcome.APPROVED, Outcome.REJECTED)
SIGNS = {
    TransferKind.EARN: 1,
    TransferKind.EARN_REVERSAL: -1,
    TransferKind.DEDUCT: -1,
    TransferKind.DEDUCT_REVERSAL: 1,
}


class Village(RuleBasedStateMachine):
    """People carry claims to the book; the model says where each of them stands."""

    codes = iter(range(10**9))
    played: FixedClock

    def __init__(self) -> None:
        super().__init__()
        place = make_village(f"w{next(self.codes)}")
        self.village_id = place.id
        make_rules(place, *RULES)
        roomy = replace(VillageSettings(), household_month_max=10**7, household_year_max=10**7)
        places.change_settings(place.id, roomy, IN_FORCE, SYSTEM)
        self.households = [make_household(place, name).id for name in ("张三", "李四")]

        def someone(role: Role) -> Actor:
            staff: Staff = make_staff(place, role, name=f"职员{chr(0x4E00 + next(self.codes))}")
            return staff.actor

        self.claimant, self.checker = someone(Role.GROUP_HEAD), someone(Role.GROUP_HEAD)
        self.reviewer, self.member = someone(Role.REVIEWER), someone(Role.COMMITTEE)
        self.examiner, self.supervisor = someone(Role.COMMITTEE), someone(Role.SUPERVISION)
        self.states: dict[int, ClaimState] = {}
        self.points: dict[int, int] = {}

    @property
    def village(self) -> Place:
        """The place, read anew."""
        return session().get_one(Place, self.village_id)

    def tried(self, legal: bool, act: Callable[[], Any]) -> bool:
        """Whether it was done; the model knows whether it may be."""
        try:
            act()
        except PointsBankError:
            session().rollback()
            assert not legal
            return False
        assert legal
        return True

    def pick(self, which: int, *states: ClaimState) -> int | None:
        """A claim, one in these states if there is any: most tries should be legal, some not."""
        wanted = [serial for serial, state in self.states.items() if state in states] or list(self.states)
        return wanted[which % len(wanted)] if wanted else None

    def claim(self, serial: int) -> Claim:
        return session().scalars(select(Claim).where(Claim.village_id == self.village_id, Claim.serial == serial)).one()

    # --- what people do ---

    @rule(household=st.integers(0, 1), number=st.integers(0, len(RULES) - 1))
    def claim_a_deed(self, household: int, number: int) -> None:
        wanted = RULES[number]
        draft = DeedDraft(self.households[household], wanted.code, 100, clock.today())
        done = record(self.village, draft, self.claimant, new_key(), ClaimOrigin.SINGLE)
        self.states[done["claim"]] = S.SUBMITTED if wanted.steps else S.BOOKED
        self.points[done["claim"]] = wanted.points

    @rule(household=st.integers(0, 1), number=st.integers(0, len(RULES) - 1))
    def keep_a_draft(self, household: int, number: int) -> None:
        wanted = RULES[number]
        draft = DeedDraft(self.households[household], wanted.code, 100, clock.today())
        [done] = keep_many(self.village, [draft], self.claimant, new_key(), ClaimOrigin.SINGLE)["claims"]
        self.states[done["claim"]] = S.DRAFT
        self.points[done["claim"]] = wanted.points

    @rule(which=WHICH, drop=st.booleans())
    def hand_in(self, which: int, drop: bool) -> None:
        serial = self.pick(which, S.DRAFT)
        if serial is None:
            return
        act, legal = recording.discard if drop else recording.hand_in, self.states[serial] is S.DRAFT
        if self.tried(legal, lambda: act(self.village, [serial], self.claimant, new_key())):
            begins = S.SUBMITTED if self.claim(serial).rule.step_list else S.BOOKED
            self.states[serial] = S.CANCELLED if drop else begins

    @rule(which=WHICH, verdict=st.sampled_from((S.CHECKED, S.RETURNED, S.NOT_ACCEPTED)))
    def check(self, which: int, verdict: ClaimState) -> None:
        serial = self.pick(which, S.SUBMITTED)
        if serial is None:
            return
        legal = self.states[serial] is S.SUBMITTED and self.claim(serial).next_step is Step.CHECK
        acts: dict[ClaimState, Callable[[], Any]] = {
            S.CHECKED: lambda: checking.pass_check(self.village, [serial], self.checker, new_key()),
            S.RETURNED: lambda: checking.return_claims(self.village, [serial], "补材料", self.checker, new_key()),
            S.NOT_ACCEPTED: lambda: checking.refuse_claims(self.village, [serial], "不算", self.checker, new_key()),
        }
        if self.tried(legal, acts[verdict]):
            self.states[serial] = verdict

    @rule(which=WHICH)
    def tell(self, which: int) -> None:
        waiting = [serial for serial, state in self.states.items() if state is S.SUBMITTED and self.points[serial] < 0]
        if waiting:
            claim = self.claim(waiting[which % len(waiting)])
            deductions.tell(self.village, claim.serial, clock.today(), "当面", claim.revision, self.checker)

    @rule(
        which=WHICH,
        outcome=st.sampled_from((Outcome.APPROVED, Outcome.APPROVED, Outcome.REJECTED)),
        half=st.booleans(),
        slip=st.booleans(),
    )
    def review(self, which: int, outcome: Outcome, half: bool, slip: bool) -> None:
        serial = self.pick(which, S.CHECKED, S.SUBMITTED)
        self.meet(Body.REVIEW_GROUP, self.reviewer, serial, outcome, half=half, slip=slip)

    @rule(which=WHICH, outcome=st.sampled_from((Outcome.APPROVED, Outcome.REJECTED)), slip=st.booleans())
    def recheck(self, which: int, outcome: Outcome, slip: bool) -> None:
        self.meet(Body.COMMITTEE, self.member, self.pick(which, S.RECHECK), outcome, slip=slip)

    def meet(
        self,
        body: Body,
        actor: Actor,
        serial: int | None,
        outcome: Outcome,
        *,
        half: bool = False,
        slip: bool = False,
    ) -> None:
        if serial is None:
            return
        claim = self.claim(serial)
        step, today = claim.next_step, clock.today()
        told = claim.points > 0 or (claim.answer_by is not None and today > claim.answer_by)
        legal = told and (
            (body is Body.REVIEW_GROUP and step is Step.REVIEW and claim.state in (S.SUBMITTED, S.CHECKED))
            or (body is Body.COMMITTEE and step is Step.RECHECK and claim.state is S.RECHECK)
        )
        per_unit = claim.rule.points // 2 if half and outcome is Outcome.APPROVED else None
        details = panel.MeetingDetails(today, "村委会", frozenset({actor.id or 0}))
        meeting = panel.open_meeting(self.village, body, details, SYSTEM, new_key())["meeting"]
        item = ItemDecision(serial, outcome, per_unit, "大家这样定")
        if self.tried(legal, lambda: reviewing.decide(self.village, meeting, [item], actor, new_key())):
            more = step is Step.REVIEW and Step.RECHECK in claim.rule.step_list
            if slip:  # the wrong key was pressed: it stands as it stood before
                take_back(self.village, meeting, serial, actor, new_key())
            else:
                self.states[serial] = {Outcome.REJECTED: S.REJECTED}.get(outcome, S.RECHECK if more else S.APPROVED)
                self.points[serial] = per_unit or self.points[serial]
        panel.close_meeting(self.village, meeting, SYSTEM, 1)

    @rule(hung=st.booleans())
    def notice(self, hung: bool) -> None:
        approved = [serial for serial, state in self.states.items() if state is S.APPROVED]
        done: dict[str, Any] = {}

        def prepare() -> None:
            done.update(noticing.prepare(self.village, clock.today(), None, SYSTEM, new_key()))

        if self.tried(bool(approved), prepare):
            self.states |= dict.fromkeys(approved, S.ON_NOTICE)
            if hung:
                sheet = noticing.HangingDraft(1, "公开栏", "王五", clock.today())
                noticing.hang(self.village, done["notice"], sheet, SYSTEM, new_key())

    def hanging(self, serial: int) -> Notice | None:
        found = self.claim(serial).notice
        return found if found is not None and found.state is not NoticeState.WITHDRAWN else None

    @rule(which=WHICH)
    def object(self, which: int) -> None:
        serial = self.pick(which, S.ON_NOTICE)
        if serial is None:
            return
        notice, today = self.hanging(serial), clock.today()
        runs = notice is not None and (notice.last_day is None or today <= notice.last_day)
        legal = runs and self.states[serial] in (S.ON_NOTICE, S.OBJECTED)
        draft = ObjectionDraft(serial, "不对", today)
        if self.tried(legal, lambda: objecting.take(self.village, draft, self.supervisor, new_key())):
            self.states[serial] = S.OBJECTED

    @rule(which=WHICH, outcome=st.sampled_from((Verdicts.KEPT, Verdicts.CANCELLED, Verdicts.OBJECTION_DROPPED)))
    def answer(self, which: int, outcome: Verdicts) -> None:
        query = select(Objection).where(Objection.village_id == self.village_id, Objection.outcome.is_(None))
        waiting = session().scalars(query.order_by(Objection.serial)).all()
        if not waiting:
            return
        objection = waiting[which % len(waiting)]
        claim, number = objection.claim, objection.serial
        others = [one for one in waiting if one.claim_id == claim.id and one.id != objection.id]
        serial, notice = claim.serial, claim.notice
        over = notice is not None and notice.last_day is not None and clock.today() > notice.last_day
        objecting.decide(self.village, number, Verdict(outcome, "查过了"), self.examiner, new_key())
        if outcome is Verdicts.CANCELLED:
            self.states[serial] = S.CANCELLED
        elif not others:
            self.states[serial] = S.UNOBJECTED if over else S.ON_NOTICE

    @rule(days=st.integers(1, 7))
    def days_pass(self, days: int) -> None:
        self.played.moment += timedelta(days=days)

    @rule()
    def book(self) -> None:
        over = {
            serial
            for serial, state in self.states.items()
            if state in (S.ON_NOTICE, S.UNOBJECTED)
            and (notice := self.hanging(serial)) is not None
            and notice.last_day is not None
            and clock.today() > notice.last_day
        }
        done = booking.book_notices(self.village, SYSTEM, new_key())
        assert done["claims"] == len(over)
        self.states |= dict.fromkeys(over, S.BOOKED)

    @rule(which=WHICH)
    def undo(self, which: int) -> None:
        serial = self.pick(which, S.BOOKED)
        if serial is None:
            return
        legal = self.states[serial] is S.BOOKED
        if self.tried(legal, lambda: reverse(self.village, serial, "记错了", SYSTEM, new_key())):
            self.states[serial] = S.CANCELLED

    # --- what must always hold ---

    @invariant()
    def the_book_holds_what_was_approved_and_not_cancelled_once(self) -> None:
        session().rollback()
        query = select(Claim.serial, Claim.state, Claim.points).where(Claim.village_id == self.village_id)
        claims = session().execute(query).all()
        assert {row.serial: row.state for row in claims} == self.states
        assert {row.serial: row.points for row in claims if row.state is not S.REJECTED} == {
            serial: points for serial, points in self.points.items() if self.states[serial] is not S.REJECTED
        }
        booked: dict[int, int] = {}
        first: dict[int, int] = {}
        transfers = select(Transfer).where(Transfer.village_id == self.village_id, Transfer.source_type == "claim")
        for transfer in session().scalars(transfers):
            if transfer.kind in SIGNS:
                serial, units = transfer.source_serial, SIGNS[transfer.kind] * transfer.amount
                booked[serial] = booked.get(serial, 0) + units
                if transfer.kind in (TransferKind.EARN, TransferKind.DEDUCT):
                    first[serial] = first.get(serial, 0) + units
        expected = {serial: self.points[serial] for serial, state in self.states.items() if state is S.BOOKED}
        assert {serial: units for serial, units in booked.items() if units} == expected
        assert all(units == self.points[serial] for serial, units in first.items())  # not twice

    def teardown(self) -> None:
        """The proof of the claims finds nothing, and the households have what was booked."""
        assert problems(self.village) == []
        of_points = [
            points
            for serial, points in self.points.items()
            if self.states[serial] is S.BOOKED and self.claim(serial).rule.track is Track.POINTS
        ]
        serials = [session().get_one(Household, household).serial for household in self.households]
        balances = ledger.balances_of(self.village_id, serials)
        assert sum(one.spendable + one.owed for one in balances.values()) == sum(of_points)


def test_what_is_booked_is_what_was_approved(app: Flask, still_clock: FixedClock, long_run: bool) -> None:
    Village.played = still_clock
    run_state_machine_as_test(
        Village,
        settings=settings(
            max_examples=300 if long_run else 8,
            stateful_step_count=60 if long_run else 40,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            derandomize=not long_run,
            suppress_health_check=list(HealthCheck),
        ),
    )
