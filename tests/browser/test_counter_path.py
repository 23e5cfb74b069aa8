"""The shopkeeper serves with scanner and keys: card, goods, F2, receipt, the next one; nothing is handed out twice."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from pointsbank.cards import queries as cards
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_points
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries, services
from pointsbank.people import queries as people
from pointsbank.places import queries as places
from tests.browser.conftest import DESK, PHONE, Served, assert_accessible, sign_in
from tests.browser.measures import assert_fits_its_width

OpenPage = Callable[[dict[str, int]], Page]

COUNTER = "/desk/qingxi/market/counter"
SALT, SOAP, WOK, PRESSURE_COOKER = 7, 15, 47, 50  # serials of goods: 4, 9, 140 and 440 points


@dataclass(frozen=True)
class Shop:
    """What a test looks up past the page, or does before it."""

    served: Served

    def barcode(self, good: int) -> str:
        """What stands on the good."""
        with self.served.app.app_context():
            return queries.good(places.village_by_code("qingxi").id, good).barcodes[0].barcode

    def on_hand(self, good: int) -> int:
        """Pieces on the shelf."""
        with self.served.app.app_context():
            return queries.good(places.village_by_code("qingxi").id, good).on_hand

    def spendable(self, number: str) -> str:
        """Points of a household."""
        with self.served.app.app_context():
            village = places.village_by_code("qingxi")
            household = people.household_by_number(village.id, number)
            assert household is not None
            return format_points(ledger.balances(village.id, household.serial).spendable)

    def receipts(self, number: str) -> list[tuple[int, str, dict[int, int]]]:
        """Receipt number, points, and pieces by good of what a household took, the newest first."""
        with self.served.app.app_context():
            village = places.village_by_code("qingxi")
            household = people.household_by_number(village.id, number)
            assert household is not None
            return [
                (found.serial, format_points(found.points), {line.good.serial: line.quantity for line in found.lines})
                for found in queries.redemptions(village.id, household_id=household.id)
            ]

    def card_text(self, number: str) -> str:
        """What a scanner reads from a card that works."""
        with self.served.app.app_context():
            village = places.village_by_code("qingxi")
            household = people.household_by_number(village.id, number)
            assert household is not None
            return cards.qr_text(village, cards.working_cards(village.id, household.id)[0])

    def sell_out(self, good: int) -> None:
        """Nothing is left on the shelf; nobody may have set a piece aside."""
        with self.served.app.app_context():
            village = places.village_by_code("qingxi")
            services.write_off(village, good, self.on_hand(good), "受潮", "李四", SYSTEM, new_key())

    def first_waiting(self) -> tuple[int, str, int]:
        """The first order that waits: its number, the household's, and how many wait."""
        with self.served.app.app_context():
            waiting = queries.waiting_orders(places.village_by_code("qingxi").id)
            return waiting[0].serial, waiting[0].household.number, len(waiting)


@pytest.fixture
def shop(served: Served) -> Shop:
    """The shop behind the counter."""
    return Shop(served)


@pytest.fixture
def counter(open_page: OpenPage, served: Served) -> Page:
    """The shopkeeper's screen."""
    page = open_page(DESK)
    sign_in(page, served, "shopkeeper")
    page.goto(COUNTER)
    return page


def check(page: Page) -> None:
    """What holds on every page, at both sizes."""
    for size in (PHONE, DESK):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert_accessible(page)
        assert_fits_its_width(page)


def scan(page: Page, text: str) -> None:
    """As a scanner does: all at once into what has the focus, then Enter."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def scan_card(page: Page, number: str) -> None:
    """The card of who comes next, once the page has given its field the focus."""
    expect(page.locator("main input[autofocus]")).to_be_focused()
    scan(page, number)
    page.wait_for_url(re.compile(r"/counter/[0-9]+$"))
    expect(page.get_by_label("扫条码，或输入编号、名称、首字母")).to_be_focused()


def basket(page: Page) -> Locator:
    """The lines of the basket."""
    return page.locator(".counter-lines tbody tr")


def receipt_number(page: Page) -> int:
    """Of the page that says it is done."""
    page.wait_for_url("**/counter/done/*")
    number = page.url.rpartition("/")[2]
    expect(page.get_by_role("heading", level=1)).to_contain_text("换好了")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"(?<![0-9]){number}(?![0-9])"))
    return int(number)


def order_link(page: Page, order: int) -> Locator:
    """To an order, in the list of those that wait."""
    return page.locator(f"main a[href$='/orders/{order}']")


def test_card_two_goods_f2_receipt_and_the_next_customer(counter: Page, served: Served, shop: Shop) -> None:
    first, second, *_ = served.sign_ins.cards
    stock = [shop.on_hand(good) for good in (SALT, SOAP)]
    before = shop.spendable(first.household)
    earlier = shop.receipts(first.household)
    scan_card(counter, first.number)
    expect(counter.get_by_role("heading", level=1)).to_have_text(f"{first.head}家")
    expect(counter.locator(".counter-balance")).to_contain_text(before)
    for good in (SALT, SOAP, SALT):  # faster than the answers come
        scan(counter, shop.barcode(good))
    expect(basket(counter)).to_have_count(2)
    expect(counter.locator(".counter-sums")).to_contain_text("17 分")
    expect(counter.get_by_label("扫条码，或输入编号、名称、首字母")).to_be_focused()
    check(counter)
    assert shop.receipts(first.household) == earlier
    counter.keyboard.press("F2")
    number = receipt_number(counter)
    assert shop.receipts(first.household) == [(number, "17", {SALT: 2, SOAP: 1}), *earlier]
    assert [shop.on_hand(good) for good in (SALT, SOAP)] == [stock[0] - 2, stock[1] - 1]
    expect(counter.locator(".counter-done")).to_contain_text(shop.spendable(first.household))
    check(counter)
    scan_card(counter, second.number)
    expect(counter.get_by_role("heading", level=1)).to_have_text(f"{second.head}家")
    expect(basket(counter)).to_have_count(0)


def test_from_card_to_receipt_it_takes_two_keys_and_one_or_none_on_a_market_day(
    counter: Page, served: Served, shop: Shop
) -> None:
    first, second, third, *_ = served.sign_ins.cards
    pressed: list[str] = []

    def press(key: str) -> None:
        pressed.append(key)
        counter.keyboard.press(key)

    scan_card(counter, shop.card_text(first.household))
    scan(counter, shop.barcode(SALT))
    expect(basket(counter)).to_have_count(1)
    press("F2")
    receipt_number(counter)
    with counter.expect_popup() as receipt:
        press("F8")
    receipt.value.close()
    assert pressed == ["F2", "F8"]
    counter.goto(COUNTER)
    counter.get_by_role("button", name="赶场模式").click()
    expect(counter.locator(".market-day-bar")).to_contain_text("今天已办 1 位")
    scan_card(counter, shop.card_text(second.household))
    scan(counter, shop.barcode(SALT))
    expect(basket(counter)).to_have_count(1)
    check(counter)
    press("F2")
    counter.wait_for_url(f"**{COUNTER}")
    scan_card(counter, shop.card_text(first.household))
    scan(counter, shop.barcode(SALT))
    expect(basket(counter)).to_have_count(1)
    scan(counter, shop.card_text(third.household))  # hands out what the first one has, too
    expect(counter.get_by_role("heading", level=1)).to_have_text(f"{third.head}家")
    expect(counter.locator(".market-day-last")).to_contain_text(f"{first.head}家")
    check(counter)
    assert pressed == ["F2", "F8", "F2"]
    assert [found[1] for found in shop.receipts(first.household)[:2]] == ["4", "4"]


def test_an_order_that_waits_is_handed_over_with_its_key(counter: Page, shop: Shop) -> None:
    order, household, waiting = shop.first_waiting()
    points, earlier = shop.spendable(household), shop.receipts(household)
    expect(order_link(counter, order)).to_be_visible()
    scan_card(counter, household)
    expect(counter.get_by_role("region", name="等着领的单子")).to_contain_text(f"{order} 号")
    check(counter)
    counter.keyboard.press("F4")
    number = receipt_number(counter)
    assert [found[0] for found in shop.receipts(household)] == [number, *(found[0] for found in earlier)]
    assert shop.spendable(household) == points  # they were set aside before
    counter.goto(COUNTER)
    expect(order_link(counter, order)).to_have_count(0)
    assert shop.first_waiting()[2] == waiting - 1


def test_what_is_not_there_and_what_is_too_dear_is_said_and_not_handed_out(
    counter: Page, served: Served, shop: Shop
) -> None:
    card = served.sign_ins.cards[0]
    earlier = shop.receipts(card.household)
    shop.sell_out(WOK)
    scan(counter, "99999999")
    expect(counter.get_by_text("没有找到这一户")).to_be_visible()
    scan_card(counter, card.number)  # in place of what was refused
    scan(counter, shop.barcode(WOK))
    expect(basket(counter)).to_contain_text("换完了，请去掉")
    counter.keyboard.press("F2")
    expect(counter.get_by_role("alert").filter(visible=True)).to_contain_text("换完")
    check(counter)
    basket(counter).get_by_role("button", name="去掉").click()
    expect(basket(counter)).to_have_count(0)
    scan(counter, shop.barcode(PRESSURE_COOKER))
    missing = 440 - float(shop.spendable(card.household))
    expect(counter.locator(".counter-short")).to_contain_text(f"还差{missing:g} 分")
    counter.keyboard.press("F2")
    expect(counter.get_by_role("alert").filter(visible=True)).to_contain_text("积分不够")
    expect(basket(counter)).to_have_count(1)
    assert shop.receipts(card.household) == earlier


def test_f2_twice_or_after_going_back_redeems_once(counter: Page, served: Served, shop: Shop) -> None:
    card = served.sign_ins.cards[0]
    earlier = shop.receipts(card.household)
    scan_card(counter, card.number)
    scan(counter, shop.barcode(SOAP))
    expect(basket(counter)).to_have_count(1)
    counter.keyboard.press("F2")
    counter.keyboard.press("F2")
    number = receipt_number(counter)
    counter.go_back()
    expect(basket(counter)).to_have_count(1)
    counter.keyboard.press("F2")
    assert receipt_number(counter) == number
    assert shop.receipts(card.household) == [(number, "9", {SOAP: 1}), *earlier]


def test_a_scan_whose_answer_is_lost_is_said_and_the_basket_stays(counter: Page, served: Served, shop: Shop) -> None:
    scan_card(counter, served.sign_ins.cards[0].number)
    scan(counter, shop.barcode(SALT))
    expect(basket(counter)).to_have_count(1)
    counter.route(f"**{COUNTER}/*", lambda route: route.abort(), times=1)
    scan(counter, shop.barcode(SOAP))
    expect(counter.get_by_role("alert").filter(visible=True)).to_contain_text("请再来一次")
    expect(basket(counter)).to_have_count(1)
    scan(counter, shop.barcode(SOAP))
    expect(basket(counter)).to_have_count(2)
    expect(counter.get_by_role("alert").filter(visible=True)).to_have_count(0)


def test_without_script_goods_are_handed_out_too(desk_without_script: Page, served: Served, shop: Shop) -> None:
    page, card = desk_without_script, served.sign_ins.cards[0]
    earlier = shop.receipts(card.household)
    sign_in(page, served, "shopkeeper")
    page.goto(COUNTER)
    scan_card(page, card.number)
    for good in (SALT, SOAP):
        scan(page, shop.barcode(good))
        expect(basket(page)).to_have_count(1 if good == SALT else 2)
        expect(page.get_by_label("扫条码，或输入编号、名称、首字母")).to_be_focused()
    page.get_by_role("button", name="确认，换给他").click()
    number = receipt_number(page)
    assert shop.receipts(card.household) == [(number, "13", {SALT: 1, SOAP: 1}), *earlier]
