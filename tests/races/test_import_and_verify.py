"""An import and a verification run while the counter serves: all of them end, and the book is sound throughout."""

from collections.abc import Callable

import pytest
from flask import Flask

from pointsbank.deeds import services as deeds
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.market import services as market
from pointsbank.market.models import Good
from pointsbank.people import queries as people
from pointsbank.people import sheets
from pointsbank.people.models import Household
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from pointsbank.reports import verification
from tests.conftest import both_databases
from tests.deed_rules import STUDENT, make_rules
from tests.factories import make_good, make_household, make_village
from tests.racing import race
from tests.rosters import large_roster

pytestmark = both_databases

COUNTERS = 4
ROUNDS = 8  # redemptions at each counter
VERIFICATIONS = 4
PRICE = 250  # hundredths of a point: a deed of 20 points pays for all of one household's redemptions


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def households(village: Place) -> list[Household]:
    """One for each counter, with points for exactly its redemptions; numbers that the roster does not have."""
    made = [make_household(village, f"王{name}", number=f"90-00{place}") for place, name in enumerate("一二三四")]
    make_rules(village, STUDENT)
    for household in made:
        deeds.record(village, deeds.DeedDraft(household.id, STUDENT.code, 100, clock.today()), SYSTEM, new_key())
    return made


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", price=PRICE, on_hand=COUNTERS * ROUNDS)


def serve(household_id: int, good_id: int) -> int:
    for number in range(ROUNDS):
        village = places.village_by_code("qingxi")
        key = f"{household_id}-{number}"
        market.redeem(village, household_id, [(good_id, 1)], PRICE, ConfirmBy.SIGNATURE, SYSTEM, key)
    return ROUNDS


def import_roster() -> int:
    report = sheets.apply_import(
        places.village_by_code("qingxi"),
        large_roster(150),
        with_id_numbers=False,
        with_party=False,
        actor=SYSTEM,
        key="roster",
    )
    assert report.applied
    return report.new


def verify_again_and_again() -> int:
    for _ in range(VERIFICATIONS):
        assert verification.verify_village(places.village_by_code("qingxi")).problems == []
        assert verification.verify_installation() == []
    return VERIFICATIONS


def test_import_and_verify_while_the_counter_serves(
    app: Flask, village: Place, households: list[Household], soap: Good
) -> None:
    good_id = soap.id
    counters: list[Callable[[], int]] = [
        lambda household_id=household.id: serve(household_id, good_id)  # type: ignore[misc]  # mypy: defaults of lambdas
        for household in households
    ]
    serials = [household.serial for household in households]
    outcomes = race(app, [*counters, import_roster, verify_again_and_again])
    session().rollback()
    assert outcomes == [ROUNDS] * COUNTERS + [150, VERIFICATIONS]
    village = places.village_by_code("qingxi")
    assert [ledger.balances(village.id, serial).spendable for serial in serials] == [0] * COUNTERS
    assert people.household_by_number(village.id, "01-001") is not None
    assert verification.verify_village(village).problems == []


def test_an_import_sent_twice_at_once_is_done_once(app: Flask, village: Place) -> None:
    assert race(app, [import_roster, import_roster, verify_again_and_again]) == [150, 150, VERIFICATIONS]
    session().rollback()
    village = places.village_by_code("qingxi")
    assert verification.verify_village(village).problems == []
    assert (
        sheets.plan_import(village, large_roster(150), with_id_numbers=False, with_party=False).report.unchanged == 150
    )
