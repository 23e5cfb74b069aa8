"""A clerk pairs a kiosk with a code and ends it again."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access import queries, services
from pointsbank.access.models import Role
from pointsbank.foundation.actor import SYSTEM
from pointsbank.places.models import Place
from tests.factories import make_staff, make_village
from tests.web.conftest import post, sign_in

DEVICES = "/desk/qingxi/devices"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


def test_a_pairing_code_is_shown_once_with_its_minutes(client: FlaskClient, village: Place) -> None:
    page = post(client, DEVICES, {"device_name": "超市自助机"})
    code = re.search(r">(\d{4}) (\d{4})<", page.text)
    assert code is not None
    assert "10 分钟" in page.text
    assert code[1] not in client.get(DEVICES).text
    device, _ = services.pair_with_code(code[1] + code[2], "127.0.0.1")
    assert device.name == "超市自助机"
    assert "超市自助机" in client.get(DEVICES).text


def test_a_kiosk_needs_a_name(client: FlaskClient, village: Place) -> None:
    answer = post(client, DEVICES, {"device_name": " "})
    assert answer.status_code == 422
    assert "请给自助机起个名字" in answer.text


def test_a_revoked_kiosk_is_none_any_more(client: FlaskClient, village: Place) -> None:
    device, token = services.pair_device(village, "超市自助机", "staff", SYSTEM)
    assert post(client, f"{DEVICES}/{device.id}/revoke").status_code == 303
    assert queries.device_by_token(token) is None
    assert "已停用" in client.get(DEVICES).text


def test_another_villages_kiosk_is_not_found(client: FlaskClient, village: Place) -> None:
    device, token = services.pair_device(make_village("miaopo", name="庙坡村"), "自助机", "staff", SYSTEM)
    assert post(client, f"{DEVICES}/{device.id}/revoke").status_code == 404
    assert queries.device_by_token(token) is not None
