"""The honor board on screen, at the desk and on the wall, at desktop and phone width."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Served, assert_accessible, sign_in
from tests.browser.measures import assert_fits_its_width, foreign_words

OpenPage = Callable[[dict[str, int]], Page]

SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
FROZEN, ENDED = "2026-01", "2026-02"  # the sample village's newest frozen month, and the one whose board is to be done
TITLE_PIXELS_MIN = 34  # the title is the largest on the page, on a phone too


def check(page: Page) -> None:
    """What holds on every page that shows the board; on a phone axe looks at the wall only, which asks it."""
    if page.viewport_size != PHONE:
        assert_accessible(page)
    assert_fits_its_width(page)
    assert foreign_words(page, frozenset({"A3", "A4"})) == set()


@SIZES
def test_everybody_sees_the_newest_board_on_the_wall(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(size)
    page.goto("/public/qingxi/")
    check(page)
    assert_accessible(page)
    title = page.get_by_role("heading", name="善行义举榜")
    assert title.evaluate("title => parseFloat(getComputedStyle(title).fontSize)") >= TITLE_PIXELS_MIN
    expect(page.locator(".honor-card").first).to_be_visible()
    expect(page.locator(".honor-rank").first).to_contain_text("1")
    expect(page.locator(".honor-draft-mark")).to_have_count(0)
    expect(page.get_by_role("img", name="账本校验二维码")).to_be_visible()
    digest = page.locator(".honor-digest").inner_text().replace(" ", "").replace("\n", "")
    assert len(digest) == 64


def test_earlier_boards_are_one_step_away(open_page: OpenPage) -> None:
    page = open_page(PHONE)
    page.goto("/public/qingxi/")
    months = page.get_by_role("navigation", name="各期榜").get_by_role("link")
    assert months.count() >= 2
    months.last.click()
    page.wait_for_url("**/public/qingxi/20*")
    expect(page.locator(".honor-issue")).to_contain_text("第 1 期")
    check(page)


@SIZES
def test_a_wall_where_nothing_hangs_yet_says_so(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(size)
    page.goto("/public/miaopo/")
    expect(page.locator("main")).to_contain_text("还没有发榜")
    check(page)


@SIZES
def test_the_desk_sees_a_draft_as_a_draft(open_page: OpenPage, served: Served, size: dict[str, int]) -> None:
    page = open_page(size)
    sign_in(page, served, "clerk")
    for path in (f"{ENDED}/screen", ENDED, f"{ENDED}/merits", FROZEN, f"{FROZEN}/screen"):
        page.goto(f"/desk/qingxi/boards/{path}")
        check(page)
        drafts = page.locator(".honor-draft-mark")
        expect(drafts).to_have_count(1 if path == f"{ENDED}/screen" else 0)


def test_the_clerk_words_a_deed_freezes_the_month_and_it_hangs(open_page: OpenPage, served: Served) -> None:
    page, wall = open_page(DESK), open_page(PHONE)
    sign_in(page, served, "clerk")
    page.goto(f"/desk/qingxi/boards/{ENDED}/merits")
    chosen = page.get_by_role("row").filter(has_not_text="未签同意书").filter(has_text="选这件").first
    name = chosen.get_by_role("rowheader").inner_text().strip()
    chosen.get_by_role("link", name="选这件").click()
    page.get_by_label("榜上怎么写").fill("雪天扫出一条路，让孩子们平安上学。")
    page.get_by_role("button", name="写到榜上").click()
    expect(page.locator(".merit-list")).to_contain_text("雪天扫出一条路")
    expect(page.locator(".merit-list")).to_contain_text(name.removesuffix("家"))
    check(page)
    page.goto(f"/desk/qingxi/boards/{ENDED}")
    page.locator("summary", has_text="定榜").click()
    expect(page.locator(".confirm-sheet", has_text="不能再改")).to_be_visible()
    check(page)
    page.locator(".confirm-sheet", has_text="不能再改").get_by_role("checkbox").check()  # some deeds are on their way
    page.get_by_role("button", name="定榜，不再改").click()
    expect(page.get_by_role("status")).to_contain_text("榜已经定好")
    check(page)
    wall.goto("/public/qingxi/")
    expect(wall.locator(".honor-cards")).to_contain_text("雪天扫出一条路")
    expect(wall.locator(".honor-issue")).to_contain_text("2026年2月")


def test_the_board_prints_without_what_only_a_screen_needs(open_page: OpenPage) -> None:
    page = open_page(DESK)
    page.goto("/public/qingxi/")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="各期榜")).to_be_hidden()
    expect(page.locator(".honor-board")).to_be_visible()
