"""Whatever statement fails, what was bought is taken in and a partner settled whole or not at all."""

import pytest
from flask import Flask

from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.market.queries import purchases as queries
from pointsbank.market.services import settlements
from pointsbank.market.services.purchases import PartReceived, receive_purchase
from pointsbank.market.services.stocking import Arrival
from pointsbank.market.verification import problems
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_good, make_household, make_points, make_village
from tests.faulting import assert_whole_or_nothing
from tests.partners import make_partner, redeem_at
from tests.purchases import approve, make_buyers, make_quoted

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def test_receiving_what_was_bought(village: Place) -> None:
    clerk, secretary = make_buyers(village)
    rice = make_good(village, "大米", on_hand=0)
    serial = make_quoted(village, clerk, (rice, 10))
    approve(village, serial, secretary, queries.purchase(village.id, serial).revision)
    part = PartReceived(clock.today(), (Arrival(rice.id, 10, 3_000),), "罗德福")
    assert_whole_or_nothing(lambda: receive_purchase(village, serial, part, clerk.actor, "receive"))
    assert problems(village) == []


def test_closing_a_settlement(village: Place) -> None:
    household = make_household(village)
    make_points(village, household, 10_000)
    soap = make_good(village, "香皂", price=1_000, on_hand=0)
    serial, server = make_partner(village, (soap, 455))
    redeem_at(village, server, household, soap, 2)
    settlements.open_settlement(village, serial, clock.today(), SYSTEM, new_key())
    assert_whole_or_nothing(lambda: settlements.close_settlement(village, 1, 910, SYSTEM, "close"))
    assert problems(village) == []
