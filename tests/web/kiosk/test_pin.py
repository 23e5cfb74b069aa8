"""The PIN at the kiosk: where the village wants it first, and where a household has one."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Device
from pointsbank.cards import services as cards
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import KioskShows, VillageSettings
from tests.factories import make_card
from tests.kiosks import come_in, told, type_pin
from tests.web.conftest import csrf

PIN = "314159"


def hide_points(village: Place) -> None:
    places.change_settings(village.id, VillageSettings(kiosk_shows=KioskShows.NOTHING), clock.today(), SYSTEM)


def send_pin(client: FlaskClient, pin: str, number: str = "12") -> TestResponse:
    """Tap the door number, then the PIN."""
    come_in(client, 3, number)
    return type_pin(client, pin)


def test_where_nothing_is_shown_before_the_pin_known_and_unknown_look_alike(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    hide_points(village)
    answers = []
    for number in ("12", "13"):
        assert come_in(client, 3, number).json == {"next": "/kiosk/pin"}
        assert client.get("/kiosk/home").location == "/kiosk/"
        answers.append([told(send_pin(client, "000001", number)) for _ in range(6)])
    assert answers[0] == answers[1]
    assert [status for status, _, _ in answers[0]] == [422] * 5 + [429]


def test_the_right_pin_opens(client: FlaskClient, device: Device, village: Place, household: Household) -> None:
    cards.set_pin(village, make_card(village, household).id, PIN, SYSTEM)
    hide_points(village)
    assert send_pin(client, PIN).json == {"next": "/kiosk/home"}
    assert "张家" in client.get("/kiosk/home").text
    assert client.get("/kiosk/month").status_code == 200


def test_who_chose_a_pin_is_asked_for_it_before_the_lines_once(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    cards.set_pin(village, make_card(village, household).id, PIN, SYSTEM)
    come_in(client)
    assert client.get("/kiosk/month").location == "/kiosk/pin?then=month"
    token = csrf(client, "/kiosk/pin")
    data = {"csrf_token": token, "pin": PIN, "then": "month"}
    answer = client.post("/kiosk/pin", data=data, headers={"Accept": "application/json"})
    assert answer.json == {"next": "/kiosk/month"}
    assert client.get("/kiosk/month").status_code == 200
    assert client.get("/kiosk/taken").status_code == 200


def test_the_page_after_the_pin_is_one_of_ours(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    cards.set_pin(village, make_card(village, household).id, PIN, SYSTEM)
    come_in(client)
    data = {"csrf_token": csrf(client, "/kiosk/pin"), "pin": PIN, "then": "//evil.example"}
    answer = client.post("/kiosk/pin", data=data, headers={"Accept": "application/json"})
    assert answer.json == {"next": "/kiosk/home"}
