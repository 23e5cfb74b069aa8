"""Pages of the villager's screen."""

from pointsbank.kiosk.views import account, device, good_deed, shelf, visit
from pointsbank.kiosk.views.surface import blueprint

__all__ = ["account", "blueprint", "device", "good_deed", "shelf", "visit"]
