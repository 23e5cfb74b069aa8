"""查积分, 我换的东西, 看榜: in plain words, and nobody's full name."""

import pytest
from flask.testing import FlaskClient

from pointsbank.access.models import Device
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import services as counter
from pointsbank.market.models import Good
from pointsbank.market.services.orders import Part
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.kiosks import come_in, place_order, send


def test_the_month_is_told_in_plain_words(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    come_in(client)
    place_order(client, good)
    page = client.get("/kiosk/month").text
    assert "好人好事" in page
    assert "先留着：大米" in page
    counter.hand_over(village, 1, ConfirmBy.SIGNATURE, SYSTEM, new_key())
    page = client.get("/kiosk/month").text
    assert "换了：大米" in page
    assert "先留着：大米" not in page
    assert "大米" in client.get("/kiosk/taken").text


def test_what_is_left_of_an_order_is_told_until_it_is_fetched(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    come_in(client)
    place_order(client, good, 3)
    counter.hand_over(village, 1, ConfirmBy.SIGNATURE, SYSTEM, new_key(), part=Part(((1, 2),)))
    order = client.get("/kiosk/orders/1").text
    assert "还有没领的" in order
    assert "1 袋" in order
    taken = client.get("/kiosk/taken").text
    assert "还没有领的，在柜台等您领" in taken
    assert "大米 5kg/袋 2 袋" in taken
    assert "大米 1 袋" in client.get("/kiosk/home").text
    send(client, "/kiosk/orders/1/cancel", {"key": new_key()})
    assert "不要了，退回：大米" in client.get("/kiosk/month").text


@pytest.mark.parametrize("month", ["2026-13", "x", "9999-01", "2026-04"])
def test_a_month_that_cannot_be_is_told(client: FlaskClient, device: Device, household: Household, month: str) -> None:
    come_in(client)
    assert client.get(f"/kiosk/month?month={month}").status_code == 422


def test_the_first_month_has_none_before_it(client: FlaskClient, device: Device, household: Household) -> None:
    come_in(client)
    assert client.get("/kiosk/month?month=1900-01").status_code == 200


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "１"])
def test_a_page_that_cannot_be_is_the_first(
    client: FlaskClient, device: Device, household: Household, before: str
) -> None:
    come_in(client)
    assert client.get(f"/kiosk/taken?before={before}").status_code == 200


def test_the_board_masks_who_has_not_consented(client: FlaskClient, device: Device, household: Household) -> None:
    come_in(client)
    page = client.get("/kiosk/board").text
    assert "张*国" in page
    assert "张建国" not in page
