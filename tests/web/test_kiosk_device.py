"""A browser becomes the kiosk and is nothing else until somebody of the office ends it."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access import queries, services
from pointsbank.access.guard import DEVICE_COOKIE
from pointsbank.access.models import Role
from pointsbank.foundation.actor import SYSTEM
from pointsbank.places.models import Place
from tests.factories import PASSWORD, make_household, make_staff, make_village
from tests.web.conftest import post, sign_in


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def pair(village: Place, client: FlaskClient) -> str:
    """Make the client a kiosk; gives its token."""
    _, token = services.pair_device(village, "超市自助机", "staff", SYSTEM)
    client.set_cookie(DEVICE_COOKIE, token)
    return token


def test_a_code_turns_the_browser_into_the_kiosk(client: FlaskClient, village: Place) -> None:
    code = services.make_pairing_code(village, "超市自助机", SYSTEM)
    answer = post(client, "/kiosk/pair", {"code": code}, page="/kiosk/pair")
    assert (answer.status_code, answer.location) == (303, "/kiosk/")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(DEVICE_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "清溪村" in client.get("/kiosk/").text


def test_pairing_signs_staff_out(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, Role.CLERK))
    code = services.make_pairing_code(village, "超市自助机", SYSTEM)
    post(client, "/kiosk/pair", {"code": code}, page="/kiosk/pair")
    client.delete_cookie(DEVICE_COOKIE)
    assert client.get("/desk/qingxi/").location.startswith("/sign-in")


@pytest.mark.parametrize("code", ["", "1234567", "123456789", "abcdefgh", "１２３４５６７８", "00000000", "x" * 10_000])
def test_a_wrong_code_is_told_at_the_field(client: FlaskClient, village: Place, code: str) -> None:
    answer = post(client, "/kiosk/pair", {"code": code}, page="/kiosk/pair")
    assert answer.status_code == 422
    assert "配对码" in answer.text
    assert client.get_cookie(DEVICE_COOKIE) is None


def test_a_code_pairs_once(app: Flask, client: FlaskClient, village: Place) -> None:
    code = services.make_pairing_code(village, "超市自助机", SYSTEM)
    post(client, "/kiosk/pair", {"code": code}, page="/kiosk/pair")
    second = app.test_client()
    assert post(second, "/kiosk/pair", {"code": code}, page="/kiosk/pair").status_code == 422


def test_guessing_codes_is_slowed_down(client: FlaskClient, village: Place) -> None:
    answers = [post(client, "/kiosk/pair", {"code": f"{n:08d}"}, page="/kiosk/pair") for n in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


def test_the_desk_makes_its_own_browser_the_kiosk(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, Role.CLERK))
    answer = post(client, "/desk/qingxi/kiosk/become")
    assert (answer.status_code, answer.location) == (303, "/kiosk/")
    assert client.get("/kiosk/").status_code == 200
    assert client.get("/desk/qingxi/").location == "/kiosk/"
    client.delete_cookie(DEVICE_COOKIE)
    assert client.get("/desk/qingxi/").location.startswith("/sign-in")


def test_who_may_not_look_after_kiosks_makes_none(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, Role.SHOPKEEPER))
    assert post(client, "/desk/qingxi/kiosk/become").status_code == 403
    assert queries.devices_of(village.id) == []


@pytest.mark.parametrize("path", ["/", "/sign-in", "/desk/qingxi/", "/desk/qingxi/cards/", "/desk/qingxi/kiosk/become"])
def test_a_kiosk_gets_its_own_pages_and_nothing_else(client: FlaskClient, village: Place, path: str) -> None:
    sign_in(client, make_staff(village, Role.CLERK))
    pair(village, client)
    assert client.get(path).location == "/kiosk/"
    assert post(client, path, page="/kiosk/").location == "/kiosk/"


@pytest.mark.parametrize("path", ["", "door", "home", "goods", "month", "board", "staff", "pin"])
def test_an_unpaired_browser_is_told_how_to_pair(client: FlaskClient, village: Place, path: str) -> None:
    answer = client.get(f"/kiosk/{path}")
    assert answer.status_code == 403
    assert "/kiosk/pair" in answer.text


def test_a_revoked_kiosk_shows_nothing_any_more(client: FlaskClient, village: Place) -> None:
    token = pair(village, client)
    device = queries.device_by_token(token)
    assert device is not None
    assert client.get("/kiosk/").status_code == 200
    services.revoke_device(village, device.id, SYSTEM)
    assert client.get("/kiosk/").status_code == 403


@pytest.mark.parametrize(
    "forge",
    [lambda token: token[:-1] + ("B" if token.endswith("A") else "A"), lambda token: "x" * 43, lambda token: "'--\x7f"],
)
def test_a_forged_cookie_is_no_kiosk(client: FlaskClient, village: Place, forge: Callable[[str], str]) -> None:
    token = pair(village, client)
    client.set_cookie(DEVICE_COOKIE, forge(token))
    assert client.get("/kiosk/").status_code == 403


def test_a_kiosk_of_one_village_knows_no_door_of_another(client: FlaskClient, village: Place) -> None:
    make_household(village, number="03-012", group=3)
    pair(make_village("miaopo", name="庙坡村"), client)
    answer = post(client, "/kiosk/door", {"group": 3, "number": "12"}, page="/kiosk/")
    assert answer.status_code == 422


# --- the way back ---


def end(client: FlaskClient, name: str, password: str = PASSWORD) -> int:
    return post(client, "/kiosk/staff", {"name": name, "password": password}, page="/kiosk/staff").status_code


def test_the_office_ends_the_kiosk_with_name_and_password(client: FlaskClient, village: Place) -> None:
    clerk = make_staff(village, Role.CLERK)
    token = pair(village, client)
    assert end(client, clerk.sign_in_name) == 303
    assert client.get_cookie(DEVICE_COOKIE) is None
    assert queries.device_by_token(token) is None
    assert client.get("/sign-in").status_code == 200
    assert client.get("/desk/qingxi/").location.startswith("/sign-in")


def test_a_wrong_password_or_another_role_ends_nothing(client: FlaskClient, village: Place) -> None:
    clerk, shopkeeper = make_staff(village, Role.CLERK), make_staff(village, Role.SHOPKEEPER, name="李店主")
    elsewhere = make_staff(make_village("miaopo", name="庙坡村"), Role.CLERK, name="庙坡文书")
    token = pair(village, client)
    assert end(client, clerk.sign_in_name, "wrong password") == 422
    assert end(client, shopkeeper.sign_in_name) == 403
    assert end(client, elsewhere.sign_in_name) == 403
    assert end(client, "") == 422
    assert queries.device_by_token(token) is not None
    assert client.get("/kiosk/").status_code == 200
