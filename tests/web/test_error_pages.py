"""Whatever goes wrong, a person gets a Chinese sentence with a way back, and a script gets JSON."""

import logging
import re

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue

from pointsbank.foundation.errors import ConflictError
from pointsbank.foundation.points import parse_points

AS_JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def failing_pages(app: Flask) -> None:
    """Pages that fail in every way a page can."""

    def sold_out() -> ResponseReturnValue:
        raise ConflictError("大米刚刚被换完了。请换一样，积分没有动。")

    def broken() -> ResponseReturnValue:
        raise RuntimeError("a secret of the program")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/fail/<int:code>", "fail", abort)
    app.add_url_rule("/sold-out", "sold_out", sold_out)
    app.add_url_rule("/kiosk/sold-out", "kiosk_sold_out", sold_out)
    app.add_url_rule("/broken", "broken", broken)
    app.add_url_rule("/form", "form", lambda: "taken", methods=["POST"])
    app.add_url_rule("/points/<text>", "points", lambda text: str(parse_points(text)))


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 415, 418, 422, 429, 500, 503])
def test_every_status_has_a_chinese_page_with_a_way_back(client: FlaskClient, status: int) -> None:
    answer = client.get(f"/fail/{status}")
    assert answer.status_code == status
    headline = re.search(r"<h1>(.+?)</h1>", answer.text)
    assert headline is not None
    assert re.fullmatch("[\u4e00-\u9fff]+", headline[1])
    assert 'href="/"' in answer.text


def test_an_unknown_address_is_not_found(client: FlaskClient) -> None:
    answer = client.get("/no/such/page")
    assert answer.status_code == 404
    assert "没有找到这一页" in answer.text


def test_a_wrong_method_says_which_one_is_right(client: FlaskClient) -> None:
    answer = client.get("/form")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_what_a_service_refused_is_told_in_its_own_words_with_its_status(client: FlaskClient) -> None:
    answer = client.get("/sold-out")
    assert answer.status_code == 409
    assert "大米刚刚被换完了。请换一样，积分没有动。" in answer.text


def test_what_a_person_sent_is_never_written_as_html(client: FlaskClient) -> None:
    answer = client.get("/points/<script>alert(1)</script>".replace("/s", "%2Fs"))
    assert "<script>alert" not in answer.text


def test_a_failure_of_the_program_shows_a_number_and_logs_what_happened(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert "a secret of the program" not in answer.text
    incident = re.search(r"<strong>(0318-[0-9A-F]{6})</strong>", answer.text)
    assert incident is not None
    assert incident[1] in caplog.text
    assert "a secret of the program" in caplog.text


def test_a_script_gets_the_sentence_as_json(client: FlaskClient) -> None:
    answer = client.get("/sold-out", headers=AS_JSON)
    assert answer.status_code == 409
    assert answer.json == {
        "error": {"code": "conflict", "message": "大米刚刚被换完了。请换一样，积分没有动。", "incident": None}
    }


def test_a_script_gets_the_number_of_a_failure(client: FlaskClient) -> None:
    answer = client.get("/broken", headers=AS_JSON)
    assert answer.status_code == 500
    assert answer.json is not None
    assert answer.json["error"]["code"] == "internal_error"
    assert answer.json["error"]["incident"].startswith("0318-")


def test_the_kiosk_shows_errors_in_its_own_big_letters(client: FlaskClient) -> None:
    answer = client.get("/kiosk/sold-out")
    assert answer.status_code == 409
    assert '<html lang="zh-CN" class="kiosk">' in answer.text
    assert 'href="/kiosk' in answer.text


@pytest.mark.parametrize(
    ("referrer", "offered"),
    [
        ("http://localhost/desk/qingxi/?month=2026-02", True),
        ("http://evil.example/desk/qingxi/?month=2026-02", False),
        ("http://localhost//evil.example", False),
        ("http://localhost/sold-out", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_the_page_before_is_offered_only_when_it_is_ours_and_another(
    client: FlaskClient, referrer: str, *, offered: bool
) -> None:
    answer = client.get("/sold-out", headers={"Referer": referrer})
    assert ("返回上一页" in answer.text) is offered
    assert "evil.example" not in answer.text


def test_a_form_left_open_too_long_keeps_what_was_typed(client: FlaskClient) -> None:
    typed = {"name": "曾雨桐", "note": 'a "quote"', "password": "correct horse", "csrf_token": "stale"}
    answer = client.post("/form?step=2", data=typed, headers={"Origin": "http://localhost"})
    assert answer.status_code == 400
    assert "页面放得太久了" in answer.text
    assert 'name="name" value="曾雨桐"' in answer.text
    assert "a &#34;quote&#34;" in answer.text
    assert "correct horse" not in answer.text
    assert 'action="/form?step=2"' in answer.text


def test_what_was_kept_can_be_submitted_again(client: FlaskClient) -> None:
    expired = client.post("/form", data={"name": "曾雨桐"}, headers={"Origin": "http://localhost"})
    token = re.search(r'name="csrf_token" value="([^"]+)"', expired.text)
    assert token is not None
    assert client.post("/form", data={"name": "曾雨桐", "csrf_token": token[1]}).text == "taken"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
def test_a_strangers_form_is_never_laid_before_a_person(client: FlaskClient, origin: str) -> None:
    answer = client.post("/form", data={"name": "planted"}, headers={"Origin": origin})
    assert answer.status_code == 400
    assert "planted" not in answer.text
    assert "<form" not in answer.text


@pytest.mark.parametrize("address", ["/desk/qing%00xi/", "/sign-in?next=%00", "/public/qingxi/?a%00b=1"])
def test_a_nul_in_an_address_is_refused_at_the_door(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert "这一步没有看懂" in answer.text
