"""Deeds written to .xlsx."""

from datetime import date
from decimal import Decimal

from pointsbank.deeds import queries
from pointsbank.deeds.models import STATE_NAMES, Claim
from pointsbank.deeds.sheets.columns import DEED_COLUMNS, FILLED_IN, TITLE
from pointsbank.foundation.errors import TooLargeError
from pointsbank.foundation.points import UNITS_PER_POINT
from pointsbank.foundation.spreadsheets import (
    ROWS_MAX,
    write_sheet,
)
from pointsbank.places.models import Place


def export_deeds(village: Place, period: str | None = None) -> bytes:
    """All deeds, undone ones too, of one period if given; what is written here is read back as unchanged.

    Raises TooLargeError for more than can be read back.
    """
    claims = queries.all_claims(village.id, period)
    if len(claims) > ROWS_MAX:
        raise TooLargeError(f"积分记录超过 {ROWS_MAX:,} 条，请按月份导出。")
    return write_sheet(TITLE, DEED_COLUMNS, [_written(claim) for claim in claims])


def blank_sheet() -> bytes:
    """The columns alone, to be filled in."""
    return write_sheet(TITLE, [column for column in DEED_COLUMNS if column.name in FILLED_IN], [])


def _written(claim: Claim) -> list[str | int | Decimal | date | None]:
    return [
        claim.serial,
        claim.household.number,
        claim.household.head_name,
        claim.resident.name if claim.resident else "",
        claim.rule.code,
        claim.rule.name,
        Decimal(claim.quantity) / UNITS_PER_POINT,
        claim.rule.unit,
        claim.occurred_on,
        claim.period or "",
        Decimal(claim.points) / UNITS_PER_POINT,
        STATE_NAMES[claim.state],
        claim.cap_reason,
        claim.note,
        claim.event_name,
        claim.late_reason,
    ]
