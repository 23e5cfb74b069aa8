"""Reading the board: what a month shows while it is open, and as it was frozen. Points in hundredths."""

from pointsbank.boards.queries.frozen import (
    Month,
    MonthState,
    PaperSize,
    board_content,
    board_pdf,
    frozen_content,
    frozen_periods,
    month_to_do,
    months,
    newest_frozen,
    snapshot_of,
)
from pointsbank.boards.queries.live import CHAIN, categories, month_content
from pointsbank.boards.queries.merits import (
    DEEDS_SHOWN_MAX,
    ChosenMerit,
    PublicNames,
    chosen_merits,
    deeds_to_choose,
    good_deed,
    names_in_public,
)

__all__ = [
    "CHAIN",
    "DEEDS_SHOWN_MAX",
    "ChosenMerit",
    "Month",
    "MonthState",
    "PaperSize",
    "PublicNames",
    "board_content",
    "board_pdf",
    "categories",
    "chosen_merits",
    "deeds_to_choose",
    "frozen_content",
    "frozen_periods",
    "good_deed",
    "month_content",
    "month_to_do",
    "months",
    "names_in_public",
    "newest_frozen",
    "snapshot_of",
]
