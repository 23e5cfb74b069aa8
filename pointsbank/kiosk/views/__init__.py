"""Pages of the villager's screen."""

from pointsbank.kiosk.views import account, device, shelf, visit
from pointsbank.kiosk.views.surface import blueprint

__all__ = ["account", "blueprint", "device", "shelf", "visit"]
