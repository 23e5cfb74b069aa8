"""Pages of the villager's screen."""

from pointsbank.kiosk.views import (
    account,
    attract,
    calls,
    device,
    good_deed,
    helping,
    shelf,
    sound,
    visit,
    voices,
)
from pointsbank.kiosk.views.surface import blueprint

__all__ = [
    "account",
    "attract",
    "blueprint",
    "calls",
    "device",
    "good_deed",
    "helping",
    "shelf",
    "sound",
    "visit",
    "voices",
]
