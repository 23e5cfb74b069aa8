"""Pages of the clerk's office."""

from pointsbank.desk.views import home, policies, trace, year_end
from pointsbank.desk.views.desk import blueprint

__all__ = ["blueprint", "home", "policies", "trace", "year_end"]
