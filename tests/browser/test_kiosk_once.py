"""An order at the kiosk is made once, whatever happens to the taps, the answers and the page."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import KIOSK_UPRIGHT, KIOSK_WIDE, Served
from tests.browser.kiosks import ASK_AGAIN_MILLISECONDS, check, choose, come_in, follow, good_button

OpenPage = Callable[[dict[str, int]], Page]


def test_tapping_twice_orders_once(kiosk: OpenPage, served: Served, waiting_orders: Callable[[], int]) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    come_in(page, served)
    choose(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    page.evaluate("""() => {
      const button = document.querySelector("form[data-send] button[type=submit]");
      button.click();
      button.click();
    }""")
    page.wait_for_url("**/kiosk/orders/*")
    assert len(asked) == 1
    assert waiting_orders() == 1


def test_an_answer_that_is_lost_is_asked_for_again_and_orders_once(
    kiosk: OpenPage, served: Served, waiting_orders: Callable[[], int]
) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    page.clock.install()
    come_in(page, served)
    choose(page)
    answers: list[int] = []

    def lose_the_first(route: Route) -> None:
        answers.append(route.fetch().status)  # the server has done it
        if len(answers) == 1:
            route.abort()
        else:
            route.continue_()

    page.route("**/kiosk/orders", lose_the_first)
    good_button(page)
    expect(page.locator("#notice-words")).to_contain_text("东西不会换两次")
    assert waiting_orders() == 1
    check(page)
    page.clock.run_for(ASK_AGAIN_MILLISECONDS)
    page.wait_for_url("**/kiosk/orders/*")
    assert answers == [200, 200]
    assert waiting_orders() == 1


def test_an_order_that_never_reached_the_server_is_sent_again(
    kiosk: OpenPage, served: Served, waiting_orders: Callable[[], int]
) -> None:
    page = kiosk(KIOSK_WIDE)
    page.clock.install()
    come_in(page, served)
    choose(page)
    page.route("**/kiosk/orders", lambda route: route.abort())
    good_button(page)
    expect(page.locator("#notice-words")).to_contain_text("连不上柜台的电脑")
    assert waiting_orders() == 0
    page.unroute("**/kiosk/orders")
    page.clock.run_for(ASK_AGAIN_MILLISECONDS)
    page.wait_for_url("**/kiosk/orders/*")
    assert waiting_orders() == 1


def test_reloading_before_the_answer_or_going_back_orders_once(
    kiosk: OpenPage, served: Served, waiting_orders: Callable[[], int]
) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    come_in(page, served)
    choose(page)
    good = page.url

    def do_but_never_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/kiosk/orders", do_but_never_answer)
    good_button(page)
    expect(page.locator("#notice-words")).to_be_visible()
    page.unroute("**/kiosk/orders")
    page.reload()
    expect(page.locator("#said")).to_contain_text("您有东西先留着")
    expect(page.get_by_role("button", name="好", exact=True)).to_have_count(0)
    check(page)
    follow(page, "看看先留着的", "orders/*")
    page.reload()
    page.goto(good)
    expect(page.locator("#said")).to_contain_text("您有东西先留着")
    assert waiting_orders() == 1


def test_what_is_not_wanted_is_given_up_after_one_question(
    kiosk: OpenPage, served: Served, waiting_orders: Callable[[], int]
) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    come_in(page, served)
    points = page.locator(".kiosk-figure strong").inner_text()
    choose(page)
    good_button(page)
    page.wait_for_url("**/kiosk/orders/*")
    page.get_by_role("button", name="不要了").click()
    check(page)
    page.get_by_role("button", name="还要").click()
    assert waiting_orders() == 1
    page.get_by_role("button", name="不要了").click()
    page.locator("#notice-go").click()
    expect(page.locator("#said")).to_contain_text("积分已经退回")
    check(page)
    assert waiting_orders() == 0
    follow(page, "返回", "home")
    expect(page.locator(".kiosk-figure strong")).to_have_text(points)
