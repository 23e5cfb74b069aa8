"""Town and county hand rules down: a village takes them over, keeps its own, and stays within the bounds."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pointsbank.covenant import queries, services, sheets
from pointsbank.covenant.errors import RuleBookRefusedError, UnknownTableError
from pointsbank.covenant.models import EvidenceKind
from pointsbank.covenant.queries import Table
from pointsbank.covenant.services import BoundRule, RuleDraft, Seen
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_village
from tests.rules import HONOUR, NURSING, ROW, RULES, VOLUNTEERING, changed, make_rules, sheet
from tests.terminal import Terminal, make_terminal

TODAY = date(2026, 3, 18)
PLANTING = RuleDraft("CT01", "支持村级公共事业", "参加义务植树", 3_00, "次")


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


@pytest.fixture
def county(village: Place) -> Place:
    return queries.place_above(village, "longchang")


def publish(place: Place, *bounds: BoundRule, title: str = "指导表") -> Table:
    return services.publish_table(place, title, bounds, SYSTEM)


def bound(rule: RuleDraft, low: int, high: int) -> BoundRule:
    return BoundRule(rule, low, high)


def seen(village: Place) -> Seen:
    draft = queries.draft_book(village.id)
    latest = queries.latest_book(village.id)
    return Seen(latest.version if latest else 0, draft.revision if draft else 0)


def take(village: Place, table: Table) -> dict[str, Any]:
    return services.take_table(village, table.place.code, table.version, SYSTEM, new_key(), seen=seen(village))


def adopt(village: Place) -> None:
    services.adopt_rule_draft(village, TODAY, "会议通过", SYSTEM, new_key(), seen=seen(village))


def save(village: Place, draft: RuleDraft) -> None:
    services.save_rule(village, draft, SYSTEM, new_key(), replaces=draft.code, seen=seen(village))


def rule(village: Place, code: str) -> RuleDraft:
    rules = queries.draft_rules(village.id) or queries.newest_drafts(village.id)
    return next(found for found in rules if found.code == code)


def followed(village: Place) -> dict[str, int]:
    return queries.followed(village, queries.table_lines(queries.places_above(village)))


@both_databases
def test_a_table_is_taken_into_the_draft_and_the_villages_own_rules_stay(village: Place, county: Place) -> None:
    table = publish(county, bound(PLANTING, 2_00, 5_00), bound(changed(VOLUNTEERING, unit="天"), 1_00, 3_00))
    assert queries.draft_rules(village.id) is None  # publishing changes no village
    take(village, table)
    planting, volunteering = rule(village, "CT01"), rule(village, "GY01")
    assert planting == changed(PLANTING, handed_down_by="longchang")
    assert volunteering == changed(VOLUNTEERING, unit="天", handed_down_by="longchang")  # its clause stays too
    assert [rule(village, own.code) for own in RULES if own.code != "GY01"] == [
        own for own in RULES if own.code != "GY01"
    ]
    assert followed(village) == {}  # in the draft only
    adopt(village)
    assert followed(village) == {"longchang": 1}
    assert queries.rule_on(village.id, TODAY, "CT01").handed_down_by == "longchang"


def test_points_leave_the_bounds_neither_by_hand_nor_by_sheet_nor_by_import(village: Place, county: Place) -> None:
    take(village, publish(county, bound(PLANTING, 2_00, 5_00), bound(NURSING, 5_00, 10_00)))
    save(village, changed(PLANTING, points=5_00))
    with pytest.raises(InvalidInputError, match=r"2 到 5（隆昌市《指导表》第 1 版），现在是 5\.01") as refused:
        save(village, changed(PLANTING, points=5_01))
    assert refused.value.field == "points"
    with pytest.raises(InvalidInputError) as wide:
        save(village, changed(NURSING, points_to=10_50))
    assert wide.value.field == "points_to"
    adopt(village)
    rows = sheets.write_rules([changed(rule(village, "CT01"), points=1_00), *RULES])
    plan = sheets.plan_draft_import(village, rows)
    assert [(row.column, "2 到 5" in row.reason) for row in plan.refused] == [("分值", True)]
    report = sheets.apply_import(village, rows, effective_on=TODAY, actor=SYSTEM, key=new_key())
    assert [row.column for row in report.refused] == ["分值"]
    with pytest.raises(InvalidInputError, match="2 到 5"):
        make_rules(village, changed(rule(village, "CT01"), points=1_00), effective_on=TODAY)


def test_where_a_rule_comes_from_and_its_code_are_not_changed_by_hand(village: Place, county: Place) -> None:
    take(village, publish(county, bound(PLANTING, 2_00, 5_00)))
    save(village, changed(PLANTING, points=2_00, handed_down_by=""))
    assert rule(village, "CT01").handed_down_by == "longchang"
    with pytest.raises(InvalidInputError) as refused:
        services.save_rule(
            village, changed(PLANTING, code="CT09"), SYSTEM, new_key(), replaces="CT01", seen=seen(village)
        )
    assert refused.value.field == "code"
    adopt(village)
    blank = sheet({**ROW, "编号": "CT01", "分值": 2, "下发单位": None})
    assert sheets.plan_import(village, blank).drafts[0].handed_down_by == "longchang"


@both_databases
def test_a_newer_version_offers_itself_and_binds_only_after_it_was_taken_over(
    village: Place, county: Place, still_clock: FixedClock
) -> None:
    take(village, publish(county, bound(PLANTING, 2_00, 5_00), bound(HONOUR, 50_00, 50_00)))
    save(village, changed(PLANTING, points=5_00))
    adopt(village)
    newer = publish(county, bound(changed(PLANTING, name="参加植树护绿"), 2_00, 4_00))
    assert (newer.version, rule(village, "CT01").name, followed(village)) == (2, "参加义务植树", {"longchang": 1})
    save(village, changed(PLANTING, points=4_50))  # still by the bounds of version 1
    take(village, newer)
    taken = rule(village, "CT01")
    assert (taken.name, taken.points) == ("参加植树护绿", 3_00)  # 4.5 is outside now
    assert all(own.code != "XJ01" for own in queries.draft_rules(village.id) or [])  # handed down before, gone above
    adopt(village)
    assert followed(village) == {"longchang": 2}


def test_a_rule_that_another_place_handed_down_stays(village: Place, county: Place) -> None:
    town = queries.place_above(village, "tianwan")
    take(village, publish(county, bound(PLANTING, 2_00, 5_00)))
    done = take(village, publish(town, bound(changed(PLANTING, points=1_00), 1_00, 1_00), bound(NURSING, 5_00, 10_00)))
    assert done["left"] == ["CT01"]
    assert (rule(village, "CT01").handed_down_by, rule(village, "HS05").handed_down_by) == ("longchang", "tianwan")


def test_tables_come_from_the_places_above_only(village: Place, county: Place) -> None:
    publish(county, bound(PLANTING, 3_00, 3_00))
    other = make_village("other", name="别村")
    with pytest.raises(UnknownTableError):
        services.take_table(village, "longchang", 2, SYSTEM, new_key(), seen=seen(village))
    with pytest.raises(UnknownTableError):
        services.take_table(village, "other", 1, SYSTEM, new_key(), seen=seen(village))
    with pytest.raises(RuleBookRefusedError, match="只有镇、县、市"):
        publish(other, bound(PLANTING, 3_00, 3_00))
    [row] = sheets.plan_import(village, sheet({**ROW, "下发单位": "longchang"})).refused
    assert row.column == "下发单位"


def test_what_a_table_says_nothing_about_stays_as_the_village_has_it(village: Place, county: Place) -> None:
    rules, _ = sheets.read_table(sheet({**ROW, "内容": "志愿服务", "佐证材料": "照片", "最低分": 1}))
    take(village, publish(county, *rules))
    assert rule(village, "GY01") == changed(
        VOLUNTEERING,
        name="志愿服务",
        evidence="照片",
        evidence_kind=EvidenceKind.PHOTO,
        handed_down_by="longchang",
    )


def test_publishing_the_same_again_makes_no_version(county: Place) -> None:
    assert [publish(county, bound(PLANTING, 3_00, 3_00)).version for _ in range(2)] == [1, 1]
    assert publish(county, bound(PLANTING, 3_00, 4_00)).version == 2


def test_a_sheet_of_a_table_has_bounds_that_default_to_the_points(app: Flask) -> None:
    rows = [
        {**ROW, "最低分": 1, "最高分": 3},
        {**ROW, "编号": "GY02", "最低分": None, "最高分": None},
        {**ROW, "编号": "KF01", "分值": -5, "最低分": -2, "最高分": -8, "程序": "评议", "依据条款": "3",
         "下发单位": "x"},
    ]  # fmt: skip
    rules, refused = sheets.read_table(sheet(*rows, columns=list(rows[2])))
    assert (refused, [(found.low, found.high) for found in rules]) == ([], [(1_00, 3_00), (2_00, 2_00), (-8_00, -2_00)])
    assert (rules[2].rule.clause_code, rules[2].rule.handed_down_by) == ("", "")
    assert sheets.read_table(sheet(ROW))[0][0].high == 2_00


@pytest.mark.parametrize(
    "cells",
    [
        {"最低分": 3, "最高分": 5},
        {"最低分": -1, "最高分": 3},
        {"最低分": 0, "最高分": 3},
        {"最低分": "很低"},
        {"最低分": 1, "最高分": "1e9"},
        {"分值": 0},
    ],
)
def test_a_wrong_row_of_a_table_is_refused(app: Flask, cells: dict[str, object]) -> None:
    rules, refused = sheets.read_table(sheet({**ROW, **cells}))
    assert rules == []
    assert refused[0].row == 2
    assert refused[0].reason.endswith("。")


def test_the_commands_publish_and_list(
    tmp_path: Path, still_clock: FixedClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    terminal: Terminal = make_terminal(tmp_path / "instance", monkeypatch, capsys)
    place = ("--county", "隆昌市", "--town", "田湾镇", "--village", "石盘村", "--code", "shipan")
    assert terminal("setup", *place, "--admin", "钟敏", "--password-stdin", stdin="correct horse battery\n").code == 0
    Path("table.xlsx").write_bytes(sheet({**ROW, "最低分": 1, "最高分": 3}))
    Path("wrong.xlsx").write_bytes(sheet({**ROW, "最低分": 5}))
    assert terminal("rule-table", "list").answer == {"tables": []}
    done = terminal("rule-table", "publish", "table.xlsx", "--place", "shipan-c", "--title", "指导表")
    assert (done.code, done.answer) == (
        0,
        {"place": "shipan-c", "name": "隆昌市", "title": "指导表", "version": 1, "rules": 1, "refused": []},
    )
    wrong = terminal("rule-table", "publish", "wrong.xlsx", "--place", "shipan-c", "--title", "指导表")
    assert (wrong.code, wrong.answer["version"], wrong.answer["refused"][0]["column"]) == (1, None, "最低分")
    [listed] = terminal("rule-table", "list").answer["tables"]
    assert (listed["place"], listed["version"], listed["title"]) == ("shipan-c", 1, "指导表")
    told = terminal("rule-table", "publish", "table.xlsx", "--place", "shipan", "--title", "指导表")
    assert "shipan-c（隆昌市）" in told.refusal(1, "not_found")
