"""A meeting gone through with the keyboard alone, and without script; its pages are whole on a phone too."""

from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from pointsbank.access.models import Role
from pointsbank.deeds.models import ClaimState, Outcome
from pointsbank.deeds.queries.agenda import all_decisions, meeting
from pointsbank.foundation.database import db
from pointsbank.places import queries as places
from tests.browser.conftest import DESK, PHONE, Served, assert_accessible
from tests.deed_rules import HELPING, make_rules
from tests.factories import PASSWORD, make_household, make_staff
from tests.meetings import claim_of, hold_meeting, make_claim, make_kin, reviewed

HELP = reviewed(HELPING)
TODAY = date(2026, 3, 18)
REVIEWER = "评议员甲"


def prepare(served: Served, claims: int) -> tuple[int, str]:
    """Claims of as many households that wait in an open meeting; gives its serial and the address of their page."""
    with served.app.app_context():
        village = places.village_by_code("qingxi")
        make_rules(village, HELP, effective_on=TODAY - timedelta(days=1))
        reviewer = make_staff(village, Role.REVIEWER, name=REVIEWER)
        households = [make_household(village, f"石头{'一二三四五六'[at]}", group=9) for at in range(claims)]
        serials = [make_claim(village, household, HELP) for household in households]
        make_kin(village, reviewer, households[0], "儿媳")
        serial = hold_meeting(village)
        db.session.remove()
    return serial, f"/desk/qingxi/deeds/meetings/{serial}?after={serials[0] - 1}"  # others of the sample may wait, too


def enter(page: Page, path: str, name: str = REVIEWER) -> None:
    page.goto("/sign-in")
    page.get_by_label("登录名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/desk/**")
    page.goto(path)


def outcomes(served: Served, serial: int) -> list[tuple[str, Outcome, int, str]]:
    with served.app.app_context():
        village = places.village_by_code("qingxi")
        found = all_decisions(meeting(village.id, serial).id)
        said = [(one.claim.household.head_name, one.outcome, one.points, one.reason) for one in found]
        approved = [claim_of(village, one.claim.serial) for one in found if one.outcome is Outcome.APPROVED]
        assert all(claim.state is ClaimState.APPROVED for claim in approved)
        db.session.remove()
    return said


def test_a_meeting_needs_no_mouse(served: Served, open_page: Callable[[dict[str, int]], Page]) -> None:
    (serial, path), page = prepare(served, 6), open_page(DESK)
    enter(page, path)
    keys = page.keyboard
    keys.press("y")  # kin's item stands last and may not be ticked
    keys.press("n")
    keys.type("没有的事")
    keys.press("Enter")
    keys.press("e")
    keys.type("1")
    keys.press("Enter")
    keys.type("只有一会儿")
    keys.press("Enter")
    keys.press("h")
    keys.type("问清楚")
    keys.press("Enter")
    keys.press("y")
    keys.press("u")
    expect(page.locator("#agenda-says")).to_have_text("通过 2 件，不通过 1 件，下次再议 1 件")
    keys.press("Control+Enter")
    expect(page.get_by_text("记下了：通过 2 件，不通过 1 件，下次再议 1 件，共 4 分。")).to_be_visible()
    assert outcomes(served, serial) == [
        ("石头二", Outcome.APPROVED, 300, ""),
        ("石头三", Outcome.REJECTED, 0, "没有的事"),
        ("石头四", Outcome.APPROVED, 100, "分值由 3 改为 1：只有一会儿"),
        ("石头五", Outcome.HELD_OVER, 300, "问清楚"),
    ]
    assert_accessible(page)


def test_without_script_ticks_do(served: Served, desk_without_script: Page) -> None:
    (serial, path), page = prepare(served, 3), desk_without_script
    enter(page, path)
    page.get_by_label("石头二家").check()
    page.get_by_label("石头三家").check()
    page.get_by_role("button", name="记下这些决定").click()
    expect(page.get_by_text("记下了：通过 2 件，共 6 分。")).to_be_visible()
    assert [outcome for _, outcome, _, _ in outcomes(served, serial)] == [Outcome.APPROVED] * 2


def test_a_phone_shows_all_of_it(served: Served, open_page: Callable[[dict[str, int]], Page]) -> None:
    (_, path), page = prepare(served, 3), open_page(PHONE)
    enter(page, path)
    page.locator("summary", has_text="改分、不通过、再议").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert_accessible(page)


def test_eight_items_are_seen_at_once(served: Served, open_page: Callable[[dict[str, int]], Page]) -> None:
    (serial, _), page = prepare(served, 3), open_page(DESK)
    enter(page, f"/desk/qingxi/deeds/meetings/{serial}")
    foot = page.locator(".agenda-foot").evaluate("foot => foot.getBoundingClientRect().top")
    bottoms = page.locator(".item").evaluate_all("items => items.map(item => item.getBoundingClientRect().bottom)")
    assert len([bottom for bottom in bottoms if bottom <= foot]) >= 8


def test_on_a_phone_no_list_of_the_month_is_wider_than_the_screen(
    served: Served, open_page: Callable[[dict[str, int]], Page]
) -> None:
    prepare(served, 1)
    with served.app.app_context():
        make_staff(places.village_by_code("qingxi"), Role.CLERK, name="文书乙")
        db.session.remove()
    page, desk = open_page(PHONE), "/desk/qingxi/deeds"
    enter(page, f"{desk}/record", "文书乙")
    tops = [page.get_by_role("button", name=name).bounding_box() for name in ("记下", "先存草稿")]
    assert tops[0] is not None
    assert tops[1] is not None
    assert tops[0]["y"] < tops[1]["y"]
    for path in ("check", "meetings", "objections"):
        page.goto(f"{desk}/{path}")
        wide = page.locator(".table-frame").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)")
        assert wide, path
        assert max(wide) <= 0, path
        assert_accessible(page)
