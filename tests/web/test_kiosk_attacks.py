"""A kiosk in the wrong hands: forged posts, doubled fields, other villages' numbers, a stolen cookie."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from pointsbank.access import services as access
from pointsbank.access.guard import DEVICE_COOKIE
from pointsbank.access.models import Role
from pointsbank.cards import queries as card_queries
from pointsbank.cards import services as cards
from pointsbank.cards.models import VillagerSession
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.market import services as counter
from pointsbank.market.models import Good, Order
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import KioskShows, VillageSettings
from tests.factories import make_card, make_good, make_household, make_points, make_staff, make_village
from tests.web.conftest import csrf, sign_in

JSON = {"Accept": "application/json"}


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    made = make_household(village, "张建国", number="03-012", group=3)
    make_points(village, made, 3_600)
    return made


@pytest.fixture
def good(village: Place) -> Good:
    return make_good(village, price=1_000, on_hand=5)


@pytest.fixture
def token(village: Place, client: FlaskClient) -> str:
    """The kiosk's cookie; the client carries it."""
    made: str = access.pair_device(village, "超市自助机", "staff", SYSTEM)[1]
    client.set_cookie(DEVICE_COOKIE, made)
    return made


def come_in(client: FlaskClient, group: int = 3, number: str = "12") -> None:
    data = {"csrf_token": csrf(client, "/kiosk/"), "group": group, "number": number}
    assert client.post("/kiosk/door", data=data).location == "/kiosk/home"


def orders() -> int:
    return session().scalar(select(func.count()).select_from(Order)) or 0


def test_no_form_of_a_kiosk_is_taken_without_its_token(
    client: FlaskClient, token: str, household: Household, good: Good
) -> None:
    come_in(client)
    order = {"good": good.serial, "quantity": 1, "points_seen": 1_000, "key": new_key()}
    for path in ("card", "door", "pin", "orders", "orders/1/cancel", "leave", "staff"):
        for headers in ({}, JSON):
            answer = client.post(f"/kiosk/{path}", data={**order, "group": 3, "number": "12"}, headers=headers)
            assert answer.status_code == 400, path
    assert orders() == 0
    assert client.get("/kiosk/home").status_code == 200  # nobody was sent away either


def test_pairing_is_not_taken_without_its_token(client: FlaskClient, village: Place) -> None:
    code = access.make_pairing_code(village, "超市自助机", SYSTEM)
    assert client.post("/kiosk/pair", data={"code": code}).status_code == 400
    assert client.get_cookie(DEVICE_COOKIE) is None


@pytest.mark.parametrize("doubled", ["good", "quantity", "points_seen", "key", "csrf_token"])
def test_a_doubled_field_orders_what_was_shown_or_nothing(
    client: FlaskClient, token: str, village: Place, household: Household, good: Good, doubled: str
) -> None:
    come_in(client)
    fields = {
        "csrf_token": csrf(client, "/kiosk/"), "good": good.serial, "quantity": 1, "points_seen": 1_000,
        "key": new_key(),
    }  # fmt: skip
    answer = client.post("/kiosk/orders", data=MultiDict([*fields.items(), (doubled, "2")]), headers=JSON)
    assert answer.status_code in (200, 400, 409, 422)
    spent = 3_600 - ledger.balances(village.id, household.serial).spendable
    assert spent == (1_000 if answer.status_code == 200 else 0)


def test_an_order_of_another_village_with_the_same_number_is_not_seen(
    client: FlaskClient, token: str, village: Place, household: Household, good: Good
) -> None:
    other = make_village("miaopo", name="庙坡村")
    foreign = make_household(other, "李四")
    make_points(other, foreign, 5_000)
    theirs = make_good(other, price=500)
    counter.place_order(other, foreign.id, [(theirs.id, 1)], 500, SYSTEM, new_key())
    come_in(client)
    assert client.get("/kiosk/orders/1").status_code == 404
    data = {"csrf_token": csrf(client, "/kiosk/"), "key": new_key()}
    assert client.post("/kiosk/orders/1/cancel", data=data).status_code == 404
    assert ledger.balances(other.id, foreign.serial).spendable == 4_500


@pytest.mark.parametrize(
    "path",
    ["goods/9223372036854775808", "goods/9223372036854775807", "orders/99999999999999999999", "goods/-1", "goods/１",
     "goods/1%00", "orders/%ED%A0%80", "goods/1/../../desk", "%2e%2e/desk/qingxi/"],
)  # fmt: skip
def test_a_number_that_cannot_be_is_not_found(client: FlaskClient, token: str, household: Household, path: str) -> None:
    come_in(client)
    assert client.get(f"/kiosk/{path}").status_code in (302, 400, 404)  # what leads out is sent back


@pytest.mark.parametrize("query", ["page=0", "page=-5", "page=1e9", "page=" + "9" * 5_000, "kind=%ED%A0%80",
                                   "page=1&page=2", "kind=" + "x" * 5_000])  # fmt: skip
def test_the_shelf_takes_any_question(client: FlaskClient, token: str, household: Household, query: str) -> None:
    come_in(client)
    assert client.get(f"/kiosk/goods?{query}").status_code == 200


@pytest.mark.parametrize("text", ["\x00", "\u202e", "字" * 10_000, "PB1:qingxi:\x00", "99/1", "😀", "%s"])
def test_a_scan_that_is_no_card_gets_the_one_answer(
    client: FlaskClient, token: str, household: Household, text: str
) -> None:
    data = {"csrf_token": csrf(client, "/kiosk/"), "presented": text}
    answer = client.post("/kiosk/card", data=data, headers=JSON)
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["error"]["code"] == "card_not_known"


def test_a_wrong_pin_an_unknown_card_and_a_card_without_pin_are_told_the_same(
    client: FlaskClient, token: str, village: Place, household: Household
) -> None:
    places.change_settings(village.id, VillageSettings(kiosk_shows=KioskShows.NOTHING), clock.today(), SYSTEM)
    with_pin = make_card(village, household)
    cards.set_pin(village, with_pin.id, "314159", SYSTEM)
    without = make_card(village, make_household(village, "李四"))
    told = set()
    for text in (card_queries.qr_text(village, with_pin), card_queries.qr_text(village, without), "PB1:qingxi:none"):
        scan = {"csrf_token": csrf(client, "/kiosk/"), "presented": text}
        first = client.post("/kiosk/card", data=scan, headers=JSON)
        pin = {"csrf_token": csrf(client, "/kiosk/pin"), "pin": "000001"}
        second = client.post("/kiosk/pin", data=pin, headers=JSON)
        told.add((first.status_code, first.text, second.status_code, second.text))
        client.get("/kiosk/")  # the next one comes
    assert len(told) == 1


def test_a_stolen_cookie_opens_no_desk_even_beside_a_session_of_staff(
    app: Flask, client: FlaskClient, token: str, village: Place, household: Household
) -> None:
    thief = app.test_client()
    sign_in(thief, make_staff(village, Role.CLERK))
    thief.set_cookie(DEVICE_COOKIE, token)
    for path in ("/", "/desk/qingxi/", "/desk/qingxi/people/", "/password", "/public/qingxi/", "/sign-in"):
        assert thief.get(path).location == "/kiosk/", path
    assert thief.get("/kiosk/home").location == "/kiosk/"  # nobody has come in


def test_a_session_belongs_to_one_kiosk(
    app: Flask, client: FlaskClient, token: str, village: Place, household: Household
) -> None:
    come_in(client)
    second = app.test_client()
    second.set_cookie(DEVICE_COOKIE, access.pair_device(village, "第二台", "staff", SYSTEM)[1])
    assert second.get("/kiosk/home").location == "/kiosk/"
    assert client.get("/kiosk/home").status_code == 200
    assert session().scalar(select(func.count()).select_from(VillagerSession)) == 1


@pytest.mark.parametrize("part", ["merits", "x", "", "\u202e", "x" * 3_000])
def test_the_board_takes_any_question(client: FlaskClient, token: str, household: Household, part: str) -> None:
    come_in(client)
    page = client.get("/kiosk/board", query_string={"part": part})
    assert page.status_code == 200
    assert "积分榜" in page.text  # there are no deeds of merit yet
