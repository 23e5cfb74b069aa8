"""The command line: python -m pointsbank COMMAND. run.py hands its words to it."""

import sys

import click

from pointsbank.commands import (
    checking,
    coverage,
    explain,
    figures,
    installing,
    month,
    nightly,
    papers,
    rule_tables,
    serving,
    sheets,
    staff,
    year_end,
)
from pointsbank.commands.terminal import Group, run


@click.group(cls=Group, default="serve")
def command_line() -> None:
    """村积分银行：一约、一卡、一市、一榜。不写命令就启动程序。"""


for command in (
    serving.serve,
    installing.setup,
    installing.migrate,
    installing.village_commands,
    staff.staff_commands,
    sheets.import_commands,
    sheets.export_commands,
    rule_tables.rule_table_commands,
    month.card_commands,
    month.month_status,
    month.close_month,
    month.freeze,
    papers.paper_commands,
    year_end.year_end,
    nightly.nightly,
    explain.explain,
    figures.whatif,
    coverage.coverage,
    checking.verify,
    checking.drift,
):
    command_line.add_command(command)


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(command_line, sys.argv[1:]))


if __name__ == "__main__":
    main()
