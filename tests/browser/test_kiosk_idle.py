"""The kiosk asks whether somebody is still there, and goes back to the beginning by itself."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import KIOSK_UPRIGHT, KIOSK_WIDE, Served
from tests.browser.kiosks import COUNTDOWN_MILLISECONDS, IDLE_MILLISECONDS, SIZES, check, come_in, press

OpenPage = Callable[[dict[str, int]], Page]
ALONE_MILLISECONDS, SLIDE_MILLISECONDS, ANEW_MILLISECONDS = 61_000, 12_500, 602_000


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


def test_when_nobody_comes_the_board_and_the_shelf_turn_until_the_screen_is_touched(
    kiosk: OpenPage, served: Served
) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    page.clock.install()
    page.reload()
    page.clock.run_for(ALONE_MILLISECONDS)
    page.wait_for_url("**/kiosk/attract")
    shown = page.locator("#slides > section:visible")
    expect(shown).to_have_attribute("aria-label", "欢迎")
    page.clock.run_for(SLIDE_MILLISECONDS)
    expect(shown).to_have_attribute("aria-label", "善行义举榜")
    page.mouse.click(500, 500)
    page.wait_for_url("**/kiosk/")
    page.goto("/kiosk/attract")
    page.keyboard.type(served.sign_ins.cards[0].number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/kiosk/home")


def test_who_wants_nothing_to_move_sees_the_next_thing_when_the_page_is_new(kiosk: OpenPage) -> None:
    page = kiosk(KIOSK_WIDE)
    page.emulate_media(reduced_motion="reduce")
    page.clock.install()
    page.goto("/kiosk/attract")
    shown = page.locator("#slides > section:visible")
    page.clock.run_for(ANEW_MILLISECONDS // 2)
    expect(shown).to_have_attribute("aria-label", "欢迎")
    page.clock.run_for(ANEW_MILLISECONDS // 2)
    expect(shown).to_have_attribute("aria-label", "善行义举榜")
