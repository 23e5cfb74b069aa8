"""The day's close covers everything since the last one once, is signed as it was seen, and is never changed."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pointsbank.access.models import Role
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.errors import (
    ChangedMeanwhileError,
    NothingToCloseError,
    ReasonMissingError,
    StocktakeOpenError,
)
from pointsbank.market.models import DayCloseLine, Good, MoveKind
from pointsbank.market.queries import closing as closes
from pointsbank.market.services.closing import Closing, ShelfCount, close_day
from pointsbank.market.verification import problems
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.conftest import both_databases, sqlite_is_enough
from tests.counting import begin
from tests.factories import delivery, make_good, make_household, make_points, make_staff, make_village

pytestmark = both_databases

PRICE = 500


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", price=PRICE, on_hand=10)


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", price=PRICE, on_hand=20)


@pytest.fixture
def keeper(village: Place) -> Actor:
    return make_staff(village, Role.SHOPKEEPER, name="罗德福").actor


@pytest.fixture
def helper(village: Place) -> Actor:
    return make_staff(village, Role.CLERK, name="文小琴").actor


@pytest.fixture
def household(village: Place) -> Household:
    made = make_household(village)
    make_points(village, made, 100 * PRICE)
    return made


def give(village: Place, household: Household, good: Good, pieces: int, actor: Actor) -> int:
    lines, by = [(good.id, pieces)], ConfirmBy.SIGNATURE
    done = services.redeem(village, household.id, lines, PRICE * pieces, by, actor, new_key())
    return int(done["redemption"])


def close(village: Place, actor: Actor, *counts: ShelfCount, note: str = "") -> int:
    """Close what a page would show now."""
    covered = closes.open_day(village.id).range
    seen = (covered.last_redemption, covered.last_move)
    return int(close_day(village, Closing(seen, counts, note), actor, new_key())["close"])


def line_of(village: Place, serial: int, good: Good) -> DayCloseLine:
    return next(line for line in closes.day_close(village.id, serial)[0].lines if line.good_id == good.id)


def test_a_day_adds_up_by_good_and_by_person_against_the_stock(
    village: Place, rice: Good, soap: Good, household: Household, keeper: Actor, helper: Actor
) -> None:
    close(village, keeper)
    give(village, household, rice, 2, keeper)
    wrong = give(village, household, soap, 5, helper)
    services.void(village, wrong, "拿错了", helper, new_key())
    kept = give(village, household, soap, 3, helper)
    services.return_goods(village, kept, 1, 1, "坏了一块", keeper, new_key())
    services.receive(village, delivery((rice.id, 4)), keeper, new_key())
    services.write_off(village, rice.serial, 1, "受潮", "谢国栋", keeper, new_key())
    serial = close(village, keeper, note="赶场天")
    closed, day = closes.day_close(village.id, serial)
    assert {one.actor: (one.redemptions, one.voided, one.pieces) for one in day.people} == {
        keeper.key: (1, 0, 2),
        helper.key: (2, 1, 8),
    }
    assert (closed.redemptions, closed.voided, closed.pieces, closed.points) == (3, 1, 10, 10 * PRICE)
    assert (closed.actor, closed.note) == (keeper.key, "赶场天")
    assert day.unequal == []
    bag = line_of(village, serial, rice)
    assert (bag.opening, bag.received, bag.issued, bag.written_off, bag.on_hand) == (10, 4, 2, 1, 11)
    bar = line_of(village, serial, soap)
    assert (bar.opening, bar.issued, bar.voided, bar.returned, bar.on_hand) == (20, 8, 5, 1, 18)
    assert problems(village) == []


def test_two_closes_on_a_day_cover_each_thing_once(
    village: Place, rice: Good, household: Household, keeper: Actor
) -> None:
    close(village, keeper)
    first_receipt = give(village, household, rice, 1, keeper)
    first = closes.day_close(village.id, close(village, keeper))[0]
    second_receipt = give(village, household, rice, 2, keeper)
    second = closes.day_close(village.id, close(village, keeper))[0]
    assert first.closed_on == second.closed_on
    assert (first.first_redemption, first.last_redemption) == (first_receipt, first_receipt)
    assert (second.first_redemption, second.last_redemption) == (second_receipt, second_receipt)
    assert second.first_move == first.last_move + 1
    with pytest.raises(NothingToCloseError):
        close(village, keeper)
    assert problems(village) == []


@sqlite_is_enough
def test_what_came_after_the_page_is_shown_before_it_is_signed(
    village: Place, rice: Good, household: Household, keeper: Actor
) -> None:
    covered = closes.open_day(village.id).range
    give(village, household, rice, 1, keeper)
    with pytest.raises(ChangedMeanwhileError, match="刚才又有东西进出"):
        close_day(village, Closing((covered.last_redemption, covered.last_move)), keeper, new_key())


def test_an_order_nobody_fetched_is_released_and_counted(
    village: Place, rice: Good, household: Household, keeper: Actor, still_clock: FixedClock
) -> None:
    close(village, keeper)
    fetched = services.place_order(village, household.id, [(rice.id, 1)], PRICE, keeper, new_key())["order"]
    services.hand_over(village, fetched, ConfirmBy.SIGNATURE, keeper, new_key())
    services.place_order(village, household.id, [(rice.id, 3)], 3 * PRICE, keeper, new_key())
    still_clock.move(timedelta(hours=8))
    assert closes.orders_to_release(village.id) == 1
    services.release_expired(village, keeper, new_key())
    closed, _ = closes.day_close(village.id, close(village, keeper))
    assert (closed.orders_fetched, closed.orders_released) == (1, 1)
    assert queries.good(village.id, rice.serial).reserved == 0
    assert problems(village) == []


def test_a_difference_is_explained_or_booked_and_the_next_day_begins_with_it(
    village: Place, rice: Good, soap: Good, household: Household, keeper: Actor
) -> None:
    close(village, keeper)
    give(village, household, rice, 1, keeper)
    give(village, household, soap, 1, keeper)
    with pytest.raises(ReasonMissingError, match="数到 8，账面 9"):
        close(village, keeper, ShelfCount(rice.id, 8))
    counts = (ShelfCount(rice.id, 8, "少了一袋，查不出", booked=True), ShelfCount(soap.id, 18, "有一块借给村小"))
    serial = close(village, keeper, *counts)
    bag, bar = line_of(village, serial, rice), line_of(village, serial, soap)
    assert (bag.difference, bag.booked, bag.closing) == (-1, -1, 8)
    assert (bar.difference, bar.booked, bar.closing) == (-1, 0, 19)
    newest, *_ = queries.moves(village.id)
    assert (newest.move.kind, newest.move.quantity, newest.text) == (MoveKind.COUNT, -1, "日结 2 号：少了一袋，查不出")
    give(village, household, rice, 1, keeper)
    assert line_of(village, close(village, keeper), rice).opening == 8
    assert problems(village) == []


@sqlite_is_enough
def test_nothing_is_booked_past_an_open_stock_take(
    village: Place, rice: Good, household: Household, keeper: Actor
) -> None:
    give(village, household, rice, 1, keeper)
    begin(village, keeper)
    with pytest.raises(StocktakeOpenError, match="差异由盘点来改"):
        close(village, keeper, ShelfCount(rice.id, 8, "少了", booked=True))
    close(village, keeper, ShelfCount(rice.id, 8, "少了，等盘点"))


@sqlite_is_enough
def test_a_good_that_did_not_move_is_not_looked_at(
    village: Place, rice: Good, soap: Good, household: Household, keeper: Actor
) -> None:
    close(village, keeper)
    give(village, household, rice, 1, keeper)
    with pytest.raises(InvalidInputError, match="“香皂 5kg/袋”没有进出"):
        close(village, keeper, ShelfCount(soap.id, 20))


@sqlite_is_enough
def test_closing_twice_with_one_key_closes_once(
    village: Place, rice: Good, household: Household, keeper: Actor
) -> None:
    covered = closes.open_day(village.id).range
    closing = Closing((covered.last_redemption, covered.last_move))
    first = close_day(village, closing, keeper, "once")
    assert close_day(village, closing, keeper, "once") == first
    assert closes.closed_through(village.id) is not None
    assert not closes.is_closed(village.id, give(village, household, rice, 1, keeper))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE day_closes SET note = '别的'",
        "DELETE FROM day_closes",
        "UPDATE day_close_lines SET counted = 1, explanation = '改'",
        "DELETE FROM day_close_lines",
    ],
)
def test_a_close_is_not_changed(village: Place, rice: Good, keeper: Actor, statement: str) -> None:
    close(village, keeper)
    with pytest.raises(DBAPIError, match="append only"), transaction() as current:
        current.execute(text(statement))


@sqlite_is_enough
@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE day_close_lines SET issued = issued + 1", "日结2号：商品序号1的进出与库存流水不符"),
        ("UPDATE day_close_lines SET booked = 0", "日结第2笔：内容与校验码不符"),
        ("UPDATE day_closes SET actor = 'staff:qingxi/9' WHERE serial = 1", "日结第1笔：内容与校验码不符"),
        ("UPDATE day_closes SET points = 1 WHERE serial = 2", "日结2号：合计与兑换记录不符"),
        ("UPDATE day_closes SET first_redemption = 2 WHERE serial = 2", "小票不是从1号起"),
        ("UPDATE day_closes SET last_move = last_move + 1 WHERE serial = 1", "库存流水不是从第3笔起"),
        ("DELETE FROM day_close_lines WHERE close_id = (SELECT max(id) FROM day_closes)", "日结2号：商品序号1"),
    ],
)
def test_a_close_changed_past_the_program_is_named(
    village: Place, rice: Good, household: Household, keeper: Actor, statement: str, found: str
) -> None:
    close(village, keeper)
    give(village, household, rice, 1, keeper)
    close(village, keeper, ShelfCount(rice.id, 8, "少了", booked=True))
    assert problems(village) == []
    with transaction() as current:
        names = current.scalars(text("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'day_%'"))
        for trigger in names.all():
            current.execute(text(f"DROP TRIGGER {trigger}"))
        current.execute(text(statement))
    session().rollback()
    assert any(found in problem for problem in problems(village)), problems(village)
