"""Undoing a booked claim by reversals, once."""

from typing import Any

from pointsbank.audit import services as audit
from pointsbank.deeds.errors import ClaimNotBookedError
from pointsbank.deeds.models import ClaimState
from pointsbank.deeds.services.booking import undo
from pointsbank.deeds.services.moves import locked, refuse_own
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place

REASON_LENGTH_MAX = 200


def reverse(village: Place, claim_serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Undo a booked claim by reversals: what is left of its points, the rest becomes a debt. Once.

    Gives {"claim": serial, "points": units that are undone}. Raises UnknownClaimError, ClaimNotBookedError,
    RecusedError for one's own household or close kin, InvalidInputError for a missing reason.
    """
    reason = clean_text(reason, what="撤销原因", length_max=REASON_LENGTH_MAX, required=True, field="reason")

    def act() -> dict[str, Any]:
        [claim] = locked(village.id, [claim_serial])
        refuse_own(village.id, [claim], actor)
        if claim.state is not ClaimState.BOOKED:
            raise ClaimNotBookedError
        with ledger.booking(village, [claim.household.serial], actor, key) as batch:
            undo(village, claim, reason, batch)
        audit.record(village.id, actor, "claim.reverse", f"claim:{claim.serial}", reason)
        return {"claim": claim.serial, "points": -claim.points}

    return ledger.submit(village, key, "deeds.reverse", {"claim": claim_serial, "reason": reason}, actor, act)
