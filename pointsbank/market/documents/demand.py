"""What to buy as .xlsx, to take along to the seller; and what people would like to have, on A4 to write on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pointsbank.foundation import clock
from pointsbank.foundation.names import masked_name
from pointsbank.foundation.periods import day_title, short_day
from pointsbank.foundation.points import format_yuan
from pointsbank.foundation.spreadsheets import Column, write_sheet
from pointsbank.market.models import WantedGood
from pointsbank.market.queries.demand import Wanting
from pointsbank.places.models import Place
from pointsbank.printing.flow import Flow, Rows
from pointsbank.printing.fonts import Fonts

TITLE = "想要的东西"
BLANK_ROWS_MIN = 12  # to write on
ROWS_OF_A_PAGE = 26

DEMAND_COLUMNS = (
    Column("商品编号", width=12),
    Column("名称", width=24),
    Column("规格", width=14),
    Column("单位", width=8),
    Column("类别", width=14),
    Column("90天换走", width=12),
    Column("还能换", width=10),
    Column("最低库存", width=10),
    Column("建议采购", width=10),
    Column("单价（元）", width=12),
    Column("金额（元）", width=12),
)


def purchase_sheet(wanting: Sequence[Wanting]) -> bytes:
    """The suggested purchases, with their sum in the last row."""
    rows: list[list[str | int | Decimal | date | None]] = [
        [
            one.good.code,
            one.good.name,
            one.good.spec,
            one.good.unit,
            one.good.category,
            one.taken,
            one.good.available,
            one.good.stock_min,
            one.suggested,
            Decimal(format_yuan(one.good.cost_fen)),
            Decimal(format_yuan(one.cost_fen)),
        ]
        for one in wanting
    ]
    total = Decimal(format_yuan(sum(one.cost_fen for one in wanting)))
    rows.append(["合计", None, None, None, None, None, None, None, None, None, total])
    return write_sheet("建议采购", DEMAND_COLUMNS, rows)


@dataclass(frozen=True, slots=True)
class WantedSheet:
    """What stands on the paper: number, words, whose wish, day."""

    village: str
    day: date
    wishes: tuple[tuple[str, str, str, str], ...]


def wanted_sheet_of(village: Place, wishes: Sequence[WantedGood]) -> WantedSheet:
    """The paper of the wishes that wait for an answer; names are masked, for it hangs in the shop."""
    return WantedSheet(
        village.name,
        clock.today(),
        tuple(
            (
                str(wish.serial),
                wish.words,
                f"{wish.household.number} {masked_name(wish.household.head_name)}" if wish.household else "",
                short_day(clock.day_of(wish.asked_at)),
            )
            for wish in wishes
        ),
    )


def wanted_pdf(sheet: WantedSheet, fonts: Fonts) -> bytes:
    """The list with empty rows to write on; the same wishes give the same bytes on the same day."""
    flow = Flow(fonts, text_size=12, cell_size=13)
    flow.title(
        f"{sheet.village}爱心超市：{TITLE}", "想换什么、超市里没有的，写在下面，或告诉超市管理员。户号可以不写。"
    )
    used = len(sheet.wishes)
    blank = max(-(-(used + BLANK_ROWS_MIN) // ROWS_OF_A_PAGE) * ROWS_OF_A_PAGE - used, BLANK_ROWS_MIN)
    flow.table(
        Rows(
            (
                ("号", 0.08, "right"),
                ("想要什么", 0.4, "left"),
                ("哪一户", 0.2, "left"),
                ("日期", 0.13, "left"),
                ("答复", 0.19, "left"),
            ),
            [*((*wish, "") for wish in sheet.wishes), *(("", "　", "", "", "") for _ in range(blank))],
        )
    )
    day = day_title(sheet.day)
    return flow.pdf(f"{sheet.village}{TITLE}", sheet.village, f"{TITLE}　{day}")
