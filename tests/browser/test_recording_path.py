"""A clerk records deed after deed with the keyboard alone; each is recorded once, whatever happens to the answer."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from pointsbank.deeds import queries
from pointsbank.deeds.models import ClaimState
from pointsbank.deeds.queries import ClaimFilter
from pointsbank.foundation.points import format_points
from pointsbank.people import queries as people
from pointsbank.places import queries as places
from tests.browser.conftest import DESK, PHONE, Served, assert_accessible, sign_in
from tests.browser.measures import assert_fits_its_width

OpenPage = Callable[[dict[str, int]], Page]
Recorded = Callable[[], list["Line"]]

RECORD = "/desk/qingxi/deeds/record"
RECORDED = "(已入账|已申报，待初审|已申报，待评议)："
CHOICES_MAX = 12
WHO = "**/record/who?*"
NAMESAKES = {"01-007", "04-008", "07-004"}  # the households of the sample village's three persons called 王建国
HOUSEHOLDS = ("02-001", "02-002", "02-003", "02-004", "02-005", "02-006", "02-007", "02-008", "02-009", "02-010")
DEEDS = (  # initials of a rule, its code, the quantity
    ("sjbm", "HS01", "1"),
    ("bzdj", "HS06", "2"),
    ("llhz", "HS12", "1"),
    ("zdql", "HS10", "3"),
    ("cjzy", "GY01", "2.5"),
    ("dhwh", "HS13", "2"),
    ("qzgd", "DS07", "1"),
    ("cjcmy", "DS06", "1"),
    ("znjs", "DS04", "1.5"),
    ("cqsy", "KF04", "1"),
)


@dataclass(frozen=True)
class Line:
    """A claim as the database has it."""

    person: str
    household: str
    rule: str
    quantity: str
    points: str
    state: ClaimState


@pytest.fixture
def recorded(served: Served) -> Recorded:
    """Looks up, past the page, what was recorded since the test began, the oldest first."""

    def since(serial: int) -> list[Line]:
        with served.app.app_context():
            claims = queries.claims(places.village_by_code("qingxi").id, ClaimFilter(), limit=50)
            return [
                Line(
                    claim.resident.name if claim.resident else "",
                    claim.household.number,
                    claim.rule.code,
                    format_points(claim.quantity),
                    format_points(claim.points),
                    claim.state,
                )
                for claim in reversed(claims)
                if claim.serial > serial
            ]

    with served.app.app_context():
        start = queries.last_serial(places.village_by_code("qingxi").id)
    return lambda: since(start)


@pytest.fixture
def till(open_page: OpenPage, served: Served) -> Page:
    """The page where the clerk records."""
    page = open_page(DESK)
    sign_in(page, served, "clerk")
    page.goto(RECORD)
    expect(page.get_by_role("combobox", name="谁")).to_be_focused()
    return page


def initials_of_heads(served: Served) -> list[tuple[str, str, str]]:
    """Household number, name and initials of the first heads of a group."""
    with served.app.app_context():
        village = places.village_by_code("qingxi")
        households = [people.household_by_number(village.id, number) for number in HOUSEHOLDS]
        heads = [
            next(resident for resident in household.residents if resident.relation == "户主")
            for household in households
            if household is not None
        ]
        return [(head.household.number, head.name, head.initials) for head in heads]


def offered(page: Page) -> Locator:
    """The choices of the list that is open."""
    return page.locator("[role=listbox]:visible [role=option]:not([aria-disabled])")


def go_to(page: Page, words: str) -> None:
    """Go down the open list to the choice that holds the words."""
    wanted = offered(page).filter(has_text=words)
    expect(wanted).to_have_count(1)
    for _ in range(CHOICES_MAX):
        if wanted.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")


def type_rule(page: Page, typed: str, words: str) -> None:
    """Type what happened, and go on to the quantity."""
    expect(page.get_by_role("combobox", name="什么事")).to_be_focused()
    page.keyboard.type(typed)
    go_to(page, words)
    page.keyboard.press("Enter")
    expect(page.get_by_label(re.compile("^几"))).to_be_focused()


def type_line(page: Page, who: tuple[str, str], rule: tuple[str, str], quantity: str = "1") -> None:
    """Type a line up to its quantity; who and rule: what is typed, and words of the choice that is meant."""
    expect(page.get_by_role("combobox", name="谁")).to_be_focused()
    page.keyboard.type(who[0])
    go_to(page, who[1])
    page.keyboard.press("Enter")
    type_rule(page, *rule)
    page.keyboard.type(quantity)


def check(page: Page) -> None:
    """What holds at both sizes; axe sees the page as it opens on a phone with the other pages of the desk."""
    for size in (PHONE, DESK):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert_fits_its_width(page)
    assert_accessible(page)


def hold(page: Page, address: str) -> list[Route]:
    """Let what is asked at an address wait until it is continued."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(address, keep)
    return held


def expect_an_empty_line(page: Page) -> None:
    """The next one can be typed at once."""
    for label in ("谁", "什么事"):
        expect(page.get_by_role("combobox", name=label)).to_have_value("")
    expect(page.get_by_label("几次")).to_have_value("1")
    expect(page.get_by_role("combobox", name="谁")).to_be_focused()


def test_ten_deeds_one_after_the_other_without_a_mouse(till: Page, served: Served, recorded: Recorded) -> None:
    heads = initials_of_heads(served)
    for (number, name, initials), (words, code, quantity) in zip(heads, DEEDS, strict=True):
        type_line(till, (initials, f"{number}，户主"), (words, code), quantity)
        till.keyboard.press("Enter")
        expect(till.locator("#says")).to_contain_text(re.compile(f"{RECORDED}{name} {number}"))
        expect_an_empty_line(till)
        newest = till.locator("#lines tbody tr").first
        expect(newest).to_contain_text(name)
        expect(newest).to_contain_text(number)
    wanted = [
        (name, number, code, quantity) for (number, name, _), (_, code, quantity) in zip(heads, DEEDS, strict=True)
    ]
    assert [(line.person, line.household, line.rule, line.quantity) for line in recorded()] == wanted


def test_three_persons_of_one_name_are_told_apart(till: Page, recorded: Recorded) -> None:
    till.keyboard.type("wjg")
    namesakes = offered(till).filter(has_text="王建国")
    expect(namesakes).to_have_count(3)
    said = [re.search(r"[0-9]{2}-[0-9]{3}", words) for words in namesakes.all_inner_texts()]
    assert {found[0] for found in said if found} == NAMESAKES
    check(till)
    expect(namesakes.last).to_be_in_viewport()
    go_to(till, "04-008")
    till.keyboard.press("Enter")
    type_rule(till, "sjbm", "HS01")
    expect(till.locator("#says")).to_contain_text("+5分")
    expect(till.locator("#beside")).to_contain_text("04-008")
    check(till)
    till.keyboard.press("Enter")
    expect(till.locator("#says")).to_contain_text(re.compile(f"{RECORDED}王建国 04-008"))
    assert [(line.person, line.household) for line in recorded()] == [("王建国", "04-008")]


def test_enter_before_the_list_is_there_takes_nobody_unseen(till: Page) -> None:
    held = hold(till, WHO)
    with till.expect_request(WHO):
        till.keyboard.type("wjg")
    till.keyboard.press("Enter")
    held.pop().continue_()
    expect(offered(till)).to_have_count(3)
    expect(till.get_by_role("combobox", name="谁")).to_have_value("wjg")
    go_to(till, "07-004")
    till.keyboard.press("Enter")
    expect(till.get_by_role("combobox", name="谁")).to_have_value("王建国 07-004")


def test_enter_before_the_list_is_there_takes_the_only_one_meant(till: Page) -> None:
    till.keyboard.type("04-008")
    till.keyboard.press("Enter")
    expect(till.get_by_role("combobox", name="谁")).to_have_value(re.compile("04-008"))
    expect(till.get_by_role("combobox", name="什么事")).to_be_focused()


def test_what_is_marked_stays_marked_when_a_later_answer_comes(till: Page) -> None:
    till.keyboard.type("wangjiangu")
    expect(offered(till)).to_have_count(3)
    held = hold(till, WHO)
    with till.expect_request(WHO):
        till.keyboard.type("o")
    till.keyboard.press("ArrowDown")
    marked = till.locator("[role=option][aria-selected=true]").inner_text()
    with till.expect_response(WHO):
        held.pop().continue_()
    till.keyboard.press("Enter")
    number = re.search(r"[0-9]{2}-[0-9]{3}", marked)
    assert number is not None
    expect(till.get_by_role("combobox", name="谁")).to_have_value(f"王建国 {number[0]}")


def test_what_a_cap_cuts_is_told_before_enter(till: Page, recorded: Recorded) -> None:
    type_line(till, ("wjg", "01-007"), ("sjbm", "HS01"), "9")
    reason = till.locator("#says .till-cap")
    expect(reason).to_contain_text("每户每月最多记20分")
    told = reason.inner_text()
    promised = till.locator("#says strong").inner_text()
    assert recorded() == []
    till.keyboard.press("Enter")
    expect(till.locator("#says")).to_contain_text(re.compile(f"{RECORDED}王建国 01-007"))
    expect(till.locator("#says")).to_contain_text(told)
    [line] = recorded()
    assert line.quantity == "9"
    assert f"+{line.points}分" == promised
    assert float(line.points) <= 20


def test_enter_that_ends_a_word_of_an_input_method_records_nothing(till: Page, recorded: Recorded) -> None:
    sent: list[str] = []
    till.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    input_method = till.context.new_cdp_session(till)

    def compose(text: str) -> None:
        """Letters that are still being made into a word, then Enter as the browser gets it."""
        input_method.send("Input.imeSetComposition", {"text": text, "selectionStart": 1, "selectionEnd": 1})
        till.keyboard.press("Enter")

    who, rule, note = (
        till.get_by_role("combobox", name="谁"),
        till.get_by_role("combobox", name="什么事"),
        till.get_by_label("备注"),
    )
    compose("wang")
    expect(who).to_be_focused()
    input_method.send("Input.insertText", {"text": "王建国"})
    expect(who).to_have_value("王建国")
    expect(offered(till)).to_have_count(3)
    till.keyboard.press("Enter")
    expect(rule).to_be_focused()
    type_rule(till, "sjbm", "HS01")
    note.focus()
    compose("qianbao")
    input_method.send("Input.insertText", {"text": "捡到钱包"})
    expect(note).to_have_value("捡到钱包")
    assert sent == []
    assert recorded() == []
    till.keyboard.press("Enter")
    expect(till.locator("#says")).to_contain_text(re.compile(f"{RECORDED}王建国"))
    assert (len(sent), len(recorded())) == (1, 1)


@pytest.mark.parametrize("arrived", [True, False], ids=["the answer", "the question"])
def test_what_was_lost_on_the_way_is_sent_again_and_recorded_once(
    till: Page, recorded: Recorded, arrived: bool
) -> None:
    def lose(route: Route) -> None:
        if arrived:
            assert route.fetch().status == 200
        route.abort()

    till.route(f"**{RECORD}", lose, times=1)
    type_line(till, ("wjg", "07-004"), ("bzdj", "HS06"), "2")
    till.keyboard.press("Enter")
    expect(till.locator("#says")).to_contain_text("没有收到回音")
    assert len(recorded()) == int(arrived)
    expect(till.get_by_role("combobox", name="谁")).to_have_value("王建国 07-004")
    till.keyboard.press("Enter")
    expect(till.locator("#says")).to_contain_text(re.compile(f"{RECORDED}王建国 07-004"))
    assert [(line.household, line.rule, line.quantity) for line in recorded()] == [("07-004", "HS06", "2")]
    type_line(till, ("wjg", "07-004"), ("bzdj", "HS06"), "2")  # the same once more is another deed
    till.keyboard.press("Enter")
    expect_an_empty_line(till)
    assert len(recorded()) == 2


def test_a_line_is_withdrawn_from_its_link_with_a_reason(till: Page, recorded: Recorded) -> None:
    type_line(till, ("wjg", "07-004"), ("sjbm", "HS01"))
    till.keyboard.press("Enter")
    expect_an_empty_line(till)
    newest = till.locator("#lines tbody tr").first
    newest.get_by_role("link", name="已申报").focus()
    till.keyboard.press("Enter")
    till.wait_for_url(re.compile(r"/deeds/[0-9]+$"))
    till.get_by_role("button", name="撤回这一件").click()
    expect(till.locator("main")).to_contain_text("请写明为什么撤回")
    assert_accessible(till)
    assert [line.state for line in recorded()] == [ClaimState.SUBMITTED]
    till.get_by_label("撤回原因").focus()
    till.keyboard.type("记错了户")
    till.keyboard.press("Enter")
    expect(till.locator("main")).to_contain_text("已撤回，不再算数")
    expect(till.locator("main")).to_contain_text("记错了户")
    assert [line.state for line in recorded()] == [ClaimState.CANCELLED]
    till.goto(RECORD)
    expect(newest).to_contain_text("王建国")
    expect(newest.get_by_role("link", name="已撤销")).to_have_count(1)


def test_without_script_an_ambiguous_name_is_chosen_and_the_deed_recorded(
    desk_without_script: Page, served: Served, recorded: Recorded
) -> None:
    page = desk_without_script
    sign_in(page, served, "clerk")
    page.goto(RECORD)
    page.get_by_label("谁", exact=True).fill("wjg")
    page.get_by_label("什么事").fill("sjbm")
    page.get_by_label("几次").fill("2")
    page.get_by_label("备注").fill("捡到手机")
    page.keyboard.press("Enter")
    choice = page.get_by_role("group", name="谁：选一位")
    expect(choice.get_by_role("radio")).to_have_count(3)
    expect(page.get_by_label("备注")).to_have_value("捡到手机")
    assert recorded() == []
    choice.get_by_role("radio", name=re.compile("04-008")).check()
    page.get_by_role("button", name="记下").click()
    expect(page.locator("main")).to_contain_text(re.compile(f"{RECORDED}王建国 04-008"))
    assert [(line.person, line.household, line.rule, line.quantity) for line in recorded()] == [
        ("王建国", "04-008", "HS01", "2")
    ]


def test_who_is_not_found_is_said_loudly_and_typed_over(till: Page) -> None:
    who = till.locator("#who")
    who.fill("zzqqq")
    who.press("Tab")
    expect(till.locator("#who-error")).to_contain_text("没有找到“zzqqq”")
    expect(who).to_be_focused()
    till.keyboard.type("w")
    expect(who).to_have_value("w")
    expect(till.locator("#who-error")).to_be_hidden()
