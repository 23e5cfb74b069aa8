"""Reads about households and residents. Closed ones are found by id or number only, never by search or in lists."""

from pointsbank.people.queries.households import (
    Earned,
    HouseholdPage,
    HouseholdRow,
    Shown,
    Sort,
    cadre_households,
    counts,
    earned_around,
    household,
    household_page,
    households_by_serial,
    households_of_group,
    month_of,
    open_serials,
    resident,
    roster,
)
from pointsbank.people.queries.search import SEARCH_LENGTH_MAX, Hit, household_by_number, search
from pointsbank.people.queries.statements import LINE_NAMES, ToldLine, told_lines

__all__ = [
    "LINE_NAMES",
    "SEARCH_LENGTH_MAX",
    "Earned",
    "Hit",
    "HouseholdPage",
    "HouseholdRow",
    "Shown",
    "Sort",
    "ToldLine",
    "cadre_households",
    "counts",
    "earned_around",
    "household",
    "household_by_number",
    "household_page",
    "households_by_serial",
    "households_of_group",
    "month_of",
    "open_serials",
    "resident",
    "roster",
    "search",
    "told_lines",
]
