"""The day's close at the desk: what went out, what lies there, signed once, on paper."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role, Staff
from pointsbank.foundation.clock import FixedClock
from pointsbank.market import queries, services
from pointsbank.market.models import Good
from pointsbank.market.queries import closing as closes
from pointsbank.market.verification import problems
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.factories import make_good, make_household, make_points, make_staff, make_village
from tests.fonts import prepared_fonts_folder
from tests.pdf import text_of
from tests.web.conftest import post, sign_in

CLOSES = "/desk/qingxi/market/closes"
TODAY = f"{CLOSES}/today"
PRICE = 500


@pytest.fixture
def village(app: Flask) -> Place:
    (app.config["POINTSBANK"].fonts_folder).symlink_to(prepared_fonts_folder(), target_is_directory=True)
    return make_village()


@pytest.fixture
def keeper(client: FlaskClient, village: Place) -> Staff:
    staff = make_staff(village, Role.SHOPKEEPER, name="罗德福")
    sign_in(client, staff)
    return staff


@pytest.fixture
def household(village: Place) -> Household:
    made = make_household(village)
    make_points(village, made, 100 * PRICE)
    return made


@pytest.fixture
def rice(village: Place, household: Household, keeper: Staff) -> Good:
    """Twelve bags, of which two were handed out."""
    good = make_good(village, "大米", price=PRICE, on_hand=12)
    lines = [(good.id, 2)]
    services.redeem(village, household.id, lines, 2 * PRICE, ConfirmBy.SIGNATURE, keeper.actor, "first")
    return good


def sign(client: FlaskClient, good: Good, counted: str = "", explanation: str = "", **more: str) -> TestResponse:
    """Fill in the page as it stands and sign it."""
    page = client.get(TODAY).text
    hidden = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page) for name in ("seen_redemption", "seen_move", "key")
    }
    data = {name: found[1] for name, found in hidden.items() if found}
    row = {"good": str(good.serial), "counted": counted, "explanation": explanation}
    return post(client, TODAY, {**data, **row, "note": "", **more})


def test_a_day_is_signed_and_stands_on_paper(
    client: FlaskClient, village: Place, rice: Good, household: Household, keeper: Staff
) -> None:
    services.place_order(village, household.id, [(rice.id, 1)], PRICE, keeper.actor, "order")
    page = client.get(TODAY).text
    assert "小票上的每一件，都和库存流水一致" in page
    answer = sign(client, rice, "9", "少了一袋，查不出", booked=str(rice.serial), release="y", note="赶场天")
    assert (answer.status_code, answer.location) == (303, f"{CLOSES}/1")
    page = client.get(f"{CLOSES}/1").text
    assert "没来领的 1 张单子退回了 5 分" in page
    assert "已改账：少了一袋，查不出" in page
    assert queries.good(village.id, rice.serial).on_hand == 9
    for kind in ("a4", "80"):
        paper = text_of(client.get(f"{CLOSES}/1.pdf?paper={kind}").data)
        assert all(words in paper for words in ("日结单", "罗德福", "大米", "少了一袋", "赶场天", "领走0张")), paper
    assert client.get(f"{CLOSES}/1.pdf?paper=a3").status_code == 422
    assert "赶场天" in client.get(CLOSES).text
    assert "没有要日结的" in client.get(TODAY).text
    assert problems(village) == []


def test_a_difference_without_a_reason_is_told_at_its_row(client: FlaskClient, village: Place, rice: Good) -> None:
    for counted, said in (("9", "账面 10，相差 -1"), ("abc", "数到的数量要填"), ("-1", "数到的数量要填")):
        answer = sign(client, rice, counted)
        assert answer.status_code == 422
        assert f'id="row-{rice.serial}"' in answer.text
        assert said in answer.text
    assert closes.day_closes(village.id) == []


def test_what_came_after_the_page_is_shown_and_not_signed(
    client: FlaskClient, village: Place, rice: Good, household: Household, keeper: Staff
) -> None:
    services.place_order(village, household.id, [(rice.id, 1)], PRICE, keeper.actor, "order")
    answer = sign(client, rice, seen_redemption="0", seen_move="1", release="y")
    assert answer.status_code == 409
    assert "刚才又有东西进出" in answer.text
    assert closes.orders_to_release(village.id) == 1


def test_a_page_sent_twice_closes_once(client: FlaskClient, village: Place, rice: Good) -> None:
    page = client.get(TODAY).text
    found = [re.search(rf'name="{name}"[^>]*value="([^"]+)"', page) for name in ("seen_redemption", "seen_move", "key")]
    redemption, move, key = (one[1] for one in found if one)
    data = {"seen_redemption": redemption, "seen_move": move, "key": key, "release": "y"}
    row = {"good": str(rice.serial), "counted": "9", "explanation": "少了", "booked": str(rice.serial)}
    for _ in range(2):
        answer = post(client, TODAY, {**data, **row})
        assert answer.location == f"{CLOSES}/1", answer.text
    assert queries.good(village.id, rice.serial).on_hand == 9


def test_a_day_that_nobody_closed_waits_on_the_home_page(
    client: FlaskClient, village: Place, rice: Good, still_clock: FixedClock
) -> None:
    assert "超市没有日结" not in client.get("/desk/qingxi/").text
    still_clock.move(timedelta(days=1))
    assert "超市没有日结" in client.get("/desk/qingxi/").text
    sign(client, rice)
    assert "超市没有日结" not in client.get("/desk/qingxi/").text


def test_who_sees_the_goods_sees_the_closes_but_does_not_sign(client: FlaskClient, village: Place, rice: Good) -> None:
    assert sign(client, rice).status_code == 303
    sign_in(client, make_staff(village, Role.SUPERVISION))
    assert client.get(CLOSES).status_code == 200
    assert client.get(f"{CLOSES}/1").status_code == 200
    assert client.get(f"{CLOSES}/2").status_code == 404
    assert client.get(TODAY).status_code == 403
