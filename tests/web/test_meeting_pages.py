"""Meetings at the desk: opened, gone through, written down, closed and printed; kin declared on their own page."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role, Staff
from pointsbank.covenant.models import EvidenceKind
from pointsbank.deeds.models import Body, ClaimState
from pointsbank.deeds.queries.agenda import decisions, open_meetings
from pointsbank.deeds.queries.agenda import meeting as find_meeting
from pointsbank.deeds.queries.items import evidence_words
from pointsbank.deeds.queries.panel import declarations, kin_of, members
from pointsbank.deeds.views import meetings as views
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place, PlaceKind
from pointsbank.places.settings import VillageSettings
from tests.deed_rules import HELPING, LITTER, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.fonts import registered_fonts
from tests.meetings import claim_of, hold_meeting, make_body, make_claim, make_kin, reviewed
from tests.pdf import text_of
from tests.statements import count_statements
from tests.web.conftest import post, sign_in

MEETINGS = "/desk/qingxi/deeds/meetings"
KIN = "/desk/qingxi/deeds/kin"
TODAY = date(2026, 3, 18)
HELP, DUMPING = reviewed(HELPING), reviewed(LITTER)
STATEMENTS_MAX = 12


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, HELP, DUMPING)
    make_body(place, Role.REVIEWER, 3)
    return place


@pytest.fixture
def reviewer(client: FlaskClient, village: Place) -> Staff:
    staff = make_staff(village, Role.REVIEWER, name="王评议")
    sign_in(client, staff)
    return staff


@pytest.fixture
def household(village: Place, reviewer: Staff) -> Household:
    return make_household(village, "张三", number="03-012", group=3)


def test_a_meeting_from_the_first_page_to_the_paper(
    client: FlaskClient, village: Place, household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (make_claim(village, household, HELP, note=f"第{at}次") for at in range(3))
    page = client.get(MEETINGS).text
    assert "3<span" in page
    assert "还没有开过会" in page
    there = [str(member.id) for member in members(village.id, Body.REVIEW_GROUP)][:3]
    opened = post(
        client,
        f"{MEETINGS}/new?body=review_group",
        {"held_on": "2026-03-18", "venue": "会议室", "present": there, "key": new_key()},
    )
    assert opened.status_code == 303
    page = client.get(opened.location).text
    assert "到会 3 人" in page
    assert page.count('name="tick"') == 3
    done = post(
        client,
        f"{MEETINGS}/1/decide",
        {
            "key": new_key(),
            "tick": [str(first)],
            f"reason-{first}": "半天",
            f"points-{first}": "２.5",
            f"outcome-{second}": "rejected",
            f"reason-{second}": "没有的事",
            f"outcome-{third}": "held_over",
            f"reason-{third}": "问清楚再说",
        },
    )
    assert done.status_code == 303, done.text
    page = client.get(done.location).text
    assert "记下了：通过 1 件，不通过 1 件，下次再议 1 件，共 2.5 分。" in page
    assert 'name="tick"' not in page
    saved = post(
        client,
        f"{MEETINGS}/1/record",
        {"held_on": "2026-03-18", "venue": "会议室", "present": there, "minutes": "先学文件。\n再议事。", "seen": "1"},
    )
    assert saved.status_code == 303
    assert post(client, f"{MEETINGS}/1/close", {"seen": "2"}).status_code == 303
    assert client.get(f"{MEETINGS}/1").status_code == 302
    page = client.get(f"{MEETINGS}/1/decisions").text
    assert "分值由 3 改为 2.5：半天" in page
    assert "先学文件" in page
    monkeypatch.setattr(views, "register_fonts", lambda _: registered_fonts())
    paper = client.get(f"{MEETINGS}/1/minutes.pdf")
    assert paper.mimetype == "application/pdf"
    assert "分值由3改为2.5" in text_of(paper.data)
    assert "1 次" in client.get(MEETINGS).text


def test_many_ticked_at_once_are_approved_in_one_act(client: FlaskClient, village: Place, household: Household) -> None:
    serials = [make_claim(village, make_household(village), HELP) for _ in range(5)]
    hold_meeting(village)
    answer = post(client, f"{MEETINGS}/1/decide", {"key": new_key(), "tick": [str(serial) for serial in serials]})
    assert answer.status_code == 303
    assert {claim_of(village, serial).state for serial in serials} == {ClaimState.APPROVED}


def test_a_slip_is_taken_back_from_the_list_of_results(
    client: FlaskClient, village: Place, household: Household
) -> None:
    serial = make_claim(village, household, HELP)
    hold_meeting(village)
    wrong = {"key": new_key(), f"outcome-{serial}": "rejected", f"reason-{serial}": "按错了"}
    assert post(client, f"{MEETINGS}/1/decide", wrong).status_code == 303
    assert "记错了，收回" in client.get(f"{MEETINGS}/1/decisions").text
    key = new_key()
    for _ in range(2):  # pressed twice
        assert post(client, f"{MEETINGS}/1/take-back/{serial}", {"key": key}).status_code == 303
    assert claim_of(village, serial).state is ClaimState.SUBMITTED
    page = client.get(f"{MEETINGS}/1/decisions").text
    assert "已收回" in page
    assert "记错了，收回" not in page
    assert post(client, f"{MEETINGS}/1/take-back/{serial}", {"key": new_key()}).status_code == 422
    assert post(client, f"{MEETINGS}/1/take-back/{serial}").status_code == 422
    assert post(client, f"{MEETINGS}/1/take-back/999", {"key": new_key()}).status_code == 404


WRONG: list[tuple[dict[str, str], str]] = [
    ({}, "还没有勾选"),
    ({"tick": "1", "outcome-1": "rejected"}, "只留一样"),
    ({"reason-1": "只写了原因"}, "没说怎么定"),
    ({"outcome-1": "eaten"}, "请选不通过或下次再议"),
    ({"outcome-1": "passed_on", "reason-1": "不想定"}, "请选不通过或下次再议"),
    ({"outcome-1": "rejected"}, "不通过要写明原因"),
    ({"tick": "1", "points-1": "1,000", "reason-1": "多给"}, "分值要填数字"),
    ({"tick": "1", "points-1": "4", "reason-1": "多给"}, "只能在 0 到 3 之间"),
    ({"tick": "1", "points-1": "1e9", "reason-1": "多给"}, "分值要填数字"),
    ({"tick": "1", "points-1": "2"}, "改了分值要写明原因"),
    ({"outcome-1": "rejected", "reason-1": "长" * 10_000}, "太长了"),
    ({"tick": "1", "in_favour-1": "九"}, "赞成票要填 0 到"),
    ({"tick": "1", "in_favour-1": "99"}, "票数不对"),
    ({"tick": "1", "in_favour-1": "1", "against-1": "2"}, "没有过半"),
    ({"tick": "1", "seen-1": "-1"}, "版本要填"),
]


def test_what_cannot_be_decided_so_is_said_at_its_item_and_kept(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_claim(village, household, HELP)
    hold_meeting(village)
    for values, sentence in WRONG:
        answer = post(client, f"{MEETINGS}/1/decide", {"key": new_key(), **values})
        assert answer.status_code == 422, values
        assert sentence in answer.text, values
        assert ('class="item is-wrong"' in answer.text) == bool(values), values
        assert ('name="tick" value="1" checked' in answer.text) == ("tick" in values), values
    assert claim_of(village, 1).state is ClaimState.SUBMITTED


def test_a_strange_serial_is_not_found_and_nothing_is_done(
    client: FlaskClient, village: Place, household: Household
) -> None:
    serial = make_claim(village, household, HELP)
    hold_meeting(village)
    for strange in ("9" * 18, "12"):
        answer = post(client, f"{MEETINGS}/1/decide", {"key": new_key(), "tick": [str(serial), strange]})
        assert answer.status_code == 404
    answer = post(client, f"{MEETINGS}/1/decide", {"key": new_key(), "tick": "<b>"})
    assert answer.status_code == 422
    assert claim_of(village, serial).state is ClaimState.SUBMITTED


def test_who_comes_second_is_told_and_sees_what_is_left(
    client: FlaskClient, village: Place, household: Household
) -> None:
    serial = make_claim(village, household, HELP)
    hold_meeting(village)
    sheet = {"tick": str(serial), f"seen-{serial}": "2"}
    first = post(client, f"{MEETINGS}/1/decide", {"key": new_key(), **sheet})
    second = post(client, f"{MEETINGS}/1/decide", {"key": new_key(), **sheet})
    assert (first.status_code, second.status_code) == (303, 409)
    assert "不在这次会议的议程里" in second.text


def test_recusal_is_shown_and_the_person_at_the_screen_cannot_tick(
    client: FlaskClient, village: Place, household: Household, reviewer: Staff
) -> None:
    other = make_household(village, "李四")
    mine, theirs = make_claim(village, household, HELP), make_claim(village, other, HELP)
    make_kin(village, reviewer, household, "儿媳")
    make_kin(village, members(village.id, Body.REVIEW_GROUP)[0], other, "女婿")
    hold_meeting(village)
    page = client.get(f"{MEETINGS}/1").text
    assert re.findall(r'name="tick" value="([0-9]+)"', page) == [str(theirs)]
    assert "您要回避（儿媳）" in page
    assert "赵rev（女婿），3 人表决" in page
    answer = post(client, f"{MEETINGS}/1/decide", {"key": new_key(), "tick": str(mine)})
    assert answer.status_code == 403
    assert "您要回避（儿媳）" in answer.text


def test_deductions_that_are_not_ready_stand_apart_with_the_reason(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_claim(village, household, DUMPING)
    hold_meeting(village)
    page = client.get(f"{MEETINGS}/1").text
    assert "还不能议的 1 件" in page
    assert "扣分前要先告知这一户" in page
    assert 'name="tick"' not in page


def test_a_budget_is_shown_and_passed_only_by_saying_so(
    client: FlaskClient, village: Place, household: Household
) -> None:
    places.change_settings(village.id, VillageSettings(month_budget=200), TODAY, SYSTEM)
    serial = make_claim(village, household, HELP)
    hold_meeting(village)
    assert "2026年3月积分预算" in client.get(f"{MEETINGS}/1").text
    sheet = {"key": new_key(), "tick": str(serial)}
    refused = post(client, f"{MEETINGS}/1/decide", sheet)
    assert refused.status_code == 409
    assert 'name="over_budget"' in refused.text
    again = {"key": new_key(), "tick": str(serial), "over_budget": "y"}
    assert post(client, f"{MEETINGS}/1/decide", again).status_code == 303
    assert "超了 1 分" in client.get(f"{MEETINGS}/1").text


def test_a_meeting_that_cannot_be_opened_keeps_what_was_typed(client: FlaskClient, village: Place) -> None:
    make_claim(village, make_household(village), HELP)
    [one, *_] = members(village.id, Body.REVIEW_GROUP)
    good = {"held_on": "2026-03-18", "venue": "院坝", "present": str(one.id), "key": new_key()}
    sign_in(client, one)
    for wrong, sentence in (
        ({"held_on": "2026-03-19"}, "还没到"),
        ({"held_on": "1900-01-01"}, "太早"),
        ({"held_on": "2026-02-30"}, "看不懂或不存在"),
        ({"held_on": ""}, "请填开会的日期"),
        ({"venue": "长" * 10_000}, "最多 60 个字"),
        ({"present": "1"}, "is-invalid"),
        ({"present": "x"}, "is-invalid"),
    ):
        answer = post(client, f"{MEETINGS}/new?body=review_group", good | wrong)
        assert answer.status_code == 422, wrong
        assert sentence in answer.text, wrong
    assert "还没有成员" in client.get(f"{MEETINGS}/new?body=committee").text
    assert post(client, f"{MEETINGS}/new", good).location == post(client, f"{MEETINGS}/new", good).location
    assert "还有一次会没有结束" in client.get(f"{MEETINGS}/new").text
    assert list(open_meetings(village.id)) == [Body.REVIEW_GROUP]


def test_a_meeting_is_opened_by_members_or_the_office_and_only_where_something_waits(
    client: FlaskClient, village: Place, household: Household
) -> None:
    make_staff(village, Role.COMMITTEE, name="周干部")
    sheet = {"held_on": "2026-03-18", "venue": "", "key": new_key()}
    new = f"{MEETINGS}/new?body=review_group"
    nothing = post(client, new, sheet)
    assert (nothing.status_code, "现在没有等积分评议小组议的事" in nothing.text) == (422, True)
    assert "meetings/new" not in client.get(MEETINGS).text
    make_claim(village, household, HELP)
    assert "meetings/new?body=review_group" in client.get(MEETINGS).text
    [outsider] = members(village.id, Body.COMMITTEE)
    sign_in(client, outsider)
    assert "meetings/new" not in client.get(MEETINGS).text
    assert "由成员或文书来记" in client.get(new).text
    assert post(client, new, sheet).status_code == 403
    assert not open_meetings(village.id)
    sign_in(client, make_staff(village, Role.CLERK))
    assert post(client, new, sheet).status_code == 303
    sign_in(client, outsider)
    assert post(client, f"{MEETINGS}/1/close", {"seen": "1"}).status_code == 403
    assert list(open_meetings(village.id)) == [Body.REVIEW_GROUP]


def test_what_the_writer_stands_aside_from_stands_last(
    client: FlaskClient, village: Place, reviewer: Staff, household: Household
) -> None:
    make_kin(village, reviewer, household, "女婿")
    kins, other = make_claim(village, household, HELP), make_claim(village, make_household(village), HELP)
    page = client.get(f"{MEETINGS}/{hold_meeting(village)}").text
    assert re.findall(r'<li class="item" id="item-(\d+)"', page) == [str(other), str(kins)]
    assert "您要回避（女婿），请文书或别的成员来记" in page


def test_lacking_evidence_is_said_only_where_it_is_kept(client: FlaskClient, village: Place, reviewer: Staff) -> None:
    looked_at = replace(HELP, evidence_kind=EvidenceKind.PHOTO, keep_evidence=False)
    kept = replace(DUMPING, evidence_kind=EvidenceKind.PHOTO, keep_evidence=True)
    other = make_village("miaopo", name="庙坡村")
    make_rules(other, looked_at, kept)
    household = make_household(other)
    said = [evidence_words(claim_of(other, make_claim(other, household, rule)), []) for rule in (looked_at, kept)]
    assert said == ["", "没有材料（要：照片）"]


def test_the_record_refuses_what_is_stale_and_another_villages_meeting_is_not_found(
    client: FlaskClient, village: Place, household: Household
) -> None:
    hold_meeting(village)
    sheet = {"held_on": "2026-03-18", "venue": "院坝", "minutes": "有两个人改", "seen": "1"}
    assert post(client, f"{MEETINGS}/1/record", sheet).status_code == 303
    stale = post(client, f"{MEETINGS}/1/record", sheet | {"minutes": "后来的"})
    assert stale.status_code == 409
    assert "后来的" in stale.text
    assert 'name="seen" type="hidden" value="2"' in stale.text
    assert post(client, f"{MEETINGS}/1/record", sheet | {"seen": "x"}).status_code == 422
    assert post(client, f"{MEETINGS}/1/close", {"seen": "1"}).status_code == 409
    other = make_village("miaopo", PlaceKind.COMMUNITY, "庙坡社区")
    hold_meeting(other, Body.ASSEMBLY)
    assert find_meeting(other.id, 1).body is Body.ASSEMBLY
    for path in ("2", "2/record", "2/decisions", "2/minutes.pdf"):
        assert client.get(f"{MEETINGS}/{path}").status_code == 404
    assert list(decisions(find_meeting(village.id, 1).id)) == []


def test_an_agenda_takes_few_statements_however_long(
    client: FlaskClient, village: Place, household: Household, reviewer: Staff
) -> None:
    hold_meeting(village)

    def statements() -> int:
        with count_statements() as seen:
            assert client.get(f"{MEETINGS}/1").status_code == 200
        return len(seen)

    make_claim(village, household, HELP)
    few = statements()
    for days in range(1, 12):
        make_claim(village, make_household(village), HELP, day=TODAY - timedelta(days=days))
    assert statements() == few <= STATEMENTS_MAX


# --- kin ---


def test_everybody_declares_their_own_and_the_office_for_all(
    client: FlaskClient, village: Place, household: Household, reviewer: Staff
) -> None:
    other = make_staff(village, Role.COMMITTEE, name="李主任")
    page = client.get(KIN).text
    assert "2026 年还没有申报的：王评议" in page
    assert "李主任" not in page
    sheet = {"staff": str(reviewer.id), "who": "zs", "relation": "本户", "key": new_key()}
    assert post(client, KIN, sheet).status_code == 303
    assert kin_of(village.id, [reviewer.id])[reviewer.id] == {household.id: "本户"}
    assert "2026 年已申报" in client.get(KIN).text
    again = post(client, KIN, sheet | {"key": new_key()})
    assert again.status_code == 409
    assert "已经申报过了" in again.text
    assert post(client, KIN, sheet | {"staff": str(other.id), "key": new_key()}).status_code == 422
    sign_in(client, make_staff(village, Role.CLERK, name="文小琴"))
    assert post(client, KIN, sheet | {"staff": str(other.id), "key": new_key()}).status_code == 303


def test_of_several_households_one_is_chosen_and_nonsense_is_refused(
    client: FlaskClient, village: Place, household: Household, reviewer: Staff
) -> None:
    make_household(village, "张四")
    sheet = {"staff": str(reviewer.id), "who": "张", "relation": "父母", "key": new_key()}
    asked = post(client, KIN, sheet)
    assert asked.status_code == 422
    assert asked.text.count('name="household"') == 2
    for wrong, sentence in (
        ({"who": ""}, "请填哪一户"),
        ({"who": "没有这个人"}, "没有找到这一户"),
        ({"relation": "邻居"}, "is-invalid"),
        ({"relation": ""}, "请选是什么关系"),
        ({"household": str(2**63)}, "请重新找一次"),
        ({"household": "-1"}, "请重新找一次"),
        ({"who": "长" * 10_000}, "最多 60 个字"),
    ):
        answer = post(client, KIN, sheet | {"key": new_key()} | wrong)
        assert answer.status_code in (404, 422), wrong
        assert sentence in answer.text, wrong
    chosen = post(client, KIN, sheet | {"household": str(household.id)})
    assert chosen.status_code == 303


def test_nobody_takes_back_their_own_declaration(
    client: FlaskClient, village: Place, household: Household, reviewer: Staff
) -> None:
    make_kin(village, reviewer, household)
    [declared] = declarations(village.id)
    assert post(client, f"{KIN}/{declared.id}/close").status_code == 403
    sign_in(client, make_staff(village, Role.CLERK, name="文小琴"))
    assert post(client, f"{KIN}/{declared.id}/close").status_code == 303
    assert kin_of(village.id, [reviewer.id])[reviewer.id] == {}
    assert post(client, f"{KIN}/{declared.id}/close").status_code == 404
    assert post(client, f"{KIN}/confirm", {"staff": "x", "key": new_key()}).status_code == 404
