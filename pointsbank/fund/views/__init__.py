"""Pages of the fund: the register, donations, subsidies, coverage."""

from pointsbank.fund.views import book, coverage, donations, subsidies
from pointsbank.fund.views.desk import blueprint

__all__ = ["blueprint", "book", "coverage", "donations", "subsidies"]
