"""Nobody is there: the kiosk shows the board of the wall and the shelf, and takes a card all the same."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.boards import services as boards
from pointsbank.cards import queries as cards
from pointsbank.foundation.actor import SYSTEM
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.boards import PERIOD, consent, make_deed
from tests.factories import make_card, make_good, make_household, make_points, make_village, redeem_now
from tests.kiosks import JSON, make_kiosk, send
from tests.statements import count_statements
from tests.web.conftest import csrf

STATEMENTS_MAX = 12


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    made = make_village()
    make_kiosk(made, client)
    return made


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张建国", number="03-012", group=3)


def test_before_the_first_board_it_shows_the_welcome_and_the_shelf(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_good(village, "大米", price=1_000)
    make_good(village, "香皂", price=100, on_hand=0)
    page = client.get("/kiosk/attract").text
    assert "做好事" in page
    assert "大米" in page
    assert "香皂" not in page  # nobody is drawn by what is gone
    assert "积分榜" not in page


def test_it_shows_the_board_of_the_wall_with_names_as_they_hang_there(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_deed(village, household, 500)
    honoured = make_household(village, "李大明")
    consent(village, honoured)
    boards.choose_merit(village, PERIOD, make_deed(village, honoured, 300), "给独居老人挑水", SYSTEM)
    assert "给独居老人挑水" not in client.get("/kiosk/attract").text  # what is no board yet hangs nowhere
    boards.freeze(village, PERIOD, SYSTEM)
    make_points(village, household, 3_600)
    redeem_now(village, household, make_good(village, "香皂", price=100), 1)
    with count_statements() as statements:
        page = client.get("/kiosk/attract").text
    assert len(statements) <= STATEMENTS_MAX
    assert "给独居老人挑水" in page
    assert "李大明" in page
    assert "张*国" in page
    assert "张建国" not in page
    assert "5 分" in page


def test_a_card_scanned_there_opens_at_once(client: FlaskClient, village: Place, household: Household) -> None:
    text = cards.qr_text(village, make_card(village, household))
    data = {"csrf_token": csrf(client, "/kiosk/attract"), "presented": text}
    assert client.post("/kiosk/card", data=data, headers=JSON).json == {"next": "/kiosk/home"}


def test_strong_contrast_lasts_until_its_person_is_gone(
    client: FlaskClient, village: Place, household: Household
) -> None:
    def is_strong(path: str) -> bool:
        return "kiosk-contrast" in client.get(path).text

    assert not is_strong("/kiosk/")
    assert send(client, "/kiosk/contrast").json == {"next": "/kiosk/"}
    send(client, "/kiosk/door", {"group": 3, "number": "12"})
    assert is_strong("/kiosk/home")
    assert is_strong("/kiosk/nothing")
    send(client, "/kiosk/leave")
    assert not is_strong("/kiosk/")
    send(client, "/kiosk/contrast")
    client.get("/kiosk/attract")  # whoever wanted it has gone without a word
    assert not is_strong("/kiosk/")
    for strong in (True, False):
        send(client, "/kiosk/contrast")
        assert is_strong("/kiosk/") is strong
