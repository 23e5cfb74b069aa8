"""Recording at the desk, one line after another: the same form with and without script."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.cards import services as cards
from pointsbank.deeds.models import Claim
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.people.models import Household, Resident
from pointsbank.places.models import Place
from tests.deed_rules import HELPING, MEETING, make_rules
from tests.factories import make_card, make_household, make_resident, make_staff, make_village
from tests.web.conftest import csrf, post, sign_in

RECORD = "/desk/qingxi/deeds/record"
LINE = {"who": "zs", "rule": "hs06", "quantity": "1", "occurred_on": "今天", "note": ""}


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    make_rules(place)
    sign_in(client, make_staff(place, Role.CLERK))
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三", number="03-012", group=3)


@pytest.fixture
def wife(village: Place, household: Household) -> Resident:
    return make_resident(village, household, "李小芳")


def send(client: FlaskClient, line: Mapping[str, object] | None = None, **changed: object) -> TestResponse:
    """The line as a browser without script sends it."""
    return post(client, RECORD, {"key": new_key(), **LINE, **(line or {}), **changed})


def send_by_script(client: FlaskClient, **changed: object) -> TestResponse:
    values = {"csrf_token": csrf(client, RECORD), "key": new_key(), **LINE, **changed}
    return client.post(RECORD, data=values, headers={"Accept": "application/json"})


def claims() -> list[Claim]:
    return list(session().scalars(select(Claim).order_by(Claim.serial)))


def test_a_line_of_initials_and_code_is_recorded_and_the_day_is_kept(client: FlaskClient, household: Household) -> None:
    answer = send(client, occurred_on="3-5", note="送李奶奶去卫生院")
    assert (answer.status_code, answer.location) == (303, f"{RECORD}?day=3-5")
    [claim] = claims()
    assert (claim.points, claim.occurred_on, claim.note) == (300, date(2026, 3, 5), "送李奶奶去卫生院")
    page = client.get(answer.location).text
    assert "已入账：张三 03-012，帮助独居、留守老人，+3分。" in page
    assert 'value="3-5"' in page
    assert f"/deeds/{claim.serial}" in page


@pytest.mark.parametrize(
    "words", ["zs", "ZS", "张三", "zhangsan", "03-012", "3-12", "０３－０１２", "5678", "张三 03-012"]
)
def test_a_person_is_found_by_any_of_the_usual_words(client: FlaskClient, household: Household, words: str) -> None:
    household.residents[0].phone = "13812345678"
    session().commit()
    assert send(client, who=words).status_code == 303
    assert claims()[0].household_id == household.id


@pytest.mark.parametrize(
    "words", ["HS06", "ｈｓ０６", "hs06", "留守老人", "bzdj", "liushoulaoren", "HS06 帮助独居、留守老人"]
)
def test_a_rule_is_found_by_any_of_the_usual_words(client: FlaskClient, household: Household, words: str) -> None:
    answer = send(client, rule=words)
    assert answer.status_code == 303, answer.text
    assert claims()[0].rule.code == "HS06"


def test_a_scanned_card_names_the_household(client: FlaskClient, village: Place, household: Household) -> None:
    make_household(village, "张思")
    card = make_card(village, household)
    assert send(client, who=card.number).status_code == 303
    assert claims()[0].household_id == household.id
    cards.report_lost(village, card.id, SYSTEM)
    answer = send(client, who=card.number)
    assert (answer.status_code, "这张卡已经挂失" in answer.text) == (422, True)


def test_of_several_people_one_is_chosen_and_the_rest_of_the_line_is_kept(
    client: FlaskClient, village: Place, household: Household
) -> None:
    others = [make_household(village, "张三", number=number) for number in ("01-001", "02-002")]
    answer = send(client, who="张三", quantity="2", occurred_on="昨天", note="备注在")
    assert answer.status_code == 422
    assert "对得上的不止一位，请选一位" in answer.text
    for kept in ('value="张三"', 'value="2"', 'value="昨天"', 'value="备注在"'):
        assert kept in answer.text
    radios = re.findall(r'type="radio" name="who_choice"[^>]*value="([0-9-]+)"', answer.text)
    assert len(radios) == 3
    assert "03-012，户主" in answer.text
    wanted = next(value for value in radios if value.startswith(f"{others[1].id}-"))
    assert claims() == []
    assert send(client, who="张三", who_choice=wanted, who_asked="张三").status_code == 303
    assert claims()[0].household_id == others[1].id


def test_a_choice_made_for_other_words_does_not_count(
    client: FlaskClient, village: Place, household: Household
) -> None:
    other = make_household(village, "王五")
    chosen = f"{other.id}-"
    assert send(client, who="张三", who_choice=chosen, who_asked="王五").status_code == 303
    assert claims()[0].household_id == household.id


def test_a_whole_name_wins_over_longer_ones(client: FlaskClient, village: Place, household: Household) -> None:
    make_household(village, "张三丰")
    assert send(client, who="张三").status_code == 303
    assert claims()[0].household_id == household.id


def test_of_several_rules_one_is_chosen(client: FlaskClient, household: Household) -> None:
    answer = send(client, rule="参加")
    assert answer.status_code == 422
    codes = re.findall(r'type="radio" name="rule_choice"[^>]*value="([A-Z0-9]+)"', answer.text)
    assert set(codes) == {"GY01", "GG01"}
    assert "+2分/小时" in answer.text
    assert send(client, rule="参加", rule_choice="GG01", rule_asked="参加").status_code == 303
    assert claims()[0].rule.code == "GG01"


def test_a_rule_by_person_offers_the_people_of_the_household(
    client: FlaskClient, household: Household, wife: Resident
) -> None:
    answer = send(client, who="03-012", rule="GG01")
    assert answer.status_code == 422
    assert "这一条按人计分，请选是这一户的哪一位" in answer.text
    offered = re.findall(r'name="who_choice"[^>]*value="([0-9-]+)"', answer.text)
    assert f"{household.id}-{wife.id}" in offered
    assert len(offered) == 2
    assert send(client, who="03-012", rule="GG01", who_choice=offered[1], who_asked="03-012").status_code == 303
    assert claims()[0].resident == wife


def test_who_lives_alone_is_meant_by_the_household(client: FlaskClient, household: Household) -> None:
    assert send(client, who="03-012", rule="GG01").status_code == 303
    assert claims()[0].resident == household.residents[0]


def test_the_same_line_twice_is_recorded_once(client: FlaskClient, village: Place, household: Household) -> None:
    line = {**LINE, "key": new_key()}
    assert [send(client, line).status_code for _ in range(2)] == [303, 303]
    assert len(claims()) == 1
    assert ledger.balances(village.id, household.serial).spendable == 300


def test_a_key_with_another_line_is_refused(client: FlaskClient, household: Household) -> None:
    key = new_key()
    send(client, key=key)
    answer = send(client, key=key, quantity="2")
    assert (answer.status_code, "已经提交过" in answer.text) == (409, True)
    assert len(claims()) == 1


def test_each_page_has_a_key_of_its_own(client: FlaskClient, household: Household) -> None:
    keys = {re.findall(r'name="key"[^>]*value="([0-9a-f]{32})"', client.get(RECORD).text)[0] for _ in range(2)}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("今天", date(2026, 3, 18)),
        ("", date(2026, 3, 18)),
        ("昨天", date(2026, 3, 17)),
        ("前天", date(2026, 3, 16)),
        ("3-5", date(2026, 3, 5)),
        ("3/5", date(2026, 3, 5)),
        ("３．５", date(2026, 3, 5)),
        ("3月5日", date(2026, 3, 5)),
        ("0305", date(2026, 3, 5)),
        ("2026-03-05", date(2026, 3, 5)),
        ("20260305", date(2026, 3, 5)),
        ("2026年3月5号", date(2026, 3, 5)),
        ("12-30", date(2025, 12, 30)),
        ("2025-6-1", date(2025, 6, 1)),
    ],
)
def test_a_day_is_read_as_clerks_write_it(client: FlaskClient, household: Household, written: str, meant: date) -> None:
    assert send(client, occurred_on=written, late_reason="回乡才报").status_code == 303
    assert claims()[0].occurred_on == meant


def test_a_day_without_a_year_is_the_nearest(
    client: FlaskClient, household: Household, still_clock: FixedClock
) -> None:
    still_clock.move(timedelta(days=-70))  # early January
    assert send(client, occurred_on="12-30").status_code == 303
    assert claims()[0].occurred_on == date(2025, 12, 30)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("occurred_on", "3-20", "日期还没到"),
        ("occurred_on", "2-30", "没有这一天"),
        ("occurred_on", "1900-01-01", "日期太早"),
        ("occurred_on", "9999-12-31", "日期还没到"),
        ("occurred_on", "0000-00-00", "没有这一天"),
        ("occurred_on", "大后天", "日期可以写"),
        ("occurred_on", "9" * 10_000, "日期可以写"),
        ("quantity", "0", "数量要大于 0"),
        ("quantity", "-1", "数量要大于 0"),
        ("quantity", "1e9", "数量要填数字"),
        ("quantity", "1000000000", "数量"),
        ("quantity", "1,000", "数量要填数字"),
        ("quantity", "NaN", "数量要填数字"),
        ("quantity", "5分", "数量要填数字"),
        ("quantity", "1.005", "数量要填数字"),
        ("quantity", "1.5", "数量要填整数"),
        ("quantity", "", "数量要填数字"),
        ("quantity", "9" * 10_000, "数量要填数字"),
        ("who", "", "请填是谁"),
        ("who", "没有这个人", "没有找到这个人"),
        ("who", "张" * 10_000, "太长了"),
        ("who", "<script>alert(1)</script>", "没有找到这个人"),
        ("who", "%", "没有找到这个人"),
        ("who", "\u200b\u202e", "请填是谁"),
        ("who", "\ud800".encode("utf-8", "surrogatepass"), "没有找到这个人"),
        ("rule", "", "请填是什么事"),
        ("rule", "XX99", "细则里没有找到"),
        ("rule", "事" * 10_000, "太长了"),
        ("rule", "{{ 7 * 7 }}", "细则里没有找到"),
        ("note", "长" * 10_000, "最多 200 个字"),
        ("key", "", "页面已经过期"),
        ("key", "k" * 65, "64"),
        ("key", "钥匙", "页面已经过期"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_nothing_is_booked(
    client: FlaskClient, household: Household, field: str, value: object, sentence: str
) -> None:
    answer = send(client, {field: value})
    assert 400 <= answer.status_code < 500
    assert sentence in answer.text
    assert "<script>alert" not in answer.text
    assert claims() == []


def test_full_width_digits_are_digits(client: FlaskClient, household: Household) -> None:
    assert send(client, quantity="２").status_code == 303
    assert claims()[0].points == 600


@pytest.mark.parametrize("value", ["0-", "1-1", "9223372036854775808-", "x", "１-", "-1-1", f"{10**18}-{10**18}"])
def test_a_choice_that_was_made_up_is_not_found(client: FlaskClient, household: Household, value: str) -> None:
    answer = send(client, who="张三", who_choice=value, who_asked="张三")
    assert (answer.status_code, "没有找到这一户或这个人" in answer.text) == (404, True)
    assert claims() == []


def test_another_villages_people_and_rules_are_not_found(client: FlaskClient, household: Household) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    make_rules(miaopo, HELPING)
    stranger = make_household(miaopo, "赵六")
    assert send(client, who="赵六").status_code == 422
    for value in (
        f"{stranger.id}-",
        f"{stranger.id}-{stranger.residents[0].id}",
        f"{household.id}-{stranger.residents[0].id}",
    ):
        assert send(client, who="赵六", who_choice=value, who_asked="赵六").status_code == 404
    assert claims() == []


def test_doubled_fields_take_the_first(client: FlaskClient, household: Household) -> None:
    answer = send(client, {"quantity": ["1", "99"], "rule": ["hs06", "kf10"]})
    assert answer.status_code == 303
    assert (claims()[0].rule.code, claims()[0].quantity) == ("HS06", 100)


def test_several_wrong_fields_are_all_named(client: FlaskClient, village: Place) -> None:
    page = send(client, who="没有这个人", rule="XX99", quantity="x", occurred_on="2-30").text
    for sentence in ("没有找到这个人", "细则里没有找到", "数量要填数字", "没有这一天"):
        assert sentence in page


def test_today_shows_what_oneself_recorded_today(
    client: FlaskClient, village: Place, household: Household, still_clock: FixedClock
) -> None:
    send(client, occurred_on="昨天")
    page = client.get(RECORD).text
    assert "帮助独居、留守老人" in page
    assert "3月17日" in page
    still_clock.move(timedelta(days=1))
    assert "今天还没有记" in client.get(RECORD).text


def test_somebody_elses_lines_are_not_mine(client: FlaskClient, village: Place, household: Household) -> None:
    send(client)
    sign_in(client, make_staff(village, Role.CLERK))
    assert "今天还没有记" in client.get(RECORD).text


def test_the_household_is_shown_with_what_it_has_used(client: FlaskClient, household: Household) -> None:
    send(client, quantity="2")
    page = client.get(RECORD).text
    assert "3月得分：6 / 60 分" in page
    assert "2026年得分：6 / 400 分" in page
    refused = send(client, quantity="x").text
    assert "“帮助独居、留守老人”每户每月：6 / 8 分" in refused


def test_a_script_gets_the_next_key_and_the_parts_that_changed(client: FlaskClient, household: Household) -> None:
    answer = send_by_script(client, quantity="3", occurred_on="3-5")
    said: dict[str, Any] = answer.get_json()
    assert answer.status_code == 200
    assert said["said"].startswith("已入账：张三 03-012，帮助独居、留守老人（3次），+8分。")
    assert "每户每月最多记8分" in said["said"]
    assert re.fullmatch("[0-9a-f]{32}", said["key"])
    assert said["undo_url"] == f"/desk/qingxi/deeds/{claims()[0].serial}"
    assert "帮助独居、留守老人（3次）" in said["lines"]
    assert "8 / 60 分" in said["beside"]


def test_a_script_that_lost_the_answer_sends_the_line_again(client: FlaskClient, household: Household) -> None:
    key = new_key()
    first, second = (send_by_script(client, key=key).get_json() for _ in range(2))
    assert first["said"] == second["said"]
    assert first["key"] != second["key"]
    assert len(claims()) == 1


def test_a_script_gets_refusals_by_field_with_the_choices(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_household(village, "张四")
    answer = send_by_script(client, quantity="x")
    refused: dict[str, Any] = answer.get_json()
    assert answer.status_code == 422
    assert refused["errors"]["who"] == ["对得上的不止一位，请选一位。"]
    assert "数量要填数字" in refused["errors"]["quantity"][0]
    assert {choice["name"] for choice in refused["choices"]["who"]} == {"张三", "张四"}


def test_a_script_without_a_session_is_told_so(client: FlaskClient, household: Household) -> None:
    answer = client.post(RECORD, data=LINE, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "expired")


def test_text_of_people_is_escaped_in_what_a_script_gets(client: FlaskClient, household: Household) -> None:
    household.head_name = "<b>张三</b>"
    session().commit()
    said = send_by_script(client).get_json()
    assert "<b>张三" not in said["lines"] + said["beside"]


@pytest.mark.parametrize("role", [Role.SHOPKEEPER, Role.ADMINISTRATOR, Role.COMMITTEE, Role.OFFICER, Role.SUPERVISION])
def test_only_the_clerk_and_group_heads_record(app: Flask, client: FlaskClient, role: Role) -> None:
    village = make_village()
    sign_in(client, make_staff(village, role))
    for path in (RECORD, f"{RECORD}/who?q=zs", f"{RECORD}/rules?q=gy", f"{RECORD}/preview"):
        assert client.get(path).status_code == 403
    assert send(client).status_code == 403


def test_without_rules_the_page_says_what_to_do(app: Flask, client: FlaskClient) -> None:
    village = make_village()
    sign_in(client, make_staff(village, Role.CLERK))
    make_household(village, "张三")
    assert client.get(RECORD).status_code == 200
    answer = send(client)
    assert (answer.status_code, "还没有生效的积分细则" in answer.text) == (409, True)


def test_a_rule_by_person_is_recorded_for_the_person_named(client: FlaskClient, wife: Resident) -> None:
    assert send(client, who="lxf", rule=MEETING.code).status_code == 303
    assert claims()[0].resident == wife
