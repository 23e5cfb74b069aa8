"""While a line is typed a script asks who and what may be meant, and what the line would give."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role, Staff
from pointsbank.deeds import services
from pointsbank.deeds.services import DeedDraft
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import BRAVERY, DAMAGE, HELPING, READING, STUDENT, make_rules
from tests.factories import make_card, make_household, make_resident, make_staff, make_village
from tests.web.conftest import sign_in

RECORD = "/desk/qingxi/deeds/record"
TODAY = date(2026, 3, 18)
ODD = [
    "",
    "   ",
    "%",
    "_",
    "\\",
    "'",
    "\u200b",
    "<b>",
    "字" * 10_000,
    "９" * 200,
    "-",
    "{{7*7}}",
    "PB1:qingxi:x",
]


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


@pytest.fixture
def clerk(client: FlaskClient, village: Place) -> Staff:
    staff = make_staff(village, Role.CLERK)
    sign_in(client, staff)
    return staff


@pytest.fixture
def household(village: Place, clerk: Staff) -> Household:
    return make_household(village, "张三", number="03-012", group=3)


def choices(client: FlaskClient, what: str, **asked: str) -> list[dict[str, str]]:
    answer = client.get(f"{RECORD}/{what}", query_string=asked)
    assert answer.status_code == 200
    found: list[dict[str, str]] = answer.get_json()["choices"]
    return found


def preview(client: FlaskClient, household: Household, **changed: str) -> tuple[int, dict[str, Any]]:
    who = f"{household.id}-{household.residents[0].id}"
    line = {
        "who": "张三",
        "who_choice": who,
        "who_asked": "张三",
        "rule": "HS06",
        "quantity": "1",
        "occurred_on": "今天",
    }
    answer = client.get(f"{RECORD}/preview", query_string=line | changed)
    return answer.status_code, answer.get_json()


def record(village: Place, household: Household, clerk: Staff, code: str, quantity: int = 100) -> None:
    services.record(village, DeedDraft(household.id, code, quantity, TODAY), clerk.actor, new_key())


def test_people_of_one_name_are_told_apart(client: FlaskClient, village: Place, household: Household) -> None:
    make_household(village, "张三", number="01-001", group=1)
    make_resident(village, make_household(village, "王五", number="02-002", group=2), "张三", "子")
    found = choices(client, "who", q="zs")
    assert {choice["name"] for choice in found} == {"张三"}
    assert {choice["detail"] for choice in found} == {"3组 03-012，户主", "1组 01-001，户主", "2组 02-002，王五家，子"}
    assert len({choice["value"] for choice in found}) == 3


def test_a_few_are_offered_however_many_match(client: FlaskClient, village: Place, clerk: Staff) -> None:
    for _ in range(15):
        make_household(village, "张三")
    assert len(choices(client, "who", q="zs")) == 12


def test_a_scanned_card_offers_its_household(client: FlaskClient, village: Place, household: Household) -> None:
    [choice] = choices(client, "who", q=make_card(village, household).number)
    assert (choice["value"], choice["label"]) == (f"{household.id}-", "张三家 03-012")


def test_the_people_of_a_chosen_household_are_offered(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_resident(village, household, "李小芳")
    assert [choice["name"] for choice in choices(client, "who", of=f"{household.id}-")] == ["张三", "李小芳"]


@pytest.mark.parametrize("of", ["x", "1-", "99999999999999999999-", "0-0"])
def test_the_people_of_no_household_are_not_found(client: FlaskClient, clerk: Staff, of: str) -> None:
    assert client.get(f"{RECORD}/who", query_string={"of": of}).status_code == 404


def test_another_villages_people_are_not_offered(client: FlaskClient, household: Household) -> None:
    stranger = make_household(make_village("miaopo", name="庙坡村"), "赵六")
    assert choices(client, "who", q="zl") == []
    assert client.get(f"{RECORD}/who", query_string={"of": f"{stranger.id}-"}).status_code == 404


def test_rules_are_offered_with_what_they_give(client: FlaskClient, clerk: Staff) -> None:
    [reading] = choices(client, "rules", q="sw")
    assert (reading["label"], reading["detail"], reading["unit"]) == ("DS04 在农家书屋阅读", "+1分/小时", "小时")
    [bravery] = choices(client, "rules", q="jyyw")
    assert bravery["detail"] == "+30荣誉分/次"
    [litter] = choices(client, "rules", q="KF01")
    assert litter["detail"] == "-2分/次"


def test_rules_are_those_of_the_day(client: FlaskClient, village: Place, clerk: Staff) -> None:
    make_rules(village, replace(HELPING, points=500), effective_on=date(2026, 3, 1))
    assert choices(client, "rules", q="hs06")[0]["detail"] == "+5分/次"
    assert choices(client, "rules", q="hs06", day="2-28")[0]["detail"] == "+3分/次"
    assert choices(client, "rules", q="hs06", day="2-30")[0]["detail"] == "+5分/次"


def test_before_anything_is_typed_the_rules_used_last_are_offered(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    assert choices(client, "rules", q="") == []
    for code in (HELPING.code, STUDENT.code, HELPING.code):
        record(village, household, clerk, code)
    assert [choice["value"] for choice in choices(client, "rules", q="")] == ["HS06", "ZY03"]


def test_a_rule_used_last_that_no_longer_holds_is_not_offered(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    record(village, household, clerk, STUDENT.code)
    make_rules(village, HELPING, effective_on=TODAY)
    assert choices(client, "rules", q="") == []


@pytest.mark.parametrize("words", ODD)
def test_odd_words_find_nothing_and_break_nothing(client: FlaskClient, household: Household, words: str) -> None:
    assert choices(client, "who", q=words) == []
    assert choices(client, "rules", q=words, day=words) == []


def test_the_line_says_what_it_will_give(client: FlaskClient, household: Household) -> None:
    status, answer = preview(client, household, quantity="2", occurred_on="昨天")
    assert status == 200
    assert answer["says"] == {
        "points": "+6分",
        "words": "2次 × 3分/次，3月17日（星期二）。",
        "cap_reason": "",
        "alike": "",
    }
    assert answer["errors"] == {}
    assert "3月得分：0 / 60 分" in answer["beside"]


def test_the_line_says_why_a_cap_cuts_it(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    record(village, household, clerk, HELPING.code, 200)
    _, answer = preview(client, household)
    assert answer["says"]["points"] == "+2分"
    assert answer["says"]["cap_reason"] == "“帮助独居、留守老人”每户每月最多记8分，已记6分，这次只记2分。"
    assert "“帮助独居、留守老人”每户每月：6 / 8 分" in answer["beside"]


def test_a_deduction_and_honour_are_said_as_such(client: FlaskClient, household: Household) -> None:
    assert preview(client, household, rule=DAMAGE.code)[1]["says"]["points"] == "-10分"
    assert preview(client, household, rule=BRAVERY.code)[1]["says"]["points"] == "+30荣誉分"


def test_a_chosen_household_shows_before_the_rest_is_typed(client: FlaskClient, household: Household) -> None:
    status, answer = preview(client, household, rule="")
    assert (status, answer["errors"], "says" in answer) == (200, {}, False)
    assert "张三家" in answer["beside"]


def test_a_rule_by_person_asks_who_of_the_household(client: FlaskClient, village: Place, household: Household) -> None:
    make_resident(village, household, "李小芳")
    status, answer = preview(client, household, who_choice=f"{household.id}-", rule=READING.code)
    assert (status, answer["errors"]["who"]) == (200, ["这一条按人计分，请选是这一户的哪一位。"])
    assert [choice["name"] for choice in answer["choices"]["who"]] == ["张三", "李小芳"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("quantity", "x", "数量要填数字"),
        ("quantity", "1.5", "数量要填整数"),
        ("quantity", "0", "数量要大于 0"),
        ("occurred_on", "2-30", "没有这一天"),
        ("occurred_on", "3-19", "日期还没到"),
        ("rule", "XX99", "细则里没有找到"),
        ("who", "谁也不是", "没有找到这个人"),
        ("note", "长" * 201, "备注太长了"),
    ],
)
def test_what_cannot_be_recorded_is_said_before(
    client: FlaskClient, household: Household, field: str, value: str, sentence: str
) -> None:
    status, answer = preview(client, household, **{field: value})
    assert 400 <= status < 500
    assert sentence in answer["errors"][field][0]


@pytest.mark.parametrize("words", ODD)
def test_a_preview_of_odd_words_is_never_an_error_of_ours(
    client: FlaskClient, household: Household, words: str
) -> None:
    for field in ("who", "who_choice", "rule", "rule_choice", "quantity", "occurred_on", "note"):
        status, _ = preview(client, household, **{field: words, "rule_asked": "HS06"})
        assert status < 500
    assert client.get(f"{RECORD}/preview").status_code == 422


def test_a_preview_books_nothing(client: FlaskClient, household: Household) -> None:
    preview(client, household)
    assert "今天还没有记" in client.get(RECORD).text
