"""whatif: what the last months would have given under other rules."""

from fractions import Fraction
from pathlib import Path

import click

from pointsbank.commands.opening import on_village
from pointsbank.commands.sheets import content_of
from pointsbank.commands.terminal import Answer, Command, ExitCode
from pointsbank.covenant import sheets as rule_sheets
from pointsbank.foundation.points import format_points
from pointsbank.places.models import Place
from pointsbank.reports.queries import what_if
from pointsbank.reports.queries.what_if import MONTHS_MAX, Coverage


@click.command("whatif", cls=Command)
@on_village
@click.option(
    "--rules",
    required=True,
    metavar="FILE.xlsx",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="要试的细则表。",
)
@click.option("--months", required=True, type=click.IntRange(1, MONTHS_MAX), help="回头算几个月，这个月也算。")
def whatif(village: Place, rules: Path, months: int) -> Answer:
    """照另一份细则，把过去几个月重新算一遍；什么都不改。"""
    plan = rule_sheets.plan_import(village, content_of(rules))
    if plan.report.refused:
        first = plan.report.refused[0]
        return Answer(
            {"error": {"code": "rules_refused", "message": f"第 {first.row} 行：{first.reason}"}},
            [f"细则表有 {len(plan.report.refused)} 行有问题，先改好再试算。第 {first.row} 行：{first.reason}"],
            ExitCode.REFUSED,
        )
    found = what_if.what_if(village, plan.drafts, months)
    values = {
        "issued_now": format_points(found.issued_now),
        "issued_then": format_points(found.issued_then),
        "by_category": [
            {"category": line.name, "now": format_points(line.now), "then": format_points(line.then)}
            for line in found.by_category
        ],
        "changed_households": found.changed_households,
        "coverage_now": _share(found.coverage_now),
        "coverage_then": _share(found.coverage_then),
    }
    lines = [
        f"{found.first_day} 到 {found.last_day}，{found.deeds} 件事："
        f"实际发出 {values['issued_now']} 分，照这份细则 {values['issued_then']} 分。",
        f"积分有变化的 {found.changed_households} 户。",
    ]
    return Answer(values, lines)


def _share(coverage: Coverage) -> str | None:
    """Stock for each yuan the points are worth, to a hundredth; None when no points are outstanding."""
    share = coverage.share
    return None if share is None else format_points(round(Fraction(share) * 100))
