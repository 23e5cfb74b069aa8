"""A cap at its border: however many record at once, exactly what fits is given."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from flask import Flask

from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.models import ClaimOrigin
from pointsbank.deeds.services import DeedDraft
from pointsbank.deeds.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import today
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.ledger import queries as ledger
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import HELPING, STUDENT, VOLUNTEERING, make_rules
from tests.factories import make_household, make_resident, make_village
from tests.racing import race

pytestmark = both_databases

WRITERS = 8


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


def here(village_id: int) -> Place:
    """The village as this thread's own session knows it."""
    return db.session.get_one(Place, village_id)


def record(village_id: int, deeds: Sequence[DeedDraft]) -> list[int]:
    """Record deeds in one act; gives their points."""
    booked: dict[str, Any] = services.record_many(here(village_id), deeds, SYSTEM, new_key(), ClaimOrigin.GRID)
    return [claim["points"] for claim in booked["claims"]]


def deed(household: Household, rule: RuleDraft, quantity: int = 100, resident_id: int | None = None) -> DeedDraft:
    return DeedDraft(household.id, rule.code, quantity, today(), resident_id)


def given(outcomes: Sequence[list[int] | Exception]) -> list[int]:
    """The points that all acts gave, in order of size."""
    assert all(isinstance(outcome, list) for outcome in outcomes), outcomes
    return sorted(points for outcome in outcomes if isinstance(outcome, list) for points in outcome)


def test_eight_at_a_households_cap_get_what_fits(app: Flask, village: Place) -> None:
    household = make_household(village)
    village_id, serial, draft = village.id, household.serial, deed(household, HELPING)
    db.session.remove()
    outcomes = race(app, [partial(record, village_id, [draft])] * WRITERS)
    assert given(outcomes) == [0, 0, 0, 0, 0, 200, 300, 300]
    assert ledger.balances(village_id, serial).spendable == 800
    assert problems(here(village_id)) == []


def test_eight_at_a_persons_cap_get_what_fits(app: Flask, village: Place) -> None:
    household = make_household(village)
    person = make_resident(village, household)
    village_id, draft = village.id, deed(household, VOLUNTEERING, 500, person.id)
    db.session.remove()
    assert given(race(app, [partial(record, village_id, [draft])] * WRITERS)) == [0, 0, 0, 0, 0, 400, 1_000, 1_000]
    assert problems(here(village_id)) == []


def test_different_rules_at_the_months_total_of_a_household_get_what_fits(app: Flask, village: Place) -> None:
    household = make_household(village)
    village_id, household_id = village.id, household.id
    drafts = [deed(household, rule) for rule in (STUDENT, HELPING)] * (WRITERS // 2)
    db.session.remove()
    points = given(race(app, [partial(record, village_id, [draft]) for draft in drafts]))
    assert sum(points) == 6_000
    assert queries.earned_within(village_id, household_id, today(), Span.MONTH) == 6_000
    assert problems(here(village_id)) == []


def test_sheets_of_crossing_households_never_wait_for_each_other(app: Flask, village: Place) -> None:
    households = [make_household(village) for _ in range(4)]
    village_id, serials = village.id, [household.serial for household in households]
    sheet = [deed(household, HELPING) for household in households]
    db.session.remove()
    outcomes = race(app, [partial(record, village_id, sheet[:: 1 if at % 2 else -1]) for at in range(WRITERS)])
    assert sum(given(outcomes)) == 4 * 800
    assert {balances.spendable for balances in ledger.balances_of(village_id, serials).values()} == {800}
    assert problems(here(village_id)) == []
