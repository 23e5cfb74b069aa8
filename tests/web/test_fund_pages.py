"""The fund at the desk: register, gifts, subsidies, coverage; what is refused; what a stranger does not see."""

import re
from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.fund import queries
from pointsbank.fund.documents import BESIDE
from pointsbank.fund.queries import BookFilter
from pointsbank.ledger import services as ledger
from pointsbank.market import queries as market
from pointsbank.places.models import Place
from tests.deed_rules import VOLUNTEERING, make_rules
from tests.factories import make_good, make_household, make_points, make_staff, make_village, redeem_now
from tests.fonts import prepared_fonts_folder
from tests.pdf import text_of
from tests.web.conftest import post, sign_in

FUND = "/desk/qingxi/fund"
SEED = {
    "kind": "seed",
    "amount": "2000",
    "occurred_on": "2026-03-01",
    "counterpart": "田湾镇政府",
    "purpose": "启动资金",
}
RICE = {
    "kind": "purchase",
    "amount": "596",
    "occurred_on": "2026-03-10",
    "counterpart": "镇供销社",
    "purpose": "大米 20 袋",
}
GIVEN = {
    "naming": "named",
    "given_on": "2026-03-15",
    "accepted_by": "文小琴",
    "second_person": "罗德福",
    "condition": "完好",
}


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    app.config["POINTSBANK"].fonts_folder.symlink_to(prepared_fonts_folder(), target_is_directory=True)
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK, name="文小琴"))
    return place


def send(client: FlaskClient, path: str, data: Mapping[str, object], **more: object) -> TestResponse:
    return post(client, f"{FUND}/{path}", {"key": new_key(), **data, **more}, page=f"{FUND}/income")


def lines(village: Place) -> list[int]:
    return [line.change_fen for line in queries.all_entries(village.id, BookFilter())]


def test_income_and_spending_are_written_and_told(client: FlaskClient, village: Place) -> None:
    assert send(client, "income", SEED).status_code == 303
    refused = send(client, "spending", RICE)
    assert (refused.status_code, "凭证号待补" in refused.text, "镇供销社" in refused.text) == (422, True, True)
    assert send(client, "spending", RICE, voucher_follows="y").status_code == 303
    assert lines(village) == [200_000, -59_600]
    page = client.get(f"{FUND}/?year=2026&month=3").text
    for shown in ("1404.00", "待补", "有 1 笔支出的凭证号待补", "备查"):
        assert shown in page


@pytest.mark.parametrize("amount", ["0", "-5", "1e9", "NaN", "5.123", "一百", "99999999999", ""])
def test_an_amount_that_is_none_is_refused_at_its_field(client: FlaskClient, village: Place, amount: str) -> None:
    answer = send(client, "income", SEED, amount=amount)
    assert (answer.status_code, lines(village)) == (422, [])
    assert 'id="amount-error"' in answer.text
    assert "田湾镇政府" in answer.text  # the rest of the form is kept


def test_more_than_there_is_cannot_be_spent(client: FlaskClient, village: Place) -> None:
    answer = send(client, "spending", RICE, voucher="记-1")
    assert (answer.status_code, lines(village)) == (409, [])
    assert "账上只有 0.00 元" in answer.text


def test_a_line_is_reversed_with_a_reason(client: FlaskClient, village: Place) -> None:
    send(client, "income", SEED)
    assert send(client, "entries/1/reverse", {"reason": ""}).status_code == 422
    assert send(client, "entries/1/reverse", {"reason": "记成了两千"}).status_code == 303
    assert lines(village) == [200_000, -200_000]
    page = client.get(f"{FUND}/entries/1").text
    assert "已冲正" in page
    assert "冲正这一笔" not in page


def test_the_number_of_a_spending_is_added_once(client: FlaskClient, village: Place) -> None:
    send(client, "income", SEED)
    send(client, "spending", RICE, voucher_follows="y")
    assert send(client, "entries/2/voucher", {"voucher": "记-031"}).status_code == 303
    again = send(client, "entries/2/voucher", {"voucher": "记-999"})
    assert (again.status_code, queries.entry(village.id, 2).voucher) == (409, "记-031")


def test_register_and_sheet_say_what_the_page_says(client: FlaskClient, village: Place) -> None:
    send(client, "income", SEED)
    send(client, "spending", RICE, voucher="记-031")
    paper = text_of(client.get(f"{FUND}/register.pdf?year=2026").data)
    for said in ("爱心超市资金台账（备查）", BESIDE, "上期结余", "期末结余", "1404.00", "记-031"):
        assert said in paper
    sheet = openpyxl.load_workbook(BytesIO(client.get(f"{FUND}/register.xlsx").data)).active
    assert sheet is not None
    assert [row[9].value for row in sheet.iter_rows(min_row=2)] == [2000, 1404]


# --- gifts ---


def test_money_is_accepted_with_a_receipt(client: FlaskClient, village: Place) -> None:
    gift = {**GIVEN, "amount": "500", "donor_kind": "company", "donor_name": "隆昌粮油公司"}
    assert send(client, "donations/new", gift, second_person="文小琴").status_code == 422
    assert "愿不愿意公开姓名" in send(client, "donations/new", gift, naming="").text
    assert send(client, "donations/new", gift).status_code == 303
    assert lines(village) == [50_000]
    receipt = text_of(client.get(f"{FUND}/donations/1/receipt.pdf").data)
    for said in ("捐赠收据", "第1号", "隆昌粮油公司", "伍佰元整", "不作税前扣除凭证", "罗德福"):
        assert said in receipt


def test_goods_are_accepted_by_code_name_or_barcode(client: FlaskClient, village: Place) -> None:
    rice, oil = make_good(village, "大米", on_hand=0), make_good(village, "菜籽油", on_hand=0)
    household = make_household(village, "张三")
    gift = {**GIVEN, "donor_kind": "household", "household": household.number}
    rows = {
        "good": ["大米", oil.code, ""],
        "quantity": ["20", "4", ""],
        "value": ["25", "", ""],
        "expires": ["", "", ""],
    }
    answer = send(client, "donations/new?gift=goods", {**gift, **rows})
    assert answer.status_code == 303, answer.text
    assert [market.good(village.id, good.serial).on_hand for good in (rice, oil)] == [20, 4]
    page = client.get(f"{FUND}/donations/1").text
    assert "619.20" in page
    assert "张三家" in page


def test_a_line_of_goods_says_what_is_wrong_with_it(client: FlaskClient, village: Place) -> None:
    make_good(village, "大米"), make_good(village, "大米")
    gift = {**GIVEN, "donor_kind": "person", "donor_name": "罗先贵"}
    for good, quantity, said in (("大米", "1", "有 2 样"), ("没有的", "1", "商品表里没有"), ("", "3", "商品表里没有")):
        rows = {"good": good, "quantity": quantity, "value": "", "expires": ""}
        answer = send(client, "donations/new?gift=goods", {**gift, **rows})
        assert (answer.status_code, said in answer.text) == (422, True), good
    for bad in ("-1", "0", "abc", "999999999"):
        rows = {"good": "SP", "quantity": bad, "value": "", "expires": ""}
        assert send(client, "donations/new?gift=goods", {**gift, **rows}).status_code == 422
    assert queries.donations(village.id) == []


def test_a_household_is_given_points_for_its_gift(client: FlaskClient, village: Place) -> None:
    make_rules(village, VOLUNTEERING)
    household = make_household(village, "张三")
    gift = {**GIVEN, "amount": "300", "donor_kind": "household", "household": "张三"}
    send(client, "donations/new", gift)
    page = client.get(f"{FUND}/donations/1").text
    assert re.search(r'name="quantity"[^>]*value="3"', page) or re.search(r'value="3"[^>]*name="quantity"', page)
    person = str(household.residents[0].id)
    answer = send(client, "donations/1/points", {"rule": "GY01", "quantity": "3", "resident": person})
    assert answer.status_code == 303, answer.text
    assert queries.donation(village.id, 1).claim_serial == 1
    again = send(client, "donations/1/points", {"rule": "GY01", "quantity": "3", "resident": ""})
    assert again.status_code in (409, 422)


# --- subsidies and coverage ---


def test_a_subsidy_is_looked_up_applied_for_and_received(
    client: FlaskClient, village: Place, still_clock: FixedClock
) -> None:
    still_clock.move(timedelta(days=-30))
    household, rice = make_household(village), make_good(village, price=3_000)
    make_points(village, household, 10_000)
    redeem_now(village, household, rice, 2)
    still_clock.move(timedelta(days=30))
    months = {"first_period": "2026-02", "last_period": "2026-02"}
    assert "还没有结账" in send(client, "subsidies/new", months, look="1").text
    ledger.close_month(village, "2026-02", SYSTEM)
    assert "30.00" in client.get(f"{FUND}/subsidies/new").text
    assert send(client, "subsidies/new", months, apply="1", amount_seen="99").status_code == 422
    assert send(client, "subsidies/new", months, apply="1", amount_seen="3000").status_code == 303
    assert "积分补贴申请表" in text_of(client.get(f"{FUND}/subsidies/1/application.pdf").data)
    came = {"amount": "30", "received_on": "2026-03-18", "voucher": "记-040", "answer": ""}
    assert send(client, "subsidies/1/received", came).status_code == 303
    assert lines(village) == [3_000]
    assert send(client, "subsidies/1/refused", {"answer": "没有"}).status_code == 409


def test_the_home_page_warns_when_points_cannot_be_honoured(client: FlaskClient, village: Place) -> None:
    household = make_household(village)
    make_good(village, on_hand=1)
    make_points(village, household, 100_000)
    home = client.get("/desk/qingxi/").text
    assert "积分换不起了，差 470 元" in home
    page = client.get(f"{FUND}/coverage").text
    assert "请尽快争取资金" in page
    assert "<svg" in client.get(f"{FUND}/coverage.svg").text


# --- others ---


def test_another_villages_fund_is_not_found(client: FlaskClient, village: Place) -> None:
    send(client, "income", SEED)
    other = make_village("miaopo", name="庙坡社区")
    stranger = client.application.test_client()
    sign_in(stranger, make_staff(other, Role.CLERK, name="外村人"))
    assert stranger.get(f"{FUND}/entries/1").status_code == 404
    assert stranger.get("/desk/miaopo/fund/entries/1").status_code == 404
    assert post(stranger, "/desk/miaopo/fund/entries/1/reverse", {"reason": "x", "key": new_key()}).status_code == 404
    assert lines(village) == [200_000]


@pytest.mark.parametrize(
    "path", ["income", "donations/new", "entries/1/reverse", "subsidies/new", "donations/1/cancel"]
)
def test_the_committee_sees_the_fund_and_changes_nothing(client: FlaskClient, village: Place, path: str) -> None:
    send(client, "income", SEED)
    onlooker = client.application.test_client()
    sign_in(onlooker, make_staff(village, Role.COMMITTEE, name="委员甲"))
    assert onlooker.get(f"{FUND}/entries/1").status_code == 200
    assert post(onlooker, f"{FUND}/{path}", {"reason": "x", "key": new_key()}).status_code == 403
    assert lines(village) == [200_000]


@pytest.mark.parametrize(
    "asked", ["?year=9999", "?month=13", "?kind=gold", "?before=abc", "?before=99999999999999999999"]
)
def test_a_question_that_makes_no_sense_is_refused(client: FlaskClient, village: Place, asked: str) -> None:
    assert client.get(f"{FUND}/{asked}").status_code == 422
    assert client.get(f"{FUND}/donations{asked.replace('kind', 'gift')}").status_code in (200, 422)
