"""The states of a claim as a machine: from which state it may go to which. Who may is asked where it is moved."""

from collections.abc import Mapping

from pointsbank.deeds.errors import IllegalMoveError
from pointsbank.deeds.models import STATE_NAMES, ClaimState

_S = ClaimState
# From RECHECK, APPROVED and REJECTED back to where it was: what a meeting decided by mistake is taken back.
MOVES: Mapping[ClaimState, frozenset[ClaimState]] = {
    _S.DRAFT: frozenset({_S.SUBMITTED, _S.BOOKED, _S.CANCELLED}),  # booked at once where the rule has no steps
    _S.SUBMITTED: frozenset(
        {_S.CHECKED, _S.RETURNED, _S.NOT_ACCEPTED, _S.APPROVED, _S.REJECTED, _S.RECHECK, _S.CANCELLED}
    ),
    _S.CHECKED: frozenset({_S.RETURNED, _S.APPROVED, _S.REJECTED, _S.RECHECK, _S.CANCELLED}),
    _S.RETURNED: frozenset({_S.SUBMITTED, _S.CANCELLED}),
    _S.RECHECK: frozenset({_S.RETURNED, _S.APPROVED, _S.REJECTED, _S.RECHECK, _S.CANCELLED, _S.SUBMITTED, _S.CHECKED}),
    _S.APPROVED: frozenset({_S.ON_NOTICE, _S.RETURNED, _S.CANCELLED, _S.SUBMITTED, _S.CHECKED, _S.RECHECK}),
    _S.ON_NOTICE: frozenset({_S.OBJECTED, _S.UNOBJECTED, _S.APPROVED, _S.CANCELLED}),
    _S.OBJECTED: frozenset({_S.ON_NOTICE, _S.UNOBJECTED, _S.CANCELLED}),
    _S.UNOBJECTED: frozenset({_S.BOOKED, _S.CANCELLED}),
    _S.BOOKED: frozenset({_S.CANCELLED}),
    _S.NOT_ACCEPTED: frozenset(),
    _S.REJECTED: frozenset({_S.SUBMITTED, _S.CHECKED, _S.RECHECK}),
    _S.CANCELLED: frozenset(),
}


def check_move(serial: int, from_state: ClaimState, to_state: ClaimState) -> None:
    """Raises IllegalMoveError for a move that the machine does not have."""
    if to_state not in MOVES[from_state]:
        raise IllegalMoveError(serial, STATE_NAMES[from_state], STATE_NAMES[to_state])
