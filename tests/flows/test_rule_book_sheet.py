"""Rules come and go as a spreadsheet: first a preview, then all or nothing; what is exported is read back unchanged."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from pointsbank.covenant import queries, services, sheets
from pointsbank.covenant.errors import RuleBookChangedError, RuleBookRefusedError
from pointsbank.covenant.models import CapScope, Effect, EvidenceKind, Step, Theme, Track
from pointsbank.covenant.services import LABELS, ClauseDraft, RuleDraft, draft_of
from pointsbank.covenant.sheets import books
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import EnvironmentProblemError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.foundation.spreadsheets import ImportReport
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.covenants import make_covenant
from tests.factories import make_village
from tests.rules import HONOUR, NEW_YEAR, NURSING, ROW, RUBBISH, RULES, VOLUNTEERING, changed, make_rules, sheet

TODAY = date(2026, 3, 18)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def take(village: Place, content: bytes, *, on: date = TODAY, key: str = "", seen: int | None = None) -> ImportReport:
    return sheets.apply_import(village, content, effective_on=on, actor=SYSTEM, key=key or new_key(), seen_version=seen)


def newest(village: Place) -> list[RuleDraft]:
    latest = queries.latest_book(village.id)
    return [draft_of(rule) for rule in queries.rules_of(latest)] if latest else []


def versions(village: Place) -> int:
    return len(queries.book_lines(village.id))


@both_databases
def test_the_standard_rules_are_taken_and_come_back_unchanged(village: Place) -> None:
    report = take(village, sheets.standard_rules(), on=NEW_YEAR)
    assert (report.new, report.refused, report.applied) == (86, [], True)
    again = take(village, sheets.export_rules(village))
    assert (again.new, again.changed, again.unchanged, again.applied) == (0, 0, 86, True)
    assert versions(village) == 1


def test_the_standard_rules_have_all_their_columns(village: Place) -> None:
    take(village, sheets.standard_rules())
    rules = newest(village)
    assert len({rule.category for rule in rules}) == 8
    assert Counter(rule.track for rule in rules) == {Track.POINTS: 74, Track.HONOUR: 12}
    assert Counter(rule.cap_span for rule in rules) == {Span.MONTH: 39, Span.YEAR: 17, Span.QUARTER: 13, None: 17}
    assert Counter(rule.cap_scope for rule in rules) == {CapScope.HOUSEHOLD: 35, CapScope.PERSON: 34, None: 17}
    assert Counter("+".join(rule.steps) for rule in rules) == {
        "check+review": 42,
        "review+recheck": 24,
        "signin+review": 20,
    }
    assert [rule.code for rule in rules if rule.effect is Effect.SUSPEND_PERSON] == ["KF14"]
    assert [rule.code for rule in rules if rule.effect is Effect.CLAW_BACK] == ["KF13"]
    assert sum(rule.volunteer_hours for rule in rules) == 8
    assert sum(not rule.keep_evidence for rule in rules) == 10
    assert [rule.code for rule in rules if rule.level_group == "荣誉"] == ["XJ01", "XJ02", "XJ03", "XJ04", "XJ05"]
    assert [rule.code for rule in rules if rule.reminds_first] == ["KF01", "KF02", "KF04"]
    assert Counter(rule.evidence_kind for rule in rules) == {
        EvidenceKind.DOCUMENT: 53,
        EvidenceKind.SIGN_IN_SHEET: 15,
        EvidenceKind.PHOTO: 12,
        EvidenceKind.WITNESS: 6,
    }
    assert all(rule.name_en and rule.evidence for rule in rules)
    assert {rule.code: rule.points for rule in rules if rule.points < 0}["KF03"] == -10_00


def test_the_program_reads_no_rules_but_its_own() -> None:
    sources = [*(ROOT / "pointsbank").rglob("*.py"), ROOT / "config.py", ROOT / "run.py"]
    assert [path for path in sources if re.search(r"rules\.csv|shared/data", path.read_text(encoding="utf-8"))] == []


def test_a_missing_standard_file_is_told(village: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(books, "STANDARD_FILE", tmp_path / "rules.xlsx")
    with pytest.raises(EnvironmentProblemError, match="重新安装"):
        sheets.standard_rules()


@both_databases
def test_what_is_exported_is_read_back_whatever_it_says(village: Place) -> None:
    odd = (
        changed(HONOUR, name="=1+1", evidence="+86 00123", evidence_kind=EvidenceKind.DOCUMENT, unit="1.0"),
        changed(VOLUNTEERING, name="<b>&amp;{{ 7 }}'--", name_en="a  b\tc", points=1),
        changed(RUBBISH, cap_points=-12_50, category="2026-03-01"),
        changed(HONOUR, code="XJ9999", name="为𠅤堃送饭🍚", evidence="", level_group="=荣誉", quantity_max=1),
        changed(NURSING, points_to=10_50, times_max=1_000, times_span=Span.DAY, times_scope=CapScope.PERSON),
    )
    make_rules(village, *odd)
    again = sheets.plan_import(village, sheets.export_rules(village))
    assert (again.unchanged, again.differs, again.refused) == (5, False, [])


def test_a_version_can_be_exported_by_its_number(village: Place) -> None:
    make_rules(village)
    take(village, sheet(ROW), on=TODAY)
    assert sheets.plan_import(village, sheets.export_rules(village)).unchanged == 1
    plan = sheets.plan_import(village, sheets.export_rules(village, 1))
    assert [draft.code for draft in plan.new] == ["XJ01", "KF01", "KF14"]


def test_a_preview_says_what_is_new_changed_and_dropped_and_changes_nothing(village: Place) -> None:
    make_rules(village)
    rows = [{**ROW, "分值": 3}, {**ROW, "编号": "GY02"}, {**ROW, "编号": "XJ01", "分值": "五十"}]
    plan = sheets.plan_import(village, sheet(*rows[:2]))
    assert [draft.code for draft in plan.new] == ["GY02"]
    assert [(before.points, after.points) for before, after in plan.changed] == [(2_00, 3_00)]
    assert [draft.code for draft in plan.dropped] == ["XJ01", "KF01", "KF14"]
    assert (plan.report.changed, plan.seen_version) == (4, 1)
    assert newest(village) == list(RULES)
    refused = sheets.plan_import(village, sheet(*rows))
    assert [draft.code for draft in refused.dropped] == ["KF01", "KF14"]  # XJ01 is in the file, though refused


@both_databases
def test_a_file_with_a_wrong_row_is_refused_whole(village: Place) -> None:
    make_rules(village)
    report = take(village, sheet(ROW, {**ROW, "编号": "GY02", "分值": "很多"}))
    assert not report.applied
    assert [(row.row, row.column) for row in report.refused] == [(3, "分值")]
    assert newest(village) == list(RULES)


@both_databases
def test_the_same_file_sent_twice_is_adopted_once(village: Place) -> None:
    make_rules(village)
    content = sheet({**ROW, "分值": 3})
    first = take(village, content, key="tap")
    assert take(village, content, key="tap") == first
    assert (first.changed, first.applied, versions(village)) == (4, True, 2)
    with pytest.raises(SameKeyOtherContentError):
        take(village, sheet(ROW), key="tap")


def test_a_refused_file_leaves_its_key_for_the_corrected_one(village: Place) -> None:
    assert not take(village, sheet({**ROW, "分值": "九"}), key="tap").applied
    assert take(village, sheet(ROW), key="tap").applied


def test_a_file_looked_at_before_somebody_else_changed_the_rules_is_told(village: Place) -> None:
    make_rules(village)
    seen = sheets.plan_import(village, sheet(ROW)).seen_version
    make_rules(village, HONOUR, effective_on=TODAY)
    with pytest.raises(RuleBookChangedError):
        take(village, sheet(ROW), seen=seen)
    assert newest(village) == [HONOUR]


def test_a_file_that_changes_nothing_makes_no_version(village: Place) -> None:
    make_rules(village)
    assert take(village, sheets.export_rules(village)).applied
    assert versions(village) == 1


def test_another_order_of_the_rules_is_a_change(village: Place) -> None:
    make_rules(village)
    take(village, sheets.write_rules(list(reversed(RULES))))
    assert newest(village) == list(reversed(RULES))


def test_a_column_that_is_missing_leaves_the_detail_as_it_is_and_a_blank_cell_empties_it(village: Place) -> None:
    make_rules(village, VOLUNTEERING)
    assert sheets.plan_import(village, sheet(ROW)).unchanged == 1
    take(village, sheet({**ROW, "佐证材料": None, "程序": None, "志愿时长": None, "材料留存": None}))
    [rule] = newest(village)
    assert rule == changed(
        VOLUNTEERING,
        evidence="",
        evidence_kind=EvidenceKind.NONE,  # follows from the words
        steps=(),
        volunteer_hours=False,
        keep_evidence=True,
    )


def test_a_simple_sheet_of_a_village_is_enough_to_begin(village: Place) -> None:
    take(village, sheet(ROW))
    [rule] = newest(village)
    assert rule == RuleDraft("GY01", "热心社会公益事业", "参加志愿服务活动", 2_00, "小时")


def test_other_names_and_words_that_people_use_are_read(village: Place) -> None:
    names = {"编号": "code", "类别": "分类", "内容": "积分项目", "分值": "积分", "单位": "计分单位"}
    row = {names[name]: value for name, value in ROW.items()} | {
        "积分": "２．５",
        "上限": "24",
        "cap_period": "month",
        "cap_scope": "每人",
        "track": "honour",
        "材料留存": "不留存",
        "程序": "签到、评议",
    }
    take(village, sheet({**row, "code": "ｇｙ０１ "}))
    [rule] = newest(village)
    assert (rule.code, rule.points, rule.track, rule.keep_evidence) == ("GY01", 2_50, Track.HONOUR, False)
    assert (rule.cap_points, rule.cap_span, rule.cap_scope) == (24_00, Span.MONTH, CapScope.PERSON)
    assert rule.steps == (Step.SIGNIN, Step.REVIEW)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("活动签到表", EvidenceKind.SIGN_IN_SHEET),
        ("前后对比照片", EvidenceKind.PHOTO),
        ("失主或证明人签字", EvidenceKind.WITNESS),
        ("表彰文件/证书", EvidenceKind.DOCUMENT),
        (None, EvidenceKind.NONE),
    ],
)
def test_a_sheet_without_the_kind_of_evidence_has_it_from_the_words(
    village: Place, words: str | None, kind: EvidenceKind
) -> None:
    row = {**ROW, "佐证材料": words}
    for rows in (sheet(row), sheet({**row, "佐证方式": None})):
        assert sheets.plan_import(village, rows).drafts[0].evidence_kind is kind
    said = sheet({**row, "佐证材料": "村民说明", "佐证方式": "证明人"})
    assert sheets.plan_import(village, said).drafts[0].evidence_kind is EvidenceKind.WITNESS


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("编号", {"编号": "志愿一"}),
        ("编号", {"编号": None}),
        ("内容", {"内容": None}),
        ("内容", {"内容": "字" * 101}),
        ("类别", {"类别": "类" * 41}),
        ("单位", {"单位": None}),
        ("分值", {"分值": "5分"}),
        ("分值", {"分值": 0}),
        ("分值", {"分值": 1.234}),
        ("分值", {"分值": 1e9}),
        ("分值", {"分值": "1,000"}),
        ("分值", {"分值": "NaN"}),
        ("封顶分值", {"封顶分值": 10}),
        ("封顶分值", {"封顶分值": -10, "封顶周期": "每月", "封顶范围": "每人"}),
        ("封顶周期", {"封顶分值": 10, "封顶周期": "每旬", "封顶范围": "每人"}),
        ("封顶范围", {"封顶分值": 10, "封顶周期": "每月", "封顶范围": "每组"}),
        ("记入", {"记入": "现金"}),
        ("附带效果", {"附带效果": "罚款"}),
        ("材料留存", {"材料留存": "也许"}),
        ("程序", {"程序": "初审+拍板"}),
        ("程序", {"程序": "初审+评议+初审"}),
        ("志愿时长", {"志愿时长": "8"}),
        ("佐证材料", {"佐证材料": "证" * 81}),
        ("佐证方式", {"佐证方式": "录像"}),
        ("佐证方式", {"佐证方式": "不用", "佐证材料": "照片"}),
        ("分值到", {"分值到": 5}),  # without a review nobody chooses
        ("分值到", {"分值到": 1, "程序": "评议"}),
        ("分值到", {"分值到": "五", "程序": "评议"}),
        ("每次最多", {"每次最多": 0}),
        ("每次最多", {"每次最多": "1e3"}),
        ("限次", {"限次": 3}),
        ("限次", {"限次": 1.5, "限次周期": "每年", "限次范围": "每户"}),
        ("限次", {"限次": -1, "限次周期": "每年", "限次范围": "每户"}),
        ("限次周期", {"限次": 3, "限次周期": "每旬", "限次范围": "每户"}),
        ("有偿不计", {"有偿不计": "也许"}),
        ("先提醒", {"先提醒": "是"}),
        ("就高组", {"就高组": "字" * 21}),
        ("下发单位", {"下发单位": "longchang"}),
    ],
)
def test_a_wrong_cell_is_refused_with_its_row_and_column(village: Place, column: str, cells: dict[str, object]) -> None:
    report = take(village, sheet({**ROW, "编号": "GY02", **dict.fromkeys(cells)}, {**ROW, **cells}))
    assert (3, column) in [(row.row, row.column) for row in report.refused]
    assert all(row.reason.endswith("。") for row in report.refused)
    assert versions(village) == 0


def test_a_code_that_stands_twice_is_refused(village: Place) -> None:
    [refused] = take(village, sheet(ROW, {**ROW, "编号": "gy01"})).refused
    assert (refused.row, refused.column) == (3, LABELS["code"])
    assert "第 2 行" in refused.reason


def test_a_file_without_rules_is_refused_where_there_are_some(village: Place) -> None:
    empty = sheets.export_rules(village)
    assert take(village, empty) == ImportReport(applied=True)
    make_rules(village)
    with pytest.raises(RuleBookRefusedError, match="一条细则也没有"):
        take(village, empty)


def test_a_file_of_too_many_rules_is_refused(village: Place) -> None:
    rows = [{**ROW, "编号": f"GY{number}"} for number in range(501)]
    with pytest.raises(PointsBankError, match="最多 500 条"):
        take(village, sheet(*rows))
    assert take(village, sheet(*rows[:500])).new == 500


@pytest.mark.parametrize("content", [b"", b"code,name\nGY01,x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"])
def test_what_is_no_spreadsheet_is_told(village: Place, content: bytes) -> None:
    with pytest.raises(PointsBankError, match="xlsx"):
        take(village, content)


def test_a_day_that_cannot_be_is_refused_in_the_preview_too(village: Place) -> None:
    make_rules(village)
    with pytest.raises(RuleBookRefusedError, match="不能早于"):
        sheets.plan_import(village, sheet(ROW), effective_on=date(2025, 12, 31))
    with pytest.raises(RuleBookRefusedError, match="不能早于"):
        take(village, sheet(ROW), on=date(2025, 12, 31))


def test_a_clause_is_read_as_people_write_it_and_must_be_one_of_the_covenant(village: Place) -> None:
    rows = [{**ROW, "依据条款": "第 ３ 条"}, {**ROW, "编号": "GY02", "依据条款": None}]
    take(village, sheet(*rows))  # before there is a covenant any clause is taken
    assert [rule.clause_code for rule in newest(village)] == ["3", ""]
    make_covenant(village, ClauseDraft("二.4", Theme.STUDY, "勤读书。"))
    again = sheets.plan_import(village, sheets.export_rules(village))
    assert (again.unchanged, again.refused) == (2, [])  # what stood there already stays
    report = take(village, sheet({**ROW, "依据条款": "9"}))
    assert [(row.row, row.column) for row in report.refused] == [(2, "依据条款")]
    assert take(village, sheet({**ROW, "依据条款": "二.4"})).applied
    assert take(village, sheet({**ROW, "分值": 3})).applied
    assert [rule.clause_code for rule in newest(village)] == ["二.4"]


@pytest.mark.parametrize("typed", ["<b>", "3;4", "9" * 21, "三 、四"])
def test_a_clause_that_is_none_is_refused(village: Place, typed: str) -> None:
    [row] = take(village, sheet({**ROW, "依据条款": typed})).refused
    assert row.column == "依据条款"


def test_the_standard_rules_name_only_clauses_that_the_covenant_has(village: Place) -> None:
    assert {rule.clause_code for rule in sheets.standard_drafts(village)} == {""}
    services.begin_draft(village, SYSTEM, new_key(), standard=True)
    named = {rule.clause_code for rule in sheets.standard_drafts(village)}
    assert named == {str(number) for number in range(1, 16)}
