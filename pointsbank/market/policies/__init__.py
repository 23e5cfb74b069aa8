"""Who may take what, and when: how a redemption is confirmed, how much one household gets, when the shop is open."""

from pointsbank.market.policies.confirmation import check_confirmation, check_threshold, threshold_missing
from pointsbank.market.policies.limits import check_limits, limit_left, limits_left

__all__ = [
    "check_confirmation",
    "check_limits",
    "check_threshold",
    "limit_left",
    "limits_left",
    "threshold_missing",
]
