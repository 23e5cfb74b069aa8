"""From a page of the shop that says what is to be done, one link leads to where it is done, filled in."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import services
from pointsbank.market.models import Good
from pointsbank.market.services import Arrival, Delivery, Origin
from pointsbank.places.models import Place
from tests.factories import make_good, make_staff, make_village
from tests.web.conftest import post, sign_in

MARKET = "/desk/qingxi/market"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER, name="罗德福"))
    return place


@pytest.fixture
def milk(village: Place) -> Good:
    return make_good(village, "牛奶", on_hand=0)


def link(client: FlaskClient, page: str, words: str) -> str:
    """Where the link with these words leads to, without its place on that page."""
    found = re.search(rf'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?{words}', client.get(page).text)
    assert found is not None, words
    return unescape(found[1]).partition("#")[0]


def test_what_should_be_bought_is_put_into_a_new_purchase(client: FlaskClient, milk: Good) -> None:
    page = client.get(link(client, f"{MARKET}/demand", "照这个起草采购单")).text
    assert f'name="good" value="{milk.serial}"' in page
    assert f'name="quantity" value="{milk.stock_min}"' in page


def test_an_expired_lot_is_put_into_the_write_off(
    client: FlaskClient, village: Place, milk: Good, still_clock: FixedClock
) -> None:
    today = clock.today()
    for pieces, days in ((3, 1), (4, 40)):
        arrivals = (Arrival(milk.id, pieces, expires_on=today + timedelta(days=days)),)
        services.receive(village, Delivery(Origin.PURCHASE, "供销社", today, arrivals), SYSTEM, new_key())
    still_clock.move(timedelta(days=5))
    path = link(client, f"{MARKET}/expiring", "去报损")
    for chosen, filled_in in ((path, True), (path.replace("lot=1", "lot=2"), False)):
        page = client.get(chosen).text
        assert ('name="quantity" required type="text" value="3"' in page) is filled_in
        assert ('value="过期"' in page) is filled_in


def test_a_new_good_has_a_code_that_is_free(client: FlaskClient, milk: Good) -> None:
    [code] = re.findall(r'name="code"[^>]*value="([^"]*)"', client.get(f"{MARKET}/goods/new").text)
    assert code == f"SP{int(milk.code[2:]) + 1:03d}"


def test_a_delivery_that_lacks_its_source_leads_to_that_field(client: FlaskClient, milk: Good) -> None:
    line = {"good": str(milk.serial), "quantity": "5", "expires": "", "cost": "", "note": ""}
    about = {"origin": "purchase", "source": "", "received_on": "", "second_receiver": "周德明"}
    for pressed, waits in ({"scan": milk.code}, "scan"), ({"scan": "", "book": "1"}, "source"):
        page = post(client, f"{MARKET}/receive", {"key": new_key(), **line, **about, **pressed}).text
        [field] = re.findall(r"<input[^>]* autofocus[^>]*>", page)
        assert f'name="{waits}"' in field
