"""Poster, table and signature sheet from the pages of the covenant."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.places.models import Place
from tests.covenants import make_draft
from tests.factories import make_household, make_staff, make_village
from tests.fonts import prepared_fonts_folder
from tests.pdf import text_of
from tests.web.conftest import sign_in

COVENANT = "/desk/qingxi/covenant"


@pytest.fixture
def village(app: Flask) -> Place:
    (app.config["POINTSBANK"].fonts_folder).symlink_to(prepared_fonts_folder(), target_is_directory=True)
    return make_village()


def test_a_draft_is_printed_as_one_and_signed_by_every_household(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, Role.CLERK))
    make_household(village, "张三")
    make_draft(village)
    poster = text_of(client.get(f"{COVENANT}/text/versions/1/poster-A3.pdf").data)
    assert "勤读书，勤学艺。" in poster
    assert "草稿" in poster
    assert "张三" in text_of(client.get(f"{COVENANT}/text/versions/1/signatures.pdf").data)
    assert client.get(f"{COVENANT}/text/versions/1/poster-A9.pdf").status_code == 404
    assert client.get(f"{COVENANT}/versions/1/table-A4.pdf").status_code == 404


def test_full_names_are_for_the_office_alone(client: FlaskClient, village: Place) -> None:
    make_draft(village)
    sign_in(client, make_staff(village, Role.SHOPKEEPER))
    assert client.get(f"{COVENANT}/text/versions/1/poster-A4.pdf").status_code == 200
    assert client.get(f"{COVENANT}/text/versions/1/signatures.pdf").status_code == 403
