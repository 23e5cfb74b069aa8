"""What the counter refuses: a sentence where it belongs, the basket as it was, nothing moved."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.cards import queries as card_queries
from pointsbank.cards import services as cards
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries, services
from pointsbank.market.models import Good
from pointsbank.market.verification import problems
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy, VillageSettings
from tests.factories import make_card, make_good, make_household, make_points, make_staff, make_village, redeem_now
from tests.web.conftest import csrf, sign_in

PIN = "314159"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER))
    return place


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village, "张建国", number="03-012", group=3)
    make_points(village, found, 10_000)
    return found


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", price=6_000, on_hand=5)


@pytest.fixture
def by_pin(village: Place) -> None:
    places.change_settings(village.id, VillageSettings(confirm_by=ConfirmBy.PIN), clock.today(), SYSTEM)


def confirm(
    client: FlaskClient, household: Household, *lines: tuple[Good, object], seen: int | None = None, **more: Any
) -> TestResponse:
    """Press the button on a page that showed these lines. seen: the total on it, where it is not that of the lines."""
    total = sum(good.points_price * quantity for good, quantity in lines if isinstance(quantity, int))
    form = {
        "csrf_token": csrf(client),
        "key": new_key(),
        "points_seen": total if seen is None else seen,
        "good": [good.serial for good, _ in lines],
        "quantity": [quantity for _, quantity in lines],
        "confirm": "1",
        **more,
    }
    sent = {name: value for name, value in form.items() if value is not None}
    return client.post(f"/desk/qingxi/market/counter/{household.id}", data=sent)


def assert_kept(answer: TestResponse, village: Place, *lines: tuple[Good, object]) -> None:
    """The basket stands on the page as it was sent, and nothing moved."""
    assert re.findall(r'name="good" value="(\d+)"', answer.text) == [str(good.serial) for good, _ in lines]
    assert re.findall(r'name="quantity" value="([^"]*)"', answer.text) == [str(quantity) for _, quantity in lines]
    assert queries.redemptions(village.id) == []
    assert problems(village) == []


def test_too_few_points(client: FlaskClient, village: Place, household: Household, rice: Good) -> None:
    answer = confirm(client, household, (rice, 2))
    assert answer.status_code == 409
    assert "积分不够，还差 20 分" in answer.text
    assert_kept(answer, village, (rice, 2))


def test_points_of_a_waiting_order_cannot_be_spent(
    client: FlaskClient, village: Place, household: Household, rice: Good
) -> None:
    services.place_order(village, household.id, [(rice.id, 1)], 6_000, SYSTEM, new_key())
    answer = confirm(client, household, (rice, 1))
    assert "还差 20 分" in answer.text
    assert_kept(answer, village, (rice, 1))


def test_sold_out_while_it_lay_in_the_basket(
    client: FlaskClient, village: Place, household: Household, rice: Good
) -> None:
    services.write_off(village, rice.serial, 4, "受潮", "李四", SYSTEM, new_key())
    answer = confirm(client, household, (rice, 2), seen=12_000)
    assert answer.status_code == 409
    assert answer.text.count("只剩 1 袋") >= 2  # above the basket and at the line
    assert_kept(answer, village, (rice, 2))


def test_taken_off_the_shelf(client: FlaskClient, village: Place, household: Household, rice: Good) -> None:
    services.change_good(village, rice.serial, replace(services.details_of(rice), offered=False), rice.version, SYSTEM)
    answer = confirm(client, household, (rice, 1))
    assert answer.status_code == 409
    assert "已经下架，请去掉" in answer.text
    assert_kept(answer, village, (rice, 1))


def test_more_than_a_households_share(client: FlaskClient, village: Place, household: Household) -> None:
    oil = make_good(village, "菜油", price=1_000, limit=(2, Span.MONTH))
    services.place_order(village, household.id, [(oil.id, 1)], 1_000, SYSTEM, new_key())
    answer = confirm(client, household, (oil, 2))
    assert answer.status_code == 409
    assert "每户每月最多换 2 袋，这户还能换 1 袋" in answer.text
    assert_kept(answer, village, (oil, 2))


@pytest.mark.parametrize(("span", "days"), [(Span.DAY, 0), (Span.MONTH, 10), (Span.QUARTER, 60), (Span.YEAR, 70)])
def test_a_share_counts_what_was_taken_in_its_span(
    client: FlaskClient, village: Place, household: Household, still_clock: FixedClock, span: Span, days: int
) -> None:
    oil = make_good(village, "菜油", price=1_000, limit=(1, span))
    still_clock.move(-timedelta(days=days))
    redeem_now(village, household, oil, 1)
    still_clock.move(timedelta(days=days))
    page = client.get(f"/desk/qingxi/market/counter/{household.id}?good={oil.serial}&quantity=1")
    assert "这户还能换 0 袋" in page.text
    still_clock.move(timedelta(days=366))
    page = client.get(f"/desk/qingxi/market/counter/{household.id}?good={oil.serial}&quantity=1")
    assert "这户还能换" not in page.text


def test_a_price_that_changed_between_basket_and_confirmation(
    client: FlaskClient, village: Place, household: Household, rice: Good
) -> None:
    dearer = replace(services.details_of(rice), points_price=6_500)
    services.change_good(village, rice.serial, dearer, rice.version, SYSTEM)
    answer = confirm(client, household, (rice, 1), seen=6_000)
    assert answer.status_code == 409
    assert "现在一共 65 分，刚才看到的是 60 分" in answer.text
    assert 'name="points_seen" value="6500"' in answer.text
    assert_kept(answer, village, (rice, 1))
    again = confirm(client, household, (rice, 2), seen=12_000, price=["6000"], confirm=None)
    assert "价格变了，刚才" in again.text
    assert "120 分" in again.text
    assert "刚才 60 分" in again.text


def test_a_day_on_which_the_shop_is_closed_is_said_before_and_refused_after(
    client: FlaskClient, village: Place, household: Household, rice: Good
) -> None:
    weekend = VillageSettings(open_weekdays=(6, 7), opening_hours="08:30-11:30", redeem_months=(3, 9))
    places.change_settings(village.id, weekend, clock.today(), SYSTEM)
    counter = client.get("/desk/qingxi/market/counter").text
    assert "今天不开门，下次 3月21日（周六）8:30 开门" in counter
    assert "本村 3、9 月兑换，现在可以换" in counter
    assert "爱心超市不开门，不能交东西" in client.get(f"/desk/qingxi/market/counter/{household.id}").text
    answer = confirm(client, household, (rice, 1))
    assert answer.status_code == 409
    assert_kept(answer, village, (rice, 1))


@pytest.mark.parametrize("seen", [0, 1, 5_999, 12_000])
def test_a_total_that_is_not_the_baskets(
    client: FlaskClient, village: Place, household: Household, rice: Good, seen: int
) -> None:
    answer = confirm(client, household, (rice, 1), seen=seen)
    assert answer.status_code == 409
    assert_kept(answer, village, (rice, 1))


@pytest.mark.parametrize("seen", ["", "六十", "-6000", "6000.0", "1e9", "9" * 30])
def test_a_total_that_is_none(client: FlaskClient, village: Place, household: Household, rice: Good, seen: str) -> None:
    answer = confirm(client, household, (rice, 1), points_seen=seen)
    assert answer.status_code == 422
    assert_kept(answer, village, (rice, 1))


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "1e3", "一", "", "1000", "9999999999999", "1,0", "<b>1</b>"])
def test_quantities_that_cannot_be(
    client: FlaskClient, village: Place, household: Household, rice: Good, quantity: str
) -> None:
    answer = confirm(client, household, (rice, quantity), seen=0)
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert queries.redemptions(village.id) == []


def test_goods_that_are_not_the_villages(client: FlaskClient, village: Place, household: Household) -> None:
    foreign = make_good(make_village("miaopo", name="庙坡社区"), "别村的米")
    assert queries.goods_by_serial(village.id, [foreign.serial]) == {}
    answer = confirm(client, household, (foreign, 1))
    assert answer.status_code == 404
    assert "别村的米" not in answer.text
    assert queries.redemptions(village.id) == []


@pytest.mark.parametrize(
    "form",
    [
        {"good": ["1"], "quantity": []},
        {"good": ["x"], "quantity": ["1"]},
        {"good": ["1"] * 41, "quantity": ["1"] * 41},
        {"good": ["1"] * 1000, "quantity": ["1"] * 1000},
        {"good": [], "quantity": []},
        {"key": ""},
        {"key": "k" * 65},
        {"key": "钥匙"},
        {"pick": "99999999999999999999", "confirm": None},
        {"pick": "大米", "confirm": None},
        {"scan": "长" * 10_000, "confirm": None},
        {"scan": "没有这样的东西", "confirm": None},
    ],
)
def test_what_no_page_of_ours_sends(
    client: FlaskClient, village: Place, household: Household, rice: Good, form: dict[str, Any]
) -> None:
    answer = confirm(client, household, (rice, 1), **form)
    assert answer.status_code == 422
    assert "message-warn" in answer.text or "field-error" in answer.text
    assert queries.redemptions(village.id) == []


def test_a_good_scanned_and_confirmed_in_one_go_was_not_in_the_total(
    client: FlaskClient, village: Place, household: Household, rice: Good
) -> None:
    soap = make_good(village, "香皂", price=900)
    answer = confirm(client, household, (rice, 1), scan=soap.code)
    assert answer.status_code == 422
    assert "合计变了" in answer.text
    assert_kept(answer, village, (rice, 1), (soap, 1))


def test_a_key_that_comes_back_with_another_basket(
    client: FlaskClient, village: Place, household: Household, rice: Good
) -> None:
    soap = make_good(village, "香皂", price=900)
    assert confirm(client, household, (soap, 1), key="the same").status_code == 303
    answer = confirm(client, household, (soap, 2), key="the same")
    assert answer.status_code == 409
    assert "已经提交过" in answer.text
    assert ledger.balances(village.id, household.serial).spendable == 9_100


def test_without_the_forms_token_nothing_happens(
    client: FlaskClient, village: Place, household: Household, rice: Good
) -> None:
    answer = confirm(client, household, (rice, 1), csrf_token="forged")
    assert answer.status_code == 400
    assert queries.redemptions(village.id) == []


# --- the PIN ---


def test_the_right_pin_confirms(
    client: FlaskClient, village: Place, household: Household, rice: Good, by_pin: None
) -> None:
    cards.set_pin(village, make_card(village, household).id, PIN, SYSTEM)
    assert confirm(client, household, (rice, 1), pin=PIN).status_code == 303
    assert queries.redemption(village.id, 1).confirmed_by == "pin"


def test_enter_after_the_pin_confirms_without_the_button(
    client: FlaskClient, village: Place, household: Household, rice: Good, by_pin: None
) -> None:
    cards.set_pin(village, make_card(village, household).id, PIN, SYSTEM)
    form = {"key": new_key(), "points_seen": 6_000, "good": rice.serial, "quantity": 1, "pin": "３１４１５９"}
    answer = client.post(
        f"/desk/qingxi/market/counter/{household.id}", data={"csrf_token": csrf(client), "scan": "", **form}
    )
    assert answer.status_code == 303


def test_a_pin_is_asked_for_where_the_village_wants_it(
    client: FlaskClient, village: Place, household: Household, rice: Good, by_pin: None
) -> None:
    answer = confirm(client, household, (rice, 1))
    assert answer.status_code == 403
    assert 'id="pin-error"' in answer.text
    assert "要输密码" in answer.text
    assert_kept(answer, village, (rice, 1))


def test_the_card_scanned_again_is_no_pin(
    client: FlaskClient, village: Place, household: Household, rice: Good, by_pin: None
) -> None:
    card = make_card(village, household)
    answer = confirm(client, household, (rice, 1), scan=card_queries.qr_text(village, card))
    assert answer.status_code == 403
    assert_kept(answer, village, (rice, 1))


def test_without_card_or_pin_the_desk_says_which(
    client: FlaskClient, village: Place, household: Household, rice: Good, by_pin: None
) -> None:
    answer = confirm(client, household, (rice, 1), pin=PIN)
    assert (answer.status_code, "这户没有能用的卡" in answer.text) == (422, True)
    card = make_card(village, household)
    answer = confirm(client, household, (rice, 1), pin=PIN)
    assert (answer.status_code, "还没有设密码" in answer.text) == (422, True)
    cards.set_pin(village, card.id, PIN, SYSTEM)
    cards.report_lost(village, card.id, SYSTEM)
    answer = confirm(client, household, (rice, 1), pin=PIN)
    assert "已经挂失" in answer.text
    assert_kept(answer, village, (rice, 1))


def test_a_wrong_pin_says_how_often_it_may_be_tried(
    client: FlaskClient, village: Place, household: Household, rice: Good, by_pin: None
) -> None:
    cards.set_pin(village, make_card(village, household).id, PIN, SYSTEM)
    for tries_left in (4, 3, 2, 1):
        answer = confirm(client, household, (rice, 1), pin="000001")
        assert answer.status_code == 422
        assert f"还能试 {tries_left} 次" in answer.text
    assert "要等 15 分钟" in confirm(client, household, (rice, 1), pin="31415").text
    answer = confirm(client, household, (rice, 1), pin=PIN)
    assert answer.status_code == 429
    assert "请等 15 分钟再试" in answer.text[answer.text.index('id="pin-error"') :]
    assert "000001" not in answer.text
    assert_kept(answer, village, (rice, 1))


def test_a_locked_pin_is_called_locked(
    client: FlaskClient,
    village: Place,
    household: Household,
    rice: Good,
    by_pin: None,
    still_clock: FixedClock,
) -> None:
    card = make_card(village, household)
    cards.set_pin(village, card.id, PIN, SYSTEM)
    for number in range(card_queries.PIN_TRIES_PER_DAY_MAX):
        confirm(client, household, (rice, 1), pin="000001")
        if number % card_queries.PIN_TRIES_MAX == card_queries.PIN_TRIES_MAX - 1:
            still_clock.move(card_queries.PIN_WAIT + timedelta(seconds=1))
    answer = confirm(client, household, (rice, 1), pin=PIN)
    assert answer.status_code == 429
    assert "已经锁住" in answer.text[answer.text.index('id="pin-error"') :]
    cards.unlock(village, card.id, SYSTEM)
    assert confirm(client, household, (rice, 1), pin=PIN).status_code == 303


@pytest.mark.usefixtures("by_pin")
def test_a_household_without_a_pin_is_told_as_soon_as_it_is_opened(
    client: FlaskClient, village: Place, household: Household, rice: Good
) -> None:
    page = f"/desk/qingxi/market/counter/{household.id}"
    assert "这户没有能用的卡" in client.get(page).text
    card = make_card(village, household)
    assert "这户的卡还没有设密码" in client.get(page).text
    cards.set_pin(village, card.id, PIN, SYSTEM)
    assert "还没有设密码" not in client.get(page).text


def test_what_lies_in_the_basket_is_not_said_to_be_short(client: FlaskClient, household: Household, rice: Good) -> None:
    page = client.get(f"/desk/qingxi/market/counter/{household.id}", query_string={"good": rice.serial, "quantity": 1})
    assert "篮子里有 1" in page.text
    assert "还差" not in page.text  # 40 points are left, a second one would cost 60
