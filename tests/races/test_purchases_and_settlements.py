"""Of two who receive the same goods or close the same settlement at once, one is told; a return is deducted once."""

from flask import Flask

from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries as shelf
from pointsbank.market import services
from pointsbank.market.errors import PurchaseMovedError, SettlementMovedError
from pointsbank.market.queries import purchases as queries
from pointsbank.market.services import settlements
from pointsbank.market.verification import problems
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_good, make_household, make_points, make_village
from tests.partners import make_partner, redeem_at
from tests.purchases import approve, come, make_buyers, make_quoted
from tests.racing import race

pytestmark = both_databases


def test_what_was_bought_comes_in_once(app: Flask) -> None:
    village = make_village()
    clerk, secretary = make_buyers(village)
    rice = make_good(village, "大米", on_hand=0)
    serial = make_quoted(village, clerk, (rice, 10))
    approve(village, serial, secretary, queries.purchase(village.id, serial).revision)
    village_id, good_serial, receiver = village.id, rice.serial, clerk.actor
    db.session.remove()

    def receive() -> object:
        here = db.session.get_one(Place, village_id)
        return come(here, serial, receiver, (shelf.good(village_id, good_serial), 10))

    outcomes = race(app, [receive, receive])
    assert [type(outcome) for outcome in outcomes].count(PurchaseMovedError) == 1, outcomes
    assert shelf.good(village_id, good_serial).on_hand == 10


def test_a_settlement_closes_once_and_a_return_beside_it_is_in_it_or_in_the_next(app: Flask) -> None:
    village = make_village()
    household = make_household(village)
    make_points(village, household, 10_000)
    soap = make_good(village, "香皂", price=1_000, on_hand=0)
    partner, server = make_partner(village, (soap, 455))
    receipt = redeem_at(village, server, household, soap, 2)
    settlements.open_settlement(village, partner, clock.today(), SYSTEM, new_key())
    village_id = village.id
    db.session.remove()

    def here() -> Place:
        return db.session.get_one(Place, village_id)

    outcomes = race(
        app,
        [
            lambda: settlements.close_settlement(here(), 1, 910, SYSTEM, new_key()),
            lambda: settlements.close_settlement(here(), 1, 910, SYSTEM, new_key()),
            lambda: services.return_goods(here(), receipt, 1, 1, "坏的", SYSTEM, new_key()),
        ],
    )
    assert [type(outcome) for outcome in outcomes[:2]].count(SettlementMovedError) in (1, 2), outcomes
    assert not isinstance(outcomes[2], Exception), outcomes
    assert problems(here()) == []
