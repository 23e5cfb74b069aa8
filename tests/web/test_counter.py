"""At the counter: a card or a name, goods scanned or picked, one key, a receipt."""

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.cards import queries as cards
from pointsbank.cards import services as card_services
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries, services
from pointsbank.market.models import Good
from pointsbank.people import services as people
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import (
    make_card,
    make_good,
    make_household,
    make_points,
    make_resident,
    make_staff,
    make_village,
    redeem_now,
)
from tests.web.conftest import post, sign_in

COUNTER = "/desk/qingxi/market/counter"
DONE = COUNTER + "/done/"
QUERIES_MAX = 12


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
def rice(village: Place) -> Good:
    return make_good(village, "大米", price=6_000, on_hand=5, barcodes=("6901234567892",))


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", price=950, on_hand=5)


def find(client: FlaskClient, words: str) -> TestResponse:
    return post(client, COUNTER, {"words": words})


def page_of(household: Household) -> str:
    return f"{COUNTER}/{household.id}"


def fields(page: TestResponse) -> dict[str, Any]:
    """What a browser without script would send back with this page."""
    form = page.text[page.text.index('id="basket"') :]
    return {
        **{
            name: re.findall(rf'name="{name}" value="([^"]*)"', form)[0]
            for name in ("csrf_token", "key", "points_seen")
        },
        "good": re.findall(r'name="good" value="(\d+)"', form),
        "quantity": re.findall(r'name="quantity" value="([^"]*)"', form),
    }


def press(client: FlaskClient, page: TestResponse, household: Household, **changed: Any) -> TestResponse:
    """Send the page's form with one thing changed."""
    return client.post(page_of(household), data={**fields(page), **changed})


def spendable(village: Place, household: Household) -> int:
    return ledger.balances(village.id, household.serial).spendable


# --- who comes ---


def test_a_scanned_card_opens_the_basket_of_its_household(
    client: FlaskClient, village: Place, household: Household
) -> None:
    card = make_card(village, household)
    assert find(client, cards.qr_text(village, card)).location == page_of(household)
    assert find(client, card.number).location == page_of(household)


@pytest.mark.parametrize("words", ["张建国", "zjg", "03-012", "3-12", "０３－０１２", "zhangjianguo"])
def test_a_household_is_found_by_what_people_say(client: FlaskClient, household: Household, words: str) -> None:
    assert find(client, words).location == page_of(household)


def test_several_persons_of_one_household_are_one_hit(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_resident(village, household, "张小兰")
    make_resident(village, household, "张小红")
    assert find(client, "张小").location == page_of(household)


def test_of_several_households_one_is_chosen(client: FlaskClient, village: Place, household: Household) -> None:
    other = make_household(village, "张建国", number="05-001", group=5)
    answer = find(client, "zjg")
    assert answer.status_code == 200
    assert [page_of(household) in answer.text, page_of(other) in answer.text] == [True, True]
    assert "找到 2 户" in answer.text


def test_a_household_found_by_another_of_its_persons_says_who(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_resident(village, household, "周小兰")
    make_resident(village, make_household(village, "李秀英"), "周小红")
    page = find(client, "周小").text
    assert "张建国" in page
    assert "（周小兰）" in page
    assert "（周小红）" in page


def test_a_full_number_means_one_household_though_others_begin_alike(client: FlaskClient, village: Place) -> None:
    wanted = make_household(village, "李一", number="03-01", group=3)
    make_household(village, "李二", number="03-011", group=3)
    assert find(client, "03-01").location == page_of(wanted)


@pytest.mark.parametrize("words", ["没有这个人", "99-999", "%", "_", "\u200b王麻", "x" * 99])
def test_nobody_found_is_said_at_the_field(client: FlaskClient, household: Household, words: str) -> None:
    answer = find(client, words)
    assert answer.status_code == 422
    assert "没有找到这一户" in answer.text


@pytest.mark.parametrize("words", ["", "   ", "\u200b", "长" * 10_000])
def test_nothing_or_far_too_much_is_refused(client: FlaskClient, household: Household, words: str) -> None:
    answer = find(client, words)
    assert answer.status_code == 422
    assert "field-error" in answer.text


def test_a_lost_card_is_called_lost(client: FlaskClient, village: Place, household: Household) -> None:
    card = make_card(village, household)
    text = cards.qr_text(village, card)
    card_services.report_lost(village, card.id, SYSTEM)
    answer = find(client, text)
    assert answer.status_code == 409
    assert "已经挂失" in answer.text


def test_another_villages_or_a_forged_card_opens_nothing(client: FlaskClient, village: Place) -> None:
    other = make_village("miaopo", name="庙坡社区")
    card = make_card(other, make_household(other))
    told = {cards.qr_text(other, card): "这不是本村的卡", f"PB1:qingxi:{'A' * 43}": "没有这张卡"}
    for text, sentence in told.items():
        answer = find(client, text)
        assert answer.status_code == 422
        assert sentence in answer.text


def test_a_closed_household_and_its_card_get_nothing(client: FlaskClient, village: Place, household: Household) -> None:
    card = make_card(village, household)
    people.close_household(village, household.id, household.version, SYSTEM)
    assert find(client, card.number).status_code == 409
    answer = client.get(page_of(household))
    assert answer.status_code == 409
    assert "不能再换东西" in answer.text


def test_another_villages_household_is_not_found(client: FlaskClient, village: Place) -> None:
    other = make_household(make_village("miaopo", name="庙坡社区"))
    assert client.get(page_of(other)).status_code == 404
    assert post(client, page_of(other), {"key": new_key()}).status_code == 404


# --- the basket ---


def test_the_page_says_what_can_be_spent_and_what_is_liked(
    client: FlaskClient, village: Place, household: Household, rice: Good, soap: Good
) -> None:
    redeem_now(village, household, soap, 2)
    page = client.get(page_of(household))
    assert "<strong>181</strong>" in page.text
    assert page.text.index("香皂") < page.text.index("大米")
    assert "剩 3 袋" in page.text


def test_from_card_to_receipt_with_scanner_and_one_key(
    client: FlaskClient, village: Place, household: Household, rice: Good, soap: Good
) -> None:
    card = make_card(village, household)
    page = client.get(find(client, cards.qr_text(village, card)).location)
    page = press(client, page, household, scan="6901234567892")
    page = press(client, page, household, scan=soap.code)
    page = press(client, page, household, scan=soap.code)
    assert (fields(page)["good"], fields(page)["quantity"]) == ([str(rice.serial), str(soap.serial)], ["1", "2"])
    assert "79 分" in page.text
    assert "121 分" in page.text
    done = press(client, page, household, confirm="1")
    assert (done.status_code, done.location) == (303, DONE + "1")
    shown = client.get(done.location).text
    for words in ("小票 1 号", "200 分", "79 分", "121 分", "receipt.pdf"):
        assert words in shown
    assert spendable(village, household) == 12_100
    assert queries.redemption(village.id, 1).confirmed_by == "signature"


def test_the_households_own_card_scanned_again_confirms(
    client: FlaskClient, village: Place, household: Household, soap: Good
) -> None:
    text = cards.qr_text(village, make_card(village, household))
    page = client.get(page_of(household))
    empty = press(client, page, household, scan=text)
    assert empty.status_code == 422
    assert "还没有选东西" in empty.text
    page = press(client, page, household, scan=soap.code)
    assert press(client, page, household, scan=text).location == DONE + "1"


def test_the_next_customers_card_never_throws_a_basket_away(
    client: FlaskClient, village: Place, household: Household, soap: Good
) -> None:
    next_one = make_household(village, "李秀英")
    text = cards.qr_text(village, make_card(village, next_one))
    page = client.get(page_of(household))
    assert press(client, page, household, scan=text).location == page_of(next_one)
    refused = press(client, press(client, page, household, scan=soap.code), household, scan=text)
    assert refused.status_code == 422
    assert "李秀英家的卡" in refused.text
    assert fields(refused)["good"] == [str(soap.serial)]


def test_goods_are_picked_changed_and_taken_out(
    client: FlaskClient, household: Household, rice: Good, soap: Good
) -> None:
    page = press(client, client.get(page_of(household)), household, pick=rice.serial)
    page = press(client, page, household, pick=soap.serial)
    page = press(client, page, household, quantity=["１", "3"])
    assert fields(page)["points_seen"] == "8850"
    page = press(client, page, household, remove=rice.serial)
    assert fields(page)["good"] == [str(soap.serial)]
    assert fields(page)["points_seen"] == "2850"


def test_a_name_that_means_several_goods_gives_a_choice(
    client: FlaskClient, village: Place, household: Household, soap: Good
) -> None:
    make_good(village, "药皂", price=800)
    page = press(client, client.get(page_of(household)), household, scan="皂")
    assert page.status_code == 200
    assert "请选一样" in page.text
    assert fields(page)["good"] == []


def test_a_page_loaded_again_keeps_basket_and_key(client: FlaskClient, household: Household, soap: Good) -> None:
    key = new_key()
    page = client.get(f"{page_of(household)}?key={key}&good={soap.serial}&quantity=2")
    assert fields(page)["key"] == key
    assert (fields(page)["quantity"], fields(page)["points_seen"]) == (["2"], "1900")


def test_the_same_key_twice_hands_out_once(
    client: FlaskClient, village: Place, household: Household, soap: Good
) -> None:
    page = press(client, client.get(page_of(household)), household, scan=soap.code)
    first = press(client, page, household, confirm="1")
    second = press(client, page, household, confirm="1")
    assert first.location == second.location == DONE + "1"
    assert spendable(village, household) == 19_050
    assert queries.good(village.id, soap.serial).on_hand == 4


def test_the_same_key_is_answered_alike_though_the_price_has_changed_since(
    client: FlaskClient, village: Place, household: Household, soap: Good
) -> None:
    page = press(client, client.get(page_of(household)), household, scan=soap.code)
    press(client, page, household, confirm="1")
    good = queries.good(village.id, soap.serial)
    services.change_good(
        village, good.serial, replace(services.details_of(good), points_price=990), good.version, SYSTEM
    )
    assert press(client, page, household, confirm="1").location == DONE + "1"


def test_a_waiting_order_is_shown_with_one_key_to_hand_it_over(
    client: FlaskClient, village: Place, household: Household, soap: Good
) -> None:
    services.place_order(village, household.id, [(soap.id, 2)], 1_900, SYSTEM, new_key())
    page = client.get(page_of(household))
    assert "预留单 1 号" in page.text
    assert 'action="/desk/qingxi/market/orders/1/hand-over"' in page.text
    assert "<strong>181</strong>" in page.text


# --- who may, and how fast ---


@pytest.mark.parametrize("role", [Role.CLERK, Role.SHOPKEEPER])
def test_those_who_serve_the_counter_see_it(client: FlaskClient, app: Flask, role: Role) -> None:
    sign_in(client, make_staff(make_village(), role))
    assert client.get(COUNTER).status_code == 200


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.GROUP_HEAD, Role.REVIEWER, Role.COMMITTEE, Role.SUPERVISION])
def test_others_do_not_serve_the_counter(client: FlaskClient, app: Flask, role: Role) -> None:
    place = make_village()
    household = make_household(place)
    sign_in(client, make_staff(place, role))
    for path in ("", f"/{household.id}", "/done/1"):
        assert client.get(COUNTER + path).status_code == 403
    assert post(client, COUNTER, {"words": "zs"}).status_code == 403
    assert post(client, page_of(household), {"key": new_key()}).status_code == 403


def test_a_full_counter_page_asks_the_database_at_most_twelve_times(
    client: FlaskClient, village: Place, household: Household
) -> None:
    goods = [make_good(village, f"东西{number}", price=100, limit=(3, span)) for number, span in enumerate(Span)]
    goods += [make_good(village, f"货{number}", price=100) for number in range(8)]
    services.place_order(village, household.id, [(goods[0].id, 1)], 100, SYSTEM, new_key())
    redeem_now(village, household, goods[1], 2)
    basket = "&".join(f"good={good.serial}&quantity=1" for good in goods)
    address = f"{page_of(household)}?key={new_key()}&{basket}"
    asked: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        page = client.get(address)
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert page.status_code == 200
    assert len(fields(page)["good"]) == len(goods)
    assert len(asked) <= QUERIES_MAX, [statement.split("FROM")[-1] for statement in asked]
