"""What town and county handed down, at the village's desk: seen by all, taken over by the office."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.covenant import queries, services
from pointsbank.covenant.services import BoundRule, RuleDraft
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from tests.factories import make_staff, make_village
from tests.rules import make_rules
from tests.statements import count_statements
from tests.web.conftest import post, sign_in

ROOM = "/desk/qingxi/covenant/"
TABLE = ROOM + "tables/longchang/1"
PLANTING = RuleDraft("CT01", "支持村级公共事业", "参加义务<植树>", 3_00, "次")
QUERIES_MAX = 12


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    make_rules(place)
    sign_in(client, make_staff(place, Role.CLERK))
    return place


def publish(village: Place, high: int = 5_00) -> None:
    county = queries.place_above(village, "longchang")
    services.publish_table(county, "指导表", [BoundRule(PLANTING, 2_00, high)], SYSTEM)


def sent(version: int = 1, revision: int = 0) -> dict[str, str]:
    return {"seen_version": str(version), "seen_revision": str(revision), "key": new_key()}


def test_before_anything_was_handed_down_the_page_says_so(client: FlaskClient, village: Place) -> None:
    assert "上级还没有下发过细则" in client.get(ROOM + "tables").text


def test_a_table_is_seen_taken_over_adopted_and_then_its_rules_say_where_they_come_from(
    client: FlaskClient, village: Place
) -> None:
    publish(village)
    assert "还没接收" in client.get(ROOM + "tables").text
    page = client.get(TABLE).text
    for words in ("隆昌市《指导表》第 1 版", "参加义务&lt;植树&gt;", "2 到 5", "接收到草稿"):
        assert words in page, words
    answer = post(client, TABLE + "/take", sent())
    assert (answer.status_code, answer.location) == (303, ROOM + "draft")
    assert "隆昌市下发" in client.get(ROOM + "draft").text
    assert "在草稿里" in client.get(ROOM + "tables").text
    adopting = {**sent(1, 1), "effective_on": "2026-03-18", "reason": "接收指导表"}
    assert post(client, ROOM + "draft/adopt", adopting).status_code == 303
    assert "已接收" in client.get(ROOM + "tables").text
    assert "隆昌市下发" in client.get(ROOM).text
    publish(village, 4_00)
    assert "有新的" in client.get(ROOM + "tables").text
    assert "已经下发了第 2 版" in client.get(TABLE).text


def test_points_outside_the_bounds_are_refused_at_their_field(client: FlaskClient, village: Place) -> None:
    publish(village)
    post(client, TABLE + "/take", sent())
    assert "分值可以在 2 到 5 之间定" in client.get(ROOM + "rules/CT01").text
    filled = {"code": "CT01", "category": "支持村级公共事业", "name": "植树", "points": "6", "unit": "次"}
    choices = {"track": "points", "effect": "none", "evidence_kind": "none"}
    choices |= dict.fromkeys(("cap_span", "cap_scope", "times_span", "times_scope", "clause_code"), "")
    answer = post(client, ROOM + "rules/CT01", {**filled, **choices, **sent(1, 1)})
    assert answer.status_code == 422
    assert 'id="points-error"' in answer.text
    assert "2 到 5（隆昌市《指导表》第 1 版）" in answer.text
    assert 'value="6"' in answer.text


def test_who_takes_a_table_over_what_another_saved_is_told(client: FlaskClient, village: Place) -> None:
    publish(village)
    services.begin_rule_draft(village, SYSTEM, new_key())
    told = post(client, TABLE + "/take", sent())
    assert told.status_code == 409
    assert 'name="seen_revision" type="hidden" value="1"' in told.text
    assert post(client, TABLE + "/take", sent(1, 1)).status_code == 303


@pytest.mark.parametrize("path", ["longchang/2", "qingxi/1", "tianwan/1", "longchang/0", f"longchang/{10**30}"])
def test_a_table_that_is_not_there_or_not_above_is_not_found(client: FlaskClient, village: Place, path: str) -> None:
    publish(village)
    assert client.get(f"{ROOM}tables/{path}").status_code == 404
    assert post(client, f"{ROOM}tables/{path}/take", sent()).status_code == 404


def test_only_the_office_takes_over(client: FlaskClient, app: Flask) -> None:
    village = make_village()
    make_rules(village, effective_on=date(2026, 1, 1))
    publish(village)
    sign_in(client, make_staff(village, Role.REVIEWER))
    page = client.get(TABLE)
    assert page.status_code == 200
    assert "接收由文书办理" in page.text
    assert post(client, TABLE + "/take", sent()).status_code == 403


def test_the_pages_ask_the_database_a_few_times(client: FlaskClient, village: Place) -> None:
    publish(village)
    post(client, TABLE + "/take", sent())
    for path in ("", "draft", "draft/adopt", "tables", "tables/longchang/1", "rules/CT01", "versions/1/restore"):
        with count_statements() as statements:
            assert client.get(ROOM + path).status_code == 200
        assert 0 < len(statements) <= QUERIES_MAX, (path, len(statements), statements)
