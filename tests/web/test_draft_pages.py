"""A line kept as a draft, a sheet kept as drafts, handed in, mended and dropped at the desk."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role, Staff
from pointsbank.covenant.models import Step
from pointsbank.deeds import queries
from pointsbank.deeds.models import ClaimState
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import HELPING, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.web.conftest import post, sign_in

DRAFTS = "/desk/qingxi/deeds/drafts"
RECORD = "/desk/qingxi/deeds/record"
HELP = replace(HELPING, steps=(Step.CHECK,))


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, HELP)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


@pytest.fixture
def head(client: FlaskClient, village: Place, household: Household) -> Staff:
    staff = make_staff(village, Role.GROUP_HEAD, name="李组长")
    sign_in(client, staff)
    return staff


def keep(client: FlaskClient) -> None:
    line = {"who": "张三", "rule": HELP.code, "quantity": "1", "occurred_on": "今天", "key": new_key(), "act": "keep"}
    assert post(client, RECORD, line).status_code == 303


def state(village: Place, serial: int) -> ClaimState:
    return queries.claim(village.id, serial).state


def test_a_line_is_kept_then_handed_in(client: FlaskClient, village: Place, head: Staff) -> None:
    assert "没有草稿" in client.get(DRAFTS).text
    keep(client)
    assert state(village, 1) is ClaimState.DRAFT
    assert "草稿 1 件没交" in client.get(RECORD).text
    assert "第 1 号" in client.get("/desk/qingxi/deeds/1").text
    assert post(client, DRAFTS, {"key": new_key(), "act": "hand_in"}).status_code == 422  # nothing is ticked
    assert post(client, DRAFTS, {"claim": ["1"], "key": new_key(), "act": "hand_in"}).status_code == 303
    assert state(village, 1) is ClaimState.SUBMITTED
    assert post(client, DRAFTS, {"claim": ["1"], "key": new_key(), "act": "hand_in"}).status_code == 409


def test_a_draft_is_mended_and_another_dropped(client: FlaskClient, village: Place, head: Staff) -> None:
    keep(client)
    keep(client)
    page = client.get("/desk/qingxi/deeds/1/mend").text
    assert "改好了，交上去" in page
    mended = {"quantity": "2", "occurred_on": "昨天", "resident": "", "revision": "1", "key": new_key()}
    assert post(client, "/desk/qingxi/deeds/1/mend", mended).status_code == 303
    assert (state(village, 1), queries.claim(village.id, 1).quantity) == (ClaimState.SUBMITTED, 200)
    assert post(client, DRAFTS, {"claim": ["2"], "key": new_key(), "act": "discard"}).status_code == 303
    assert state(village, 2) is ClaimState.CANCELLED


def test_another_head_does_not_touch_it_and_the_clerk_may(client: FlaskClient, village: Place, head: Staff) -> None:
    keep(client)
    sign_in(client, make_staff(village, Role.GROUP_HEAD, name="王组长"))
    assert "张三" not in client.get(DRAFTS).text
    assert post(client, DRAFTS, {"claim": ["1"], "key": new_key(), "act": "discard"}).status_code == 403
    assert post(client, DRAFTS, {"claim": ["1x"], "key": new_key(), "act": "discard"}).status_code == 422
    sign_in(client, make_staff(village, Role.CLERK, name="文书"))
    assert "张三" in client.get(f"{DRAFTS}?all=1").text
    assert post(client, f"{DRAFTS}?all=1", {"claim": ["1"], "key": new_key(), "act": "hand_in"}).status_code == 303


def test_a_whole_sheet_is_kept(client: FlaskClient, village: Place, household: Household, head: Staff) -> None:
    sheet = {
        "group": str(household.group.number),
        "occurred_on": "今天",
        "rule": HELP.code,
        f"q-{household.serial}-{HELP.code}": "2",
        "key": new_key(),
        "act": "keep",
    }
    assert post(client, "/desk/qingxi/deeds/grid", sheet).status_code == 303
    assert (state(village, 1), queries.claim(village.id, 1).quantity) == (ClaimState.DRAFT, 200)
