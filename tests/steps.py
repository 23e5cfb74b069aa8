"""Rules of the tests with steps on their way to the book, and claims that wait."""

from dataclasses import replace
from datetime import date

from pointsbank.covenant.models import Step
from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.models import Claim
from pointsbank.deeds.services import DeedDraft
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household, Resident
from pointsbank.places.models import Place
from tests.deed_rules import DAMAGE, HELPING, LITTER, MEETING, READING, STUDENT, VOLUNTEERING

TODAY = date(2026, 3, 18)
CHECKED_HELP = replace(HELPING, steps=(Step.CHECK, Step.REVIEW))
SIGNED_MEETING = replace(MEETING, steps=(Step.SIGNIN, Step.REVIEW))
CHECK_ONLY = replace(READING, steps=(Step.CHECK,))
BOTH_CHECKS = replace(VOLUNTEERING, steps=(Step.CHECK, Step.SIGNIN, Step.RECHECK))
REVIEW_ONLY = replace(STUDENT, steps=(Step.REVIEW, Step.RECHECK))
DEDUCTED = replace(LITTER, steps=(Step.CHECK, Step.REVIEW))
STEPPED = (CHECKED_HELP, SIGNED_MEETING, CHECK_ONLY, BOTH_CHECKS, REVIEW_ONLY, DEDUCTED, DAMAGE)


def claimed(
    village: Place,
    who: Household | Resident,
    rule: RuleDraft,
    quantity: int = 100,
    day: date = TODAY,
    *,
    by: Actor = SYSTEM,
    claimed_by: str = "",
    event: str = "",
    late_reason: str = "",
) -> Claim:
    """A claim as recording leaves it; quantity in hundredths."""
    household_id, resident_id = (who.household_id, who.id) if isinstance(who, Resident) else (who.id, None)
    draft = DeedDraft(household_id, rule.code, quantity, day, resident_id, event_name=event, late_reason=late_reason)
    done = services.record(village, draft, by, new_key(), claimed_by=claimed_by)
    return queries.claim(village.id, done["claim"])
