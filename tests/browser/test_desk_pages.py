"""Every page of the desk that needs no object: axe, nothing sticking out, Chinese only, at desktop and phone width.

axe takes a second of a page and asks the same at both widths: at phone width it looks at one page of each kind.
"""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.routing import Rule

from pointsbank.access.guard import DECLARED
from pointsbank.access.models import Role
from pointsbank.access.permissions import Permission, permissions_of
from tests.browser.conftest import DESK, PHONE, Served, assert_accessible, sign_in
from tests.browser.measures import assert_fits_its_width, foreign_words

OpenPage = Callable[[dict[str, int]], Page]

HOME = "/desk/qingxi/"
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
KNOWN_WORDS = frozenset(
    [
        *("Excel", "xlsx", "PDF", "QR", "EAN", "Enter", "Tab", "Esc", "Ctrl", "A3", "A4"),
        *("kg", "ml", "mm", "cm", "LED", "Rice"),  # of goods; their sheet has a column with English names
        *("zs", "zjg", "miaopo"),  # initials to search for, the code of a village
        "HOST",  # what is typed to open the program to other computers
    ]
)
OTHER_PAGES = (
    "/desk/qingxi/search?q=zjg",
    "/desk/qingxi/search?q=查无此人",
    "/desk/qingxi/deeds/?page=2",
    "/desk/qingxi/nothing",
    "/desk/miaopo/",
)
AXE_ON_A_PHONE = (  # home, list, forms
    HOME,
    "/desk/qingxi/deeds/",
    "/desk/qingxi/deeds/record",
    "/desk/qingxi/settings",
)


def declared(app: Flask, rule: Rule) -> str:
    """The permission that a page declares."""
    return str(getattr(app.view_functions[rule.endpoint], DECLARED, ""))


def pages_without_object(app: Flask, allowed: frozenset[Permission]) -> list[str]:
    """The pages of a village that need nothing but the village, among those somebody with these permissions sees.

    Not the papers and spreadsheets: their addresses end like the names of files.
    """
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.arguments == {"village_code"} and "GET" in (rule.methods or ()) and declared(app, rule) in allowed
        if "." not in rule.rule
    ]
    return sorted(rule.rule.replace("<village_code>", "qingxi") for rule in rules)


def check(page: Page, *, axe: bool = True) -> None:
    """What holds on every page."""
    if axe:
        assert_accessible(page)
    assert_fits_its_width(page)
    assert foreign_words(page, KNOWN_WORDS) == set(), page.url


def walk(page: Page, paths: list[str]) -> None:
    """Look at each page as wide as the window; one bad page does not hide the others."""
    on_a_phone = page.viewport_size == PHONE
    wrong: dict[str, str] = {}
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue  # what a script asks for
        if answer.status >= 500:
            wrong[path] = f"status {answer.status}"
            continue
        try:
            check(page, axe=not on_a_phone or path in AXE_ON_A_PHONE)
        except AssertionError as error:
            wrong[path] = str(error)
    if wrong:
        pytest.fail("\n".join(f"{path}: {said}" for path, said in wrong.items()))


@SIZES
def test_signing_in_is_told_what_is_wrong(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(size)
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/sign-in"))
    check(page)
    page.get_by_label("登录名").fill("nobody")
    page.get_by_label("密码").fill("nothing")
    page.get_by_role("button", name="登录").click()
    expect(page.locator("main")).to_contain_text("姓名或密码不对")
    expect(page.get_by_label("登录名")).to_have_value("nobody")
    check(page)


@SIZES
def test_every_page_of_the_clerk(open_page: OpenPage, served: Served, size: dict[str, int]) -> None:
    page = open_page(size)
    sign_in(page, served, "clerk")
    roles = frozenset(Role(role) for role in served.sign_ins.of_role("clerk").roles)
    paths = pages_without_object(served.app, permissions_of(roles))
    assert len(paths) > 8
    assert set(AXE_ON_A_PHONE) <= set(paths)
    walk(page, ["/password", *paths, *OTHER_PAGES])


@SIZES
@pytest.mark.parametrize("role", ["shopkeeper", "reviewer"])
def test_the_home_and_every_other_page_of_those_with_fewer_rights(
    open_page: OpenPage, served: Served, size: dict[str, int], role: str
) -> None:
    """Other than the clerk's pages, which the clerk's test walks."""
    page = open_page(size)
    sign_in(page, served, role)
    own, clerks = (
        pages_without_object(served.app, permissions_of(frozenset(map(Role, served.sign_ins.of_role(name).roles))))
        for name in (role, "clerk")
    )
    assert HOME in own
    walk(page, [HOME, *(path for path in own if path not in clerks)])


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_first_page_that_each_list_opens(open_page: OpenPage, served: Served, size: dict[str, int]) -> None:
    """One household, claim, good, card and order: the first link of each list to something with a number."""
    page = open_page(size)
    sign_in(page, served, "clerk")
    found: list[str] = []
    for room in (
        "people/",
        "deeds/",
        "market/goods",
        "market/orders",
        "market/redemptions",
        "cards/",
        "covenant/",
        "staff",
    ):
        page.goto(f"/desk/qingxi/{room}")
        inside = page.locator("main a").evaluate_all("links => links.map(link => link.getAttribute('href') ?? '')")
        found += [href for href in inside if any(part.isdigit() for part in href.split("/")) and "." not in href][:1]
    assert len(found) >= 4
    page.goto(next(path for path in found if "/cards/household/" in path))
    found.append(page.locator("main table a").first.get_attribute("href") or "")
    walk(page, found)


def test_the_home_of_the_clerk_needs_no_scrolling(open_page: OpenPage, served: Served) -> None:
    page = open_page(DESK)
    sign_in(page, served, "clerk")
    page.goto("/desk/qingxi/")
    assert page.evaluate("document.documentElement.scrollHeight") <= DESK["height"]


def test_the_search_is_one_key_away(open_page: OpenPage, served: Served) -> None:
    page = open_page(DESK)
    sign_in(page, served, "clerk")
    page.goto("/desk/qingxi/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("zjg")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=zjg$|/people/[0-9]+$"))  # one hit is opened at once


def test_a_keyboard_comes_to_the_text_at_once(open_page: OpenPage, served: Served) -> None:
    page = open_page(DESK)
    sign_in(page, served, "clerk")
    page.goto("/desk/qingxi/settings")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_the_book_is_checked_by_a_button(open_page: OpenPage, served: Served) -> None:
    page = open_page(DESK)
    sign_in(page, served, "clerk")
    page.goto("/desk/qingxi/verify")
    page.get_by_role("button").filter(has_text="核对").last.click()
    expect(page.locator("main")).to_contain_text("笔")
    check(page)
