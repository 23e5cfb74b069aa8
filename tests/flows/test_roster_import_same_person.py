"""Who of the file is whom in the roster, and what becomes of heads and households."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.spreadsheets import ImportReport, RefusedRow
from pointsbank.people import services, verification
from pointsbank.people.models import Household, Residence, Resident
from pointsbank.people.sheets import RosterPlan, RowKind, apply_import, plan_import
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_village
from tests.rosters import id_number, roster, row

ZHANG = id_number("19500101", 11)
OTHER = id_number("19800203", 33)


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def load(village: Place, *rows: list[Any]) -> ImportReport:
    return apply_import(village, roster(rows), with_id_numbers=True, with_party=True, actor=SYSTEM, key=new_key())


def preview(village: Place, *rows: list[Any]) -> RosterPlan:
    return plan_import(village, roster(rows), with_id_numbers=True, with_party=True)


def people() -> dict[str, str]:
    """Open residents with their household's number and their relation."""
    residents = session().scalars(select(Resident).where(Resident.closed_on.is_(None)))
    return {resident.name: f"{resident.household.number} {resident.relation}" for resident in residents}


def test_the_id_number_finds_a_person_under_another_name_and_in_another_household(village: Place) -> None:
    load(village, row("1", "李四", "户主"), row("1", "张三", "父", id=ZHANG), row("2", "王五", "户主", group="2组"))
    report = load(village, row("2", "张山", "岳父", group=None, id=ZHANG))
    assert report == ImportReport(changed=1, applied=True)
    assert people() == {"李四": "1 户主", "张山": "2 岳父", "王五": "2 户主"}


def test_a_name_and_birth_date_find_a_person_in_the_household(village: Place) -> None:
    load(village, row("1", "张三", "户主", born="1950-01-01"), row("1", "张三", "孙", born="1990-01-01"))
    plan = preview(village, row("1", "张三", born="1990-01-01", phone="13812341234"))
    assert [(row.kind, row.resident and row.resident.relation) for row in plan.rows] == [(RowKind.CHANGED, "孙")]
    assert [(c.column, c.before, c.after) for c in plan.rows[0].changes] == [("联系电话", "", "13812341234")]


def test_a_name_alone_finds_the_only_one_of_it_and_adds_what_was_missing(village: Place) -> None:
    load(village, row("1", "张三", "户主"))
    assert load(village, row("1", "张三", id=ZHANG)) == ImportReport(changed=1, applied=True)
    stored = session().scalars(select(Resident)).one()
    assert stored.born_on == date(1950, 1, 1)
    assert stored.id_number_digest is not None


def test_two_of_a_name_are_refused_with_the_candidates(village: Place) -> None:
    load(village, row("1", "张三", "户主", born="1950-01-01"), row("1", "张三", "孙", born="1990-01-01"))
    refused = preview(village, row("1", "张三", phone="13812341234")).refused
    assert [(row.row, row.column) for row in refused] == [(2, "姓名")]
    assert "1950-01-01 生、1990-01-01 生" in refused[0].reason


def test_another_id_number_is_another_person(village: Place) -> None:
    load(village, row("1", "张三", "户主", id=ZHANG))
    assert load(village, row("1", "张三", "孙", id=OTHER)) == ImportReport(new=1, applied=True)
    assert session().query(Resident).count() == 2


def test_the_same_person_twice_in_the_file_is_refused(village: Place) -> None:
    rows = (
        row("1", "张三", "户主", id=ZHANG),
        row("2", "张三", "户主", group="2组", id=ZHANG.lower()),
        row("1", "李四", "子"),
        row("1", "李四", "子", born="1990-01-01"),
    )
    assert preview(village, *rows).refused == [
        RefusedRow(3, "身份证号", "身份证号与第 2 行的张三相同，同一个人只留一行。"),
        RefusedRow(5, "姓名", "与第 4 行是同一户、同一个名字。同一个人只留一行；是两个人，请填出生日期。"),
    ]


def test_blank_cells_and_missing_columns_leave_what_is_stored(village: Place) -> None:
    full = row("1", "张三", "户主", phone="13812341234", residence="外出", party="是", note="话")
    load(village, full)
    assert load(village, row("1", "张三", group=None)) == ImportReport(unchanged=1, applied=True)
    stored = session().scalars(select(Resident)).one()
    assert (stored.phone, stored.residence, stored.party_member) == ("13812341234", Residence.AWAY, True)


@both_databases
def test_a_new_head_takes_over_and_the_old_one_stays(village: Place) -> None:
    load(village, row("1", "张三", "户主"), row("1", "李四", "配偶"), row("2", "王五", "户主", group="2组"))
    load(village, row("1", "李四", "户主", head="李四"))
    assert people() == {"张三": "1 原户主", "李四": "1 户主", "王五": "2 户主"}
    load(village, row("1", "张三", "户主"), row("1", "李四", "配偶"))
    assert people()["李四"] == "1 配偶"
    assert verification.problems(village) == []


def test_a_household_is_never_left_without_its_head(village: Place) -> None:
    load(village, row("1", "张三", "户主", id=ZHANG), row("1", "李四", "配偶"), row("2", "王五", "户主", group="2组"))
    assert [r.column for r in preview(village, row("1", "张三", "父")).refused] == ["与户主关系"]
    assert [r.column for r in preview(village, row("2", "张三", "父", group="2组", id=ZHANG)).refused] == ["与户主关系"]
    assert [r.column for r in preview(village, row("1", "李四", head="李四二")).refused] == ["户主"]
    together = (row("2", "张三", "父", group="2组", id=ZHANG), row("1", "李四", "户主"))
    assert load(village, *together).applied
    assert people() == {"张三": "2 父", "李四": "1 户主", "王五": "2 户主"}
    assert verification.problems(village) == []


def test_a_household_that_moved_to_another_group_is_moved(village: Place) -> None:
    load(village, row("1", "张三", "户主"))
    plan = preview(village, row("1", "张三", group="第二组"))
    assert [(c.column, c.before, c.after) for c in plan.rows[0].changes] == [("组别", "1组", "2组")]
    load(village, row("1", "张三", group="第二组"))
    assert session().scalars(select(Household)).one().group.number == 2


def test_import_closes_nobody_and_opens_no_closed_household(village: Place) -> None:
    load(village, row("1", "张三", "户主"), row("2", "李四", "户主"))
    load(village, row("1", "张三", "户主"))
    assert set(people()) == {"张三", "李四"}
    household = session().scalars(select(Household).where(Household.number == "2")).one()
    services.close_household(village, household.id, household.version, SYSTEM)
    assert [r.column for r in preview(village, row("2", "王五", "户主")).refused] == ["户编号"]


def test_what_the_stored_id_number_says_is_not_overwritten(village: Place) -> None:
    load(village, row("1", "张三", "户主", id=ZHANG))
    refused = preview(village, row("1", "张三", born="1950-01-02")).refused
    assert [(row.column, "1950-01-01" in row.reason) for row in refused] == [("出生日期", True)]
