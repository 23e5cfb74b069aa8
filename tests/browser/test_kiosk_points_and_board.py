"""A villager at the kiosk sees points, what was taken, and the board."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.kiosks import SIZES, check, come_in, follow, press

OpenPage = Callable[[dict[str, int]], Page]


@SIZES
def test_the_points_are_told_after_the_pin(kiosk: OpenPage, served: Served, size: dict[str, int]) -> None:
    page, card = kiosk(size), served.sign_ins.cards[0]
    come_in(page, served)
    follow(page, "查积分", "pin?then=month")
    check(page)
    press(page, "000000" if card.pin != "000000" else "000001")
    expect(page.locator("#notice-words")).to_be_visible()
    page.get_by_role("button", name="知道了").click()
    press(page, card.pin)
    page.wait_for_url("**/kiosk/month")
    check(page)
    follow(page, "前一个月", "month?month=2026-02")
    expect(page.locator(".kiosk-lines li").first).to_be_visible()
    check(page)
    follow(page, "我换的东西", "taken")
    check(page)


@SIZES
def test_the_board_shows_ranking_and_good_deeds(kiosk: OpenPage, served: Served, size: dict[str, int]) -> None:
    page = kiosk(size)
    come_in(page, served)
    follow(page, "看榜", "board")
    check(page)
    first = page.locator(".kiosk-ranking li").first
    expect(first.locator(".kiosk-rank")).to_have_text("1")
    down = page.get_by_role("button", name="往下看")
    if down.is_visible():
        before = page.locator(".kiosk-scroll").evaluate("list => list.scrollTop")
        down.click()
        page.wait_for_function("before => document.querySelector('.kiosk-scroll').scrollTop > before", arg=before)
    follow(page, "好人好事", "board?part=merits")
    expect(page.locator(".kiosk-merits li").first).to_be_visible()
    check(page)
