"""A village with a kiosk, a household at its door and rice on the shelf."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Device
from pointsbank.market.models import Good
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_good, make_household, make_points, make_village
from tests.kiosks import make_kiosk


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    """A household at door 3-12 with 36 points."""
    made = make_household(village, "张建国", number="03-012", group=3)
    make_points(village, made, 3_600)
    return made


@pytest.fixture
def device(village: Place, client: FlaskClient) -> Device:
    """The browser as the village's kiosk."""
    return make_kiosk(village, client)


@pytest.fixture
def good(village: Place) -> Good:
    """Rice at 10 points, five of it on the shelf."""
    return make_good(village, "大米", price=1_000, on_hand=5)
