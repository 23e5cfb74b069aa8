"""What hangs is booked once by two who book at once; an item objected to twice at once waits for both."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from flask import Flask

from pointsbank.deeds.errors import NoticeStateError, ObjectionRefusedError
from pointsbank.deeds.models import ClaimState
from pointsbank.deeds.queries import oversight
from pointsbank.deeds.services import noticing, objecting
from pointsbank.deeds.services.booking import book_notices
from pointsbank.deeds.services.objecting import ObjectionDraft
from pointsbank.deeds.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock, today
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import HELPING
from tests.factories import make_household
from tests.notices import go_to, make_approved, make_reviewing_village, on_the_wall, prepare, state_of
from tests.racing import race

pytestmark = both_databases

WRITERS = 4


@pytest.fixture
def village(app: Flask) -> Place:
    return make_reviewing_village()


def here(village_id: int) -> Place:
    """The village as this thread's own session knows it."""
    return db.session.get_one(Place, village_id)


def book(village_id: int, notice: int | None) -> int:
    booked: int = book_notices(here(village_id), SYSTEM, new_key(), notice)["claims"]
    return booked


def take(village_id: int, claim: int, words: str) -> dict[str, Any]:
    return objecting.take(here(village_id), ObjectionDraft(claim, words, today()), SYSTEM, new_key())


def test_a_notice_booked_by_four_at_once_gives_its_points_once(
    app: Flask, village: Place, still_clock: FixedClock
) -> None:
    households = [make_household(village) for _ in range(10)]
    for household in households:
        make_approved(village, household, HELPING)
    notice, village_id = on_the_wall(village), village.id
    go_to(still_clock, date(2026, 3, 24))
    serials = [household.serial for household in households]
    db.session.remove()
    outcomes = race(app, [partial(book, village_id, notice if at % 2 else None) for at in range(WRITERS)])
    assert sorted(outcome for outcome in outcomes if isinstance(outcome, int)) == [0, 0, 0, 10], outcomes
    assert {one.spendable for one in ledger.balances_of(village_id, serials).values()} == {300}
    assert problems(here(village_id)) == []


def test_claims_go_on_one_notice_though_two_are_made_at_once(app: Flask, village: Place) -> None:
    claims = [make_approved(village, make_household(village), HELPING) for _ in range(3)]
    village_id = village.id
    db.session.remove()
    outcomes = race(app, [lambda: prepare(here(village_id))] * 2)
    assert [outcome for outcome in outcomes if not isinstance(outcome, NoticeStateError)] == [1], outcomes
    assert {state_of(here(village_id), claim) for claim in claims} == {ClaimState.ON_NOTICE}


def test_an_item_objected_to_by_four_at_once_waits_for_all_of_them(app: Flask, village: Place) -> None:
    claim = make_approved(village, make_household(village), HELPING)
    on_the_wall(village)
    village_id = village.id
    db.session.remove()
    outcomes = race(app, [partial(take, village_id, claim, f"第{at}个人说") for at in range(WRITERS)])
    assert all(isinstance(outcome, dict) for outcome in outcomes), outcomes
    assert oversight.open_objections(village_id).count == WRITERS
    assert state_of(here(village_id), claim) is ClaimState.OBJECTED
    assert problems(here(village_id)) == []


def test_an_objection_and_a_cancelling_at_once_leave_one_of_them(app: Flask, village: Place) -> None:
    claim = make_approved(village, make_household(village), HELPING)
    on_the_wall(village)
    village_id = village.id
    db.session.remove()

    def cancel() -> dict[str, Any]:
        return noticing.cancel_item(here(village_id), claim, "记错了", SYSTEM, new_key())

    acts: list[Callable[[], dict[str, Any]]] = [cancel, partial(take, village_id, claim, "他家没有人去")]
    outcomes = race(app, acts)
    refused = [outcome for outcome in outcomes if isinstance(outcome, NoticeStateError | ObjectionRefusedError)]
    assert len(refused) == 1, outcomes
    assert problems(here(village_id)) == []
