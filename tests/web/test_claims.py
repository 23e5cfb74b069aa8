"""What was recorded, as a list and one by one, with the way it went and its undoing."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role, Staff
from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.models import ClaimOrigin, ClaimState
from pointsbank.deeds.services import DeedDraft
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.people import services as people
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import BRAVERY, DAMAGE, DETENTION, HELPING, STUDENT, make_rules
from tests.factories import make_good, make_household, make_resident, make_staff, make_village, redeem_now
from tests.statements import count_statements
from tests.web.conftest import post, sign_in

CLAIMS = "/desk/qingxi/deeds/"
STATEMENTS_MAX = 12
TODAY, LAST_MONTH = date(2026, 3, 18), date(2026, 2, 20)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


@pytest.fixture
def clerk(client: FlaskClient, village: Place) -> Staff:
    staff = make_staff(village, Role.CLERK, name="文小琴")
    sign_in(client, staff)
    return staff


@pytest.fixture
def household(village: Place, clerk: Staff) -> Household:
    return make_household(village, "张三", number="03-012", group=3)


def record(village: Place, household: Household, rule: RuleDraft, clerk: Staff, day: date = TODAY) -> int:
    """A deed's serial."""
    who = household.residents[0].id if rule is DETENTION else None  # who is suspended
    draft = DeedDraft(household.id, rule.code, 100, day, who)
    serial: int = services.record(village, draft, clerk.actor, new_key())["claim"]
    return serial


def listed(client: FlaskClient, **wanted: str) -> list[int]:
    answer = client.get(CLAIMS, query_string=wanted)
    assert answer.status_code == 200
    return [int(serial) for serial in re.findall(r'deeds/([0-9]+)">[0-9]+<', answer.text)]


def test_an_empty_list_says_what_to_do(client: FlaskClient, village: Place, clerk: Staff) -> None:
    assert "还没有记过分" in client.get(CLAIMS).text
    assert "没有找到" in client.get(CLAIMS, query_string={"who": "zs"}).text


def test_the_list_narrows_by_month_household_rule_and_state(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    other = make_household(village, "王五", number="01-001")
    make_resident(village, household, "李小芳")
    first = record(village, household, HELPING, clerk, LAST_MONTH)
    second = record(village, other, STUDENT, clerk)
    third = record(village, household, STUDENT, clerk)
    services.reverse(village, second, "记错了", clerk.actor, new_key())
    assert listed(client) == [third, second, first]
    assert listed(client, period="2026-02") == [first]
    assert listed(client, period="2026-03") == [third, second]
    for words in ("03-012", "3-12", "张三", "zs", "李小芳"):
        assert listed(client, who=words) == [third, first], words
    assert listed(client, who="没有这个人") == []
    assert listed(client, rule="hs06") == listed(client, rule="留守") == [first]
    assert listed(client, state="cancelled") == [second]
    assert listed(client, state="booked", rule="ZY03", who="zs", period="2026-03") == [third]
    assert listed(client, household=str(other.id)) == [second]


def test_the_deeds_of_a_closed_household_are_found_by_its_number(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    serial = record(village, household, DETENTION, clerk)
    people.close_household(village, household.id, household.version, SYSTEM)
    assert listed(client, who="03-012") == [serial]


def test_the_list_pages_by_key_and_keeps_its_filters(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    who = household.residents[0].id
    drafts = [DeedDraft(household.id, DETENTION.code, 100, TODAY, who)] * (queries.PAGE_LINES + 3)
    services.record_many(village, drafts, clerk.actor, new_key(), ClaimOrigin.GRID)
    page = client.get(CLAIMS, query_string={"period": "2026-03"}).text
    assert len(re.findall(r'deeds/[0-9]+">', page)) == queries.PAGE_LINES
    older = re.findall(r'rel="next" href="([^"]+)"', page)[0].replace("&amp;", "&")
    assert "period=2026-03" in older
    last = client.get(older).text
    assert re.findall(r'deeds/([0-9]+)">', last) == ["3", "2", "1"]
    assert 'rel="next"' not in last
    assert 'rel="prev"' in last


@pytest.mark.parametrize(
    "wanted",
    [
        {"period": "2026-13"},
        {"period": "x" * 1_000},
        {"state": "eaten"},
        {"before": "x"},
        {"before": "-1"},
        {"before": str(2**63)},
        {"before": "１２"},
        {"household": "x"},
        {"who": "字" * 10_000},
        {"rule": "<script>"},
        {"rule": "%"},
        {"who": "\u202e\u200b"},
    ],
)
def test_odd_filters_never_break_the_list(
    client: FlaskClient, village: Place, household: Household, clerk: Staff, wanted: dict[str, str]
) -> None:
    record(village, household, HELPING, clerk)
    answer = client.get(CLAIMS, query_string=wanted)
    assert answer.status_code in (200, 422)
    assert "<script>" not in answer.text.replace("<script src", "")


def test_a_claim_shows_what_it_is_who_did_it_and_what_it_booked(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    draft = DeedDraft(household.id, HELPING.code, 300, TODAY, note="送李奶奶去卫生院")
    serial = services.record(village, draft, clerk.actor, new_key())["claim"]
    page = client.get(f"{CLAIMS}{serial}").text
    for shown in (
        "张三家", "3组 03-012", "HS06 帮助独居、留守老人", "第 1 版细则", "2026年3月18日", "+9 分，封顶后记 +8 分",
        "每户每月最多记8分，已记0分，这次只记8分。", "送李奶奶去卫生院", "文小琴", "已入账", "可用积分", "逐笔记",
    ):  # fmt: skip
        assert shown in page, shown
    assert "staff:qingxi" not in page


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (HELPING, "撤销会收回 3 分，这户还剩 2 分。"),
        (STUDENT, "撤销会收回 20 分。这户只剩 7 分可用，其余 13 分记为待扣，以后得分先抵。"),
        (BRAVERY, "撤销会收回 30 荣誉分。"),
        (DAMAGE, "撤销会退还扣掉的 10 分。"),
        (DETENTION, "撤销不动账"),
    ],
)
def test_before_undoing_the_page_says_what_will_happen(
    client: FlaskClient, village: Place, household: Household, clerk: Staff, rule: RuleDraft, sentence: str
) -> None:
    serial = record(village, household, rule, clerk)
    balance = ledger.balances(village.id, household.serial).spendable
    if rule is HELPING:
        record(village, household, STUDENT, clerk)
        redeem_now(village, household, make_good(village, price=1_800), 1)
    elif rule is STUDENT:
        redeem_now(village, household, make_good(village, price=balance - 700), 1)
    assert sentence in client.get(f"{CLAIMS}{serial}").text


def test_a_claim_is_undone_with_a_reason_and_once(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    serial = record(village, household, HELPING, clerk)
    url, values = f"{CLAIMS}{serial}/reverse", {"key": new_key(), "reason": "记错了户"}
    answer = post(client, url, values)
    assert (answer.status_code, answer.location) == (303, f"{CLAIMS}{serial}")
    page = client.get(answer.location).text
    for shown in (f"第 {serial} 笔已撤销", "记错了户", "收回得分", "已经撤销"):
        assert shown in page
    assert 'name="reason"' not in page
    assert ledger.balances(village.id, household.serial).spendable == 0
    assert post(client, url, values).status_code == 303  # the same act again: the first answer
    again = post(client, url, {"key": new_key(), "reason": "再撤"})
    assert (again.status_code, "已经撤销过了" in again.text) == (409, True)
    assert ledger.balances(village.id, household.serial).spendable == 0


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reason": ""}, "请写明撤销的原因"),
        ({"reason": "\u200b "}, "撤销原因不能空着"),
        ({"reason": "长" * 201}, "最多 200 个字"),
        ({"key": ""}, "页面已经过期"),
    ],
)
def test_undoing_without_a_usable_reason_is_refused_and_keeps_what_was_typed(
    client: FlaskClient, village: Place, household: Household, clerk: Staff, changed: dict[str, str], sentence: str
) -> None:
    serial = record(village, household, HELPING, clerk)
    answer = post(client, f"{CLAIMS}{serial}/reverse", {"key": new_key(), "reason": "记错了户"} | changed)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    if "reason" not in changed:
        assert "记错了户" in answer.text
    assert queries.claim(village.id, serial).state is ClaimState.BOOKED


def test_another_villages_claim_is_not_found(client: FlaskClient, village: Place, clerk: Staff) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    make_rules(miaopo)
    serial = record(miaopo, make_household(miaopo), HELPING, clerk)
    assert client.get(f"{CLAIMS}{serial}").status_code == 404
    answer = post(client, f"{CLAIMS}{serial}/reverse", {"key": new_key(), "reason": "试试"})
    assert answer.status_code == 404
    assert queries.claim(miaopo.id, serial).state is ClaimState.BOOKED


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_households_reads_claims_and_only_the_clerk_undoes(
    client: FlaskClient, village: Place, household: Household, clerk: Staff, role: Role
) -> None:
    serial = record(village, household, HELPING, clerk)
    sign_in(client, make_staff(village, role))
    reads = role not in (Role.SHOPKEEPER, Role.OFFICER)
    assert client.get(CLAIMS).status_code == (200 if reads else 403)
    page = client.get(f"{CLAIMS}{serial}")
    assert page.status_code == (200 if reads else 403)
    assert ('name="reason"' in page.text) is (role is Role.CLERK)
    answer = post(client, f"{CLAIMS}{serial}/reverse", {"key": new_key(), "reason": "试试"})
    assert answer.status_code == (303 if role is Role.CLERK else 403)


@pytest.mark.parametrize("path", ["", "record", "1", "record/who?q=zs", "record/rules?q=bz"])
def test_a_page_takes_few_statements_however_much_is_recorded(
    client: FlaskClient, village: Place, household: Household, clerk: Staff, path: str
) -> None:
    counts = []
    for _ in range(2):
        for name in ("张三", "李四", "王五"):
            record(village, make_household(village, name), HELPING, clerk)
        with count_statements() as statements:
            assert client.get(CLAIMS + path).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= STATEMENTS_MAX, statements
