"""Orders at the counter: listed, handed over with one key, cancelled, released when the day is closed."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.cards import services as cards
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries, services
from pointsbank.market.models import Good, OrderState
from pointsbank.market.verification import problems
from pointsbank.market.views import orders as views
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy, VillageSettings
from tests.factories import make_card, make_good, make_household, make_points, make_staff, make_village
from tests.web.conftest import post, sign_in

ORDERS = "/desk/qingxi/market/orders"
DONE = "/desk/qingxi/market/counter/done/"
PIN = "314159"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER))
    return place


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village, "张建国", number="03-012", group=3)
    make_points(village, found, 20_000)
    return found


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", price=6_000, on_hand=5)


@pytest.fixture
def order(village: Place, household: Household, rice: Good) -> int:
    return place(village, household, rice)


@pytest.fixture
def by_pin(village: Place) -> None:
    places.change_settings(village.id, VillageSettings(confirm_by=ConfirmBy.PIN), clock.today(), SYSTEM)


def place(village: Place, household: Household, good: Good, quantity: int = 1) -> int:
    made = services.place_order(
        village, household.id, [(good.id, quantity)], good.points_price * quantity, SYSTEM, new_key()
    )
    serial: int = made["order"]
    return serial


def hand_over(client: FlaskClient, serial: int, key: str = "", pin: str = "") -> TestResponse:
    return post(client, f"{ORDERS}/{serial}/hand-over", {"key": key or new_key(), "pin": pin})


def state_of(village: Place, serial: int) -> OrderState:
    return queries.order(village.id, serial).state


def spendable(village: Place, household: Household) -> int:
    return ledger.balances(village.id, household.serial).spendable


def test_the_list_says_whose_what_when_and_which_number(client: FlaskClient, order: int) -> None:
    page = client.get(ORDERS).text
    for words in ("张建国", "3组 03-012", "大米 5kg/袋×1", "60", "3月18日 09:30", f"{ORDERS}/1"):
        assert words in page


def test_an_empty_list_says_what_to_do(client: FlaskClient, village: Place) -> None:
    page = client.get(ORDERS).text
    assert "没有等着领的单子" in page
    assert "收摊" not in page


def test_the_list_goes_on_by_key(
    client: FlaskClient, village: Place, rice: Good, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ROWS_PER_PAGE", 2)
    for number in range(3):
        neighbour = make_household(village, f"李{'一二三'[number]}")
        make_points(village, neighbour, 6_000)
        place(village, neighbour, rice)
    first = client.get(ORDERS).text
    assert ["李一" in first, "李二" in first, "李三" in first] == [True, True, False]
    assert f"{ORDERS}?after=2" in first
    second = client.get(ORDERS + "?after=2").text
    assert ["李二" in second, "李三" in second] == [False, True]


@pytest.mark.parametrize("after", ["x", "-1", "99999999999999999999", ""])
def test_a_page_that_cannot_be_is_the_first(client: FlaskClient, order: int, after: str) -> None:
    assert "张建国" in client.get(f"{ORDERS}?after={after}").text


def test_one_key_hands_an_order_over(client: FlaskClient, village: Place, household: Household, order: int) -> None:
    key = re.findall(r'hand-over".*?name="key" value="([^"]+)"', client.get(ORDERS).text, re.DOTALL)[0]
    answer = hand_over(client, order, key)
    assert (answer.status_code, answer.location) == (303, DONE + "1")
    assert hand_over(client, order, key).location == DONE + "1"
    done = client.get(DONE + "1").text
    for words in ("小票 1 号", "200 分", "60 分", "140 分"):
        assert words in done
    assert spendable(village, household) == 14_000
    assert problems(village) == []


def test_an_order_is_handed_over_once(client: FlaskClient, village: Place, household: Household, order: int) -> None:
    hand_over(client, order)
    answer = hand_over(client, order)
    assert answer.status_code == 409
    assert "已经交货了，不能再办一次" in answer.text
    assert "小票 1 号" in answer.text
    assert spendable(village, household) == 14_000


def test_the_order_page_leads_to_its_receipt(client: FlaskClient, order: int) -> None:
    assert "签了名，交货" in client.get(f"{ORDERS}/1").text
    hand_over(client, order)
    page = client.get(f"{ORDERS}/1").text
    assert "/desk/qingxi/market/redemptions/1" in page
    assert "hand-over" not in page


def test_where_the_pin_confirms_it_is_asked_for(
    client: FlaskClient, village: Place, household: Household, order: int, by_pin: None
) -> None:
    cards.set_pin(village, make_card(village, household).id, PIN, SYSTEM)
    assert "hand-over" not in client.get(ORDERS).text
    needed = hand_over(client, order)
    assert (needed.status_code, 'id="pin-error"' in needed.text) == (403, True)
    wrong = hand_over(client, order, pin="000001")
    assert (wrong.status_code, "还能试 4 次" in wrong.text) == (422, True)
    assert state_of(village, order) is OrderState.WAITING
    assert hand_over(client, order, pin=PIN).status_code == 303
    assert queries.redemption(village.id, 1).confirmed_by == "pin"


def test_a_cancelled_order_gives_points_and_goods_back(
    client: FlaskClient, village: Place, household: Household, rice: Good, order: int
) -> None:
    answer = post(client, f"{ORDERS}/{order}/cancel", {"key": new_key()})
    assert (answer.status_code, answer.location) == (303, ORDERS)
    assert "退回 60 分，这户现在能换 200 分" in client.get(ORDERS).text
    assert spendable(village, household) == 20_000
    assert queries.good(village.id, rice.serial).reserved == 0
    again = post(client, f"{ORDERS}/{order}/cancel", {"key": new_key()})
    assert (again.status_code, "已经取消了" in again.text) == (409, True)
    late = hand_over(client, order)
    assert (late.status_code, "已经取消了" in late.text) == (409, True)


@pytest.mark.parametrize("key", ["", "k" * 65, "钥匙"])
def test_without_a_key_nothing_happens(client: FlaskClient, village: Place, order: int, key: str) -> None:
    for act in ("hand-over", "cancel"):
        answer = post(client, f"{ORDERS}/{order}/{act}", {"key": key})
        assert (answer.status_code, "message-warn" in answer.text) == (422, True)
    assert post(client, f"{ORDERS}/close-day", {"key": key}).status_code == 422
    assert state_of(village, order) is OrderState.WAITING


def test_closing_the_day_releases_what_nobody_fetched(
    client: FlaskClient, village: Place, household: Household, rice: Good, order: int
) -> None:
    page = client.get(ORDERS).text
    assert "收摊：退回没领的单子" in page
    key = re.findall(r'close-day".*?name="key" value="([^"]+)"', page, re.DOTALL)[0]
    assert post(client, f"{ORDERS}/close-day", {"key": key}).location == ORDERS
    assert "1 张没领的单子已退回，共 60 分" in client.get(ORDERS).text
    assert state_of(village, order) is OrderState.EXPIRED
    assert spendable(village, household) == 20_000
    fresh = place(village, household, rice)
    post(client, f"{ORDERS}/close-day", {"key": key})
    assert state_of(village, fresh) is OrderState.WAITING
    assert "没有来领，已退回" in client.get(f"{ORDERS}/{order}").text


def test_yesterdays_order_is_marked_and_can_still_be_fetched(
    client: FlaskClient, village: Place, order: int, still_clock: FixedClock
) -> None:
    still_clock.move(timedelta(days=1))
    assert "过期了" in client.get(ORDERS).text
    assert hand_over(client, order).status_code == 303


def test_the_first_customer_of_a_day_frees_what_yesterday_was_left(
    client: FlaskClient, village: Place, household: Household, order: int, still_clock: FixedClock
) -> None:
    make_household(village, "李秀英")
    still_clock.move(timedelta(days=1))
    post(client, "/desk/qingxi/market/counter", {"words": "李秀英"})
    assert state_of(village, order) is OrderState.EXPIRED
    assert queries.order(village.id, order).ended_by == "system"
    assert spendable(village, household) == 20_000
    assert problems(village) == []


def test_todays_orders_stay_when_a_customer_comes(
    client: FlaskClient, village: Place, order: int, still_clock: FixedClock
) -> None:
    still_clock.move(timedelta(hours=8))
    post(client, "/desk/qingxi/market/counter", {"words": "张建国"})
    assert state_of(village, order) is OrderState.WAITING


def test_yesterdays_order_never_blocks_a_new_one(
    village: Place, household: Household, rice: Good, order: int, still_clock: FixedClock
) -> None:
    neighbour = make_household(village, "李秀英")
    make_points(village, neighbour, 6_000)
    other = place(village, neighbour, rice)
    still_clock.move(timedelta(days=1))
    fresh = place(village, household, rice, 3)
    assert state_of(village, order) is OrderState.EXPIRED
    assert state_of(village, fresh) is OrderState.WAITING
    assert state_of(village, other) is OrderState.WAITING
    assert spendable(village, household) == 2_000
    assert problems(village) == []


def test_another_villages_order_is_not_found(client: FlaskClient, village: Place) -> None:
    other = make_village("miaopo", name="庙坡社区")
    household = make_household(other)
    make_points(other, household, 6_000)
    serial = place(other, household, make_good(other))
    assert client.get(f"{ORDERS}/{serial}").status_code == 404
    assert hand_over(client, serial).status_code == 404
    assert post(client, f"{ORDERS}/{serial}/cancel", {"key": new_key()}).status_code == 404
    assert client.get(f"{ORDERS}/99999999999999999999").status_code == 404


def test_who_does_not_serve_the_counter_touches_no_order(client: FlaskClient, app: Flask) -> None:
    place_ = make_village()
    household = make_household(place_)
    make_points(place_, household, 6_000)
    serial = place(place_, household, make_good(place_))
    sign_in(client, make_staff(place_, Role.SUPERVISION))
    assert client.get(ORDERS).status_code == 403
    assert client.get(f"{ORDERS}/{serial}").status_code == 403
    for act in (f"/{serial}/hand-over", f"/{serial}/cancel", "/close-day"):
        assert post(client, ORDERS + act, {"key": new_key()}).status_code == 403
    assert state_of(place_, serial) is OrderState.WAITING


def fetch(client: FlaskClient, serial: int, *pieces: object, rest: str = "keep") -> TestResponse:
    """Send the order's page with these pieces of its only line."""
    form = {"key": new_key(), "position": [1] * len(pieces), "pieces": list(pieces), "rest": rest}
    return post(client, f"{ORDERS}/{serial}/hand-over", form)


def test_a_part_is_fetched_and_the_rest_waits_or_is_given_up(
    client: FlaskClient, village: Place, household: Household, rice: Good
) -> None:
    serial = place(village, household, rice, 3)
    assert 'name="pieces" value="3"' in client.get(f"{ORDERS}/{serial}").text
    assert fetch(client, serial, 1).location == f"{DONE}1"
    assert "的一部分，其余的还留着" in client.get(f"{DONE}1").text
    assert "领了一部分" in client.get(ORDERS).text
    assert 'name="pieces" value="2"' in client.get(f"{ORDERS}/{serial}").text
    assert fetch(client, serial, "１", rest="give_up").location == f"{DONE}2"
    assert state_of(village, serial) is OrderState.HANDED_OVER
    assert spendable(village, household) == 20_000 - 12_000
    assert "小票 1、2 号" in client.get(f"{ORDERS}/{serial}").text
    assert problems(village) == []


@pytest.mark.parametrize("pieces", [["4"], ["-1"], ["0"], ["半"], ["1", "1"], ["9" * 30], [""]])
def test_pieces_that_cannot_be_are_refused_beside_them_and_stay_typed(
    client: FlaskClient, village: Place, household: Household, rice: Good, pieces: list[str]
) -> None:
    serial = place(village, household, rice, 3)
    answer = fetch(client, serial, *pieces)
    assert answer.status_code == 422
    assert f'id="pieces-{serial}-error"' in answer.text
    assert f'name="pieces" value="{pieces[-1][:20]}"' in answer.text
    assert state_of(village, serial) is OrderState.WAITING
