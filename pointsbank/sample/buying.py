"""What the sample village buys: three sellers are asked, the committee agrees, two receive it, it hangs on the wall."""

from collections.abc import Sequence
from datetime import date, timedelta

from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.identifiers import new_key
from pointsbank.market.models import Good
from pointsbank.market.queries import purchases as reads
from pointsbank.market.services import Arrival, purchases
from pointsbank.market.services.purchases import Choice, PartReceived, PurchaseDraft, Quote, Wanted
from pointsbank.places.models import Place

SELLERS = (("田湾镇供销合作社", 100), ("龙滩县粮油批发部", 104), ("城南综合批发市场", 107))  # with percent of the cost
WANTED_WITHIN = timedelta(days=7)
RECEIVER = "罗德福"  # looks the goods over together with the clerk


def hand_in(village: Place, clerk: Actor, wanted: Sequence[tuple[Good, int]]) -> int:
    """Ask three sellers for what runs short and hand the cheapest in; gives the purchase's serial."""
    lines = tuple(Wanted(good.id, pieces, good.cost_fen) for good, pieces in wanted)
    today = clock.today()
    draft = PurchaseDraft(f"{today.month}月补货", today + WANTED_WITHIN, lines)
    serial: int = purchases.draft_purchase(village, draft, clerk, new_key())["purchase"]
    total = sum(line.quantity * line.price_fen for line in lines)
    for seller, percent in SELLERS:
        purchases.add_quote(village, serial, Quote(seller, total * percent // 100, today), clerk, new_key())
    purchases.hand_in_purchase(village, serial, Choice(1), clerk, new_key())
    return serial


def buy(village: Place, clerk: Actor, approver: Actor, wanted: Sequence[tuple[Good, int]]) -> tuple[int, int]:
    """The whole way of a purchase on one day; gives its serial and what it cost, in fen."""
    serial = hand_in(village, clerk, wanted)
    revision = reads.purchase(village.id, serial).revision
    purchases.approve_purchase(village, serial, revision, "同意", approver, new_key())
    arrivals = tuple(Arrival(good.id, pieces, good.cost_fen) for good, pieces in wanted)
    part = PartReceived(clock.today(), arrivals, RECEIVER)
    purchases.receive_purchase(village, serial, part, clerk, new_key())
    purchases.publish_purchase(village, serial, clock.today(), "村务公开栏", clerk, new_key())
    return serial, sum(line.quantity * (line.cost_fen or 0) for line in arrivals)


def note_voucher(village: Place, clerk: Actor, serial: int, day: date) -> None:
    """The town's number of what was paid."""
    purchases.note_voucher(village, serial, f"记-{day:%Y%m%d}", clerk, new_key())
