"""Purchases at each step, through the services that people's acts go through."""

from datetime import timedelta

from pointsbank.access.models import Role, Staff
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.identifiers import new_key
from pointsbank.market.models import Good
from pointsbank.market.services import purchases
from pointsbank.market.services.purchases import Choice, PartReceived, PurchaseDraft, Quote, Wanted
from pointsbank.market.services.stocking import Arrival
from pointsbank.places.models import Place
from tests.factories import make_staff


def make_buyers(village: Place) -> tuple[Staff, Staff]:
    """Who drafts and receives, and who approves."""
    return (
        make_staff(village, Role.CLERK, name="文小琴"),
        make_staff(village, Role.COMMITTEE, name="罗书记"),
    )


def a_draft(*lines: tuple[Good, int], price_fen: int = 3_000, budget_fen: int = 0) -> PurchaseDraft:
    """Goods wanted within ten days."""
    wanted = tuple(Wanted(good.id, quantity, price_fen) for good, quantity in lines)
    return PurchaseDraft("春节前补货", clock.today() + timedelta(days=10), wanted, budget_fen)


def make_purchase(village: Place, buyer: Staff, *lines: tuple[Good, int]) -> int:
    """A draft; gives its serial."""
    serial: int = purchases.draft_purchase(village, a_draft(*lines), buyer.actor, new_key())["purchase"]
    return serial


def quote(village: Place, serial: int, buyer: Staff, supplier: str, total_fen: int, phone: str = "") -> None:
    """A seller's offer, of today."""
    offer = Quote(supplier, total_fen, clock.today(), phone)
    purchases.add_quote(village, serial, offer, buyer.actor, new_key())


def make_quoted(village: Place, buyer: Staff, *lines: tuple[Good, int], total_fen: int = 30_000) -> int:
    """A purchase for which three were asked and the cheapest is to be taken; gives its serial."""
    serial = make_purchase(village, buyer, *lines)
    for supplier, more in (("镇供销社", 0), ("县粮油公司", 2_000), ("城南批发部", 3_000)):
        quote(village, serial, buyer, supplier, total_fen + more)
    purchases.hand_in_purchase(village, serial, Choice(1), buyer.actor, new_key())
    return serial


def approve(village: Place, serial: int, approver: Staff, revision: int) -> None:
    """Yes to what was handed in."""
    purchases.approve_purchase(village, serial, revision, "同意", approver.actor, new_key())


def come(
    village: Place, serial: int, receiver: Actor, *lines: tuple[Good, int], cost_fen: int = 3_000
) -> dict[str, object]:
    """Part of what was ordered comes today and is looked over by two."""
    arrivals = tuple(Arrival(good.id, quantity, cost_fen) for good, quantity in lines)
    part = PartReceived(clock.today(), arrivals, "罗德福")
    return purchases.receive_purchase(village, serial, part, receiver, new_key())
