"""Every page says who may see it, and only they do."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.guard import DECLARED
from pointsbank.access.models import Role
from pointsbank.access.permissions import PERMISSION_TABLE, Permission
from pointsbank.places.models import Place, PlaceKind
from tests.factories import make_staff, make_village
from tests.web.conftest import sign_in

STATIC = {"static", "bootstrap.static"}

# One page for each permission that has a page of its own without an object.
PAGES = {
    "/desk/qingxi/": Permission.SEE_VILLAGE,
    "/desk/qingxi/search?q=zs": Permission.SEE_VILLAGE,
    "/desk/qingxi/verify": Permission.VERIFY,
    "/desk/qingxi/settings": Permission.MANAGE_SETTINGS,
    "/desk/qingxi/settings/versions": Permission.MANAGE_SETTINGS,
    "/desk/qingxi/year-end": Permission.END_YEAR,
    "/desk/qingxi/trace/example": Permission.SEE_VILLAGE,
    "/desk/qingxi/staff": Permission.MANAGE_STAFF,
    "/desk/qingxi/staff/new": Permission.MANAGE_STAFF,
    "/desk/qingxi/devices": Permission.MANAGE_DEVICES,
    "/desk/qingxi/voices": Permission.MANAGE_DEVICES,
    "/desk/qingxi/calls": Permission.ANSWER_CALLS,
    "/desk/qingxi/people/": Permission.SEE_HOUSEHOLDS,
    "/desk/qingxi/people/import": Permission.MANAGE_PEOPLE,
    "/desk/qingxi/people/new": Permission.MANAGE_PEOPLE,
    "/desk/qingxi/covenant/": Permission.SEE_RULES,
    "/desk/qingxi/covenant/versions": Permission.SEE_RULES,
    "/desk/qingxi/covenant/import": Permission.MANAGE_RULES,
    "/desk/qingxi/covenant/draft": Permission.MANAGE_RULES,
    "/desk/qingxi/covenant/tables": Permission.SEE_RULES,
    "/desk/qingxi/deeds/": Permission.SEE_HOUSEHOLDS,
    "/desk/qingxi/deeds/record": Permission.RECORD_DEEDS,
    "/desk/qingxi/deeds/grid": Permission.RECORD_DEEDS,
    "/desk/qingxi/deeds/import": Permission.RECORD_DEEDS,
    "/desk/qingxi/deeds/sign-in": Permission.RECORD_DEEDS,
    "/desk/qingxi/deeds/drafts": Permission.RECORD_DEEDS,
    "/desk/qingxi/deeds/visits": Permission.RECORD_DEEDS,
    "/desk/qingxi/deeds/returned": Permission.RECORD_DEEDS,
    "/desk/qingxi/deeds/check": Permission.CHECK_CLAIMS,
    "/desk/qingxi/deeds/duplicates": Permission.CHECK_CLAIMS,
    "/desk/qingxi/deeds/meetings": Permission.REVIEW_CLAIMS,
    "/desk/qingxi/deeds/meetings/new": Permission.REVIEW_CLAIMS,
    "/desk/qingxi/deeds/kin": Permission.DECLARE_KIN,
    "/desk/qingxi/deeds/deductions": Permission.CHECK_CLAIMS,
    "/desk/qingxi/deeds/reminders": Permission.CHECK_CLAIMS,
    "/desk/qingxi/deeds/reminders/new": Permission.CHECK_CLAIMS,
    "/desk/qingxi/deeds/notices": Permission.SEE_HOUSEHOLDS,
    "/desk/qingxi/deeds/objections": Permission.EXAMINE_OBJECTIONS,
    "/desk/qingxi/deeds/objections/new": Permission.TAKE_OBJECTIONS,
    "/desk/qingxi/deeds/oversight": Permission.SEE_OVERSIGHT,
    "/desk/qingxi/cards/": Permission.MANAGE_CARDS,
    "/desk/qingxi/market/goods": Permission.SEE_GOODS,
    "/desk/qingxi/market/moves": Permission.SEE_GOODS,
    "/desk/qingxi/market/receive": Permission.MANAGE_GOODS,
    "/desk/qingxi/market/goods/import": Permission.MANAGE_GOODS,
    "/desk/qingxi/market/stocktakes": Permission.SEE_GOODS,
    "/desk/qingxi/market/closes": Permission.SEE_GOODS,
    "/desk/qingxi/market/purchases": Permission.SEE_GOODS,
    "/desk/qingxi/market/purchases/new": Permission.MANAGE_GOODS,
    "/desk/qingxi/market/partners": Permission.SEE_GOODS,
    "/desk/qingxi/market/partners/new": Permission.MANAGE_PARTNERS,
    "/desk/qingxi/market/settlements": Permission.SEE_GOODS,
    "/desk/qingxi/market/settlements/new": Permission.MANAGE_GOODS,
    "/desk/qingxi/market/closes/today": Permission.MANAGE_GOODS,
    "/desk/qingxi/market/counter": Permission.SERVE_COUNTER,
    "/desk/qingxi/market/wanted": Permission.SERVE_COUNTER,
    "/desk/qingxi/market/demand": Permission.SEE_GOODS,
    "/desk/qingxi/market/orders": Permission.MANAGE_GOODS,
    "/desk/qingxi/market/redemptions": Permission.SERVE_COUNTER,
    "/desk/qingxi/fund/": Permission.SEE_FUND,
    "/desk/qingxi/fund/donations": Permission.SEE_FUND,
    "/desk/qingxi/fund/subsidies": Permission.SEE_FUND,
    "/desk/qingxi/fund/coverage": Permission.SEE_FUND,
    "/desk/qingxi/fund/income": Permission.MANAGE_FUND,
    "/desk/qingxi/fund/spending": Permission.MANAGE_FUND,
    "/desk/qingxi/fund/donations/new": Permission.MANAGE_FUND,
    "/desk/qingxi/fund/donations/new?gift=goods": Permission.MANAGE_FUND,
    "/desk/qingxi/fund/subsidies/new": Permission.MANAGE_FUND,
}


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def test_every_route_declares_who_may(app: Flask) -> None:
    silent = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in STATIC and not hasattr(app.view_functions[rule.endpoint], DECLARED)
    ]
    assert silent == []


def test_every_page_of_a_village_asks_for_a_permission_there(app: Flask) -> None:
    known = {permission.value for permission in Permission}
    others = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/desk/") and getattr(app.view_functions[rule.endpoint], DECLARED) not in known
    ]
    assert others == []


@pytest.mark.parametrize("role", list(Role))
def test_a_role_sees_the_pages_of_the_table_and_no_others(client: FlaskClient, village: Place, role: Role) -> None:
    sign_in(client, make_staff(village, role))
    for path, permission in PAGES.items():
        expected = 200 if role in PERMISSION_TABLE[permission] else 403
        assert client.get(path).status_code == expected, path


def test_nobody_sees_a_village_without_signing_in(client: FlaskClient, village: Place) -> None:
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in?next=")


def test_another_village_and_an_unknown_one_are_the_same_to_a_stranger(client: FlaskClient, village: Place) -> None:
    make_village("miaopo", PlaceKind.COMMUNITY, "庙坡社区")
    sign_in(client, make_staff(village, Role.ADMINISTRATOR, Role.CLERK))
    others = client.get("/desk/miaopo/")
    unknown = client.get("/desk/nowhere/")
    assert others.status_code == unknown.status_code == 404
    assert others.text.replace("miaopo", "nowhere") == unknown.text


def test_a_person_of_another_village_is_not_found_here(client: FlaskClient, village: Place) -> None:
    stranger = make_staff(make_village("miaopo", name="庙坡村"), Role.CLERK)
    sign_in(client, make_staff(village, Role.ADMINISTRATOR))
    assert client.get(f"/desk/qingxi/staff/{stranger.id}").status_code == 404


def test_a_number_too_large_for_a_database_is_an_unknown_page(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, Role.ADMINISTRATOR))
    assert client.get(f"/desk/qingxi/staff/{2**63}").status_code == 404
