"""A village's roster goes in as it is kept, with a preview, all or nothing, and comes out the same."""

from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.spreadsheets import ImportReport
from pointsbank.ledger import queries as book
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.people import verification
from pointsbank.people.models import Household, Residence, Resident, Sex
from pointsbank.people.sheets import RosterPlan, apply_import, export_roster, plan_import
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.conftest import both_databases
from tests.factories import make_village
from tests.rosters import HEADER, id_number, large_roster, roster, row


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def load(village: Place, content: bytes, key: str = "", **ticks: bool) -> ImportReport:
    chosen = {"with_id_numbers": True, "with_party": True, **ticks}
    return apply_import(village, content, actor=SYSTEM, key=key or new_key(), **chosen)


def preview(village: Place, content: bytes, **ticks: bool) -> RosterPlan:
    return plan_import(village, content, **{"with_id_numbers": True, "with_party": True, **ticks})


def person(name: str) -> Resident:
    return session().scalars(select(Resident).where(Resident.name == name)).one()


# Ends in 000 as a number cell does whose last digits are lost; its check digit is right all the same.
RIGHT_BY_CHANCE = next(number for year in range(1950, 2000) if (number := id_number(f"{year}0307", 0)).endswith("000"))

UNTIDY: list[list[Any]] = [
    row("０１－００１", "王 大 明", "户主", group="第一组", sex="男", born="1975.3.4", phone="138 1234 1234"),
    row(None, "李小芳", "配偶", group=None, sex="女", born="1976年3月", party="√"),
    row(None, "王小宝", "子", group=None, born=datetime(2001, 5, 6), residence="外出务工"),  # noqa: DTZ001 - a cell
    row("01-002", "欧阳娜娜", "本人", group="1", born="1980-07", residence="在家", party="否"),
    row("01-003", "阿依古丽•买买提", None, group="一组", head="阿依古丽·买买提", id=id_number("19851224", 22).lower()),
    [None] * 12,
    row("小计", None, group=None),
    row("02-001", "㛃𬭎", "户主", group="2社", born=27457, residence="空挂户"),
    row("02-001", "龙䶮", "母", group=None, born="1949/1/1", residence="敬老院", note="五保"),
    row(203, "镕堃喆", "户主", group=2, phone="0832—3921234", party="群众"),
    row("合计", None, group=None, note="共 8 人"),
]  # fmt: skip


@both_databases
def test_an_untidy_roster_is_understood(village: Place) -> None:
    more = [row(f"03-{at:03d}", "赵" + "一二三四五六七八九"[at % 9] * 2, "户主", group="三组") for at in range(1, 61)]
    content = roster([*UNTIDY, *more], titles=("清溪村村民名册", "2026年3月"))
    plan = preview(village, content)
    assert plan.refused == []
    assert load(village, content) == ImportReport(new=68, applied=True)
    wang = person("王大明")
    assert (wang.household.number, wang.household.group.number, wang.relation) == ("01-001", 1, "户主")
    assert (wang.sex, wang.born_on, wang.phone, wang.pinyin) == (
        Sex.MALE,
        date(1975, 3, 4),
        "13812341234",
        "wangdaming",
    )
    assert (person("李小芳").born_on, person("李小芳").party_member) == (date(1976, 3, 1), True)
    assert (person("王小宝").residence, person("王小宝").born_on) == (Residence.AWAY, date(2001, 5, 6))
    assert (person("欧阳娜娜").relation, person("欧阳娜娜").party_member) == ("户主", False)
    guli = person("阿依古丽·买买提")
    assert (guli.relation, guli.born_on, guli.sex) == ("户主", date(1985, 12, 24), Sex.FEMALE)
    assert (person("㛃𬭎").born_on, person("㛃𬭎").residence) == (date(1975, 3, 4), Residence.REGISTERED_ONLY)
    assert (person("龙䶮").residence, person("龙䶮").note) == (Residence.INSTITUTION, "五保")
    assert (person("镕堃喆").household.number, person("镕堃喆").phone) == ("203", "0832-3921234")
    assert session().scalar(select(func.count()).select_from(Household)) == 65
    assert verification.problems(village) == []


@both_databases
def test_the_same_file_again_changes_nothing_and_the_same_key_gives_the_same_answer(village: Place) -> None:
    places.change_settings(village.id, VillageSettings(opening_points=100), clock.today(), SYSTEM)
    content, key = roster(UNTIDY), new_key()
    first = load(village, content, key)
    assert load(village, content, key) == first
    assert book.balances(village.id, 1).spendable == 100
    with pytest.raises(SameKeyOtherContentError):
        load(village, content, key, with_party=False)
    assert load(village, content) == ImportReport(unchanged=8, applied=True)
    assert book.head(village.id)[0] == 5  # one opening for each household


def test_what_export_writes_import_reads_back_as_unchanged(village: Place) -> None:
    load(village, roster(UNTIDY))
    for ticks in (
        {"with_id_numbers": False, "with_party": False},
        {"with_id_numbers": True, "with_party": True},
    ):
        exported = export_roster(village, **ticks)
        plan = preview(village, exported, **ticks)
        assert plan.refused == []
        assert plan.report == ImportReport(unchanged=8)


def test_a_file_with_one_refused_row_changes_nothing(village: Place) -> None:
    rows = [row(name="张三", relation="户主"), row("01-002", "李四", "户主", phone="打电话")]
    report = load(village, roster(rows))
    assert [(refused.row, refused.column) for refused in report.refused] == [(3, "联系电话")]
    assert not report.applied
    assert session().scalar(select(func.count()).select_from(Household)) == 0


def test_id_numbers_and_party_are_not_even_looked_at_unless_ticked(village: Place) -> None:
    rows = [row(relation="户主", id="nonsense", party="maybe")]
    assert load(village, roster(rows), with_id_numbers=False, with_party=False).applied
    assert (person("张三").id_number_digest, person("张三").party_member) == (None, None)
    refused = preview(village, roster(rows)).refused
    assert {(row.row, row.column) for row in refused} == {(2, "身份证号"), (2, "党员")}


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"name": None}, "姓名", "不能空着"),
        ({"name": "张3"}, "姓名", "符号"),
        ({"name": "张" * 41}, "姓名", "太长"),
        ({"number": None}, "户编号", "缺户编号"),
        ({"number": "<script>"}, "户编号", "户编号只能"),
        ({"number": "没门牌"}, "户编号", "要有数字"),
        ({"number": datetime(2026, 1, 2)}, "户编号", "变成了日期"),  # noqa: DTZ001 - 1-2 as a spreadsheet takes it
        ({"number": "1组2号", "group": "2组"}, "组别", "01-002 是 1 组的"),
        ({"group": "东头"}, "组别", "组别要写"),
        ({"group": "999组"}, "组别", "组别要写"),
        ({"group": None}, "组别", "新的户要写组别"),
        ({"relation": "子"}, "与户主关系", "新的户要有户主"),
        ({"relation": "远" * 21}, "与户主关系", "太长"),
        ({"head": "李四"}, "与户主关系", "李四"),
        ({"sex": "未知"}, "性别", "男"),
        ({"born": "2月30日"}, "出生日期", "1975-03-04"),
        ({"born": "9999-01-01"}, "出生日期", "1900"),
        ({"born": "1975"}, "出生日期", "1975-03-04"),
        ({"phone": "13812341234、13912341234"}, "联系电话", "一个号码"),
        ({"phone": "66612"}, "联系电话", "太短"),
        ({"phone": 110}, "联系电话", "太短"),
        ({"residence": "搬走"}, "居住状态", "常住"),
        ({"party": "以后"}, "党员", "是"),
        ({"note": "长" * 201}, "备注", "太长"),
        ({"id": "110101199003074515"}, "身份证号", "校验码"),
        ({"id": "110101900307451"}, "身份证号", "15 位"),
        ({"id": 110101199003074500}, "身份证号", "数字，后几位已经丢了"),
        ({"id": int(RIGHT_BY_CHANCE)}, "身份证号", "数字，后几位已经丢了"),
        ({"id": int(RIGHT_BY_CHANCE), "sex": "女"}, "身份证号", "数字，后几位已经丢了"),
        ({"id": float(RIGHT_BY_CHANCE)}, "身份证号", "数字，后几位已经丢了"),
        ({"id": "**************4514"}, "身份证号", "遮住"),
        ({"id": id_number("19900307", 451), "born": "1990-03-08"}, "出生日期", "1990-03-07"),
        ({"id": id_number("19900307", 451), "sex": "女"}, "性别", "身份证号"),
        ({"id": id_number("19900230", 451)}, "身份证号", "出生日期"),
    ],
)
def test_what_cannot_be_is_refused_at_its_cell(village: Place, cells: dict[str, Any], column: str, reason: str) -> None:
    plan = preview(village, roster([row(**{"relation": "户主", **cells})]))
    assert [(refused.row, refused.column) for refused in plan.refused] == [(2, column)]
    assert reason in plan.refused[0].reason


def test_an_id_number_kept_as_text_may_end_in_zeros(village: Place) -> None:
    assert load(village, roster([row(relation="户主", id=RIGHT_BY_CHANCE)])).applied


def test_all_spellings_of_a_household_number_are_one_household(village: Place) -> None:
    rows = [row("1-1", "张三", "户主"), row("1组1号", "李四", "配偶"), row("０１－００１", "王五", "子")]
    rows += [row("一组-1号", "赵六", "女"), row("511028001", "钱七", "户主")]
    assert load(village, roster(rows)).new == 5
    assert {person(name).household.number for name in ("张三", "李四", "王五", "赵六")} == {"01-001"}
    assert person("钱七").household.number == "511028001"
    again = [row("01-001", "张三", "户主"), row("第1组第1号", "李四", "配偶")]
    assert preview(village, roster(again)).report == ImportReport(unchanged=2)


def test_a_blank_number_is_that_of_the_row_above_only_in_a_merged_family(village: Place) -> None:
    rows = [
        row("01-001", "张三", "户主", head="张三"),
        row(None, "李四", "配偶", group=None),  # merged
        row(None, "王五", "子", group=None, head="张三"),  # names a head: a number was forgotten
        row(None, "赵六", "子", group=None),  # follows no number
        row("<>", "钱七", "户主"),
        row(None, "孙八", "子", group=None),  # of a family whose own number was refused
        row("01-002", "周九", "户主"),
        [None] * 12,
        row(None, "吴十", "子", group=None),  # a gap between
    ]
    plan = preview(village, roster(rows))
    assert [(one.row, one.column) for one in plan.refused] == [(at, "户编号") for at in (4, 5, 6, 7, 10)]
    assert [row.details.name for row in plan.rows] == ["张三", "李四", "周九"]
    assert plan.rows[1].entry.number == "01-001"


@pytest.mark.parametrize("at", [0, 1, 3])
@pytest.mark.parametrize(
    "words", ["制表人：王小明", "审核人", "填表日期：2026年3月5日", "负责人 李主任", "说明：按户口簿填"]
)
def test_a_row_of_signatures_is_skipped(village: Place, words: str, at: int) -> None:
    signed: list[Any] = [None] * 12
    signed[at], signed[8] = words, "审核：刘某"
    assert preview(village, roster([row(relation="户主"), signed])).report == ImportReport(new=1)


def test_a_remark_that_names_an_office_does_not_drop_a_person(village: Place) -> None:
    assert preview(village, roster([row(relation="户主", note="负责人：本组")])).report == ImportReport(new=1)
    stray: list[Any] = [None] * 12
    stray[8] = "制表人：王小明"
    [refused] = preview(village, roster([row(relation="户主"), stray])).refused
    assert (refused.row, refused.column) == (3, "")
    assert "不是村民的行（说明、签字），请从表里删去" in refused.reason


def test_all_that_is_wrong_with_a_row_is_told_at_once(village: Place) -> None:
    plan = preview(village, roster([row(relation="户主", sex="?", phone="?", residence="?")]))
    assert [refused.column for refused in plan.refused] == ["性别", "联系电话", "居住状态"]


def test_a_month_of_birth_yields_to_the_day_that_the_id_number_tells(village: Place) -> None:
    load(village, roster([row(relation="户主", born="1990年3月", id=id_number("19900307", 451))]))
    assert person("张三").born_on == date(1990, 3, 7)
    plan = preview(village, roster([row(relation="户主", born="1990年3月")]))
    assert plan.report == ImportReport(unchanged=1)


def test_rows_of_one_household_must_agree(village: Place) -> None:
    rows = [
        row("01-001", "张三", "户主", group="1组", head="张三"),
        row("1-1", "李四", "配偶", group="2组", head="张三"),
        row("01-001", "王五", "子", head="张大三"),
        row("01-001", "赵六", "户主", head=None),
    ]
    refused = preview(village, roster(rows)).refused
    assert {(row.row, row.column) for row in refused} == {(3, "组别"), (4, "户主"), (5, "与户主关系")}


def test_a_file_without_the_columns_that_matter_is_refused_whole(village: Place) -> None:
    with pytest.raises(InvalidInputError, match="“姓名”"):
        preview(village, roster([["01-001", "1组"]], header=HEADER[:2]))


def test_nine_hundred_people_go_in_with_few_statements(village: Place) -> None:
    content = large_roster(900)
    assert load(village, content) == ImportReport(new=900, applied=True)
    assert load(village, content) == ImportReport(unchanged=900, applied=True)
    assert verification.problems(village) == []
