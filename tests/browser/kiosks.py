"""What the tests of the kiosk in a browser do: tap, press, and measure each page."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import KIOSK_SMALL, KIOSK_UPRIGHT, KIOSK_WIDE, Served, assert_accessible
from tests.browser.measures import assert_made_for_old_hands

SIZES = pytest.mark.parametrize("size", [KIOSK_UPRIGHT, KIOSK_WIDE], ids=["upright", "wide"])
EVERY_SIZE = pytest.mark.parametrize("size", [KIOSK_UPRIGHT, KIOSK_WIDE, KIOSK_SMALL], ids=["upright", "wide", "small"])
ASK_AGAIN_MILLISECONDS, IDLE_MILLISECONDS, COUNTDOWN_MILLISECONDS = 3_000, 90_000, 30_000


def check(page: Page) -> None:
    """What holds on every page of the kiosk; axe looks at the upright one, where the same page is opened in both."""
    if page.viewport_size == KIOSK_UPRIGHT:
        assert_accessible(page)
    assert_made_for_old_hands(page)


def follow(page: Page, words: str, path: str) -> None:
    """Touch a link and wait for the page it leads to."""
    page.get_by_role("link", name=words, exact=True).click()
    page.wait_for_url(f"**/kiosk/{path}")


def press(page: Page, digits: str) -> None:
    """Press the touch digits one after the other, then 好."""
    for digit in digits:
        page.locator(f"[data-keypad-digit='{digit}']").click()
    page.locator("form .keypad-go").click()


def come_in(page: Page, served: Served, card: int = 0) -> None:
    """Tap the door number of a household that has a card."""
    group, number = served.sign_ins.cards[card].household.split("-")
    page.locator("a.kiosk-tile", has_text="点户号").click()
    page.wait_for_url("**/kiosk/door")
    follow(page, f"{int(group)}组", "door?group=*")
    press(page, str(int(number)))
    page.wait_for_url("**/kiosk/home")


def choose(page: Page) -> None:
    """换东西, and the first thing that can be had."""
    follow(page, "换东西", "goods")
    page.locator("a.kiosk-good").first.click()
    page.wait_for_url("**/kiosk/goods/*")


def good_button(page: Page) -> None:
    """Press 好 on the page of a good."""
    page.get_by_role("button", name="好", exact=True).click()
