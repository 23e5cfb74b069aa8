"""No desk page asks the database more than twelve times, whatever the village has: every page that a link leads to."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.boards import services as boards
from pointsbank.covenant import queries as covenant
from pointsbank.deeds.services import checking
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.fund import services as fund
from pointsbank.fund.models import DonorKind
from pointsbank.fund.services import DonationDraft
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import CadreHouseholds, VillageSettings
from pointsbank.sample import table
from tests.counting import make_close, make_stocktakes
from tests.deed_rules import HELPING, VOLUNTEERING
from tests.factories import (
    make_card,
    make_good,
    make_household,
    make_points,
    make_resident,
    make_staff,
    redeem_now,
)
from tests.fonts import prepared_fonts_folder
from tests.meetings import make_claim
from tests.notices import make_approved, on_the_wall
from tests.statements import count_statements
from tests.web.conftest import sign_in
from tests.web.test_permissions import PAGES
from tests.whole_way import make_whole_way

ASKED_MAX = 12
SHOWN_OF_A_KIND = 2  # pages that differ in a number alone
BUDGETED = VillageSettings(month_budget=100_000, cadre_households=CadreHouseholds.NOT_RANKED)
FILES = (".pdf", ".png", ".svg", ".xlsx")
_LINK = re.compile(r'href="(/desk/qingxi/[^"#]*)')


@pytest.fixture
def village(app: Flask, still_clock: FixedClock) -> Place:
    """Something of everything: a month that ended and one that runs, an open meeting, a notice, a draft, the shop."""
    (app.config["POINTSBANK"].fonts_folder).symlink_to(prepared_fonts_folder(), target_is_directory=True)
    way = make_whole_way(still_clock)
    place, household = way.village, way.household
    places.change_settings(place.id, BUDGETED, date(2026, 1, 1), SYSTEM)
    person = make_resident(place, household)
    boards.choose_merit(place, "2026-02", way.claim, "给独居老人挑水", SYSTEM)
    make_card(place, household)
    make_points(place, household, 500)
    redeem_now(place, household, make_good(place, "香皂", price=100), 1)
    make_close(place, way.clerk.actor)
    make_stocktakes(place, way.clerk.actor)
    make_approved(place, household, HELPING)
    on_the_wall(place)
    make_approved(place, household, HELPING)
    waiting = [make_claim(place, make_household(place, name), HELPING) for name in ("李四", "王五")]
    checking.pass_check(place, waiting[:1], way.clerk.actor, new_key())
    make_claim(place, household, VOLUNTEERING, resident_id=person.id)
    table.publish(covenant.places_above(place)[1], place, [HELPING.code])
    table.take_over(place, {}, clock.today(), "接收指导表", SYSTEM)
    table.draft(place, {HELPING.code: 500}, SYSTEM)
    money = DonationDraft(
        DonorKind.HOUSEHOLD,
        "",
        clock.today(),
        "甲",
        "乙",
        50_000,
        household_id=household.id,
        wish="给老人",
        condition="现金",
    )
    fund.accept(place, money, SYSTEM, new_key())
    return place


def asked(client: FlaskClient, path: str) -> tuple[int, str]:
    """How often a page asks, and the page; a file or a redirect is no page."""
    with count_statements() as statements:
        answer = client.get(path)
    assert answer.status_code < 400, path
    page = answer.text if answer.mimetype == "text/html" and answer.status_code == 200 else ""
    return sum(statement.lstrip().startswith(("SELECT", "WITH")) for statement in statements), page


def test_no_page_of_the_desk_asks_more_than_twelve_times(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, *(role for role in Role if role is not Role.OFFICER)))
    paths, seen, kinds, too_many = list(PAGES), set[str](), dict[str, int](), dict[str, int]()
    while paths:
        path = paths.pop()
        if path in seen:
            continue
        seen.add(path)
        count, page = asked(client, path)
        if page and count > ASKED_MAX:
            too_many[path] = count
        for link in _LINK.findall(page):
            address = link.replace("&amp;", "&")
            if address.partition("?")[0].endswith(FILES):
                continue
            kind = re.sub(r"\d+", "N", address)
            if kinds.setdefault(kind, 0) < SHOWN_OF_A_KIND:
                kinds[kind] += 1
                paths.append(address)
    assert too_many == {}
    assert len(seen) > len(PAGES) * 2
