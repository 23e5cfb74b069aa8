"""A household's points in the words of the village: what came and went, and where a line comes from."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from pointsbank.deeds.models import BODY_NAMES, OUTCOME_NAMES
from pointsbank.foundation import clock, periods
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.periods import short_day
from pointsbank.foundation.points import format_points
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.models import TransferKind
from pointsbank.market.models import Order, OrderState
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.reports.queries import trace
from pointsbank.reports.queries.trace import Trace

LINES_MAX = 200  # of one month; a household has a dozen


@dataclass(frozen=True, slots=True)
class PlainLine:
    """A line of the household's points in the words of the village. amount in units, with sign."""

    day: date
    words: str
    amount: int
    sequence: int  # in the book: leads to where it comes from


@dataclass(frozen=True, slots=True)
class PlainWay:
    """Where a line comes from, for its household: what it is, and a name and a sentence for each step of its way."""

    line: PlainLine
    steps: list[tuple[str, str]]


_BEFORE = {
    TransferKind.EARN_REVERSAL: "更正：",
    TransferKind.DEDUCT: "扣分：",
    TransferKind.DEDUCT_REVERSAL: "更正：",
    TransferKind.REDEEM: "换了：",
}
_INSTEAD = {TransferKind.OPENING: "开户的积分", TransferKind.REPAY: "抵扣以前欠的分"}


def month_lines(village_id: int, household: Household, period: str) -> list[PlainLine]:
    """What came and went in a month, newest first."""
    first_day, last_day = periods.days_of(period)
    lines = ledger.statement(village_id, household.serial, limit=LINES_MAX, first_day=first_day, last_day=last_day)
    fetched = _fetched_orders(village_id, [line.source_serial for line in lines if line.kind is TransferKind.HOLD])
    return [
        PlainLine(
            line.occurred_on,
            _in_words(line.kind, line.text, is_fetched=line.source_serial in fetched),
            line.amount,
            line.sequence,
        )
        for line in lines
    ]


def _in_words(kind: TransferKind, text: str, *, is_fetched: bool) -> str:
    """What a line is, as the village says it. is_fetched: what was put aside has been fetched."""
    if kind is TransferKind.HOLD and is_fetched:
        return "换了：" + text.removeprefix("先留着：")
    if kind is TransferKind.RELEASE:
        return text.replace("取消预留", "不要了")
    return _INSTEAD.get(kind) or _BEFORE.get(kind, "") + text


def plain_way(village: Place, household: Household, sequence: int) -> PlainWay:
    """Where a line of this household comes from, with no names. Raises NotFoundError, for the lines of others too."""
    found = trace.explain(village, sequence)
    if found.entry.household.id != household.id:
        raise NotFoundError("这一笔不是您家的。请从头再来。")
    transfer = found.entry.transfer
    held = [transfer.source_serial] if transfer.kind is TransferKind.HOLD else []
    words = _in_words(transfer.kind, found.entry.text, is_fetched=bool(_fetched_orders(village.id, held)))
    line = PlainLine(transfer.occurred_on, words, found.entry.amount, sequence)
    booked = f"{short_day(clock.day_of(transfer.booked_at))}记到您家账上，是第 {sequence} 笔。"
    undone = [
        ("更正", f"{short_day(clock.day_of(one.booked_at))}更正过，是第 {one.sequence} 笔。") for one in found.reversals
    ]
    return PlainWay(line, [*_plain_steps(found), ("入账", booked), *undone])


def _plain_steps(found: Trace) -> list[tuple[str, str]]:
    """From the rule to the wall; a step that there was none of is left out."""
    claim = found.claim
    if claim is None or found.rule is None:
        return []
    rule = found.rule.rule
    told = [
        ("按哪一条", f"积分细则第 {rule.book.version} 版：{rule.name}，每{rule.unit} {format_points(rule.points)} 分。")
    ]
    if found.clause is not None:
        told.append(("公约怎么说", found.clause.clause.text))
    told.append(("申报", f"{short_day(clock.day_of(claim.created_at))}申报。{claim.cap_reason}"))
    for decision in found.decisions:
        meeting = decision.meeting
        met = f"{short_day(meeting.held_on)}{BODY_NAMES[meeting.body]}：{OUTCOME_NAMES[decision.outcome]}"
        told.append(("评议", f"{met}，{format_points(decision.points)} 分。{decision.reason}"))
    if found.notice is not None:
        hung = [
            f"{short_day(sheet.hung_on)}贴在{sheet.venue or '公示栏'}"
            for sheet in found.notice.hangings
            if sheet.hung_on
        ]
        objected = "有人提过异议，复查过。" if found.notice.objections else "没有人提异议。"
        told.append(("公示", f"{'，'.join(hung) or '还没有贴出'}。{objected}"))
    return told


def _fetched_orders(village_id: int, serials: list[int]) -> frozenset[int]:
    """Those of the orders that were handed over."""
    if not serials:
        return frozenset()
    rows = session().scalars(
        select(Order.serial).where(
            Order.village_id == village_id, Order.serial.in_(serials), Order.state == OrderState.HANDED_OVER
        )
    )
    return frozenset(rows)
