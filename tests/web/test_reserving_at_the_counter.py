"""Who cannot use the kiosk, or calls, has things put aside at the counter, as at the kiosk."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries as market
from pointsbank.market.models import Good
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_good, make_household, make_points, make_staff, make_village
from tests.web.conftest import sign_in

COUNTER = "/desk/qingxi/market/counter"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    made = make_village()
    sign_in(client, make_staff(made, Role.CLERK))
    return made


@pytest.fixture
def household(village: Place) -> Household:
    made = make_household(village, "张建国", number="03-012", group=3)
    make_points(village, made, 3_600)
    return made


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", price=1_000, on_hand=5)


def reserve(client: FlaskClient, household: Household, good: Good, pieces: int, seen: int) -> TestResponse:
    """Press 先留着，以后来领 under a basket."""
    page = client.get(f"{COUNTER}/{household.id}?good={good.serial}&quantity={pieces}").text
    assert "先留着，以后来领" in page
    form = page[page.index('id="basket"') :]
    hidden = {name: re.findall(rf'name="{name}" value="([^"]*)"', form)[0] for name in ("csrf_token", "key")}
    data = {**hidden, "good": good.serial, "quantity": pieces, "points_seen": seen, "reserve": "1"}
    return client.post(f"{COUNTER}/{household.id}", data=data)


def test_a_basket_is_put_aside_and_waits_like_an_order_of_the_kiosk(
    client: FlaskClient, village: Place, household: Household, rice: Good
) -> None:
    answer = reserve(client, household, rice, 2, 2_000)
    assert (answer.status_code, answer.location) == (303, "/desk/qingxi/market/orders/1")
    assert ledger.balances(village.id, household.serial).spendable == 1_600
    assert market.good(village.id, rice.serial).reserved == 2
    assert "预留单 1 号" in client.get(COUNTER).text
    assert "先留着" not in client.get(f"{COUNTER}/{household.id}").text  # one at a time


def test_what_cannot_be_put_aside_is_told_and_nothing_moves(
    client: FlaskClient, village: Place, household: Household, rice: Good
) -> None:
    for pieces, seen in ((4, 4_000), (1, 900), (6, 6_000)):
        answer = reserve(client, household, rice, pieces, seen)
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text
    assert ledger.balances(village.id, household.serial).spendable == 3_600
    assert market.good(village.id, rice.serial).reserved == 0
