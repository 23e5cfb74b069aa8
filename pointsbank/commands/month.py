"""month, close-month, freeze, cards: what a village does every month, from the terminal."""

import click

from pointsbank.boards import queries as boards
from pointsbank.boards import services as board_services
from pointsbank.boards.queries import Month
from pointsbank.cards import services as cards
from pointsbank.commands.opening import month_option, on_village
from pointsbank.commands.terminal import Answer, Command, Group, UnknownMonthError, say
from pointsbank.deeds.models import STATE_NAMES
from pointsbank.deeds.queries.months import unfinished
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import period_title
from pointsbank.foundation.points import format_points
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place
from pointsbank.reports.queries.month import BookState, month_figures

BOOK_STATE_NAMES = {BookState.OPEN: "还没有结账", BookState.CLOSED: "已经结账", BookState.FROZEN: "已经定榜"}


def known_month(village: Place, period: str) -> Month:
    """A month in which the village had a book. Raises UnknownMonthError."""
    for month in boards.months(village.id):
        if month.period == period:
            return month
    raise UnknownMonthError(f"{village.name}没有{period_title(period)}的账。请核对月份。")


@click.command("month", cls=Command)
@on_village
@month_option
def month_status(village: Place, month: str) -> Answer:
    """一个月办到哪一步：各种状态的申报多少件，评议、入账多少分。"""
    try:
        found = month_figures(village, month)
    except NotFoundError as unknown:
        raise UnknownMonthError(unknown.message) from unknown
    left = found.budget_left
    values = {
        "state": found.state.value,
        "claims": {state.value: count for state, count in found.claims.items()},
        "approved_points": format_points(found.approved_points),
        "booked_points": format_points(found.booked_points),
        "open_objections": found.open_objections,
        "budget_left": None if left is None else format_points(left),
    }
    claims = "，".join(f"{STATE_NAMES[state]} {count} 件" for state, count in found.claims.items() if count)
    sentences = [
        f"{period_title(month)}{BOOK_STATE_NAMES[found.state]}。{claims or '还没有申报'}。",
        f"评议通过 {values['approved_points']} 分，已入账 {values['booked_points']} 分，"
        f"没处理完的异议 {found.open_objections} 件。",
    ]
    if left is not None:
        sentences.append(f"本月积分预算还剩 {format_points(left)} 分。")
    return Answer(values, sentences)


def _say_unfinished(village: Place, period: str) -> None:
    """Whoever closes a month with claims on their way hears how many, and where they will count."""
    left = unfinished(village.id, period)
    if left:
        say(f"{period_title(period)}还有 {left} 件没有办完，办完后算到下一个没结账的月份。")


@click.command("close-month", cls=Command)
@on_village
@month_option
def close_month(village: Place, month: str) -> Answer:
    """结一个月的账：以后补记的算到下个月。"""
    known_month(village, month)
    code = village.code
    _say_unfinished(village, month)
    closed = ledger.close_month(village, month, SYSTEM)
    head = f"{closed.head_sequence}:{closed.head_digest.hex()}"
    return Answer(
        {"village": code, "month": month, "head": head},
        [f"{period_title(month)}已经结账。校验码 {head}"],
    )


@click.command("freeze", cls=Command)
@on_village
@month_option
def freeze(village: Place, month: str) -> Answer:
    """定一个月的榜：没结账的先结账，定了不能再改。"""
    known_month(village, month)
    code = village.code
    _say_unfinished(village, month)
    snapshot = board_services.freeze(village, month, SYSTEM)
    head = f"{snapshot.head_sequence}:{snapshot.head_digest.hex()}"
    return Answer(
        {"village": code, "month": month, "issue": snapshot.sequence, "head": head},
        [f"{period_title(month)}的榜已经定好，是第 {snapshot.sequence} 期。校验码 {head}"],
    )


@click.group("cards", cls=Group)
def card_commands() -> None:
    """积分卡。"""


@card_commands.command("issue")
@on_village
@click.option("--all", "to_all", is_flag=True, required=True, help="给所有还没有卡的户发卡。")
def issue_cards(village: Place, to_all: bool) -> Answer:
    """给每户发一张积分卡。"""
    if not to_all:
        raise click.UsageError("请写明 --all。只给一户发卡，请在住户页上办。")
    code = village.code
    issued = cards.issue_cards(village, None, SYSTEM, new_key())["issued"]
    return Answer({"village": code, "issued": issued}, [f"新发 {issued} 张卡。请到“一卡”里打印。"])
