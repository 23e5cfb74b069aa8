"""找人帮忙: a tap at the kiosk rings at the counter, until somebody there says that they come."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from pointsbank.access.models import Device, Role, Staff
from pointsbank.audit.models import AuditEvent
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.kiosk.models import HelpCall
from pointsbank.kiosk.policies import CALL_RINGS
from pointsbank.kiosk.services import CALLS_MAX
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_household, make_staff, make_village
from tests.kiosks import JSON, come_in, make_kiosk, send, told
from tests.web.conftest import csrf, post, sign_in

CALLS = "/desk/qingxi/calls"


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def kiosk(village: Place, app: Flask) -> FlaskClient:
    client = app.test_client()
    make_kiosk(village, client)
    return client


@pytest.fixture
def shopkeeper(village: Place, client: FlaskClient) -> Staff:
    person = make_staff(village, Role.SHOPKEEPER, name="罗德福")
    sign_in(client, person)
    return person


def call(kiosk: FlaskClient) -> str:
    """Tap 叫人来; the page that shows how it stands."""
    answer = send(kiosk, "/kiosk/help")
    assert answer.json is not None, answer.text
    page: str = answer.json["next"]
    return page


def state(kiosk: FlaskClient, page: str) -> str:
    answer = kiosk.get(f"{page}/state", headers=JSON)
    assert answer.json is not None
    found: str = answer.json["state"]
    return found


def ringing(client: FlaskClient) -> list[dict[str, str]]:
    """What the bell at the desk is told."""
    answer = client.get(CALLS, headers=JSON)
    assert answer.json is not None
    assert answer.json["again_in"] > 0
    found: list[dict[str, str]] = answer.json["calls"]
    return found


def actions() -> list[str]:
    wanted = select(AuditEvent.action).where(AuditEvent.action.startswith("help.")).order_by(AuditEvent.sequence)
    return list(session().scalars(wanted))


@both_databases
def test_a_call_rings_at_the_counter_until_somebody_comes(
    kiosk: FlaskClient, client: FlaskClient, village: Place, shopkeeper: Staff
) -> None:
    make_household(village, "张建国", number="03-012", group=3)
    assert ringing(client) == []
    come_in(kiosk)
    page = call(kiosk)
    assert "已经叫人了，请稍等" in kiosk.get(page).text
    [rung] = ringing(client)
    assert rung["words"] == "有人在“超市自助机”找人帮忙：3组 12号 张家"
    assert rung["words"] in client.get(CALLS).text
    token = csrf(client, CALLS)
    for _ in range(2):  # the key pressed twice
        assert client.post(rung["answer"], data={"csrf_token": token}, headers=JSON).json == {"answered": True}
    assert ringing(client) == []
    assert state(kiosk, page) == "help_coming"
    shown = kiosk.get(page).text
    assert "听到了，马上有人来" in shown
    assert "罗德福" in shown
    assert "罗德福，" in client.get(CALLS).text
    assert actions() == ["help.call", "help.answer"]


def test_tapping_again_while_it_rings_is_the_same_call(kiosk: FlaskClient, client: FlaskClient, village: Place) -> None:
    assert call(kiosk) == call(kiosk)
    assert "不用了" in kiosk.get("/kiosk/help").text  # whoever opens the page sees that somebody was called
    assert len(session().scalars(select(HelpCall)).all()) == 1


def test_what_is_not_needed_any_more_rings_no_more(
    kiosk: FlaskClient, client: FlaskClient, village: Place, shopkeeper: Staff
) -> None:
    page = call(kiosk)
    [rung] = ringing(client)
    assert send(kiosk, f"{page}/end").json == {"next": page}
    assert state(kiosk, page) == "help_ended"
    assert ringing(client) == []
    refused = client.post(rung["answer"], data={"csrf_token": csrf(client, CALLS)}, headers=JSON)
    assert told(refused)[:2] == (409, "call_ended")
    assert "自己说不用了" in client.get(CALLS).text


def test_where_nobody_comes_the_kiosk_says_so_and_rings_again(
    kiosk: FlaskClient, client: FlaskClient, village: Place, shopkeeper: Staff, still_clock: FixedClock
) -> None:
    page = call(kiosk)
    still_clock.move(CALL_RINGS)
    assert state(kiosk, page) == "help_nobody"
    assert ringing(client) == []
    assert "请到柜台去" in kiosk.get(page).text
    again = call(kiosk)
    assert again != page
    assert len(ringing(client)) == 1
    assert "没有人去" in client.get(CALLS).text


def test_a_kiosk_that_calls_too_often_is_told_to_go_to_the_counter(
    kiosk: FlaskClient, village: Place, still_clock: FixedClock
) -> None:
    for _ in range(CALLS_MAX):
        send(kiosk, f"{call(kiosk)}/end")
    status, code, sentence = told(send(kiosk, "/kiosk/help"))
    assert (status, code) == (429, "too_many_calls")
    assert "请到柜台去" in sentence
    still_clock.move(timedelta(minutes=11))
    call(kiosk)


def test_only_who_serves_at_the_counter_here_hears_and_answers(
    app: Flask, kiosk: FlaskClient, client: FlaskClient, village: Place
) -> None:
    call(kiosk)
    sign_in(client, make_staff(village, Role.REVIEWER))
    assert client.get(CALLS, headers=JSON).status_code == 403
    assert "bell.js" not in client.get("/desk/qingxi/").text
    elsewhere = app.test_client()
    miaopo = make_village("miaopo", name="庙坡村")
    sign_in(elsewhere, make_staff(miaopo, Role.SHOPKEEPER))
    nothing = elsewhere.get("/desk/miaopo/calls", headers=JSON)
    assert nothing.json == {"calls": [], "again_in": 0}  # a village without a kiosk asks no more
    call_id = session().scalar(select(HelpCall.id))
    assert post(elsewhere, f"/desk/miaopo/calls/{call_id}/answer", page="/desk/miaopo/").status_code == 404


def test_another_kiosk_sees_nothing_of_a_call(app: Flask, kiosk: FlaskClient, village: Place) -> None:
    page = call(kiosk)
    other = app.test_client()
    device: Device = make_kiosk(village, other, "第二台")
    assert device.name == "第二台"
    assert state(other, page) == "help"
    send(other, f"{page}/end")
    assert state(kiosk, page) == "help_called"
