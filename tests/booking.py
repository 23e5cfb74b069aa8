"""Books transfers in tests the way every room does: inside a submission."""

from collections.abc import Callable
from typing import Any

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import services
from pointsbank.ledger.booking import BookedTransfer, Booking
from pointsbank.places.models import Place

Work = Callable[[Booking], BookedTransfer | list[BookedTransfer]]


def book(village: Place, households: list[int], work: Work, *, key: str = "", content: Any = None) -> list[int]:
    """Run work on a booking of these households; gives the sequences of what it booked."""
    key = key or new_key()

    def act() -> dict[str, Any]:
        with services.booking(village, households, SYSTEM, key) as batch:
            booked = work(batch)
        return {"sequences": [transfer.sequence for transfer in (booked if isinstance(booked, list) else [booked])]}

    result: list[int] = services.submit(village, key, "test.book", {"content": content}, SYSTEM, act)["sequences"]
    return result
