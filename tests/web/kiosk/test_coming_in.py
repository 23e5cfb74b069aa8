"""Who gets in at the kiosk: by the number on the door, by a card, until they go."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from pointsbank.access.models import Device
from pointsbank.cards import queries as card_queries
from pointsbank.cards import services as cards
from pointsbank.cards.models import VillagerSession
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_card, make_household, make_village
from tests.kiosks import come_in, send, told


@pytest.mark.parametrize("number", ["12", "012", "0012"])
def test_a_door_number_shows_the_points(client: FlaskClient, device: Device, household: Household, number: str) -> None:
    assert come_in(client, 3, number).json == {"next": "/kiosk/home"}
    page = client.get("/kiosk/home").text
    assert "3组 12号 张家" in page
    assert "36" in page
    assert "张建国" not in page


@pytest.mark.parametrize("written", ["12", "012", "3-12", "3012", "03012", "3组12号"])
def test_a_door_is_found_however_the_village_writes_it(
    client: FlaskClient, device: Device, village: Place, written: str
) -> None:
    make_household(village, "李四", number=written, group=3)
    assert come_in(client).json == {"next": "/kiosk/home"}


@pytest.mark.parametrize(("group", "number"), [(3, "13"), (4, "12"), (99, "1"), (3, "99999999")])
def test_an_unknown_door_is_told(
    client: FlaskClient, device: Device, household: Household, group: int, number: str
) -> None:
    answer = come_in(client, group, number)
    status, _, sentence = told(answer)
    assert status == 422
    assert "看看门牌" in sentence
    assert client.get("/kiosk/home").location == "/kiosk/"


@pytest.mark.parametrize(
    "data",
    [{}, {"group": "x", "number": "1"}, {"group": "3"}, {"group": 3, "number": "1'--"}, {"group": "9" * 5_000}],
)
def test_a_door_that_cannot_be_is_told(client: FlaskClient, device: Device, data: dict[str, object]) -> None:
    assert send(client, "/kiosk/door", data).status_code == 422


def test_a_card_opens_and_knows_its_household(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    card = make_card(village, household)
    assert send(client, "/kiosk/card", {"presented": card_queries.qr_text(village, card)}).status_code == 200
    assert "张家" in client.get("/kiosk/home").text


def test_a_lost_expired_forged_foreign_or_nonsense_card_gets_the_same_answer(
    client: FlaskClient, device: Device, village: Place, household: Household, still_clock: FixedClock
) -> None:
    lost = make_card(village, household)
    lost_text = card_queries.qr_text(village, lost)
    cards.report_lost(village, lost.id, SYSTEM)
    miaopo = make_village("miaopo", name="庙坡村")
    foreign = card_queries.qr_text(miaopo, make_card(miaopo, make_household(miaopo)))
    expired = make_card(village, make_household(village))
    cards.edit_card(village, expired.id, "", clock.today(), SYSTEM)
    still_clock.move(timedelta(days=1))
    texts = [lost_text, lost.number, card_queries.qr_text(village, expired), expired.number]
    texts += [foreign, foreign.replace("miaopo", "qingxi"), "PB1:qingxi:x", "", "字" * 500]
    answers = {told(send(client, "/kiosk/card", {"presented": text})) for text in texts}
    assert [(status, code) for status, code, _ in answers] == [(422, "card_not_known")]
    assert client.get("/kiosk/home").status_code == 303


def test_the_next_villager_ends_the_session_of_the_one_before(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    come_in(client)
    make_household(village, "李四", number="03-013", group=3)
    come_in(client, 3, "13")
    assert "李家" in client.get("/kiosk/home").text
    still_open = select(func.count()).select_from(VillagerSession).where(VillagerSession.closed_at.is_(None))
    assert session().scalar(still_open) == 1


def test_who_is_done_is_gone(client: FlaskClient, device: Device, household: Household) -> None:
    come_in(client)
    assert send(client, "/kiosk/leave").json == {"next": "/kiosk/"}
    assert client.get("/kiosk/home").location == "/kiosk/"


def test_a_session_ends_when_nobody_touches_the_screen(
    client: FlaskClient, device: Device, household: Household, still_clock: FixedClock
) -> None:
    come_in(client)
    for _ in range(5):
        still_clock.move(timedelta(minutes=3))
        assert client.get("/kiosk/home").status_code == 200
    still_clock.move(cards.SESSION_IDLE)
    assert client.get("/kiosk/home").location == "/kiosk/"


def test_a_lost_card_ends_the_session_opened_with_it(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    card = make_card(village, household)
    send(client, "/kiosk/card", {"presented": card.number})
    cards.report_lost(village, card.id, SYSTEM)
    assert client.get("/kiosk/home").location == "/kiosk/"
