"""A villager at the kiosk comes in by number or card, and orders in three screens."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import KIOSK_UPRIGHT, KIOSK_WIDE, Served, assert_accessible
from tests.browser.kiosks import SIZES, check, choose, come_in, follow, good_button, press

OpenPage = Callable[[dict[str, int]], Page]


@SIZES
def test_from_the_door_number_to_the_number_of_the_order(
    kiosk: OpenPage, served: Served, size: dict[str, int], waiting_orders: Callable[[], int]
) -> None:
    page = kiosk(size)
    check(page)
    page.locator("a.kiosk-tile", has_text="点户号").click()
    page.wait_for_url("**/kiosk/door")
    check(page)
    group, number = served.sign_ins.cards[0].household.split("-")
    follow(page, f"{int(group)}组", "door?group=*")
    check(page)
    press(page, str(int(number)))
    page.wait_for_url("**/kiosk/home")
    check(page)
    figure = page.locator(".kiosk-figure")
    expect(figure).to_contain_text("能换")
    points = float(figure.locator("strong").inner_text())
    assert figure.locator("strong").evaluate("element => parseFloat(getComputedStyle(element).fontSize)") >= 132
    assert page.locator("#main").inner_text().count("分") <= 3  # one figure: here, and in the sentence above
    follow(page, "换东西", "goods")
    check(page)
    page.locator("a.kiosk-good").filter(has_text="食用盐").click()
    page.wait_for_url("**/kiosk/goods/*")
    check(page)
    page.get_by_role("button", name="多一").click()
    expect(page.locator("#pieces")).to_have_text("2")
    total = float(page.locator("#total").inner_text())
    assert float(page.locator("#left").inner_text()) == points - total
    good_button(page)
    page.wait_for_url("**/kiosk/orders/*")
    check(page)
    expect(page.locator("main")).to_contain_text("请到柜台领取，报您的名字就行")
    assert page.locator(".kiosk-serial").inner_text() == page.url.rpartition("/")[2]
    assert waiting_orders() == 1
    follow(page, "返回", "home")
    check(page)
    expect(figure.locator("strong")).to_have_text(f"{points - total:g}")
    expect(page.locator(".kiosk-waiting")).to_contain_text("食用盐 2 袋")
    page.goto("/kiosk/goods")
    expect(page.locator("a.kiosk-good")).to_have_count(0)
    check(page)


def test_a_card_is_scanned_like_typed(kiosk: OpenPage, served: Served) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    page.keyboard.type(served.sign_ins.cards[0].number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/kiosk/home")
    surname = served.sign_ins.cards[0].head[0]
    expect(page.locator("#said")).to_contain_text(f"{surname}家，您好！")
    assert served.sign_ins.cards[0].head not in page.content()


def test_an_unknown_card_is_told_and_the_next_one_is_taken(kiosk: OpenPage, served: Served) -> None:
    page = kiosk(KIOSK_WIDE)
    page.keyboard.type("PB1:qingxi:nothing")
    page.keyboard.press("Enter")
    notice = page.locator("#notice-words")
    expect(notice).to_be_visible()
    check(page)
    assert_accessible(page)
    page.get_by_role("button", name="知道了").click()
    page.keyboard.type(served.sign_ins.cards[0].number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/kiosk/home")


def test_minus_and_plus_stay_within_what_can_be_had(kiosk: OpenPage, served: Served) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    come_in(page, served)
    choose(page)
    fewer, more = page.get_by_role("button", name="少一"), page.get_by_role("button", name="多一")
    expect(fewer).to_be_disabled()
    most = int(page.locator("#quantity").get_attribute("data-max") or "")
    for _ in range(most - 1):
        more.click()
    expect(more).to_be_disabled()
    expect(page.locator("#pieces")).to_have_text(str(most))
