"""The shop of the sample village is kept in order: each market day is closed, once the shelf is counted."""

from pointsbank.foundation.actor import Actor
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import daybook
from pointsbank.market.queries import counting as stocktakes
from pointsbank.market.services import counting, release_expired
from pointsbank.market.services.closing import Closing, close_day
from pointsbank.market.services.counting import Count
from pointsbank.market.stocktaking import seen_of
from pointsbank.places.models import Place

DIFFERENCES = ((-1, "漏记一次兑换"), (2, "入库时少记了两件"), (-2, "受潮，扔掉了没有记"))
ON_HAND_MIN = 5  # of a good of which some are missing
WITNESS_ROLE = "村务监督委员会成员"


def close(village: Place, keeper: Actor) -> None:
    """What nobody fetched is free again, and the shopkeeper signs for everything since the last close."""
    release_expired(village, keeper, new_key())
    covered = daybook.open_range(village.id)
    if not covered.is_empty:
        close_day(village, Closing((covered.last_redemption, covered.last_move)), keeper, new_key())


def take_stock(village: Place, keeper: Actor, witness: str, overseer: Actor) -> None:
    """The shopkeeper counts everything, three goods differ and are counted again; somebody else confirms."""
    serial = counting.open_stocktake(village, "", keeper, new_key())["stocktake"]
    taken = stocktakes.stocktake(village.id, serial)
    lines = stocktakes.stocktake_lines(taken)
    plenty = [line for line in lines if line.good.on_hand - line.good.reserved >= ON_HAND_MIN]
    differing = {line.position: said for line, said in zip(plenty, DIFFERENCES, strict=False)}
    found = {line.good_id: line.good.on_hand + differing.get(line.position, (0, ""))[0] for line in lines}
    counts = [Count(good_id, pieces) for good_id, pieces in found.items()]
    for first in range(0, len(counts), counting.COUNTS_MAX):
        some = counts[first : first + counting.COUNTS_MAX]
        counting.enter_counts(village, serial, some, keeper, new_key())
    counting.compare(village, serial, keeper)
    again = [Count(line.good_id, found[line.good_id], found[line.good_id]) for line in plenty[: len(DIFFERENCES)]]
    if again:
        counting.enter_counts(village, serial, again, keeper, new_key())
    counting.explain(village, serial, {position: reason for position, (_, reason) in differing.items()}, keeper)
    seen = seen_of(stocktakes.stocktake_lines(stocktakes.stocktake(village.id, serial)))
    counting.confirm(village, serial, witness, WITNESS_ROLE, seen, overseer, new_key())
