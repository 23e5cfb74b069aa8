"""The goods at the desk: the list with its filters, one good, adding and editing."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from pointsbank.access.models import Role
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.market import queries, services
from pointsbank.market.models import Good
from pointsbank.market.views import goods as views
from pointsbank.places.models import Place
from tests.factories import make_good, make_household, make_points, make_staff, make_village
from tests.web.conftest import post, sign_in

GOODS = "/desk/qingxi/market/goods"
NEW = f"{GOODS}/new"
QUERIES_MAX = 12
BARCODE = "6901028075763"
SOAP = {
    "code": "SP900",
    "name": "香皂",
    "spec": "100g",
    "unit": "块",
    "category": "洗涤清洁",
    "points_price": "9.5",
    "cost_fen": "4.5",
    "stock_min": "１２",
    "limit_span": "",
    "offered": "y",
}


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", on_hand=10, barcodes=(BARCODE,))


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """What the database was asked."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def filled(good: Good, **changed: object) -> dict[str, object]:
    """The edit form of a good as its page shows it, with changes."""
    shown = {
        "code": good.code,
        "name": good.name,
        "spec": good.spec,
        "unit": good.unit,
        "category": good.category,
        "points_price": "60",
        "cost_fen": "29.80",
        "stock_min": str(good.stock_min),
        "shelf_life_days": "0",
        "limit_span": "",
        "barcodes": BARCODE,
        "offered": "y",
        "version": str(good.version),
    }
    return {**shown, **changed}


def reserve(village: Place, good: Good, quantity: int) -> int:
    """Pieces put aside for a household; gives what the order costs, in units."""
    household, total = make_household(village), good.points_price * quantity
    make_points(village, household, total)
    services.place_order(village, household.id, [(good.id, quantity)], total, SYSTEM, new_key())
    return total


# --- the list ---


def test_a_good_stands_in_the_list_with_price_and_stock(client: FlaskClient, village: Place, rice: Good) -> None:
    reserve(village, rice, 3)
    row = re.search(rf"<tr>\s*<td[^>]*>{rice.code}</td>.*?</tr>", client.get(GOODS).text, re.DOTALL)
    assert row is not None
    cells = re.findall(r'<td class="number">(\d*)</td>', row[0])
    assert cells == ["60", "10", "3", "2"]
    assert "上架" in row[0]


def test_a_good_that_runs_out_is_marked_in_words_and_listed_by_itself(
    client: FlaskClient, village: Place, rice: Good
) -> None:
    make_good(village, "香皂", on_hand=1)
    gone = make_good(village, "牙膏", on_hand=1)
    services.write_off(village, gone.serial, 1, "受潮", "李四", SYSTEM, new_key())
    make_good(village, "毛巾", on_hand=0)  # never stocked: nothing has run out
    page = client.get(f"{GOODS}?below=1").text
    assert "香皂" in page
    assert "快没了" in page
    assert "没货了" in page
    assert "毛巾" not in page
    assert "大米" not in page


def test_that_nothing_runs_out_is_said(client: FlaskClient, rice: Good) -> None:
    assert "货都够" in client.get(f"{GOODS}?below=1").text
    assert "大米" in client.get(f"{GOODS}?below=0").text


@pytest.mark.parametrize("words", ["大米", "dm", "dami", BARCODE, "6901028 075763", "２"])
def test_the_list_is_searched(client: FlaskClient, village: Place, rice: Good, words: str) -> None:
    make_good(village, "种子")
    page = client.get(GOODS, query_string={"words": words}).text
    assert ("大米" in page) is (words != "２")
    assert "种子</a>" not in page


def test_the_list_is_filtered_by_category_and_by_what_is_on_the_shelf(
    client: FlaskClient, village: Place, rice: Good
) -> None:
    post(client, NEW, {**SOAP, "key": new_key()})
    post(client, f"{GOODS}/{rice.serial}/edit", {**filled(rice), "offered": ""})
    assert "大米</a>" not in client.get(f"{GOODS}?category=洗涤清洁").text
    assert "香皂</a>" in client.get(f"{GOODS}?category=洗涤清洁").text
    assert "香皂</a>" not in client.get(f"{GOODS}?offered=0").text
    assert "已下架" in client.get(f"{GOODS}?offered=0").text
    assert "大米</a>" not in client.get(f"{GOODS}?offered=1").text


def test_a_filter_without_a_hit_advises(client: FlaskClient, rice: Good) -> None:
    page = client.get(f"{GOODS}?words=飞机")
    assert page.status_code == 200
    assert "没有找到" in page.text


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "after=99999999999999", "category=没有", "offered=2", "words=" + "字" * 61]
)
def test_a_filter_that_cannot_be_is_told(client: FlaskClient, rice: Good, query: str) -> None:
    assert client.get(f"{GOODS}?{query}").status_code == 422


def test_the_list_pages_by_key_and_keeps_its_filter(
    client: FlaskClient, village: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ROWS_PER_PAGE", 2)
    for name in ("大米甲", "大米乙", "大米丙"):
        make_good(village, name)
    first = client.get(f"{GOODS}?words=大米").text
    assert "大米丙" not in first
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link is not None
    second = client.get(link[1].replace("&amp;", "&")).text
    assert "大米丙" in second
    assert "大米乙" not in second
    assert 'rel="next"' not in second
    assert 'rel="prev"' in second


def test_an_empty_list_says_how_to_begin(client: FlaskClient, village: Place) -> None:
    page = client.get(GOODS).text
    assert "用常用商品" in page
    assert "导入商品表" in page


@pytest.mark.parametrize("path", [GOODS, f"{GOODS}?words=dm&below=1", "GOOD", "EDIT"])
def test_a_page_asks_the_database_no_more_often_for_many_goods(
    client: FlaskClient, village: Place, rice: Good, statements: list[str], path: str
) -> None:
    for _ in range(12):
        make_good(village, "大米", on_hand=1)
    address = path.replace("GOOD", f"{GOODS}/{rice.serial}").replace("EDIT", f"{GOODS}/{rice.serial}/edit")
    statements.clear()
    assert client.get(address).status_code == 200
    assert 0 < len(statements) <= QUERIES_MAX, statements


# --- one good ---


def test_a_good_shows_its_figures_limit_barcodes_and_moves(client: FlaskClient, village: Place) -> None:
    oil = make_good(village, "菜籽油", on_hand=8, limit=(1, Span.MONTH), barcodes=(BARCODE,))
    services.write_off(village, oil.serial, 1, "漏了", "李四", SYSTEM, new_key())
    page = client.get(f"{GOODS}/{oil.serial}").text
    for words in ("每月 1 袋", BARCODE, "29.80 元", "进货", "镇供销社", "报损", "漏了", "+8", "-1"):
        assert words in page, words


def test_the_moves_of_a_good_page_by_key(
    client: FlaskClient, village: Place, rice: Good, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOVES_PER_PAGE", 1)
    services.write_off(village, rice.serial, 1, "受潮", "李四", SYSTEM, new_key())
    first = client.get(f"{GOODS}/{rice.serial}").text
    assert "受潮" in first
    assert first.count("镇供销社") == 1  # of the lot, not of its move
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link is not None
    assert client.get(link[1]).text.count("镇供销社") == 2


def test_the_page_of_a_new_good_says_that_nothing_came_yet(client: FlaskClient, village: Place) -> None:
    good = make_good(village, on_hand=0)
    assert "还没有进过货" in client.get(f"{GOODS}/{good.serial}").text


def test_another_villages_good_is_not_found(client: FlaskClient, village: Place) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    good = make_good(miaopo, "面粉")
    for path in ("", "/edit"):
        assert client.get(f"{GOODS}/{good.serial}{path}").status_code == 404
    for act in ("edit", "write-off", "count"):
        answer = post(client, f"{GOODS}/{good.serial}/{act}", {**filled(good), "key": new_key()})
        assert answer.status_code == 404
    assert client.get(f"{GOODS}/99999999999999999999").status_code == 404


# --- adding ---


def test_a_good_is_added_with_all_that_was_filled_in(client: FlaskClient, village: Place) -> None:
    details = {
        **SOAP,
        "name_en": "Soap",
        "shelf_life_days": "1095",
        "limit_quantity": "2",
        "limit_span": "month",
        "barcodes": f"{BARCODE}\r\n2000000000152\r\n",
        "key": new_key(),
    }
    answer = post(client, NEW, details)
    assert answer.status_code == 303
    [soap] = queries.goods(village.id)
    assert answer.location == f"{GOODS}/{soap.serial}"
    assert services.details_of(soap) == services.GoodDetails(
        code="SP900",
        name="香皂",
        name_en="Soap",
        spec="100g",
        unit="块",
        category="洗涤清洁",
        points_price=950,
        cost_fen=450,
        stock_min=12,
        shelf_life_days=1095,
        limit_quantity=2,
        limit_span=Span.MONTH,
        barcodes=("2000000000152", BARCODE),
    )
    assert "已加到商品里" in client.get(answer.location).text


def test_a_new_good_sent_twice_is_one_good(client: FlaskClient, village: Place) -> None:
    details = {**SOAP, "key": new_key()}
    assert post(client, NEW, details).location == post(client, NEW, details).location
    assert len(queries.goods(village.id)) == 1


def test_the_key_of_one_good_does_not_add_another(client: FlaskClient, village: Place) -> None:
    key = new_key()
    post(client, NEW, {**SOAP, "key": key})
    answer = post(client, NEW, {**SOAP, "code": "SP901", "key": key})
    assert answer.status_code == 409
    assert "已经提交过" in answer.text
    assert len(queries.goods(village.id)) == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("code", ""),
        ("code", "大米"),
        ("name", ""),
        ("name", "\u200b"),
        ("name", "长" * 10_000),
        ("unit", ""),
        ("category", ""),
        ("points_price", ""),
        ("points_price", "0"),
        ("points_price", "-3"),
        ("points_price", "1e9"),
        ("points_price", "1,000"),
        ("points_price", "5分"),
        ("points_price", "2.555"),
        ("points_price", "1000001"),
        ("cost_fen", "NaN"),
        ("cost_fen", "-1"),
        ("stock_min", "1.5"),
        ("stock_min", "-1"),
        ("shelf_life_days", "一年"),
        ("limit_quantity", "2"),
        ("limit_quantity", "1000"),
        ("limit_span", "weekly"),
        ("barcodes", "6901028075764"),
        ("barcodes", "abc"),
        ("barcodes", "1" * 10_000),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_the_rest_is_kept(
    client: FlaskClient, village: Place, field: str, typed: str
) -> None:
    answer = post(client, NEW, {**SOAP, "key": new_key(), "spec": "特别规格", field: typed})
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-error"', answer.text), answer.text
    assert "特别规格" in answer.text
    assert queries.goods(village.id) == []


def test_a_barcode_or_code_of_another_good_is_refused_with_its_name(client: FlaskClient, rice: Good) -> None:
    taken = post(client, NEW, {**SOAP, "key": new_key(), "barcodes": BARCODE})
    assert (taken.status_code, "已经给了“大米”" in taken.text) == (409, True)
    taken = post(client, NEW, {**SOAP, "key": new_key(), "code": rice.code})
    assert (taken.status_code, "已经给了“大米”" in taken.text) == (409, True)


def test_what_looks_like_html_stays_text(client: FlaskClient, village: Place) -> None:
    answer = post(client, NEW, {**SOAP, "name": "<script>alert(1)</script>{{ 7*7 }}", "key": new_key()})
    assert "<script>alert" not in client.get(answer.location).text


# --- editing ---


def test_the_edit_page_shows_the_good_as_it_stands(client: FlaskClient, rice: Good) -> None:
    page = client.get(f"{GOODS}/{rice.serial}/edit").text
    for value in ('value="60"', 'value="29.80"', BARCODE, 'name="version" type="hidden" value="1"'):
        assert value in page, value


def test_a_new_price_leaves_what_was_ordered_alone_and_says_so(client: FlaskClient, village: Place, rice: Good) -> None:
    total = reserve(village, rice, 2)
    answer = post(client, f"{GOODS}/{rice.serial}/edit", filled(rice, points_price="75"))
    assert answer.status_code == 303
    assert "已下的单子保持原价" in client.get(answer.location).text
    assert queries.good(village.id, rice.serial).points_price == 7_500
    assert [order.points for order in queries.waiting_orders(village.id)] == [total]


def test_a_good_is_taken_off_the_shelf(client: FlaskClient, village: Place, rice: Good) -> None:
    assert post(client, f"{GOODS}/{rice.serial}/edit", {**filled(rice), "offered": ""}).status_code == 303
    assert not queries.good(village.id, rice.serial).offered


def test_the_second_of_two_who_edit_is_told_and_keeps_what_was_typed(
    client: FlaskClient, village: Place, rice: Good
) -> None:
    url = f"{GOODS}/{rice.serial}/edit"
    first, second = filled(rice, points_price="61"), filled(rice, points_price="62", spec="我填的规格")
    assert post(client, url, first).status_code == 303
    told = post(client, url, second)
    assert told.status_code == 409
    assert "别人刚刚改过" in told.text
    assert "我填的规格" in told.text
    assert "现在是 61 分" in told.text
    assert queries.good(village.id, rice.serial).points_price == 6_100


def test_an_edit_sent_twice_is_not_told_of_itself(client: FlaskClient, village: Place, rice: Good) -> None:
    url, changed = f"{GOODS}/{rice.serial}/edit", filled(rice, points_price="61")
    assert post(client, url, changed).status_code == 303
    assert post(client, url, changed).status_code == 303
    assert queries.good(village.id, rice.serial).version == 2


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999999"])
def test_an_edit_without_the_version_seen_changes_nothing(
    client: FlaskClient, village: Place, rice: Good, version: str
) -> None:
    answer = post(client, f"{GOODS}/{rice.serial}/edit", filled(rice, points_price="61", version=version))
    assert answer.status_code == 422
    assert queries.good(village.id, rice.serial).points_price == 6_000


# --- who may ---


def test_who_only_sees_the_goods_changes_nothing(app: Flask, client: FlaskClient) -> None:
    place = make_village()
    good = make_good(place)
    sign_in(client, make_staff(place, Role.SUPERVISION))
    page = client.get(GOODS).text
    assert "大米" in page
    assert "新商品" not in page
    assert "报损" not in client.get(f"{GOODS}/{good.serial}").text
    assert client.get(f"{GOODS}.xlsx").status_code == 200
    for path in (NEW, f"{GOODS}/{good.serial}/edit", f"{GOODS}/import"):
        assert client.get(path).status_code == 403, path
    for path in (NEW, f"{GOODS}/{good.serial}/edit", f"{GOODS}/import", f"{GOODS}/standard"):
        assert post(client, path, {**filled(good), "key": new_key()}).status_code == 403, path
    assert len(queries.goods(place.id)) == 1


def test_who_has_nothing_to_do_with_the_shop_does_not_see_it(app: Flask, client: FlaskClient) -> None:
    place = make_village()
    good = make_good(place)
    sign_in(client, make_staff(place, Role.GROUP_HEAD))
    for path in (GOODS, f"{GOODS}/{good.serial}", f"{GOODS}.xlsx"):
        assert client.get(path).status_code == 403, path
