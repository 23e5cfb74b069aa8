"""What came and went."""

from dataclasses import dataclass

from sqlalchemy import select

from pointsbank.foundation.database import session
from pointsbank.market.models import (
    Good,
    MoveKind,
    StockMove,
    StockMoveText,
)
from pointsbank.market.queries.shelf import matches


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A stock move with its good and text."""

    move: StockMove
    good: Good
    text: str


def moves(
    village_id: int,
    *,
    good_serial: int | None = None,
    words: str = "",
    kind: MoveKind | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[MoveLine]:
    """Stock moves, newest first, a page by key: pass the last sequence as before.

    words: which goods, as in goods(); kind: only moves of this kind.
    """
    query = (
        select(StockMove, Good, StockMoveText.text)
        .join(Good, (Good.village_id == StockMove.village_id) & (Good.serial == StockMove.good_serial))
        .outerjoin(
            StockMoveText,
            (StockMoveText.village_id == StockMove.village_id) & (StockMoveText.sequence == StockMove.sequence),
        )
        .where(StockMove.village_id == village_id)
        .order_by(StockMove.sequence.desc())
        .limit(limit)
    )
    if good_serial is not None:
        query = query.where(StockMove.good_serial == good_serial)
    if words:
        query = query.where(matches(village_id, words))
    if kind is not None:
        query = query.where(StockMove.kind == kind)
    if before is not None:
        query = query.where(StockMove.sequence < before)
    return [MoveLine(move, moved, text or "") for move, moved, text in session().execute(query)]
