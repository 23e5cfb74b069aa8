"""Market day: one key or the next card finishes a customer; the last receipt is at hand; it stays until it is off."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.cards import queries as cards
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.models import Good
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy, VillageSettings
from tests.factories import make_card, make_good, make_household, make_points, make_staff, make_village
from tests.web.conftest import csrf, post, sign_in

COUNTER = "/desk/qingxi/market/counter"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER))
    post(client, f"{COUNTER}/market-day", {"on": "1"})
    return place


def shopper(village: Place, name: str) -> Household:
    found = make_household(village, name)
    make_points(village, found, 10_000)
    return found


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", price=6_000, on_hand=5)


def fill(client: FlaskClient, household: Household, good: Good, **more: Any) -> TestResponse:
    """Send the page of a basket with one piece."""
    form = {"csrf_token": csrf(client), "key": new_key(), "good": good.serial, "quantity": 1, "points_seen": 6_000}
    return client.post(f"{COUNTER}/{household.id}", data={**form, **more})


def test_the_key_hands_out_and_makes_room_for_the_next(client: FlaskClient, village: Place, rice: Good) -> None:
    household = shopper(village, "张建国")
    assert "第 1 位" in client.get(f"{COUNTER}/{household.id}").text
    assert fill(client, household, rice, confirm="1").location == COUNTER
    page = client.get(COUNTER).text
    assert "今天已办 1 位" in page
    assert "张建国家" in page
    assert "小票 1 号" in page
    assert "换完剩 40 分" in page
    assert 'class="desk market-day"' in page
    services.void(village, 1, "拿错了", SYSTEM, new_key())
    assert "今天已办 0 位" in client.get(COUNTER).text


def test_the_next_card_hands_out_and_opens_its_own_basket(client: FlaskClient, village: Place, rice: Good) -> None:
    household, other = shopper(village, "张建国"), shopper(village, "李四")
    scanned = cards.qr_text(village, make_card(village, other))
    assert fill(client, household, rice, scan=scanned).location == f"{COUNTER}/{other.id}"
    assert [found.household.id for found in queries.redemptions(village.id)] == [household.id]
    assert "第 2 位" in client.get(f"{COUNTER}/{other.id}").text


def test_a_basket_that_cannot_be_handed_out_stays_though_the_next_card_was_scanned(
    client: FlaskClient, village: Place, rice: Good
) -> None:
    household, other = shopper(village, "张建国"), shopper(village, "李四")
    scanned = cards.qr_text(village, make_card(village, other))
    answer = fill(client, household, rice, scan=scanned, points_seen=5_000)
    assert answer.status_code == 409
    assert "张建国家" in answer.text
    places.change_settings(village.id, VillageSettings(confirm_by=ConfirmBy.PIN), clock.today(), SYSTEM)
    answer = fill(client, household, rice, scan=scanned)
    assert answer.status_code == 403
    assert queries.redemptions(village.id) == []


def test_an_order_is_handed_over_in_the_queue_too(client: FlaskClient, village: Place, rice: Good) -> None:
    household = shopper(village, "张建国")
    services.place_order(village, household.id, [(rice.id, 1)], 6_000, SYSTEM, new_key())
    answer = post(client, "/desk/qingxi/market/orders/1/hand-over", {"key": new_key()})
    assert answer.location == COUNTER


def test_it_stays_until_it_is_switched_off_and_needs_the_forms_token(
    client: FlaskClient, village: Place, rice: Good
) -> None:
    household = shopper(village, "张建国")
    assert client.post(f"{COUNTER}/market-day", data={"on": "0"}).status_code in (400, 422)
    assert "赶场模式" in client.get(COUNTER).text
    post(client, f"{COUNTER}/market-day", {"on": "0"})
    assert 'class="desk"' in client.get(COUNTER).text
    assert fill(client, household, rice, confirm="1").location == f"{COUNTER}/done/1"
