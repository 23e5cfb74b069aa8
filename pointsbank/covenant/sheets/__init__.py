"""Spreadsheets of rules in and out: the village's book and its draft, and the tables that are handed down."""

from pointsbank.covenant.sheets.books import (
    IMPORT_REASON,
    STANDARD_FILE,
    RulesPlan,
    apply_draft_import,
    apply_import,
    export_rules,
    plan_draft_import,
    plan_import,
    standard_drafts,
    standard_rules,
    write_rules,
)
from pointsbank.covenant.sheets.columns import RULE_COLUMNS
from pointsbank.covenant.sheets.tables import BOUND_COLUMNS, read_table

__all__ = [
    "BOUND_COLUMNS",
    "IMPORT_REASON",
    "RULE_COLUMNS",
    "STANDARD_FILE",
    "RulesPlan",
    "apply_draft_import",
    "apply_import",
    "export_rules",
    "plan_draft_import",
    "plan_import",
    "read_table",
    "standard_drafts",
    "standard_rules",
    "write_rules",
]
