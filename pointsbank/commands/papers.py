"""paper: what a village hangs up, signs and files, as PDF from the terminal."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import click

from config import load_config
from pointsbank.boards import queries as boards
from pointsbank.boards.queries import PaperSize
from pointsbank.commands.month import known_month
from pointsbank.commands.opening import CommandFunction, month_option, on_village, out_option, write_file
from pointsbank.commands.terminal import Answer, Command, Group, progress_bar
from pointsbank.covenant import documents as covenant_papers
from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Covenant
from pointsbank.foundation import clock, periods
from pointsbank.foundation.errors import NotFoundError
from pointsbank.fund import queries as fund
from pointsbank.fund.documents import donations_pdf, register_pdf
from pointsbank.market import queries as market
from pointsbank.market.documents import demand, shelf
from pointsbank.market.queries import wanted as wishes
from pointsbank.market.services.wanted import OPEN_MAX
from pointsbank.market.sheets.goods import GOODS_MAX
from pointsbank.places.models import Place
from pointsbank.printing import fonts
from pointsbank.printing.fonts import Fonts


@dataclass(frozen=True, slots=True)
class Asked:
    """What a paper was asked for with; "" for what its kind does not need."""

    month: str = ""
    size: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of paper: the word of its command, its title, how it is drawn. sizes: those it can have, the usual first.

    needs_month: it is of one month.
    """

    name: str
    title: str
    draw: Callable[[Place, Asked, Fonts], bytes]
    sizes: tuple[str, ...] = ()
    needs_month: bool = False

    @property
    def needs(self) -> list[str]:
        """The options without which it cannot be drawn."""
        return ["month"] if self.needs_month else []


def _board(village: Place, asked: Asked, with_fonts: Fonts) -> bytes:
    known_month(village, asked.month)
    size: PaperSize = "A4" if asked.size == "A4" else "A3"
    return boards.board_pdf(village, asked.month, size, with_fonts)


def _covenant(village: Place, asked: Asked, with_fonts: Fonts) -> bytes:
    poster = covenant_papers.poster_of(village, _covenant_in_force(village))
    return covenant_papers.poster_pdf(poster, covenant_papers.POSTER_SIZES[asked.size], with_fonts)


def _signatures(village: Place, asked: Asked, with_fonts: Fonts) -> bytes:
    sheet = covenant_papers.signature_sheet_of(village, _covenant_in_force(village))
    return covenant_papers.signature_sheet_pdf(sheet, with_fonts)


def _covenant_in_force(village: Place) -> Covenant:
    found = covenant.covenant_on(village.id, clock.today())
    if found is None:
        raise NotFoundError(f"{village.name}还没有生效的村规民约。请先在“一约”里录入、采用。")
    return found


def _rules(village: Place, asked: Asked, with_fonts: Fonts) -> bytes:
    book = covenant.book_on(village.id, clock.today())
    if book is None:
        raise NotFoundError(f"{village.name}还没有生效的积分细则。请先在“一约”里导入、采用。")
    table = covenant_papers.scoring_table_of(village, covenant.rules_of(book), book.effective_on)
    return covenant_papers.scoring_table_pdf(table, covenant_papers.POSTER_SIZES[asked.size], with_fonts)


def _prices(village: Place, asked: Asked, with_fonts: Fonts) -> bytes:
    goods = market.goods(village.id, offered_only=True, limit=GOODS_MAX)
    return shelf.price_list_pdf(shelf.price_list_of(village, goods, clock.today()), with_fonts)


def _labels(village: Place, asked: Asked, with_fonts: Fonts) -> bytes:
    goods = market.goods(village.id, offered_only=True, limit=GOODS_MAX)
    labels = [shelf.label_of(good, clock.today()) for good in goods]
    return shelf.labels_pdf(labels, shelf.SHEETS[asked.size], with_fonts)


def _opening(village: Place, asked: Asked, with_fonts: Fonts) -> bytes:
    return shelf.opening_pdf(shelf.opening_poster_of(village), shelf.POSTER_SIZES[asked.size], with_fonts)


def _wanted(village: Place, asked: Asked, with_fonts: Fonts) -> bytes:
    open_ones = wishes.open_wishes(village.id, limit=OPEN_MAX)
    return demand.wanted_pdf(demand.wanted_sheet_of(village, open_ones), with_fonts)


def _fund(village: Place, asked: Asked, with_fonts: Fonts) -> bytes:
    days = fund.BookFilter(*periods.days_of(asked.month))
    lines, sums = fund.all_entries(village.id, days), fund.sums(village.id, days)
    return register_pdf(village, periods.period_title(asked.month), lines, sums, with_fonts)


def _donations(village: Place, asked: Asked, with_fonts: Fonts) -> bytes:
    return donations_pdf(village, fund.all_donations(village.id, None, None), with_fonts)


_HUNG = tuple(covenant_papers.POSTER_SIZES)
KINDS = (
    Kind("board", "善行义举榜", _board, get_args(PaperSize), needs_month=True),
    Kind("covenant", "村规民约张贴版", _covenant, ("A3", *(size for size in _HUNG if size != "A3"))),
    Kind("rules", "积分细则表", _rules, ("A3", *(size for size in _HUNG if size != "A3"))),
    Kind("signatures", "村规民约签名册", _signatures),
    Kind("prices", "爱心超市积分价目表", _prices),
    Kind("labels", "货架标签", _labels, tuple(shelf.SHEETS)),
    Kind("opening", "爱心超市开门时间", _opening, tuple(shelf.POSTER_SIZES)),
    Kind("wanted", "想要的东西登记表", _wanted),
    Kind("fund", "爱心超市资金台账（备查）", _fund, needs_month=True),
    Kind("donations", "捐赠登记", _donations),
)


@click.group("paper", cls=Group)
def paper_commands() -> None:
    """打印用的 PDF。"""


@paper_commands.command("list", cls=Command)
def list_papers() -> Answer:
    """列出能打印的各种纸，各要什么。"""
    kinds = [{"kind": kind.name, "title": kind.title, "needs": kind.needs} for kind in KINDS]
    lines = [f"{kind.name}：{kind.title}{'，要写月份' if kind.needs_month else ''}" for kind in KINDS]
    return Answer({"kinds": kinds}, lines)


def _command_of(kind: Kind) -> None:
    """Give a kind its command."""

    def draw(village: Place, out: Path, month: str = "", size: str = "") -> Answer:
        folder = load_config(os.environ).fonts_folder
        with progress_bar("正在准备打印字体", told_once=True) as bar:
            fonts.prepare(folder, bar)
        content = kind.draw(village, Asked(month, size), fonts.register(folder))
        write_file(out, content)
        is_draft = kind.name == "board" and not known_month(village, month).is_frozen
        note = "（还没有定榜，是草稿）" if is_draft else ""
        values = {"written": str(out.absolute()), "bytes": len(content), "draft": is_draft}
        return Answer(values, [f"已写到 {out.absolute()}{note}"])

    draw.__doc__ = f"{kind.title}。"
    command: CommandFunction = out_option(".pdf")(draw)
    if kind.sizes:
        usual = kind.sizes[0]
        command = click.option(
            "--size", default=usual, type=click.Choice(kind.sizes), help=f"纸张大小，不写就是 {usual}。"
        )(command)
    if kind.needs_month:
        command = month_option(command)
    paper_commands.command(kind.name, cls=Command)(on_village(command))


for _kind in KINDS:
    _command_of(_kind)
