"""Households of cadres, where a village's policy gives them honour points only."""

from datetime import date

from pointsbank.deeds.models import Claim
from pointsbank.foundation.database import transaction_notes
from pointsbank.people import queries as people
from pointsbank.places import queries as places
from pointsbank.places.settings import CadreHouseholds

_NOTE = "deeds.cadres"


def honours_only(claim: Claim) -> bool:
    """Whether a claim's points go to the honour book, by the policy of the day it happened; inside a transaction.

    The policy of each day and the households are read once per transaction: a month is booked in one.
    """
    notes: dict[tuple[int, date | None], bool | frozenset[int]] = transaction_notes().setdefault(_NOTE, {})
    village_id, day = claim.village_id, claim.occurred_on
    if (village_id, day) not in notes:
        policy = places.settings_on(village_id, day).cadre_households
        notes[village_id, day] = policy is CadreHouseholds.HONOUR_ONLY
    if not notes[village_id, day]:
        return False
    if (village_id, None) not in notes:
        notes[village_id, None] = frozenset(people.cadre_households(village_id))
    cadres = notes[village_id, None]
    return isinstance(cadres, frozenset) and claim.household_id in cadres
