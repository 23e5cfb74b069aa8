"""coverage: whether the points can be honoured with what is on the shelves and in the fund."""

from math import floor

import click

from pointsbank.commands.opening import on_village
from pointsbank.commands.terminal import Answer, Command
from pointsbank.foundation.points import format_points
from pointsbank.fund import queries
from pointsbank.fund.words import advice, dry_in_words, ratio_in_words, yuan
from pointsbank.places.models import Place


@click.command("coverage", cls=Command)
@on_village
def coverage(village: Place) -> Answer:
    """没换的积分，超市的货和账上的钱够不够换。"""
    found = queries.coverage(village.id)
    values = {
        "outstanding_points": format_points(found.outstanding),
        "value_fen": found.value_fen,
        "stock_fen": found.stock_fen,
        "fund_fen": found.fund_fen,
        "ratio": None if found.ratio is None else format_points(floor(found.ratio * 100)),
        "dry_on": found.dry_on.isoformat() if found.dry_on else None,
    }
    lines = [
        f"没换的积分 {values['outstanding_points']} 分，值 {yuan(found.value_fen)} 元。",
        f"库存成本 {yuan(found.stock_fen)} 元，账上的钱 {yuan(found.fund_fen)} 元，够换 {ratio_in_words(found)}。",
        f"照近 {found.pace_days} 天的快慢，用完的日子：{dry_in_words(found)}。",
    ]
    warning = advice(found)
    return Answer(values, [*lines, warning] if warning else lines)
