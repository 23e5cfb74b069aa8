"""Purchases at the desk: each step by the person whose it is, and the paper for the wall."""

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role, Staff
from pointsbank.foundation import clock
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries as shelf
from pointsbank.market.models import Good, PurchaseState
from pointsbank.market.queries import purchases as queries
from pointsbank.places.models import Place
from tests.factories import make_good, make_staff, make_village
from tests.fonts import prepared_fonts_folder
from tests.pdf import text_of
from tests.purchases import approve, come, make_buyers, make_purchase, make_quoted
from tests.statements import count_statements
from tests.web.conftest import post, sign_in

PURCHASES = "/desk/qingxi/market/purchases"
NEW = f"{PURCHASES}/new"


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def buyers(client: FlaskClient, village: Place) -> tuple[Staff, Staff]:
    """Who drafts is signed in."""
    clerk, secretary = make_buyers(village)
    sign_in(client, clerk)
    return clerk, secretary


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", on_hand=0)


def draft(*lines: tuple[Good, str, str], **more: object) -> dict[str, object]:
    """A draft as its page posts it. lines: good, pieces and price as typed."""
    return {
        "good": [str(good.serial) for good, _, _ in lines],
        "quantity": [pieces for _, pieces, _ in lines],
        "price": [price for _, _, price in lines],
        "title": "春节前补货",
        "wanted_on": (clock.today() + timedelta(days=5)).isoformat(),
        "budget": "",
        "revision": "0",
        "key": new_key(),
        "scan": "",
        **more,
    }


def act(client: FlaskClient, serial: int, path: str, data: Mapping[str, object]) -> TestResponse:
    return post(client, f"{PURCHASES}/{serial}/{path}", {"key": new_key(), **data})


def test_a_purchase_is_drafted_quoted_and_handed_in(
    client: FlaskClient, village: Place, buyers: tuple[Staff, Staff], rice: Good
) -> None:
    assert lines_on(post(client, NEW, draft(scan="大米"))) == {str(rice.serial): "1"}
    sent = draft((rice, "２０", "30"), keep="1")
    assert [post(client, NEW, sent).location for _ in range(2)] == [f"{PURCHASES}/1"] * 2
    for supplier, total in (("镇供销社", "580"), ("县粮油公司", "600.50")):
        answer = act(
            client, 1, "quotes", {"supplier": supplier, "total": total, "quoted_on": clock.today().isoformat()}
        )
        assert answer.status_code == 303
    refused = act(client, 1, "hand-in", {"position": "1"})
    assert (refused.status_code, "只问了 2 家" in refused.text) == (422, True)
    assert act(client, 1, "hand-in", {"position": "1", "few_reason": "只有两家送货"}).status_code == 303
    page = client.get(f"{PURCHASES}/1").text
    assert "不能由起草的人自己批" in page
    assert queries.purchase(village.id, 1).state is PurchaseState.QUOTED


def lines_on(answer: TestResponse) -> dict[str, str]:
    """Serial and quantity of each line on the page."""
    serials = re.findall(r'name="good" value="(\d+)"', answer.text)
    return dict(zip(serials, re.findall(r'name="quantity" value="([^"]*)"', answer.text), strict=True))


def test_a_draft_begins_with_what_was_suggested(client: FlaskClient, buyers: tuple[Staff, Staff], rice: Good) -> None:
    assert lines_on(client.get(f"{NEW}?lines={rice.serial}:20,999:5")) == {str(rice.serial): "20"}
    assert client.get(f"{NEW}?lines={rice.serial}:x").status_code == 422


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"title": ""}, 'id="title-error"'),
        ({"wanted_on": "2020-01-01"}, 'id="wanted_on-error"'),
        ({"wanted_on": "2026-02-30"}, 'id="wanted_on-error"'),
        ({"budget": "很多"}, 'id="budget-error"'),
        ({"quantity": ["0"]}, "数量不能是 0"),
        ({"price": ["-1"]}, "不能是负数"),
        ({"price": ["1e9"]}, "要填数字"),
    ],
)
def test_a_draft_that_cannot_be_is_told_where(
    client: FlaskClient, village: Place, buyers: tuple[Staff, Staff], rice: Good, changed: dict[str, object], told: str
) -> None:
    answer = post(client, NEW, draft((rice, "5", "30"), keep="1", **changed))
    assert answer.status_code == 422
    assert told in answer.text
    assert not queries.purchases(village.id)


def test_another_person_approves_and_a_clerk_does_not(
    client: FlaskClient, village: Place, buyers: tuple[Staff, Staff], rice: Good
) -> None:
    clerk, secretary = buyers
    serial = make_quoted(village, clerk, (rice, 10))
    revision = queries.purchase(village.id, serial).revision
    approval = {"revision": str(revision), "note": "同意"}
    assert act(client, serial, "approve", approval).status_code == 403
    sign_in(client, make_staff(village, Role.CLERK, Role.COMMITTEE, name="又是文书又是书记"))
    own = make_quoted(village, secretary, (rice, 1))
    sign_in(client, secretary)
    refused = act(client, own, "approve", {"revision": str(queries.purchase(village.id, own).revision)})
    assert (refused.status_code, "不能自己批准" in refused.text) == (403, True)
    assert "采购待批准" in client.get("/desk/qingxi/").text
    assert act(client, serial, "approve", approval).status_code == 303
    assert queries.purchase(village.id, serial).state is PurchaseState.APPROVED


def test_what_came_is_received_by_two_and_hangs_on_the_wall(
    client: FlaskClient, app: Flask, village: Place, buyers: tuple[Staff, Staff], rice: Good
) -> None:
    (app.config["POINTSBANK"].fonts_folder).symlink_to(prepared_fonts_folder(), target_is_directory=True)
    clerk, secretary = buyers
    serial = make_quoted(village, clerk, (rice, 10))
    approve(village, serial, secretary, queries.purchase(village.id, serial).revision)
    assert client.get(f"{PURCHASES}/{serial}/notice.pdf").status_code == 422
    row = {f"pieces-{rice.serial}": "11", f"cost-{rice.serial}": "28", "received_on": clock.today().isoformat()}
    over = act(client, serial, "receive", {**row, "second_receiver": "罗德福"})
    assert (over.status_code, "比批准的多 1 件" in over.text, 'value="罗德福"' in over.text) == (409, True, True)
    alone = act(client, serial, "receive", {**row, f"pieces-{rice.serial}": "10", "second_receiver": clerk.name})
    assert (alone.status_code, 'id="second_receiver-error"' in alone.text) == (422, True)
    sent = {**row, f"pieces-{rice.serial}": "10", "second_receiver": "罗德福", "key": new_key()}
    assert [act(client, serial, "receive", sent).status_code for _ in range(2)] == [303, 303]
    assert shelf.good(village.id, rice.serial).on_hand == 10
    text = text_of(client.get(f"{PURCHASES}/{serial}/notice.pdf").data)
    for words in ("清溪村爱心超市采购公示", "镇供销社", "城南批发部", "280.00", "文小琴、罗德福", "村务监督委员会"):
        assert words in text, words
    assert act(client, serial, "publish", {"hung_on": "2026-03-01", "hung_where": "公开栏"}).status_code == 422
    hung = {"hung_on": clock.today().isoformat(), "hung_where": "村务公开栏"}
    assert act(client, serial, "publish", hung).status_code == 303
    assert "村务公开栏" in client.get(f"{PURCHASES}/{serial}").text


def test_another_villages_purchase_is_not_found(
    client: FlaskClient, village: Place, buyers: tuple[Staff, Staff]
) -> None:
    other = make_village("miaopo", name="庙坡村")
    clerk, _ = buyers
    for _ in range(2):
        theirs = make_purchase(other, clerk, (make_good(other, "面粉", on_hand=0), 1))
    for path in ("", "/edit", "/receive", "/notice.pdf"):
        assert client.get(f"{PURCHASES}/{theirs}{path}").status_code == 404
    for path in ("quotes/1/withdraw", "cancel"):
        assert act(client, theirs, path, {"reason": "不买"}).status_code == 404
    assert client.get(f"{NEW}?like={theirs}").status_code == 404


def test_the_pages_of_purchases_ask_little(
    client: FlaskClient, village: Place, buyers: tuple[Staff, Staff], rice: Good
) -> None:
    clerk, secretary = buyers
    serials = [make_quoted(village, clerk, (rice, 10)) for _ in range(3)]
    approve(village, serials[0], secretary, queries.purchase(village.id, serials[0]).revision)
    for _ in range(3):
        come(village, serials[0], clerk.actor, (rice, 2))
    for path in (PURCHASES, f"{PURCHASES}/{serials[0]}", f"{PURCHASES}/{serials[0]}/receive", f"{NEW}?like=1"):
        with count_statements() as statements:
            assert client.get(path).status_code == 200
        assert sum(one.lstrip().startswith("SELECT") for one in statements) <= 12, path
