"""Guessing at a kiosk: cards and PINs over many cards from one, over many kiosks on one card, orders made by hand."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from pointsbank.audit.models import AuditEvent, AuditText, Outcome
from pointsbank.cards import queries as card_queries
from pointsbank.cards import services as cards
from pointsbank.cards.services.pins import PLACE_TRIES_MAX
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.kiosk.policies import UNKNOWN_MAX
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries as market
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import KioskShows, VillageSettings
from tests.conftest import both_databases
from tests.factories import make_card, make_good, make_household, make_points, make_village
from tests.kiosks import come_in, count_orders, make_kiosk, place_order, send, told, type_pin

PIN = "314159"
WAIT = timedelta(minutes=15, seconds=1)


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def kiosk(village: Place, client: FlaskClient) -> FlaskClient:
    make_kiosk(village, client)
    return client


@pytest.fixture
def second(village: Place, app: Flask) -> FlaskClient:
    """Another kiosk of the village."""
    client = app.test_client()
    make_kiosk(village, client, "第二台")
    return client


def make_door(village: Place, number: int) -> Household:
    """A household with a card and a PIN behind a door of group 3."""
    household = make_household(village, "张建国", number=f"03-{number:03d}", group=3)
    cards.set_pin(village, make_card(village, household).id, PIN, SYSTEM)
    return household


def ask_pin_first(village: Place) -> None:
    places.change_settings(village.id, VillageSettings(kiosk_shows=KioskShows.NOTHING), clock.today(), SYSTEM)


def try_pin(kiosk: FlaskClient, number: int, pin: str) -> int:
    """The status with which the kiosk answers a PIN after a door number."""
    come_in(kiosk, 3, str(number))
    return type_pin(kiosk, pin).status_code


def refused(action: str) -> list[str]:
    """What the trail says was refused, in order: the codes."""
    same = (AuditText.place_id == AuditEvent.place_id) & (AuditText.sequence == AuditEvent.sequence)
    events = select(AuditText.text).join(AuditEvent, same).order_by(AuditEvent.sequence)
    return list(session().scalars(events.where(AuditEvent.action == action, AuditEvent.outcome == Outcome.REFUSED)))


def test_many_cards_and_doors_that_nobody_has_make_the_kiosk_wait(
    kiosk: FlaskClient, second: FlaskClient, village: Place, still_clock: FixedClock
) -> None:
    make_door(village, 12)
    for number in range(UNKNOWN_MAX // 2):
        forged = {"presented": f"PB1:qingxi:{number:043d}"}
        assert told(send(kiosk, "/kiosk/card", forged))[:2] == (422, "card_not_known")
        assert told(come_in(kiosk, 3, str(500 + number)))[:2] == (422, "door_not_known")
    assert told(come_in(kiosk))[:2] == (429, "too_many_unknown")  # not even a right one tells now
    assert refused("kiosk.unknown") == ["card_not_known", "door_not_known"] * (UNKNOWN_MAX // 2)
    assert come_in(second).status_code == 200
    still_clock.move(WAIT)
    assert come_in(kiosk).status_code == 200


@both_databases
def test_pins_of_many_cards_from_one_kiosk_make_it_wait_whatever_is_right_in_between(
    kiosk: FlaskClient, second: FlaskClient, village: Place, still_clock: FixedClock
) -> None:
    ask_pin_first(village)
    doors = range(1, PLACE_TRIES_MAX // 4 + 2)
    for number in doors:
        make_door(village, number)
    for number in doors[:-1]:
        assert [try_pin(kiosk, number, "000001") for _ in range(4)] == [422] * 4
        send(kiosk, "/kiosk/leave")
        if number == 1:
            assert try_pin(kiosk, number, PIN) == 200
            send(kiosk, "/kiosk/leave")
    assert try_pin(kiosk, doors[-1], PIN) == 429
    assert try_pin(second, doors[-1], PIN) == 200
    still_clock.move(WAIT)
    assert try_pin(kiosk, doors[-1], PIN) == 200


def test_one_card_tried_at_many_kiosks_waits_at_all_of_them(app: Flask, village: Place) -> None:
    ask_pin_first(village)
    make_door(village, 12)
    answers = []
    for number in range(6):
        client = app.test_client()
        make_kiosk(village, client, f"第{number}台")
        answers.append(try_pin(client, 12, "000001" if number < 5 else PIN))
    assert answers == [422] * 5 + [429]


def test_a_copied_qr_is_dead_with_the_card_it_was_copied_from(kiosk: FlaskClient, village: Place) -> None:
    household = make_household(village, "张建国", number="03-012", group=3)
    card = make_card(village, household)
    copied = {"presented": card_queries.qr_text(village, card)}
    assert send(kiosk, "/kiosk/card", copied).status_code == 200
    cards.replace_card(village, card.id, SYSTEM, new_key())
    assert kiosk.get("/kiosk/home").location == "/kiosk/"  # the session that it opened has ended
    assert told(send(kiosk, "/kiosk/card", copied))[:2] == (422, "card_not_known")


def test_an_order_made_by_hand_moves_nothing_and_stays_in_the_trail(kiosk: FlaskClient, village: Place) -> None:
    household = make_household(village, "张建国", number="03-012", group=3)
    make_points(village, household, 3_600)
    good = make_good(village, "大米", price=1_000, on_hand=5)
    miaopo = make_village("miaopo", name="庙坡村")
    make_good(miaopo, "香皂", price=100)
    foreign = make_good(miaopo, "面粉", price=100)
    come_in(kiosk)
    head, forged = ledger.head(village.id), [
        ({"quantity": -3}, 422, "invalid_input"),
        ({"quantity": 10**9}, 422, "invalid_input"),
        ({"quantity": 4, "points_seen": 4_000}, 409, "not_enough_points"),
        ({"quantity": 9, "points_seen": 9_000}, 409, "out_of_stock"),
        ({"points_seen": 1}, 409, "prices_changed"),
        ({"good": foreign.serial}, 404, "not_found"),
    ]  # fmt: skip
    for changed, status, code in forged:
        answer = place_order(kiosk, good, changed=changed)
        assert told(answer)[:2] == (status, code)
        assert told(answer)[2]
    assert refused("kiosk.order") == [code for _, _, code in forged]
    assert (ledger.head(village.id), count_orders()) == (head, 0)
    assert (market.good(village.id, good.serial).reserved, market.good(miaopo.id, foreign.serial).reserved) == (0, 0)
