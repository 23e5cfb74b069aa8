"""A whole market day of the shop, from the supplier's sheet to the stock-take, at counter and kiosk at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import openpyxl
from flask import Flask

from pointsbank.access import services as access
from pointsbank.access.models import Role
from pointsbank.deeds import services as deeds
from pointsbank.deeds.models import ClaimOrigin
from pointsbank.deeds.services import DeedDraft
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries, services
from pointsbank.market.models import Good, Order, OrderState
from pointsbank.market.queries import closing as closes
from pointsbank.market.queries.demand import demand
from pointsbank.market.services import Delivery, GoodDetails, Origin
from pointsbank.market.sheets.deliveries import blank_delivery_note, read_delivery_note
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from pointsbank.reports.verification import verify_village
from tests.conftest import both_databases
from tests.counting import begin, confirm, count_all, make_close
from tests.deed_rules import LAND, make_rules
from tests.factories import make_household, make_staff, make_village

pytestmark = both_databases

GOODS, PIECES_OF_EACH, COST_FEN, PRICE = 40, 20, 350, 500
HOUSEHOLDS, POINTS_OF_EACH = 60, LAND.points
EVERY_THIRD = 3  # comes by the kiosk


def make_goods(village: Place) -> list[Good]:
    """Forty goods that the shop has never had on its shelf."""
    some = GoodDetails("SP001", "香皂", "块", "日用百货", PRICE, cost_fen=COST_FEN)
    details = (replace(some, code=f"SP{number:03d}", name=f"香皂{number}") for number in range(1, GOODS + 1))
    with transaction():
        serials = [services.add_good(village, one, SYSTEM) for one in details]
    return [queries.good(village.id, serial) for serial in serials]


def make_households(village: Place, how_many: int) -> list[Household]:
    """Households that have earned the same by one good deed each."""
    make_rules(village, LAND)
    with transaction():
        households = [make_household(village, number=f"01-{number:03d}") for number in range(1, how_many + 1)]
        done = [DeedDraft(household.id, LAND.code, 100, clock.today()) for household in households]
    deeds.record_many(village, done, SYSTEM, new_key(), ClaimOrigin.GRID)
    return households


def filled_in(blank: bytes, last_day: date) -> bytes:
    """The shop's blank delivery note as the supplier sends it back; every second good has a last day."""
    workbook = openpyxl.load_workbook(BytesIO(blank))
    page = workbook.worksheets[0]
    columns = {cell.value: number for number, cell in enumerate(page[1], start=1)}
    for row in range(2, page.max_row + 1):
        page.cell(row, columns["数量"], PIECES_OF_EACH)
        page.cell(row, columns["单价（元）"], COST_FEN / 100)
        if row % 2:
            page.cell(row, columns["到期日"], last_day.isoformat())
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def receive_the_note(village: Place, content: bytes, keeper: Actor) -> dict[str, object]:
    """What the sheet says comes into the shop, looked over by two."""
    note = read_delivery_note(village, content)
    assert note.refused == []
    lines = tuple(line.arrival for line in note.lines)
    return services.receive(
        village, Delivery(Origin.PURCHASE, "镇供销社", clock.today(), lines, "文小琴"), keeper, new_key()
    )


def order_at_the_kiosk(village: Place, household: Household, good: Good, pieces: int, kiosk: Actor) -> int:
    """Set aside at the screen; gives the number of the order."""
    done = services.place_order(village, household.id, [(good.id, pieces)], pieces * PRICE, kiosk, new_key())
    return int(done["order"])


def serve(
    village: Place, households: Sequence[Household], goods: Sequence[Good], keeper: Actor, kiosk: Actor, now: FixedClock
) -> dict[int, int]:
    """One household a minute, every third by the kiosk; gives the pieces of each receipt by its number."""
    receipts: dict[int, int] = {}
    for number, household in enumerate(households):
        good, pieces = goods[number % GOODS], 1 + number % 2
        if number % EVERY_THIRD:
            lines, by = [(good.id, pieces)], ConfirmBy.SIGNATURE
            done = services.redeem(village, household.id, lines, pieces * PRICE, by, keeper, new_key())
        else:
            order = order_at_the_kiosk(village, household, good, pieces, kiosk)
            done = services.hand_over(village, order, ConfirmBy.SIGNATURE, keeper, new_key())
        receipts[done["redemption"]] = pieces
        now.move(timedelta(seconds=59))
    return receipts


def on_the_shelf(village: Place) -> dict[str, int]:
    """Pieces by the good's name, as the book says."""
    session().rollback()
    return {good.name: good.on_hand for good in queries.goods(village.id)}


def test_sixty_households_are_served_in_an_hour_and_every_piece_and_point_is_accounted_for(
    app: Flask, still_clock: FixedClock
) -> None:
    village = make_village()
    keeper = make_staff(village, Role.SHOPKEEPER, name="罗德福").actor
    overseer = make_staff(village, Role.SUPERVISION, name="江文秀").actor
    kiosk = access.pair_device(village, "超市门口", keeper.key, keeper)[0].actor
    goods, (late, *households) = make_goods(village), make_households(village, HOUSEHOLDS + 1)

    note = filled_in(blank_delivery_note(village), clock.today() + timedelta(days=60))
    assert receive_the_note(village, note, keeper)["pieces"] == GOODS * PIECES_OF_EACH

    opened = clock.now()
    receipts = serve(village, households, goods, keeper, kiosk, still_clock)
    assert (len(receipts), clock.now() - opened < timedelta(hours=1)) == (HOUSEHOLDS, True)
    order_at_the_kiosk(village, late, goods[0], 2, kiosk)
    whole, spoiled, wrong, *_ = receipts
    services.return_goods(village, whole, 1, 1, "拿错了", keeper, new_key())
    services.return_goods(village, spoiled, 1, 1, "漏了", keeper, new_key(), spoiled=True)
    services.void(village, wrong, "刷错了卡", keeper, new_key())

    services.release_expired(village, keeper, new_key())
    closed, day = closes.day_close(village.id, make_close(village, keeper))
    given = sum(receipts.values())
    assert (closed.redemptions, closed.voided, closed.pieces, closed.points) == (HOUSEHOLDS, 1, given, given * PRICE)
    assert (closed.orders_fetched, closed.orders_released) == (HOUSEHOLDS // EVERY_THIRD, 1)
    sums = {what: sum(getattr(line, what) for line in closed.lines) for what in ("received", "issued", "returned")}
    assert sums == {"received": GOODS * PIECES_OF_EACH, "issued": given, "returned": 2}
    assert [sum(getattr(line, what) for line in closed.lines) for what in ("voided", "written_off")] == [1, 1]
    assert ([one.actor for one in day.people], day.unequal) == ([keeper.key], [])

    shelf = on_the_shelf(village)
    assert sum(shelf.values()) == GOODS * PIECES_OF_EACH - given + 1 + 1  # one brought back whole, one voided
    found = {good: shelf[good.name] for good in goods} | {
        good: shelf[good.name] + more for good, more in zip(goods, (-1, 2, -1), strict=False)
    }
    taken = begin(village, keeper)
    reasons = dict(zip(goods, ("漏记一次兑换", "入库少记", "打碎一块"), strict=False))
    count_all(village, taken.serial, found, keeper, reasons)
    done = confirm(village, taken.serial, overseer, witness="谢秀英")
    assert (done["differences"], done["cost_fen"]) == (3, 0)
    assert on_the_shelf(village) == {good.name: pieces for good, pieces in found.items()}

    kept = given - 1 - 1 - receipts[wrong]
    left = sum(ledger.balances(village.id, one.serial).spendable for one in (late, *households))
    assert left == (HOUSEHOLDS + 1) * POINTS_OF_EACH - kept * PRICE
    assert sum(one.taken for one in demand(village.id, days=30)) == kept
    assert queries.goods(village.id, withdrawn_only=True) == []
    assert [order.state for order in session().query(Order).filter_by(household_id=late.id)] == [OrderState.EXPIRED]
    proof = verify_village(village)
    assert (proof.problems, proof.transfers > HOUSEHOLDS) == ([], True)
