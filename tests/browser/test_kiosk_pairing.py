"""A browser becomes the kiosk with the clerk's code, and an ordinary one again with a password."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, KIOSK_UPRIGHT, KIOSK_WIDE, Served, assert_accessible, sign_in
from tests.browser.kiosks import check, follow, press

OpenPage = Callable[[dict[str, int]], Page]


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
