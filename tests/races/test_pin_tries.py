"""64 tries of a PIN at once count as 64: five are looked at, the others wait."""

from collections import Counter
from functools import partial

from flask import Flask

from pointsbank.access.models import Try
from pointsbank.cards import services
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import db
from pointsbank.foundation.errors import PointsBankError
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_card, make_household, make_village
from tests.racing import race

TRIES = 64


@both_databases
def test_of_sixty_four_tries_at_once_five_are_looked_at(app: Flask) -> None:
    village = make_village()
    card = make_card(village, make_household(village))
    services.set_pin(village, card.id, "314159", SYSTEM)
    village_id, household_id = village.id, card.household_id
    db.session.remove()

    def guess(number: int) -> None:
        place = db.session.get_one(Place, village_id)
        services.check_pin(place, household_id, f"{number:06d}", SYSTEM)

    outcomes = race(app, [partial(guess, number) for number in range(TRIES)])
    told = Counter(outcome.code for outcome in outcomes if isinstance(outcome, PointsBankError))
    assert told == {"wrong_pin": 5, "wait_before_next_try": TRIES - 5}, outcomes
    assert db.session.query(Try).count() == 5
