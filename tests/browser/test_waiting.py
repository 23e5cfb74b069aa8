"""Whoever sends a form whose answer takes long sees that it goes on."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import DESK, Served, sign_in

# The answer goes to a frame, so that the page stays and can be looked at while nothing comes.
INTO_A_FRAME = """() => {
  document.body.append(Object.assign(document.createElement("iframe"), { name: "answer" }));
  for (const form of document.forms) form.target = "answer";
}"""


def test_a_bar_stands_while_no_answer_comes(served: Served, open_page: Callable[[dict[str, int]], Page]) -> None:
    page, held = open_page(DESK), list[Route]()
    sign_in(page, served, "clerk")
    page.goto("/desk/qingxi/deeds/notices")
    page.evaluate(INTO_A_FRAME)

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/notices/book", hold)
    page.get_by_text("全部入账").first.click()
    page.get_by_role("button", name="入账", exact=True).first.click(no_wait_after=True)
    expect(page.locator("#waiting")).to_contain_text("正在办，请等一等")
    expect(page.get_by_role("progressbar", name="正在办")).to_be_visible()
    assert len(held) == 1
    held[0].abort()
