"""What few deeds need at the desk: why they come late, until when one is suspended, what is taken back, whose sheet."""

import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from werkzeug.test import TestResponse

from pointsbank.access.models import Role, Staff
from pointsbank.covenant.models import Effect, Step
from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries
from pointsbank.deeds.models import Claim, ClaimState
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import BRAVERY, DETENTION, HELPING, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.steps import CHECKED_HELP, REVIEW_ONLY
from tests.web.conftest import post, sign_in

DEEDS = "/desk/qingxi/deeds/"
FRAUD = RuleDraft("KF20", "扣分项", "弄虚作假骗取积分", -500, "次", effect=Effect.CLAW_BACK)
LATE_DAY = "2026-02-10"  # 36 days before


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    quarrel = replace(DETENTION, code="KF15", name="打架斗殴", steps=(Step.CHECK,))
    make_rules(place, CHECKED_HELP, REVIEW_ONLY, BRAVERY, DETENTION, quarrel, FRAUD)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三", number="01-001")


@pytest.fixture
def clerk(village: Place, household: Household, client: FlaskClient) -> Staff:
    staff = make_staff(village, Role.CLERK, name="文小琴")
    sign_in(client, staff)
    return staff


def send(client: FlaskClient, **line: object) -> TestResponse:
    return post(
        client, f"{DEEDS}record", {"who": "zs", "quantity": "1", "occurred_on": "今天", "key": new_key(), **line}
    )


def claims(village: Place) -> list[Claim]:
    return list(queries.all_claims(village.id))


def test_the_message_says_where_the_deed_stands(client: FlaskClient, village: Place, clerk: Staff) -> None:
    for rule, words in (("HS06", "已申报，待初审"), ("ZY03", "已申报，待评议"), ("HS02", "已入账")):
        page = client.get(send(client, rule=rule).location).text
        assert f"{words}：张三 01-001" in page


def test_a_late_deed_is_asked_why_and_what_was_typed_is_kept(client: FlaskClient, village: Place, clerk: Staff) -> None:
    assert re.search(
        r'name="late_reason"[^>]*disabled|disabled[^>]*name="late_reason"', client.get(f"{DEEDS}record").text
    )
    page = send(client, rule="HS06", occurred_on=LATE_DAY, note="送医")
    assert (page.status_code, "过去 36 天了，超过 31 天算迟报" in page.text) == (422, True)
    shown = re.search(r"<input[^>]*name=.late_reason.[^>]*>", page.text)
    assert shown is not None
    assert "disabled" not in shown[0]
    assert 'value="送医"' in page.text
    answer = send(client, rule="HS06", occurred_on=LATE_DAY, note="送医", late_reason="在外打工")
    assert answer.status_code == 303
    claim = claims(village)[0]
    assert (claim.late_reason, claim.occurred_on) == ("在外打工", date(2026, 2, 10))
    assert "在外打工" in client.get(f"{DEEDS}{claim.serial}").text


def test_a_rule_that_suspends_asks_until_when(client: FlaskClient, village: Place, clerk: Staff) -> None:
    page = send(client, rule="KF15")
    assert (page.status_code, "请填暂停到哪一天" in page.text) == (422, True)
    for until, sentence in (("2-30", "没有这一天"), ("2026-3-1", "要在事情发生之后"), ("9999-1-1", "最多十年")):
        page = send(client, rule="KF15", suspended_until=until)
        assert (page.status_code, sentence in page.text) == (422, True), until
    assert send(client, rule="KF15", suspended_until="2026-06-30").status_code == 303
    assert send(client, rule="KF15", suspended_until="").status_code == 303  # to the end of the year
    assert [claim.suspended_until for claim in claims(village)] == [date(2026, 6, 30), None]


def test_a_rule_that_takes_back_asks_what(client: FlaskClient, village: Place, clerk: Staff) -> None:
    send(client, rule="HS02")
    for serial, sentence in (
        ("", "请填是追回第几号"),
        ("x", "编号要填"),
        ("7", "这一户没有第 7 号"),
        ("9" * 30, "最多"),
    ):
        page = send(client, rule="KF20", claws_back=serial)
        assert page.status_code == 422, serial
        assert sentence in page.text or serial == "9" * 30
    assert send(client, rule="KF20", claws_back="１").status_code == 303
    assert claims(village)[0].state is ClaimState.CANCELLED


def test_a_line_that_looks_recorded_is_warned_of_and_taken(client: FlaskClient, village: Place, clerk: Staff) -> None:
    send(client, rule="HS06", occurred_on="3-16")
    asked = {"who": "张三", "rule": "HS06", "occurred_on": "3-17", "quantity": "1"}
    says = client.get(f"{DEEDS}record/preview", query_string=asked).get_json()["says"]
    assert says["alike"] == "和第 1 号（3月16日）像是同一件事，请核对，免得记重。"
    other = client.get(f"{DEEDS}record/preview", query_string={**asked, "event_name": "植树"}).get_json()["says"]
    assert other["alike"] == ""
    assert send(client, rule="HS06", occurred_on="3-17").status_code == 303


def test_a_sheet_says_who_scored_it_which_event_and_why_late(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    head = make_staff(village, Role.GROUP_HEAD, name="陈光荣")
    stranger = make_staff(make_village("miaopo", name="庙坡村"), Role.GROUP_HEAD)
    sheet = {"group": 1, "part": 1, "rule": ["HS06"], f"q-{household.serial}-HS06": "1", "key": "sheet"}
    late = {**sheet, "occurred_on": LATE_DAY, "event_name": "送温暖"}
    page = post(client, f"{DEEDS}grid", {**late, "act": "preview"})
    assert (page.status_code, "算迟报" in page.text, 'name="late_reason"' in page.text) == (422, True, True)
    wrong = post(client, f"{DEEDS}grid", {**late, "act": "book", "claimed_by": str(stranger.id)})
    assert wrong.status_code == 422
    given = {**late, "late_reason": "组长住院", "claimed_by": str(head.id)}
    page = post(client, f"{DEEDS}grid", {**given, "act": "preview"})
    assert "1 件全部申报" in page.text
    for kept in ("送温暖", "组长住院", str(head.id)):
        assert f'value="{kept}"' in page.text
    answer = post(client, f"{DEEDS}grid", {**given, "act": "book"})
    assert "已申报：1 件" in client.get(answer.location).text
    claim = claims(village)[0]
    assert (claim.event_name, claim.late_reason, claim.claimed_by) == ("送温暖", "组长住院", head.actor.key)
    assert claim.actor == clerk.actor.key


def test_a_file_names_events_and_reasons_and_one_reason_does_for_the_rest(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    head = make_staff(village, Role.GROUP_HEAD, name="陈光荣")
    book = Workbook()
    assert book.active is not None
    book.active.append(["户编号", "细则编号", "发生日期", "活动", "迟报原因"])
    book.active.append(["01-001", "HS06", LATE_DAY, "送温暖", "组长住院"])
    book.active.append(["01-001", "HS06", "2026-02-01", None, None])
    buffer = BytesIO()
    book.save(buffer)

    def take(**more: object) -> TestResponse:
        sent = {"file": (BytesIO(buffer.getvalue()), "三月.xlsx"), "key": "file", **more}
        return post(client, f"{DEEDS}import", sent)

    assert "算迟报" in take().text
    page = take(late_reason="回乡才报", claimed_by=str(head.id))
    assert "2 件全部申报" in page.text
    content = re.findall(r'name="content"[^>]*value="([^"]+)"', page.text)[0]
    sent = {"content": content, "key": "file", "apply": "1", "late_reason": "回乡才报", "claimed_by": str(head.id)}
    assert post(client, f"{DEEDS}import", sent).status_code == 303
    assert [(claim.event_name, claim.late_reason) for claim in claims(village)] == [
        ("送温暖", "组长住院"),
        ("", "回乡才报"),
    ]
    assert {claim.claimed_by for claim in claims(village)} == {head.actor.key}


def test_the_list_narrows_to_group_state_and_month_also_before_booking(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    make_household(village, "李四", group=2)
    send(client, rule="HS06", occurred_on="2026-02-20")
    send(client, rule="HS06", who="ls")
    send(client, rule="HS02")

    def listed(**wanted: str) -> list[str]:
        return re.findall(r'deeds/([0-9]+)">[0-9]+<', client.get(DEEDS, query_string=wanted).text)

    assert listed(period="2026-02") == ["1"]
    assert listed(period="2026-03") == ["3", "2"]
    assert listed(group="2") == ["2"]
    assert listed(state="submitted") == ["2", "1"]
    assert HELPING.name in client.get(DEEDS).text
