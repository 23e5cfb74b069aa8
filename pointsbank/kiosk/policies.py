"""How often a kiosk may be tried, and how long it rings."""

from datetime import timedelta

from pointsbank.access import tries
from pointsbank.access.errors import WaitBeforeNextTryError
from pointsbank.access.models import Device
from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.kiosk.errors import TooManyUnknownError
from pointsbank.kiosk.models import HelpCall

CALL_RINGS = timedelta(minutes=5)  # who has not come by then does not come: the kiosk says so
UNKNOWN_MAX = 30  # cards and numbers that nobody has, or orders that no page of ours can make, within UNKNOWN_SPAN
UNKNOWN_SPAN = timedelta(minutes=15)


def rings(call: HelpCall) -> bool:
    """Whether a call is open and somebody may still come."""
    return call.answered_at is None and clock.now() - call.called_at < CALL_RINGS


def check_unknown(device: Device) -> None:
    """Before a card or number is looked up: whoever tries many in a row waits. Raises TooManyUnknownError."""
    if tries.tries_within(_subject(device), UNKNOWN_SPAN) >= UNKNOWN_MAX:
        raise TooManyUnknownError


def note_unknown(device: Device, actor: Actor, action: str, subject: str, text: str = "") -> None:
    """Count what a kiosk was shown that cannot be, and leave it in the trail. Raises TooManyUnknownError.

    Only wrong ones are counted, after they were looked up: a card's token cannot be guessed, so that a few at once
    do not matter; PINs are counted before, see cards.services.
    """
    try:
        tries.count_try(_subject(device), tries_max=UNKNOWN_MAX, within=UNKNOWN_SPAN, message="")
    except WaitBeforeNextTryError as wait:
        raise TooManyUnknownError from wait
    audit.record_refusal(device.village_id, actor, action, subject, text)


def _subject(device: Device) -> str:
    return f"kiosk:{device.actor.key}"
