"""A scanner that ends with Enter, with Tab or with nothing does the same at the counter and at the kiosk."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from pointsbank.cards import queries as cards
from pointsbank.foundation.database import session
from pointsbank.market import queries as market
from pointsbank.places import queries as places
from tests.browser.conftest import DESK, KIOSK_UPRIGHT, Served, sign_in

OpenPage = Callable[[dict[str, int]], Page]

KEY_MILLISECONDS = 5
SUFFIXES = pytest.mark.parametrize("suffix", ["Enter", "Tab", ""], ids=["enter", "tab", "none"])
COUNTER, SALT = "/desk/qingxi/market/counter", 7


def scan(page: Page, text: str, suffix: str) -> None:
    """As a scanner does: one key after the other, then what it is set up to end with."""
    page.keyboard.type(text, delay=KEY_MILLISECONDS)
    if suffix:
        page.keyboard.press(suffix)


def qr_and_barcode(served: Served, number: str) -> tuple[str, str]:
    """What a scanner reads from a card, and from a good."""
    with served.app.app_context():
        village = places.village_by_code("qingxi")
        card = cards.card_presented(village, number)
        assert card is not None
        text, barcode = cards.qr_text(village, card), market.good(village.id, SALT).barcodes[0].barcode
        session().rollback()
        return text, barcode


def goods_field(page: Page) -> Locator:
    return page.get_by_label("扫条码，或输入编号、名称、首字母")


@SUFFIXES
def test_card_and_goods_are_scanned_at_the_counter(open_page: OpenPage, served: Served, suffix: str) -> None:
    page = open_page(DESK)
    text, barcode = qr_and_barcode(served, served.sign_ins.cards[0].number)
    sign_in(page, served, "shopkeeper")
    page.goto(COUNTER)
    expect(page.locator("main input[autofocus]")).to_be_focused()
    scan(page, text, suffix)
    page.wait_for_url(re.compile(r"/counter/[0-9]+$"))
    expect(goods_field(page)).to_be_focused()
    scan(page, barcode, suffix)
    lines = page.locator(".counter-lines tbody tr")
    expect(lines).to_have_count(1)
    expect(goods_field(page)).to_be_focused()
    scan(page, barcode, suffix)
    expect(lines.get_by_role("textbox")).to_have_value("2")


def test_what_hands_type_is_not_taken_and_tab_moves_on(open_page: OpenPage, served: Served) -> None:
    page = open_page(DESK)
    page.clock.install()
    sign_in(page, served, "shopkeeper")
    page.goto(COUNTER)
    field = page.locator("main input[autofocus]")
    expect(field).to_be_focused()
    page.keyboard.type(served.sign_ins.cards[0].number, delay=70)
    page.keyboard.press("Tab")
    expect(field).not_to_be_focused()
    page.clock.run_for(1_000)  # longer than the silence after which a scan is taken
    expect(page).to_have_url(re.compile(rf"{COUNTER}$"))


@SUFFIXES
def test_a_card_opens_the_kiosk(open_page: OpenPage, served: Served, suffix: str) -> None:
    page = open_page(KIOSK_UPRIGHT)
    text, _ = qr_and_barcode(served, served.sign_ins.cards[0].number)
    sign_in(page, served, "clerk")
    page.goto("/desk/qingxi/devices")
    page.locator("summary", has_text="把这台浏览器变成自助机").click()
    page.get_by_role("button", name="变成自助机").click()
    page.wait_for_url("**/kiosk/")
    page.wait_for_load_state()
    scan(page, text, suffix)
    page.wait_for_url("**/kiosk/home")
