"""Pieces come and go only with a move that stays; the stock is never below zero nor below what waits in orders."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.errors import ChangedMeanwhileError, GoodExistsError, OutOfStockError
from pointsbank.market.models import Good, MoveKind
from pointsbank.market.verification import problems
from pointsbank.places.models import Place
from tests.conftest import both_databases, sqlite_is_enough
from tests.factories import delivery, make_good, make_household, make_points, make_village

pytestmark = both_databases

BARCODES = ("2000000000015", "6901028075763")


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", on_hand=10, barcodes=BARCODES)


def on_hand(village: Place, good: Good) -> int:
    session().rollback()
    return queries.good(village.id, good.serial).on_hand


def reserve(village: Place, good: Good, quantity: int) -> None:
    household = make_household(village)
    make_points(village, household, good.points_price * quantity)
    services.place_order(village, household.id, [(good.id, quantity)], good.points_price * quantity, SYSTEM, new_key())


def test_a_delivery_is_on_hand_with_its_donor(village: Place, rice: Good) -> None:
    oil = make_good(village, "菜籽油", on_hand=0)
    yesterday = clock.today() - timedelta(days=1)
    got = services.receive(
        village, delivery((rice.id, 5), (oil.id, 3), source="乡贤曾国强捐赠", day=yesterday), SYSTEM, new_key()
    )
    assert got["pieces"] == 8
    assert (on_hand(village, rice), on_hand(village, oil)) == (15, 3)
    newest, *_ = queries.moves(village.id)
    assert (newest.good.name, newest.move.quantity, newest.text) == ("菜籽油", 3, "乡贤曾国强捐赠")
    assert (newest.move.kind, newest.move.occurred_on) == (MoveKind.RECEIVE, yesterday)
    assert problems(village) == []


def test_a_delivery_is_taken_whole_or_not_at_all(village: Place, rice: Good) -> None:
    other = make_village("miaopo", name="庙坡社区")
    theirs = make_good(other)
    with pytest.raises(NotFoundError):
        services.receive(village, delivery((rice.id, 5), (theirs.id, 1), source="供销社"), SYSTEM, new_key())
    with pytest.raises(InvalidInputError, match="数量"):
        services.receive(village, delivery((rice.id, 5), (rice.id, 0), source="供销社"), SYSTEM, new_key())
    assert on_hand(village, rice) == 10


def test_submitting_a_delivery_twice_receives_it_once(village: Place, rice: Good) -> None:
    for _ in range(2):
        services.receive(village, delivery((rice.id, 5), source="供销社"), SYSTEM, "once")
    assert on_hand(village, rice) == 15


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2026, 3, 19), date(9999, 12, 31)])
def test_a_delivery_of_an_impossible_day_is_refused(village: Place, rice: Good, day: date) -> None:
    with pytest.raises(InvalidInputError, match="入库日期"):
        services.receive(village, delivery((rice.id, 5), source="供销社", day=day), SYSTEM, new_key())


def test_a_delivery_says_where_it_came_from(village: Place, rice: Good) -> None:
    with pytest.raises(InvalidInputError, match="来源不能空着"):
        services.receive(village, delivery((rice.id, 5), source="  "), SYSTEM, new_key())


def test_more_than_a_store_holds_is_refused(village: Place, rice: Good) -> None:
    with pytest.raises(InvalidInputError, match="最多记"):
        services.receive(village, delivery((rice.id, 1_000_000), source="供销社"), SYSTEM, new_key())
    assert on_hand(village, rice) == 10


def test_spoilt_pieces_are_written_off_with_a_reason(village: Place, rice: Good) -> None:
    assert services.write_off(village, rice.serial, 3, "受潮", "李四", SYSTEM, new_key())["on_hand"] == 7
    with pytest.raises(InvalidInputError, match="报损原因不能空着"):
        services.write_off(village, rice.serial, 1, "", "李四", SYSTEM, new_key())
    assert problems(village) == []


def test_what_waits_in_orders_is_neither_written_off_nor_counted_away(village: Place, rice: Good) -> None:
    reserve(village, rice, 4)
    with pytest.raises(OutOfStockError, match="最多能减 6 袋"):
        services.write_off(village, rice.serial, 7, "受潮", "李四", SYSTEM, new_key())
    with pytest.raises(OutOfStockError, match="4 袋已被预留"):
        services.count(village, rice.serial, 3, 10, "少了", SYSTEM, new_key())
    assert services.count(village, rice.serial, 4, 10, "少了", SYSTEM, new_key())["difference"] == -6
    assert problems(village) == []


def test_a_count_books_the_difference(village: Place, rice: Good) -> None:
    assert services.count(village, rice.serial, 12, 10, "上次漏记", SYSTEM, new_key()) == {
        "difference": 2,
        "on_hand": 12,
    }
    assert queries.moves(village.id)[0].move.kind is MoveKind.COUNT
    assert problems(village) == []


def test_a_count_that_agrees_writes_no_move(village: Place, rice: Good) -> None:
    moves = len(queries.moves(village.id))
    assert services.count(village, rice.serial, 10, 10, "", SYSTEM, new_key())["difference"] == 0
    assert len(queries.moves(village.id)) == moves


def test_a_count_that_differs_says_why(village: Place, rice: Good) -> None:
    with pytest.raises(InvalidInputError, match="写明原因"):
        services.count(village, rice.serial, 9, 10, "", SYSTEM, new_key())


def test_a_count_of_a_stock_that_moved_meanwhile_is_told(village: Place, rice: Good) -> None:
    services.write_off(village, rice.serial, 1, "受潮", "李四", SYSTEM, new_key())
    with pytest.raises(ChangedMeanwhileError, match="盘点时账面是 10 袋，现在是 9 袋"):
        services.count(village, rice.serial, 10, 10, "", SYSTEM, new_key())


def test_moves_cannot_be_changed_or_deleted(village: Place, rice: Good) -> None:
    for statement in ("UPDATE stock_moves SET quantity = 99", "DELETE FROM stock_moves"):
        with pytest.raises(DBAPIError, match="append only"), transaction() as current:
            current.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE goods SET on_hand = 11", "库存11与流水合计10不符"),
        ("UPDATE goods SET reserved = 3", "预留3与等待领取的单子合计2不符"),
        ("UPDATE order_lines SET quantity = 1", "内容与积分账里的预留不符"),
        ("UPDATE orders SET points = 1", "预留单1号"),
        ("UPDATE orders SET state = 'cancelled'", "状态与积分账里的结清或退回不符"),
    ],
)
def test_a_row_changed_past_the_program_is_named(village: Place, rice: Good, statement: str, found: str) -> None:
    reserve(village, rice, 2)
    assert problems(village) == []
    with transaction() as current:
        current.execute(text(statement))
    assert any(found in problem for problem in problems(village))


# --- goods ---


def test_a_good_is_found_by_any_of_its_barcodes_its_code_name_and_initials(village: Place, rice: Good) -> None:
    make_good(village, "种子")
    for scanned in (*BARCODES, "690102 8075763", rice.code.lower(), "大米", "dm", "dami"):
        assert [good.serial for good in queries.goods_scanned(village.id, scanned)] == [rice.serial], scanned
    assert [good.name for good in queries.goods_scanned(village.id, "zz")] == ["种子"]
    assert queries.goods_scanned(village.id, "%") == []


def test_a_barcode_belongs_to_one_good_of_the_village(village: Place, rice: Good) -> None:
    with pytest.raises(GoodExistsError, match="已经给了“大米”"):
        make_good(village, "面粉", barcodes=BARCODES[:1])
    other = make_village("miaopo", name="庙坡社区")
    make_good(other, "面粉", barcodes=BARCODES[:1])


@sqlite_is_enough
@pytest.mark.parametrize("barcode", ["2000000000016", "12345", "abc", "２００", "1" * 10_000])
def test_a_barcode_with_a_wrong_check_digit_is_refused(village: Place, barcode: str) -> None:
    with pytest.raises(InvalidInputError, match="条码"):
        make_good(village, barcodes=(barcode,))


def test_the_second_of_two_who_edit_one_good_is_told(village: Place, rice: Good) -> None:
    details = services.details_of(rice)
    assert services.change_good(village, rice.serial, replace(details, points_price=6_100), 1, SYSTEM)
    with pytest.raises(ChangedMeanwhileError, match="别人刚刚改过"):
        services.change_good(village, rice.serial, replace(details, points_price=5_000), 1, SYSTEM)
    assert queries.good(village.id, rice.serial).points_price == 6_100


def test_an_edit_without_a_change_changes_nothing(village: Place, rice: Good) -> None:
    assert not services.change_good(village, rice.serial, services.details_of(rice), 1, SYSTEM)
    assert queries.good(village.id, rice.serial).version == 1


def test_selling_from_stock_does_not_disturb_who_edits_the_good(village: Place, rice: Good) -> None:
    details, version = services.details_of(rice), rice.version
    services.write_off(village, rice.serial, 1, "受潮", "李四", SYSTEM, new_key())
    assert services.change_good(village, rice.serial, replace(details, stock_min=5), version, SYSTEM)


@sqlite_is_enough
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", ""),
        ("code", "大米"),
        ("code", "A" * 21),
        ("name", "\u202e "),
        ("name", "长" * 61),
        ("unit", ""),
        ("category", ""),
        ("points_price", 0),
        ("points_price", -100),
        ("points_price", 10**12),
        ("cost_fen", -1),
        ("stock_min", 10**9),
        ("shelf_life_days", -1),
        ("limit_quantity", 2),
    ],
)
def test_details_that_cannot_be_are_refused_at_their_field(
    village: Place, rice: Good, field: str, value: str | int
) -> None:
    wrong = replace(services.details_of(rice), **{field: value})  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(InvalidInputError) as refused:
        services.change_good(village, rice.serial, wrong, 1, SYSTEM)
    assert refused.value.field == field


def test_goods_below_their_minimum_are_listed(village: Place, rice: Good) -> None:
    few = make_good(village, "香皂", on_hand=1)
    assert [good.serial for good in queries.goods(village.id, below_minimum=True)] == [few.serial]


def test_the_list_pages_by_key(village: Place, rice: Good) -> None:
    make_good(village, "面粉")
    first = queries.goods(village.id, limit=1)
    assert [good.name for good in queries.goods(village.id, after=first[-1].serial, limit=1)] == ["面粉"]
