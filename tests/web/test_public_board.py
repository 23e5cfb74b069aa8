"""The wall shows frozen months and nothing else."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.boards import services
from pointsbank.foundation.actor import SYSTEM
from pointsbank.places.models import Place, PlaceKind
from tests.boards import PERIOD, make_deed
from tests.factories import make_household, make_staff, make_village
from tests.web.conftest import sign_in


@pytest.fixture
def village(app: Flask) -> Place:
    made = make_village()
    make_deed(made, make_household(made, "王大明"), 500)
    return made


def test_before_the_first_board_the_wall_says_when_there_will_be_one(client: FlaskClient, village: Place) -> None:
    page = client.get("/public/qingxi/")
    assert page.status_code == 200
    assert "还没有发榜" in page.text


def test_a_frozen_month_hangs_with_masked_names(client: FlaskClient, village: Place) -> None:
    services.freeze(village, PERIOD, SYSTEM)
    for path in ("/public/qingxi/", f"/public/qingxi/{PERIOD}"):
        page = client.get(path)
        assert page.status_code == 200
        assert "王*明" in page.text
        assert "王大明" not in page.text
        assert "草稿" not in page.text


def test_what_hangs_does_not_change_with_what_happens_later(client: FlaskClient, village: Place) -> None:
    services.freeze(village, PERIOD, SYSTEM)
    before = client.get("/public/qingxi/").text
    make_deed(village, make_household(village, "李秀英"), 9_000)
    assert client.get("/public/qingxi/").text == before


@pytest.mark.parametrize(
    "period", ["2026-02", "2026-03", "2026-13", "garbage", "0000-00", "２０２６-02", "9" * 500, "..%2f"]
)
def test_a_month_without_a_board_is_not_found(client: FlaskClient, village: Place, period: str) -> None:
    answer = client.get(f"/public/qingxi/{period}")
    assert answer.status_code == 404
    assert "返回" in answer.text or "请看别的月份" in answer.text


@pytest.mark.parametrize("code", ["nowhere", "tianwan", "neijiang", "QINGXI", "清溪村", "%ED%A0%80", "x" * 5_000])
def test_what_is_no_village_has_no_wall(client: FlaskClient, village: Place, code: str) -> None:
    assert client.get(f"/public/{code}/").status_code == 404


def test_one_villages_board_does_not_hang_at_another(client: FlaskClient, village: Place) -> None:
    make_village("miaopo", PlaceKind.COMMUNITY, "庙坡社区")
    services.freeze(village, PERIOD, SYSTEM)
    assert client.get(f"/public/miaopo/{PERIOD}").status_code == 404
    assert "清溪村" not in client.get("/public/miaopo/").text


def test_the_wall_knows_nobody_even_when_staff_look_at_it(client: FlaskClient, village: Place) -> None:
    services.freeze(village, PERIOD, SYSTEM)
    stranger = client.get("/public/qingxi/").text
    sign_in(client, make_staff(village, Role.CLERK))
    assert client.get("/public/qingxi/").text == stranger
