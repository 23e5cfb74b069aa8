"""Goods come in by a spreadsheet at the desk: first a preview, then once; the program's own goods in one act."""

import base64
import re
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.forms import goods as forms
from pointsbank.market.sheets import goods as sheets
from pointsbank.places.models import Place
from tests.factories import make_good, make_staff, make_village
from tests.flows.test_goods_sheet import SOAP, sheet
from tests.web.conftest import post, sign_in

GOODS = "/desk/qingxi/market/goods"
IMPORT = f"{GOODS}/import"
STANDARD = f"{GOODS}/standard"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER))
    return place


def upload(client: FlaskClient, content: bytes, key: str = "") -> TestResponse:
    """Choose a file and look at what it would do."""
    return post(client, IMPORT, {"file": (BytesIO(content), "商品.xlsx"), "key": key or new_key()})


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" type="hidden" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def agree(client: FlaskClient, preview: TestResponse, **changed: object) -> TestResponse:
    """Press 照这样导入 on a preview."""
    values = {name: hidden(preview.text, name) for name in ("key", "content", "seen")}
    return post(client, IMPORT, {**values, "apply": "1", **changed})


def test_a_preview_names_what_is_new_and_what_changes_to_what(client: FlaskClient, village: Place) -> None:
    rice = make_good(village, "大米")
    changed = {**SOAP, "商品编号": rice.code, "名称": "大米", "单位": "袋", "类别": "粮油副食", "兑换积分": 65}
    preview = upload(client, sheet(SOAP, changed))
    assert preview.status_code == 200
    assert "香皂" in preview.text
    assert re.search(r"兑换积分：60 → <strong>65</strong>", preview.text)
    assert len(queries.goods(village.id)) == 1
    done = agree(client, preview)
    assert (done.status_code, done.location) == (303, GOODS)
    assert "新增 1 样，改动 1 样" in client.get(GOODS).text
    assert {good.name: good.points_price for good in queries.goods(village.id)} == {"大米": 6_500, "香皂": 900}


def test_agreeing_twice_imports_once(client: FlaskClient, village: Place) -> None:
    preview = upload(client, sheet(SOAP))
    assert agree(client, preview).status_code == 303
    assert agree(client, preview).status_code == 303
    assert len(queries.goods(village.id)) == 1


def test_a_refused_row_is_named_with_column_and_reason_and_nothing_comes_in(
    client: FlaskClient, village: Place
) -> None:
    answer = upload(client, sheet(SOAP, {**SOAP, "商品编号": "SP2", "兑换积分": "九分"}))
    assert answer.status_code == 422
    assert re.search(r'<td class="number">3</td><th scope="row">兑换积分</th><td>积分要填数字', answer.text)
    assert 'name="apply"' not in answer.text
    assert agree(client, answer).status_code == 422
    assert queries.goods(village.id) == []


def test_a_file_like_the_list_needs_no_import(client: FlaskClient, village: Place) -> None:
    make_good(village)
    exported = client.get(f"{GOODS}.xlsx")
    assert exported.headers["Content-Disposition"] == "attachment; filename=goods-qingxi.xlsx"
    preview = upload(client, exported.data)
    assert "不用导入" in preview.text
    assert 'name="apply"' not in preview.text


def test_an_import_that_would_do_something_else_than_was_shown_is_shown_again(
    client: FlaskClient, village: Place
) -> None:
    preview = upload(client, sheet(SOAP))
    make_good(village, "香皂盒")
    services.add_good(village, services.GoodDetails("SP1", "肥皂", "块", "洗涤清洁", 500), SYSTEM)
    told = agree(client, preview)
    assert told.status_code == 409
    assert "和刚才看到的不一样" in told.text
    assert "肥皂" in told.text
    assert [good.name for good in queries.goods(village.id)] == ["香皂盒", "肥皂"]
    assert agree(client, told).status_code == 303
    assert [good.name for good in queries.goods(village.id)] == ["香皂盒", "香皂"]


def test_another_file_chosen_at_the_last_moment_is_shown_first(client: FlaskClient, village: Place) -> None:
    preview = upload(client, sheet(SOAP))
    other = sheet({**SOAP, "商品编号": "SP2", "名称": "牙膏"})
    told = agree(client, preview, file=(BytesIO(other), "别的.xlsx"))
    assert told.status_code == 409
    assert "牙膏" in told.text
    assert queries.goods(village.id) == []


def test_an_import_nobody_has_seen_is_shown_first(client: FlaskClient, village: Place) -> None:
    content = base64.b64encode(sheet(SOAP)).decode()
    answer = post(client, IMPORT, {"key": new_key(), "content": content, "seen": "", "apply": "1"})
    assert answer.status_code == 200
    assert "照这样导入" in answer.text
    assert queries.goods(village.id) == []


@pytest.mark.parametrize("content", [b"", b"code,name\nSP1,soap", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"])
def test_what_is_no_spreadsheet_is_told_at_the_field(client: FlaskClient, village: Place, content: bytes) -> None:
    answer = upload(client, content)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


def test_no_file_and_a_broken_preview_are_told(client: FlaskClient, village: Place) -> None:
    assert "请先选一个文件" in post(client, IMPORT, {"key": new_key()}).text
    broken = post(client, IMPORT, {"key": new_key(), "content": "不是", "seen": "x", "apply": "1"})
    assert (broken.status_code, "请重新选一次文件" in broken.text) == (422, True)
    assert post(client, IMPORT, {"file": "text"}).status_code == 422


def test_a_file_over_the_limit_is_told(client: FlaskClient, village: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms.GoodsFileForm, "bytes_max", 100)
    answer = upload(client, sheet(SOAP))
    assert answer.status_code == 413
    assert "商品表超过" in answer.text


def test_an_empty_list_takes_the_standard_goods_in_one_act(client: FlaskClient, village: Place) -> None:
    key = new_key()
    answer = post(client, STANDARD, {"key": key})
    assert (answer.status_code, answer.location) == (303, GOODS)
    assert "已加入 65 样常用商品" in client.get(GOODS).text
    assert len(queries.goods(village.id)) == 65
    assert post(client, STANDARD, {"key": key}).status_code == 303
    assert len(queries.goods(village.id)) == 65


def test_the_standard_goods_never_come_over_goods_that_are_there(client: FlaskClient, village: Place) -> None:
    services.add_good(village, services.GoodDetails("SP001", "我们的大米", "袋", "粮油", 700), SYSTEM)
    post(client, STANDARD, {"key": new_key()})
    assert "没有再加" in client.get(GOODS).text
    assert [good.name for good in queries.goods(village.id)] == ["我们的大米"]


def test_a_missing_key_takes_nothing(client: FlaskClient, village: Place) -> None:
    assert post(client, STANDARD).status_code == 422
    assert queries.goods(village.id) == []


def test_the_standard_goods_are_gone_is_said(
    client: FlaskClient, village: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "STANDARD_GOODS", sheets.STANDARD_GOODS.with_name("nothing.xlsx"))
    answer = post(client, STANDARD, {"key": new_key()})
    assert answer.status_code == 503
    assert "导入自己的商品表" in answer.text


def test_an_empty_list_is_exported_as_a_sheet_to_fill_in(client: FlaskClient, village: Place) -> None:
    book = load_workbook(BytesIO(client.get(f"{GOODS}.xlsx").data))
    [header] = list(book.worksheets[0].iter_rows(values_only=True))
    assert header == tuple(column.name for column in sheets.GOODS_COLUMNS)
