"""Deeds come and go as a spreadsheet: first a preview, then all or nothing; what is exported is read back unchanged."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook

from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.models import Claim, ClaimOrigin, ClaimState
from pointsbank.deeds.services import DeedDraft
from pointsbank.deeds.sheets import apply_import, export_deeds, importing, plan_import
from pointsbank.deeds.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import PointsBankError, TooLargeError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.spreadsheets import ImportReport
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.people import services as people
from pointsbank.people.models import Household
from pointsbank.people.services import ResidentDetails
from pointsbank.places.models import Place
from tests.conftest import both_databases, sqlite_is_enough
from tests.deed_rules import BRAVERY, HELPING, LITTER, MEETING, STUDENT, VOLUNTEERING, make_rules
from tests.factories import make_household, make_resident, make_village

pytestmark = both_databases

TODAY = date(2026, 3, 18)
HELPED = {"户编号": "01-001", "细则编号": "HS06", "数量": 1, "发生日期": "2026-03-10"}


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    """张三 with his wife 李小芳 at 01-001."""
    made = make_household(village, "张三", number="01-001")
    make_resident(village, made, "李小芳")
    return made


def sheet(*rows: Mapping[str, object], columns: Sequence[str] = ()) -> bytes:
    """An .xlsx with these rows; the columns are those of all rows unless given."""
    names = columns or list(dict.fromkeys(name for row in rows for name in row))
    book = Workbook()
    assert book.active is not None
    book.active.append(list(names))
    for row in rows:
        book.active.append([row.get(name) for name in names])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def rows_of(content: bytes) -> list[dict[str, object]]:
    """The rows of an .xlsx by column."""
    book = load_workbook(BytesIO(content))
    assert book.active is not None
    names, *rows = list(book.active.values)
    return [dict(zip(map(str, names), row, strict=True)) for row in rows]


def take(village: Place, *rows: Mapping[str, object]) -> ImportReport:
    return apply_import(village, sheet(*rows), SYSTEM, new_key())


def refusal(village: Place, *rows: Mapping[str, object]) -> tuple[int, str, str]:
    report = take(village, *rows)
    assert not report.applied
    [refused] = report.refused
    return refused.row, refused.column, refused.reason


def booked(village: Place) -> list[Claim]:
    return list(queries.all_claims(village.id))


def record(village: Place, household: Household, rule: RuleDraft, day: date, quantity: int = 100) -> int:
    draft = DeedDraft(household.id, rule.code, quantity, day)
    serial: int = services.record(village, draft, SYSTEM, new_key())["claim"]
    return serial


def test_what_is_exported_is_read_back_as_unchanged(village: Place, household: Household) -> None:
    wife = household.residents[1]
    drafts = [
        DeedDraft(household.id, "HS06", 300, date(2026, 2, 23), None, "=1+1，帮王大爷挑水"),
        DeedDraft(household.id, "HS06", 100, date(2026, 2, 9), None, "", "送温暖", "回乡才报"),
        DeedDraft(household.id, "GY01", 250, TODAY, wife.id),
        DeedDraft(household.id, "HS02", 100, TODAY),
        DeedDraft(household.id, "KF01", 300, TODAY, wife.id),
        DeedDraft(household.id, "KF14", 100, TODAY, wife.id),
    ]
    services.record_many(village, drafts, SYSTEM, new_key(), ClaimOrigin.GRID)
    services.reverse(village, 4, "记错了", SYSTEM, new_key())
    content = export_deeds(village)
    for plan in (plan_import(village, content), plan_import(village, export_deeds(village, "2026-02"))):
        assert plan.refused == []
        assert plan.report.new == 0
    assert plan_import(village, content).unchanged == 6
    assert plan_import(village, export_deeds(village, "2026-02")).unchanged == 2
    assert apply_import(village, content, SYSTEM, new_key()) == ImportReport(0, 0, 6, [], applied=True)
    assert len(booked(village)) == 6


def test_an_export_says_what_villages_want_to_know(village: Place, household: Household) -> None:
    draft = DeedDraft(household.id, "GY01", 1_250, TODAY, household.residents[1].id, "河道清淤")
    services.record(village, draft, SYSTEM, new_key())
    [row] = rows_of(export_deeds(village))
    assert row == {
        "流水号": 1,
        "户编号": "01-001",
        "户主": "张三",
        "姓名": "李小芳",
        "细则编号": "GY01",
        "内容": VOLUNTEERING.name,
        "数量": 12.5,
        "单位": "小时",
        "发生日期": datetime(2026, 3, 18),  # noqa: DTZ001 - a cell has no zone
        "归属月份": "2026-03",
        "积分": 24,
        "状态": "已入账",
        "封顶说明": "“参加志愿服务活动”每人每月最多记24分，已记0分，这次只记24分。",
        "备注": "河道清淤",
        "活动": None,
        "迟报原因": None,
    }


def test_a_plain_list_is_booked(village: Place, household: Household) -> None:
    report = take(village, HELPED, {**HELPED, "细则编号": "KF01", "备注": "第二次提醒"})
    assert report == ImportReport(new=2, applied=True)
    helped, littered = booked(village)
    assert (helped.household_id, helped.resident_id, helped.points, helped.origin) == (
        household.id, None, 300, ClaimOrigin.FILE,
    )  # fmt: skip
    assert (helped.occurred_on, helped.period) == (date(2026, 3, 10), "2026-03")
    assert (littered.points, littered.note, littered.state) == (-200, "第二次提醒", ClaimState.BOOKED)
    assert ledger.balances(village.id, household.serial).spendable == 100
    assert problems(village) == []


def test_a_preview_changes_nothing_and_says_what_each_deed_gives(village: Place, household: Household) -> None:
    plan = plan_import(village, sheet(*[HELPED] * 4))
    assert plan.report.to_json() == {"new": 4, "changed": 0, "unchanged": 0, "refused": [], "applied": False}
    assert [deed.assessment.points for deed in plan.deeds] == [300, 300, 200, 0]
    reasons = [deed.assessment.cap_reason for deed in plan.deeds]
    assert reasons[:2] == ["", ""]
    assert "每户每月最多记8分，已记6分，这次只记2分" in reasons[2]
    assert "这次不再记" in reasons[3]
    assert booked(village) == []


def test_what_the_preview_promised_is_what_is_booked(village: Place, household: Household) -> None:
    neighbour = make_household(village, "王五", number="01-002")
    rows = [
        {"户编号": home.number, "姓名": name, "细则编号": rule.code, "数量": quantity, "发生日期": day}
        for home, name in ((household, "张三"), (neighbour, "王五"), (household, "李小芳"))
        for rule, quantity in ((MEETING, 2), (VOLUNTEERING, 9.5), (LITTER, 2), (STUDENT, 2), (BRAVERY, 1))
        for day in ("2026-03-10", "2026-03-11")
    ]
    plan = plan_import(village, sheet(*rows))
    assert sum(bool(deed.assessment.cap_reason) for deed in plan.deeds) >= 8
    assert take(village, *rows).applied
    promised = [(deed.assessment.points, deed.assessment.cap_reason) for deed in plan.deeds]
    assert [(claim.points, claim.cap_reason) for claim in booked(village)] == promised


def test_untidy_files_are_read(village: Place, household: Household) -> None:
    untidy: list[Mapping[str, object]] = [
        {"户号": "１-1", "细则号": "ｈｓ０６", "次数": "１", "日期": "2026.3.4", "户主姓名": "张 三"},
        {"户号": "01—001", "细则号": "HS06 ", "次数": 1.0, "日期": "2026年3月5日"},
        {"户号": " 1-001", "细则号": "GY01", "次数": "2.5", "日期": 46_087, "得分人": "李　小芳"},
    ]
    book = load_workbook(BytesIO(sheet(*untidy)))
    assert book.active is not None
    book.active.insert_rows(1, 2)
    book.active["A1"] = "清溪村一组三月份积分"
    book.active.append(["合计", None, 3])
    buffer = BytesIO()
    book.save(buffer)
    report = apply_import(village, buffer.getvalue(), SYSTEM, new_key())
    assert report == ImportReport(new=3, applied=True)
    days = [claim.occurred_on for claim in booked(village)]
    assert days == [date(2026, 3, 4), date(2026, 3, 5), date(2026, 3, 6)]
    assert booked(village)[2].quantity == 250


def test_a_household_is_found_by_its_head_or_a_person_if_only_one_can_be_meant(
    village: Place, household: Household
) -> None:
    row = {"细则编号": "HS06", "发生日期": "2026-03-10"}
    assert take(village, {**row, "户主": "张三"}, {**row, "姓名": "李小芳"}).applied
    assert [claim.household_id for claim in booked(village)] == [household.id] * 2
    other = make_household(village, "张三", number="02-007", group=2)
    assert "01-001、02-007" in refusal(village, {**row, "户主": "张三"})[2]
    assert take(village, {**row, "户主": "张三", "姓名": "李小芳"}).applied
    make_resident(village, other, "李小芳")
    assert "请填户编号" in refusal(village, {**row, "姓名": "李小芳"})[2]


def test_a_rule_is_found_by_its_exact_name(village: Place, household: Household) -> None:
    row = {"户编号": "01-001", "发生日期": "2026-03-10"}
    assert take(village, {**row, "内容": "帮助独居、 留守老人"}).applied
    assert refusal(village, {**row, "内容": "帮助老人"})[1] == "内容"


def test_without_a_name_a_rule_by_person_counts_for_the_head(village: Place, household: Household) -> None:
    assert take(village, {**HELPED, "细则编号": "GY01"}).applied
    [claim] = booked(village)
    assert claim.resident is not None
    assert claim.resident.name == "张三"


def test_the_number_of_a_row_is_no_serial(village: Place, household: Household) -> None:
    assert take(village, {"序号": 1, **HELPED}, {"序号": 2, **HELPED}).new == 2


@sqlite_is_enough
@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"户编号": None}, "户编号"),
        ({"户编号": "09-999"}, "户编号"),
        ({"户编号": None, "户主": "无名氏"}, "户主"),
        ({"户主": "李四"}, "户主"),
        ({"姓名": "李四"}, "姓名"),
        ({"姓名": "张3"}, "姓名"),
        ({"细则编号": "ZZ99"}, "细则编号"),
        ({"细则编号": None}, "细则编号"),
        ({"数量": 0}, "数量"),
        ({"数量": -1}, "数量"),
        ({"数量": 1.5}, "数量"),
        ({"数量": "1e9"}, "数量"),
        ({"数量": "1,000"}, "数量"),
        ({"数量": 1_000}, "数量"),
        ({"数量": "两次"}, "数量"),
        ({"单位": "小时"}, "单位"),
        ({"发生日期": None}, "发生日期"),
        ({"发生日期": "2026-02-30"}, "发生日期"),
        ({"发生日期": "2026-03-19"}, "发生日期"),
        ({"发生日期": "2025-01-02"}, "发生日期"),
        ({"发生日期": "1900-01-01"}, "发生日期"),
        ({"发生日期": "去年"}, "发生日期"),
        ({"备注": "长" * 201}, "备注"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_at_its_place(
    village: Place, household: Household, changed: Mapping[str, object], column: str
) -> None:
    good = {**HELPED, "户主": None, "姓名": None, "单位": "次", "备注": ""}
    number, refused_column, reason = refusal(village, good, {**good, **changed})
    assert (number, refused_column) == (3, column)
    assert reason.endswith("。")
    assert booked(village) == []


def test_a_closed_household_gets_nothing(village: Place, household: Household) -> None:
    people.close_household(village, household.id, household.version, SYSTEM)
    assert "注销" in refusal(village, HELPED)[2]


def test_two_persons_of_one_name_in_a_household_are_not_guessed(village: Place, household: Household) -> None:
    daughter = ResidentDetails("李小芳", "女", born_on=date(2010, 5, 6))
    people.add_resident(village, household.id, daughter, SYSTEM, new_key())
    assert "2 个李小芳" in refusal(village, {**HELPED, "细则编号": "GY01", "姓名": "李小芳"})[2]


@sqlite_is_enough
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("户编号", "01-002"),
        ("姓名", "李小芳"),
        ("细则编号", "GG05"),
        ("内容", "帮助老人"),
        ("数量", 2),
        ("单位", "小时"),
        ("发生日期", "2026-03-11"),
        ("归属月份", "2026-02"),
        ("积分", 30),
        ("状态", "已撤销"),
        ("备注", "改一改"),
    ],
)
def test_what_is_booked_cannot_be_changed_by_a_file(
    village: Place, household: Household, column: str, value: object
) -> None:
    record(village, household, HELPING, date(2026, 3, 10))
    [row] = rows_of(export_deeds(village))
    number, refused_column, reason = refusal(village, {**row, column: value})
    assert (number, refused_column) == (2, column)
    assert "已入账的不能改，请撤销后重记" in reason
    [claim] = booked(village)
    assert (claim.points, claim.state) == (300, ClaimState.BOOKED)


def test_the_head_of_a_booked_deed_may_have_changed(village: Place, household: Household) -> None:
    record(village, household, HELPING, TODAY)
    [row] = rows_of(export_deeds(village))
    assert take(village, {**row, "户主": "张小三"}).unchanged == 1


@pytest.mark.parametrize("serial", [7, 0, "七", -1, 10**15])
def test_an_unknown_serial_is_refused(village: Place, household: Household, serial: object) -> None:
    assert refusal(village, {"流水号": serial, **HELPED})[:2] == (2, "流水号")


def test_a_serial_that_stands_twice_is_refused(village: Place, household: Household) -> None:
    record(village, household, HELPING, TODAY)
    [row] = rows_of(export_deeds(village))
    assert "第 2 行已经有了" in refusal(village, row, row)[2]


def test_another_village_s_deeds_are_unknown(village: Place, household: Household) -> None:
    record(village, household, HELPING, TODAY)
    content = export_deeds(village)
    elsewhere = make_village("miaopo", name="庙坡村")
    make_rules(elsewhere)
    [refused] = plan_import(elsewhere, content).refused
    assert refused.column == "流水号"
    assert "没有流水号" in refused.reason


def test_old_and_new_rows_stand_in_one_file(village: Place, household: Household) -> None:
    record(village, household, HELPING, date(2026, 3, 9))
    [row] = rows_of(export_deeds(village))
    assert take(village, row, {**HELPED, "流水号": None}) == ImportReport(1, 0, 1, [], applied=True)
    assert len(booked(village)) == 2


def test_what_looks_booked_already_is_remarked_and_not_refused(village: Place, household: Household) -> None:
    record(village, household, HELPING, date(2026, 3, 10))
    first, second, third = plan_import(village, sheet(HELPED, HELPED, {**HELPED, "数量": 2})).deeds
    assert first.remarks == ("已经记过一模一样的，会再记一次。",)
    assert second.remarks == ("已经记过一模一样的，会再记一次。", "和第 2 行一模一样。")
    assert third.remarks == ("和第 1 号（3月10日）像是同一件事，请核对，免得记重。",)
    services.reverse(village, 1, "记错了", SYSTEM, new_key())
    assert plan_import(village, sheet(HELPED)).deeds[0].remarks == ()


def test_points_that_people_wrote_themselves_do_not_count(village: Place, household: Household) -> None:
    content = sheet({**HELPED, "积分": 5}, {**HELPED, "积分": 3, "数量": 1}, {**HELPED, "积分": "五分"})
    assert [deed.remarks[:1] for deed in plan_import(village, content).deeds] == [
        ("表里写的积分是“5”，按细则记 3 分。",),
        ("和第 2 行一模一样。",),
        ("和第 2 行一模一样。",),
    ]


def test_one_refused_row_keeps_all_others_out(village: Place, household: Household) -> None:
    report = take(village, HELPED, {**HELPED, "数量": "一"}, {**HELPED, "户编号": "9-9"})
    assert (report.new, report.applied) == (1, False)
    assert [(row.row, row.column) for row in report.refused] == [(3, "数量"), (4, "户编号")]
    assert booked(village) == []


def test_all_that_is_wrong_with_a_row_is_told_at_once(village: Place, household: Household) -> None:
    report = take(
        village, {"户编号": "9-9", "细则编号": "ZZ99", "数量": "一", "发生日期": "2026-03-10", "备注": "长" * 201}
    )
    assert [row.column for row in report.refused] == ["户编号", "数量", "备注", "细则编号"]


def test_the_same_file_sent_twice_is_booked_once(village: Place, household: Household) -> None:
    content = sheet(HELPED, {**HELPED, "数量": 2})
    first = apply_import(village, content, SYSTEM, "tap")
    assert apply_import(village, content, SYSTEM, "tap") == first
    assert (first.new, len(booked(village))) == (2, 2)
    with pytest.raises(SameKeyOtherContentError):
        apply_import(village, sheet(HELPED), SYSTEM, "tap")


def test_a_refused_file_leaves_its_key_for_the_corrected_one(village: Place, household: Household) -> None:
    assert not apply_import(village, sheet({**HELPED, "数量": "一"}), SYSTEM, "tap").applied
    assert apply_import(village, sheet(HELPED), SYSTEM, "tap").applied


def test_more_new_deeds_than_one_act_takes_are_refused(
    village: Place, household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "DEEDS_MAX", 2)
    with pytest.raises(TooLargeError, match="一次最多 2 行"):
        take(village, HELPED, HELPED, HELPED)


def test_a_day_before_the_first_rule_book_is_refused_at_the_day(village: Place) -> None:
    elsewhere = make_village("miaopo", name="庙坡村")
    make_household(elsewhere, number="01-001")
    make_rules(elsewhere, effective_on=date(2026, 3, 1))
    assert refusal(elsewhere, {**HELPED, "发生日期": "2026-02-28"})[1] == "发生日期"


@sqlite_is_enough
@pytest.mark.parametrize("content", [b"", b"a,b\n1,2", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"])
def test_what_is_no_spreadsheet_is_told(village: Place, content: bytes) -> None:
    with pytest.raises(PointsBankError, match="xlsx"):
        plan_import(village, content)
