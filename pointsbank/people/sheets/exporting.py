"""Sheets that leave the program: the roster, as import reads it back, and a household's statement."""

from datetime import date
from decimal import Decimal

from pointsbank.foundation import clock
from pointsbank.foundation.points import UNITS_PER_POINT
from pointsbank.foundation.secrets import vault
from pointsbank.foundation.spreadsheets import Column, write_sheet
from pointsbank.ledger import queries as book
from pointsbank.people import queries
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import RESIDENCE_NAMES, SEX_NAMES, masked_id_number
from pointsbank.people.sheets.columns import ID_NUMBER, PARTY, ROSTER_COLUMNS
from pointsbank.places.models import Place

STATEMENT_COLUMNS = (
    Column("入账日期"),
    Column("发生日期"),
    Column("归属月份", width=10),
    Column("事项", width=28),
    Column("说明", width=40),
    Column("积分变动", width=10),
    Column("余额", width=10),
    Column("账号", width=8),
)
STATEMENT_LINES_MAX = 100_000  # a household of the largest village does not reach it in a century
_PARTY_NAMES = {True: "是", False: "否", None: ""}


def export_roster(village: Place, *, with_id_numbers: bool = False, with_party: bool = False) -> bytes:
    """The open residents as .xlsx. ID numbers, if wanted, show their last four characters only."""
    columns = _columns(with_id_numbers=with_id_numbers, with_party=with_party)
    rows = (_roster_row(resident) for resident in queries.roster(village.id))
    return write_sheet(f"{village.name}名册", columns, ([row[column.name] for column in columns] for row in rows))


def empty_roster(*, with_id_numbers: bool = False, with_party: bool = False) -> bytes:
    """An .xlsx with the columns of the roster and nothing under them, to be filled in."""
    return write_sheet("花名册", _columns(with_id_numbers=with_id_numbers, with_party=with_party), [])


def _columns(*, with_id_numbers: bool, with_party: bool) -> list[Column]:
    left_out = {name for name, wanted in ((ID_NUMBER, with_id_numbers), (PARTY, with_party)) if not wanted}
    return [column for column in ROSTER_COLUMNS if column.name not in left_out]


def _roster_row(resident: Resident) -> dict[str, str]:
    household, sealed = resident.household, resident.id_number_sealed
    return {
        "户编号": household.number,
        "组别": f"{household.group.number}组",
        "户主": household.head_name,
        "姓名": resident.name,
        "与户主关系": resident.relation,
        "性别": SEX_NAMES[resident.sex] if resident.sex else "",
        "出生日期": resident.born_on.isoformat() if resident.born_on else "",
        "身份证号": masked_id_number(vault().open(sealed)) if sealed else "",
        "联系电话": resident.phone,
        "居住状态": RESIDENCE_NAMES[resident.residence],
        "党员": _PARTY_NAMES[resident.party_member],
        "有报酬岗位": resident.paid_post,
        "备注": resident.note,
    }


def export_statement(
    village: Place, household: Household, first_day: date | None = None, last_day: date | None = None
) -> bytes:
    """A household's statement as .xlsx, oldest line first; the days bound the day of booking."""
    lines = book.statement(
        village.id, household.serial, limit=STATEMENT_LINES_MAX, first_day=first_day, last_day=last_day
    )
    rows = (
        (
            clock.day_of(told.line.booked_at),
            told.line.occurred_on,
            told.line.period,
            told.name,
            told.text,
            Decimal(told.line.amount) / UNITS_PER_POINT,
            Decimal(told.line.balance_after) / UNITS_PER_POINT,
            told.line.sequence,
        )
        for told in queries.told_lines(village.id, lines[::-1])
    )
    return write_sheet(f"{household.number}户对账单", STATEMENT_COLUMNS, rows)
