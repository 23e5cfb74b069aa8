"""The draft on screen: rules changed, added, dropped, brought back; beside the version in force; adopted."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.covenant import queries
from pointsbank.covenant.models import CapScope, Effect, EvidenceKind, Step, Track
from pointsbank.covenant.services import RuleDraft
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
    "evidence_kind": "sign_in_sheet",
    "evidence": "签到签退",
    "volunteer_hours": "y",
    "level_group": "志愿",
    "excludes_paid_duty": "y",
    "quantity_max": "8",
    "times_max": "20",
    "times_span": "year",
    "times_scope": "household",
    "clause_code": "3",
    "seen_version": "1",
    "seen_revision": "0",
}
SEEN = {"seen_version": "1", "seen_revision": "0"}
ADOPTED = {"effective_on": "2026-03-18", "reason": "试行后调整", "seen_version": "1", "seen_revision": "1"}


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    make_rules(place)
    sign_in(client, make_staff(place, Role.CLERK))
    return place


def filled(**details: str) -> dict[str, str]:
    return {**FILLED, "key": new_key(), **details}


def now(village: Place) -> list[RuleDraft]:
    """What the draft says, without one the newest version."""
    rules = queries.draft_rules(village.id)
    return queries.newest_drafts(village.id) if rules is None else rules


def acted(client: FlaskClient, path: str, **seen: str) -> TestResponse:
    """A small form of the draft's page."""
    return post(client, ROOM + path, {**SEEN, **seen, "key": new_key()})


def test_the_form_holds_the_rule_as_it_stands(client: FlaskClient, village: Place) -> None:
    page = client.get(RULE).text
    assert "第 1 版不动，保存后起草新的一版。草稿采用以前，现行的细则不变。" in page
    shown = dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', page))
    texts = ("code", "category", "name", "name_en", "points", "unit", "cap_points", "evidence", "level_group")
    for name in (*texts, "quantity_max", "times_max", *SEEN):
        assert shown[name] == FILLED[name], name
    for option in ("month", "person", "year", "household", "signin", "review", "sign_in_sheet"):
        assert f'<option selected value="{option}">' in page


def test_saving_what_is_shown_changes_nothing(client: FlaskClient, village: Place) -> None:
    answer = post(client, RULE, filled())
    assert answer.status_code == 422
    assert "没有改动" in answer.text
    assert now(village) == list(RULES)


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
        points_to=-4_50,
        quantity_max=1_50,
        times_max=3,
        times_span=Span.MONTH,
        times_scope=CapScope.PERSON,
        evidence_kind=EvidenceKind.WITNESS,
        evidence="名单",
        keep_evidence=True,
        steps=(Step.CHECK, Step.REVIEW, Step.ASSEMBLY),
        reminds_first=True,
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
        points_to="-4.5",
        quantity_max="１．５",
        times_max="3",
        times_span="month",
        times_scope="person",
        evidence_kind="witness",
        level_group="",
        reminds_first="y",
        evidence="名单",
        keep_evidence="y",
        step_1="check",
        step_2="",
        step_3="review",
        step_5="assembly",
        clause_code="第 二.4 条",
    )
    del sent["volunteer_hours"], sent["excludes_paid_duty"]
    answer = post(client, RULE, sent)
    assert (answer.status_code, answer.location) == (303, ROOM + "draft")
    assert now(village) == [HONOUR, RUBBISH, SUSPENSION, wanted]


def test_the_draft_stands_beside_the_version_in_force_with_the_way_back(client: FlaskClient, village: Place) -> None:
    page = client.get(post(client, RULE, filled(points="3")).location).text
    assert "改好了 GY01，在草稿里。采用以前，现行的一版不变。" in page
    for words in ("第 1 版", "<del>+2 分/小时</del>", "<ins>+3 分/小时</ins>", "照原样"):
        assert words in page, words
    assert queries.rule_on(village.id, date(2026, 3, 18), "GY01").points == 2_00
    assert "有一份草稿正在改" in client.get(ROOM).text
    assert acted(client, "rules/GY01/revert", seen_revision="1").status_code == 303
    assert now(village) == list(RULES)


def test_a_rule_is_added(client: FlaskClient, village: Place) -> None:
    page = client.get(ROOM + "rules/new").text
    assert '<option value="扣分项">' in page
    answer = post(client, ROOM + "rules/new", filled(code="XJ02", category="被评选为先进典型", track="honour"))
    assert (answer.status_code, answer.location) == (303, ROOM + "draft")
    assert [(draft.code, draft.track) for draft in now(village)][1] == ("XJ02", Track.HONOUR)


def test_a_rule_is_dropped_and_put_back(client: FlaskClient, village: Place) -> None:
    assert f'action="{RULE}/drop"' in client.get(RULE).text
    answer = acted(client, "rules/GY01/drop")
    assert (answer.status_code, answer.location) == (303, ROOM + "draft")
    assert now(village) == [HONOUR, RUBBISH, SUSPENSION]
    page = client.get(answer.location).text
    assert "删去了" in page
    assert "放回" in page
    acted(client, "rules/GY01/revert", seen_revision="1")
    assert now(village) == list(RULES)


def test_the_draft_is_adopted_from_a_day_with_its_reason(client: FlaskClient, village: Place) -> None:
    post(client, RULE, filled(points="3"))
    page = client.get(ROOM + "draft/adopt").text
    assert "<ins>+3 分/小时</ins>" in page
    assert 'value="2026-03-18"' in page
    sent = {**ADOPTED, "effective_on": "2026-04-01", "key": new_key()}
    answers = [post(client, ROOM + "draft/adopt", sent) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, ROOM + "versions/2")] * 2
    page = client.get(ROOM + "versions/2").text
    assert "草稿已经采用。第 2 版从 2026年4月1日起生效。" in page
    assert f'href="{ROOM}versions/1/restore"' in page
    assert queries.rule_on(village.id, date(2026, 3, 31), "GY01").points == 2_00
    assert queries.rule_on(village.id, date(2026, 4, 1), "GY01").points == 3_00
    assert "现在没有草稿" in client.get(ROOM + "draft").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
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
def test_a_day_or_reason_that_cannot_be_is_refused_at_its_field(
    client: FlaskClient, village: Place, field: str, value: str
) -> None:
    post(client, RULE, filled(points="3"))
    answer = post(client, ROOM + "draft/adopt", {**ADOPTED, "key": new_key(), field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert len(queries.book_lines(village.id)) == 1


def test_a_draft_is_begun_and_thrown_away(client: FlaskClient, village: Place) -> None:
    assert "照第 1 版起草" in client.get(ROOM + "draft").text
    assert acted(client, "draft/begin").status_code == 303
    assert "还没有改" in client.get(ROOM + "draft").text
    assert acted(client, "draft/begin").status_code == 409
    assert acted(client, "draft/discard").status_code == 409  # of a draft that they have not seen
    assert acted(client, "draft/discard", seen_revision="1").status_code == 303
    assert queries.draft_rules(village.id) is None
    for path in ("draft/adopt", "draft/rules.xlsx"):
        assert client.get(ROOM + path).status_code == 404
    assert acted(client, "draft/look-again").status_code == 404


def test_whoever_is_overtaken_by_another_version_compares_before_adopting(client: FlaskClient, village: Place) -> None:
    post(client, RULE, filled(points="3"))
    make_rules(village, *RULES, changed(HONOUR, code="XJ02"), effective_on=date(2026, 3, 18))
    page = client.get(ROOM + "draft").text
    assert "起草以后，又有了第 2 版" in page
    assert "draft/adopt" not in page
    refused = post(client, ROOM + "draft/adopt", {**ADOPTED, "key": new_key()})
    assert refused.status_code == 409
    assert "起草以后又有了第 2 版" in refused.text
    assert acted(client, "draft/look-again", seen_revision="1").status_code == 409  # version 1 is what they saw
    assert acted(client, "draft/look-again", seen_version="2", seen_revision="1").status_code == 303
    sent = {**ADOPTED, "seen_version": "2", "seen_revision": "2", "key": new_key()}
    assert post(client, ROOM + "draft/adopt", sent).location == ROOM + "versions/3"


def test_an_earlier_version_goes_into_the_draft_after_its_differences_are_shown(
    client: FlaskClient, village: Place
) -> None:
    post(client, RULE, filled(points="3"))
    page = client.get(ROOM + "versions/1/restore").text
    assert "<del>+3 分/小时</del>" in page
    assert "现在的草稿会整个换成第 1 版的条款" in page
    answer = acted(client, "versions/1/restore", seen_revision="1")
    assert (answer.status_code, answer.location) == (303, ROOM + "draft")
    assert now(village) == list(RULES)
    assert "不用恢复" in client.get(ROOM + "versions/1/restore").text


@pytest.mark.parametrize(("path", "sent"), [(RULE, FILLED | {"code": "GY02"}), (RULE + "/drop", SEEN)])
def test_the_same_tap_twice_edits_once(client: FlaskClient, village: Place, path: str, sent: dict[str, str]) -> None:
    tap = {**sent, "key": new_key()}
    assert [post(client, path, tap).status_code for _ in range(2)] == [303, 303]
    draft = queries.draft_book(village.id)
    assert draft is not None
    assert draft.revision == 1


def test_the_second_of_two_tabs_is_told_shown_the_newer_rule_and_may_then_save(
    client: FlaskClient, village: Place
) -> None:
    first, second = filled(points="3"), filled(points="1", name="参加志愿服务")
    assert post(client, RULE, first).status_code == 303
    told = post(client, RULE, second)
    assert told.status_code == 409
    assert "刚才有人改过细则草稿" in told.text
    assert "+3 分/小时" in told.text
    assert 'value="参加志愿服务"' in told.text
    assert now(village)[1].points == 3_00
    assert 'name="seen_revision" type="hidden" value="1"' in told.text
    assert post(client, RULE, {**second, "seen_revision": "1"}).status_code == 303
    assert now(village)[1].points == 1_00


def test_a_wrong_field_does_not_hide_that_somebody_else_saved(client: FlaskClient, village: Place) -> None:
    post(client, RULE, filled(points="3"))
    wrong = post(client, RULE, filled(points="很多"))
    assert wrong.status_code == 422
    assert 'name="seen_revision" type="hidden" value="0"' in wrong.text


def test_a_rule_that_is_gone_meanwhile_is_told(client: FlaskClient, village: Place) -> None:
    acted(client, "rules/GY01/drop")
    told = post(client, RULE, filled(points="3"))
    assert told.status_code == 409
    assert "草稿里已经没有这一条了" in told.text
    assert client.get(RULE).status_code == 404
    assert acted(client, "rules/GY01/drop", seen_revision="1").status_code == 404


@pytest.mark.parametrize("code", ["GY99", "%01", "' OR 1=1", "g" * 300])
def test_a_rule_that_is_not_there_is_not_found(client: FlaskClient, village: Place, code: str) -> None:
    assert client.get(f"{ROOM}rules/{code}").status_code == 404
    assert acted(client, f"rules/{code}/drop").status_code == 404
    assert acted(client, f"rules/{code}/revert").status_code == 404


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
        ("points_to", "1"),
        ("points_to", "-4"),
        ("points_to", "五"),
        ("quantity_max", "0"),
        ("quantity_max", "1e9"),
        ("times_max", "1.5"),
        ("times_max", ""),
        ("times_max", "1000000"),
        ("times_span", "week"),
        ("times_scope", "group"),
        ("evidence_kind", "video"),
        ("evidence_kind", "none"),
        ("level_group", "字" * 21),
        ("reminds_first", "y"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    client: FlaskClient, village: Place, field: str, value: str
) -> None:
    answer = post(client, RULE, filled(**{"evidence": "改了", field: value}))
    assert answer.status_code == 422
    at = "cap_points" if (field, value) == ("points", "-2") else field
    assert f'id="{at}-error"' in answer.text
    assert now(village) == list(RULES)


@pytest.mark.parametrize("seen", ["", "x", "-1", "1.5", "9" * 30])
def test_a_form_without_its_version_is_refused(client: FlaskClient, village: Place, seen: str) -> None:
    for name in SEEN:
        answer = post(client, RULE, filled(points="3", **{name: seen}))
        assert answer.status_code == 422
        assert "message-warn" in answer.text
        assert acted(client, "rules/GY01/drop", **{name: seen}).status_code == 422
    assert now(village) == list(RULES)


@pytest.mark.parametrize("key", ["", "k" * 65, "钥匙"])
def test_a_form_without_a_usable_key_is_refused(client: FlaskClient, village: Place, key: str) -> None:
    answer = post(client, RULE, {**FILLED, "points": "3", "key": key})
    assert answer.status_code == 422
    assert "页面已经过期" in answer.text


def test_what_was_typed_is_shown_as_text(client: FlaskClient, village: Place) -> None:
    name = "<script>alert(1)</script>{{ 7*7 }}"
    page = client.get(post(client, RULE, filled(name=name)).location).text
    assert now(village)[1] == changed(VOLUNTEERING, name=name)
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page


def test_steps_out_of_their_order_are_refused_in_words(client: FlaskClient, village: Place) -> None:
    answer = post(client, RULE, filled(step_1="review", step_2="check"))
    assert answer.status_code == 422
    assert "程序的先后不对，要按 初审 → 签到 → 评议 → 复核 → 会议 的次序" in answer.text
