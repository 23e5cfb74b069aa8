"""Every page of the kiosk on every screen: letters, keys and lines for old people, nothing that axe finds."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import KIOSK_UPRIGHT, Served, assert_accessible
from tests.browser.kiosks import EVERY_SIZE, check, choose, come_in, good_button

OpenPage = Callable[[dict[str, int]], Page]

BEFORE = ("", "door", "door?group=1", "volume", "help", "staff")
DURING = (
    "home", "goods", "goods?page=2", "goods/1", "board", "board?part=merits", "deeds", "deeds/kinds/0", "deeds/kinds/5",
    "deeds/rules/GY01", "deeds/neighbour", "deeds/neighbour?group=1", "deeds/ask", "pin?then=month", "help", "nothing",
)  # fmt: skip
STRONG = ("", "home", "goods", "deeds/rules/GY01", "board", "help", "pin?then=month")


def show(page: Page, path: str) -> None:
    page.goto(f"/kiosk/{path}")
    check(page)


@EVERY_SIZE
def test_every_page_is_made_for_old_hands_and_eyes(kiosk: OpenPage, served: Served, size: dict[str, int]) -> None:
    page = kiosk(size)
    for path in BEFORE:
        show(page, path)
    show(page, "attract")
    for number in range(1, page.locator("#slides > section").count()):
        page.locator("#slides").evaluate(
            "(slides, shown) => [...slides.children].forEach((one, at) => { one.hidden = at !== shown; })", number
        )
        check(page)
    page.goto("/kiosk/")
    come_in(page, served)
    for path in DURING:
        show(page, path)
    page.goto("/kiosk/home")
    choose(page)
    good_button(page)
    page.wait_for_url("**/kiosk/orders/*")
    check(page)
    show(page, "home")
    show(page, "goods")


def test_strong_contrast_is_strong_everywhere(kiosk: OpenPage, served: Served) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    page.get_by_role("button", name="高对比").click()
    page.locator("html.kiosk-contrast").wait_for()
    assert page.get_by_role("button", name="高对比").get_attribute("aria-pressed") == "true"
    come_in(page, served)
    for path in STRONG[1:]:
        page.goto(f"/kiosk/{path}")
        assert_accessible(page)
    page.get_by_role("link", name="返回").or_(page.get_by_role("link", name="不按了")).click()
    page.get_by_role("button", name="我好了").click()
    page.wait_for_url("**/kiosk/")
    assert page.locator("html.kiosk-contrast").count() == 0
