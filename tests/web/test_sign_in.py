"""Signing in lets in those who know their password, and gives nothing away to others."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access import services as access
from pointsbank.access.models import Role, Staff
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from tests.factories import PASSWORD, make_staff, make_village
from tests.web.conftest import post, sign_in

HOME = "/desk/qingxi/"


@pytest.fixture
def staff(app: Flask) -> Staff:
    return make_staff(make_village(), Role.CLERK, name="周文书")


def without_token(page: str) -> str:
    return re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', r"\1", page)


def test_a_person_comes_to_the_desk_of_the_one_village(client: FlaskClient, staff: Staff) -> None:
    answer = post(client, "/sign-in", {"name": "周文书", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/").location == HOME


def test_a_person_of_two_villages_chooses(client: FlaskClient, staff: Staff) -> None:
    access.change_roles(staff, make_village("miaopo", name="庙坡村"), [Role.OFFICER], SYSTEM)
    sign_in(client, staff)
    page = client.get("/")
    assert page.status_code == 200
    assert "/desk/qingxi/" in page.text
    assert "/desk/miaopo/" in page.text


def test_the_page_asked_for_comes_after_signing_in(client: FlaskClient, staff: Staff) -> None:
    asked = client.get("/desk/qingxi/?month=2026-02")
    assert asked.location.startswith("/sign-in?next=")
    page = client.get(asked.location)
    assert 'value="/desk/qingxi/?month=2026-02"' in page.text
    answer = post(client, "/sign-in", {"name": "周文书", "password": PASSWORD, "next": "/desk/qingxi/?month=2026-02"})
    assert answer.location == "/desk/qingxi/?month=2026-02"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "///evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "desk",
        "\\\\evil.example",
        "/\x00/evil",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(client: FlaskClient, staff: Staff, target: str) -> None:
    answer = post(client, "/sign-in", {"name": "周文书", "password": PASSWORD, "next": target})
    assert answer.location == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client: FlaskClient, staff: Staff) -> None:
    wrong = post(client, "/sign-in", {"name": "周文书", "password": "wrong password"})
    unknown = post(client, "/sign-in", {"name": "周文言", "password": "wrong password"})
    assert wrong.status_code == unknown.status_code == 422
    assert "姓名或密码不对" in wrong.text
    assert without_token(wrong.text).replace("周文书", "周文言") == without_token(unknown.text)


def test_a_closed_account_cannot_sign_in(client: FlaskClient, staff: Staff) -> None:
    access.close_staff(staff, staff.home, SYSTEM)
    answer = post(client, "/sign-in", {"name": "周文书", "password": PASSWORD})
    assert answer.status_code == 422


def test_after_five_wrong_tries_even_the_right_password_waits(
    client: FlaskClient, staff: Staff, still_clock: FixedClock
) -> None:
    for _ in range(5):
        assert post(client, "/sign-in", {"name": "周文书", "password": "wrong password"}).status_code == 422
    waiting = post(client, "/sign-in", {"name": "周文书", "password": PASSWORD})
    assert waiting.status_code == 429
    assert "15 分钟" in waiting.text
    still_clock.move(timedelta(minutes=15, seconds=1))
    assert post(client, "/sign-in", {"name": "周文书", "password": PASSWORD}).status_code == 303


def test_signing_in_starts_a_new_session(client: FlaskClient, staff: Staff) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by a stranger"
    sign_in(client, staff)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_signing_out_closes_the_desk(client: FlaskClient, staff: Staff) -> None:
    sign_in(client, staff)
    assert client.get(HOME).status_code == 200
    assert post(client, "/sign-out").status_code == 303
    assert client.get(HOME).location.startswith("/sign-in")


def test_a_session_that_stood_idle_is_over(client: FlaskClient, staff: Staff) -> None:
    sign_in(client, staff)
    cookie = client.get_cookie("pointsbank")
    assert cookie is not None
    assert cookie.expires is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_a_new_password_ends_the_other_sessions(app: Flask, client: FlaskClient, staff: Staff) -> None:
    other = app.test_client()
    sign_in(client, staff)
    sign_in(other, staff)
    data = {"old": PASSWORD, "new": "river stone lamp", "again": "river stone lamp"}
    assert post(client, "/password", data).status_code == 303
    assert client.get(HOME).status_code == 200
    assert other.get(HOME).location.startswith("/sign-in")


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        ("not the old one", "river stone lamp", "river stone lamp", "现在的密码不对"),
        (PASSWORD, "short", "short", "密码至少 8 个字符"),
        (PASSWORD, "river stone lamp", "river stone limp", "两次输入的新密码不一样"),
    ],
)
def test_a_new_password_is_refused_with_a_reason(
    client: FlaskClient, staff: Staff, old: str, new: str, again: str, sentence: str
) -> None:
    sign_in(client, staff)
    answer = post(client, "/password", {"old": old, "new": new, "again": again})
    assert answer.status_code == 422
    assert sentence in answer.text
    sign_in(client, staff)
