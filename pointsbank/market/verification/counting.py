"""Proof of stock-takes and day closes: what was counted against the moves, what was closed against both books.

One pass over the moves in order, for both; what a close or a count says beside it is compared afterwards.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select

from pointsbank.audit.queries import texts_of
from pointsbank.foundation import chain
from pointsbank.foundation.database import session, table_of
from pointsbank.market import daybook
from pointsbank.market.models import (
    DayClose,
    DayCloseLine,
    Good,
    MoveKind,
    Redemption,
    RedemptionLine,
    StockMove,
    StockMoveText,
    Stocktake,
    StocktakeLine,
    StocktakeState,
)
from pointsbank.market.services.counting import lines_of
from pointsbank.market.stocktaking import CONFIRM_ACTION, confirming_words
from pointsbank.places.models import Place

ROWS_AT_ONCE = 5_000
TITLE = "日结"


def problems(village: Place) -> list[str]:
    """What is wrong with a village's stock-takes and day closes; every problem names its place."""
    closes = list(
        session().scalars(select(DayClose).where(DayClose.village_id == village.id).order_by(DayClose.serial))
    )
    walk = _Walk(village.id, closes)
    return [
        *_stocktake_problems(village.id, walk),
        *_chain_problems(village, closes),
        *_range_problems(closes),
        *_line_problems(village.id, walk),
        *_receipt_problems(village.id, closes),
    ]


class _Walk:
    """The moves in order: what the book said after each that a count points at, and what each close covers."""

    def __init__(self, village_id: int, closes: list[DayClose]) -> None:
        self.after: dict[int, tuple[int, int]] = {}  # by sequence: good's serial, on hand
        self.counted: dict[tuple[str, int], int] = defaultdict(int)  # by submission key and good: pieces
        self.reasons: dict[tuple[str, int], str | None] = {}
        # By the close's serial and the good's: pieces by kind, with sign, and what was on hand at the end.
        self.of_closes: dict[tuple[int, int], dict[MoveKind | str, int]] = defaultdict(lambda: defaultdict(int))
        pointed = set(
            session().scalars(
                select(StocktakeLine.through_sequence).where(
                    StocktakeLine.village_id == village_id, StocktakeLine.through_sequence > 0
                )
            )
        )
        moves, texts = table_of(StockMove), table_of(StockMoveText)
        query = (
            select(
                moves.c.sequence,
                moves.c.kind,
                moves.c.good_serial,
                moves.c.quantity,
                moves.c.on_hand_after,
                moves.c.submission_key,
                texts.c.text,
            )
            .outerjoin(texts, (texts.c.village_id == moves.c.village_id) & (texts.c.sequence == moves.c.sequence))
            .where(moves.c.village_id == village_id)
            .order_by(moves.c.sequence)
        )
        following = iter(closes)
        close = next(following, None)
        for move in session().execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
            if move.sequence in pointed:
                self.after[move.sequence] = (move.good_serial, move.on_hand_after)
            if move.kind is MoveKind.COUNT:
                self.counted[move.submission_key, move.good_serial] += move.quantity
                self.reasons[move.submission_key, move.good_serial] = move.text
            while close is not None and move.sequence > close.last_move:
                close = next(following, None)
            if close is not None and move.sequence >= close.first_move:
                self._add(close, move)

    def _add(self, close: DayClose, move: Any) -> None:
        of_good = self.of_closes[close.serial, move.good_serial]
        is_its_own = move.kind is MoveKind.COUNT and move.submission_key == close.submission_key
        if is_its_own:
            of_good["booked"] += move.quantity
        else:
            of_good[move.kind] += move.quantity
            of_good["on_hand"] = move.on_hand_after


# --- stock-takes ---


def _stocktake_problems(village_id: int, walk: _Walk) -> Iterator[str]:
    lines: dict[int, list[Any]] = defaultdict(list)
    query = (
        select(table_of(StocktakeLine), Good.serial.label("good_serial"), Good.code)
        .join(Good, Good.id == StocktakeLine.good_id)
        .where(StocktakeLine.village_id == village_id)
        .order_by(StocktakeLine.stocktake_id, StocktakeLine.position)
    )
    for row in session().execute(query):
        lines[row.stocktake_id].append(row)
    told = texts_of(village_id, CONFIRM_ACTION)
    found = session().scalars(select(Stocktake).where(Stocktake.village_id == village_id).order_by(Stocktake.serial))
    for expected, taken in enumerate(found, start=1):
        place = f"盘点{taken.serial}号"
        if taken.serial != expected:
            yield f"{place}：前面缺了盘点"
        for line in lines[taken.id]:
            yield from _count_problems(place, line, walk)
        confirmed = told.pop(f"stocktake:{taken.serial}", [])
        if taken.state is StocktakeState.CONFIRMED:
            if confirmed not in ([""], [confirming_words(taken, lines_of(taken))]):
                yield f"{place}：点数、见证人或确认人与留痕里确认时记下的不符"
            yield from _confirmed_problems(place, taken, lines[taken.id], walk)
        elif taken.ending_key is not None and any(key == taken.ending_key for key, _ in walk.counted):
            yield f"{place}：没有确认，却有库存流水"

    for subject in told:
        yield f"盘点：留痕里确认过 {subject}，单子不见了"


def _count_problems(place: str, line: Any, walk: _Walk) -> Iterator[str]:
    """What was written down of the book when a good was counted, against the book."""
    if line.counted is None:
        return
    expected = walk.after.get(line.through_sequence, (line.good_serial, 0) if line.through_sequence == 0 else None)
    if expected != (line.good_serial, line.on_hand):
        yield f"{place}：商品{line.code}记下的账面数{line.on_hand}与库存流水不符"


def _confirmed_problems(place: str, taken: Stocktake, lines: list[Any], walk: _Walk) -> Iterator[str]:
    key = taken.ending_key or ""
    counters = {who for line in lines for who in (line.counted_by, line.first_counted_by) if who}
    if taken.ended_by in counters:
        yield f"{place}：确认的人自己数过"
    for line in lines:
        what = f"{place}：商品{line.code}"
        if line.counted is None:
            yield f"{what}没有数过就确认了"
            continue
        difference, booked = line.counted - line.on_hand, walk.counted.get((key, line.good_serial), 0)
        if difference != booked:
            yield f"{what}相差{difference}，库存流水记了{booked}"
        if not difference:
            continue
        if line.first_counted is None:
            yield f"{what}有差异，却只数过一次"
        text = walk.reasons.get((key, line.good_serial))
        if not line.reason or (text is not None and text != f"盘点 {taken.serial} 号：{line.reason}"):
            yield f"{what}的原因与库存流水不符"
    known = {line.good_serial for line in lines}
    for serial in sorted(good for used, good in walk.counted if used == key and good not in known):
        yield f"{place}：商品序号{serial}不在盘点表上，却有库存流水"


# --- closes ---


def _chain_problems(village: Place, closes: list[DayClose]) -> Iterator[str]:
    lines: dict[int, list[Any]] = defaultdict(list)
    query = (
        select(table_of(DayCloseLine), Good.serial.label("good_serial"))
        .join(Good, Good.id == DayCloseLine.good_id)
        .where(DayCloseLine.village_id == village.id)
        .order_by(DayCloseLine.close_id, DayCloseLine.position)
    )
    for row in session().execute(query):
        lines[row.close_id].append(row._mapping)
    rows = (
        chain.ChainedRow(
            close.serial,
            close.previous_digest,
            close.digest,
            daybook.chained_fields(village.code, close, daybook.lines_digest(lines[close.id])),
        )
        for close in closes
    )
    yield from chain.problems(rows, daybook.CHAIN, TITLE, chain.head_of(session(), village.id, daybook.CHAIN))


def _range_problems(closes: list[DayClose]) -> Iterator[str]:
    """Every receipt and every move up to the last close lies in one close."""
    redemption = move = 0
    for close in closes:
        if close.first_redemption != redemption + 1:
            yield f"{TITLE}{close.serial}号：小票不是从{redemption + 1}号起，有漏的或重的"
        if close.first_move != move + 1:
            yield f"{TITLE}{close.serial}号：库存流水不是从第{move + 1}笔起，有漏的或重的"
        redemption, move = close.last_redemption, close.last_move


def _line_problems(village_id: int, walk: _Walk) -> Iterator[str]:
    """The goods of each close against the moves it covers."""
    stored: dict[tuple[int, int], tuple[int, ...]] = {}
    query = (
        select(DayCloseLine, DayClose.serial, Good.serial)
        .join(DayClose, DayClose.id == DayCloseLine.close_id)
        .join(Good, Good.id == DayCloseLine.good_id)
        .where(DayCloseLine.village_id == village_id)
    )
    for line, close_serial, good_serial in session().execute(query):
        stored[close_serial, good_serial] = _figures(line)
    for close_serial, good_serial in sorted(stored.keys() | walk.of_closes.keys()):
        moved = walk.of_closes.get((close_serial, good_serial), {})
        if stored.get((close_serial, good_serial)) != _moved(moved):
            yield f"{TITLE}{close_serial}号：商品序号{good_serial}的进出与库存流水不符"


def _receipt_problems(village_id: int, closes: list[DayClose]) -> Iterator[str]:
    """Receipts, pieces and points of each close against the redemptions, in one pass."""
    query = (
        select(Redemption.serial, Redemption.points, func.sum(RedemptionLine.quantity))
        .join(RedemptionLine, RedemptionLine.redemption_id == Redemption.id)
        .where(Redemption.village_id == village_id, Redemption.partner_id.is_(None))
        .group_by(Redemption.serial, Redemption.points)
        .order_by(Redemption.serial)
    )
    found = {close.serial: [0, 0, 0] for close in closes}
    following = iter(closes)
    close = next(following, None)
    for serial, points, pieces in session().execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        while close is not None and serial > close.last_redemption:
            close = next(following, None)
        if close is not None and serial >= close.first_redemption:
            found[close.serial] = [sum(pair) for pair in zip(found[close.serial], (1, pieces, points), strict=True)]
    for close in closes:
        if [close.redemptions, close.pieces, close.points] != found[close.serial]:
            yield f"{TITLE}{close.serial}号：合计与兑换记录不符"


def _figures(line: DayCloseLine) -> tuple[int, ...]:
    return (*(getattr(line, name) for name in daybook.KINDS.values()), line.on_hand, line.booked)


def _moved(moved: dict[MoveKind | str, int]) -> tuple[int, ...]:
    pieces = (moved.get(kind, 0) if kind is MoveKind.COUNT else abs(moved.get(kind, 0)) for kind in daybook.KINDS)
    return (*pieces, moved.get("on_hand", 0), moved.get("booked", 0))
