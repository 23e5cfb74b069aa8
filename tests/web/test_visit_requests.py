"""请组长来问我: a tap at the kiosk stands on the group head's list until somebody says what came of it."""

from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access import services as access
from pointsbank.access.guard import DEVICE_COOKIE
from pointsbank.access.models import Role, Staff
from pointsbank.deeds.queries.visits import open_requests
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_household, make_staff, make_village
from tests.web.conftest import csrf, post, sign_in

VISITS = "/desk/qingxi/deeds/visits"


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张建国", number="03-012", group=3)


@pytest.fixture
def kiosk(village: Place, household: Household, app: Flask) -> FlaskClient:
    """A kiosk at which the household has tapped its number."""
    client = app.test_client()
    _, token = access.pair_device(village, "超市自助机", "staff", SYSTEM)
    client.set_cookie(DEVICE_COOKIE, token)
    assert tap(client, "/kiosk/door", {"group": 3, "number": "12"}).status_code == 200
    return client


def tap(client: FlaskClient, path: str, data: Mapping[str, object]) -> TestResponse:
    token = csrf(client, "/kiosk/")
    return client.post(path, data={"csrf_token": token, **data}, headers={"Accept": "application/json"})


def make_head(village: Place, name: str, *groups: Household) -> Staff:
    head = make_staff(village, Role.GROUP_HEAD, name=name)
    access.change_roles(head, village, [Role.GROUP_HEAD], SYSTEM, groups=[one.group for one in groups])
    return head


def test_asked_once_seen_by_the_own_head_and_answered_once(
    kiosk: FlaskClient, client: FlaskClient, village: Place, household: Household
) -> None:
    own = make_head(village, "李组长", household)
    other = make_head(village, "王组长", make_household(village, "李四", number="04-001", group=4))
    page = kiosk.get("/kiosk/deeds/ask").text
    assert "李组长" in page
    assert "王组长" not in page
    key = new_key()
    for sent in (key, key, new_key()):  # tapped again, and again after a reload
        assert tap(kiosk, "/kiosk/deeds/ask", {"key": sent}).json == {"next": "/kiosk/deeds/ask"}
    assert [one.serial for one in open_requests(village.id)] == [1]
    assert "跟组长说了" in kiosk.get("/kiosk/deeds/ask").text

    sign_in(client, other)
    assert "张建国" not in client.get(VISITS).text
    refused = post(client, f"{VISITS}/1", {"answer": "去过了", "key": new_key()})
    assert refused.status_code == 403
    assert "您管的是" in refused.text

    sign_in(client, own)
    assert "张建国" in client.get(VISITS).text
    assert post(client, f"{VISITS}/1", {"answer": "", "key": new_key()}).status_code == 422
    assert post(client, f"{VISITS}/1", {"answer": "去过了，记了第 3 号", "key": new_key()}).status_code == 303
    assert open_requests(village.id) == []
    assert post(client, f"{VISITS}/1", {"answer": "又去了", "key": new_key()}).status_code == 409
    assert "去过了，记了第 3 号" in client.get(VISITS).text
    assert "请组长来" in kiosk.get("/kiosk/deeds/ask").text


def test_another_villages_request_is_not_found(
    kiosk: FlaskClient, client: FlaskClient, village: Place, household: Household
) -> None:
    tap(kiosk, "/kiosk/deeds/ask", {"key": new_key()})
    stranger = make_staff(make_village("miaopo", name="庙坡村"), Role.CLERK)
    sign_in(client, stranger)
    assert client.get("/desk/miaopo/deeds/visits/1").status_code == 404
    assert client.get(f"{VISITS}/1").status_code == 404
