"""Makes what the tests of meetings need: bodies with members, claims that wait for them, a meeting that decides."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pointsbank.access.models import Role, Staff
from pointsbank.covenant.models import Step
from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.models import Body, Claim, Outcome
from pointsbank.deeds.queries.panel import members
from pointsbank.deeds.services import DeedDraft
from pointsbank.deeds.services.panel import OWN, MeetingDetails, declare_kin, open_meeting
from pointsbank.deeds.services.reviewing import ItemDecision, decide
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_staff

NAMES = "赵钱孙李周吴郑王"
PRESENT = -1  # all members


def reviewed(rule: RuleDraft, *steps: Step) -> RuleDraft:
    """A rule whose claims wait for a review, or for these steps."""
    return replace(rule, steps=steps or (Step.REVIEW,))


def make_body(village: Place, role: Role, count: int) -> list[Staff]:
    """People with a role, with names that tell them apart."""
    return [make_staff(village, role, name=f"{NAMES[at]}{role.value[:3]}") for at in range(count)]


def make_claim(
    village: Place,
    household: Household,
    rule: RuleDraft,
    quantity: int = 100,
    day: date | None = None,
    claimed_by: str = "household:qingxi/1",
    **details: Any,
) -> int:
    """A claim that waits for its first step; gives its serial."""
    draft = DeedDraft(household.id, rule.code, quantity, day or clock.today(), **details)
    serial: int = services.record(village, draft, SYSTEM, new_key(), claimed_by=claimed_by)["claim"]
    return serial


def hold_meeting(village: Place, body: Body = Body.REVIEW_GROUP, present: Sequence[Staff] | None = None) -> int:
    """An open meeting with all members present, or those given; gives its serial."""
    there = members(village.id, body) if present is None else present
    details = MeetingDetails(clock.today(), "村委会会议室", frozenset(member.id for member in there))
    serial: int = open_meeting(village, body, details, SYSTEM, new_key())["meeting"]
    return serial


def make_kin(village: Place, staff: Staff, household: Household, relation: str = OWN) -> None:
    """A person stands aside from a household."""
    declare_kin(village, staff.id, household.id, relation, staff.actor, new_key())


def item(serial: int, outcome: Outcome = Outcome.APPROVED, **details: Any) -> ItemDecision:
    """What a meeting says to a claim."""
    return ItemDecision(serial, outcome, **details)


def meet(village: Place, meeting: int, *items: ItemDecision, actor: Actor = SYSTEM, **details: Any) -> dict[str, Any]:
    """Decide on items."""
    return decide(village, meeting, items, actor, new_key(), **details)


def claim_of(village: Place, serial: int) -> Claim:
    """A claim as it stands now."""
    return queries.claim(village.id, serial)
