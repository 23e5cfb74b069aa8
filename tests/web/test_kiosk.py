"""The villager's screen as a server sees it: who gets in, what is shown, and that nothing in a request is believed."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from pointsbank.access import services as access
from pointsbank.access.guard import DEVICE_COOKIE
from pointsbank.access.models import Device
from pointsbank.cards import queries as card_queries
from pointsbank.cards import services as cards
from pointsbank.cards.models import VillagerSession
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.kiosk import queries
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries as market
from pointsbank.market import services as counter
from pointsbank.market.models import Good, Order
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy, KioskShows, VillageSettings
from tests.factories import make_card, make_good, make_household, make_points, make_village
from tests.web.conftest import csrf

PIN = "314159"


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    made = make_household(village, "张建国", number="03-012", group=3)
    make_points(village, made, 3_600)
    return made


@pytest.fixture
def good(village: Place) -> Good:
    return make_good(village, "大米", price=1_000, on_hand=5)


@pytest.fixture
def device(village: Place, client: FlaskClient) -> Device:
    made, token = access.pair_device(village, "超市自助机", "staff", SYSTEM)
    client.set_cookie(DEVICE_COOKIE, token)
    return made


def send(client: FlaskClient, path: str, data: Mapping[str, object] | None = None) -> TestResponse:
    """Submit as the kiosk's script does."""
    token = csrf(client, "/kiosk/")
    return client.post(path, data={"csrf_token": token, **(data or {})}, headers={"Accept": "application/json"})


def told(answer: TestResponse) -> tuple[int, str, str]:
    """Status, code and sentence of a refusal."""
    assert answer.json is not None
    return answer.status_code, answer.json["error"]["code"], answer.json["error"]["message"]


def come_in(client: FlaskClient, group: int = 3, number: str = "12") -> TestResponse:
    """Tap a door number."""
    return send(client, "/kiosk/door", {"group": group, "number": number})


def order(
    client: FlaskClient, chosen: Good, pieces: int = 1, changed: Mapping[str, object] | None = None
) -> TestResponse:
    """Tap 好."""
    data = {"good": chosen.serial, "quantity": pieces, "points_seen": chosen.points_price * pieces, "key": new_key()}
    return send(client, "/kiosk/orders", {**data, **(changed or {})})


def orders() -> int:
    return session().scalar(select(func.count()).select_from(Order)) or 0


def hide_points(village: Place) -> None:
    places.change_settings(village.id, VillageSettings(kiosk_shows=KioskShows.NOTHING), clock.today(), SYSTEM)


# --- coming in ---


@pytest.mark.parametrize("number", ["12", "012", "0012"])
def test_a_door_number_shows_the_points(client: FlaskClient, device: Device, household: Household, number: str) -> None:
    assert come_in(client, 3, number).json == {"next": "/kiosk/home"}
    page = client.get("/kiosk/home").text
    assert "3组 12号 张家" in page
    assert "36" in page
    assert "张建国" not in page


@pytest.mark.parametrize("written", ["12", "012", "3-12", "3012", "03012", "3组12号"])
def test_a_door_is_found_however_the_village_writes_it(
    client: FlaskClient, device: Device, village: Place, written: str
) -> None:
    make_household(village, "李四", number=written, group=3)
    assert come_in(client).json == {"next": "/kiosk/home"}


@pytest.mark.parametrize(("group", "number"), [(3, "13"), (4, "12"), (99, "1"), (3, "99999999")])
def test_an_unknown_door_is_told(
    client: FlaskClient, device: Device, household: Household, group: int, number: str
) -> None:
    answer = come_in(client, group, number)
    status, _, sentence = told(answer)
    assert status == 422
    assert "看看门牌" in sentence
    assert client.get("/kiosk/home").location == "/kiosk/"


@pytest.mark.parametrize(
    "data",
    [{}, {"group": "x", "number": "1"}, {"group": "3"}, {"group": 3, "number": "1'--"}, {"group": "9" * 5_000}],
)
def test_a_door_that_cannot_be_is_told(client: FlaskClient, device: Device, data: dict[str, object]) -> None:
    assert send(client, "/kiosk/door", data).status_code == 422


def test_a_card_opens_and_knows_its_household(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    card = make_card(village, household)
    assert send(client, "/kiosk/card", {"presented": card_queries.qr_text(village, card)}).status_code == 200
    assert "张家" in client.get("/kiosk/home").text


def test_a_lost_expired_forged_foreign_or_nonsense_card_gets_the_same_answer(
    client: FlaskClient, device: Device, village: Place, household: Household, still_clock: FixedClock
) -> None:
    lost = make_card(village, household)
    lost_text = card_queries.qr_text(village, lost)
    cards.report_lost(village, lost.id, SYSTEM)
    miaopo = make_village("miaopo", name="庙坡村")
    foreign = card_queries.qr_text(miaopo, make_card(miaopo, make_household(miaopo)))
    expired = make_card(village, make_household(village))
    cards.edit_card(village, expired.id, "", clock.today(), SYSTEM)
    still_clock.move(timedelta(days=1))
    texts = [lost_text, lost.number, card_queries.qr_text(village, expired), expired.number]
    texts += [foreign, foreign.replace("miaopo", "qingxi"), "PB1:qingxi:x", "", "字" * 500]
    answers = {told(send(client, "/kiosk/card", {"presented": text})) for text in texts}
    assert [(status, code) for status, code, _ in answers] == [(422, "card_not_known")]
    assert client.get("/kiosk/home").status_code == 303


def test_the_next_villager_ends_the_session_of_the_one_before(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    come_in(client)
    make_household(village, "李四", number="03-013", group=3)
    come_in(client, 3, "13")
    assert "李家" in client.get("/kiosk/home").text
    still_open = select(func.count()).select_from(VillagerSession).where(VillagerSession.closed_at.is_(None))
    assert session().scalar(still_open) == 1


def test_who_is_done_is_gone(client: FlaskClient, device: Device, household: Household) -> None:
    come_in(client)
    assert send(client, "/kiosk/leave").json == {"next": "/kiosk/"}
    assert client.get("/kiosk/home").location == "/kiosk/"


def test_a_session_ends_when_nobody_touches_the_screen(
    client: FlaskClient, device: Device, household: Household, still_clock: FixedClock
) -> None:
    come_in(client)
    for _ in range(5):
        still_clock.move(timedelta(minutes=3))
        assert client.get("/kiosk/home").status_code == 200
    still_clock.move(cards.SESSION_IDLE)
    assert client.get("/kiosk/home").location == "/kiosk/"


def test_a_lost_card_ends_the_session_opened_with_it(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    card = make_card(village, household)
    send(client, "/kiosk/card", {"presented": card.number})
    cards.report_lost(village, card.id, SYSTEM)
    assert client.get("/kiosk/home").location == "/kiosk/"


# --- the PIN ---


def test_where_nothing_is_shown_before_the_pin_known_and_unknown_look_alike(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    hide_points(village)
    answers = []
    for number in ("12", "13"):
        assert come_in(client, 3, number).json == {"next": "/kiosk/pin"}
        assert client.get("/kiosk/home").location == "/kiosk/"
        answers.append([told(send_pin(client, "000001", number)) for _ in range(6)])
    assert answers[0] == answers[1]
    assert [status for status, _, _ in answers[0]] == [422] * 5 + [429]


def send_pin(client: FlaskClient, pin: str, number: str = "12") -> TestResponse:
    """Tap the door number, then the PIN."""
    come_in(client, 3, number)
    page = client.get("/kiosk/pin").text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    return client.post("/kiosk/pin", data={"csrf_token": token, "pin": pin}, headers={"Accept": "application/json"})


def test_the_right_pin_opens(client: FlaskClient, device: Device, village: Place, household: Household) -> None:
    cards.set_pin(village, make_card(village, household).id, PIN, SYSTEM)
    hide_points(village)
    assert send_pin(client, PIN).json == {"next": "/kiosk/home"}
    assert "张家" in client.get("/kiosk/home").text
    assert client.get("/kiosk/month").status_code == 200


def test_who_chose_a_pin_is_asked_for_it_before_the_lines_once(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    cards.set_pin(village, make_card(village, household).id, PIN, SYSTEM)
    come_in(client)
    assert client.get("/kiosk/month").location == "/kiosk/pin?then=month"
    token = csrf(client, "/kiosk/pin")
    data = {"csrf_token": token, "pin": PIN, "then": "month"}
    answer = client.post("/kiosk/pin", data=data, headers={"Accept": "application/json"})
    assert answer.json == {"next": "/kiosk/month"}
    assert client.get("/kiosk/month").status_code == 200
    assert client.get("/kiosk/taken").status_code == 200


def test_the_page_after_the_pin_is_one_of_ours(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    cards.set_pin(village, make_card(village, household).id, PIN, SYSTEM)
    come_in(client)
    data = {"csrf_token": csrf(client, "/kiosk/pin"), "pin": PIN, "then": "//evil.example"}
    answer = client.post("/kiosk/pin", data=data, headers={"Accept": "application/json"})
    assert answer.json == {"next": "/kiosk/home"}


# --- the shelf ---


def test_the_shelf_says_what_is_in_reach_what_is_missing_and_what_is_gone(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    make_good(village, "电饭煲", price=4_800, on_hand=1)
    make_good(village, "香皂", price=100, on_hand=0)
    come_in(client)
    page = client.get("/kiosk/goods").text
    assert page.index("大米") < page.index("电饭煲") < page.index("香皂")
    assert "还有 5 袋" in page
    assert "还差 12 分" in page
    assert "换完了" in page


def test_an_order_holds_points_and_goods_and_shows_its_number(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    come_in(client)
    answer = order(client, good, 2)
    assert answer.json == {"next": "/kiosk/orders/1"}
    page = client.get("/kiosk/orders/1").text
    assert "请到柜台领取，报您的名字就行" in page
    assert ledger.balances(village.id, household.serial).spendable == 1_600
    assert market.good(village.id, good.serial).available == 3
    waiting = market.waiting_order(village.id, household.id)
    assert waiting is not None
    assert waiting.actor == f"household:qingxi/{household.serial}"
    assert "先留着" in client.get("/kiosk/home").text


def test_tapping_twice_orders_once(client: FlaskClient, device: Device, household: Household, good: Good) -> None:
    come_in(client)
    key = new_key()
    answers = [order(client, good, changed={"key": key}).json for _ in range(3)]
    assert answers == [{"next": "/kiosk/orders/1"}] * 3
    assert orders() == 1


def test_the_same_key_with_another_good_or_number_is_refused(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    other = make_good(village, "香皂", price=100)
    come_in(client)
    key = new_key()
    order(client, good, changed={"key": key})
    assert order(client, good, 2, changed={"key": key}).status_code == 409
    assert order(client, other, changed={"key": key}).status_code == 409
    assert orders() == 1


def test_the_key_of_another_household_gives_nothing_away(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    other = make_household(village, "李四", number="03-013", group=3)
    make_points(village, other, 3_000)
    come_in(client)
    key = new_key()
    order(client, good, changed={"key": key})
    come_in(client, 3, "13")
    assert order(client, good, changed={"key": key}).status_code == 409
    assert client.get("/kiosk/orders/1").status_code == 404
    assert ledger.balances(village.id, other.serial).spendable == 3_000


def test_one_open_order_at_a_time(client: FlaskClient, device: Device, household: Household, good: Good) -> None:
    come_in(client)
    order(client, good)
    assert order(client, good).status_code == 409
    assert orders() == 1


@pytest.mark.parametrize("price", [1, 999, 1_001, 500])
def test_a_price_changed_in_the_request_is_refused(
    client: FlaskClient, device: Device, household: Household, good: Good, price: int
) -> None:
    come_in(client)
    answer = order(client, good, changed={"points_seen": price})
    assert told(answer)[1] == "prices_changed"
    assert orders() == 0


def test_a_household_named_in_the_request_is_not_believed(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    victim = make_household(village, "李四")
    make_points(village, victim, 5_000)
    come_in(client)
    order(client, good, changed={"household": victim.id, "household_id": victim.id})
    assert ledger.balances(village.id, victim.serial).spendable == 5_000
    assert ledger.balances(village.id, household.serial).spendable == 2_600


@pytest.mark.parametrize(
    "changed",
    [
        {"quantity": 0}, {"quantity": -1}, {"quantity": 100}, {"quantity": "1e3"}, {"quantity": "NaN"},
        {"good": "x"}, {"good": 10**30}, {"good": ""}, {"points_seen": "-5"}, {"points_seen": "2.5"}, {"key": ""},
        {"key": "k" * 65},
    ],
)  # fmt: skip
def test_what_cannot_be_ordered_is_told(
    client: FlaskClient, device: Device, household: Household, good: Good, changed: dict[str, object]
) -> None:
    come_in(client)
    answer = order(client, good, changed=changed)
    assert answer.status_code == 422
    assert orders() == 0


def test_a_good_of_another_village_is_not_there(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    foreign = make_good(miaopo, "面粉", price=100)
    come_in(client)
    assert client.get(f"/kiosk/goods/{foreign.serial}").status_code == 404
    assert order(client, foreign).status_code == 404


@pytest.mark.parametrize("path", ["goods/99999999999999999999", "goods/0", "orders/7", "goods/x", "nothing"])
def test_what_is_not_there_is_not_found(client: FlaskClient, device: Device, household: Household, path: str) -> None:
    come_in(client)
    assert client.get(f"/kiosk/{path}").status_code == 404


def test_how_many_is_bounded_by_points_stock_and_limit(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    limited = make_good(village, "面粉", price=500, limit=(2, Span.MONTH))
    scarce = make_good(village, "食盐", price=100, on_hand=1)
    come_in(client)
    for chosen, most in ((good, 3), (limited, 2), (scarce, 1)):
        assert f'data-max="{most}"' in client.get(f"/kiosk/goods/{chosen.serial}").text


def test_an_order_is_given_up_and_the_points_are_back(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    come_in(client)
    order(client, good)
    key = new_key()
    for _ in range(2):
        assert send(client, "/kiosk/orders/1/cancel", {"key": key}).json == {"next": "/kiosk/orders/1"}
    assert ledger.balances(village.id, household.serial).spendable == 3_600
    assert "不要了" in client.get("/kiosk/orders/1").text


def test_nobody_gives_up_anothers_order(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    make_household(village, "李四", number="03-013", group=3)
    come_in(client)
    order(client, good)
    come_in(client, 3, "13")
    assert send(client, "/kiosk/orders/1/cancel", {"key": new_key()}).status_code == 404
    assert market.waiting_order(village.id, household.id) is not None


def test_nobody_at_the_screen_orders_nothing(client: FlaskClient, device: Device, good: Good) -> None:
    assert order(client, good).json == {"next": "/kiosk/"}
    assert orders() == 0


# --- points and board ---


def test_the_month_is_told_in_plain_words(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    come_in(client)
    order(client, good)
    page = client.get("/kiosk/month").text
    assert "好人好事" in page
    assert "先留着：大米" in page
    counter.hand_over(village, 1, ConfirmBy.SIGNATURE, SYSTEM, new_key())
    page = client.get("/kiosk/month").text
    assert "换了：大米" in page
    assert "先留着：大米" not in page
    assert "大米" in client.get("/kiosk/taken").text


@pytest.mark.parametrize("month", ["2026-13", "x", "9999-01", "2026-04"])
def test_a_month_that_cannot_be_is_told(client: FlaskClient, device: Device, household: Household, month: str) -> None:
    come_in(client)
    assert client.get(f"/kiosk/month?month={month}").status_code == 422


def test_the_first_month_has_none_before_it(client: FlaskClient, device: Device, household: Household) -> None:
    come_in(client)
    assert client.get("/kiosk/month?month=1900-01").status_code == 200


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "１"])
def test_a_page_that_cannot_be_is_the_first(
    client: FlaskClient, device: Device, household: Household, before: str
) -> None:
    come_in(client)
    assert client.get(f"/kiosk/taken?before={before}").status_code == 200


def test_the_board_masks_who_has_not_consented(client: FlaskClient, device: Device, household: Household) -> None:
    come_in(client)
    page = client.get("/kiosk/board").text
    assert "张*国" in page
    assert "张建国" not in page


# --- every page ---


@pytest.mark.parametrize("path", ["", "door", "door?group=3", "home", "goods", "month", "taken", "board", "staff"])
def test_every_page_says_its_sentence_and_that_it_needs_a_script(
    client: FlaskClient, device: Device, household: Household, path: str
) -> None:
    come_in(client)
    page = client.get(f"/kiosk/{path}").text
    assert "<noscript>" in page
    assert 'id="said"' in page
    assert "style=" not in page


def test_goods_that_are_gone_fill_one_page_at_most() -> None:
    tiles = [queries.Tile(Good(name=str(number)), queries.Reach.GONE, 0) for number in range(12)]
    there = queries.Tile(Good(name="大米"), queries.Reach.NOW, 0)
    assert queries.without_most_gone([there, *tiles], 8) == [there, *tiles[:8]]
