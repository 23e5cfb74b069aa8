"""What comes back spoiled is written off in the act that takes it back; a service comes back without stock."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries, services
from pointsbank.market.services import Arrival, Delivery, Origin
from pointsbank.market.verification import problems
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.conftest import both_databases
from tests.factories import make_good, make_household, make_points, make_village, redeem_now

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village, "张三")
    make_points(village, found, 20_000)
    return found


def test_spoiled_pieces_leave_the_lots_they_came_back_to(village: Place, household: Household) -> None:
    milk = make_good(village, "牛奶", price=1_000, on_hand=0)
    today = clock.today()
    arrivals = tuple(Arrival(milk.id, 2, 500, today + timedelta(days=days)) for days in (10, 60))
    services.receive(village, Delivery(Origin.PURCHASE, "供销社", today, arrivals), SYSTEM, new_key())
    receipt = redeem_now(village, household, milk, 3)
    for _ in range(2):  # a key twice is one return
        done = services.return_goods(village, receipt, 1, 3, "漏了", SYSTEM, "return", spoiled=True)
    assert done["balance"] == 20_000
    assert [line.lot.on_hand for line in queries.lots_of(village.id, milk.id)] == [1]
    assert queries.good(village.id, milk.serial).on_hand == 1
    [written] = queries.write_offs(village.id)
    row = written.write_off
    assert (row.quantity, row.cost_fen, row.witness) == (3, 1_500, "张三家")
    assert row.reason == f"退回的坏货（小票 {receipt} 号）：漏了"
    assert problems(village) == []


def test_a_service_is_redeemed_ordered_and_returned_without_stock(village: Place, household: Household) -> None:
    details = services.details_of(make_good(village, "理发", price=1_000, on_hand=0))
    haircut = replace(details, code="FW001", name="剪头", unit="次", stock_min=0, is_service=True, provider="老王")
    service = queries.good(village.id, services.add_good(village, haircut, SYSTEM))
    receipt = redeem_now(village, household, service, 2)
    services.return_goods(village, receipt, 1, 1, "没来", SYSTEM, new_key(), spoiled=True)
    order = services.place_order(village, household.id, [(service.id, 1)], 1_000, SYSTEM, new_key())["order"]
    services.hand_over(village, order, ConfirmBy.SIGNATURE, SYSTEM, new_key())
    assert ledger.balances(village.id, household.serial).spendable == 18_000
    assert queries.write_offs(village.id) == []
    assert problems(village) == []
