"""A villager at the kiosk comes in by number or card, orders once whatever happens, sees points and board, goes."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import DESK, KIOSK_UPRIGHT, KIOSK_WIDE, Served, assert_accessible, sign_in
from tests.browser.measures import assert_made_for_old_hands

OpenPage = Callable[[dict[str, int]], Page]

SIZES = pytest.mark.parametrize("size", [KIOSK_UPRIGHT, KIOSK_WIDE], ids=["upright", "wide"])
ASK_AGAIN_MILLISECONDS, IDLE_MILLISECONDS, COUNTDOWN_MILLISECONDS = 3_000, 90_000, 30_000


@pytest.fixture
def waiting_orders(tmp_path: Path, served: Served) -> Callable[[], int]:
    """How many orders wait at the counter for the first card's household, looked up past the program."""
    number = served.sign_ins.cards[0].household

    def count() -> int:
        with closing(sqlite3.connect(tmp_path / "sample.db")) as database:
            query = (
                "SELECT count(*) FROM orders JOIN households ON households.id = orders.household_id"
                " WHERE orders.state = 'waiting' AND households.number = ?"
            )
            found: int = database.execute(query, [number]).fetchone()[0]
            return found

    return count


@pytest.fixture
def kiosk(open_page: OpenPage, served: Served) -> Callable[[dict[str, int]], Page]:
    """Opens a browser that the clerk has made the kiosk."""

    def open_at(size: dict[str, int]) -> Page:
        page = open_page(size)
        sign_in(page, served, "clerk")
        page.goto("/desk/qingxi/devices")
        page.locator("summary", has_text="把这台浏览器变成自助机").click()
        page.get_by_role("button", name="变成自助机").click()
        page.wait_for_url("**/kiosk/")
        return page

    return open_at


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


# --- becoming the kiosk ---


def test_a_code_from_the_desk_makes_another_browser_the_kiosk(open_page: OpenPage, served: Served) -> None:
    desk, kiosk = open_page(DESK), open_page(KIOSK_UPRIGHT)
    sign_in(desk, served, "clerk")
    desk.goto("/desk/qingxi/devices")
    desk.get_by_label("自助机的名字").fill("超市自助机")
    desk.get_by_role("button", name="生成配对码").click()
    found = re.search(r"\d{4} \d{4}", desk.locator("main").inner_text())
    assert found is not None
    kiosk.goto("/kiosk/")
    check(kiosk)
    follow(kiosk, "我有配对码", "pair")
    check(kiosk)
    press(kiosk, "00000000")
    expect(kiosk.get_by_role("alert")).to_contain_text("配对码")
    check(kiosk)
    press(kiosk, found[0].replace(" ", ""))
    kiosk.wait_for_url("**/kiosk/")
    expect(kiosk.locator(".kiosk-place")).to_have_text("清溪村爱心超市")
    desk.goto("/desk/qingxi/devices")
    expect(desk.get_by_role("row", name="超市自助机")).to_contain_text("在用")


def test_a_browser_made_the_kiosk_at_the_desk_has_no_desk_any_more(kiosk: OpenPage) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    page.goto("/desk/qingxi/")
    assert page.url.endswith("/kiosk/")
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["pointsbank_device"]["httpOnly"]
    assert cookies["pointsbank_device"]["sameSite"] == "Strict"


# --- three screens to an order ---


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


# --- once, whatever happens ---


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


# --- points and board ---


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


# --- coming and going ---


def test_nobody_there_is_asked_after_a_while_then_counted_out(kiosk: OpenPage, served: Served) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    page.clock.install()
    come_in(page, served)
    question = page.locator("#still-there")
    page.clock.run_for(IDLE_MILLISECONDS - 2_000)
    expect(question).to_be_hidden()
    page.clock.run_for(2_500)
    expect(question).to_be_visible()
    check(page)
    page.get_by_role("button", name="我再看看").click()
    expect(question).to_be_hidden()
    page.clock.run_for(IDLE_MILLISECONDS + 500)
    expect(question).to_be_visible()
    page.clock.run_for(5_000)
    assert int(page.locator("#still-there-seconds").inner_text()) <= 25
    page.clock.run_for(COUNTDOWN_MILLISECONDS)
    page.wait_for_url("**/kiosk/")
    page.goto("/kiosk/home")
    assert page.url.endswith("/kiosk/")


def test_a_touch_puts_the_question_off(kiosk: OpenPage, served: Served) -> None:
    page = kiosk(KIOSK_WIDE)
    page.clock.install()
    come_in(page, served)
    for _ in range(3):
        page.clock.run_for(IDLE_MILLISECONDS - 10_000)
        page.mouse.click(5, 5)
    expect(page.locator("#still-there")).to_be_hidden()


@SIZES
def test_say_it_again_and_i_am_done_stand_at_the_same_place_on_every_page(
    kiosk: OpenPage, served: Served, size: dict[str, int]
) -> None:
    page = kiosk(size)
    come_in(page, served)
    again, done = page.get_by_role("button", name="再说一遍"), page.get_by_role("button", name="我好了")
    places = set()
    for path in ("home", "goods", "goods/1", "taken", "board", "board?part=merits", "goods?page=2"):
        page.goto(f"/kiosk/{path}")
        if page.url.endswith("then=taken"):
            press(page, served.sign_ins.cards[0].pin)
            page.wait_for_url("**/kiosk/taken")
        boxes = [button.bounding_box() for button in (again, done)]
        places.add(tuple((round(box["x"]), round(box["y"])) for box in boxes if box))
    assert len(places) == 1
    done.click()
    page.wait_for_url("**/kiosk/")


def test_the_sentence_is_marked_when_it_is_said_again(kiosk: OpenPage, served: Served) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    come_in(page, served)
    page.get_by_role("button", name="再说一遍").click()
    expect(page.locator("#said")).to_have_class(re.compile("kiosk-said-again"))


def test_staff_end_the_kiosk_at_the_screen(kiosk: OpenPage, served: Served) -> None:
    page, clerk = kiosk(KIOSK_WIDE), served.sign_ins.of_role("clerk")
    follow(page, "工作人员", "staff")
    check(page)
    assert_accessible(page)
    page.get_by_label("登录名").fill(clerk.sign_in_name)
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="结束自助机").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)
    assert_accessible(page)
    page.get_by_label("密码").fill(clerk.password)
    page.get_by_role("button", name="结束自助机").click()
    page.wait_for_url("**/sign-in")


@pytest.fixture
def page_without_script(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1080, "height": 1920}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.url}/kiosk/pair")
    yield page
    context.close()


def test_without_script_the_kiosk_says_that_it_needs_one(page_without_script: Page) -> None:
    expect(page_without_script.locator(".kiosk-noscript")).to_be_visible()
    expect(page_without_script.locator(".kiosk-noscript")).to_contain_text("请告诉柜台")
