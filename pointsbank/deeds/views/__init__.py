"""Pages of claims: recording, the grid, files, the list and one claim."""

from pointsbank.deeds.views import (
    checking,
    claims,
    deductions,
    drafts,
    duplicates,
    evidence,
    files,
    grid,
    kin,
    meetings,
    notices,
    objections,
    oversight,
    recording,
    reminders,
    sign_in,
    visits,
)
from pointsbank.deeds.views.desk import blueprint

__all__ = [
    "blueprint",
    "checking",
    "claims",
    "deductions",
    "drafts",
    "duplicates",
    "evidence",
    "files",
    "grid",
    "kin",
    "meetings",
    "notices",
    "objections",
    "oversight",
    "recording",
    "reminders",
    "sign_in",
    "visits",
]
