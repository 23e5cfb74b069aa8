"""Every page of the kiosk says its sentence."""

import pytest
from flask.testing import FlaskClient

from pointsbank.access.models import Device
from pointsbank.people.models import Household
from tests.kiosks import come_in


@pytest.mark.parametrize("path", ["", "door", "door?group=3", "home", "goods", "month", "taken", "board", "staff"])
def test_every_page_says_its_sentence_and_that_it_needs_a_script(
    client: FlaskClient, device: Device, household: Household, path: str
) -> None:
    come_in(client)
    page = client.get(f"/kiosk/{path}").text
    assert "<noscript>" in page
    assert 'id="said"' in page
    assert "style=" not in page
