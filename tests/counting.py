"""A stock-take in the tests' hands: counted, counted again where it differs, explained, confirmed."""

from collections.abc import Mapping

from pointsbank.foundation.actor import Actor
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import daybook
from pointsbank.market.models import Good, Stocktake
from pointsbank.market.queries import counting as queries
from pointsbank.market.services import counting
from pointsbank.market.services.closing import Closing, close_day
from pointsbank.market.services.counting import Count
from pointsbank.market.stocktaking import seen_of
from pointsbank.places.models import Place

WITNESS, WITNESS_ROLE = "谢国栋", "监督委员会成员"


def begin(village: Place, actor: Actor, category: str = "") -> Stocktake:
    """An open stock-take."""
    serial = counting.open_stocktake(village, category, actor, new_key())["stocktake"]
    return queries.stocktake(village.id, serial)


def count(village: Place, serial: int, found: Mapping[Good, int], actor: Actor) -> None:
    """Write down how many pieces of each good lie there, in place of what was written down before."""
    taken = queries.stocktake(village.id, serial)
    lines = {line.good_id: line for line in queries.stocktake_lines(taken)}
    counts = [
        Count(good.id, pieces, lines[good.id].counted if good.id in lines else None) for good, pieces in found.items()
    ]
    counting.enter_counts(village, serial, counts, actor, new_key())


def count_all(
    village: Place, serial: int, found: Mapping[Good, int], actor: Actor, reasons: Mapping[Good, str] | None = None
) -> None:
    """Count, compare, count once more what differs, and say why."""
    count(village, serial, found, actor)
    counting.compare(village, serial, actor)
    lines = queries.stocktake_lines(queries.stocktake(village.id, serial))
    again = {line.good: line.counted or 0 for line in lines if line.difference}
    if again:
        count(village, serial, again, actor)
    said = {good.id: reason for good, reason in (reasons or {}).items()}
    by_position = {line.position: said[line.good_id] for line in lines if line.good_id in said}
    counting.explain(village, serial, by_position, actor)


def seen(village: Place, serial: int) -> str:
    """What stands on the page of a stock-take."""
    return seen_of(queries.stocktake_lines(queries.stocktake(village.id, serial)))


def confirm(village: Place, serial: int, actor: Actor, witness: str = WITNESS) -> dict[str, object]:
    """A second person confirms what stands on the page."""
    return counting.confirm(village, serial, witness, WITNESS_ROLE, seen(village, serial), actor, new_key())


def make_close(village: Place, actor: Actor) -> int:
    """Everything up to now is closed; gives the number of the close."""
    covered = daybook.open_range(village.id)
    seen_now = (covered.last_redemption, covered.last_move)
    serial: int = close_day(village, Closing(seen_now), actor, new_key())["close"]
    return serial


def make_stocktakes(village: Place, actor: Actor) -> None:
    """One that found nothing and was given up after the comparison, and one that is counted."""
    serial = begin(village, actor).serial
    counting.count_rest_as_none(village, serial, actor, new_key())
    counting.compare(village, serial, actor)
    counting.cancel_stocktake(village, serial, "改天再盘", actor, new_key())
    begin(village, actor)
