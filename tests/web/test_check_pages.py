"""The pages of the first check: what waits is passed, sent back or refused; what came back is mended; doubles meet."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access import services as access
from pointsbank.access.models import Role, Staff
from pointsbank.deeds import queries
from pointsbank.deeds.models import Claim, ClaimState
from pointsbank.deeds.services import checking
from pointsbank.deeds.services.panel import declare_kin
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import make_rules
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.meetings import make_kin
from tests.statements import count_statements
from tests.steps import CHECKED_HELP, DEDUCTED, SIGNED_MEETING, STEPPED, claimed
from tests.web.conftest import post, sign_in

DEEDS = "/desk/qingxi/deeds/"
CHECK, RETURNED, DUPLICATES = f"{DEEDS}check", f"{DEEDS}returned", f"{DEEDS}duplicates"
STATEMENTS_MAX = 12


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, *STEPPED)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三", number="03-012", group=3)


@pytest.fixture
def head(village: Place) -> Staff:
    return make_staff(village, Role.GROUP_HEAD, name="陈光荣")


@pytest.fixture
def clerk(village: Place, client: FlaskClient) -> Staff:
    staff = make_staff(village, Role.CLERK, name="文小琴")
    sign_in(client, staff)
    return staff


def act(client: FlaskClient, what: str, *claims: Claim, reason: str = "", **more: object) -> TestResponse:
    ticked = [f"{claim.serial}-{claim.revision}" for claim in claims]
    return post(client, CHECK, {"act": what, "claim": ticked, "reason": reason, "key": new_key(), **more})


def listed(client: FlaskClient, url: str = CHECK, **wanted: object) -> list[int]:
    answer = client.get(url, query_string=wanted)
    assert answer.status_code == 200, answer.text
    return [int(serial) for serial in re.findall(r'deeds/([0-9]+)">[0-9]+<', answer.text)]


def state_of(village: Place, claim: Claim) -> ClaimState:
    return queries.claim(village.id, claim.serial).state


def test_what_waits_is_listed_by_group_and_rule_and_passed_in_one_act(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    other = make_household(village, "李四", group=5)
    first, second = claimed(village, household, CHECKED_HELP), claimed(village, other, CHECKED_HELP)
    met = claimed(village, other.residents[0], SIGNED_MEETING, event="村民会议")
    assert listed(client) == [3, 2, 1]
    assert listed(client, group="5") == [3, 2]
    assert listed(client, rule="GG01") == [3]
    assert "村民会议" in client.get(CHECK).text
    answer = act(client, "pass", first, second, at="3")
    assert (answer.status_code, answer.location) == (303, f"{CHECK}?at=3")
    assert "初审通过 2 件，接着等评议。" in client.get(answer.location).text
    assert [state_of(village, claim) for claim in (first, second, met)] == [
        ClaimState.CHECKED,
        ClaimState.CHECKED,
        ClaimState.SUBMITTED,
    ]
    assert listed(client) == [3]


def test_sending_back_and_refusing_want_a_reason_and_keep_what_was_ticked(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    claim, other = claimed(village, household, CHECKED_HELP), claimed(village, household, DEDUCTED)
    for what in ("return", "refuse"):
        answer = act(client, what, claim)
        assert (answer.status_code, "不能空着" in answer.text) == (422, True)
        assert re.search(rf'value="{claim.serial}-{claim.revision}"[^>]*checked', answer.text)
    wrong = act(client, "pass", claim, reason="缺证明人")
    assert (wrong.status_code, "要通过，请把原因清空" in wrong.text, 'value="缺证明人"' in wrong.text) == (
        422,
        True,
        True,
    )
    assert act(client, "return", claim, reason="缺证明人").status_code == 303
    assert act(client, "refuse", other, reason="没有这回事").status_code == 303
    assert (state_of(village, claim), state_of(village, other)) == (ClaimState.RETURNED, ClaimState.NOT_ACCEPTED)


def test_what_one_claimed_and_kins_cannot_be_ticked_and_is_refused_all_the_same(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    declare_kin(village, clerk.id, household.id, "儿媳", clerk.actor, new_key())
    kins = claimed(village, household, CHECKED_HELP)
    mine = claimed(village, make_household(village, "李四"), CHECKED_HELP, by=clerk.actor)
    page = client.get(CHECK).text
    assert 'name="claim"' not in page
    assert page.count("请管理员到“工作人员”里再设一位组长") == 2
    make_staff(village, Role.GROUP_HEAD, name="周某")
    page = client.get(CHECK).text
    assert "儿媳，请组长周某来审" in page
    assert "您报的，请组长周某来审" in page
    for claim in (kins, mine):
        answer = act(client, "pass", claim)
        assert (answer.status_code, "您要回避" in answer.text) == (403, True)
        assert state_of(village, claim) is ClaimState.SUBMITTED


@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        ({"claim": []}, 422, "还没有勾选"),
        ({"claim": ["x"]}, 422, "页面已经过期"),
        ({"claim": ["1"]}, 422, "页面已经过期"),
        ({"claim": ["１-1"]}, 422, "页面已经过期"),
        ({"claim": ["1-7"]}, 409, "刚才有人改过"),
        ({"claim": ["99-1"]}, 404, "没有找到这一笔"),
        ({"claim": [f"{10**17}-1"]}, 404, "没有找到这一笔"),
        ({"claim": [f"{n}-1" for n in range(1, 502)]}, 422, ""),
        ({"act": "eat"}, 403, "没有这个办法"),
        ({"act": "return", "reason": "长" * 10_000}, 422, "最多 200 个字"),
        ({"act": "return", "reason": "\u200b\u202e"}, 422, "不能空着"),
        ({"key": ""}, 422, "页面已经过期"),
        ({"key": "钥匙"}, 422, "页面已经过期"),
    ],
)
def test_bad_input_moves_nothing(
    client: FlaskClient,
    village: Place,
    household: Household,
    clerk: Staff,
    sent: dict[str, object],
    status: int,
    sentence: str,
) -> None:
    claim = claimed(village, household, CHECKED_HELP)
    answer = post(
        client, CHECK, {"act": "pass", "claim": [f"{claim.serial}-{claim.revision}"], "key": new_key(), **sent}
    )
    assert (answer.status_code, sentence in answer.text) == (status, True)
    assert state_of(village, claim) is ClaimState.SUBMITTED


@pytest.mark.parametrize(
    "odd", [{"group": "99"}, {"size": "7"}, {"before": "x"}, {"before": str(2**63)}, {"rule": "<b>"}]
)
def test_odd_filters_never_break_the_list(
    client: FlaskClient, village: Place, household: Household, clerk: Staff, odd: dict[str, str]
) -> None:
    claimed(village, household, CHECKED_HELP)
    answer = client.get(CHECK, query_string=odd)
    assert answer.status_code in (200, 422)
    assert "<b>" not in answer.text.split("<main")[1].replace("<b>回车</b>", "")


def test_what_came_back_is_mended_by_who_claimed_it_and_sent_again(
    client: FlaskClient, village: Place, household: Household, head: Staff, clerk: Staff
) -> None:
    claim = claimed(village, household, CHECKED_HELP, 200, by=clerk.actor, claimed_by=head.actor.key)
    act(client, "return", claim, reason="<b>只有一次</b>？")
    sign_in(client, head)
    assert "退回补充 1 件" in client.get(f"{DEEDS}record").text
    assert listed(client, RETURNED) == [claim.serial]
    url = f"{DEEDS}{claim.serial}/mend"
    page = client.get(url).text
    assert "&lt;b&gt;只有一次&lt;/b&gt;？" in page
    revision = re.findall(r'name="revision"[^>]*value="([0-9]+)"', page)[0]
    line = {"quantity": "1", "occurred_on": "3-17", "note": "只去了一次", "resident": "", "revision": revision}
    for field, value, sentence in (
        ("quantity", "1e9", "数量要填数字"),
        ("quantity", "1.5", "数量要填整数"),
        ("occurred_on", "2-30", "没有这一天"),
        ("occurred_on", "9999-12-31", "日期还没到"),
        ("occurred_on", "2025-12-01", "算迟报"),
        ("note", "长" * 10_000, "最多 200 个字"),
        ("resident", "7", "Not a valid choice"),
        ("revision", "x", "要填整数"),
    ):
        answer = post(client, url, {**line, "key": new_key(), field: value})
        assert answer.status_code == 422, (field, value)
        assert sentence in answer.text or field in ("resident", "revision")
    answer = post(client, url, {**line, "key": new_key()})
    assert (answer.status_code, answer.location) == (303, f"{DEEDS}{claim.serial}")
    page = client.get(answer.location).text
    for shown in ("第 1 号已再次申报，待初审", "补充好了，再次申报", "只去了一次", "谁申报的", "陈光荣", "文小琴录入"):
        assert shown in page
    assert post(client, url, {**line, "key": new_key()}).status_code == 409
    assert client.get(url).status_code == 409


def test_a_page_that_is_stale_does_not_overwrite(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    claim = claimed(village, household, CHECKED_HELP)
    seen = claim.revision
    act(client, "return", claim, reason="？")
    line = {"quantity": "1", "occurred_on": "3-17", "resident": "", "revision": seen, "key": new_key()}
    answer = post(client, f"{DEEDS}{claim.serial}/mend", line)
    assert (answer.status_code, "刚才有人改过" in answer.text) == (409, True)


def test_who_claimed_it_withdraws_it_and_the_clerk_any_but_nobody_else(
    client: FlaskClient, village: Place, household: Household, head: Staff, clerk: Staff
) -> None:
    heads, others = claimed(village, household, CHECKED_HELP, by=head.actor), claimed(village, household, CHECKED_HELP)
    sign_in(client, head)
    refused = post(client, f"{DEEDS}{others.serial}/withdraw", {"reason": "试试", "key": new_key()})
    assert (refused.status_code, "不是您报的" in refused.text) == (403, True)
    empty = post(client, f"{DEEDS}{heads.serial}/withdraw", {"reason": "", "key": new_key()})
    assert (empty.status_code, "请写明为什么撤回" in empty.text) == (422, True)
    assert post(client, f"{DEEDS}{heads.serial}/withdraw", {"reason": "报错了", "key": new_key()}).status_code == 303
    sign_in(client, clerk)
    assert post(client, f"{DEEDS}{others.serial}/withdraw", {"reason": "报错了", "key": new_key()}).status_code == 303
    again = post(client, f"{DEEDS}{others.serial}/withdraw", {"reason": "再撤", "key": new_key()})
    assert (again.status_code, "不能撤回" in again.text) == (409, True)


def test_doubles_stand_side_by_side_and_are_kept_or_withdrawn(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    first, second = claimed(village, household, CHECKED_HELP), claimed(village, household, CHECKED_HELP)
    assert "可能和 1 号重复" in client.get(CHECK).text
    assert "和第 1 号" in re.sub("<[^>]+>", "", client.get(f"{DEEDS}{second.serial}").text)
    assert client.get(DUPLICATES).text.count("撤销这一件") == 2
    kept = {"beside": first.serial, "revision": second.revision, "key": new_key()}
    for wrong in ({"beside": "x"}, {"beside": second.serial}, {"revision": 7}, {"key": "钥匙"}):
        assert post(client, f"{DEEDS}{second.serial}/keep", {**kept, **wrong}).status_code == 303
        assert queries.claim(village.id, second.serial).kept_beside is None
    assert post(client, f"{DEEDS}{second.serial}/keep", kept).status_code == 303
    assert "没有可能重复的" in client.get(DUPLICATES).text
    assert "是两件事" in client.get(f"{DEEDS}{second.serial}").text
    third = claimed(village, household, CHECKED_HELP)
    gone = {"reason": "记重了", "key": new_key(), "back": "duplicates"}
    answer = post(client, f"{DEEDS}{third.serial}/withdraw", gone)
    assert (answer.location, state_of(village, third)) == (DUPLICATES, ClaimState.CANCELLED)


def test_the_claims_page_offers_what_is_open_to_the_person(
    client: FlaskClient, village: Place, household: Household, head: Staff, clerk: Staff
) -> None:
    claim = claimed(village, household, CHECKED_HELP, by=head.actor)
    url = f"{DEEDS}{claim.serial}"
    page = client.get(url).text
    assert "初审通过" in page
    assert "撤回这一件" in page
    sign_in(client, head)
    page = client.get(url).text
    assert "请别的人来办" in page
    assert "撤回这一件" in page
    sign_in(client, make_staff(village, Role.REVIEWER))
    page = client.get(url).text
    assert 'name="reason"' not in page
    assert "初审 → 评议" in page


def test_another_villages_claims_are_not_found(client: FlaskClient, village: Place, clerk: Staff) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    make_rules(miaopo, *STEPPED)
    claim = claimed(miaopo, make_household(miaopo), CHECKED_HELP)
    for path in ("mend", "withdraw", "keep"):
        sent = {"reason": "试试", "beside": "1", "revision": "1", "key": new_key()}
        answer = post(client, f"{DEEDS}{claim.serial}/{path}", sent)
        assert answer.status_code in (303, 404)
        assert state_of(miaopo, claim) is ClaimState.SUBMITTED
    assert act(client, "pass", claim).status_code == 404


def test_the_pages_take_few_statements_however_much_waits(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    counts: dict[str, list[int]] = {}
    claimed(village, make_household(village), CHECKED_HELP, by=clerk.actor)  # the page says who may check it
    for _ in range(2):
        for name in ("李四", "王五"):
            home = make_household(village, name)
            for _ in range(2):
                claimed(village, home, CHECKED_HELP)
            back = claimed(village, make_resident(village, home), SIGNED_MEETING)
            checking.return_claims(village, [back.serial], "？", clerk.actor, new_key())
        for url in (CHECK, RETURNED, f"{RETURNED}?all=1", DUPLICATES, f"{DEEDS}3", f"{DEEDS}4/mend"):
            with count_statements() as statements:
                assert client.get(url).status_code == 200, url
            counts.setdefault(url, []).append(len(statements))
    for url, (few, many) in counts.items():
        assert few == many <= STATEMENTS_MAX, (url, few, many)


def test_who_is_asked_may_check_that_claim(
    client: FlaskClient, village: Place, household: Household, clerk: Staff
) -> None:
    tied, other, kin = (make_staff(village, Role.GROUP_HEAD, name=name) for name in ("甲", "乙", "丙"))
    for head, home in ((tied, household), (other, make_household(village, group=4))):
        access.change_roles(head, village, [Role.GROUP_HEAD], SYSTEM, groups=[home.group])
    make_kin(village, kin, household)
    claimed(village, household, CHECKED_HELP, by=clerk.actor)
    assert "您报的，请组长甲来审。" in client.get(CHECK).text


def test_a_large_page_with_nothing_left_says_that_all_is_checked(client: FlaskClient, clerk: Staff) -> None:
    assert "都审完了" in client.get(f"{CHECK}?size=500").text
    assert "换个组" in client.get(f"{CHECK}?size=500&rule=GG01").text
