"""year-end: what becomes of unspent points when a year is over."""

import click

from pointsbank.commands.opening import on_village
from pointsbank.commands.terminal import Answer, Command
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_points
from pointsbank.ledger import year_end as ledger
from pointsbank.ledger.year_end import MODE_NAMES
from pointsbank.people import queries as people
from pointsbank.places.models import Place
from pointsbank.places.settings import YearEndMode


@click.command("year-end", cls=Command)
@on_village
@click.option("--year", required=True, type=int, metavar="YYYY", help="哪一年，例如 2025。")
@click.option("--preview", is_flag=True, help="只看会怎么样，什么都不改。")
def year_end(village: Place, year: int, preview: bool) -> Answer:
    """办一年的年终：没用完的积分结转、清到基础分，或者到期作废。"""
    serials = people.open_serials(village.id)
    if preview:
        plan = ledger.plan(village, year, serials)
        return _answer(year, plan.mode, plan.households, plan.points, done=False)
    done = ledger.end(village, year, serials, SYSTEM, new_key())
    return _answer(year, YearEndMode(done["mode"]), done["households"], done["points"], done=True)


def _answer(year: int, mode: YearEndMode, households: int, points: int, *, done: bool) -> Answer:
    what = f"{year}年年终（{MODE_NAMES[mode]}）"
    told = f"涉及 {households} 户，{'作废了' if done else '会作废'} {format_points(points)} 分。"
    note = "已经办好，可以在年终页上整个撤销一次。" if done else "这只是预览，什么都没有改。"
    values = {"mode": mode.value, "households": households, "points": format_points(points), "done": done}
    return Answer(values, [f"{what}：{told}{note}"])
