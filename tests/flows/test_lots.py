"""What comes together is a lot: what expires first goes out first, and what is expired is never handed out."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from pointsbank.access.models import Role
from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.errors import OutOfStockError
from pointsbank.market.models import Good
from pointsbank.market.services import Arrival, Delivery, Origin
from pointsbank.market.verification import problems
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.conftest import both_databases, sqlite_is_enough
from tests.factories import make_good, make_household, make_points, make_staff, make_village, redeem_now

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def milk(village: Place) -> Good:
    return make_good(village, "牛奶", price=1_000, on_hand=0)


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village)
    make_points(village, found, 100_000)
    return found


def bring(village: Place, good: Good, quantity: int, days: int | None, cost_fen: int | None = None) -> None:
    """A lot that may be handed out for so many days from today on."""
    expires_on = None if days is None else clock.today() + timedelta(days=days)
    arrival = Arrival(good.id, quantity, cost_fen, expires_on)
    services.receive(village, Delivery(Origin.DONATION, "李四", clock.today(), (arrival,)), SYSTEM, new_key())


def on_hand(village: Place, good: Good) -> list[int]:
    """Pieces of each lot, in the order they are handed out."""
    session().rollback()
    return [line.lot.on_hand for line in queries.lots_of(village.id, good.id)]


def test_what_expires_first_goes_out_first_across_lots(village: Place, milk: Good, household: Household) -> None:
    bring(village, milk, 5, None)
    bring(village, milk, 4, 60)
    bring(village, milk, 3, 10)
    assert on_hand(village, milk) == [3, 4, 5]
    redeem_now(village, household, milk, 5)
    assert on_hand(village, milk) == [2, 5]
    assert problems(village) == []


def test_an_expired_lot_is_neither_ordered_nor_handed_out(
    village: Place, milk: Good, household: Household, still_clock: FixedClock
) -> None:
    bring(village, milk, 3, 0)
    bring(village, milk, 1, 30)
    order = services.place_order(village, household.id, [(milk.id, 1)], 1_000, SYSTEM, new_key())
    services.cancel_order(village, order["order"], SYSTEM, new_key())
    still_clock.moment += timedelta(days=1)
    assert queries.good(village.id, milk.serial).available == 1
    with pytest.raises(OutOfStockError, match="只剩 1"):
        redeem_now(village, household, milk, 2)
    redeem_now(village, household, milk, 1)
    with pytest.raises(OutOfStockError, match="已经过期"):
        redeem_now(village, household, milk, 1)
    assert on_hand(village, milk) == [3]
    assert [line.lot.on_hand for line in queries.expiring(village.id)] == [3]


def test_what_comes_back_lies_in_the_lot_it_was_taken_from(village: Place, milk: Good, household: Household) -> None:
    bring(village, milk, 2, 10)
    bring(village, milk, 5, 60)
    serial = redeem_now(village, household, milk, 4)
    assert on_hand(village, milk) == [3]
    services.return_goods(village, serial, 1, 3, "多拿了", SYSTEM, new_key())
    assert on_hand(village, milk) == [1, 5]
    services.return_goods(village, serial, 1, 1, "多拿了", SYSTEM, new_key())
    assert on_hand(village, milk) == [2, 5]
    assert problems(village) == []


def test_a_good_with_a_shelf_life_expires_that_long_after_it_came(village: Place, milk: Good) -> None:
    details = replace(services.details_of(milk), shelf_life_days=180)
    services.change_good(village, milk.serial, details, milk.version, SYSTEM)
    bring(village, milk, 1, None)
    [line] = queries.lots_of(village.id, milk.id)
    assert line.lot.expires_on == clock.today() + timedelta(days=180)


@pytest.mark.parametrize(
    ("arrival", "told"),
    [
        ({"expires_on": date(2026, 3, 17)}, "已经过期"),
        ({"expires_on": date(9999, 1, 1)}, "太远"),
        ({"cost_fen": -1}, "单价"),
        ({"quantity": 0}, "数量"),
        ({"quantity": -5}, "数量"),
    ],
)
def test_a_lot_that_cannot_be_is_refused(village: Place, milk: Good, arrival: dict[str, object], told: str) -> None:
    line = replace(Arrival(milk.id, 1), **arrival)  # type: ignore[arg-type] # one of its fields
    with pytest.raises(InvalidInputError, match=told):
        services.receive(village, Delivery(Origin.OTHER, "李四", clock.today(), (line,)), SYSTEM, new_key())
    assert queries.intakes(village.id) == []


def test_the_stock_is_worth_what_its_lots_cost_as_of_a_day(
    village: Place, milk: Good, household: Household, still_clock: FixedClock
) -> None:
    bring(village, milk, 4, 60, 250)
    bring(village, milk, 2, 90, 300)
    before = clock.today()
    assert queries.stock_cost_fen(village.id, before) == 4 * 250 + 2 * 300
    still_clock.moment += timedelta(days=1)
    redeem_now(village, household, milk, 5)
    assert queries.stock_cost_fen(village.id, clock.today()) == 300
    assert queries.stock_cost_fen(village.id, before) == 4 * 250 + 2 * 300


def test_who_writes_off_is_not_the_own_witness(village: Place, milk: Good) -> None:
    bring(village, milk, 4, 60, 250)
    keeper = make_staff(village, Role.SHOPKEEPER, name="罗德福")
    with pytest.raises(InvalidInputError, match="另一个人"):
        services.write_off(village, milk.serial, 1, "受潮", "罗德福", keeper.actor, new_key())
    services.write_off(village, milk.serial, 1, "受潮", "周德明", keeper.actor, new_key())
    [line] = queries.write_offs(village.id)
    assert (line.write_off.quantity, line.write_off.cost_fen, line.write_off.witness) == (1, 250, "周德明")
    assert problems(village) == []


def test_one_lot_is_written_off_and_no_more_than_it_has(village: Place, milk: Good) -> None:
    bring(village, milk, 2, 10)
    bring(village, milk, 5, 60)
    later = queries.lots_of(village.id, milk.id)[1].lot.serial
    services.write_off(village, milk.serial, 4, "破损", "李四", SYSTEM, new_key(), later)
    assert on_hand(village, milk) == [2, 1]
    with pytest.raises(OutOfStockError, match="这一批只有 1"):
        services.write_off(village, milk.serial, 2, "破损", "李四", SYSTEM, new_key(), later)


def test_more_than_the_book_says_is_put_to_the_newest_lot_and_less_is_taken_from_the_first(
    village: Place, milk: Good
) -> None:
    bring(village, milk, 2, 10)
    bring(village, milk, 5, 60)
    services.count(village, milk.serial, 9, 7, "漏记", SYSTEM, new_key())
    assert on_hand(village, milk) == [2, 7]
    services.count(village, milk.serial, 6, 9, "少了", SYSTEM, new_key())
    assert on_hand(village, milk) == [6]
    assert problems(village) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE lots SET expires_on = '2027-01-01'", "批次1号：到期日、成本或来源"),
        ("UPDATE lots SET cost_fen = 1", "批次1号：到期日、成本或来源"),
        ("UPDATE lots SET on_hand = 1", "批次1号：还有1与流水合计3不符"),
        ("UPDATE write_offs SET quantity = 2", "报损1号：数量或成本与库存流水不符"),
    ],
)
def test_a_lot_changed_past_the_program_is_named(village: Place, milk: Good, statement: str, found: str) -> None:
    bring(village, milk, 4, 60, 250)
    services.write_off(village, milk.serial, 1, "受潮", "李四", SYSTEM, new_key())
    assert problems(village) == []
    with transaction() as current:
        current.execute(text(statement))
    assert any(found in problem for problem in problems(village))


@sqlite_is_enough
def test_who_brought_received_and_saw_it_is_not_changed_unseen(village: Place, milk: Good) -> None:
    bring(village, milk, 4, 60, 250)
    bring(village, milk, 2, 90, 250)
    services.write_off(village, milk.serial, 1, "受潮", "李四", SYSTEM, new_key())
    assert problems(village) == []
    for statement, found in (
        ("UPDATE intakes SET source = '王五' WHERE serial = 1", "入库单1号：内容"),
        ("UPDATE intakes SET received_on = '2026-01-01'", "入库单1号：内容"),
        ("UPDATE intakes SET second_receiver = '王五'", "入库单1号：内容"),
        ("UPDATE intakes SET actor = 'staff:qingxi/9'", "入库单1号：经手人"),
        ("UPDATE intakes SET origin = 'purchase'", "入库单1号：经手人或来源"),
        ("UPDATE lots SET intake_id = NULL WHERE serial = 2", "入库单2号：内容"),
        ("UPDATE lots SET received = 9 WHERE serial = 1", "批次1号：收到9与入库的流水不符"),
        ("DELETE FROM intakes WHERE serial = 2", "单子不见了"),
        ("UPDATE write_offs SET witness = '王五'", "报损的原因或见证人"),
        ("UPDATE write_offs SET cost_fen = 1", "报损1号：数量或成本"),
    ):
        session().execute(text("PRAGMA defer_foreign_keys = ON"))
        session().execute(text(statement))
        assert any(found in problem for problem in problems(village)), statement
        session().rollback()


def test_what_was_received_before_lots_were_kept_stands_in_the_trail_alone(village: Place, milk: Good) -> None:
    with transaction():
        audit.record(village.id, SYSTEM, "stock.receive", "stock:1", "李四捐赠，共 5 件")
        audit.record(village.id, SYSTEM, "stock.write_off", f"good:{milk.serial}", "1：受潮")
    bring(village, milk, 2, 10)
    services.write_off(village, milk.serial, 1, "破损", "李四", SYSTEM, new_key())
    assert problems(village) == []
