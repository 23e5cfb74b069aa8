"""What holds for claims, without a database: how much of what is asked is given, which moves are legal."""

from pointsbank.deeds.policies.caps import (
    UNITS_IN_PARTS,
    Assessment,
    Given,
    Limit,
    Tally,
    assess,
    assess_deed,
    level_reason,
    times_of,
)
from pointsbank.deeds.policies.moves import MOVES, check_move
from pointsbank.deeds.policies.readiness import not_ready

__all__ = [
    "MOVES",
    "UNITS_IN_PARTS",
    "Assessment",
    "Given",
    "Limit",
    "Tally",
    "assess",
    "assess_deed",
    "check_move",
    "level_reason",
    "not_ready",
    "times_of",
]
