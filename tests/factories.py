"""Makes what tests need, through the services that people's acts go through."""

from datetime import date
from itertools import count

from pointsbank.access import services as access
from pointsbank.access.models import Role, Staff
from pointsbank.cards import queries as card_queries
from pointsbank.cards import services as cards
from pointsbank.cards.models import Card
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.ledger import services as ledger
from pointsbank.ledger.booking import Source
from pointsbank.market import queries as shelf
from pointsbank.market import services as market
from pointsbank.market.models import Good
from pointsbank.people import services as people
from pointsbank.people.models import Household, Resident
from pointsbank.people.services import ResidentDetails
from pointsbank.places import services as places
from pointsbank.places.models import Place, PlaceKind
from pointsbank.places.settings import ConfirmBy
from tests.booking import book

PASSWORD = "correct horse battery"
_numbers = count(1)


def make_village(code: str = "qingxi", kind: PlaceKind = PlaceKind.VILLAGE, name: str = "清溪村") -> Place:
    """A village under its town, county and city."""
    city = places.place_at(PlaceKind.CITY, "neijiang", "内江市", None, SYSTEM)
    county = places.place_at(PlaceKind.COUNTY, "longchang", "隆昌市", city, SYSTEM)
    town = places.place_at(PlaceKind.TOWN, "tianwan", "田湾镇", county, SYSTEM)
    return places.add_place(kind, code, name, town, SYSTEM)


def make_staff(village: Place, *roles: Role, name: str = "") -> Staff:
    """A person with roles at a village; signs in by name with PASSWORD."""
    return access.add_staff(
        village, name or f"职工{'甲乙丙丁戊己庚辛壬癸'[next(_numbers) % 10]}", PASSWORD, list(roles), SYSTEM
    )


def make_accounts(village: Place, *households: int) -> None:
    """Ledger accounts for household serials that the ledger's own tests make up."""
    ledger.open_accounts(village, households)


def make_household(village: Place, name: str = "张三", *, number: str = "", group: int = 1) -> Household:
    """A household with its head and accounts; numbers count up where none is given."""
    number = number or f"{group:02d}-{next(_numbers):03d}"
    return people.add_household(village, number, group, ResidentDetails(name=name), SYSTEM, new_key())


def make_resident(village: Place, household: Household, name: str = "李小芳", relation: str = "配偶") -> Resident:
    """One more person of a household."""
    return people.add_resident(village, household.id, ResidentDetails(name, relation), SYSTEM, new_key())


def make_points(village: Place, household: Household, points: int) -> None:
    """Points (in hundredths) for a household, earned by a good deed."""
    serial = household.serial
    book(village, [serial], lambda batch: batch.earn(serial, points, clock.today(), Source("claim", 1), "好人好事"))


def make_good(
    village: Place,
    name: str = "大米",
    *,
    price: int = 6_000,
    on_hand: int = 10,
    limit: tuple[int, Span] | None = None,
    barcodes: tuple[str, ...] = (),
) -> Good:
    """An offered good with stock. price: hundredths of a point; limit: pieces per household and span."""
    details = market.GoodDetails(
        code=f"SP{next(_numbers):03d}",
        name=name,
        spec="5kg/袋",
        unit="袋",
        category="粮油副食",
        cost_fen=2_980,
        points_price=price,
        stock_min=2,
        limit_quantity=limit[0] if limit else None,
        limit_span=limit[1] if limit else None,
        barcodes=barcodes,
    )
    good = shelf.good(village.id, market.add_good(village, details, SYSTEM))
    if on_hand:
        market.receive(village, delivery((good.id, on_hand)), SYSTEM, new_key())
    return good


def delivery(*lines: tuple[int, int], source: str = "镇供销社", day: date | None = None) -> market.Delivery:
    """A purchase that came today. lines: good's id and pieces."""
    arrivals = tuple(market.Arrival(good_id, quantity) for good_id, quantity in lines)
    return market.Delivery(market.Origin.PURCHASE, source, day or clock.today(), arrivals)


def make_card(village: Place, household: Household) -> Card:
    """A card for a household that has none."""
    [card_id] = cards.issue_cards(village, [household.id], SYSTEM, new_key())["cards"]
    return card_queries.card(village.id, card_id)


def redeem_now(village: Place, household: Household, good: Good, quantity: int) -> int:
    """Goods that a household takes home, signed for at the counter; gives the receipt's number."""
    total, key = good.points_price * quantity, new_key()
    done = market.redeem(village, household.id, [(good.id, quantity)], total, ConfirmBy.SIGNATURE, SYSTEM, key)
    serial: int = done["redemption"]
    return serial
