"""The rules are read by everybody of the village: those in force, every version, what each one changed."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.access.permissions import PERMISSION_TABLE, Permission
from pointsbank.covenant import sheets
from pointsbank.covenant.models import EvidenceKind
from pointsbank.covenant.views import versions
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place, PlaceKind
from tests.factories import make_staff, make_village
from tests.rules import HONOUR, RULES, VOLUNTEERING, changed, make_rules
from tests.statements import count_statements
from tests.web.conftest import post, sign_in

ROOM = "/desk/qingxi/covenant/"
QUERIES_MAX = 12
READING = ("", "versions", "versions/1", "versions/1/rules.xlsx", "standard.xlsx", "tables")
CHANGING = ("rules/new", "rules/GY01", "versions/1/restore", "import", "draft")
ACTING = ("rules/GY01/drop", "rules/GY01/revert", "draft/begin", "draft/discard", "draft/look-again", "draft/adopt")


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


def test_the_rules_in_force_stand_by_category_with_points_and_caps_in_words(
    client: FlaskClient, village: Place
) -> None:
    make_rules(village)
    page = client.get(ROOM).text
    assert "第 1 版，2026年1月1日起生效，共 4 条" in page
    assert page.index("获国家级表彰") < page.index("参加志愿服务活动")
    for words in (
        "+50 分/次",
        "荣誉分",
        "+2 分/小时",
        "每人每月最多 24 分",
        "签到 → 评议",
        "查验不留存",
        "计志愿时长",
        "-2 分/次",
        "每户每月最多扣 10 分",
        "每户每年最多 20 次",
        "每次最多 8 小时",
        "就高：志愿",
        "有偿不计",
        "先提醒",
        "签到表：签到签退",
        "不计分",
        "暂停本人资格",
    ):
        assert words in page, words


def test_words_are_those_of_the_kind_of_place(client: FlaskClient, app: Flask) -> None:
    community = make_village("miaopo", PlaceKind.COMMUNITY, "庙坡社区")
    make_rules(community)
    sign_in(client, make_staff(community, Role.CLERK))
    page = client.get("/desk/miaopo/covenant/").text
    assert "居民公约" in page
    assert "村规民约" not in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("words=zyfw", "GY01", "KF01"),
        ("words=ＧＹ01", "GY01", "KF01"),
        ("words=垃圾", "KF01", "GY01"),
        ("category=扣分项", "KF14", "GY01"),
        ("category=扣分项&words=垃圾", "KF01", "KF14"),
        ("words=没有这样的", "没有找到", "GY01"),
    ],
)
def test_the_rules_are_filtered(client: FlaskClient, village: Place, query: str, shown: str, hidden: str) -> None:
    make_rules(village)
    answer = client.get(f"{ROOM}?{query}")
    assert answer.status_code == 200
    assert shown in answer.text
    assert f">{hidden}<" not in answer.text


@pytest.mark.parametrize("query", ["category=没有的", "words=" + "字" * 41, "category=%01&words=%ED%A0%80"])
def test_a_filter_that_cannot_be_is_told(client: FlaskClient, village: Place, query: str) -> None:
    make_rules(village)
    answer = client.get(f"{ROOM}?{query}")
    assert answer.status_code == 422
    assert "-error" in answer.text


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=99999999999999999999", "before=1"])
def test_a_page_of_versions_that_cannot_be_is_harmless(client: FlaskClient, village: Place, query: str) -> None:
    make_rules(village)
    assert client.get(f"{ROOM}versions?{query}").status_code == 200


def test_a_version_says_what_it_changed(client: FlaskClient, village: Place) -> None:
    make_rules(village)
    make_rules(
        village,
        changed(HONOUR, code="XJ02", name="获省级表彰"),
        changed(
            VOLUNTEERING,
            points=3_00,
            cap_points=None,
            cap_span=None,
            cap_scope=None,
            steps=(),
            evidence="",
            evidence_kind=EvidenceKind.NONE,
        ),
        *RULES[2:],
        effective_on=date(2026, 4, 1),
        reason="3 月 12 日会议",
    )
    page = client.get(f"{ROOM}versions/2").text
    for words in (
        "3 月 12 日会议",
        "还没生效",
        "<del>+2 分/小时</del>",
        "<ins>+3 分/小时</ins>",
        "<del>每人每月最多 24 分</del>",
        "<ins>不封顶</ins>",
        "<ins>直接入账</ins>",
        "<ins>（空）</ins>",
        "<del>获国家级表彰</del>",
        "获省级表彰",
    ):
        assert words in page, words
    assert "比第" not in client.get(f"{ROOM}versions/1").text


def test_a_version_to_come_is_announced_and_edits_build_on_it(client: FlaskClient, village: Place) -> None:
    make_rules(village)
    make_rules(village, *RULES[1:], effective_on=date(2026, 4, 1))
    page = client.get(ROOM).text
    assert "第 2 版从 2026年4月1日起生效" in page
    assert "获国家级表彰" in page
    assert 'href="/desk/qingxi/covenant/rules/GY01"' in page
    assert 'href="/desk/qingxi/covenant/rules/XJ01"' not in page
    assert "第 2 版不动，保存后起草新的一版" in client.get(f"{ROOM}rules/GY01").text


def test_a_first_version_to_come_is_told(client: FlaskClient, village: Place) -> None:
    make_rules(village, effective_on=date(2026, 4, 1))
    page = client.get(ROOM)
    assert page.status_code == 200
    assert "今天还没有生效的细则" in page.text
    assert "第 1 版从 2026年4月1日起生效" in page.text


def test_the_list_of_versions_pages_by_key(
    client: FlaskClient, village: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "VERSIONS_PER_PAGE", 2)
    for points in (1_00, 2_00, 3_00):
        make_rules(village, changed(HONOUR, points=points))
    first = client.get(f"{ROOM}versions").text
    assert "versions?before=2" in first
    assert "第 3 版" in first
    assert "第 1 版" not in first
    assert "第 1 版" in client.get(f"{ROOM}versions?before=2").text


def test_a_version_is_exported_as_it_was(client: FlaskClient, village: Place) -> None:
    make_rules(village)
    make_rules(village, HONOUR)
    answer = client.get(f"{ROOM}versions/1/rules.xlsx")
    assert answer.headers["Content-Disposition"] == "attachment; filename=rules-qingxi-1.xlsx"
    assert len(sheets.plan_import(village, answer.data).new) == 3
    assert client.get(f"{ROOM}standard.xlsx").data == sheets.standard_rules()


@pytest.mark.parametrize("path", ["versions/9", "versions/0", "versions/9223372036854775807", "versions/9/rules.xlsx"])
def test_a_version_that_is_not_there_is_not_found(client: FlaskClient, village: Place, path: str) -> None:
    make_rules(village)
    assert client.get(ROOM + path).status_code == 404


def test_another_villages_rules_are_not_found(client: FlaskClient, village: Place) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    make_rules(miaopo, HONOUR)
    make_rules(miaopo, changed(HONOUR, points=1_00))
    make_rules(village)
    for path in (*READING, *CHANGING):
        assert client.get(f"/desk/miaopo/covenant/{path}").status_code == 404, path
    assert client.get(f"{ROOM}versions/2").status_code == 404
    assert post(client, f"{ROOM}versions/2/restore", {"key": new_key()}).status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_everybody_reads_and_only_the_office_changes(client: FlaskClient, app: Flask, role: Role) -> None:
    village = make_village()
    make_rules(village)
    sign_in(client, make_staff(village, role))
    for path in READING:
        assert client.get(ROOM + path).status_code == 200, path
    allowed = role in PERMISSION_TABLE[Permission.MANAGE_RULES]
    for path in CHANGING:
        assert client.get(ROOM + path).status_code == (200 if allowed else 403), path
    for path in (*CHANGING[:-1], *ACTING, "standard", "import/adopt", "import/draft"):
        expected = (404, 422) if path == "draft/adopt" else (422,)  # there is no draft to adopt
        assert post(client, ROOM + path).status_code in (expected if allowed else (403,)), path
    assert ("起草新的一版" in client.get(ROOM).text) == allowed
    assert ("covenant/rules/GY01" in client.get(ROOM).text) == allowed


def test_whoever_may_not_change_is_told_whom_to_ask(client: FlaskClient, app: Flask) -> None:
    village = make_village()
    sign_in(client, make_staff(village, Role.SHOPKEEPER))
    page = client.get(ROOM)
    assert page.status_code == 200
    assert "请文书先导入细则" in page.text


@pytest.mark.parametrize("path", [*READING, *CHANGING])
def test_a_page_asks_the_database_a_few_times_however_many_rules_there_are(
    client: FlaskClient, village: Place, path: str
) -> None:
    sheets.apply_import(village, sheets.standard_rules(), effective_on=date(2026, 1, 1), actor=SYSTEM, key=new_key())
    for points in range(1, 6):
        make_rules(village, changed(VOLUNTEERING, points=points), HONOUR)
    with count_statements() as statements:
        assert client.get(ROOM + path).status_code == 200
    assert 0 < len(statements) <= QUERIES_MAX, statements
