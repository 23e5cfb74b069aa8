"""At the desk the book is proved by a button, and compared with what hangs on the wall."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.ledger import queries as ledger
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.factories import make_household, make_staff, make_village
from tests.web.conftest import post, sign_in

VERIFY = "/desk/qingxi/verify"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    made = make_village()
    places.change_settings(made.id, VillageSettings(opening_points=500), clock.today(), SYSTEM)
    make_household(made)
    sign_in(client, make_staff(made, Role.SUPERVISION))
    return made


def test_a_sound_book_says_so_with_its_head(client: FlaskClient, village: Place) -> None:
    sequence, digest = ledger.head(village.id)
    page = post(client, VERIFY, {"head": ""})
    assert "账是完好的：1 笔" in page.text
    assert f"{sequence}:{digest.hex()}" in page.text
    assert "和榜上印的" not in page.text


def test_the_head_on_the_wall_is_compared_as_it_is_printed(client: FlaskClient, village: Place) -> None:
    sequence, digest = ledger.head(village.id)
    in_eights = " ".join(digest.hex()[start : start + 8] for start in range(0, 64, 8))
    assert "和榜上印的第 1 号一样" in post(client, VERIFY, {"head": f"第 {sequence} 号，校验码 {in_eights}"}).text
    assert "与纸上印的校验码不符" in post(client, VERIFY, {"head": f"{sequence}:{'0' * 64}"}).text
    assert "账本比纸上的旧" in post(client, VERIFY, {"head": f"{sequence + 1}:{digest.hex()}"}).text


@pytest.mark.parametrize("typed", ["1878", "甲:乙", "x" * 5_000, "1:" + "g" * 64])
def test_what_is_no_head_is_told_at_the_field(client: FlaskClient, village: Place, typed: str) -> None:
    page = post(client, VERIFY, {"head": typed})
    assert page.status_code == 422
    assert "校验码" in page.text
    assert "账是完好的" not in page.text
