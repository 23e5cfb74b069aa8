"""Deeds in and out of .xlsx. An import first says what each row would give, then records all of them or nothing.

A row with a claim's serial, as an export writes it, is one that is recorded already: it must say the same, for what is
booked is never edited. A row without one is new.
"""

from pointsbank.deeds.sheets.columns import DEED_COLUMNS, FILLED_IN
from pointsbank.deeds.sheets.exporting import blank_sheet, export_deeds
from pointsbank.deeds.sheets.importing import DeedsPlan, PlannedDeed, apply_import, plan_import

__all__ = [
    "DEED_COLUMNS",
    "FILLED_IN",
    "DeedsPlan",
    "PlannedDeed",
    "apply_import",
    "blank_sheet",
    "export_deeds",
    "plan_import",
]
