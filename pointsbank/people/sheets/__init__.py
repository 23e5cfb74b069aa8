"""Spreadsheets of this room: the roster in and out, a household's statement out."""

from pointsbank.people.sheets.columns import ROSTER_COLUMNS
from pointsbank.people.sheets.exporting import STATEMENT_COLUMNS, empty_roster, export_roster, export_statement
from pointsbank.people.sheets.importing import apply_import, plan_import
from pointsbank.people.sheets.planning import Change, PlannedRow, RosterPlan, RowKind

__all__ = [
    "ROSTER_COLUMNS",
    "STATEMENT_COLUMNS",
    "Change",
    "PlannedRow",
    "RosterPlan",
    "RowKind",
    "apply_import",
    "empty_roster",
    "export_roster",
    "export_statement",
    "plan_import",
]
