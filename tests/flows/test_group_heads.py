"""A group head who is tied to groups works for these alone; one who is tied to none works for the village."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access import queries as access
from pointsbank.access import services as staff_services
from pointsbank.access.models import Role, Staff
from pointsbank.covenant.models import Step
from pointsbank.deeds.errors import NotYourGroupError
from pointsbank.deeds.models import ClaimState
from pointsbank.deeds.services import DeedDraft, hanging_photos, noticing, record
from pointsbank.deeds.services.checking import pass_check
from pointsbank.deeds.services.evidence_files import CleanFile
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.pictures import JPEG
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.deed_rules import HELPING, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.meetings import claim_of, make_claim
from tests.web.conftest import post, sign_in

HELP = replace(HELPING, steps=(Step.CHECK,))


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, HELP)
    return place


@pytest.fixture
def near(village: Place) -> Household:
    return make_household(village, "张三", number="01-001", group=1)


@pytest.fixture
def far(village: Place) -> Household:
    return make_household(village, "李四", number="02-001", group=2)


def make_head(village: Place, *groups: Household, roles: tuple[Role, ...] = (Role.GROUP_HEAD,)) -> Staff:
    head = make_staff(village, *roles, name="赵组长")
    staff_services.change_roles(head, village, list(roles), SYSTEM, groups=[one.group for one in groups])
    return head


def test_a_tied_head_records_and_checks_only_the_own_groups(village: Place, near: Household, far: Household) -> None:
    head = make_head(village, near)
    record(village, DeedDraft(near.id, HELP.code, 100, clock.today()), head.actor, new_key())
    with pytest.raises(NotYourGroupError, match="您管的是"):
        record(village, DeedDraft(far.id, HELP.code, 100, clock.today()), head.actor, new_key())

    here, there = make_claim(village, near, HELP), make_claim(village, far, HELP)
    pass_check(village, [here], head.actor, new_key())
    with pytest.raises(NotYourGroupError):
        pass_check(village, [there], head.actor, new_key())
    assert (claim_of(village, here).state, claim_of(village, there).state) == (
        ClaimState.APPROVED,
        ClaimState.SUBMITTED,
    )


def test_a_tied_head_hangs_the_own_groups_sheet_and_not_anothers(
    village: Place, near: Household, far: Household, tmp_path: Path
) -> None:
    places.change_settings(village.id, VillageSettings(notice_by_group=True), date(2025, 1, 1), SYSTEM)
    head = make_head(village, near)
    pass_check(village, [make_claim(village, one, HELP) for one in (near, far)], SYSTEM, new_key())
    serial = noticing.prepare(village, clock.today(), None, SYSTEM, new_key())["notice"]

    def hang(position: int, actor: Actor = head.actor) -> None:
        sheet = noticing.HangingDraft(position, "公开栏", "赵组长", clock.today())
        noticing.hang(village, serial, sheet, actor, new_key())

    hang(1)  # that of the village
    hang(2)
    with pytest.raises(NotYourGroupError):
        hang(3)
    hang(3, SYSTEM)
    photo = hanging_photos.PhotoDraft(3, CleanFile(b"a photo", JPEG))
    with pytest.raises(NotYourGroupError):
        hanging_photos.put(village, serial, photo, tmp_path, head.actor, new_key())
    assert list(tmp_path.rglob("*.jpg")) == []


def test_who_is_tied_to_none_or_is_the_clerk_as_well_works_for_all(
    village: Place, near: Household, far: Household
) -> None:
    free = make_staff(village, Role.GROUP_HEAD, name="钱网格员")
    clerk = make_head(village, near, roles=(Role.GROUP_HEAD, Role.CLERK))
    for who in (free, clerk):
        done = record(village, DeedDraft(far.id, HELP.code, 100, clock.today()), who.actor, new_key())
        assert done["state"] == "submitted"


def test_a_head_who_is_untied_or_no_head_any_more_leaves_no_tie(village: Place, near: Household) -> None:
    head = make_head(village, near)
    assert [group.id for group in access.groups_headed(village.id, head.actor) or []] == [near.group_id]
    staff_services.change_roles(head, village, [Role.REVIEWER], SYSTEM, groups=[near.group])
    assert access.groups_headed(village.id, head.actor) is None


def test_the_administrator_ties_a_head_on_the_page_and_the_head_sees_the_own_groups_only(
    client: FlaskClient, village: Place, near: Household, far: Household
) -> None:
    head = make_staff(village, Role.GROUP_HEAD, name="孙组长")
    make_claim(village, near, HELP)
    make_claim(village, far, HELP)
    sign_in(client, make_staff(village, Role.ADMINISTRATOR, name="管理员甲"))
    page = f"/desk/qingxi/staff/{head.id}"
    ticked = {"roles": ["group_head"], "groups": [str(far.group_id)]}
    assert post(client, page, ticked, page).status_code == 303
    assert far.group.name in client.get("/desk/qingxi/staff").get_data(as_text=True)
    assert post(client, page, {**ticked, "groups": ["999"]}, page).status_code == 422

    sign_in(client, head)
    listed = client.get("/desk/qingxi/deeds/check").get_data(as_text=True)
    assert "李四" in listed
    assert "张三" not in listed
    assert f">{near.group.name}<" not in client.get("/desk/qingxi/deeds/grid").get_data(as_text=True)
