"""At a good's page: its photo, a barcode of the shop's own, the prices that were and will be."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries
from pointsbank.market.models import Good
from pointsbank.places.models import Place
from tests.factories import make_good, make_staff, make_village
from tests.flows.test_goods_details import picture
from tests.web.conftest import post, sign_in
from tests.web.test_goods_pages import SOAP, filled

GOODS = "/desk/qingxi/market/goods"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER))
    return place


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", price=6_000)


def test_a_photo_is_shown_on_the_page_and_taken_away_again(client: FlaskClient, village: Place, rice: Good) -> None:
    url = f"{GOODS}/{rice.serial}"
    assert client.get(f"{url}/photo").status_code == 404
    assert post(client, f"{url}/photo", {"file": (io.BytesIO(picture()), "米.jpg")}).status_code == 303
    assert re.search(rf'src="{url}/photo\?v=[0-9a-f]{{16}}"', client.get(url).text)
    shown = client.get(f"{url}/photo")
    assert (shown.mimetype, shown.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert post(client, f"{url}/photo/remove").status_code == 303
    assert client.get(f"{url}/photo").status_code == 404


def test_a_file_that_is_no_photo_is_told_at_its_field(client: FlaskClient, village: Place, rice: Good) -> None:
    url = f"{GOODS}/{rice.serial}/photo"
    for file in (b"<svg/>", b"\xff\xd8\xff broken"):
        answer = post(client, url, {"file": (io.BytesIO(file), "米.jpg")})
        assert (answer.status_code, 'id="file-error"' in answer.text) == (422, True)
    assert 'id="file-error"' in post(client, url).text


def test_a_price_that_comes_is_announced_listed_and_cancelled(client: FlaskClient, village: Place, rice: Good) -> None:
    url = f"{GOODS}/{rice.serial}"
    later = filled(rice, points_price="70", price_from="2026-04-01")
    assert post(client, f"{url}/edit", later).status_code == 303
    page = client.get(url).text
    assert "新的积分价从4月1日起用" in page
    assert "4月1日起 70 分" in page
    assert ("到时候用" in page, "2026年4月1日" in page, "职工" in page) == (True, True, True)
    assert "4月1日起 70" in client.get(GOODS).text
    assert "已经定了 2026年4月1日起 70 分" in client.get(f"{url}/edit").text
    assert post(client, f"{url}/price/cancel").status_code == 303
    assert "积分价和今天一样" in client.get(url).text
    assert "到时候用" not in client.get(url).text


@pytest.mark.sqlite_is_enough
@pytest.mark.parametrize("day", ["2026-03-17", "2027-12-31", "2026-02-30", "明天"])
def test_a_day_that_cannot_be_is_told_at_its_field(client: FlaskClient, village: Place, rice: Good, day: str) -> None:
    answer = post(client, f"{GOODS}/{rice.serial}/edit", filled(rice, points_price="70", price_from=day))
    assert (answer.status_code, 'id="price_from-error"' in answer.text) == (422, True)
    assert queries.good(village.id, rice.serial).version == 1


def test_a_good_without_a_barcode_gets_one_that_is_drawn(client: FlaskClient, village: Place, rice: Good) -> None:
    url = f"{GOODS}/{rice.serial}"
    assert "编一个店内条码" in client.get(url).text
    assert post(client, f"{url}/barcode").status_code == 303
    page = client.get(url).text
    [barcode] = [row.barcode for row in queries.good(village.id, rice.serial).barcodes]
    assert f'aria-label="店内条码 {barcode}"><svg' in page
    assert "编一个店内条码" not in page
    added = post(client, f"{GOODS}/new", {**SOAP, "makes_barcode": "y", "key": new_key()})
    assert "店内条码" in client.get(added.location).text


def test_a_service_is_added_and_its_page_speaks_of_no_stock(client: FlaskClient, village: Place) -> None:
    haircut = {**SOAP, "name": "理发", "stock_min": "", "is_service": "y", "provider": "王师傅理发店", "key": new_key()}
    page = client.get(post(client, f"{GOODS}/new", haircut).location).text
    assert "王师傅理发店" in page
    assert "盘点</h2>" not in page
    assert "报损" not in page


def test_out_of_season_the_page_says_when_it_is_back(client: FlaskClient, village: Place, rice: Good) -> None:
    url = f"{GOODS}/{rice.serial}"
    post(client, f"{url}/edit", filled(rice, season_from="5月20日", season_to="6月30日"))
    assert "不到时节，5月20日起再来" in client.get(url).text
    assert "不应季" in client.get(GOODS).text
    refused = post(client, f"{url}/edit", filled(rice, version="2", season_from="5月20日"))
    assert (refused.status_code, 'id="season_to-error"' in refused.text) == (422, True)


def test_what_is_never_given_is_refused_with_why(client: FlaskClient, village: Place) -> None:
    answer = post(client, f"{GOODS}/new", {**SOAP, "name": "高粱酒", "key": new_key()})
    assert (answer.status_code, 'id="name-error"' in answer.text, "属于酒" in answer.text) == (422, True, True)


def test_who_only_sees_the_goods_sees_the_photo_and_changes_nothing(app: Flask, client: FlaskClient) -> None:
    place = make_village()
    good = make_good(place)
    sign_in(client, make_staff(place, Role.SUPERVISION))
    url = f"{GOODS}/{good.serial}"
    assert "编一个店内条码" not in client.get(url).text
    assert client.get(f"{url}/photo").status_code == 404
    for path in ("photo", "photo/remove", "barcode", "price/cancel"):
        assert post(client, f"{url}/{path}").status_code == 403, path
    other = make_good(make_village("miaopo", name="庙坡社区"))
    assert client.get(f"/desk/miaopo/market/goods/{other.serial}/photo").status_code == 404
