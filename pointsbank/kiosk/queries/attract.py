"""What the screen shows when nobody is there: nothing that does not hang on the wall or stand on the shelf."""

from collections.abc import Sequence
from dataclasses import dataclass

from pointsbank.boards import queries as boards
from pointsbank.boards.content import BoardContent, MeritLine, RankingLine
from pointsbank.foundation import clock
from pointsbank.market import queries as market
from pointsbank.market.models import Good
from pointsbank.market.policies import opening
from pointsbank.places.models import Place

MERITS_SHOWN, MERITS_AT_ONCE = 9, 3
RANKS_SHOWN = 8
GOODS_SHOWN = 6
GOODS_READ = 30  # of the most taken, some are out of season


@dataclass(frozen=True, slots=True)
class Attraction:
    """What turns on the screen. board: the one that hangs, None before the first; goods with their price of today."""

    board: BoardContent | None
    merits: Sequence[Sequence[MeritLine]]  # as many as fit on a screen together
    ranking: Sequence[RankingLine]
    goods: Sequence[tuple[Good, int]]
    opening: str  # today's hours, or when it opens again
    redeeming: str  # when points are redeemed, "" at any time


def attraction(village: Place) -> Attraction:
    """What is shown now. Names stand on the board as they may be shown in public."""
    board, today = boards.newest_frozen(village.id), clock.today()
    merits = board.merits[:MERITS_SHOWN] if board else ()
    screens = -(-len(merits) // MERITS_AT_ONCE)
    step = -(-len(merits) // screens) if screens else 1  # four are two and two, not three and one
    popular = [good for good in market.popular(village.id, limit=GOODS_READ) if good.in_season(today)]
    return Attraction(
        board=board,
        merits=[merits[at : at + step] for at in range(0, len(merits), step)],
        ranking=board.ranking[:RANKS_SHOWN] if board else (),
        goods=[(good, good.price_on(today)) for good in popular[:GOODS_SHOWN]],
        opening=opening.hours_in_words(village.id, today),
        redeeming=opening.redeeming_in_words(village.id, today),
    )
