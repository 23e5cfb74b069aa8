"""报好事: a household reports a deed, its own or a neighbour's; the report begins the way that any claim goes."""

from typing import Any

from sqlalchemy import func, select

from pointsbank.covenant import queries as covenant
from pointsbank.deeds.errors import DeedRefusedError, ReportedAlreadyError, ReportsOfDayError
from pointsbank.deeds.models import Claim, ClaimOrigin
from pointsbank.deeds.queries.reporting import may_be_reported
from pointsbank.deeds.queries.sheets import live_deeds
from pointsbank.deeds.services.drafts import DeedDraft
from pointsbank.deeds.services.moves import lock_households
from pointsbank.deeds.services.recording import record
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.ledger.models import Submission
from pointsbank.people.models import Household
from pointsbank.places.models import Place

REPORTS_PER_DAY_MAX = 5  # of one household: more is play, or another's finger on its number


def report(village: Place, draft: DeedDraft, reporter: Household, actor: Actor, key: str) -> dict[str, Any]:
    """Submit a deed that a household reports; only rules with steps, never a deduction. Gives what record gives.

    Raises ReportsOfDayError, ReportedAlreadyError, DeedRefusedError and what record raises.
    """
    with transaction():
        lock_households(village.id, [reporter.id, draft.household_id])
        if session().get(Submission, (village.id, key)) is None:
            rule = covenant.rule_on(village.id, draft.occurred_on, draft.rule_code)
            if not may_be_reported(rule):
                raise DeedRefusedError("这一件自己报不了。请找组长或文书帮您记。")
            _check_day(village, actor)
            _check_new(village, draft)
        return record(village, draft, actor, key, ClaimOrigin.KIOSK, claimed_by=actor.key)


def _check_day(village: Place, actor: Actor) -> None:
    today = select(func.count()).where(
        Claim.village_id == village.id,
        Claim.claimed_by == actor.key,
        Claim.created_at >= clock.start_of(clock.today()),
    )
    if (session().scalar(today.select_from(Claim)) or 0) >= REPORTS_PER_DAY_MAX:
        raise ReportsOfDayError(f"您家今天已经报了 {REPORTS_PER_DAY_MAX} 件。明天再来报，或者请组长帮您记。")


def _check_new(village: Place, draft: DeedDraft) -> None:
    there = live_deeds(village.id, [draft.household_id], draft.occurred_on, draft.occurred_on)
    if any(deed[:3] == (draft.household_id, draft.resident_id, draft.rule_code) for deed in there):
        raise ReportedAlreadyError("这件事已经报过了，村里看得到，不用再报。")
