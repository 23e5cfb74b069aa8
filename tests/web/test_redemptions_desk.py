"""What was handed out: found again, printed, undone as a whole or piece by piece, each once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries
from pointsbank.market.models import Good
from pointsbank.market.verification import problems
from pointsbank.market.views import desk
from pointsbank.market.views import redemptions as views
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_card, make_good, make_household, make_points, make_staff, make_village, redeem_now
from tests.fonts import registered_fonts
from tests.pdf import text_of
from tests.web.conftest import post, sign_in

LIST = "/desk/qingxi/market/redemptions"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER))
    return place


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village, "张建国", number="03-012", group=3)
    make_points(village, found, 20_000)
    return found


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", price=950, on_hand=9)


@pytest.fixture
def receipt(village: Place, household: Household, soap: Good) -> int:
    """Three soaps, handed out just now."""
    redeem_now(village, household, soap, 3)
    return 1


def void(client: FlaskClient, serial: int, reason: str = "拿错了户", key: str = "") -> TestResponse:
    return post(client, f"{LIST}/{serial}/void", {"key": key or new_key(), "reason": reason})


def give_back(client: FlaskClient, serial: int, **changed: Any) -> TestResponse:
    form = {"key": new_key(), "position": 1, "quantity": 1, "reason": "包装破了", **changed}
    return post(client, f"{LIST}/{serial}/return", form)


def spendable(village: Place, household: Household) -> int:
    return ledger.balances(village.id, household.serial).spendable


def assert_nothing_undone(village: Place, household: Household) -> None:
    kept = queries.redemption(village.id, 1)
    assert (kept.voided_at, [line.returned for line in kept.lines]) == (None, [0])
    assert spendable(village, household) == 17_150
    assert problems(village) == []


# --- found again ---


def test_the_list_shows_the_newest_first_and_goes_on_by_key(
    client: FlaskClient, village: Place, household: Household, soap: Good, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ROWS_PER_PAGE", 2)
    for _ in range(3):
        redeem_now(village, household, soap, 1)
    rows = re.compile(rf'href="{LIST}/(\d+)"')
    first = client.get(LIST).text
    assert rows.findall(first) == ["3", "2"]
    assert f"{LIST}?before=2" in first
    assert rows.findall(client.get(LIST + "?before=2").text) == ["1"]


def test_a_household_sees_its_own(client: FlaskClient, village: Place, household: Household, receipt: int) -> None:
    other = make_household(village, "李秀英")
    page = client.get(f"{LIST}?household={household.id}").text
    assert f"{LIST}/1" in page
    assert "张建国家换过的东西" in page
    assert "这户还没有换过东西" in client.get(f"{LIST}?household={other.id}").text


def test_the_list_is_searched_by_receipt_number_and_household(
    client: FlaskClient, village: Place, household: Household, receipt: int
) -> None:
    assert client.get(f"{LIST}?number=１").location == f"{LIST}/1"
    for words in ("zjg", make_card(village, household).number):
        assert client.get(f"{LIST}?words={words}").location == f"{LIST}?household={household.id}"
    make_household(village, "张建国")
    assert "找到 2 户" in client.get(f"{LIST}?words=zjg").text


@pytest.mark.parametrize("question", ["number=99", "number=x", "number=-1", "number=1.0", "words=没有这个人"])
def test_a_search_without_a_hit_says_so_at_the_field(client: FlaskClient, receipt: int, question: str) -> None:
    answer = client.get(f"{LIST}?{question}")
    assert answer.status_code in (404, 422)
    assert "field-error" in answer.text


@pytest.mark.parametrize("question", ["before=x", "before=0", "household=-1", "household=99999999999999999999"])
def test_a_list_that_cannot_be_is_refused(client: FlaskClient, receipt: int, question: str) -> None:
    assert client.get(f"{LIST}?{question}").status_code == 422


def test_an_empty_list_says_what_to_do(client: FlaskClient, village: Place) -> None:
    assert "还没有兑换" in client.get(LIST).text


def test_a_receipt_says_everything(client: FlaskClient, receipt: int) -> None:
    page = client.get(f"{LIST}/1").text
    for words in (
        "小票 1 号",
        "张建国",
        "香皂 5kg/袋",
        "3 袋",
        "9.5",
        "28.5",
        "200 分",
        "171.5 分",
        "签名",
        "整单作废",
    ):
        assert words in page


# --- the whole of it ---


def test_a_void_gives_everything_back_once(
    client: FlaskClient, village: Place, household: Household, soap: Good, receipt: int
) -> None:
    answer = void(client, receipt, key="undo")
    assert (answer.status_code, answer.location) == (303, f"{LIST}/1")
    page = client.get(f"{LIST}/1").text
    assert "已作废：退回 28.5 分，东西放回货架，这户现在能换 200 分" in page
    assert "退货，退积分" not in page
    assert void(client, receipt, key="undo").status_code == 303
    again = void(client, receipt)
    assert (again.status_code, "已经作废" in again.text) == (409, True)
    late = give_back(client, receipt)
    assert (late.status_code, "已经作废" in late.text) == (409, True)
    assert spendable(village, household) == 20_000
    assert queries.good(village.id, soap.serial).on_hand == 9
    assert "已作废" in client.get(LIST).text
    assert problems(village) == []


@pytest.mark.parametrize("reason", ["", "  ", "\u200b", "长" * 10_000])
def test_a_void_needs_a_reason(
    client: FlaskClient, village: Place, household: Household, receipt: int, reason: str
) -> None:
    answer = void(client, receipt, reason)
    assert (answer.status_code, 'id="reason-error"' in answer.text) == (422, True)
    assert 'counter-undo" open' in answer.text
    assert_nothing_undone(village, household)


def test_on_the_next_day_only_pieces_come_back(
    client: FlaskClient, village: Place, household: Household, receipt: int, still_clock: FixedClock
) -> None:
    still_clock.move(timedelta(days=1))
    assert "整单作废只能当天办" in client.get(f"{LIST}/1").text
    answer = void(client, receipt)
    assert (answer.status_code, "只有当天" in answer.text) == (409, True)
    assert_nothing_undone(village, household)
    assert give_back(client, receipt).status_code == 303


# --- piece by piece ---


def test_pieces_come_back_until_none_is_left(
    client: FlaskClient, village: Place, household: Household, soap: Good, receipt: int
) -> None:
    assert give_back(client, receipt, quantity="２").location == f"{LIST}/1"
    page = client.get(f"{LIST}/1").text
    assert "退回 19 分" in page
    assert "这户现在能换 190.5 分" in page
    assert "还能退 1 袋" in page
    assert "退过一部分的，不能再整单作废" in page
    assert "有退换" in client.get(LIST).text
    refused = void(client, receipt)
    assert (refused.status_code, "其余的请用“退换”退回" in refused.text) == (409, True)
    give_back(client, receipt)
    assert "东西都退了" in client.get(f"{LIST}/1").text
    assert spendable(village, household) == 20_000
    assert queries.good(village.id, soap.serial).on_hand == 9
    assert problems(village) == []


def test_the_same_return_twice_comes_back_once(
    client: FlaskClient, village: Place, household: Household, receipt: int
) -> None:
    for _ in range(2):
        assert give_back(client, receipt, key="back").status_code == 303
    assert spendable(village, household) == 18_100


@pytest.mark.parametrize("quantity", ["4", "0", "-1", "1000000000", "1.5", "一", "", "1,0", "x" * 10_000, "<b>"])
def test_more_than_was_taken_or_no_number_never_comes_back(
    client: FlaskClient, village: Place, household: Household, receipt: int, quantity: str
) -> None:
    answer = give_back(client, receipt, quantity=quantity)
    assert answer.status_code == 422
    assert 'id="quantity-1-error"' in answer.text
    assert 'value="包装破了"' in answer.text
    assert_nothing_undone(village, household)


@pytest.mark.parametrize("reason", ["", "长" * 10_000])
def test_a_return_needs_a_reason(
    client: FlaskClient, village: Place, household: Household, receipt: int, reason: str
) -> None:
    answer = give_back(client, receipt, reason=reason)
    assert (answer.status_code, 'id="reason-1-error"' in answer.text) == (422, True)
    assert_nothing_undone(village, household)


@pytest.mark.parametrize("position", ["2", "0", "", "x", "99999999999999999999999"])
def test_a_line_that_is_not_on_the_receipt(
    client: FlaskClient, village: Place, household: Household, receipt: int, position: str
) -> None:
    answer = give_back(client, receipt, position=position)
    assert answer.status_code in (404, 422)
    assert "message-warn" in answer.text
    assert_nothing_undone(village, household)


@pytest.mark.parametrize("key", ["", "k" * 65])
def test_without_a_key_nothing_is_undone(
    client: FlaskClient, village: Place, household: Household, receipt: int, key: str
) -> None:
    for act in ("void", "return"):
        form = {"key": key, "position": 1, "quantity": 1, "reason": "拿错"}
        answer = post(client, f"{LIST}/{receipt}/{act}", form)
        assert (answer.status_code, "message-warn" in answer.text) == (422, True)
    assert_nothing_undone(village, household)


# --- whose, and on paper ---


def test_another_villages_receipt_is_not_found(client: FlaskClient, village: Place) -> None:
    other = make_village("miaopo", name="庙坡社区")
    household = make_household(other)
    make_points(other, household, 6_000)
    redeem_now(other, household, make_good(other), 1)
    for path in ("/1", "/1/receipt.pdf", "/99999999999999999999"):
        assert client.get(LIST + path).status_code == 404
    assert client.get("/desk/qingxi/market/counter/done/1").status_code == 404
    assert client.get(f"{LIST}?household={household.id}").status_code == 404
    assert void(client, 1).status_code == 404
    assert give_back(client, 1).status_code == 404


def test_who_does_not_serve_the_counter_sees_and_undoes_nothing(client: FlaskClient, app: Flask) -> None:
    place = make_village()
    household = make_household(place)
    make_points(place, household, 6_000)
    redeem_now(place, household, make_good(place), 1)
    sign_in(client, make_staff(place, Role.COMMITTEE))
    for path in ("", "/1", "/1/receipt.pdf"):
        assert client.get(LIST + path).status_code == 403
    assert void(client, 1).status_code == 403
    assert give_back(client, 1).status_code == 403
    assert queries.redemption(place.id, 1).voided_at is None


def test_the_receipt_comes_for_both_rolls(client: FlaskClient, receipt: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "register_fonts", lambda _folder: registered_fonts())
    for query in ("", "?width=58", "?width=80"):
        answer = client.get(f"{LIST}/1/receipt.pdf{query}")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert "张*国" in text_of(answer.data)
    assert client.get(f"{LIST}/1/receipt.pdf?width=100").status_code == 422


def test_what_comes_back_spoiled_is_written_off_and_the_page_says_so(
    client: FlaskClient, village: Place, receipt: int
) -> None:
    good = queries.redemption(village.id, receipt).lines[0].good
    before = queries.good(village.id, good.serial).on_hand
    assert "坏的，报损扔掉" in client.get(f"{LIST}/{receipt}").text
    form = {"position": 1, "quantity": 1, "reason": "漏了", "condition": "spoiled", "key": new_key()}
    answer = post(client, f"{LIST}/{receipt}/return", form)
    assert "坏的已经报损，别放回货架" in client.get(answer.location).text
    assert queries.good(village.id, good.serial).on_hand == before
    assert [line.write_off.quantity for line in queries.write_offs(village.id)] == [1]
