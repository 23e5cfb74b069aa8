"""Deliveries, write-offs, counts and the moves of stock at the desk."""

import re
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.models import Good, MoveKind
from pointsbank.market.verification import problems
from pointsbank.market.views import stocking as views
from pointsbank.places.models import Place
from tests.factories import make_good, make_household, make_points, make_staff, make_village, redeem_now
from tests.web.conftest import post, sign_in

MARKET = "/desk/qingxi/market"
RECEIVE = f"{MARKET}/receive"
MOVES = f"{MARKET}/moves"
BARCODE = "6901028075763"
FROM_COOPERATIVE = {
    "origin": "purchase",
    "source": "镇供销社",
    "received_on": "2026-03-17",
    "second_receiver": "周德明",
}


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.SHOPKEEPER, name="罗德福"))
    return place


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", on_hand=10, barcodes=(BARCODE,))


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", on_hand=1)


def on_hand(village: Place, good: Good) -> int:
    return queries.good(village.id, good.serial).on_hand


def basket(*lines: tuple[Good, str], **more: object) -> dict[str, object]:
    """A delivery as its page posts it."""
    return {
        "good": [str(good.serial) for good, _ in lines],
        "quantity": [text for _, text in lines],
        "expires": ["" for _ in lines],
        "cost": ["" for _ in lines],
        "note": ["" for _ in lines],
        "key": new_key(),
        "scan": "",
        **FROM_COOPERATIVE,
        **more,
    }


def lines_on(answer: TestResponse) -> dict[str, str]:
    """Serial and quantity of each line on the page."""
    serials = re.findall(r'name="good" value="(\d+)"', answer.text)
    quantities = re.findall(r'name="quantity" value="([^"]*)"', answer.text)
    return dict(zip(serials, quantities, strict=True))


def reserve(village: Place, good: Good, quantity: int) -> None:
    household, total = make_household(village), good.points_price * quantity
    make_points(village, household, total)
    services.place_order(village, household.id, [(good.id, quantity)], total, SYSTEM, new_key())


# --- receiving ---


@pytest.mark.parametrize("scanned", [BARCODE, "dm", "大米", "dami"])
def test_a_scan_puts_a_good_into_the_delivery(client: FlaskClient, village: Place, rice: Good, scanned: str) -> None:
    make_good(village, "种子")
    answer = post(client, RECEIVE, basket(scan=scanned))
    assert answer.status_code == 200
    assert lines_on(answer) == {str(rice.serial): "1"}
    assert on_hand(village, rice) == 10


def test_a_word_left_in_the_box_is_said_at_the_button_and_nothing_is_booked(
    client: FlaskClient, village: Place, rice: Good, soap: Good
) -> None:
    answer = post(client, RECEIVE, basket((rice, "4"), scan="没这样", book="1"))
    assert answer.status_code == 422
    assert "还没有入库：上面框里还留着“没这样”，没有找到" in answer.text
    answer = post(client, RECEIVE, basket((rice, "4"), scan="香皂", book="1"))
    assert "还没有入库：上面框里的“香皂”刚刚加进来了" in answer.text
    assert lines_on(answer) == {str(rice.serial): "4", str(soap.serial): "1"}
    assert on_hand(village, rice) == 10
    assert "还没有入库" not in post(client, RECEIVE, basket((rice, "4"), scan="没这样")).text


def test_the_same_scanned_again_is_one_more(client: FlaskClient, rice: Good) -> None:
    answer = post(client, RECEIVE, basket((rice, "4"), scan=BARCODE))
    assert lines_on(answer) == {str(rice.serial): "5"}


def test_a_name_of_several_goods_asks_which(client: FlaskClient, village: Place, rice: Good) -> None:
    other = make_good(village, "大米")
    answer = post(client, RECEIVE, basket(scan="大米"))
    assert "是哪一样" in answer.text
    picked = post(client, RECEIVE, basket(pick=str(other.serial)))
    assert lines_on(picked) == {str(other.serial): "1"}


def test_what_is_off_the_shelf_can_be_received(client: FlaskClient, village: Place) -> None:
    details = services.GoodDetails("SP9", "月饼", "盒", "食品", 5_000, offered=False)
    serial = services.add_good(village, details, SYSTEM)
    assert lines_on(post(client, RECEIVE, basket(scan="月饼"))) == {str(serial): "1"}


def test_an_unknown_scan_is_told_and_the_rest_is_kept(client: FlaskClient, rice: Good) -> None:
    answer = post(client, RECEIVE, basket((rice, "4"), scan="2000000009999", source="王老板捐"))
    assert answer.status_code == 422
    assert 'id="scan-error"' in answer.text
    assert lines_on(answer) == {str(rice.serial): "4"}
    assert "王老板捐" in answer.text


def test_a_line_is_taken_out(client: FlaskClient, rice: Good, soap: Good) -> None:
    answer = post(client, RECEIVE, basket((rice, "4"), (soap, "2"), remove=str(rice.serial)))
    assert lines_on(answer) == {str(soap.serial): "2"}


def test_a_delivery_begins_with_the_good_it_was_opened_from(client: FlaskClient, village: Place, rice: Good) -> None:
    assert lines_on(client.get(f"{RECEIVE}?good={rice.serial}")) == {str(rice.serial): "1"}
    assert client.get(f"{RECEIVE}?good=999").status_code == 404
    assert client.get(f"{RECEIVE}?good=x").status_code == 200


def test_a_delivery_is_booked_with_its_source_and_day(
    client: FlaskClient, village: Place, rice: Good, soap: Good
) -> None:
    answer = post(client, RECEIVE, basket((rice, "２０"), (soap, "5"), book="1", source="王老板捐"))
    assert (answer.status_code, answer.location) == (303, f"{MARKET}/intakes/3")
    page = client.get(f"{MARKET}/intakes/3").text
    assert "已入库 2 样，共 25 件" in page
    assert "王老板捐" in page
    assert (on_hand(village, rice), on_hand(village, soap)) == (30, 6)
    newest = queries.moves(village.id, limit=1)[0]
    assert (newest.text, newest.move.occurred_on.isoformat(), newest.move.kind) == (
        "王老板捐",
        "2026-03-17",
        MoveKind.RECEIVE,
    )
    assert problems(village) == []


def test_a_delivery_sent_twice_is_booked_once(client: FlaskClient, village: Place, rice: Good) -> None:
    sent = basket((rice, "5"), book="1")
    assert [post(client, RECEIVE, sent).status_code for _ in range(2)] == [303, 303]
    assert on_hand(village, rice) == 15


def test_a_spent_key_with_another_delivery_is_told(client: FlaskClient, village: Place, rice: Good) -> None:
    sent = basket((rice, "5"), book="1")
    post(client, RECEIVE, sent)
    answer = post(client, RECEIVE, {**sent, "quantity": ["6"]})
    assert answer.status_code == 409
    assert on_hand(village, rice) == 15


def test_a_scan_that_was_not_taken_yet_is_not_booked_over(client: FlaskClient, rice: Good, soap: Good) -> None:
    answer = post(client, RECEIVE, basket((soap, "2"), scan=BARCODE, book="1"))
    assert answer.status_code == 200
    assert lines_on(answer) == {str(soap.serial): "2", str(rice.serial): "1"}


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "1e9", "1,000", "", "十", "1000001", "9" * 30])
def test_a_quantity_that_cannot_be_is_told_at_its_line(
    client: FlaskClient, village: Place, rice: Good, typed: str
) -> None:
    answer = post(client, RECEIVE, basket((rice, typed), book="1"))
    assert answer.status_code == 422
    assert f'id="line-{rice.serial}"' in answer.text
    assert on_hand(village, rice) == 10


def test_a_scan_does_not_wipe_out_a_wrong_quantity(client: FlaskClient, rice: Good) -> None:
    answer = post(client, RECEIVE, basket((rice, "1o"), scan=BARCODE))
    assert answer.status_code == 422
    assert lines_on(answer) == {str(rice.serial): "1o"}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("source", ""),
        ("source", "\u200b"),
        ("second_receiver", ""),
        ("source", "长" * 10_000),
        ("received_on", "2026-02-30"),
        ("received_on", "2026-03-19"),
        ("received_on", "1900-01-01"),
        ("received_on", "9999-12-31"),
        ("received_on", "昨天"),
    ],
)
def test_a_delivery_that_cannot_be_is_told_at_the_field(
    client: FlaskClient, village: Place, rice: Good, field: str, typed: str
) -> None:
    answer = post(client, RECEIVE, basket((rice, "5"), book="1", **{field: typed}))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert lines_on(answer) == {str(rice.serial): "5"}
    assert on_hand(village, rice) == 10


def test_an_empty_delivery_is_told(client: FlaskClient, village: Place) -> None:
    answer = post(client, RECEIVE, basket(book="1"))
    assert answer.status_code == 422
    assert "还没有录入东西" in answer.text


def test_more_than_a_store_holds_is_told(client: FlaskClient, village: Place, rice: Good) -> None:
    answer = post(client, RECEIVE, basket((rice, "1000000"), book="1"))
    assert answer.status_code == 422
    assert "最多记" in answer.text


def test_another_villages_good_is_not_received(client: FlaskClient, village: Place, rice: Good) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    for _ in range(3):
        stranger = make_good(miaopo, "面粉", barcodes=())
    answer = post(client, RECEIVE, basket((stranger, "5"), book="1"))
    assert answer.status_code == 404
    assert post(client, RECEIVE, basket(pick=str(stranger.serial))).status_code == 404


@pytest.mark.parametrize(
    "data", [{"good": ["1"], "quantity": []}, {"good": ["x"], "quantity": ["1"]}, {"good": ["1"] * 201}, {"pick": "x"}]
)
def test_what_no_page_of_ours_posts_is_refused(
    client: FlaskClient, village: Place, rice: Good, data: dict[str, object]
) -> None:
    quantities = ["1"] * len(data.get("good", []))  # type: ignore[arg-type]  # lists of texts
    answer = post(client, RECEIVE, {**basket(book="1"), "quantity": quantities, **data})
    assert answer.status_code == 422
    assert on_hand(village, rice) == 10


# --- writing off and counting ---


def test_spoilt_pieces_are_written_off(client: FlaskClient, village: Place, rice: Good) -> None:
    sent = {"quantity": "3", "reason": "受潮", "witness": "李四", "key": new_key()}
    for _ in range(2):
        answer = post(client, f"{MARKET}/goods/{rice.serial}/write-off", sent)
        assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "已报损 3 袋，还有 7 袋" in page
    assert "罗德福" in page
    assert on_hand(village, rice) == 7


def test_what_waits_in_orders_is_not_written_off(client: FlaskClient, village: Place, rice: Good) -> None:
    reserve(village, rice, 4)
    sent = {"quantity": "7", "reason": "受潮", "witness": "李四", "key": new_key()}
    answer = post(client, f"{MARKET}/goods/{rice.serial}/write-off", sent)
    assert answer.status_code == 409
    assert "最多能减 6 袋" in answer.text
    assert 'id="quantity-error"' in answer.text
    assert 'value="受潮"' in answer.text
    assert on_hand(village, rice) == 10


@pytest.mark.parametrize("typed", ["", "0", "-1", "1.5", "1e9", "11", "十"])
def test_a_write_off_that_cannot_be_is_told_at_the_field(
    client: FlaskClient, village: Place, rice: Good, typed: str
) -> None:
    sent = {"quantity": typed, "reason": "受潮", "witness": "李四", "key": new_key()}
    answer = post(client, f"{MARKET}/goods/{rice.serial}/write-off", sent)
    assert answer.status_code in (409, 422)
    assert 'id="quantity-error"' in answer.text
    assert on_hand(village, rice) == 10


def test_a_write_off_says_why(client: FlaskClient, village: Place, rice: Good) -> None:
    answer = post(client, f"{MARKET}/goods/{rice.serial}/write-off", {"quantity": "1", "key": new_key()})
    assert answer.status_code == 422
    assert 'id="reason-error"' in answer.text


def counted(good: Good, number: str, reason: str = "", seen: str = "10") -> dict[str, str]:
    return {"counted": number, "count_reason": reason, "on_hand_seen": seen, "key": new_key()}


def test_a_count_books_the_difference_once(client: FlaskClient, village: Place, rice: Good) -> None:
    sent = counted(rice, "８", "少了两袋")
    for _ in range(2):
        answer = post(client, f"{MARKET}/goods/{rice.serial}/count", sent)
        assert answer.status_code == 303
    assert "已按盘点改为 8 袋，比账面少 2 袋" in client.get(answer.location).text
    assert on_hand(village, rice) == 8
    assert problems(village) == []


def test_a_count_that_agrees_is_said(client: FlaskClient, village: Place, rice: Good) -> None:
    answer = post(client, f"{MARKET}/goods/{rice.serial}/count", counted(rice, "10"))
    assert "盘点一致，10 袋" in client.get(answer.location).text


def test_a_count_that_differs_says_why_at_its_own_field(client: FlaskClient, village: Place, rice: Good) -> None:
    answer = post(client, f"{MARKET}/goods/{rice.serial}/count", counted(rice, "9"))
    assert answer.status_code == 422
    assert 'id="count_reason-error"' in answer.text
    assert on_hand(village, rice) == 10


def test_a_count_below_what_waits_in_orders_is_told(client: FlaskClient, village: Place, rice: Good) -> None:
    reserve(village, rice, 4)
    answer = post(client, f"{MARKET}/goods/{rice.serial}/count", counted(rice, "3", "少了"))
    assert answer.status_code == 409
    assert "4 袋已被预留" in answer.text
    assert 'id="counted-error"' in answer.text


def test_a_count_of_a_stock_that_moved_meanwhile_is_told_and_can_be_done_anew(
    client: FlaskClient, village: Place, rice: Good
) -> None:
    services.write_off(village, rice.serial, 1, "受潮", "李四", SYSTEM, new_key())
    sent = counted(rice, "10")
    told = post(client, f"{MARKET}/goods/{rice.serial}/count", sent)
    assert told.status_code == 409
    assert "盘点时账面是 10 袋，现在是 9 袋" in told.text
    assert 'name="on_hand_seen" type="hidden" value="9"' in told.text
    again = post(client, f"{MARKET}/goods/{rice.serial}/count", {**sent, "counted": "9", "on_hand_seen": "9"})
    assert again.status_code == 303


@pytest.mark.parametrize(("number", "seen"), [("-1", "10"), ("1.5", "10"), ("", "10"), ("1e9", "10"), ("9", "x")])
def test_a_count_that_cannot_be_is_refused(
    client: FlaskClient, village: Place, rice: Good, number: str, seen: str
) -> None:
    answer = post(client, f"{MARKET}/goods/{rice.serial}/count", counted(rice, number, "少了", seen))
    assert answer.status_code == 422
    assert on_hand(village, rice) == 10


# --- the moves ---


def test_moves_stand_in_words_with_who_made_them(client: FlaskClient, village: Place, rice: Good) -> None:
    household = make_household(village)
    make_points(village, household, 20_000)
    redeem_now(village, household, rice, 2)
    post(client, RECEIVE, basket((rice, "5"), book="1"))
    page = client.get(MOVES).text
    for words in ("兑换", "小票 1 号", "进货", "-2", "+5", "罗德福", "系统", "2026年3月17日"):
        assert words in page, words


def test_moves_are_filtered_by_good_and_kind(client: FlaskClient, village: Place, rice: Good, soap: Good) -> None:
    services.write_off(village, soap.serial, 1, "泡水", "李四", SYSTEM, new_key())
    assert "大米" not in client.get(f"{MOVES}?words=香皂").text
    page = client.get(f"{MOVES}?kind=write_off").text
    assert "泡水" in page
    assert "镇供销社" not in page
    assert "没有找到" in client.get(f"{MOVES}?kind=count").text


def test_the_moves_page_by_key_and_keep_their_filter(
    client: FlaskClient, village: Place, rice: Good, soap: Good, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOVES_PER_PAGE", 1)
    services.write_off(village, rice.serial, 1, "受潮", "李四", SYSTEM, new_key())
    first = client.get(f"{MOVES}?words=大米").text
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link is not None
    second = client.get(link[1].replace("&amp;", "&")).text
    assert "镇供销社" in second
    assert "香皂" not in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize("query", ["kind=steal", "before=x", "before=9999999999999", "words=" + "字" * 61])
def test_a_filter_of_moves_that_cannot_be_is_told(client: FlaskClient, rice: Good, query: str) -> None:
    assert client.get(f"{MOVES}?{query}").status_code == 422


def test_no_moves_yet_advises(client: FlaskClient, village: Place) -> None:
    assert "还没有流水" in client.get(MOVES).text


def test_another_villages_moves_are_not_shown(client: FlaskClient, village: Place) -> None:
    make_good(make_village("miaopo", name="庙坡村"), "面粉")
    assert "面粉" not in client.get(MOVES).text


# --- who may ---


def test_who_only_sees_the_stock_moves_nothing(app: Flask, client: FlaskClient) -> None:
    place = make_village()
    good = make_good(place)
    sign_in(client, make_staff(place, Role.SUPERVISION))
    assert client.get(MOVES).status_code == 200
    assert client.get(RECEIVE).status_code == 403
    acts: dict[str, Mapping[str, object]] = {
        RECEIVE: basket((good, "5"), book="1"),
        f"{MARKET}/goods/{good.serial}/write-off": {
            "quantity": "1",
            "reason": "x",
            "witness": "李四",
            "key": new_key(),
        },
        f"{MARKET}/goods/{good.serial}/count": counted(good, "1", "x"),
    }
    for path, sent in acts.items():
        assert post(client, path, sent).status_code == 403, path
    assert on_hand(place, good) == 10


@pytest.mark.parametrize("page", ["receive", "moves", "goods/import", "goods/new"])
def test_the_pages_of_goods_and_stock_belong_to_their_entry_of_the_list(
    client: FlaskClient, village: Place, page: str
) -> None:
    current = re.search(
        r'<a class="room"[^>]*aria-current="page">.*?<span>(.*?)</span>', client.get(f"{MARKET}/{page}").text, re.DOTALL
    )
    assert current is not None
    assert current[1] == "一市"
