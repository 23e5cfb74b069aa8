"""Households are added, edited, closed and opened again at the desk; whoever edits second is told."""

import re
from collections.abc import Mapping
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger.booking import Source
from pointsbank.people import queries, services
from pointsbank.people.models import Household, Resident, Sex
from pointsbank.places.models import Place
from tests.booking import book
from tests.factories import make_household, make_points, make_resident, make_staff, make_village
from tests.rosters import id_number
from tests.web.conftest import post, sign_in

PEOPLE = "/desk/qingxi/people/"
NEW = {
    "number": "03-012", "group": "3组", "name": "张建国", "sex": "male", "born_on": "1960-03-19",
    "phone": "138 1234 1234", "residence": "away", "party_member": "", "note": "",
}  # fmt: skip


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张建国", number="03-012", group=3)


def add(client: FlaskClient, **changes: object) -> TestResponse:
    return post(client, f"{PEOPLE}new", {"key": new_key(), **NEW, **changes})


def act(client: FlaskClient, household: Household, what: str, data: Mapping[str, object]) -> TestResponse:
    """Submit an act on a household as it stands, unless data says which version was seen."""
    return post(client, f"{PEOPLE}{household.id}/{what}", {"version": household.version, **data})


def error_at(answer: TestResponse, field: str) -> str:
    """The sentence that stands at a field."""
    found = re.search(rf'<p class="field-error" id="{field}-error">.*?</svg>([^<]+)</p>', answer.text, re.DOTALL)
    return found[1] if found else ""


def households(village: Place) -> int:
    query = select(func.count()).select_from(Household).where(Household.village_id == village.id)
    return session().scalar(query) or 0


# --- a new one ---


def test_a_household_is_added_with_its_head_once(client: FlaskClient, village: Place) -> None:
    key = new_key()
    answer = add(client, key=key)
    found = queries.household_by_number(village.id, "3-12")
    assert found is not None
    assert (answer.status_code, answer.location) == (303, f"{PEOPLE}{found.id}")
    head = found.residents[0]
    assert (found.head_name, found.group.number) == ("张建国", 3)
    assert (head.sex, head.born_on, head.phone) == (Sex.MALE, date(1960, 3, 19), "13812341234")
    assert (head.residence.value, head.party_member, head.id_number_digest) == ("away", None, None)
    assert "张建国家（03-012）建好档了" in client.get(answer.location).text
    assert add(client, key=key).location == answer.location
    assert households(village) == 1


def test_an_id_number_is_taken_only_when_ticked_and_never_shown_whole(client: FlaskClient, village: Place) -> None:
    number = id_number("19600319", 51)
    add(client, id_number=number)
    add(client, id_number=number, record_id_number="y", number="03-013")
    unticked, ticked = session().scalars(select(Resident).order_by(Resident.serial))
    assert unticked.id_number_digest is None
    assert ticked.id_number_digest is not None
    page = client.get(f"{PEOPLE}residents/{ticked.id}").text
    assert "*" * 14 + number[-4:] in page
    assert number not in page
    assert number not in client.get(f"{PEOPLE}{ticked.household_id}").text


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"number": ""}, "number", "请填户编号"),
        ({"number": "<b>1</b>"}, "number", "户编号只能"),
        ({"number": "9" * 10_000}, "number", "太长"),
        ({"number": "9" * 21}, "number", "最多 20 个字"),
        ({"group": "东头"}, "group", "组别要写"),
        ({"group": "0"}, "group", "组别要写"),
        ({"group": "-1"}, "group", "组别要写"),
        ({"group": "1000000000"}, "group", "组别要写"),
        ({"group": "1,000"}, "group", "组别要写"),
        ({"name": "\u200b "}, "name", "不能空着"),
        ({"name": "<script>"}, "name", "符号"),
        ({"name": "张" * 41}, "name", "太长"),
        ({"born_on": "2026-03-19"}, "born_on", "今天之间"),
        ({"born_on": "1899-12-31"}, "born_on", "1900"),
        ({"born_on": "1999-02-30"}, "born_on", "日期看不懂"),
        ({"phone": "call me"}, "phone", "电话要写"),
        ({"sex": "x"}, "sex", "选"),
        ({"residence": "moon"}, "residence", "选"),
        ({"party_member": "2"}, "party_member", "选"),
        ({"note": "长" * 201}, "note", "太长"),
        ({"record_id_number": "y", "id_number": ""}, "id_number", "请填身份证号"),
        ({"record_id_number": "y", "id_number": "123"}, "id_number", "18 位"),
        ({"record_id_number": "y", "id_number": id_number("19600320", 51)}, "born_on", "不一致"),
        ({"record_id_number": "y", "id_number": id_number("19600319", 52)}, "sex", "不一致"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_the_rest_is_kept(
    client: FlaskClient, village: Place, changes: dict[str, object], field: str, reason: str
) -> None:
    answer = add(client, **changes)
    assert answer.status_code == 422
    assert reason in error_at(answer, field)
    for name, value in NEW.items():
        if name not in changes and value and name != "phone":
            assert value in answer.text
    assert households(village) == 0


def test_full_width_digits_and_half_a_surrogate_are_taken_as_meant(client: FlaskClient, village: Place) -> None:
    assert add(client, number="０３－０１２", group="第３组", name="张\u202e建国\u200b").status_code == 303
    found = queries.household_by_number(village.id, "03-012")
    assert found is not None
    assert (found.number, found.head_name) == ("03-012", "张建国")


def test_a_number_of_another_group_is_refused_at_the_group(
    client: FlaskClient, village: Place, household: Household
) -> None:
    answer = add(client, number="3组15号", group="2组")
    assert answer.status_code == 422
    assert "03-015 是 3 组的" in error_at(answer, "group")
    answer = act(client, household, "edit", {"number": "2-1", "group": "3"})
    assert "02-001 是 2 组的" in error_at(answer, "group")
    assert household.number == "03-012"


def test_a_number_is_stored_in_its_one_form(client: FlaskClient, village: Place) -> None:
    assert add(client, number="3组15号").status_code == 303
    found = queries.household_by_number(village.id, "3-15")
    assert found is not None
    assert found.number == "03-015"


def test_a_number_that_reads_the_same_is_refused(client: FlaskClient, village: Place, household: Household) -> None:
    answer = add(client, number="3-12")
    assert answer.status_code == 409
    assert "03-012" in error_at(answer, "number")
    assert households(village) == 1


def test_the_same_key_with_something_else_is_refused(client: FlaskClient, village: Place) -> None:
    key = new_key()
    add(client, key=key)
    answer = add(client, key=key, number="03-099")
    assert answer.status_code == 409
    assert "已经提交过" in answer.text
    assert households(village) == 1


@pytest.mark.parametrize("key", ["", "k" * 65, "键"])
def test_without_a_key_nothing_is_added(client: FlaskClient, village: Place, key: str) -> None:
    answer = add(client, key=key)
    assert answer.status_code == 422
    assert "页面已经过期" in answer.text
    assert households(village) == 0


# --- number, group, note ---


def test_number_group_and_note_are_edited(client: FlaskClient, village: Place, household: Household) -> None:
    page = client.get(f"{PEOPLE}{household.id}/edit").text
    assert 'value="03-012"' in page
    answer = act(client, household, "edit", {"number": "04-001", "group": "四组", "note": "门前有桥"})
    assert answer.status_code == 303
    assert (household.number, household.group.number, household.note) == ("04-001", 4, "门前有桥")
    shown = client.get(answer.location).text
    assert "已保存" in shown
    assert f'href="{PEOPLE}{household.id}/edit"' in shown


def test_who_edits_second_is_told_and_nothing_is_overwritten(
    client: FlaskClient, village: Place, household: Household
) -> None:
    seen = household.version
    act(client, household, "edit", {"number": "03-012", "group": "3", "note": "先改的"})
    late = {"number": "03-099", "group": "3", "note": "后改的", "version": seen}
    answer = act(client, household, "edit", late)
    assert answer.status_code == 409
    assert "有人改过这里的内容" in answer.text
    assert 'value="后改的"' in answer.text  # what was typed
    assert "<dd>先改的</dd>" in answer.text  # how it is
    assert (household.number, household.note) == ("03-012", "先改的")
    version = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)
    assert version is not None
    again = act(client, household, "edit", {**late, "version": version[1]})
    assert again.status_code == 303
    assert (household.number, household.note) == ("03-099", "后改的")


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "²", "9" * 30])
def test_a_version_that_is_none_changes_nothing(client: FlaskClient, household: Household, version: str) -> None:
    answer = act(client, household, "edit", {"number": "3-9", "group": "3", "version": version})
    assert answer.status_code in {409, 422}
    assert household.number == "03-012"


def test_another_households_number_is_not_taken_over(client: FlaskClient, village: Place, household: Household) -> None:
    other = make_household(village, number="03-013", group=3)
    answer = act(client, other, "edit", {"number": "3-12", "group": "3"})
    assert answer.status_code == 409
    assert "03-012" in error_at(answer, "number")
    assert "现在的内容" not in answer.text


# --- consent ---


def test_consent_is_noted_and_withdrawn(client: FlaskClient, village: Place, household: Household) -> None:
    assert act(client, household, "consent", {"consent_on": "2026-03-01"}).status_code == 303
    assert household.name_consent_on == date(2026, 3, 1)
    assert "2026年3月1日签字" in client.get(f"{PEOPLE}{household.id}").text
    answer = act(client, household, "consent/withdraw", {})
    assert answer.status_code == 303
    assert "公开时写作 张*国" in client.get(answer.location).text


@pytest.mark.parametrize("day", ["", "2026-03-19", "1999-12-31", "9999-12-31", "2026-02-30", "gestern"])
def test_a_day_nobody_can_have_signed_on_is_refused(client: FlaskClient, household: Household, day: str) -> None:
    answer = act(client, household, "consent", {"consent_on": day})
    assert answer.status_code == 422
    assert error_at(answer, "consent_on")
    assert household.name_consent_on is None


def test_a_withdrawal_from_an_old_page_is_told(client: FlaskClient, household: Household) -> None:
    seen = household.version
    act(client, household, "consent", {"consent_on": "2026-03-01"})
    answer = act(client, household, "consent/withdraw", {"version": seen})
    assert answer.status_code == 409
    assert "有人改过这里的内容" in answer.text
    assert household.name_consent_on == date(2026, 3, 1)


# --- head ---


def test_another_member_becomes_the_head(client: FlaskClient, village: Place, household: Household) -> None:
    son = make_resident(village, household, "张小宝", "子")
    assert "张小宝（子）" in client.get(f"{PEOPLE}{household.id}/head").text
    answer = act(client, household, "head", {"resident": son.id, "former_relation": "父亲"})
    assert answer.status_code == 303
    assert household.head_name == "张小宝"
    assert sorted(member.relation for member in household.residents) == ["户主", "父亲"]


def test_only_a_member_can_become_the_head(client: FlaskClient, village: Place, household: Household) -> None:
    stranger = make_resident(village, make_household(village), "李四", "子")
    make_resident(village, household, "张小宝", "子")
    for wanted in ("", "x", stranger.id, household.residents[0].id):
        answer = act(client, household, "head", {"resident": wanted})
        assert answer.status_code == 422
        assert error_at(answer, "resident")
    assert household.head_name == "张建国"


def test_the_former_head_is_not_the_head_too(client: FlaskClient, village: Place, household: Household) -> None:
    son = make_resident(village, household, "张小宝", "子")
    answer = act(client, household, "head", {"resident": son.id, "former_relation": "户主"})
    assert answer.status_code == 422
    assert "不能还是户主" in error_at(answer, "former_relation")


def test_a_household_of_one_is_told_to_add_somebody_first(client: FlaskClient, household: Household) -> None:
    assert "先把新户主添加为家里的成员" in client.get(f"{PEOPLE}{household.id}/head").text


# --- closing ---


def test_a_household_is_closed_and_opened_again(client: FlaskClient, village: Place, household: Household) -> None:
    make_points(village, household, 500)
    answer = act(client, household, "close", {})
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "恢复这一户" in page
    assert "<strong>5</strong> 分" in page
    assert "添加成员" not in page
    assert household.closed_on == household.residents[0].closed_on == clock.today()
    assert post(client, f"{PEOPLE}{household.id}/reopen").status_code == 303
    opened = queries.household(village.id, household.id)
    assert opened.closed_on is None
    assert opened.residents[0].closed_on is None


def test_a_household_with_goods_waiting_is_not_closed(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_points(village, household, 500)
    serial = household.serial
    book(village, [serial], lambda batch: batch.hold(serial, 200, Source("order", 1), "大米×1"))
    answer = act(client, household, "close", {})
    assert answer.status_code == 409
    assert "还有没领的东西" in answer.text
    assert household.closed_on is None


def test_a_closed_household_is_not_edited(client: FlaskClient, village: Place, household: Household) -> None:
    services.close_household(village, household.id, household.version, SYSTEM)
    for what, data in (
        ("edit", {"number": "3-9", "group": "3"}),
        ("consent", {"consent_on": "2026-03-01"}),
        ("close", {}),
        ("residents/new", {**NEW, "key": new_key()}),
    ):
        answer = act(client, household, what, data)
        assert answer.status_code == 409, what
        assert "已经注销" in answer.text, what
