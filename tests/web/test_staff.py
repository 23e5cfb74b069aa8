"""An administrator lets people in and out, and cannot lock everybody out."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access import services
from pointsbank.access.models import Role, Staff
from pointsbank.access.queries import roles_at
from pointsbank.foundation.actor import SYSTEM
from pointsbank.places.models import Place
from tests.factories import make_staff, make_village
from tests.web.conftest import post, sign_in

STAFF = "/desk/qingxi/staff"


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def administrator(village: Place, client: FlaskClient) -> Staff:
    staff = make_staff(village, Role.ADMINISTRATOR, name="周主任")
    sign_in(client, staff)
    return staff


def shown_password(page: str) -> str:
    found = re.search(r"[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}", page)
    assert found is not None
    return found[0]


def test_a_new_person_signs_in_with_the_password_shown_once(
    app: Flask, client: FlaskClient, administrator: Staff
) -> None:
    page = post(client, f"{STAFF}/new", {"name": "李文书", "roles": ["clerk", "reviewer"]})
    password = shown_password(page.text)
    assert password not in client.get(STAFF).text
    browser = app.test_client()
    assert post(browser, "/sign-in", {"name": "李文书", "password": password}).status_code == 303
    assert browser.get("/desk/qingxi/settings").status_code == 200
    assert browser.get(STAFF).status_code == 403


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"name": "李文书"}, "请至少勾选一个岗位"),
        ({"name": "", "roles": "clerk"}, "请填写姓名"),
        ({"name": "周主任", "roles": "clerk"}, "已经有人用了"),
        ({"name": "李" * 41, "roles": "clerk"}, "最多 40 个字"),
        ({"name": "<b>李</b>", "roles": "clerk"}, "不能用的符号"),
        ({"name": "李文书", "roles": "king"}, "king"),
    ],
)
def test_a_person_is_not_added_without_a_good_name_and_a_role(
    client: FlaskClient, administrator: Staff, data: dict[str, str], sentence: str
) -> None:
    answer = post(client, f"{STAFF}/new", data)
    assert 400 <= answer.status_code < 500
    assert sentence in answer.text


def test_roles_are_given_and_taken(client: FlaskClient, village: Place, administrator: Staff) -> None:
    shopkeeper = make_staff(village, Role.SHOPKEEPER)
    assert post(client, f"{STAFF}/{shopkeeper.id}", {"roles": ["reviewer"]}).status_code == 303
    assert roles_at(shopkeeper, village) == {Role.REVIEWER}


def test_the_last_administrator_stays(client: FlaskClient, village: Place, administrator: Staff) -> None:
    refused = post(client, f"{STAFF}/{administrator.id}", {"roles": ["clerk"]})
    assert refused.status_code == 409
    assert "至少要留一位管理员" in refused.text
    post(client, f"{STAFF}/{administrator.id}/close")
    assert roles_at(administrator, village) == {Role.ADMINISTRATOR}
    assert "至少要留一位管理员" in client.get(f"{STAFF}/{administrator.id}").text


def test_an_administrator_may_leave_when_there_is_another(
    client: FlaskClient, village: Place, administrator: Staff
) -> None:
    make_staff(village, Role.ADMINISTRATOR)
    assert post(client, f"{STAFF}/{administrator.id}/close").status_code == 303
    assert client.get(STAFF).location.startswith("/sign-in")


def test_a_reset_password_replaces_the_old_one(
    app: Flask, client: FlaskClient, village: Place, administrator: Staff
) -> None:
    clerk = make_staff(village, Role.CLERK)
    browser = app.test_client()
    sign_in(browser, clerk)
    password = shown_password(post(client, f"{STAFF}/{clerk.id}/password").text)
    assert browser.get("/desk/qingxi/").location.startswith("/sign-in")
    sign_in(browser, clerk, password)


def test_an_account_of_another_village_keeps_its_password(
    app: Flask, client: FlaskClient, village: Place, administrator: Staff
) -> None:
    officer = make_staff(make_village("miaopo", name="庙坡村"), Role.OFFICER)
    services.change_roles(officer, village, [Role.OFFICER], SYSTEM)
    assert post(client, f"{STAFF}/{officer.id}/password").status_code == 403
    sign_in(app.test_client(), officer)


def test_a_closed_account_is_signed_out(app: Flask, client: FlaskClient, village: Place, administrator: Staff) -> None:
    clerk = make_staff(village, Role.CLERK)
    browser = app.test_client()
    sign_in(browser, clerk)
    assert post(client, f"{STAFF}/{clerk.id}/close").status_code == 303
    assert browser.get("/desk/qingxi/").location.startswith("/sign-in")
    assert clerk.name not in client.get(STAFF).text.split("<table", 1)[1]
