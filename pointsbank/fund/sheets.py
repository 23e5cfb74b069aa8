"""The register of the fund as .xlsx. Out only: lines are written at the desk, one by one, with their paper at hand."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pointsbank.foundation.points import format_yuan
from pointsbank.foundation.spreadsheets import Column, write_sheet
from pointsbank.fund.models import KIND_NAMES, FundEntry
from pointsbank.places.models import Place

FUND_COLUMNS = (
    Column("序号", width=8),
    Column("记账日"),
    Column("收支日期"),
    Column("种类"),
    Column("来源或付给谁", width=28),
    Column("摘要", width=40),
    Column("镇凭证号", width=16),
    Column("收入（元）"),
    Column("支出（元）"),
    Column("结余（元）"),
    Column("冲正第几笔", width=10),
    Column("账号", width=8),
)


def export_register(village: Place, lines: Sequence[FundEntry]) -> bytes:
    """Lines of the register as .xlsx, in their order."""
    return write_sheet(f"{village.name}爱心超市资金台账（备查）", FUND_COLUMNS, map(_row, lines))


def _row(entry: FundEntry) -> tuple[str | int | Decimal | date | None, ...]:
    return (
        entry.serial,
        entry.booked_on,
        entry.occurred_on,
        KIND_NAMES[entry.kind],
        entry.counterpart,
        entry.purpose,
        "待补" if entry.lacks_voucher else entry.voucher,
        _yuan(entry.income_fen),
        _yuan(entry.spent_fen),
        _yuan(entry.balance_after_fen),
        entry.reverses,
        entry.transfer_sequence,
    )


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(format_yuan(fen))
