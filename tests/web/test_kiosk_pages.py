"""Every page of the kiosk says its sentence."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Device
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_household, make_points, make_village
from tests.kiosks import come_in, make_kiosk


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    made = make_household(village, "张建国", number="03-012", group=3)
    make_points(village, made, 3_600)
    return made


@pytest.fixture
def device(village: Place, client: FlaskClient) -> Device:
    return make_kiosk(village, client)


@pytest.mark.parametrize("path", ["", "door", "door?group=3", "home", "goods", "month", "taken", "board", "staff"])
def test_every_page_says_its_sentence_and_that_it_needs_a_script(
    client: FlaskClient, device: Device, household: Household, path: str
) -> None:
    come_in(client)
    page = client.get(f"/kiosk/{path}").text
    assert "<noscript>" in page
    assert 'id="said"' in page
    assert "style=" not in page
