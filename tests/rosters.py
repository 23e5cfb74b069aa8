"""Makes rosters as villages keep them, for the tests of the import."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import openpyxl
from stdnum.cn import ric

HEADER = (
    "户编号", "组别", "户主", "姓名", "与户主关系", "性别",
    "出生日期", "身份证号", "联系电话", "居住状态", "党员", "备注",
)  # fmt: skip


def id_number(born: str, order: int) -> str:
    """A valid ID number of somebody born on YYYYMMDD; odd orders are men."""
    body = f"511028{born}{order:03d}"
    return body + ric.calc_check_digit(body + "0")


def roster(rows: Sequence[Sequence[Any]], *, header: Sequence[str] = HEADER, titles: Sequence[str] = ()) -> bytes:
    """An .xlsx with titles merged across the columns, the header and the rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for number, title in enumerate(titles, start=1):
        sheet.append([title])
        sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=len(header))
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def row(
    number: Any = "01-001",
    name: Any = "张三",
    relation: Any = None,
    *,
    group: Any = "1组",
    head: Any = None,
    **cells: Any,
) -> list[Any]:
    """One row; cells by their English names: sex, born, id, phone, residence, party, note."""
    more = [cells.get(key) for key in ("sex", "born", "id", "phone", "residence", "party", "note")]
    return [number, group, head, name, relation, *more]


def large_roster(people: int) -> bytes:
    """A tidy roster of about three people a household."""
    surnames, given = "王李张刘陈杨黄赵吴周", "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞"
    rows = []
    for at in range(people):
        household, member = divmod(at, 3)
        number = f"{household % 8 + 1:02d}-{household // 8 + 1:03d}"
        head = f"{surnames[household % 10]}{given[household % 20]}{given[household // 20 % 20]}"
        name = head if member == 0 else f"{surnames[(at * 7) % 10]}{given[at % 20]}{given[at // 20 % 20]}"
        relation = ("户主", "配偶", "子")[member]
        born = f"{1940 + at % 70}-{at % 12 + 1:02d}-{at % 28 + 1:02d}"
        rows.append(row(number, name, relation, group=household % 8 + 1, head=head, born=born, residence="常住"))
    return roster(rows)
