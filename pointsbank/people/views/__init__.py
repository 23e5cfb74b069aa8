"""Pages of households and residents."""

from pointsbank.people.views import households, residents, roster
from pointsbank.people.views.desk import blueprint

__all__ = ["blueprint", "households", "residents", "roster"]
