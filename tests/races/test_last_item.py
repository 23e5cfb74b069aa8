"""R4: the last item goes to one; the others are told and keep their points. Hand over and cancel race as well."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask

from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries, services
from pointsbank.market.errors import OrderEndedError, OutOfStockError
from pointsbank.market.services import purchases
from pointsbank.market.services.purchases import PurchaseDraft, Wanted
from pointsbank.market.verification import problems
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.conftest import both_databases
from tests.factories import delivery, make_good, make_household, make_points, make_village
from tests.racing import race

pytestmark = both_databases

WRITERS = 64
PRICE = 500


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def shopper(village: Place, points: int) -> Household:
    household = make_household(village)
    make_points(village, household, points)
    return household


def here(village_id: int) -> Place:
    """The village as this thread's own session knows it."""
    return db.session.get_one(Place, village_id)


def test_the_last_item_goes_to_one_of_sixty_four(app: Flask, village: Place, long_run: bool) -> None:
    households = [shopper(village, PRICE) for _ in range(WRITERS)]
    good = make_good(village, "香皂", price=PRICE, on_hand=0)
    village_id, good_id, good_serial = village.id, good.id, good.serial
    ids, serials = [h.id for h in households], [h.serial for h in households]
    db.session.remove()

    def order(household_id: int) -> dict[str, Any]:
        return services.place_order(here(village_id), household_id, [(good_id, 1)], PRICE, SYSTEM, new_key())

    def redeem(household_id: int) -> dict[str, Any]:
        place, by = here(village_id), ConfirmBy.SIGNATURE
        return services.redeem(place, household_id, [(good_id, 1)], PRICE, by, SYSTEM, new_key())

    for _ in range(200 if long_run else 10):
        services.receive(here(village_id), delivery((good_id, 1), source="供销社"), SYSTEM, new_key())
        db.session.remove()
        # Half of them tap at the kiosk, half stand at the counter.
        acts = [partial(order if place % 2 else redeem, household) for place, household in enumerate(ids)]
        outcomes = race(app, acts)
        winners = [place for place, outcome in enumerate(outcomes) if isinstance(outcome, dict)]
        losers = [outcome for outcome in outcomes if isinstance(outcome, OutOfStockError)]
        assert (len(winners), len(losers)) == (1, WRITERS - 1), outcomes
        assert all("这样东西刚刚被换完了" in loser.message for loser in losers)
        left = ledger.balances_of(village_id, serials)
        assert [left[serial].spendable for serial in serials].count(PRICE) == WRITERS - 1
        assert left[serials[winners[0]]].spendable == 0
        assert queries.good(village_id, good_serial).available == 0
        _undo(village_id, outcomes[winners[0]])
    assert problems(here(village_id)) == []


def _undo(village_id: int, won: object) -> None:
    """Hand out or take off the shelf what the winner got, and give the points back, so that the next round is alike."""
    assert isinstance(won, dict)
    place = here(village_id)
    serial = won.get("redemption")
    if serial is None:
        serial = services.hand_over(place, won["order"], ConfirmBy.SIGNATURE, SYSTEM, new_key())["redemption"]
    services.void(place, serial, "下一轮", SYSTEM, new_key())
    good = queries.redemption(village_id, serial).lines[0].good.serial
    services.write_off(place, good, 1, "下一轮", "李四", SYSTEM, new_key())
    db.session.remove()


def test_sixteen_hand_overs_of_one_order_give_it_out_once(app: Flask, village: Place) -> None:
    household, good = shopper(village, PRICE), make_good(village, price=PRICE, on_hand=5)
    serial = services.place_order(village, household.id, [(good.id, 1)], PRICE, SYSTEM, new_key())["order"]
    village_id, good_serial = village.id, good.serial
    db.session.remove()

    def hand_over() -> dict[str, Any]:
        return services.hand_over(here(village_id), serial, ConfirmBy.SIGNATURE, SYSTEM, new_key())

    outcomes = race(app, [hand_over] * 16)
    assert sum(isinstance(outcome, dict) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, OrderEndedError) for outcome in outcomes) == 15, outcomes
    assert queries.good(village_id, good_serial).on_hand == 4
    assert problems(here(village_id)) == []


def test_an_order_is_either_handed_over_or_cancelled_or_released(app: Flask, village: Place) -> None:
    households = [shopper(village, PRICE) for _ in range(6)]
    good = make_good(village, price=PRICE, on_hand=100)
    village_id, good_id, good_serial = village.id, good.id, good.serial
    ids, serials = [h.id for h in households], [h.serial for h in households]
    db.session.remove()

    def hand_over(serial: int) -> object:
        return services.hand_over(here(village_id), serial, ConfirmBy.SIGNATURE, SYSTEM, new_key())

    def cancel(serial: int) -> object:
        return services.cancel_order(here(village_id), serial, SYSTEM, new_key())

    def close_day() -> object:
        return services.release_expired(here(village_id), SYSTEM, new_key())

    orders = [
        services.place_order(here(village_id), household, [(good_id, 1)], PRICE, SYSTEM, new_key())["order"]
        for household in ids
    ]
    db.session.remove()
    acts: list[Callable[[], object]] = [close_day, close_day]
    for order in orders:
        acts += [partial(hand_over, order), partial(cancel, order)]
    outcomes = race(app, acts)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(refusal, OrderEndedError) for refusal in refused), refused
    found = queries.good(village_id, good_serial)
    spent = sum(PRICE - balances.spendable for balances in ledger.balances_of(village_id, serials).values())
    assert (100 - found.on_hand) * PRICE == spent
    assert found.reserved == 0
    assert problems(here(village_id)) == []


def test_baskets_of_the_same_goods_in_any_order_never_wait_for_each_other(app: Flask, village: Place) -> None:
    households = [shopper(village, 10 * PRICE) for _ in range(16)]
    goods = [make_good(village, name, price=PRICE, on_hand=50) for name in ("大米", "面粉", "香皂")]
    village_id, good_ids = village.id, [good.id for good in goods]
    ids = [household.id for household in households]
    db.session.remove()

    def redeem(household_id: int, place: int) -> object:
        lines = [(good_id, 1) for good_id in (good_ids if place % 2 else good_ids[::-1])]
        by = ConfirmBy.SIGNATURE
        return services.redeem(here(village_id), household_id, lines, 3 * PRICE, by, SYSTEM, new_key())

    def draft() -> object:
        """A purchase whose lines point at the same goods, the last one first."""
        wanted = tuple(Wanted(good_id, 1) for good_id in good_ids[::-1])
        purchase = PurchaseDraft("补货", clock.today(), wanted)
        return purchases.draft_purchase(here(village_id), purchase, SYSTEM, new_key())

    acts = [partial(redeem, household, place) for place, household in enumerate(ids)]
    outcomes = race(app, [*acts, *(partial(draft) for _ in range(8))])
    assert all(isinstance(outcome, dict) for outcome in outcomes), outcomes
    assert [good.on_hand for good in queries.goods(village_id)] == [34, 34, 34]
    assert problems(here(village_id)) == []
