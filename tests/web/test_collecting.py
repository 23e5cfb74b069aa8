"""A deputy collects at the counter: chosen from the household's list, named on the page, the record and the receipt."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.cards import queries as cards
from pointsbank.cards import services as card_services
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.models import Good
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_card, make_good, make_household, make_points, make_staff, make_village
from tests.web.conftest import post, sign_in

COUNTER = "/desk/qingxi/market/counter"
ORDERS = "/desk/qingxi/market/orders"
RECORD = "/desk/qingxi/deeds/record"
SEARCH = "/desk/qingxi/search"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER, Role.CLERK))
    return place


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village, "张建国")
    make_points(village, found, 20_000)
    return found


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", price=950)


@pytest.fixture
def deputy(village: Place, household: Household) -> str:
    added = card_services.add_deputy(village, household.id, "罗秀珍", "隔壁邻居", SYSTEM, new_key())
    return str(added["deputy"])


def test_who_collects_is_chosen_and_kept_while_goods_are_scanned(
    client: FlaskClient, household: Household, soap: Good, deputy: str
) -> None:
    url = f"{COUNTER}/{household.id}"
    assert "罗秀珍代领（隔壁邻居）" in client.get(url).text
    filled = post(client, url, {"key": new_key(), "points_seen": 0, "pick": soap.serial, "deputy": deputy})
    assert re.search(rf'<option selected value="{deputy}">', filled.text)
    loaded_again = client.get(f"{url}?good={soap.serial}&quantity=1&deputy={deputy}")
    assert re.search(rf'<option selected value="{deputy}">', loaded_again.text)


def test_what_a_deputy_collected_says_so_everywhere(
    client: FlaskClient, village: Place, household: Household, soap: Good, deputy: str
) -> None:
    basket = {"good": soap.serial, "quantity": 1, "points_seen": 950, "confirm": 1}
    done = post(client, f"{COUNTER}/{household.id}", {**basket, "key": new_key(), "deputy": deputy})
    assert "罗秀珍代领" in client.get(done.location).text
    assert "罗秀珍代领" in client.get("/desk/qingxi/market/redemptions").text
    assert "代领人" in client.get("/desk/qingxi/market/redemptions/1").text


@pytest.mark.parametrize("chosen", ["1", "x", "-1", "9" * 30, "１"])
def test_only_who_is_listed_collects(
    client: FlaskClient, village: Place, household: Household, soap: Good, deputy: str, chosen: str
) -> None:
    basket = {"good": soap.serial, "quantity": 1, "points_seen": 950, "confirm": 1}
    answer = post(client, f"{COUNTER}/{household.id}", {**basket, "key": new_key(), "deputy": chosen})
    assert answer.status_code == 403
    assert "不在这户的代领名单上" in answer.text
    assert queries.redemptions(village.id) == []


def test_an_order_is_handed_to_a_deputy(
    client: FlaskClient, village: Place, household: Household, soap: Good, deputy: str
) -> None:
    services.place_order(village, household.id, [(soap.id, 1)], 950, SYSTEM, new_key())
    assert "去交货" in client.get(f"{COUNTER}/{household.id}").text
    refused = post(client, f"{ORDERS}/1/hand-over", {"key": new_key(), "deputy": "1"})
    assert (refused.status_code, "代领名单" in refused.text) == (403, True)
    post(client, f"{ORDERS}/1/hand-over", {"key": new_key(), "deputy": deputy})
    assert queries.redemption(village.id, 1).deputy_name == "罗秀珍"


def test_the_desk_says_why_a_card_does_not_work_wherever_one_is_scanned(
    client: FlaskClient, village: Place, household: Household, soap: Good, still_clock: FixedClock
) -> None:
    card = make_card(village, household)
    card_services.edit_card(village, card.id, "", clock.today(), SYSTEM)
    qr = cards.qr_text(village, card)
    still_clock.move(timedelta(days=1))
    scans = [
        post(client, COUNTER, {"words": qr}),
        post(client, f"{COUNTER}/{household.id}", {"key": new_key(), "points_seen": 0, "scan": qr}),
        client.get("/desk/qingxi/market/redemptions", query_string={"words": qr}),
        post(client, RECORD, {"who": qr, "key": new_key()}),
        client.get(SEARCH, query_string={"q": qr}),
    ]
    assert [("已经到期" in answer.text, answer.status_code < 500) for answer in scans] == [(True, True)] * 5
