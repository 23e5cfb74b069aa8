"""A price holds from its day on; every price that was set stays, with who set it, and the books are proved by it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.models import Good
from pointsbank.market.verification.prices import problems
from pointsbank.places.models import Place
from tests.conftest import both_databases, sqlite_is_enough
from tests.factories import make_good, make_household, make_points, make_village

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", price=6_000)


def reprice(village: Place, serial: int, units: int, price_from: date | None = None) -> bool:
    shown = queries.good(village.id, serial)
    details = replace(services.details_of(shown), points_price=units)
    return services.change_good(village, serial, details, shown.version, SYSTEM, price_from)


def history(village: Place, serial: int) -> list[tuple[int, date, str]]:
    """What was set, the first first."""
    rows = queries.prices(village.id, serial, limit=10)
    return [(row.points_price, row.effective_on, row.actor) for row in reversed(rows)]


def test_a_price_that_comes_takes_its_turn_and_what_was_ordered_keeps_its_own(
    village: Place, rice: Good, still_clock: FixedClock
) -> None:
    serial, today = rice.serial, clock.today()
    household = make_household(village)
    make_points(village, household, 6_000)
    services.place_order(village, household.id, [(rice.id, 1)], 6_000, SYSTEM, new_key())
    assert reprice(village, serial, 7_000, today + timedelta(days=3))
    assert not reprice(village, serial, 7_000, today + timedelta(days=3))
    assert services.details_of(queries.good(village.id, serial)).points_price == 6_000
    still_clock.move(timedelta(days=3))
    assert services.details_of(queries.good(village.id, serial)).points_price == 7_000
    assert reprice(village, serial, 8_000)
    stored = queries.good(village.id, serial)
    assert (stored.points_price, stored.next_price, stored.next_price_on) == (8_000, None, None)
    assert history(village, serial) == [
        (6_000, today, "system"),
        (7_000, today + timedelta(days=3), "system"),
        (8_000, today + timedelta(days=3), "system"),
    ]
    assert [order.points for order in queries.waiting_orders(village.id)] == [6_000]
    assert problems(village) == []


def test_a_price_changed_for_a_minute_is_shown(village: Place, rice: Good) -> None:
    assert reprice(village, rice.serial, 100)
    assert reprice(village, rice.serial, 6_000)
    assert [units for units, _, _ in history(village, rice.serial)] == [6_000, 100, 6_000]
    assert problems(village) == []


def test_a_price_to_come_can_be_cancelled_once(village: Place, rice: Good) -> None:
    assert reprice(village, rice.serial, 7_000, clock.today() + timedelta(days=30))
    assert services.cancel_next_price(village, rice.serial, SYSTEM)
    assert not services.cancel_next_price(village, rice.serial, SYSTEM)
    assert queries.good(village.id, rice.serial).coming_price(clock.today()) is None
    assert len(history(village, rice.serial)) == 3
    assert problems(village) == []


@sqlite_is_enough
@pytest.mark.parametrize("days", [-1, 367])
def test_a_price_is_neither_back_dated_nor_set_for_years_ahead(village: Place, rice: Good, days: int) -> None:
    with pytest.raises(InvalidInputError) as refused:
        reprice(village, rice.serial, 7_000, clock.today() + timedelta(days=days))
    assert refused.value.field == "price_from"
    assert len(history(village, rice.serial)) == 1


@pytest.mark.parametrize("statement", ["UPDATE good_prices SET points_price = 1", "DELETE FROM good_prices"])
def test_a_price_that_was_set_is_neither_changed_nor_removed(village: Place, rice: Good, statement: str) -> None:
    with pytest.raises(DBAPIError), transaction() as current:
        current.execute(text(statement))


@sqlite_is_enough
@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE goods SET points_price = 100", "积分价与定价记录不符"),
        ("UPDATE goods SET next_price = 100, next_price_on = '2026-04-01'", "积分价与定价记录不符"),
        ("UPDATE order_lines SET points_price = 100", "积分价与当天的定价不符"),
        ("UPDATE good_prices SET actor = 'nobody'", "内容与校验码不符"),
        ("DELETE FROM good_prices", "没有定价记录"),
    ],
)
def test_a_price_changed_past_the_program_is_named(village: Place, rice: Good, statement: str, told: str) -> None:
    household = make_household(village)
    make_points(village, household, 6_000)
    services.place_order(village, household.id, [(rice.id, 1)], 6_000, SYSTEM, new_key())
    session().rollback()
    for trigger in ("good_prices_no_update", "good_prices_no_delete"):
        session().execute(text(f"DROP TRIGGER {trigger}"))
    session().execute(text(statement))
    assert any(told in problem for problem in problems(village))
