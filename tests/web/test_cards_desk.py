"""The desk issues cards, sets PINs, reports cards lost and prints."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.cards import queries, services, views
from pointsbank.cards.errors import WrongPinError
from pointsbank.cards.models import Card, CardState
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_card, make_household, make_staff, make_village
from tests.fonts import registered_fonts
from tests.pdf import text_of
from tests.web.conftest import post, sign_in

CARDS = "/desk/qingxi/cards/"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张建国", number="03-012", group=3)


@pytest.fixture
def card(village: Place, household: Household) -> Card:
    return make_card(village, household)


def test_all_households_get_cards_with_one_button(client: FlaskClient, village: Place, household: Household) -> None:
    make_household(village)
    page = client.get(CARDS)
    assert "还有 2 户没有卡" in page.text
    key = re.findall(r'name="key" value="([0-9a-f]{32})"', page.text)[0]
    answer = post(client, CARDS + "issue", {"key": key})
    assert (answer.status_code, answer.location) == (303, CARDS)
    assert "已发 2 张卡" in client.get(CARDS).text
    post(client, CARDS + "issue", {"key": key})
    assert len(queries.cards_of_household(village.id, household.id)) == 1


def test_one_household_gets_its_card(client: FlaskClient, village: Place, household: Household) -> None:
    other = make_household(village)
    answer = post(client, CARDS + "issue", {"key": new_key(), "household": household.id})
    [card] = queries.working_cards(village.id, household.id)
    assert answer.location == f"{CARDS}{card.id}"
    assert queries.working_cards(village.id, other.id) == []
    assert card.number in client.get(answer.location).text


@pytest.mark.parametrize("household_id", ["x", "-1", "99999999999999999999", "１２"])
def test_no_household_no_card(client: FlaskClient, village: Place, household_id: str) -> None:
    make_household(village)
    answer = post(client, CARDS + "issue", {"key": new_key(), "household": household_id})
    assert answer.status_code in (404, 422)
    assert queries.households_without_card(village.id) == 1


def test_a_second_card_is_refused_with_what_to_do(client: FlaskClient, household: Household, card: Card) -> None:
    answer = post(client, CARDS + "issue", {"key": new_key(), "household": household.id})
    assert answer.status_code == 409
    assert "卡丢了请先挂失" in answer.text


def test_a_pin_is_set_when_typed_twice_alike(client: FlaskClient, village: Place, card: Card) -> None:
    url = f"{CARDS}{card.id}/pin"
    assert post(client, url, {"pin": "314159", "again": "314158"}).status_code == 422
    with pytest.raises(WrongPinError):
        services.check_pin(village, card.household_id, "314159", SYSTEM)
    assert post(client, url, {"pin": "314159", "again": "314159"}).status_code == 303
    services.check_pin(village, card.household_id, "314159", SYSTEM)


@pytest.mark.parametrize(("pin", "sentence"), [("000000", "太容易猜"), ("12", "六位数字"), ("", "请输入六位密码")])
def test_a_weak_pin_is_refused_at_the_field(client: FlaskClient, card: Card, pin: str, sentence: str) -> None:
    answer = post(client, f"{CARDS}{card.id}/pin", {"pin": pin, "again": pin})
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_lost_card_is_replaced(client: FlaskClient, village: Place, card: Card) -> None:
    assert post(client, f"{CARDS}{card.id}/lost").status_code == 303
    page = client.get(f"{CARDS}{card.id}")
    assert "已挂失" in page.text
    answer = post(client, f"{CARDS}{card.id}/replace", {"key": new_key()})
    assert answer.status_code == 303
    [new] = queries.working_cards(village.id, card.household_id)
    assert answer.location == f"{CARDS}{new.id}"


def test_the_desk_sees_why_a_pin_is_refused_and_unlocks(client: FlaskClient, village: Place, card: Card) -> None:
    services.set_pin(village, card.id, "314159", SYSTEM)
    for _ in range(5):
        with pytest.raises(WrongPinError):
            services.check_pin(village, card.household_id, "000001", SYSTEM)
    assert "最近 15 分钟输错 5 次" in client.get(f"{CARDS}{card.id}").text
    assert post(client, f"{CARDS}{card.id}/unlock").status_code == 303
    services.check_pin(village, card.household_id, "314159", SYSTEM)


@pytest.mark.parametrize("path", ["", "/card.pdf"])
def test_another_villages_card_is_not_found(client: FlaskClient, village: Place, path: str) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    card = make_card(miaopo, make_household(miaopo))
    assert client.get(f"{CARDS}{card.id}{path}").status_code == 404
    for act in ("pin", "lost", "replace", "unlock"):
        data = {"key": new_key(), "pin": "314159", "again": "314159"}
        assert post(client, f"{CARDS}{card.id}/{act}", data).status_code == 404
    assert queries.card(miaopo.id, card.id).state is CardState.ACTIVE


@pytest.mark.parametrize("query", ["only=nonsense", "after=x", "after=99999999999999999999", "words=" + "字" * 101])
def test_a_filter_that_cannot_be_is_told(client: FlaskClient, household: Household, query: str) -> None:
    assert client.get(f"{CARDS}?{query}").status_code == 422


def test_the_list_is_filtered(client: FlaskClient, village: Place, card: Card) -> None:
    make_household(village, "李秀英")
    page = client.get(f"{CARDS}?only=without").text
    assert "李秀英" in page
    assert "张建国" not in page
    found = client.get(f"{CARDS}?words={card.number}")
    assert found.status_code == 200
    assert "张建国" in found.text
    assert "李秀英" not in found.text


def test_cards_are_printed_and_names_are_masked_when_wanted(
    client: FlaskClient, household: Household, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "register_fonts", lambda _folder: registered_fonts())
    answer = client.get(CARDS + "cards.pdf")
    assert answer.mimetype == "application/pdf"
    assert "张建国" in text_of(answer.data)
    masked = text_of(client.get(f"{CARDS}{card.id}/card.pdf?masked=1").data)
    assert "张*国" in masked
    assert "张建国" not in masked


def test_nothing_to_print_is_said(client: FlaskClient, household: Household) -> None:
    answer = client.get(CARDS + "cards.pdf")
    assert answer.status_code == 422
    assert "请先发卡" in answer.text
