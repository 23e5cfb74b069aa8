"""找人帮忙 rings at the counter; one key there, and the screen says that somebody comes."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, KIOSK_WIDE, Served, assert_accessible, sign_in
from tests.browser.kiosks import check, follow

OpenPage = Callable[[dict[str, int]], Page]
LOOK_MILLISECONDS = 5_000  # the bell looks every four seconds, the kiosk every three


def test_a_call_is_answered_at_the_counter_with_one_key(open_page: OpenPage, kiosk: OpenPage, served: Served) -> None:
    counter, screen = open_page(DESK), kiosk(KIOSK_WIDE)
    for page in (counter, screen):
        page.clock.install()
    sign_in(counter, served, "shopkeeper")
    counter.goto("/desk/qingxi/market/counter")
    follow(screen, "找人帮忙", "help")
    screen.get_by_role("button", name="叫人来").click()
    expect(screen.locator("#said")).to_have_text("已经叫人了，请稍等。")
    check(screen)
    counter.clock.run_for(LOOK_MILLISECONDS)
    bell = counter.get_by_role("alert").filter(has_text="找人帮忙")
    expect(bell).to_be_visible()
    expect(counter).to_have_title("有人找 · 柜台 · 积分银行")
    assert_accessible(counter)
    counter.keyboard.press("F7")
    expect(bell).to_be_hidden()
    screen.clock.run_for(LOOK_MILLISECONDS)
    expect(screen.locator("#said")).to_have_text("听到了，马上有人来。")
    expect(screen.locator("main")).to_contain_text(served.sign_ins.of_role("shopkeeper").name)
    check(screen)
