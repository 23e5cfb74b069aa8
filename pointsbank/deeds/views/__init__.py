"""Pages of claims: recording, the grid, files, the list and one claim."""

from pointsbank.deeds.views import claims, files, grid, recording
from pointsbank.deeds.views.desk import blueprint

__all__ = ["blueprint", "claims", "files", "grid", "recording"]
