"""What the lines of a stock-take say: whether they are as somebody saw them, and which have to be counted again."""

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from pointsbank.foundation import chain
from pointsbank.foundation.database import session
from pointsbank.market.models import Good, MoveKind, StockMove, Stocktake, StocktakeLine

CONFIRM_ACTION = "stocktake.confirm"
SHEET_CODE = "PD1:{village}:{serial}:{sheet}"  # what the QR of a page of the count sheet holds

# Redemptions may go on: they change shelf and book alike. What these say of the book may be the very difference that
# was counted, and would then be booked twice.
OTHERWISE = (MoveKind.RECEIVE, MoveKind.WRITE_OFF, MoveKind.COUNT)


def seen_of(lines: Iterable[StocktakeLine]) -> str:
    """A digest of what was counted and explained, for the page on which it is confirmed."""
    said = [f"{line.position}:{line.counted}:{line.on_hand}:{line.reason}" for line in lines]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def confirming_words(taken: Stocktake, lines: Iterable[StocktakeLine]) -> str:
    """What the trail says of a confirmation: the witness, and a digest over who counted what of each good.

    One function for writer and verifier.
    """
    fields: list[chain.Field] = [taken.serial, taken.category, taken.compared_by, taken.ended_by]
    differing = 0
    for line in lines:
        differing += bool(line.difference)
        fields += [line.position, line.good.serial, line.counted, line.on_hand, line.counted_by, line.cost_fen]
        fields += [line.first_counted, line.first_on_hand, line.first_counted_by]
    digest = chain.link("stocktake", chain.GENESIS, fields)
    return f"{differing} 样有差异，见证人：{taken.witness}（{taken.witness_role}），校验码 {digest.hex()}"


def newest_moves(village_id: int, goods: Iterable[Good], *kinds: MoveKind) -> dict[int, int]:
    """The newest stock move of each of these goods by serial, of these kinds or of any; one without is left out."""
    query = (
        select(StockMove.good_serial, func.max(StockMove.sequence))
        .where(StockMove.village_id == village_id, StockMove.good_serial.in_([good.serial for good in goods]))
        .group_by(StockMove.good_serial)
    )
    if kinds:
        query = query.where(StockMove.kind.in_(kinds))
    return {serial: int(newest) for serial, newest in session().execute(query)}


def to_count_again(village_id: int, lines: Sequence[StocktakeLine]) -> set[int]:
    """Which of these lines, by position, differ and were received, written off or counted otherwise since."""
    differing = [line for line in lines if line.difference]
    moved = newest_moves(village_id, [line.good for line in differing], *OTHERWISE)
    return {line.position for line in differing if moved.get(line.good.serial, 0) > (line.through_sequence or 0)}
