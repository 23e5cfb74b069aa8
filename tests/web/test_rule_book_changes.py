"""One rule is changed, added or dropped on screen: each makes a version; refusals stand at their field."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.covenant import queries
from pointsbank.covenant.models import CapScope, Effect, Step, Track
from pointsbank.covenant.services import RuleDraft, draft_of
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.places.models import Place
from tests.factories import make_staff, make_village
from tests.rules import HONOUR, RUBBISH, RULES, SUSPENSION, VOLUNTEERING, changed, make_rules
from tests.web.conftest import post, sign_in

ROOM = "/desk/qingxi/covenant/"
RULE = ROOM + "rules/GY01"
FILLED = {
    "code": "GY01",
    "category": "热心社会公益事业",
    "name": "参加志愿服务活动",
    "name_en": "Volunteer service",
    "points": "2",
    "unit": "小时",
    "cap_points": "24",
    "cap_span": "month",
    "cap_scope": "person",
    "track": "points",
    "effect": "none",
    "step_1": "signin",
    "step_2": "review",
    "evidence": "签到签退",
    "volunteer_hours": "y",
    "clause_code": "3",
    "effective_on": "2026-03-18",
    "reason": "试行后调整",
    "seen_version": "1",
}
CHANGE = {"effective_on": "2026-03-18", "reason": "不再适用", "seen_version": "1"}


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    make_rules(place)
    sign_in(client, make_staff(place, Role.CLERK))
    return place


def filled(**details: str) -> dict[str, str]:
    return {**FILLED, "key": new_key(), **details}


def newest(village: Place) -> list[RuleDraft]:
    latest = queries.latest_book(village.id)
    return [draft_of(rule) for rule in queries.rules_of(latest)] if latest else []


def test_the_form_holds_the_rule_as_it_stands(client: FlaskClient, village: Place) -> None:
    page = client.get(RULE).text
    assert "在第 1 版上改，保存后是第 2 版。改动从生效日起算，以前的事按原来的细则。" in page
    shown = dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', page))
    for name in ("code", "category", "name", "name_en", "points", "unit", "cap_points", "evidence", "seen_version"):
        assert shown[name] == FILLED[name], name
    assert shown["effective_on"] == "2026-03-18"
    for option in ("month", "person", "signin", "review"):
        assert f'<option selected value="{option}">' in page


def test_saving_what_is_shown_changes_nothing(client: FlaskClient, village: Place) -> None:
    answer = post(client, RULE, filled())
    assert answer.status_code == 422
    assert "没有改动" in answer.text
    assert newest(village) == list(RULES)


def test_every_detail_can_be_changed(client: FlaskClient, village: Place) -> None:
    wanted = RuleDraft(
        code="GY09",
        category="扣分项",
        name="无故不参加",
        points=-1_50,
        unit="次",
        name_en="Absent",
        cap_points=-9_00,
        cap_span=Span.QUARTER,
        cap_scope=CapScope.HOUSEHOLD,
        effect=Effect.CLAW_BACK,
        evidence="名单",
        keep_evidence=True,
        steps=(Step.REVIEW, Step.CHECK, Step.ASSEMBLY),
        clause_code="二.4",
    )
    sent = filled(
        code="ｇｙ09",
        category="扣分项",
        name="无故不参加",
        points="－１．５",
        unit="次",
        name_en="Absent",
        cap_points="-9",
        cap_span="quarter",
        cap_scope="household",
        effect="claw_back",
        evidence="名单",
        keep_evidence="y",
        step_1="review",
        step_2="",
        step_3="check",
        step_5="assembly",
        clause_code="第 二.4 条",
    )
    del sent["volunteer_hours"]
    answer = post(client, RULE, sent)
    assert (answer.status_code, answer.location) == (303, ROOM + "versions/2")
    assert newest(village) == [HONOUR, RUBBISH, SUSPENSION, wanted]


def test_after_a_change_the_version_is_shown_with_the_way_back(client: FlaskClient, village: Place) -> None:
    page = client.get(post(client, RULE, filled(points="3", effective_on="2026-04-01")).location).text
    assert "改好了 GY01。第 2 版从 2026年4月1日起生效。" in page
    assert f'href="{ROOM}versions/1/restore"' in page
    assert "<ins>+3 分/小时</ins>" in page
    assert queries.rule_on(village.id, date(2026, 3, 31), "GY01").points == 2_00
    assert queries.rule_on(village.id, date(2026, 4, 1), "GY01").points == 3_00


def test_a_rule_is_added(client: FlaskClient, village: Place) -> None:
    page = client.get(ROOM + "rules/new").text
    assert '<option value="扣分项">' in page
    answer = post(client, ROOM + "rules/new", filled(code="XJ02", category="被评选为先进典型", track="honour"))
    assert (answer.status_code, answer.location) == (303, ROOM + "versions/2")
    assert [(draft.code, draft.track) for draft in newest(village)][1] == ("XJ02", Track.HONOUR)


def test_a_rule_is_dropped_after_being_shown(client: FlaskClient, village: Place) -> None:
    assert "参加志愿服务活动" in client.get(RULE + "/drop").text
    answer = post(client, RULE + "/drop", {**CHANGE, "key": new_key()})
    assert (answer.status_code, answer.location) == (303, ROOM + "versions/2")
    assert newest(village) == [HONOUR, RUBBISH, SUSPENSION]
    assert "<del>参加志愿服务活动</del>" in client.get(answer.location).text


def test_an_earlier_version_is_restored_after_its_differences_are_shown(client: FlaskClient, village: Place) -> None:
    post(client, RULE, filled(points="3"))
    page = client.get(ROOM + "versions/1/restore").text
    assert "<del>+3 分/小时</del>" in page
    answer = post(client, ROOM + "versions/1/restore", {**CHANGE, "seen_version": "2", "key": new_key()})
    assert (answer.status_code, answer.location) == (303, ROOM + "versions/3")
    assert newest(village) == list(RULES)
    assert "不用恢复" in client.get(ROOM + "versions/1/restore").text


@pytest.mark.parametrize(("path", "sent"), [(RULE, FILLED | {"code": "GY02"}), (RULE + "/drop", CHANGE)])
def test_the_same_tap_twice_makes_one_version(
    client: FlaskClient, village: Place, path: str, sent: dict[str, str]
) -> None:
    tap = {**sent, "key": new_key()}
    assert [post(client, path, tap).status_code for _ in range(2)] == [303, 303]
    assert len(queries.book_lines(village.id)) == 2


def test_the_second_of_two_tabs_is_told_shown_the_newer_rule_and_may_then_save(
    client: FlaskClient, village: Place
) -> None:
    first, second = filled(points="3"), filled(points="1", name="参加志愿服务")
    assert post(client, RULE, first).status_code == 303
    told = post(client, RULE, second)
    assert told.status_code == 409
    assert "刚才有人改过细则" in told.text
    assert "+3 分/小时" in told.text
    assert 'value="参加志愿服务"' in told.text
    assert newest(village)[1].points == 3_00
    assert 'name="seen_version" type="hidden" value="2"' in told.text
    assert post(client, RULE, {**second, "seen_version": "2"}).status_code == 303
    assert newest(village)[1].points == 1_00


def test_a_wrong_field_does_not_hide_that_somebody_else_saved(client: FlaskClient, village: Place) -> None:
    post(client, RULE, filled(points="3"))
    wrong = post(client, RULE, filled(points="很多"))
    assert wrong.status_code == 422
    assert 'name="seen_version" type="hidden" value="1"' in wrong.text


def test_a_rule_that_is_gone_meanwhile_is_told(client: FlaskClient, village: Place) -> None:
    post(client, RULE + "/drop", {**CHANGE, "key": new_key()})
    told = post(client, RULE, filled(points="3"))
    assert told.status_code == 409
    assert "新的一版里已经没有这一条了" in told.text
    assert client.get(RULE).status_code == 404
    assert post(client, RULE + "/drop", {**CHANGE, "seen_version": "2", "key": new_key()}).status_code == 404


@pytest.mark.parametrize("code", ["GY99", "%01", "' OR 1=1", "g" * 300])
def test_a_rule_that_is_not_there_is_not_found(client: FlaskClient, village: Place, code: str) -> None:
    assert client.get(f"{ROOM}rules/{code}").status_code == 404
    assert client.get(f"{ROOM}rules/{code}/drop").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", ""),
        ("code", "志愿"),
        ("code", "XJ01"),
        ("code", "G" * 10_000),
        ("category", ""),
        ("category", "类" * 41),
        ("name", "\u200b"),
        ("name", "字" * 10_000),
        ("name_en", "x" * 161),
        ("points", ""),
        ("points", "0"),
        ("points", "1e9"),
        ("points", "1,000"),
        ("points", "5分"),
        ("points", "NaN"),
        ("points", "2.555"),
        ("points", "1000000000"),
        ("points", "-2"),
        ("unit", ""),
        ("unit", "\ufeff"),
        ("cap_points", ""),
        ("cap_points", "0"),
        ("cap_points", "-24"),
        ("cap_points", "二十"),
        ("cap_span", "week"),
        ("cap_scope", "group"),
        ("track", "cash"),
        ("track", ""),
        ("effect", "fine"),
        ("step_1", "vote"),
        ("step_3", "review"),
        ("evidence", "证" * 81),
        ("effective_on", ""),
        ("effective_on", "2026-02-30"),
        ("effective_on", "明天"),
        ("effective_on", "1900-01-01"),
        ("effective_on", "9999-12-31"),
        ("effective_on", "2025-12-31"),
        ("reason", ""),
        ("reason", "因" * 201),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    client: FlaskClient, village: Place, field: str, value: str
) -> None:
    answer = post(client, RULE, filled(**{"evidence": "改了", field: value}))
    assert answer.status_code == 422
    at = "cap_points" if (field, value) == ("points", "-2") else field
    assert f'id="{at}-error"' in answer.text
    assert newest(village) == list(RULES)


@pytest.mark.parametrize("seen", ["", "x", "-1", "1.5", "9" * 30])
def test_a_form_without_its_version_is_refused(client: FlaskClient, village: Place, seen: str) -> None:
    for path, sent in ((RULE, FILLED | {"points": "3"}), (RULE + "/drop", CHANGE)):
        answer = post(client, path, {**sent, "seen_version": seen, "key": new_key()})
        assert answer.status_code == 422
        assert "message-warn" in answer.text
    assert newest(village) == list(RULES)


@pytest.mark.parametrize("key", ["", "k" * 65, "钥匙"])
def test_a_form_without_a_usable_key_is_refused(client: FlaskClient, village: Place, key: str) -> None:
    answer = post(client, RULE, {**FILLED, "points": "3", "key": key})
    assert answer.status_code == 422
    assert "页面已经过期" in answer.text


def test_what_was_typed_is_shown_as_text(client: FlaskClient, village: Place) -> None:
    name = "<script>alert(1)</script>{{ 7*7 }}"
    page = client.get(post(client, RULE, filled(name=name)).location).text
    assert newest(village)[1] == changed(VOLUNTEERING, name=name)
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page
