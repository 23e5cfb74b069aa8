"""An order at the kiosk: once, of what was shown, for who stands there, and given up again."""

import pytest
from flask.testing import FlaskClient

from pointsbank.access.models import Device
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries as market
from pointsbank.market.models import Good
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_good, make_household, make_points, make_village
from tests.kiosks import come_in, count_orders, place_order, send, told


def test_an_order_holds_points_and_goods_and_shows_its_number(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    come_in(client)
    answer = place_order(client, good, 2)
    assert answer.json == {"next": "/kiosk/orders/1"}
    page = client.get("/kiosk/orders/1").text
    assert "请到柜台领取，报您的名字就行" in page
    assert ledger.balances(village.id, household.serial).spendable == 1_600
    assert market.good(village.id, good.serial).available == 3
    waiting = market.waiting_order(village.id, household.id)
    assert waiting is not None
    assert waiting.actor == f"household:qingxi/{household.serial}"
    assert "先留着" in client.get("/kiosk/home").text


def test_tapping_twice_orders_once(client: FlaskClient, device: Device, household: Household, good: Good) -> None:
    come_in(client)
    key = new_key()
    answers = [place_order(client, good, changed={"key": key}).json for _ in range(3)]
    assert answers == [{"next": "/kiosk/orders/1"}] * 3
    assert count_orders() == 1


def test_the_same_key_with_another_good_or_number_is_refused(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    other = make_good(village, "香皂", price=100)
    come_in(client)
    key = new_key()
    place_order(client, good, changed={"key": key})
    assert place_order(client, good, 2, changed={"key": key}).status_code == 409
    assert place_order(client, other, changed={"key": key}).status_code == 409
    assert count_orders() == 1


def test_the_key_of_another_household_gives_nothing_away(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    other = make_household(village, "李四", number="03-013", group=3)
    make_points(village, other, 3_000)
    come_in(client)
    key = new_key()
    place_order(client, good, changed={"key": key})
    come_in(client, 3, "13")
    assert place_order(client, good, changed={"key": key}).status_code == 409
    assert client.get("/kiosk/orders/1").status_code == 404
    assert ledger.balances(village.id, other.serial).spendable == 3_000


def test_one_open_order_at_a_time(client: FlaskClient, device: Device, household: Household, good: Good) -> None:
    come_in(client)
    place_order(client, good)
    assert place_order(client, good).status_code == 409
    assert count_orders() == 1


@pytest.mark.parametrize("price", [1, 999, 1_001, 500])
def test_a_price_changed_in_the_request_is_refused(
    client: FlaskClient, device: Device, household: Household, good: Good, price: int
) -> None:
    come_in(client)
    answer = place_order(client, good, changed={"points_seen": price})
    assert told(answer)[1] == "prices_changed"
    assert count_orders() == 0


def test_a_household_named_in_the_request_is_not_believed(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    victim = make_household(village, "李四")
    make_points(village, victim, 5_000)
    come_in(client)
    place_order(client, good, changed={"household": victim.id, "household_id": victim.id})
    assert ledger.balances(village.id, victim.serial).spendable == 5_000
    assert ledger.balances(village.id, household.serial).spendable == 2_600


@pytest.mark.parametrize(
    "changed",
    [
        {"quantity": 0}, {"quantity": -1}, {"quantity": 100}, {"quantity": "1e3"}, {"quantity": "NaN"},
        {"good": "x"}, {"good": 10**30}, {"good": ""}, {"points_seen": "-5"}, {"points_seen": "2.5"}, {"key": ""},
        {"key": "k" * 65},
    ],
)  # fmt: skip
def test_what_cannot_be_ordered_is_told(
    client: FlaskClient, device: Device, household: Household, good: Good, changed: dict[str, object]
) -> None:
    come_in(client)
    answer = place_order(client, good, changed=changed)
    assert answer.status_code == 422
    assert count_orders() == 0


def test_a_good_of_another_village_is_not_there(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    foreign = make_good(miaopo, "面粉", price=100)
    come_in(client)
    assert client.get(f"/kiosk/goods/{foreign.serial}").status_code == 404
    assert place_order(client, foreign).status_code == 404


@pytest.mark.parametrize("path", ["goods/99999999999999999999", "goods/0", "orders/7", "goods/x", "nothing"])
def test_what_is_not_there_is_not_found(client: FlaskClient, device: Device, household: Household, path: str) -> None:
    come_in(client)
    assert client.get(f"/kiosk/{path}").status_code == 404


def test_how_many_is_bounded_by_points_stock_and_limit(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    limited = make_good(village, "面粉", price=500, limit=(2, Span.MONTH))
    scarce = make_good(village, "食盐", price=100, on_hand=1)
    come_in(client)
    for chosen, most in ((good, 3), (limited, 2), (scarce, 1)):
        assert f'data-max="{most}"' in client.get(f"/kiosk/goods/{chosen.serial}").text


def test_an_order_is_given_up_and_the_points_are_back(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    come_in(client)
    place_order(client, good)
    key = new_key()
    for _ in range(2):
        assert send(client, "/kiosk/orders/1/cancel", {"key": key}).json == {"next": "/kiosk/orders/1"}
    assert ledger.balances(village.id, household.serial).spendable == 3_600
    assert "不要了" in client.get("/kiosk/orders/1").text


def test_nobody_gives_up_anothers_order(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    make_household(village, "李四", number="03-013", group=3)
    come_in(client)
    place_order(client, good)
    come_in(client, 3, "13")
    assert send(client, "/kiosk/orders/1/cancel", {"key": new_key()}).status_code == 404
    assert market.waiting_order(village.id, household.id) is not None


def test_nobody_at_the_screen_orders_nothing(client: FlaskClient, device: Device, good: Good) -> None:
    assert place_order(client, good).json == {"next": "/kiosk/"}
    assert count_orders() == 0
