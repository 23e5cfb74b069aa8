"""The price list and the labels from the goods' page."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.places.models import Place
from tests.factories import make_good, make_staff, make_village
from tests.fonts import prepared_fonts_folder
from tests.pdf import text_of
from tests.web.conftest import sign_in

GOODS = "/desk/qingxi/market/goods"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    (app.config["POINTSBANK"].fonts_folder).symlink_to(prepared_fonts_folder(), target_is_directory=True)
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER))
    return place


def test_what_is_on_the_shelf_stands_on_the_price_list(client: FlaskClient, village: Place) -> None:
    assert client.get(f"{GOODS}/prices.pdf").status_code == 404
    make_good(village, "大米", price=6_000, on_hand=5)
    text = text_of(client.get(f"{GOODS}/prices.pdf").data)
    assert "大米5kg/袋袋605" in text


def test_labels_are_printed_for_what_was_chosen(client: FlaskClient, village: Place) -> None:
    make_good(village, "大米", price=6_000)
    make_good(village, "香皂", price=900)
    text = text_of(client.get(f"{GOODS}/labels?submit=1&sheet=70x37&words=香皂").data)
    assert "香皂" in text
    assert "9分" in text
    assert "大米" not in text


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("sheet=own&width=5&height=40", "width"),
        ("sheet=own&width=50&height=1e9", "height"),
        ("sheet=own&width=50&height=-40", "height"),
        ("sheet=70x37&first=25", "first"),
        ("sheet=70x37&first=0", "first"),
        ("sheet=70x37&words=没有的", "words"),
        ("sheet=zz", "sheet"),
    ],
)
def test_a_label_that_cannot_be_printed_is_said_at_its_field(
    client: FlaskClient, village: Place, asked: str, field: str
) -> None:
    make_good(village, "大米")
    answer = client.get(f"{GOODS}/labels?submit=1&{asked}")
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
