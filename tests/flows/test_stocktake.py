"""A stock-take is counted blind while the shop goes on, compared, explained, and confirmed by somebody else."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pointsbank.access.models import Role
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.errors import (
    ChangedMeanwhileError,
    CountAgainError,
    CountedThemselvesError,
    NotCountedError,
    NotInStocktakeError,
    OutOfStockError,
    ReasonMissingError,
    StocktakeOpenError,
    StocktakeStepError,
)
from pointsbank.market.models import Good, MoveKind, StocktakeState
from pointsbank.market.queries import counting as stocktakes
from pointsbank.market.services import counting
from pointsbank.market.services.counting import Count
from pointsbank.market.verification import problems
from pointsbank.places.models import Place
from tests.conftest import both_databases, sqlite_is_enough
from tests.counting import begin, confirm, count, count_all
from tests.factories import (
    delivery,
    make_good,
    make_household,
    make_points,
    make_staff,
    make_village,
    redeem_now,
)

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", on_hand=10)


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", on_hand=20)


@pytest.fixture
def oil(village: Place) -> Good:
    return make_good(village, "菜籽油", on_hand=5)


@pytest.fixture
def keeper(village: Place) -> Actor:
    return make_staff(village, Role.SHOPKEEPER, name="罗德福").actor


@pytest.fixture
def overseer(village: Place) -> Actor:
    return make_staff(village, Role.SUPERVISION, name="谢国栋").actor


def on_hand(village: Place, good: Good) -> int:
    session().rollback()
    return queries.good(village.id, good.serial).on_hand


def buy(village: Place, good: Good, pieces: int) -> int:
    household = make_household(village)
    make_points(village, household, good.points_price * pieces)
    return redeem_now(village, household, good, pieces)


def test_three_differences_are_booked_at_once_with_reason_and_worth(
    village: Place, rice: Good, soap: Good, oil: Good, keeper: Actor, overseer: Actor
) -> None:
    taken = begin(village, keeper)
    found = {rice: 9, soap: 22, oil: 3}
    count_all(village, taken.serial, found, keeper, {rice: "漏记一次兑换", soap: "入库少记", oil: "打碎了两瓶"})
    done = confirm(village, taken.serial, overseer)
    assert (done["differences"], done["cost_fen"]) == (3, -2_980)
    assert {good: on_hand(village, good) for good in found} == found
    newest = queries.moves(village.id, kind=MoveKind.COUNT)
    assert {line.good.name: (line.move.quantity, line.text) for line in newest} == {
        "大米": (-1, "盘点 1 号：漏记一次兑换"),
        "香皂": (2, "盘点 1 号：入库少记"),
        "菜籽油": (-2, "盘点 1 号：打碎了两瓶"),
    }
    [summary] = stocktakes.stocktakes(village.id)
    assert (summary.stocktake.state, summary.goods, summary.differing) == (StocktakeState.CONFIRMED, 3, 3)
    assert problems(village) == []


@sqlite_is_enough
def test_who_counted_neither_confirms_nor_witnesses(village: Place, rice: Good, keeper: Actor, overseer: Actor) -> None:
    taken = begin(village, overseer)
    count_all(village, taken.serial, {rice: 10}, keeper)
    with pytest.raises(CountedThemselvesError, match="不能自己确认"):
        confirm(village, taken.serial, keeper)
    with pytest.raises(CountedThemselvesError, match="罗德福数过，不能又当见证人"):
        confirm(village, taken.serial, overseer, witness="罗德福")
    assert confirm(village, taken.serial, overseer)["differences"] == 0


def test_what_is_sold_and_brought_back_in_between_does_no_harm(
    village: Place, rice: Good, keeper: Actor, overseer: Actor
) -> None:
    taken = begin(village, keeper)
    count_all(village, taken.serial, {rice: 9}, keeper, {rice: "少一袋，查不出"})
    receipt = buy(village, rice, 3)
    services.return_goods(village, receipt, 1, 1, "拿多了", keeper, new_key())
    confirm(village, taken.serial, overseer)
    assert on_hand(village, rice) == 10 - 3 + 1 - 1
    assert problems(village) == []


@sqlite_is_enough
@pytest.mark.parametrize("otherwise", ["receive", "write_off", "count"])
def test_what_changed_the_book_otherwise_since_the_count_is_counted_again(
    village: Place, rice: Good, keeper: Actor, overseer: Actor, otherwise: str
) -> None:
    taken = begin(village, keeper)
    count_all(village, taken.serial, {rice: 8}, keeper, {rice: "破了两袋"})
    if otherwise == "receive":
        services.receive(village, delivery((rice.id, 2)), keeper, new_key())
    elif otherwise == "write_off":
        services.write_off(village, rice.serial, 2, "破了", "谢国栋", keeper, new_key())
    else:
        services.count(village, rice.serial, 8, 10, "破了两袋", keeper, new_key())
    with pytest.raises(CountAgainError, match="“大米 5kg/袋”"):
        confirm(village, taken.serial, overseer)
    count(village, taken.serial, {rice: on_hand(village, rice)}, keeper)
    assert confirm(village, taken.serial, overseer)["differences"] == 0
    assert problems(village) == []


def test_a_shortage_that_cuts_into_orders_is_refused(
    village: Place, rice: Good, keeper: Actor, overseer: Actor
) -> None:
    household, total = make_household(village), rice.points_price * 4
    make_points(village, household, total)
    order = services.place_order(village, household.id, [(rice.id, 4)], total, keeper, new_key())["order"]
    taken = begin(village, keeper)
    count_all(village, taken.serial, {rice: 3}, keeper, {rice: "丢了"})
    with pytest.raises(OutOfStockError, match="4 袋已被预留"):
        confirm(village, taken.serial, overseer)
    services.cancel_order(village, order, keeper, new_key())
    confirm(village, taken.serial, overseer)
    assert on_hand(village, rice) == 3


@sqlite_is_enough
def test_nothing_is_compared_before_all_is_counted(
    village: Place, rice: Good, soap: Good, keeper: Actor, overseer: Actor
) -> None:
    taken = begin(village, keeper)
    count(village, taken.serial, {rice: 10}, keeper)
    with pytest.raises(NotCountedError, match="还有 1 样没有数：“香皂"):
        counting.compare(village, taken.serial, keeper)
    assert counting.count_rest_as_none(village, taken.serial, keeper, new_key())["goods"] == 1
    counting.compare(village, taken.serial, keeper)
    lines = stocktakes.stocktake_lines(stocktakes.stocktake(village.id, taken.serial))
    assert [line.difference for line in lines] == [0, -20]


@sqlite_is_enough
def test_a_difference_is_counted_twice_and_has_a_reason(
    village: Place, rice: Good, keeper: Actor, overseer: Actor
) -> None:
    taken = begin(village, keeper)
    count(village, taken.serial, {rice: 9}, keeper)
    counting.compare(village, taken.serial, keeper)
    with pytest.raises(CountAgainError, match="再数一次"):
        confirm(village, taken.serial, overseer)
    count(village, taken.serial, {rice: 9}, keeper)
    with pytest.raises(ReasonMissingError, match="写明原因"):
        confirm(village, taken.serial, overseer)
    counting.explain(village, taken.serial, {1: "查不出"}, keeper)
    confirm(village, taken.serial, overseer)
    [line] = stocktakes.stocktake_lines(stocktakes.stocktake(village.id, taken.serial))
    assert (line.first_counted, line.counted, line.difference) == (9, 9, -1)


@sqlite_is_enough
def test_two_places_are_added_up_as_long_as_nothing_went(village: Place, rice: Good, keeper: Actor) -> None:
    taken = begin(village, keeper)
    count(village, taken.serial, {rice: 4}, keeper)
    counting.enter_counts(village, taken.serial, [Count(rice.id, 6, 4, adds=True)], keeper, new_key())
    [line] = stocktakes.stocktake_lines(taken)
    assert (line.counted, line.difference) == (10, 0)
    buy(village, rice, 1)
    with pytest.raises(CountAgainError, match="一起重数"):
        counting.enter_counts(village, taken.serial, [Count(rice.id, 1, 10, adds=True)], keeper, new_key())


@sqlite_is_enough
def test_the_second_of_two_who_count_one_good_is_told(
    village: Place, rice: Good, keeper: Actor, overseer: Actor
) -> None:
    taken = begin(village, keeper)
    count(village, taken.serial, {rice: 10}, keeper)
    with pytest.raises(ChangedMeanwhileError, match="刚才有人数过"):
        counting.enter_counts(village, taken.serial, [Count(rice.id, 9)], overseer, new_key())


@sqlite_is_enough
def test_what_was_seen_is_what_is_confirmed(village: Place, rice: Good, keeper: Actor, overseer: Actor) -> None:
    taken = begin(village, keeper)
    count_all(village, taken.serial, {rice: 9}, keeper, {rice: "查不出"})
    with pytest.raises(ChangedMeanwhileError, match="看清新的数"):
        counting.confirm(village, taken.serial, "谢国栋", "监督委员", "an older page", overseer, new_key())


def test_one_stock_take_at_a_time_and_a_cancelled_one_books_nothing(village: Place, rice: Good, keeper: Actor) -> None:
    taken = begin(village, keeper)
    with pytest.raises(StocktakeOpenError, match="1 号盘点还没有办完"):
        begin(village, keeper)
    count_all(village, taken.serial, {rice: 1}, keeper)
    counting.cancel_stocktake(village, taken.serial, "下雨，改天", keeper, new_key())
    with pytest.raises(StocktakeStepError, match="已经作废"):
        count(village, taken.serial, {rice: 2}, keeper)
    assert on_hand(village, rice) == 10
    assert begin(village, keeper).serial == 2
    assert problems(village) == []


@sqlite_is_enough
def test_services_are_not_counted_and_a_category_keeps_to_itself(village: Place, rice: Good, keeper: Actor) -> None:
    haircut = services.GoodDetails("FW1", "理发", "次", "服务", 1_000, is_service=True)
    towel = services.GoodDetails("SP9", "毛巾", "条", "日用百货", 1_000)
    haircut_serial = services.add_good(village, haircut, keeper)
    towel_serial = services.add_good(village, towel, keeper)
    taken = begin(village, keeper, "粮油副食")
    assert [line.good.name for line in stocktakes.stocktake_lines(taken)] == ["大米"]
    for serial, why in ((haircut_serial, "是服务"), (towel_serial, "这次只盘“粮油副食”")):
        with pytest.raises(NotInStocktakeError, match=why):
            count(village, taken.serial, {queries.good(village.id, serial): 1}, keeper)
    counting.cancel_stocktake(village, taken.serial, "换成全部", keeper, new_key())
    with pytest.raises(InvalidInputError, match="没有可以盘点的商品"):
        begin(village, keeper, "服务")


@sqlite_is_enough
def test_a_good_found_beside_the_sheet_is_added(village: Place, rice: Good, keeper: Actor, overseer: Actor) -> None:
    taken = begin(village, keeper)
    late = make_good(village, "月饼", on_hand=0)
    count_all(village, taken.serial, {rice: 10, late: 2}, keeper, {late: "入库没有记"})
    confirm(village, taken.serial, overseer)
    assert on_hand(village, late) == 2


@sqlite_is_enough
def test_another_villages_stock_take_is_not_there(village: Place, rice: Good, keeper: Actor) -> None:
    taken = begin(village, keeper)
    other = make_village("miaopo", name="庙坡社区")
    with pytest.raises(NotFoundError):
        counting.enter_counts(other, taken.serial, [Count(rice.id, 1)], keeper, new_key())
    with pytest.raises(NotFoundError):
        counting.enter_counts(village, taken.serial, [Count(make_good(other).id, 1)], keeper, new_key())


@pytest.fixture
def confirmed(village: Place, rice: Good, keeper: Actor, overseer: Actor) -> int:
    taken = begin(village, keeper)
    count_all(village, taken.serial, {rice: 9}, keeper, {rice: "查不出"})
    confirm(village, taken.serial, overseer)
    return taken.serial


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stocktakes SET witness = '别人'",
        "DELETE FROM stocktakes",
        "UPDATE stocktake_lines SET counted = 10",
        "DELETE FROM stocktake_lines",
    ],
)
def test_a_confirmed_stock_take_is_not_changed(confirmed: int, statement: str) -> None:
    with pytest.raises(DBAPIError), transaction() as current:
        current.execute(text(statement))


@sqlite_is_enough
@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE stocktake_lines SET counted = 8", "相差-2，库存流水记了-1"),
        ("UPDATE stocktake_lines SET on_hand = 11, counted = 10", "记下的账面数11与库存流水不符"),
        ("UPDATE stocktake_lines SET reason = '别的'", "的原因与库存流水不符"),
        ("UPDATE stocktake_lines SET first_counted = NULL, first_on_hand = NULL", "却只数过一次"),
        ("UPDATE stocktake_lines SET counted_by = (SELECT ended_by FROM stocktakes)", "确认的人自己数过"),
        ("UPDATE stocktakes SET state = 'cancelled'", "没有确认，却有库存流水"),
        ("UPDATE stocktakes SET serial = 2", "前面缺了盘点"),
        ("UPDATE stocktakes SET witness = '别人'", "盘点1号：点数、见证人或确认人与留痕"),
        ("UPDATE stocktake_lines SET first_counted = 11", "盘点1号：点数、见证人或确认人与留痕"),
    ],
)
def test_a_stock_take_changed_past_the_program_is_named(
    village: Place, confirmed: int, statement: str, found: str
) -> None:
    assert problems(village) == []
    with transaction() as current:
        for trigger in ("stocktakes_ended_no_update", "stocktake_lines_ended_no_update"):
            current.execute(text(f"DROP TRIGGER {trigger}"))
        current.execute(text(statement))
    assert any(found in problem for problem in problems(village)), problems(village)
