"""What a meeting decides: the points of each item within its caps, who stood aside, and where the item goes next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from pointsbank.access.models import Staff
from pointsbank.audit import services as audit
from pointsbank.covenant.models import Rule, Step, Track
from pointsbank.deeds.errors import (
    BudgetPassedError,
    ClaimChangedError,
    DecisionRefusedError,
    MeetingRefusedError,
    NotOnAgendaError,
)
from pointsbank.deeds.models import (
    DECIDED_STATES,
    OUTCOME_NAMES,
    STATE_NAMES,
    Body,
    Claim,
    ClaimState,
    Decision,
    Meeting,
    Outcome,
    Recusal,
    Suspension,
)
from pointsbank.deeds.policies import Tally, assess_deed, not_ready
from pointsbank.deeds.queries.agenda import PAGE_ITEMS, given, issued_in, tally_before
from pointsbank.deeds.queries.deductions import suspended_on
from pointsbank.deeds.queries.panel import Panel, body_names, panel_of
from pointsbank.deeds.services.moves import Move, after_step, locked, move_all, refuse_own, steps_after
from pointsbank.deeds.services.panel import open_and_locked, refuse_outsider
from pointsbank.foundation import clock, points
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.periods import period_of, period_title
from pointsbank.foundation.points import format_points
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.people.models import Household
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings

REASON_LENGTH_MAX = 200
VOTES_MAX = 100_000
DECIDABLE = (Outcome.APPROVED, Outcome.REJECTED, Outcome.HELD_OVER)


@dataclass(frozen=True, slots=True)
class Votes:
    """How those vote who are there and do not stand aside."""

    in_favour: int
    against: int = 0
    abstained: int = 0

    @property
    def total(self) -> int:
        """All together."""
        return self.in_favour + self.against + self.abstained


@dataclass(frozen=True, slots=True)
class ItemDecision:
    """What a meeting says to an item. per_unit: points of one unit, in hundredths with sign; None: as it stands.

    seen: the claim's revision that the person saw; None where nobody looked before.
    """

    serial: int
    outcome: Outcome
    per_unit: int | None = None
    reason: str = ""
    votes: Votes | None = None
    seen: int | None = None


def points_range(rule: Rule) -> tuple[int, int]:
    """From what to what points of one unit a review may choose, in hundredths with sign, the smaller amount first.

    Where a rule has fixed points a review may give less, with a reason.
    """
    return (rule.points, rule.points_to) if rule.points_to is not None else (0, rule.points)


def decide(
    village: Place,
    meeting_serial: int,
    decisions: Sequence[ItemDecision],
    actor: Actor,
    key: str,
    *,
    over_budget: bool = False,
) -> dict[str, Any]:
    """Write what a meeting decided on items; caps are counted anew over what is decided, in the order of serials.

    Where fewer than half of the body may vote on an item it is passed on instead. over_budget: the person knows that
    a month's budget is passed. Gives {"approved": how many, "rejected": …, "held_over": …, "passed_on": …,
    "points": units approved}. Raises UnknownMeetingError, UnknownClaimError, MeetingClosedError, MeetingRefusedError,
    NotAllowedError for who is neither member nor office, RecusedError, ClaimChangedError, NotOnAgendaError,
    DecisionRefusedError, BudgetPassedError; then nothing is written.
    """
    if not decisions:
        raise InvalidInputError("还没有勾选。请先勾选要通过的，或者打开一件写明怎么定。")
    if len({one.serial for one in decisions}) != len(decisions) or len(decisions) > PAGE_ITEMS:
        raise InvalidInputError(f"同一件只能定一次，一次最多定 {PAGE_ITEMS} 件。请刷新页面再办。")

    def act() -> dict[str, Any]:
        meeting = open_and_locked(village, meeting_serial)
        refuse_outsider(village, meeting.body, actor)
        sitting = _Sitting.of(village, meeting, decisions, actor)
        moves = [move for claim in sitting.claims if (move := sitting.decide(claim))]
        sitting.check_budget(moves, over_budget=over_budget)
        move_all(village, moves, actor)
        return sitting.close()

    content = {"meeting": meeting_serial, "items": [asdict(one) for one in decisions], "over_budget": over_budget}
    return ledger.submit(village, key, "deeds.decide", content, actor, act)


class _Sitting:
    """One act of a meeting: what all its items share, read once under the locks."""

    def __init__(self, village: Place, meeting: Meeting, claims: list[Claim], actor: Actor) -> None:
        self.village, self.meeting, self.claims, self.actor = village, meeting, claims, actor
        self.panel: Panel = panel_of(village.id)
        self.names = body_names(village.kind)
        self.present = {one.staff_id for one in meeting.attendances if one.present}
        self.wanted: dict[int, ItemDecision] = {}
        self.tally = Tally()
        self.suspended: dict[int, Suspension] = {}  # by serial: who was suspended after the claim was made
        self.today = clock.today()
        self.policy = places.settings_on(village.id, self.today)
        self.settings: dict[Any, VillageSettings] = {}
        self.before: dict[str, Any] = {}  # the item at hand as it stood, for the columns of its decision
        self.done: Counter[Outcome] = Counter()
        self.points = 0

    @classmethod
    def of(cls, village: Place, meeting: Meeting, decisions: Sequence[ItemDecision], actor: Actor) -> "_Sitting":
        """Lock the items and look up what they name. Raises what decide raises for the act as a whole."""
        claims = locked(village.id, [one.serial for one in decisions], with_households=True)
        _warm(village, claims)
        refuse_own(village.id, claims, actor, also_claimed=True)
        sitting = cls(village, meeting, claims, actor)
        if meeting.body is not Body.ASSEMBLY and not sitting.present:
            raise MeetingRefusedError("还没有记谁到会。请先在“会议记录”里勾选到会的人。")
        sitting.wanted = {one.serial: one for one in decisions}
        approved = [claim for claim in claims if sitting.wanted[claim.serial].outcome is Outcome.APPROVED]
        sitting.tally = tally_before(village.id, approved)
        sitting.suspended = suspended_on(village.id, approved)
        sitting.settings = places.settings_on_days(village.id, {claim.occurred_on for claim in approved})
        return sitting

    def decide(self, claim: Claim) -> Move | None:
        """Write the decision on one item; gives the move it leads to, none where it waits for the next meeting."""
        wanted, body = self.wanted[claim.serial], self.meeting.body
        self._check_place(claim, wanted)
        self.before = {
            "steps_before": claim.steps_done,
            "asked_before": claim.points_asked,
            "points_before": claim.points,
            "cap_reason_before": claim.cap_reason,
        }
        recused = self.panel.recused(body, claim)
        step = claim.next_step or Step.RECHECK  # all steps done, yet here: the policy asks for a re-check
        if not self.panel.can_decide(body, claim):
            return self._pass_on(claim, step, recused)
        reason = clean_text(wanted.reason, what="原因", length_max=REASON_LENGTH_MAX, field=f"item-{claim.serial}")
        self._check(claim, wanted, reason, recused)
        if wanted.outcome is Outcome.APPROVED:
            return self._approve(claim, step, wanted, reason, recused)
        if wanted.outcome is Outcome.HELD_OVER:
            claim.revision += 1  # it does not move, but who looked at it before is told
            self._write(claim, step, Outcome.HELD_OVER, claim.points, reason, recused, wanted.votes)
            return None
        self._write(claim, step, Outcome.REJECTED, 0, reason, recused, wanted.votes)
        return Move(claim, ClaimState.REJECTED, reason)

    def _check_place(self, claim: Claim, wanted: ItemDecision) -> None:
        """The item waits for this body, as the person saw it, and is ready."""
        body = self.panel.waits_for(claim)
        if body is None:
            raise NotOnAgendaError(claim.serial, f"它现在是“{STATE_NAMES[claim.state]}”")
        if body is not self.meeting.body:
            raise NotOnAgendaError(claim.serial, f"要由{self.names[body]}来定")
        if wanted.seen is not None and wanted.seen != claim.revision:
            raise ClaimChangedError(claim.serial)
        if wanted.outcome not in DECIDABLE:
            raise DecisionRefusedError(claim.serial, "请选通过、不通过或下次再议。")
        if why := not_ready(claim, self.today):
            raise DecisionRefusedError(claim.serial, why)

    def _check(self, claim: Claim, wanted: ItemDecision, reason: str, recused: Sequence[tuple[Staff, str]]) -> None:
        if wanted.outcome is Outcome.APPROVED and (held := self.suspended.get(claim.serial)):
            told = f"{held.resident.name}暂停资格到 {held.until:%Y-%m-%d}，这期间的事不记分，请选不通过。"
            raise DecisionRefusedError(claim.serial, told)
        if wanted.outcome is not Outcome.APPROVED and not reason:
            raise DecisionRefusedError(claim.serial, f"{OUTCOME_NAMES[wanted.outcome]}要写明原因。")
        if wanted.per_unit is not None and wanted.outcome is not Outcome.APPROVED:
            raise DecisionRefusedError(claim.serial, "改分值只用于通过的。要通过就勾上，不然请清空分值。")
        if self.meeting.body is Body.ASSEMBLY:
            most = VOTES_MAX
        else:
            most = len(self.present - {staff.id for staff, _ in recused})
            if most == 0 and wanted.outcome is not Outcome.HELD_OVER:
                raise DecisionRefusedError(claim.serial, "到会的人都要回避，这次定不了，请选“下次再议”。")
        votes = wanted.votes
        if votes is None:
            return
        if min(votes.in_favour, votes.against, votes.abstained) < 0 or votes.total > most:
            raise DecisionRefusedError(claim.serial, f"票数不对：能表决的到会人数是 {most}，请核对。")
        if wanted.outcome is Outcome.APPROVED and votes.in_favour * 2 <= votes.total:
            raise DecisionRefusedError(claim.serial, "赞成的没有过半，不能算通过。请核对票数，或改成不通过。")

    def _approve(
        self, claim: Claim, step: Step, wanted: ItemDecision, reason: str, recused: Sequence[tuple[Staff, str]]
    ) -> Move:
        asked = _asked(claim, wanted, reason)
        changed = ""
        if asked != claim.points_asked:
            changed = f"分值由 {format_points(claim.points_asked)} 改为 {format_points(asked)}：{reason}"
        assessment = assess_deed(self.tally, claim.rule, self.settings[claim.occurred_on], given(claim, asked))
        claim.points_asked, claim.points = asked, assessment.points
        claim.cap_reason = assessment.cap_reason
        state = self._state_after(claim, step)
        by_policy = claim.next_step is None and state is ClaimState.RECHECK
        says = [changed or reason, assessment.cap_reason]
        if by_policy:
            says.append(f"满 {format_points(self.policy.recheck_points_min)} 分，按规定再复核。")
        self._write(claim, step, Outcome.APPROVED, claim.points, changed or reason, recused, wanted.votes)
        self.points += claim.points
        return Move(claim, state, " ".join(part for part in says if part))

    def _state_after(self, claim: Claim, step: Step) -> ClaimState:
        """Where an approved item goes; its step is behind it then."""
        body, state = self.meeting.body, after_step(claim)
        claim.steps_done = steps_after(claim)
        if step is Step.REVIEW and body is not Body.REVIEW_GROUP and claim.next_step is Step.RECHECK:
            state = after_step(claim)  # whoever re-checks has just decided in the review group's place
            claim.steps_done = steps_after(claim)
        least = self.policy.recheck_points_min
        is_large = 0 < least <= abs(claim.points)
        if state is ClaimState.APPROVED and is_large and body is Body.REVIEW_GROUP:
            return ClaimState.RECHECK
        return state

    def _pass_on(self, claim: Claim, step: Step, recused: Sequence[tuple[Staff, str]]) -> Move:
        """Fewer than half are left to vote: another body decides."""
        members, to = len(self.panel.members.get(self.meeting.body, [])), self.panel.higher_body(claim)
        reason = (
            f"{self.names[self.meeting.body]} {members} 人里 {len(recused)} 人要回避，"
            f"剩下的不到一半，转交{self.names[to]}决定。"
        )
        self._write(claim, step, Outcome.PASSED_ON, claim.points, reason, recused, None)
        return Move(claim, ClaimState.RECHECK, reason)

    def _write(
        self,
        claim: Claim,
        step: Step,
        outcome: Outcome,
        given_points: int,
        reason: str,
        recused: Sequence[tuple[Staff, str]],
        votes: Votes | None,
    ) -> None:
        decision = Decision(
            village_id=self.village.id,
            meeting_id=self.meeting.id,
            claim_id=claim.id,
            step=step,
            outcome=outcome,
            points=given_points,
            reason=reason,
            in_favour=votes.in_favour if votes else None,
            against=votes.against if votes else None,
            abstained=votes.abstained if votes else None,
            actor=self.actor.key,
            decided_at=clock.now(),
            **self.before,
        )
        decision.recusals = [
            Recusal(staff_id=staff.id, village_id=self.village.id, reason=why) for staff, why in recused
        ]
        session().add(decision)
        self.done[outcome] += 1

    def check_budget(self, moves: Sequence[Move], *, over_budget: bool) -> None:
        """What is approved here with what was before stays within each month's budget, unless the person knows.

        Raises BudgetPassedError.
        """
        budget, new = self.policy.month_budget, Counter[str]()
        for move in moves:
            claim = move.claim
            if move.to_state in DECIDED_STATES and claim.points > 0 and claim.rule.track is Track.POINTS:
                new[period_of(claim.occurred_on)] += claim.points
        if budget <= 0 or over_budget or not new:
            return
        for period, before in issued_in(self.village.id, list(new)).items():
            if before + new[period] > budget:
                raise BudgetPassedError(
                    f"{period_title(period)}预算 {format_points(budget)} 分，已通过 {format_points(before)} 分，"
                    f"这次再通过 {format_points(new[period])} 分就超过了。要超过预算，请勾选“知道超预算，仍然通过”。",
                    field="over_budget",
                )

    def close(self) -> dict[str, Any]:
        """What was done, for the trail and the person."""
        counts = {outcome.value: self.done[outcome] for outcome in Outcome}
        said = "，".join(f"{OUTCOME_NAMES[outcome]} {count} 件" for outcome, count in self.done.items())
        audit.record(self.village.id, self.actor, "meeting.decide", f"meeting:{self.meeting.serial}", said)
        return {**counts, "points": self.points}


def _warm(village: Place, claims: Sequence[Claim]) -> None:
    """Read the households and rules of many claims at once, not one by one."""
    households = {claim.household_id for claim in claims}
    rules = {claim.rule_id for claim in claims}
    list(session().scalars(select(Household).where(Household.village_id == village.id, Household.id.in_(households))))
    list(session().scalars(select(Rule).where(Rule.village_id == village.id, Rule.id.in_(rules))))


def _asked(claim: Claim, wanted: ItemDecision, reason: str) -> int:
    """What an approved item asks for before caps. Raises DecisionRefusedError."""
    if wanted.per_unit is None:
        return claim.points_asked
    first, last = points_range(claim.rule)
    if not min(first, last) <= wanted.per_unit <= max(first, last):
        span = f"{format_points(first)} 到 {format_points(last)}"
        raise DecisionRefusedError(claim.serial, f"每{claim.rule.unit}的分值只能在 {span} 之间，请改一改。")
    asked = points.times(wanted.per_unit, claim.quantity)
    if asked != claim.points_asked and not reason:
        raise DecisionRefusedError(claim.serial, "改了分值要写明原因。")
    return asked
