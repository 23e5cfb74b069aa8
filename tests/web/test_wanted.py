"""What people would like to have is noted, answered once, and printed; what they take says what to buy."""

import io
from datetime import timedelta

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.market.documents import demand as demand_papers
from pointsbank.market.documents.demand import DEMAND_COLUMNS
from pointsbank.market.models import WantedState
from pointsbank.market.queries import demand, wanted
from pointsbank.market.services import wanted as services
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_good, make_household, make_points, make_staff, make_village, redeem_now
from tests.fonts import registered_fonts
from tests.pdf import text_of
from tests.web.conftest import post, sign_in

WANTED = "/desk/qingxi/market/wanted"
DEMAND = "/desk/qingxi/market/demand"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER, name="王小梅"))
    return place


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village, "张建国", number="03-012", group=3)
    make_points(village, found, 100_000)
    return found


def want(client: FlaskClient, words: str, whose: str = "", key: str = "") -> TestResponse:
    return post(client, WANTED, {"words": words, "whose": whose, "key": key or new_key()})


def answer(client: FlaskClient, serial: int, state: str, words: str = "") -> TestResponse:
    return post(client, f"{WANTED}/{serial}/answer", {"state": state, "answer": words, "key": new_key()})


def test_a_wish_is_noted_with_or_without_a_household(client: FlaskClient, village: Place, household: Household) -> None:
    for _ in range(2):
        assert want(client, "洗洁精 1L", "03-012", key="twice").location == WANTED
    assert want(client, "热水瓶").location == WANTED
    page = client.get(WANTED).text
    assert [wish.words for wish in wanted.open_wishes(village.id, limit=9)] == ["洗洁精 1L", "热水瓶"]
    assert "张建国" in page
    assert "2 条" in page


@pytest.mark.parametrize(
    ("words", "whose", "status"), [("", "", 422), ("长" * 101, "", 422), ("米", "没有这个人", 422), ("米", "03", 422)]
)
def test_what_is_no_wish_is_refused(
    client: FlaskClient, village: Place, household: Household, words: str, whose: str, status: int
) -> None:
    make_household(village, "李四", number="03-013", group=3)
    refused = want(client, words, whose)
    assert refused.status_code == status
    assert "field-error" in refused.text
    assert wanted.open_wishes(village.id, limit=9) == []


def test_a_wish_is_answered_once_with_a_reason_where_it_is_not_possible(client: FlaskClient, village: Place) -> None:
    for words in ("洗洁精", "香烟"):
        want(client, words)
    assert "原因不能空着" in answer(client, 2, "not_possible").text
    assert answer(client, 2, "not_possible", "按规定不能换").location == WANTED
    assert answer(client, 2, "taken_up").status_code == 409
    assert answer(client, 1, "taken_up", "下个月进货").location == WANTED
    assert answer(client, 3, "taken_up").status_code == 404
    states = [wish.state for wish in wanted.answered_wishes(village.id, limit=9)]
    assert states == [WantedState.NOT_POSSIBLE, WantedState.TAKEN_UP]
    page = client.get(WANTED).text
    assert "按规定不能换" in page
    assert "王小梅" in page


def test_the_paper_has_the_open_wishes_masked_and_room_to_write(village: Place, household: Household) -> None:
    services.want(village, "洗洁精 1L", household.id, SYSTEM, new_key())
    sheet = demand_papers.wanted_sheet_of(village, wanted.open_wishes(village.id, limit=9))
    paper = demand_papers.wanted_pdf(sheet, registered_fonts())
    text = text_of(paper)
    assert "洗洁精1L" in text
    assert "03-012张*国" in text
    assert paper == demand_papers.wanted_pdf(sheet, registered_fonts())


def test_only_who_serves_notes_wishes(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, Role.COMMITTEE))
    assert client.get(WANTED).status_code == 403
    assert want(client, "米").status_code == 403


def test_what_is_taken_and_what_is_not_says_what_to_buy(
    client: FlaskClient, village: Place, household: Household, still_clock: FixedClock
) -> None:
    soap, tea = make_good(village, "香皂", price=500, on_hand=40), make_good(village, "茶叶", price=500)
    still_clock.move(timedelta(days=100))
    redeem_now(village, household, soap, 30)
    lines = {line.good.serial: line for line in demand.demand(village.id, 30)}
    assert (lines[soap.serial].taken, lines[soap.serial].suggested) == (30, 2)  # 30 a season: 10 and 2 less 10
    assert lines[tea.serial].is_slow
    assert demand.demand(village.id, 90)[0].suggested == 22
    page = client.get(DEMAND, query_string={"days": 30}).text
    assert "建议采购" in page
    assert "茶叶" in page.split('id="slow"')[1]
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{DEMAND}.xlsx?days=30").data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == tuple(column.name for column in DEMAND_COLUMNS)
    assert rows[1][8:] == (2, 29.8, 59.6)
    assert rows[2][-1] == 59.6


@pytest.mark.parametrize("days", ["0", "-1", "181", "一年"])
def test_days_that_cannot_be_are_refused(client: FlaskClient, village: Place, days: str) -> None:
    for path in (DEMAND, f"{DEMAND}.xlsx"):
        assert client.get(path, query_string={"days": days}).status_code == 422
