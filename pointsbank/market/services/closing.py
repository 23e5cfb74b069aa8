"""The day's close: signed for what went out and came back since the last one, with what lies on the shelf."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from pointsbank.audit import services as audit
from pointsbank.foundation import chain, clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market import daybook, stock
from pointsbank.market.errors import (
    ChangedMeanwhileError,
    NothingToCloseError,
    ReasonMissingError,
    StocktakeOpenError,
)
from pointsbank.market.models import DayClose, DayCloseLine, Good, MoveKind, Stocktake, StocktakeState
from pointsbank.places.models import Place

NOTE_LENGTH_MAX = 300
EXPLANATION_LENGTH_MAX = 60
COUNTS_MAX = 500  # goods looked at in one close; a village has 35 to 150


@dataclass(frozen=True, slots=True)
class ShelfCount:
    """What lies on the shelf of a good that moved. A difference is explained; booked: the book follows the shelf."""

    good_id: int
    counted: int
    explanation: str = ""
    booked: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """What is signed. seen: the last receipt and the last stock move that stood on the page."""

    seen: tuple[int, int]
    counts: tuple[ShelfCount, ...] = ()
    note: str = ""


def close_day(village: Place, closing: Closing, actor: Actor, key: str) -> dict[str, Any]:
    """Close everything since the last close, as it was seen; the actor signs by being signed in.

    Orders nobody fetched are released by release_expired, an act of its own before this one. Gives {"close": serial,
    "moves": [sequences of the differences that were booked]}. Raises NothingToCloseError, ChangedMeanwhileError,
    InvalidInputError, ReasonMissingError, StocktakeOpenError, OutOfStockError.
    """
    closing = _cleaned(closing)

    def act() -> dict[str, Any]:
        # The goods of all lines, before the heads: a row that points at a good waits for whoever has it locked.
        moved = daybook.goods_moved(village.id, daybook.open_range(village.id).first_move, closing.seen[1])
        goods = stock.lock_goods(village.id, {*moved, *(count.good_id for count in closing.counts)})
        chain.lock_head(session(), village.id, daybook.CHAIN)  # all heads: nothing comes or goes until the end
        now = clock.now()
        covered = daybook.open_range(village.id)
        if (covered.last_redemption, covered.last_move) != closing.seen:
            raise ChangedMeanwhileError("刚才又有东西进出，下面是新的数。请看清楚，再日结一次。")
        if covered.is_empty:
            raise NothingToCloseError
        day = daybook.day(village.id, covered, now)
        serial = _next_serial(village.id)
        lines = _lines(village.id, day.moves, closing.counts, goods)
        moves = _book(village, serial, lines, goods, actor, key)
        close = DayClose(
            id=new_id(),
            village_id=village.id,
            serial=serial,
            closed_at=now,
            closed_on=clock.day_of(now),
            actor=actor.key,
            submission_key=key,
            first_redemption=covered.first_redemption,
            last_redemption=covered.last_redemption,
            first_move=covered.first_move,
            last_move=moves[-1] if moves else covered.last_move,
            redemptions=day.redemptions,
            voided=day.voided,
            pieces=day.pieces,
            points=day.points,
            orders_fetched=day.orders.fetched,
            orders_released=day.orders.released,
            note=closing.note,
        )
        _append(village, close, lines)
        said = f"小票 {day.redemptions} 张，共 {day.pieces} 件" + (f"；{closing.note}" if closing.note else "")
        audit.record(village.id, actor, "day.close", f"day_close:{serial}", said)
        return {"close": serial, "moves": moves}

    content = {
        "seen": list(closing.seen),
        "counts": [[count.good_id, count.counted, count.explanation, count.booked] for count in closing.counts],
        "note": closing.note,
    }
    return ledger.submit(village, key, "market.sign_day", content, actor, act)


def _cleaned(closing: Closing) -> Closing:
    """A close as it is stored. Raises InvalidInputError."""
    counts = closing.counts
    if len(counts) > COUNTS_MAX or len({count.good_id for count in counts}) < len(counts):
        raise InvalidInputError("页面已经过期，请刷新后重新日结。")
    if any(not 0 <= count.counted <= stock.PIECES_MAX for count in counts):
        raise InvalidInputError(f"数到的数量要在 0 到 {stock.PIECES_MAX:,} 之间。")
    return Closing(
        seen=closing.seen,
        counts=tuple(
            ShelfCount(
                count.good_id,
                count.counted,
                clean_text(count.explanation, what="说明", length_max=EXPLANATION_LENGTH_MAX),
                count.booked,
            )
            for count in counts
        ),
        note=clean_text(closing.note, what="备注", length_max=NOTE_LENGTH_MAX, field="note"),
    )


def _next_serial(village_id: int) -> int:
    return (session().scalar(select(func.max(DayClose.serial)).where(DayClose.village_id == village_id)) or 0) + 1


Line = dict[str, Any]  # a row of day_close_lines with the good's serial


def _lines(
    village_id: int, moved: Sequence[daybook.GoodMoves], counts: Sequence[ShelfCount], goods: dict[int, Good]
) -> list[Line]:
    """A line for each good that moved, with what lay on its shelf. Raises InvalidInputError, ReasonMissingError."""
    serials = [one.serial for one in moved]
    found = session().execute(
        select(Good.serial, Good.id).where(Good.village_id == village_id, Good.serial.in_(serials))
    )
    ids = {row.serial: row.id for row in found}
    lines = {
        ids[one.serial]: {
            "position": position,
            "village_id": village_id,
            "good_id": ids[one.serial],
            "good_serial": one.serial,
            **{name: getattr(one, name) for name in (*daybook.KINDS.values(), "on_hand")},
            "counted": None,
            "explanation": "",
            "booked": 0,
        }
        for position, one in enumerate(moved, start=1)
    }
    for count in counts:
        title, line = goods[count.good_id].title, lines.get(count.good_id)
        if line is None:
            raise InvalidInputError(f"“{title}”没有进出，不在这次日结里。要核对它，请用盘点。")
        difference = count.counted - line["on_hand"]
        if difference and not count.explanation:
            raise ReasonMissingError(f"“{title}”数到 {count.counted}，账面 {line['on_hand']}，请写明为什么差。")
        line["counted"] = count.counted
        line["explanation"] = count.explanation if difference else ""
        line["booked"] = difference if count.booked else 0
    return list(lines.values())


def _book(
    village: Place, serial: int, lines: Sequence[Line], goods: dict[int, Good], actor: Actor, key: str
) -> list[int]:
    """Let the book follow the shelf where that is wanted. Raises StocktakeOpenError, OutOfStockError."""
    booked = [line for line in lines if line["booked"]]
    if booked and (open_one := _open_stocktake(village.id)) is not None:
        raise StocktakeOpenError(
            f"{open_one} 号盘点还没有办完，差异由盘点来改。请去掉“改账”的勾，只写说明；或先办完盘点。"
        )
    moves: list[int] = []
    for line in booked:
        cause = stock.Cause(actor, key, clock.today(), f"日结 {serial} 号：{line['explanation']}")
        moves += stock.move(village, goods[line["good_id"]], MoveKind.COUNT, line["booked"], cause)
    return moves


def _open_stocktake(village_id: int) -> int | None:
    return session().scalar(
        select(Stocktake.serial).where(
            Stocktake.village_id == village_id,
            Stocktake.state.in_((StocktakeState.COUNTING, StocktakeState.COMPARED)),
        )
    )


def _append(village: Place, close: DayClose, lines: Sequence[Line]) -> None:
    """Chain a close and write it with its lines."""
    current = session()
    head = chain.lock_head(current, village.id, daybook.CHAIN)
    fields = daybook.chained_fields(village.code, close, daybook.lines_digest(lines))
    _, close.previous_digest, close.digest = head.append(fields)
    current.add(close)
    current.flush()
    current.add_all(
        DayCloseLine(close_id=close.id, **{name: value for name, value in line.items() if name != "good_serial"})
        for line in lines
    )
    current.flush()
