"""How the sample village's deeds come to the book: check, review, notice, objections, booking, on the days of a month.

Three times a month the review group meets, on the 10th, the 20th and the last day. What it approves hangs from the next
morning and is booked when its days are over. The newest notice hung a little late, so that on any day one hangs.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select

from pointsbank.access.models import Role, RoleHeld, Staff
from pointsbank.covenant.models import Rule
from pointsbank.deeds.models import Body, Claim, ClaimOrigin, ClaimState, Notice, Objection, ObjectionOutcome, Outcome
from pointsbank.deeds.queries.agenda import PAGE_ITEMS
from pointsbank.deeds.queries.panel import kin_of
from pointsbank.deeds.services import (
    DeedDraft,
    booking,
    checking,
    deductions,
    keep_many,
    noticing,
    objecting,
    overseeing,
    panel,
    record_many,
    reviewing,
    visiting,
)
from pointsbank.deeds.services.objecting import ObjectionDraft, Verdict
from pointsbank.deeds.services.reviewing import ItemDecision
from pointsbank.foundation.actor import Actor, ActorKind
from pointsbank.foundation.clock import SHANGHAI, FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place

MEETING_DAYS = (10, 20)  # and the last of the month
LATE_DAYS_MAX = 9  # a notice that could hang so many days ago …
HANGS_SINCE_DAYS = 3  # … hung only so many days ago
BOOKING_HOUR, NOTICE_HOUR, MEETING_HOUR = 7, 8, 21
KIN = (("本户", 3), ("儿媳", 41), ("兄弟姐妹", 77))  # how related, and how far down the roster the household stands
REASONS = {
    Outcome.REJECTED: "没有签到，问了在场的人也没见到",
    Outcome.HELD_OVER: "证明人外出，等回来再议",
}
OBJECTIONS = (
    (ObjectionOutcome.ADJUSTED, "那天只去了一半时间", "查了派工单，时间减半"),
    (ObjectionOutcome.CANCELLED, "去的是他家亲戚，不是他家的人", "当事人承认记错了户"),
    (ObjectionOutcome.OBJECTION_DROPPED, "没见到他来过", "看了签到表，异议人自己撤回"),
    (ObjectionOutcome.KEPT, "觉得分给高了", "按细则就是这么多分，派工单都在"),
)
LATE_OBJECTION = (ObjectionOutcome.KEPT, "听说那天没有这么多人", "三个证明人都说属实")
TOLD = "上门当面告知"
DRAFTS = 3  # lines that a group head typed and has not handed in


def moment_of(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of day in Shanghai."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


class Way:
    """The people who carry claims to the book, each in their role."""

    def __init__(self, village_id: int, played: FixedClock, today: date) -> None:
        self.village_id, self.played, self.today = village_id, played, today
        self.staff = {role: self._with(role) for role in Role}
        self.clerk = self.staff[Role.CLERK][0].actor
        self.checker, self.claimant = (person.actor for person in self.staff[Role.GROUP_HEAD][:2])
        self.chair = self.staff[Role.REVIEWER][-1].actor
        self.verdicts: dict[int, tuple[ObjectionOutcome, str, str]] = {}  # by serial of the objection, given in time

    @property
    def village(self) -> Place:
        """The place, read anew after every transaction."""
        return session().get_one(Place, self.village_id)

    def _with(self, role: Role) -> Sequence[Staff]:
        query = select(Staff).join(RoleHeld).where(RoleHeld.place_id == self.village_id, RoleHeld.role == role)
        return session().scalars(query.order_by(Staff.serial)).unique().all()

    def declare_kin(self) -> None:
        """Every member of the deciding bodies names the own household and those of close kin."""
        households = session().scalars(
            select(Household.id).where(Household.village_id == self.village_id).order_by(Household.serial)
        )
        ids = list(households)
        people = {person.id: person.actor for role in (Role.REVIEWER, Role.COMMITTEE, Role.SUPERVISION)
                  for person in self.staff[role]}  # fmt: skip
        for number, (staff_id, actor) in enumerate(people.items()):
            for relation, start in KIN:
                household_id = ids[(start + 11 * number) % len(ids)]
                panel.declare_kin(self.village, staff_id, household_id, relation, actor, new_key())

    # --- claims ---

    def submit(self, drafts: Sequence[DeedDraft]) -> None:
        """The clerk types what a group head handed in on paper; of a deduction the household is told at once."""
        if not drafts:
            return
        recorded = record_many(
            self.village, drafts, self.clerk, new_key(), ClaimOrigin.GRID, claimed_by=self.claimant.key
        )
        for claim in self._claims(Claim.serial.in_([one["claim"] for one in recorded["claims"]])):
            if claim.rule.is_sanction:
                deductions.tell(self.village, claim.serial, claim.occurred_on, TOLD, claim.revision, self.clerk)

    def _claims(self, *conditions: ColumnElement[bool]) -> list[Claim]:
        query = select(Claim).join(Claim.rule).where(Claim.village_id == self.village_id, *conditions)
        return list(session().scalars(query.order_by(Claim.serial)))

    def check(self, up_to: date) -> None:
        """The first check of what happened up to a day; nobody checks for the own household."""
        waiting = [
            claim
            for claim in self._claims(Claim.state == ClaimState.SUBMITTED, Claim.occurred_on <= up_to)
            if checking.waits_for_check(claim)
        ]
        for actor, serials in self._by_hand(waiting, self.checker, self.clerk):
            checking.pass_check(self.village, serials, actor, new_key())

    def _by_hand(self, claims: Sequence[Claim], first: Actor, second: Actor) -> list[tuple[Actor, list[int]]]:
        """Who may act on which claims, in portions that a page takes: the second for the households of the first."""
        kin = kin_of(self.village_id, [first.id or 0])[first.id or 0]
        own = [claim.serial for claim in claims if claim.household_id in kin]
        others = [claim.serial for claim in claims if claim.household_id not in kin]
        return [
            (actor, serials[start : start + PAGE_ITEMS])
            for actor, serials in ((first, others), (second, own))
            for start in range(0, len(serials), PAGE_ITEMS)
        ]

    # --- meetings ---

    def review(self, day: date) -> None:
        """The review group meets: nearly all is approved, two items are not, one waits for the next meeting."""
        waiting = [
            claim
            for claim in self._claims(Claim.state.in_((ClaimState.SUBMITTED, ClaimState.CHECKED)))
            if claim.next_step is not None and claim.next_step.value == "review" and self._heard(claim, day)
        ]
        odd = [claim.serial for claim in waiting if 0 < claim.points <= 300][5:8]
        verdicts = dict(zip(odd, (Outcome.REJECTED, Outcome.REJECTED, Outcome.HELD_OVER), strict=False))
        self._meet(Body.REVIEW_GROUP, day, waiting, verdicts, (self.chair, self.clerk))

    @staticmethod
    def _heard(claim: Claim, day: date) -> bool:
        return not claim.rule.is_sanction or (claim.answer_by is not None and claim.answer_by < day)

    def recheck(self, day: date) -> None:
        """The committee re-checks the great ones and what the review group had to pass on; the last one it leaves."""
        waiting = self._claims(Claim.state == ClaimState.RECHECK)[:-1]
        first, second = (person.actor for person in self.staff[Role.COMMITTEE][:2])
        self._meet(Body.COMMITTEE, day, waiting, {}, (first, second))

    def _meet(
        self,
        body: Body,
        day: date,
        claims: Sequence[Claim],
        verdicts: dict[int, Outcome],
        hands: tuple[Actor, Actor],
    ) -> None:
        if not claims:
            return
        self.played.moment = moment_of(day, MEETING_HOUR, 30)
        role = Role.REVIEWER if body is Body.REVIEW_GROUP else Role.COMMITTEE
        present = frozenset(person.id for person in self.staff[role])
        details = panel.MeetingDetails(day, "村委会会议室", present)
        serial = panel.open_meeting(self.village, body, details, self.clerk, new_key())["meeting"]
        for actor, serials in self._by_hand(claims, *hands):
            items = [
                ItemDecision(one, verdicts.get(one, Outcome.APPROVED), reason=REASONS.get(verdicts.get(one), ""))  # type: ignore[arg-type]  # None for most
                for one in serials
            ]
            reviewing.decide(self.village, serial, items, actor, new_key(), over_budget=True)
        panel.close_meeting(self.village, serial, self.clerk, 1)

    # --- the wall ---

    def hang(self, day: date) -> None:
        """The supervision committee samples, then the notice goes on the wall."""
        if not self._claims(Claim.state == ClaimState.APPROVED):
            return
        self.played.moment = moment_of(day, NOTICE_HOUR)
        supervisor = self.staff[Role.SUPERVISION][0].actor
        drawn = overseeing.draw(self.village, supervisor, new_key())["claims"]
        own = kin_of(self.village_id, [supervisor.id or 0])[supervisor.id or 0]
        for claim in self._claims(Claim.serial.in_(drawn)):
            if claim.household_id not in own:
                overseeing.remark(self.village, claim.serial, "看了材料，问了邻居，属实", supervisor, new_key())
        notice = noticing.prepare(self.village, day, None, self.clerk, new_key())["notice"]
        sheet = noticing.HangingDraft(1, "村务公开栏", "文小琴", day)
        noticing.hang(self.village, notice, sheet, self.clerk, new_key())

    def _notices(self, *conditions: ColumnElement[bool]) -> list[Notice]:
        query = select(Notice).where(Notice.village_id == self.village_id, *conditions).order_by(Notice.serial)
        return list(session().scalars(query))

    def object(self, day: date, verdict: tuple[ObjectionOutcome, str, str]) -> None:
        """Somebody objects to an item on the wall, at the supervision committee."""
        examiner = self.staff[Role.COMMITTEE][-1].actor
        disputed = (
            claim
            for claim in self._claims(Claim.state == ClaimState.ON_NOTICE, Rule.unit == "小时", Claim.points > 200)
            if objecting.why_not_examine(self.village_id, claim, examiner) is None
        )
        chosen = next(disputed, None)
        if chosen is None:
            return
        self.played.moment = moment_of(day, NOTICE_HOUR, 30)
        supervisor = self.staff[Role.SUPERVISION][-1].actor
        draft = ObjectionDraft(chosen.serial, verdict[1], day, "一位村民", "当面说的")
        serial = objecting.take(self.village, draft, supervisor, new_key())["objection"]
        self.verdicts[serial] = verdict

    def decide(self, day: date) -> None:
        """The examiner answers what was said the day before; what came on the last day of a notice, two days later."""
        examiner = self.staff[Role.COMMITTEE][-1].actor
        query = select(Objection).where(Objection.village_id == self.village_id, Objection.outcome.is_(None))
        for objection in list(session().scalars(query.order_by(Objection.serial))):
            outcome, _, answer = self.verdicts[objection.serial]
            waits = 2 if self.verdicts[objection.serial] == LATE_OBJECTION else 1
            if day < objection.received_on + timedelta(days=waits):
                continue
            self.played.moment = moment_of(day, MEETING_HOUR - 1, 30)
            points = objection.points_before // 2 if outcome is ObjectionOutcome.ADJUSTED else None
            objecting.decide(self.village, objection.serial, Verdict(outcome, answer, points), examiner, new_key())

    def book(self, day: date) -> None:
        """What nobody objected to comes into the book."""
        if self._notices(Notice.last_day == day - timedelta(days=1)):
            self.played.moment = moment_of(day, BOOKING_HOUR)
            booking.book_notices(self.village, self.clerk, new_key())

    def sign(self, period: str, day: date) -> None:
        """The supervision committee signs the month."""
        self.played.moment = moment_of(day, 12, 45)
        for person in self.staff[Role.SUPERVISION]:
            overseeing.sign(self.village, period, "", person.actor, new_key())

    # --- day by day ---

    def morning(self, day: date) -> None:
        """Book, hang, hear who objects."""
        self.book(day)
        if self._hangs(day):
            self.hang(day)
        for notice in self._notices(Notice.last_day >= day):
            hung_on = max(sheet.hung_on or day for sheet in notice.hangings)
            if day == hung_on + timedelta(days=2):
                self.object(day, OBJECTIONS[notice.serial % len(OBJECTIONS)])
            if day == notice.last_day:
                self.object(day, LATE_OBJECTION)

    def _hangs(self, day: date) -> bool:
        """Whether what a meeting approved goes on the wall on this day."""
        ready = [day - timedelta(days=back) for back in range(LATE_DAYS_MAX + 1)]
        return any(is_meeting_day(one - timedelta(days=1)) and self._hangs_on(one) == day for one in ready)

    def _hangs_on(self, ready: date) -> date:
        """When what was ready on a day hangs: the newest some days later than it could."""
        if (self.today - ready).days > LATE_DAYS_MAX:
            return ready
        return max(ready, self.today - timedelta(days=HANGS_SINCE_DAYS))

    def _rechecks(self, day: date) -> bool:
        """The day after a meeting; what the newest meeting left was re-checked only yesterday."""
        newest = next(one for back in range(1, 32) if is_meeting_day(one := self.today - timedelta(days=back)))
        met = day - timedelta(days=1)
        return day == self.today - timedelta(days=1) or (is_meeting_day(met) and met != newest)

    def evening(self, day: date) -> None:
        """Answer objections; check and review what has come in; the day after a meeting the committee re-checks."""
        self.decide(day)
        if is_meeting_day(day):
            self.played.moment = moment_of(day, MEETING_HOUR)
            self.check(day)
            self.review(day)
        if self._rechecks(day):
            self.recheck(day)

    def this_morning(self) -> None:
        """What came in since the last meeting is in the middle of its way."""
        fresh = self._claims(Claim.state == ClaimState.SUBMITTED)
        first_check = [claim for claim in fresh if checking.waits_for_check(claim)]
        own = kin_of(self.village_id, [self.checker.id or 0])[self.checker.id or 0]
        serials = [claim.serial for claim in first_check if claim.household_id not in own and claim.points > 0]
        returned, refused, withdrawn, *others = serials
        checking.return_claims(self.village, [returned], "没写是哪天几点到几点，请补上", self.checker, new_key())
        checking.refuse_claims(self.village, [refused], "这是领报酬的活，不计分", self.checker, new_key())
        checking.withdraw(self.village, withdrawn, "报重了", self.clerk, new_key())
        checking.pass_check(self.village, others[: len(others) // 2], self.checker, new_key())
        self._keep_drafts(
            [one for one in first_check if not one.rule.needs_person and one.points == one.points_asked > 0]
        )
        self._ask_for_visits()

    def _keep_drafts(self, like: Sequence[Claim]) -> None:
        """The group head has typed some lines and not handed them in yet: neighbours did what these did."""
        ids = [claim.household_id for claim in like[-2 * DRAFTS : -DRAFTS]]
        drafts = [
            DeedDraft(household_id, claim.rule.code, claim.quantity, self.today)
            for household_id, claim in zip(ids, like[-DRAFTS:], strict=True)
        ]
        keep_many(self.village, drafts, self.claimant, new_key(), ClaimOrigin.SINGLE)

    def _ask_for_visits(self) -> None:
        """Two households asked at the kiosk for the group head; to one of them somebody has been."""
        query = select(Household).where(Household.village_id == self.village_id).order_by(Household.serial)
        asked = 0
        for household in session().scalars(query.offset(40).limit(2)).all():
            asker = Actor.of(ActorKind.HOUSEHOLD, self.village.code, household.serial, household.id)
            asked = visiting.ask_visit(self.village, household, asker, new_key())["request"]
        visiting.answer_visit(self.village, asked, "去过了，是帮邻居收谷子，已经记上", self.claimant, new_key())


def is_meeting_day(day: date) -> bool:
    """Whether the review group meets: on two days of the month and on its last."""
    return day.day in MEETING_DAYS or (day + timedelta(days=1)).day == 1
