"""A sign-in sheet at the desk: everybody who was there is ticked or typed, looked at and claimed in one act."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access import services as access
from pointsbank.access.models import Role
from pointsbank.deeds import queries
from pointsbank.deeds.models import Claim, ClaimOrigin, ClaimState
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household, Resident
from pointsbank.places.models import Place
from tests.deed_rules import make_rules
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.steps import CHECKED_HELP, SIGNED_MEETING, STEPPED
from tests.web.conftest import post, sign_in

SHEET, RECORD = "/desk/qingxi/deeds/sign-in", "/desk/qingxi/deeds/record"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    make_rules(place, *STEPPED)
    sign_in(client, make_staff(place, Role.CLERK, name="文小琴"))
    return place


@pytest.fixture
def homes(village: Place) -> list[Household]:
    """张三 and his wife, 李四 alone: group 1; 王五 of group 2."""
    first = make_household(village, "张三", number="01-001")
    make_resident(village, first, "李小芳")
    return [
        first,
        make_household(village, "李四", number="01-002"),
        make_household(village, "王五", number="02-001", group=2),
    ]


def value(one: Household | Resident) -> str:
    return f"{one.household_id}-{one.id}" if isinstance(one, Resident) else f"{one.id}-"


def send(client: FlaskClient, act: str, **changed: object) -> TestResponse:
    sheet = {
        "rule": "GG01",
        "occurred_on": "3-15",
        "event_name": "村民会议",
        "quantity": "1",
        "claimed_by": "myself",
        "key": new_key(),
        "act": act,
    }
    return post(client, SHEET, {**sheet, **changed})


def claims(village: Place) -> list[Claim]:
    return list(queries.all_claims(village.id))


def test_ticked_and_typed_people_are_claimed_in_one_act_for_who_took_the_sheet(
    client: FlaskClient, village: Place, homes: list[Household]
) -> None:
    taker = make_staff(village, Role.GROUP_HEAD, name="陈光荣")
    wife = homes[0].residents[1]
    added = send(client, "add", who=[value(wife)], names="ls 02-001")
    assert added.status_code == 200
    ticked = re.findall(r'name="who"[^>]*value="([0-9-]+)" checked', added.text)
    assert ticked == [value(wife), value(homes[1].residents[0]), value(homes[2].residents[0])]
    looked = send(client, "preview", who=ticked, claimed_by=str(taker.id))
    assert "3 件全部申报" in looked.text
    assert claims(village) == []
    key = new_key()
    for _ in range(2):
        assert send(client, "book", who=ticked, claimed_by=str(taker.id), key=key).status_code == 303
    found = claims(village)
    assert (found[0].resident, found[0].points) == (wife, 200)
    assert {(claim.state, claim.origin, claim.event_name, claim.claimed_by) for claim in found} == {
        (ClaimState.SUBMITTED, ClaimOrigin.SIGN_IN_SHEET, "村民会议", taker.actor.key)
    }
    assert len(found) == 3
    again = send(client, "preview", who=ticked)
    assert again.text.count("像是同一件事") == 3


def test_a_rule_by_household_has_households_to_tick(
    client: FlaskClient, village: Place, homes: list[Household]
) -> None:
    page = send(client, "group", rule=CHECKED_HELP.code, group="1")
    assert re.findall(r'name="who"[^>]*value="([0-9-]+)"', page.text) == [value(homes[0]), value(homes[1])]
    assert send(client, "book", rule=CHECKED_HELP.code, names="zs").status_code == 303
    assert claims(village)[0].resident is None


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"names": "没有这个人"}, 422, "“没有这个人”没有找到"),
        ({"names": "01-001"}, 422, "对得上的不止一位：张三（01-001）、李小芳（01-001）"),
        ({"names": "字" * 10_000}, 422, "太长了"),
        ({"names": "\u200b\ufeff"}, 422, "还没有人签到"),
        ({"names": "<script>"}, 422, "没有找到"),
        ({"who": ["x"]}, 422, "页面已经过期"),
        ({"who": ["1-1"]}, 404, "有一位没有找到"),
        ({"who": [f"{2**63}-"]}, 422, "页面已经过期"),
        ({"names": "ls", "rule": "XX99"}, 422, "这一天没有这一条"),
        ({"names": "ls", "rule": "KF01"}, 422, "这一天没有这一条"),
        ({"names": "ls", "occurred_on": "2-30"}, 422, "没有这一天"),
        ({"names": "ls", "occurred_on": "3-30"}, 422, "日期还没到"),
        ({"names": "ls", "occurred_on": "2025-12-1"}, 422, "算迟报"),
        ({"names": "ls", "quantity": "1,000"}, 422, "数量要填数字"),
        ({"names": "ls", "quantity": "0"}, 422, "数量要大于 0"),
        ({"names": "ls", "event_name": ""}, 422, "请写是哪次活动"),
        ({"names": "ls", "event_name": "长" * 61}, 422, "最多 60 个字"),
        ({"names": "ls", "claimed_by": "7"}, 422, ""),
        ({"names": "ls", "claimed_by": ""}, 422, "请选是谁收的签到表"),
        ({"names": "ls", "key": ""}, 422, "页面已经过期"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_claimed(
    client: FlaskClient, village: Place, homes: list[Household], changed: dict[str, object], status: int, sentence: str
) -> None:
    answer = send(client, "book", **changed)
    assert (answer.status_code, sentence in answer.text) == (status, True), answer.text
    assert "<script>" not in answer.text.replace("<script src", "")
    assert claims(village) == []


def test_another_villages_people_are_not_found(client: FlaskClient, village: Place, homes: list[Household]) -> None:
    stranger = make_household(make_village("miaopo", name="庙坡村"), "赵六")
    assert send(client, "book", who=[value(stranger)]).status_code == 404
    assert send(client, "book", who=[f"{homes[0].id}-{stranger.residents[0].id}"]).status_code == 404
    assert claims(village) == []


def test_without_households_or_rules_the_page_says_what_to_do(app: Flask, client: FlaskClient) -> None:
    village = make_village()
    sign_in(client, make_staff(village, Role.CLERK))
    assert "先到“住户”导入花名册" in client.get(SHEET).text
    make_household(village)
    assert "没有能凭签到表记的细则" in client.get(SHEET).text
    assert SIGNED_MEETING.code not in client.get(SHEET).text


def test_the_clerk_says_who_took_the_sheet_and_nothing_typed_is_lost(
    client: FlaskClient, village: Place, homes: list[Household]
) -> None:
    refused = send(client, "preview", who=[value(homes[0].residents[1])], claimed_by="")
    assert refused.status_code == 422
    assert re.findall(r'name="who"[^>]*value="([0-9-]+)" checked', refused.text) == [value(homes[0].residents[1])]
    assert 'value="村民会议"' in refused.text
    assert 'name="claimed_by" value="myself"' in send(client, "preview", names="ls").text.replace(' type="hidden"', "")
    assert send(client, "book", names="ls").status_code == 303
    clerk = claims(village)[0].claimed_by
    sign_in(client, make_staff(village, Role.GROUP_HEAD))
    assert send(client, "book", names="ww", claimed_by="").status_code == 303  # who takes the sheets asks nobody
    assert claims(village)[1].claimed_by != clerk


def test_who_alone_could_check_is_warned_before_recording(
    client: FlaskClient, village: Place, homes: list[Household]
) -> None:
    for page in (SHEET, RECORD):
        assert "现在除了您没有人能审" in client.get(page).text
    head = make_staff(village, Role.GROUP_HEAD)
    access.change_roles(head, village, [Role.GROUP_HEAD], SYSTEM, groups=[homes[0].group])
    assert "2组的现在除了您没有人能审" in client.get(RECORD).text
    make_staff(village, Role.GROUP_HEAD)  # without groups: for all of them
    for page in (SHEET, RECORD):
        assert "没有人能审" not in client.get(page).text
