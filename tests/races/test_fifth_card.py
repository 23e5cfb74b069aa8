"""Two people give a household its fifth and its sixth card at once: one of them is told that there is no room."""

from flask import Flask

from pointsbank.cards import queries, services
from pointsbank.cards.errors import CardExistsError, TooManyCardsError
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_household, make_village
from tests.racing import race

pytestmark = both_databases


def test_of_two_further_cards_at_once_one_finds_no_room(app: Flask) -> None:
    village = make_village()
    household = make_household(village)
    for _ in range(services.CARDS_PER_HOUSEHOLD_MAX - 1):
        services.add_card(village, household.id, "", SYSTEM, new_key())
    village_id, household_id = village.id, household.id
    db.session.remove()

    def add() -> object:
        return services.add_card(db.session.get_one(Place, village_id), household_id, "", SYSTEM, new_key())

    outcomes = race(app, [add, add])
    assert [type(outcome) for outcome in outcomes].count(TooManyCardsError) == 1, outcomes
    assert len(queries.working_cards(village_id, household_id)) == services.CARDS_PER_HOUSEHOLD_MAX


def test_a_card_replaced_twice_at_once_is_replaced_once(app: Flask) -> None:
    village = make_village()
    household = make_household(village)
    village_id, household_id = village.id, household.id
    card_id = services.add_card(village, household_id, "", SYSTEM, new_key())["card"]
    db.session.remove()

    def replace() -> object:
        return services.replace_card(db.session.get_one(Place, village_id), card_id, SYSTEM, new_key())

    outcomes = race(app, [replace, replace])
    assert [type(outcome) for outcome in outcomes].count(CardExistsError) == 1, outcomes
    assert len(queries.working_cards(village_id, household_id)) == 1
