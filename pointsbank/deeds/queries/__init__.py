"""Reading claims and what belongs to their way to the book."""

from pointsbank.deeds.queries.claims import (
    PAGE_LINES,
    ClaimFilter,
    ClaimStep,
    all_claims,
    claim,
    claims,
    claims_by,
    claims_by_serial,
    claims_of_period,
    last_serial,
    periods_with_claims,
    points_by_category,
    steps_of,
)
from pointsbank.deeds.queries.panel import kin_of, members, own_households, stands_aside
from pointsbank.deeds.queries.sheets import DeedKey, live_deeds, members_of_households, rules_used_most
from pointsbank.deeds.queries.tallies import earned_within, limits, tally

__all__ = [
    "PAGE_LINES",
    "ClaimFilter",
    "ClaimStep",
    "DeedKey",
    "all_claims",
    "claim",
    "claims",
    "claims_by",
    "claims_by_serial",
    "claims_of_period",
    "earned_within",
    "kin_of",
    "last_serial",
    "limits",
    "live_deeds",
    "members",
    "members_of_households",
    "own_households",
    "periods_with_claims",
    "points_by_category",
    "rules_used_most",
    "stands_aside",
    "steps_of",
    "tally",
]
