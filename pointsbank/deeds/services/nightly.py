"""What happens each night by itself: notices that are over end; where the policy says so, their claims are booked."""

from dataclasses import dataclass

from pointsbank.deeds.queries import notices
from pointsbank.deeds.services.booking import book_notices, end_periods
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.places import queries as places
from pointsbank.places.models import Place

BATCHES_MAX = 10  # of one night: no village has so many claims; what is left waits for the next night


@dataclass(frozen=True, slots=True)
class Night:
    """What a night did for a village. ended, booked: claims; points: units, with sign."""

    ended: int
    booked: int
    points: int


def run_night(village: Place) -> Night:
    """End the periods that are over; book what nobody objected to where the village's policy says so."""
    if not notices.any_over(village.id):
        return Night(0, 0, 0)
    ended = end_periods(village, SYSTEM)
    booked = points = 0
    if places.settings_now(village.id).books_at_night and notices.bookable(village.id):
        for _ in range(BATCHES_MAX):
            batch = book_notices(village, SYSTEM, new_key())
            booked, points = booked + batch["claims"], points + batch["points"]
            if not batch["left"] or not batch["claims"]:
                break
    return Night(ended, booked, points)
