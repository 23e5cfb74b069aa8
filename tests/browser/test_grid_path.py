"""A clerk types a group's paper sheet into the grid: nothing typed is lost, it is looked at, then booked at once."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from pointsbank.deeds import queries
from pointsbank.deeds.models import ClaimOrigin
from pointsbank.deeds.queries import ClaimFilter
from pointsbank.foundation.points import format_points
from pointsbank.places import queries as places
from tests.browser.conftest import DESK, PHONE, Served, assert_accessible, sign_in
from tests.browser.measures import assert_fits_its_width

OpenPage = Callable[[dict[str, int]], Page]
Typed = set[tuple[str, str, str]]  # household number, rule, quantity

GRID = "/desk/qingxi/deeds/grid"
DAY = "2026-03-17"
RULES = ("HS01", "HS09", "HS11")  # the columns: 5 points each time; none of them was earned by these households
CAPPED = "9"  # times: 45 points, of which a quarter takes 15


@pytest.fixture
def booked(served: Served) -> Callable[[], Typed]:
    """Looks up, past the page, what the grid booked since the test began."""

    def since(serial: int) -> Typed:
        with served.app.app_context():
            claims = queries.claims(places.village_by_code("qingxi").id, ClaimFilter(), limit=50)
            return {
                (claim.household.number, claim.rule.code, format_points(claim.quantity))
                for claim in claims
                if claim.serial > serial and claim.origin is ClaimOrigin.GRID
            }

    with served.app.app_context():
        start = queries.last_serial(places.village_by_code("qingxi").id)
    return lambda: since(start)


@pytest.fixture
def sheet(open_page: OpenPage, served: Served) -> Page:
    """The empty sheet of group 8, chosen as a clerk does."""
    page = open_page(DESK)
    sign_in(page, served, "clerk")
    page.goto(GRID)
    page.get_by_label("哪个组").select_option("8组")
    page.get_by_label("哪天").fill(DAY)
    ticked = page.locator(".rule-box input:checked")
    while ticked.count():
        ticked.first.uncheck()
    page.get_by_label("找别的细则").focus()
    for code in RULES:
        page.keyboard.type(code.lower())
        expect(page.locator("#rule-found")).to_contain_text("找到 1 条")
        page.keyboard.press("Enter")
        expect(page.locator(f"#rule-{code}")).to_be_checked()
    page.get_by_role("button", name="打开这张表").first.click()
    expect(page.get_by_role("heading", name="8组的打分表")).to_be_visible()
    return page


def check(page: Page) -> None:
    """What holds on every page, at both sizes."""
    for size in (PHONE, DESK):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert_accessible(page)
        assert_fits_its_width(page)


def cell(page: Page, row: int, column: int) -> Locator:
    """The field of a household and a rule, both counted from 0."""
    return page.locator(".grid tbody tr").nth(row).locator("input").nth(column)


def households(page: Page, count: int) -> list[str]:
    """The numbers of the first households of the sheet."""
    heads = page.locator(".grid tbody th .quiet").all_inner_texts()
    assert len(heads) > count
    return heads[:count]


def press(page: Page, *keys: str) -> None:
    """One key after the other."""
    for key in keys:
        page.keyboard.press(key)


def look(page: Page) -> None:
    """See what the sheet gives."""
    page.get_by_role("button", name="看看各得多少分").first.click()


def test_a_sheet_is_filled_in_looked_at_and_booked(sheet: Page, booked: Callable[[], Typed]) -> None:
    numbers = households(sheet, 3)
    expect(cell(sheet, 0, 0)).to_be_focused()
    press(sheet, "1", "ArrowDown", "2", "Enter", "3", "ArrowRight", "1", "ArrowUp", "ArrowUp", "ArrowRight", *CAPPED)
    filled = [[cell(sheet, row, column).input_value() for column in range(3)] for row in range(3)]
    assert filled == [["1", "", CAPPED], ["2", "", ""], ["3", "1", ""]]
    expect(sheet.locator("[data-row-sum]").nth(0)).to_have_text("+50")
    expect(sheet.locator("[data-row-sum]").nth(2)).to_have_text("+20")
    expect(sheet.locator("[data-column-sum]").nth(0)).to_have_text("6次+30")
    expect(sheet.locator("[data-sum]")).to_have_text("+80")
    look(sheet)
    capped = sheet.get_by_role("row", name=re.compile(numbers[0])).filter(has_text="不文明行为")
    expect(capped).to_contain_text("每户每季度最多记15分")
    expect(sheet.get_by_role("row", name=re.compile("[0-9]{2}-[0-9]{3}"))).to_have_count(5)
    expect(sheet.locator("main")).to_contain_text("1 件到了封顶")
    check(sheet)
    assert booked() == set()
    sheet.get_by_role("button", name="回去改").click()
    expect(cell(sheet, 0, 2)).to_have_value(CAPPED)
    cell(sheet, 2, 1).focus()
    press(sheet, "2")
    look(sheet)
    sheet.get_by_role("button", name=re.compile("5 件全部(入账|申报)")).dblclick()  # a shaking hand books once
    expect(sheet.locator("main")).to_contain_text(re.compile("8组的表已(入账|申报)：5 件"))
    deeds = [(0, "HS01", "1"), (0, "HS11", CAPPED), (1, "HS01", "2"), (2, "HS01", "3"), (2, "HS09", "2")]
    wanted = {(numbers[row], code, quantity) for row, code, quantity in deeds}
    assert booked() == wanted
    sheet.get_by_role("link", name="全部申报").click()
    newest = sheet.locator("main tbody tr")
    for row, words in enumerate(("安全隐患", "拾金不昧", "拾金不昧", "不文明行为", "拾金不昧")):
        expect(newest.nth(row)).to_contain_text(words)
    expect(newest.nth(3)).to_contain_text(numbers[0])
    expect(newest.nth(3)).to_contain_text("+15")


def test_what_cannot_be_taken_is_kept_and_marked_and_nothing_is_booked(
    sheet: Page, booked: Callable[[], Typed]
) -> None:
    [number] = households(sheet, 1)
    press(sheet, "1", "Enter")
    sheet.keyboard.type("两次")
    look(sheet)
    wrong = cell(sheet, 1, 0)
    expect(sheet.get_by_role("alert")).to_contain_text("有的格子不对")
    expect(sheet.locator("[aria-invalid=true]")).to_have_count(1)
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_value("两次")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_accessible_description(re.compile("数量要填数字"))
    expect(cell(sheet, 0, 0)).to_have_value("1")
    check(sheet)
    assert booked() == set()
    press(sheet, "Delete")
    look(sheet)
    sheet.get_by_role("button", name=re.compile("1 件全部(入账|申报)")).click()
    expect(sheet.locator("main")).to_contain_text(re.compile("8组的表已(入账|申报)：1 件"))
    assert booked() == {(number, "HS01", "1")}
