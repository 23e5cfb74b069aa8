"""Partner shops and their settlements at the desk; a partner's people see their counter and nothing else."""

import io
from collections.abc import Mapping
from datetime import timedelta

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role, Staff
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import services
from pointsbank.market.models import Good
from pointsbank.market.queries import partners as queries
from pointsbank.market.queries import settlements as settled
from pointsbank.market.services import settlements
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_good, make_household, make_points, make_staff, make_village, redeem_now
from tests.fonts import prepared_fonts_folder
from tests.partners import make_partner, redeem_at
from tests.pdf import text_of
from tests.statements import count_statements
from tests.web.conftest import post, sign_in

MARKET = "/desk/qingxi/market"
PARTNERS, SETTLEMENTS = f"{MARKET}/partners", f"{MARKET}/settlements"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK, name="文小琴"))
    return place


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village)
    make_points(village, found, 100_000)
    return found


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", price=1_000, on_hand=5)


@pytest.fixture
def server(village: Place, soap: Good) -> Staff:
    return make_partner(village, (soap, 455), pay_percent=90)[1]


def act(client: FlaskClient, path: str, data: Mapping[str, object]) -> TestResponse:
    return post(client, path, {"key": new_key(), **data})


def test_a_partner_is_taken_up_with_its_people_and_goods(client: FlaskClient, village: Place, soap: Good) -> None:
    server = make_staff(village, Role.SHOPKEEPER, name="周小妹")
    agreed = {"name": "曾记副食店", "keeper": "曾国强", "pay_percent": "95", "active": "y", "revision": "0"}
    assert act(client, f"{PARTNERS}/new", {**agreed, "pay_percent": "101"}).status_code == 422
    assert act(client, f"{PARTNERS}/new", agreed).location == f"{PARTNERS}/1"
    assert act(client, f"{PARTNERS}/1/staff", {"staff": str(server.id)}).status_code == 303
    assert act(client, f"{PARTNERS}/1/goods", {"good": "没这样", "value": "4.55"}).status_code == 422
    assert act(client, f"{PARTNERS}/1/goods", {"good": "香皂", "value": "4.55"}).status_code == 303
    page = client.get(f"{PARTNERS}/1").text
    for words in ("曾国强", "95%", "周小妹", "香皂", "4.55"):
        assert words in page, words
    [given] = queries.partner_goods(queries.partner(village.id, 1).id)
    assert given.value_fen == 455
    assert act(client, f"{PARTNERS}/1/edit", {**agreed, "revision": "7"}).status_code == 409


def test_a_partners_people_see_their_counter_and_nothing_else(
    client: FlaskClient, village: Place, household: Household, soap: Good, server: Staff
) -> None:
    redeem_now(village, household, soap, 1)
    own = redeem_at(village, server, household, soap, 1)
    sign_in(client, server)
    assert client.get(f"{MARKET}/counter").status_code == 200
    for path in ("goods", "receive", "purchases", "partners", "settlements", "closes/today"):
        assert client.get(f"{MARKET}/{path}").status_code == 403, path
    page = client.get(f"{MARKET}/redemptions").text
    assert f"{MARKET}/redemptions/{own}" in page
    assert f"{MARKET}/redemptions/{own - 1}" not in page
    assert "曾记副食店" in client.get(f"{MARKET}/redemptions/{own}").text
    for page in ("", "/receipt.pdf"):
        assert client.get(f"{MARKET}/redemptions/{own - 1}{page}").status_code == 404


def test_a_partners_counter_offers_what_the_partner_gives(
    client: FlaskClient, village: Place, household: Household, soap: Good, server: Staff
) -> None:
    rice = make_good(village, "大米", price=1_000)
    redeem_now(village, household, soap, 5)  # the village has none left
    sign_in(client, server)
    counter = f"{MARKET}/counter/{household.id}"
    page = client.get(f"{counter}?good={rice.serial}&quantity=1&good={soap.serial}&quantity=9").text
    assert "曾记副食店换不了" in page
    assert "只剩" not in page
    assert "换完了" not in page
    sold = {"good": [str(soap.serial)], "quantity": ["9"], "points_seen": "9000", "confirm": "1", "scan": ""}
    assert act(client, counter, sold).status_code == 303


def test_a_settlement_is_closed_as_seen_and_signed(
    client: FlaskClient, app: Flask, village: Place, household: Household, soap: Good, server: Staff
) -> None:
    (app.config["POINTSBANK"].fonts_folder).symlink_to(prepared_fonts_folder(), target_is_directory=True)
    redeem_at(village, server, household, soap, 3)
    opened = {"partner": "1", "last_day": clock.today().isoformat()}
    assert act(client, f"{SETTLEMENTS}/new", opened).location == f"{SETTLEMENTS}/1"
    assert "草稿" in text_of(client.get(f"{SETTLEMENTS}/1/settlement.pdf").data)
    redeem_at(village, server, household, soap, 1)
    stale = act(client, f"{SETTLEMENTS}/1/close", {"payable_seen": "1229"})
    assert (stale.status_code, "应付现在是 16.38 元" in stale.text) == (409, True)
    assert act(client, f"{SETTLEMENTS}/1/close", {"payable_seen": "1638"}).status_code == 303
    text = text_of(client.get(f"{SETTLEMENTS}/1/settlement.pdf").data)
    for words in ("清溪村合作商店积分兑换结算单", "曾记副食店", "2笔，40分", "18.20元", "90%", "16.38元", "（盖章）"):
        assert words in text, words
    assert "草稿" not in text
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{SETTLEMENTS}/1/settlement.xlsx").data))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert [row[6] for row in rows] == ["数量", 3, 1, None]
    signed = {"partner_signer": "曾国强", "village_signer": "曾国强", "signed_on": clock.today().isoformat()}
    assert act(client, f"{SETTLEMENTS}/1/sign", signed).status_code == 422
    assert act(client, f"{SETTLEMENTS}/1/sign", {**signed, "village_signer": "文小琴"}).status_code == 303
    assert "双方已签字" in client.get(SETTLEMENTS).text


def test_what_came_back_later_stands_on_the_next_sheet_as_a_deduction(
    client: FlaskClient, app: Flask, village: Place, household: Household, soap: Good, server: Staff
) -> None:
    (app.config["POINTSBANK"].fonts_folder).symlink_to(prepared_fonts_folder(), target_is_directory=True)
    receipt = redeem_at(village, server, household, soap, 3)
    settlements.open_settlement(village, 1, clock.today(), SYSTEM, new_key())
    settlements.close_settlement(village, 1, 1_229, SYSTEM, new_key())
    services.return_goods(village, receipt, 1, 1, "坏的", SYSTEM, new_key())
    redeem_at(village, server, household, soap, 2)
    assert act(client, f"{SETTLEMENTS}/new", {"partner": "1", "last_day": clock.today().isoformat()}).status_code == 303
    text = text_of(client.get(f"{SETTLEMENTS}/2/settlement.pdf").data)
    assert "扣减：以前结算过、后来退回的" in text
    assert "其中扣减4.10元" in text
    assert settled.account(settled.settlement(village.id, 2)).payable_fen == 410


def test_another_villages_partner_and_settlement_are_not_found(client: FlaskClient, village: Place) -> None:
    other = make_village("miaopo", name="庙坡村")
    partner, _ = make_partner(other, name="别村小店")
    settlements.open_settlement(other, partner, clock.today(), SYSTEM, new_key())
    for path in (f"{PARTNERS}/1", f"{PARTNERS}/1/edit", f"{SETTLEMENTS}/1", f"{SETTLEMENTS}/1/settlement.pdf"):
        assert client.get(path).status_code == 404, path
    assert act(client, f"{PARTNERS}/1/close", {"reason": "不干了"}).status_code == 404
    assert act(client, f"{SETTLEMENTS}/1/close", {"payable_seen": "0"}).status_code == 404
    assert act(client, f"{SETTLEMENTS}/new", {"partner": "1", "last_day": "2026-03-18"}).status_code == 404


@pytest.mark.parametrize("typed", ["2026-02-30", "9999-12-31", "1900-01-01", ""])
def test_a_settlement_up_to_an_impossible_day_is_refused(
    client: FlaskClient, village: Place, server: Staff, typed: str
) -> None:
    answer = act(client, f"{SETTLEMENTS}/new", {"partner": "1", "last_day": typed})
    assert (answer.status_code, 'id="last_day-error"' in answer.text) == (422, True)


def test_the_pages_of_partners_ask_little(
    client: FlaskClient, village: Place, household: Household, soap: Good, server: Staff
) -> None:
    for _ in range(3):
        redeem_at(village, server, household, soap, 1)
    settlements.open_settlement(village, 1, clock.today() - timedelta(days=0), SYSTEM, new_key())
    for path in (PARTNERS, f"{PARTNERS}/1", SETTLEMENTS, f"{SETTLEMENTS}/1", f"{SETTLEMENTS}/new"):
        with count_statements() as statements:
            assert client.get(path).status_code == 200
        assert sum(one.lstrip().startswith("SELECT") for one in statements) <= 12, path
