"""A page that cannot work yet, because people, rules or goods are missing, says so and leads there."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.places.models import Place
from tests.deed_rules import make_rules
from tests.factories import make_card, make_good, make_household, make_staff, make_village
from tests.web.conftest import sign_in

DESK = "/desk/qingxi"
ROSTER = f'href="{DESK}/people/import'


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK, Role.SHOPKEEPER))
    return place


def test_recording_asks_for_people_then_for_rules(client: FlaskClient, village: Place) -> None:
    page = client.get(f"{DESK}/deeds/record").text
    assert (ROSTER in page, 'id="till"' in page) == (True, False)
    make_household(village)
    page = client.get(f"{DESK}/deeds/record").text
    assert ("去订积分细则" in page, 'id="till"' in page) == (True, False)
    make_rules(village)
    assert 'id="till"' in client.get(f"{DESK}/deeds/record").text


def test_counter_and_delivery_ask_for_goods(client: FlaskClient, village: Place) -> None:
    make_household(village)
    for path, form in (("counter", "counter-find"), ("receive", 'id="delivery"')):
        page = client.get(f"{DESK}/market/{path}").text
        assert ("去用常用商品" in page, form in page) == (True, False)
    make_good(village)
    for path, form in (("counter", "counter-find"), ("receive", 'id="delivery"')):
        page = client.get(f"{DESK}/market/{path}").text
        assert ("去用常用商品" in page, form in page) == (False, True)


def test_cards_without_households_are_not_said_to_be_there(client: FlaskClient, village: Place) -> None:
    page = client.get(f"{DESK}/cards/").text
    assert ("每户都有卡了" in page, "打印全部" in page, ROSTER in page) == (False, False, True)
    first = make_household(village)
    page = client.get(f"{DESK}/cards/").text
    assert ('<summary class="btn btn-primary">给没卡的户发卡' in page, "打印全部" in page) == (True, False)
    make_card(village, first)
    page = client.get(f"{DESK}/cards/").text
    assert ("每户都有卡了" in page, "打印全部" in page, "沿长边翻转" in page) == (True, True, True)
