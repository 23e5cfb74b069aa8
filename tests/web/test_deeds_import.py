"""A file of deeds on screen: chosen once, shown with points and reasons, booked as a whole; and deeds as a file."""

import base64
import re
from collections.abc import Mapping
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.access.permissions import Permission, permissions_of
from pointsbank.deeds import queries
from pointsbank.deeds.forms import files
from pointsbank.deeds.views import files as file_views
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import make_rules
from tests.factories import make_household, make_staff, make_village
from tests.web.conftest import post, sign_in

IMPORT, EXPORT = "/desk/qingxi/deeds/import", "/desk/qingxi/deeds/deeds.xlsx"
HELPED = {"户编号": "01-001", "细则编号": "HS06", "数量": 2, "发生日期": "2026-03-10"}


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三", number="01-001")


@pytest.fixture
def clerk(village: Place, household: Household, client: FlaskClient) -> FlaskClient:
    sign_in(client, make_staff(village, Role.CLERK))
    return client


def sheet(*rows: Mapping[str, object]) -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def send(client: FlaskClient, content: bytes, **more: object) -> TestResponse:
    return post(client, IMPORT, {"file": (BytesIO(content), "三月.xlsx"), "key": "file", **more})


def apply(client: FlaskClient, content: bytes, **more: object) -> TestResponse:
    return post(client, IMPORT, {"content": base64.b64encode(content), "key": "file", "apply": "1", **more})


def count(village: Place) -> int:
    return len(queries.all_claims(village.id))


def test_the_preview_shows_points_and_reasons_and_books_nothing(village: Place, clerk: FlaskClient) -> None:
    page = send(clerk, sheet(HELPED, HELPED))
    assert page.status_code == 200
    assert [line.strip() for line in re.findall(r'<span class="change[^"]*">(.*?)</span>', page.text)] == ["+2", "+6"]
    assert "每户每月最多记8分，已记6分，这次只记2分" in page.text
    assert "和第 2 行一模一样" in page.text
    assert "2 件全部入账" in page.text
    assert count(village) == 0


def test_the_file_travels_from_the_preview_to_the_booking(village: Place, clerk: FlaskClient) -> None:
    page = send(clerk, sheet(HELPED))
    content = re.search(r'name="content"[^>]*value="([^"]+)"', page.text)
    assert content is not None
    answer = post(clerk, IMPORT, {"content": content[1], "key": "file", "apply": "1"})
    assert answer.status_code == 303
    assert "新记 1 件" in clerk.get(answer.headers["Location"]).text
    assert count(village) == 1


def test_the_same_file_sent_twice_is_booked_once(village: Place, clerk: FlaskClient) -> None:
    for _ in range(2):
        assert apply(clerk, sheet(HELPED)).status_code == 303
    assert count(village) == 1
    assert apply(clerk, sheet({**HELPED, "数量": 1})).status_code == 409
    assert count(village) == 1


def test_refused_rows_are_listed_and_nothing_is_booked(village: Place, clerk: FlaskClient) -> None:
    content = sheet(HELPED, {**HELPED, "数量": "两<b>次"}, {**HELPED, "户编号": "9-999"})
    for page in (send(clerk, content), apply(clerk, content)):
        assert page.status_code == 422
        assert re.findall(r'<td class="number">(\d)</td><th scope="row" class="nowrap">(.*?)</th>', page.text) == [
            ("3", "数量"),
            ("4", "户编号"),
        ]
        assert "全部入账" not in page.text
        assert "<b>次" not in page.text
    assert count(village) == 0


def test_a_file_chosen_beside_the_button_is_shown_first(village: Place, clerk: FlaskClient) -> None:
    seen = base64.b64encode(sheet(HELPED)).decode()
    chosen = (BytesIO(sheet({**HELPED, "数量": 1})), "四月.xlsx")
    page = post(clerk, IMPORT, {"file": chosen, "content": seen, "key": "file", "apply": "1"})
    assert page.status_code == 200
    assert "1次" in page.text
    assert count(village) == 0


def test_what_is_booked_already_needs_nothing(village: Place, clerk: FlaskClient) -> None:
    apply(clerk, sheet(HELPED))
    page = send(clerk, clerk.get(EXPORT).data)
    assert "都已经记过，不用再记" in page.text
    assert "全部入账" not in page.text


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"a,b", 422),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 422),
        (b"PK\x03\x04", 422),
    ],
)
def test_what_is_no_spreadsheet_is_told_at_the_file(clerk: FlaskClient, content: bytes, status: int) -> None:
    page = send(clerk, content)
    assert page.status_code == status
    assert 'id="file-error"' in page.text


def test_a_file_over_the_limit_is_told(clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.DeedsFileForm, "bytes_max", 1_000)
    page = send(clerk, sheet(HELPED))
    assert page.status_code == 413
    assert "分成几个文件" in page.text


@pytest.mark.parametrize("sent", [{}, {"content": "%%%"}, {"content": "汉字"}, {"key": ""}])
def test_a_form_without_a_file_is_told(clerk: FlaskClient, sent: Mapping[str, object]) -> None:
    assert post(clerk, IMPORT, {"key": "file", "apply": "1", **sent}).status_code == 422


def test_long_previews_show_a_part(village: Place, clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_views, "ROWS_SHOWN_MAX", 1)
    days = [{**HELPED, "发生日期": f"2026-03-0{day}", "细则编号": "KF10"} for day in (1, 2, 3)]
    page = send(clerk, sheet(*days))
    assert "只列出前 1 件，其余 2 件也一样会记" in page.text
    assert "3 件全部入账" in page.text


def test_deeds_are_exported_by_month(village: Place, clerk: FlaskClient) -> None:
    apply(clerk, sheet(HELPED, {**HELPED, "发生日期": "2026-02-20"}))
    answer = clerk.get(EXPORT, query_string={"period": "2026-02"})
    assert "filename=deeds-qingxi-2026-02.xlsx" in answer.headers["Content-Disposition"]
    book = load_workbook(BytesIO(answer.data))
    assert len(list(book.worksheets[0].rows)) == 2
    assert len(list(load_workbook(BytesIO(clerk.get(EXPORT).data)).worksheets[0].rows)) == 3
    blank = clerk.get(EXPORT, query_string={"blank": 1})
    assert len(list(load_workbook(BytesIO(blank.data)).worksheets[0].rows)) == 1


@pytest.mark.parametrize("period", ["2026", "2026-13", "x" * 9_000, "2026-02-01"])
def test_a_month_that_is_none_is_told(clerk: FlaskClient, period: str) -> None:
    assert clerk.get(EXPORT, query_string={"period": period}).status_code == 422


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.CLERK, Role.GROUP_HEAD)])
def test_only_the_clerk_and_group_heads_import_and_who_sees_the_list_exports(
    village: Place, household: Household, client: FlaskClient, role: Role
) -> None:
    sign_in(client, make_staff(village, role))
    assert client.get(IMPORT).status_code == 403
    assert apply(client, sheet(HELPED)).status_code == 403
    assert count(village) == 0
    may_see = Permission.SEE_HOUSEHOLDS in permissions_of(frozenset({role}))
    assert client.get(EXPORT).status_code == (200 if may_see else 403)


def test_the_limit_of_a_file_leaves_room_in_a_request(app: Flask) -> None:
    assert app.config["MAX_FORM_MEMORY_SIZE"] > files.DeedsFileForm.bytes_max * 4 // 3
