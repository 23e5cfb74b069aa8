"""A village begins with the program's rules or its own; a file is looked at first, then adopted whole."""

import base64
import re
from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.covenant import queries, sheets
from pointsbank.covenant.forms.books import FileForm
from pointsbank.covenant.services import draft_of
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from tests.factories import make_staff, make_village
from tests.rules import HONOUR, ROW, RULES, changed, make_rules, sheet
from tests.web.conftest import post, sign_in

ROOM = "/desk/qingxi/covenant/"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


def preview(client: FlaskClient, content: bytes, name: str = "细则.xlsx") -> TestResponse:
    return post(client, ROOM + "import", {"file": (BytesIO(content), name)})


def hidden(page: TestResponse) -> dict[str, str]:
    """What the form of a page carries and what it offers."""
    return dict(re.findall(r'<input[^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', page.text))


def codes(village: Place) -> list[str]:
    latest = queries.latest_book(village.id)
    return [rule.code for rule in queries.rules_of(latest)] if latest else []


def test_an_empty_village_is_shown_the_ways_to_begin(client: FlaskClient, village: Place) -> None:
    page = client.get(ROOM)
    assert f'action="{ROOM}standard"' in page.text
    assert f'href="{ROOM}import"' in page.text
    assert hidden(page)["effective_on"] == "2026-01-01"
    assert "第一版默认从年初起生效" in page.text


def test_the_standard_rules_are_taken_in_one_act(client: FlaskClient, village: Place) -> None:
    sent = hidden(client.get(ROOM))
    answers = [post(client, ROOM + "standard", sent) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, ROOM)] * 2
    assert len(queries.book_lines(village.id)) == 1
    assert queries.rule_on(village.id, date(2026, 3, 10), "GY01").points == 2_00
    page = client.get(ROOM).text
    assert "通用细则 86 条已经采用，从 2026年1月1日起生效" in page
    assert "共 86 条" in page


def test_the_standard_rules_are_refused_where_there_are_rules(client: FlaskClient, village: Place) -> None:
    sent = hidden(client.get(ROOM))
    make_rules(village, HONOUR)
    answer = post(client, ROOM + "standard", sent)
    assert answer.status_code == 409
    assert codes(village) == ["XJ01"]


@pytest.mark.parametrize("day", ["", "2026-02-30", "1900-01-01", "9999-12-31"])
def test_the_day_of_the_standard_rules_is_checked_at_its_field(client: FlaskClient, village: Place, day: str) -> None:
    answer = post(client, ROOM + "standard", {**hidden(client.get(ROOM)), "effective_on": day})
    assert answer.status_code == 422
    assert 'id="effective_on-error"' in answer.text
    assert codes(village) == []


def test_a_file_is_looked_at_before_anything_is_written(client: FlaskClient, village: Place) -> None:
    make_rules(village)
    page = preview(client, sheet({**ROW, "分值": 3}, {**ROW, "编号": "GY02", "内容": "<b>打扫</b>"}))
    assert page.status_code == 200
    for words in ("<del>+2 分/小时</del>", "<ins>+3 分/小时</ins>", "&lt;b&gt;打扫", "<del>获国家级表彰</del>"):
        assert words in page.text, words
    assert [draft_of(rule) for rule in queries.rules_on(village.id, date(2026, 3, 18))] == list(RULES)


def test_the_file_that_was_looked_at_goes_into_the_draft_once(client: FlaskClient, village: Place) -> None:
    make_rules(village)
    sent = hidden(preview(client, sheet({**ROW, "分值": 3}, {**ROW, "编号": "GY02"})))
    answers = [post(client, ROOM + "import/draft", sent) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, ROOM + "draft")] * 2
    assert [rule.code for rule in queries.draft_rules(village.id) or []] == ["GY01", "GY02"]
    assert codes(village) == ["XJ01", "GY01", "KF01", "KF14"]
    assert "新增 1 条，改动或删去 4 条，不变 0 条。看过改动，再采用。" in client.get(ROOM + "draft").text
    exported = client.get(ROOM + "draft/rules.xlsx")
    assert exported.headers["Content-Disposition"] == "attachment; filename=rules-qingxi-draft.xlsx"
    assert sheets.plan_draft_import(village, exported.data).unchanged == 2


def test_a_first_file_is_adopted_at_once(client: FlaskClient, village: Place) -> None:
    sent = hidden(preview(client, sheet(ROW)))
    answers = [post(client, ROOM + "import/adopt", sent) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, ROOM + "versions/1")] * 2
    page = client.get(ROOM + "versions/1").text
    assert "细则表已采用，一共 1 条。第 1 版从 2026年1月1日起生效。" in page
    assert "导入细则表" in page
    make_rules(village, HONOUR)
    assert post(client, ROOM + "import/adopt", {**sent, "key": new_key()}).status_code == 409  # the second: a draft
    assert codes(village) == ["XJ01"]


def test_a_first_file_is_offered_from_new_year(client: FlaskClient, village: Place) -> None:
    page = preview(client, sheet(ROW))
    assert hidden(page)["effective_on"] == "2026-01-01"
    assert "第一版默认从年初起生效" in page.text


def test_wrong_rows_are_listed_and_nothing_can_be_adopted(client: FlaskClient, village: Place) -> None:
    make_rules(village)
    content = sheet(ROW, {**ROW, "编号": "GY02", "分值": "很多"})
    page = preview(client, content)
    assert page.status_code == 422
    assert "分值要填数字" in page.text
    assert "import/draft" not in page.text
    # Even a page that was tampered with adopts nothing.
    good = hidden(preview(client, sheet({**ROW, "分值": 3})))
    forged = {**good, "content": base64.b64encode(content).decode()}
    assert post(client, ROOM + "import/draft", forged).status_code == 422
    assert queries.draft_rules(village.id) is None


def test_a_file_that_says_the_same_needs_no_adopting(client: FlaskClient, village: Place) -> None:
    make_rules(village)
    page = preview(client, sheets.export_rules(village))
    assert page.status_code == 200
    assert "一条不差" in page.text
    assert "import/draft" not in page.text


def test_whoever_looked_before_somebody_else_changed_the_rules_is_told_and_shown(
    client: FlaskClient, village: Place
) -> None:
    make_rules(village)
    sent = hidden(preview(client, sheet({**ROW, "分值": 3})))
    make_rules(village, changed(HONOUR, points=1_00), effective_on=date(2026, 3, 18))
    told = post(client, ROOM + "import/draft", sent)
    assert told.status_code == 409
    assert "刚才有人改过细则" in told.text
    assert queries.draft_rules(village.id) is None
    again = hidden(told)
    assert again["seen_version"] == "2"
    assert post(client, ROOM + "import/draft", again).status_code == 303
    assert [rule.code for rule in queries.draft_rules(village.id) or []] == ["GY01"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("effective_on", ""),
        ("effective_on", "2026-02-30"),
        ("effective_on", "2014-12-31"),
        ("effective_on", "9999-12-31"),
        ("reason", ""),
        ("reason", "因" * 201),
    ],
)
def test_a_wrong_day_or_reason_is_refused_at_its_field_and_the_file_stays(
    client: FlaskClient, village: Place, field: str, value: str
) -> None:
    sent = hidden(preview(client, sheet(ROW)))
    answer = post(client, ROOM + "import/adopt", {**sent, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert hidden(answer)["content"] == sent["content"]
    assert queries.book_lines(village.id) == []


@pytest.mark.parametrize("content", ["", "!!!", "AAAA", "UEsDBA==", "字"])
def test_a_page_without_its_file_asks_for_it_again(client: FlaskClient, village: Place, content: str) -> None:
    make_rules(village)
    sent = {"seen_version": "1", "seen_revision": "0", "key": new_key(), "content": content}
    answer = post(client, ROOM + "import/draft", sent)
    assert answer.status_code == 422
    assert 'type="file"' in answer.text


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"code,name\nGY01,x", 422),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 422),
        (b"PK\x03\x04" + b"\0" * 100, 422),
    ],
)
def test_what_is_no_sheet_of_rules_is_told_at_the_file(
    client: FlaskClient, village: Place, content: bytes, status: int
) -> None:
    answer = preview(client, content, name="../../etc/rules.xlsx")
    assert answer.status_code == status
    assert 'id="file-error"' in answer.text


def test_a_file_that_is_too_large_is_told_at_the_file(
    client: FlaskClient, village: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileForm, "bytes_max", 1_000)
    answer = preview(client, sheet(ROW))
    assert answer.status_code == 413
    assert 'id="file-error"' in answer.text


def test_no_file_at_all_is_told(client: FlaskClient, village: Place) -> None:
    answer = post(client, ROOM + "import", {})
    assert answer.status_code == 422
    assert "请先选一个文件" in answer.text
    assert post(client, ROOM + "import", {"file": "不是文件"}).status_code == 422
