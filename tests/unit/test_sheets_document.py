"""docs/sheets.md tells every column of every spreadsheet as the program reads and writes it."""

from collections.abc import Sequence

import pytest

from config import ROOT
from pointsbank.covenant.sheets import BOUND_COLUMNS, RULE_COLUMNS
from pointsbank.deeds.sheets import DEED_COLUMNS
from pointsbank.foundation.spreadsheets import Column
from pointsbank.fund.sheets import FUND_COLUMNS
from pointsbank.market.documents.demand import DEMAND_COLUMNS
from pointsbank.market.documents.settlements import SETTLEMENT_COLUMNS
from pointsbank.market.sheets.goods import GOODS_COLUMNS
from pointsbank.people.sheets import ROSTER_COLUMNS, STATEMENT_COLUMNS

SHEETS = {
    "Roster": ROSTER_COLUMNS,
    "Rules": RULE_COLUMNS,
    "Rule tables": BOUND_COLUMNS,
    "Goods": GOODS_COLUMNS,
    "Deeds": DEED_COLUMNS,
    "Statement": STATEMENT_COLUMNS,
    "Fund": FUND_COLUMNS,
    "Settlement": SETTLEMENT_COLUMNS,
    "Demand": DEMAND_COLUMNS,
}


@pytest.mark.parametrize(("title", "columns"), SHEETS.items())
def test_the_document_has_the_columns_of_the_sheet_in_order(title: str, columns: Sequence[Column]) -> None:
    document = (ROOT / "docs" / "sheets.md").read_text(encoding="utf-8")
    section = document.split(f"\n## {title} ")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| ")]
    told = [(name, also, must, meaning != "") for name, also, must, meaning in rows[1:]]
    assert told == [
        (column.name, "、".join(column.aliases), "✓" if column.required else "", True) for column in columns
    ]
