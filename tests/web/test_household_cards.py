"""A household's page of cards: one more with a name, its last day, who may collect, a PIN set anew by two."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role, Staff
from pointsbank.cards import queries, services
from pointsbank.cards.models import Card
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import PASSWORD, make_card, make_household, make_staff, make_village
from tests.web.conftest import post, sign_in

CARDS = "/desk/qingxi/cards/"
PIN = {"pin": "271828", "again": "271828"}


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def clerk(village: Place, client: FlaskClient) -> Staff:
    staff = make_staff(village, Role.CLERK, name="文小琴")
    sign_in(client, staff)
    return staff


@pytest.fixture
def household(village: Place, clerk: Staff) -> Household:
    return make_household(village, "张建国", number="03-012", group=3)


@pytest.fixture
def card(village: Place, household: Household) -> Card:
    return make_card(village, household)


def page_of(household: Household) -> str:
    return f"{CARDS}household/{household.id}"


def test_one_more_card_with_a_name_stands_on_the_page_and_in_the_list(
    client: FlaskClient, village: Place, household: Household, card: Card
) -> None:
    key = new_key()
    answer = post(client, page_of(household) + "/add", {"name": "奶奶的", "key": key})
    assert answer.status_code == 303
    post(client, page_of(household) + "/add", {"name": "奶奶的", "key": key})
    assert [one.name for one in queries.working_cards(village.id, household.id)] == ["", "奶奶的"]
    page = client.get(page_of(household)).text
    assert "能用的卡 2 张" in page
    assert "奶奶的" in page
    assert "2 张" in client.get(CARDS + "?only=several").text


def test_a_sixth_card_is_refused_with_what_to_do(client: FlaskClient, village: Place, household: Household) -> None:
    for _ in range(services.CARDS_PER_HOUSEHOLD_MAX):
        services.add_card(village, household.id, "", SYSTEM, new_key())
    assert "先挂失一张不用的" in client.get(page_of(household)).text
    answer = post(client, page_of(household) + "/add", {"name": "<b>", "key": new_key()})
    assert answer.status_code == 409
    assert "先挂失一张不用的" in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize("name", ["字" * 21, "x" * 10_000])
def test_a_name_that_is_too_long_is_refused_at_the_field(
    client: FlaskClient, village: Place, household: Household, name: str
) -> None:
    assert post(client, page_of(household) + "/add", {"name": name, "key": new_key()}).status_code == 422
    assert queries.working_cards(village.id, household.id) == []


def test_the_last_day_is_set_and_taken_away_again(
    client: FlaskClient, village: Place, card: Card, still_clock: FixedClock
) -> None:
    url, last_day = f"{CARDS}{card.id}/edit", clock.today() + timedelta(days=10)
    assert post(client, url, {"name": "老屋的", "expires_on": last_day.isoformat()}).status_code == 303
    still_clock.move(timedelta(days=11))
    assert "已到期" in client.get(f"{CARDS}{card.id}").text
    assert post(client, url, {"name": "老屋的", "expires_on": ""}).status_code == 303
    assert "不限期" in client.get(f"{CARDS}{card.id}").text


@pytest.mark.parametrize("last_day", ["2026-03-17", "2026-02-30", "9999-12-31", "１２", "x" * 100])
def test_a_last_day_that_cannot_be_is_refused_at_the_field(
    client: FlaskClient, village: Place, card: Card, last_day: str
) -> None:
    answer = post(client, f"{CARDS}{card.id}/edit", {"name": "奶奶的", "expires_on": last_day})
    assert answer.status_code == 422
    assert "奶奶的" in answer.text
    assert queries.card(village.id, card.id).expires_on is None


def test_who_may_collect_is_listed_and_ended(client: FlaskClient, village: Place, household: Household) -> None:
    url = page_of(household) + "/deputies"
    assert post(client, url, {"name": "罗秀珍", "note": "", "key": new_key()}).status_code == 422
    assert post(client, url, {"name": "罗秀珍", "note": "隔壁邻居", "key": new_key()}).status_code == 303
    [deputy] = queries.deputies(village.id, household.id)
    assert "隔壁邻居" in client.get(page_of(household)).text
    answer = post(client, url, {"name": "罗秀珍", "note": "姑姑", "key": new_key()})
    assert answer.status_code == 409
    assert "已经在名单上" in answer.text
    assert post(client, f"{url}/{deputy.id}/end").status_code == 303
    assert queries.deputies(village.id, household.id) == []


def test_another_villages_household_is_not_found(client: FlaskClient, clerk: Staff) -> None:
    elsewhere = make_household(make_village("miaopo", name="庙坡村"))
    assert client.get(page_of(elsewhere)).status_code == 404
    for act in ("add", "deputies"):
        data = {"name": "罗秀珍", "note": "邻居", "key": new_key()}
        assert post(client, f"{page_of(elsewhere)}/{act}", data).status_code == 404


# --- a PIN set anew ---


@pytest.fixture
def with_pin(village: Place, card: Card) -> Card:
    services.set_pin(village, card.id, "314159", SYSTEM)
    return card


def reset(client: FlaskClient, card: Card, name: str = "", password: str = PASSWORD) -> tuple[int, str]:
    answer = post(client, f"{CARDS}{card.id}/pin", {**PIN, "second_name": name, "second_password": password})
    return answer.status_code, answer.text


def test_a_second_person_types_name_and_password(client: FlaskClient, village: Place, with_pin: Card) -> None:
    second = make_staff(village, Role.COMMITTEE)
    assert "第二人的登录名" in client.get(f"{CARDS}{with_pin.id}").text
    assert reset(client, with_pin, second.sign_in_name)[0] == 303
    services.check_pin(village, with_pin.household_id, PIN["pin"], SYSTEM)
    assert client.get(CARDS).status_code == 200  # still the clerk


def test_nobody_else_or_oneself_or_another_role_is_no_second_person(
    client: FlaskClient, village: Place, clerk: Staff, with_pin: Card
) -> None:
    shopkeeper = make_staff(village, Role.SHOPKEEPER, name="罗德福")
    miaopo = make_staff(make_village("miaopo", name="庙坡村"), Role.CLERK, name="范晓燕")
    assert reset(client, with_pin)[0] == 403
    assert "不能是您自己" in reset(client, with_pin, clerk.sign_in_name)[1]
    for other in (shopkeeper, miaopo):
        assert "岗位不能办" in reset(client, with_pin, other.sign_in_name)[1]
    services.check_pin(village, with_pin.household_id, "314159", SYSTEM)


def test_wrong_passwords_of_the_second_person_count(client: FlaskClient, village: Place, with_pin: Card) -> None:
    second = make_staff(village, Role.COMMITTEE)
    assert [reset(client, with_pin, second.sign_in_name, "wrong")[0] for _ in range(6)] == [422] * 5 + [429]
    assert reset(client, with_pin, second.sign_in_name)[0] == 429
    services.check_pin(village, with_pin.household_id, "314159", SYSTEM)
