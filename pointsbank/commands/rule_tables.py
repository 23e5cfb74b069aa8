"""rule-table publish, rule-table list: what town, county or city hands down to its villages."""

from pathlib import Path

import click

from pointsbank.commands.opening import on_database
from pointsbank.commands.sheets import content_of
from pointsbank.commands.terminal import Answer, ExitCode, Group
from pointsbank.covenant import queries, services, sheets
from pointsbank.covenant.queries.tables import TableLine
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import NotFoundError
from pointsbank.places.models import Place

PLACES_NAMED_MAX = 20  # in a sentence


@click.group("rule-table", cls=Group)
def rule_table_commands() -> None:
    """镇、县、市下发的积分细则。"""


def _place(code: str) -> Place:
    """The town, county or city with a code. Raises NotFoundError."""
    known = queries.handing_down_places()
    for place in known:
        if place.code == code:
            return place
    named = "、".join(f"{place.code}（{place.name}）" for place in known[:PLACES_NAMED_MAX])
    raise NotFoundError(f"没有代码为“{code[:40]}”的镇、县、市。现有：{named or '还没有'}。")


@rule_table_commands.command("publish")
@on_database
@click.argument("file", metavar="FILE.xlsx", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--place", "place_code", required=True, metavar="CODE", help="下发的镇、县、市的代码。")
@click.option("--title", required=True, metavar="T", help="叫什么，例如：积分细则指导表。")
def publish(file: Path, place_code: str, title: str) -> Answer:
    """下发一份细则表；各村看得到，接不接收由村里定。"""
    place = _place(place_code)
    rules, refused = sheets.read_table(content_of(file))
    values = {"place": place.code, "name": place.name, "title": title, "rules": len(rules)}
    rows = [{"row": row.row, "column": row.column, "reason": row.reason} for row in refused]
    if refused:
        lines = [f"  第 {row.row} 行{f'“{row.column}”' if row.column else ''}：{row.reason}" for row in refused]
        return Answer(
            {**values, "version": None, "refused": rows},
            [f"有问题 {len(refused)} 行：", *lines, "没有下发。请改好这些行，再来一次。"],
            ExitCode.REFUSED,
        )
    table = services.publish_table(place, title, rules, SYSTEM)
    return Answer(
        {**values, "title": table.title, "version": table.version, "refused": rows},
        [f"{table.name}已经下发，共 {len(table.rules)} 条。各村在“一约”的“上级下发”里看得到，自己决定接收。"],
    )


@rule_table_commands.command("list")
@on_database
def list_tables() -> Answer:
    """各镇、县、市下发过哪些细则表。"""
    lines = queries.table_lines(queries.handing_down_places())
    return Answer(
        {"tables": [_values(line) for line in lines]},
        [f"{line.place.code}　{line.place.name}《{line.title}》第 {line.version} 版" for line in lines]
        or ["还没有下发过细则表，请用 rule-table publish 下发。"],
    )


def _values(line: TableLine) -> dict[str, object]:
    return {
        "place": line.place.code,
        "name": line.place.name,
        "version": line.version,
        "title": line.title,
        "published_at": line.published_at.isoformat(),
    }
