"""How a redemption is confirmed, and from how many points on a household may redeem."""

from pointsbank.foundation import points
from pointsbank.ledger.errors import NotEnoughPointsError
from pointsbank.market.errors import PinNeededError
from pointsbank.places import queries as places
from pointsbank.places.settings import ConfirmBy, VillageSettings


def check_confirmation(settings: VillageSettings, confirmed_by: ConfirmBy) -> None:
    """Where the village's policy is the PIN, a signature does not do. Raises PinNeededError."""
    if settings.confirm_by is ConfirmBy.PIN and confirmed_by is not ConfirmBy.PIN:
        raise PinNeededError


def threshold_missing(village_id: int, spendable: int) -> int:
    """Points in units that a household lacks until it may redeem at all, by the village's policy; 0 when it may."""
    return max(places.settings_now(village_id).redeem_points_min - spendable, 0)


def check_threshold(settings: VillageSettings, spendable: int) -> None:
    """Below the village's threshold nothing is redeemed yet. Raises NotEnoughPointsError with what is missing."""
    missing = settings.redeem_points_min - spendable
    if missing > 0:
        least = points.format_points(settings.redeem_points_min)
        raise NotEnoughPointsError(
            f"按本村规定，积分满 {least} 分才能兑换，还差 {points.format_points(missing)} 分。请攒够了再来。"
        )
