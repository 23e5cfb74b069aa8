"""import and export: spreadsheets in and out; what export writes, import reads back as unchanged."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from pointsbank.commands.opening import CommandFunction, IsoDay, Month, on_village, out_option, write_file
from pointsbank.commands.terminal import Answer, ExitCode, Group
from pointsbank.covenant import queries as rule_queries
from pointsbank.covenant import sheets as rule_sheets
from pointsbank.deeds import sheets as deeds
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.spreadsheets import FILE_BYTES_MAX, ImportReport
from pointsbank.market.services import Delivery, Origin, receive
from pointsbank.market.sheets import goods as market
from pointsbank.market.sheets.deliveries import read_delivery_note
from pointsbank.people import queries as people_queries
from pointsbank.people import sheets as people
from pointsbank.places.models import Place

REFUSED_SHOWN_MAX = 200  # in the terminal; --json gives all


@click.group("import", cls=Group)
def import_commands() -> None:
    """从 .xlsx 导入：先用 --dry-run 试算，全部没问题才写入。"""


@click.group("export", cls=Group)
def export_commands() -> None:
    """导出 .xlsx。"""


def _import_options(function: CommandFunction) -> CommandFunction:
    """FILE, --village and --dry-run."""
    dry_run = click.option("--dry-run", is_flag=True, help="只试算，什么都不改。")
    file = click.argument("file", metavar="FILE.xlsx", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    return file(on_village(dry_run(function)))


def content_of(file: Path) -> bytes:
    """What the file holds; of one over the limit just enough to be refused for it."""
    with file.open("rb") as opened:
        return opened.read(FILE_BYTES_MAX + 1)


def _import_answer(report: ImportReport, dry_run: bool) -> Answer:
    told = f"新增 {report.new}，改动 {report.changed}，不变 {report.unchanged}，有问题 {len(report.refused)} 行。"
    lines = [told]
    lines += [
        f"  第 {row.row} 行{f'“{row.column}”' if row.column else ''}：{row.reason}"
        for row in report.refused[:REFUSED_SHOWN_MAX]
    ]
    if report.refused:
        lines.append("什么都没有写入。请改好这些行，再导入一次。")
    elif dry_run:
        lines.append("这是试算，什么都没有写入。去掉 --dry-run 就会导入。")
    return Answer(report.to_json(), lines, ExitCode.REFUSED if report.refused else ExitCode.DONE)


@import_commands.command("roster")
@_import_options
@click.option("--with-id-numbers", is_flag=True, help="也收身份证号（加密保存）。")
@click.option("--with-party", is_flag=True, help="也收是否党员。")
def import_roster(village: Place, file: Path, dry_run: bool, with_id_numbers: bool, with_party: bool) -> Answer:
    """导入花名册。"""
    content = content_of(file)
    if dry_run:
        plan = people.plan_import(village, content, with_id_numbers=with_id_numbers, with_party=with_party)
        return _import_answer(plan.report, dry_run)
    report = people.apply_import(
        village, content, with_id_numbers=with_id_numbers, with_party=with_party, actor=SYSTEM, key=new_key()
    )
    return _import_answer(report, dry_run)


@import_commands.command("rules")
@_import_options
@click.option(
    "--effective-on", type=IsoDay(), help="从哪天起生效。默认今天；第一版默认今年第一天，补记前些天的事才有细则可依。"
)
def import_rules(village: Place, file: Path, dry_run: bool, effective_on: date | None) -> Answer:
    """导入积分细则，成为新的一版；表里没有的条款会删去。"""
    # As on screen, the first version holds from the first day of the year: day_offered says why.
    content = content_of(file)
    day = effective_on or rule_queries.day_offered(rule_queries.latest_book(village.id))
    if dry_run:
        return _import_answer(rule_sheets.plan_import(village, content, effective_on=day).report, dry_run)
    report = rule_sheets.apply_import(village, content, effective_on=day, actor=SYSTEM, key=new_key())
    return _import_answer(report, dry_run)


@import_commands.command("goods")
@_import_options
def import_goods(village: Place, file: Path, dry_run: bool) -> Answer:
    """导入商品。"""
    content = content_of(file)
    if dry_run:
        return _import_answer(market.plan_import(village, content), dry_run)
    return _import_answer(market.apply_import(village, content, SYSTEM, new_key()), dry_run)


@import_commands.command("deeds")
@_import_options
def import_deeds(village: Place, file: Path, dry_run: bool) -> Answer:
    """导入记分表：新的事记分入账，带流水号的旧账只核对。"""
    content = content_of(file)
    if dry_run:
        return _import_answer(deeds.plan_import(village, content).report, dry_run)
    return _import_answer(deeds.apply_import(village, content, SYSTEM, new_key()), dry_run)


# --- export -----------------------------------------------------------------------------------------------------------


def _export_options(function: CommandFunction) -> CommandFunction:
    """--village and --out."""
    return on_village(out_option(".xlsx")(function))


def _written(out: Path, content: bytes) -> Answer:
    write_file(out, content)
    return Answer({"written": str(out.absolute()), "bytes": len(content)}, [f"已写到 {out.absolute()}"])


@import_commands.command("delivery")
@_import_options
@click.option("--source", default="", help="供货商或捐赠人；不填就写文件名。")
@click.option("--donated", is_flag=True, help="是捐赠的，不是采购的。")
@click.option("--day", type=IsoDay(), help="入库日期，不填就是今天。")
def import_delivery(village: Place, file: Path, dry_run: bool, source: str, donated: bool, day: date | None) -> Answer:
    """按送货单入库。"""
    note = read_delivery_note(village, content_of(file))
    report = ImportReport(len(note.lines), 0, 0, note.refused)
    if dry_run or note.refused:
        return _import_answer(report, dry_run)
    delivery = Delivery(
        origin=Origin.DONATION if donated else Origin.PURCHASE,
        source=source or file.stem,
        received_on=day or clock.today(),
        lines=tuple(line.arrival for line in note.lines),
    )
    done = receive(village, delivery, SYSTEM, new_key())
    answer = _import_answer(replace(report, applied=True), dry_run)
    told = f"入库单 {done['delivery']} 号：{len(note.lines)} 样，共 {done['pieces']} 件。"
    return replace(answer, sentences=[*answer.sentences, told])


@export_commands.command("roster")
@_export_options
@click.option("--with-id-numbers", is_flag=True, help="也写身份证号，只露后四位。")
@click.option("--with-party", is_flag=True, help="也写是否党员。")
def export_roster(village: Place, out: Path, with_id_numbers: bool, with_party: bool) -> Answer:
    """导出花名册。"""
    return _written(out, people.export_roster(village, with_id_numbers=with_id_numbers, with_party=with_party))


@export_commands.command("rules")
@_export_options
@click.option("--version", type=int, metavar="N", help="导出第 N 版。默认最新的一版，也许还没生效；导入时就是和它比。")
def export_rules(village: Place, out: Path, version: int | None) -> Answer:
    """导出积分细则。"""
    return _written(out, rule_sheets.export_rules(village, version))


@export_commands.command("goods")
@_export_options
def export_goods(village: Place, out: Path) -> Answer:
    """导出商品。"""
    return _written(out, market.export_goods(village))


@export_commands.command("deeds")
@_export_options
@click.option("--month", type=Month(), help="只要归属这个月的，例如 2026-03。")
def export_deeds(village: Place, out: Path, month: str | None) -> Answer:
    """导出积分记录。"""
    return _written(out, deeds.export_deeds(village, month))


@export_commands.command("statement")
@_export_options
@click.option("--household", "number", required=True, metavar="N", help="户编号，例如 3-012。")
@click.option("--from", "first_day", type=IsoDay(), help="从哪天入账的起。")
@click.option("--to", "last_day", type=IsoDay(), help="到哪天入账的止。")
def export_statement(village: Place, out: Path, number: str, first_day: date | None, last_day: date | None) -> Answer:
    """导出一户的对账单。"""
    household = people_queries.household_by_number(village.id, number)
    if household is None:
        raise NotFoundError(f"{village.name}没有户编号是“{number[:20]}”的户。请核对户编号。")
    return _written(out, people.export_statement(village, household, first_day, last_day))
