"""The stock-take at the desk: blind until it is compared, by scanner and from the sheet, confirmed by somebody else."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.market import queries
from pointsbank.market.models import Good, StocktakeState
from pointsbank.market.queries import counting as stocktakes
from pointsbank.places.models import Place
from tests.factories import make_good, make_staff, make_village
from tests.fonts import prepared_fonts_folder
from tests.pdf import codes_of, picture_of, text_of
from tests.web.conftest import post, sign_in

TAKES = "/desk/qingxi/market/stocktakes"
ONE = f"{TAKES}/1"
BARCODE = "6901028075763"
IN_THE_BOOK = 987_654  # a figure that stands nowhere else on a page


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    (app.config["POINTSBANK"].fonts_folder).symlink_to(prepared_fonts_folder(), target_is_directory=True)
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER, name="罗德福"))
    return place


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", on_hand=IN_THE_BOOK, barcodes=(BARCODE,))


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", on_hand=IN_THE_BOOK)


@pytest.fixture
def opened(client: FlaskClient, rice: Good, soap: Good) -> None:
    answer = post(client, TAKES, {"category": "", "key": "open"})
    assert (answer.status_code, answer.location) == (303, ONE)


def key_on(page: str) -> str:
    """The key of the page's first form that has one."""
    found = re.search(r'name="key"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def counted(village: Place) -> dict[str, int | None]:
    lines = stocktakes.stocktake_lines(stocktakes.stocktake(village.id, 1))
    return {line.good.name: line.counted for line in lines}


def count(client: FlaskClient, good: Good, pieces: str, **more: str) -> int:
    page = client.get(f"{ONE}/count?good={good.serial}").text
    before = re.search(r'name="instead_of"[^>]*value="([^"]*)"', page)
    data = {"pieces": pieces, "key": key_on(page), "instead_of": before[1] if before else "", **more}
    return post(client, f"{ONE}/count/{good.serial}", data).status_code


def test_no_page_before_the_comparison_holds_the_books_figures(
    client: FlaskClient, village: Place, rice: Good, opened: None
) -> None:
    assert count(client, rice, "130") == 303
    for path in (TAKES, ONE, f"{ONE}/count", f"{ONE}/count?good={rice.serial}", f"{ONE}/sheets/1"):
        page = client.get(path)
        assert page.status_code == 200, path
        assert str(IN_THE_BOOK) not in page.text, path
    sheet = client.get(f"{ONE}/sheet.pdf")
    assert "大米" in (text := text_of(sheet.data))
    assert str(IN_THE_BOOK) not in text
    assert codes_of(picture_of(sheet.data, 150)) == ["PD1:qingxi:1:1"]
    assert client.get(f"{ONE}/report.pdf").status_code == 409


def test_a_scan_leads_to_the_good_and_back_to_the_next_scan(
    client: FlaskClient, village: Place, rice: Good, opened: None
) -> None:
    answer = post(client, f"{ONE}/count", {"scan": BARCODE})
    assert answer.location == f"{ONE}/count?good={rice.serial}"
    assert count(client, rice, "１３０") == 303
    assert count(client, rice, "7", how="adds") == 303
    assert counted(village)["大米"] == 137
    assert count(client, rice, "99", how="instead") == 303
    assert counted(village)["大米"] == 99
    assert post(client, f"{ONE}/count", {"scan": "没这样"}).status_code == 422
    assert post(client, f"{ONE}/count", {"scan": "PD1:qingxi:1:1"}).location == f"{ONE}/sheets/1"


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "1e9", "6901028075763", "十", "1000001"])
def test_a_count_that_cannot_be_is_told_at_the_field(
    client: FlaskClient, village: Place, rice: Good, opened: None, typed: str
) -> None:
    assert count(client, rice, typed) == 422
    assert counted(village)["大米"] is None


def test_the_sheet_is_typed_down_and_a_wrong_figure_keeps_the_rest(
    client: FlaskClient, village: Place, opened: None
) -> None:
    page = client.get(f"{ONE}/sheets/1").text
    wrong = {"position": ["1", "2"], "pieces": ["12", "abc"], "key": key_on(page)}
    answer = post(client, f"{ONE}/sheets/1", wrong)
    assert answer.status_code == 422
    assert 'value="12"' in answer.text
    assert 'id="row-2"' in answer.text
    right = {"position": ["1", "2"], "pieces": ["12", ""], "key": key_on(answer.text)}
    assert post(client, f"{ONE}/sheets/1", right).status_code == 303
    assert counted(village) == {"大米": 12, "香皂": None}
    assert client.get(f"{ONE}/sheets/2").status_code == 404


def test_three_steps_end_with_the_signature_of_somebody_else(
    client: FlaskClient, village: Place, rice: Good, soap: Good, opened: None
) -> None:
    assert post(client, f"{ONE}/compare", {"key": "x"}).status_code == 409
    assert count(client, rice, str(IN_THE_BOOK - 2)) == 303
    assert post(client, f"{ONE}/rest", {"key": "rest"}).status_code == 303
    assert count(client, soap, str(IN_THE_BOOK), how="instead") == 303
    assert post(client, f"{ONE}/compare", {"key": "x"}).status_code == 303
    page = client.get(ONE).text
    assert "要再数一次" in page
    assert count(client, rice, str(IN_THE_BOOK - 2)) == 303
    assert post(client, f"{ONE}/reasons", {"position": ["1"], "reason": ["破了两袋"]}).status_code == 303
    page = client.get(ONE).text
    assert "这次盘点您数过" in page
    assert "破了两袋" in page
    assert post(client, f"{ONE}/confirm", {"witness": "谢国栋", "role": "监督委员"}).status_code == 403
    sign_in(client, make_staff(village, Role.SUPERVISION, name="谢国栋"))
    page = client.get(ONE).text
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    assert seen
    data = {"witness": "", "role": "监督委员会成员", "seen": seen[1], "key": "confirm"}
    assert 'id="witness-error"' in post(client, f"{ONE}/confirm", data).text
    assert post(client, f"{ONE}/confirm", {**data, "witness": "谢国栋"}).status_code == 303
    assert stocktakes.stocktake(village.id, 1).state is StocktakeState.CONFIRMED
    assert queries.good(village.id, rice.serial).on_hand == IN_THE_BOOK - 2
    report = text_of(client.get(f"{ONE}/report.pdf").data)
    assert all(words in report for words in ("破了两袋", "谢国栋", "罗德福", "-59.60"))


def test_a_stock_take_is_cancelled_with_a_reason(client: FlaskClient, village: Place, opened: None) -> None:
    assert post(client, f"{ONE}/cancel", {"key": "c", "note": ""}).status_code == 422
    assert post(client, f"{ONE}/cancel", {"key": "c", "note": "改天"}).status_code == 303
    assert client.get(f"{ONE}/count").status_code == 409
    assert "改天" in client.get(ONE).text
