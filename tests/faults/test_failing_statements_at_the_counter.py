"""Whatever statement fails, an act at the counter or an import is done whole or not at all."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from flask import Flask

from config import ROOT
from pointsbank.covenant import sheets as rules
from pointsbank.deeds import services as deeds
from pointsbank.deeds import sheets as deed_sheets
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.market import services as market
from pointsbank.market.models import Good
from pointsbank.market.sheets import goods
from pointsbank.people import sheets as people
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from pointsbank.reports import verification
from tests.conftest import both_databases
from tests.deed_rules import make_rules
from tests.factories import make_good, make_household, make_points, make_resident, make_village
from tests.faulting import assert_whole_or_nothing
from tests.rosters import roster, row

pytestmark = both_databases

SAMPLE = ROOT / "sample"


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    """A household with points to spend."""
    household = make_household(village)
    make_points(village, household, 2_000)
    return household


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", price=300)


def assert_sound(village: Place) -> None:
    assert [problem for problem in verification.verify_village(village).problems if "申报" not in problem] == []


def first_rows(name: str, count: int = 5) -> bytes:
    """A sheet of the sample village, cut after its first rows."""
    book = openpyxl.load_workbook(SAMPLE / name)
    sheet = book.active
    assert sheet is not None
    sheet.delete_rows(count + 2, sheet.max_row)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_placing_an_order(village: Place, household: Household, soap: Good) -> None:
    lines = [(soap.id, 2)]
    assert_whole_or_nothing(lambda: market.place_order(village, household.id, lines, 600, SYSTEM, "order"))
    assert_sound(village)


def test_handing_over_a_part_of_an_order_and_giving_up_the_rest(
    village: Place, household: Household, soap: Good
) -> None:
    serial = market.place_order(village, household.id, [(soap.id, 2)], 600, SYSTEM, "order")["order"]
    part, by = market.Part(((1, 1),), keep_rest=False), ConfirmBy.SIGNATURE
    assert_whole_or_nothing(lambda: market.hand_over(village, serial, by, SYSTEM, "give", None, part))
    assert_sound(village)


def test_redeeming(village: Place, household: Household, soap: Good) -> None:
    lines, by = [(soap.id, 2)], ConfirmBy.SIGNATURE
    assert_whole_or_nothing(lambda: market.redeem(village, household.id, lines, 600, by, SYSTEM, "redeem"))
    assert_sound(village)


def test_voiding_a_redemption(village: Place, household: Household, soap: Good) -> None:
    lines, by = [(soap.id, 2)], ConfirmBy.SIGNATURE
    serial = market.redeem(village, household.id, lines, 600, by, SYSTEM, "redeem")["redemption"]
    assert_whole_or_nothing(lambda: market.void(village, serial, "拿错了", SYSTEM, "void"))
    assert_sound(village)


def test_taking_back_what_is_spoiled(village: Place, household: Household, soap: Good) -> None:
    lines, by = [(soap.id, 2)], ConfirmBy.SIGNATURE
    serial = market.redeem(village, household.id, lines, 600, by, SYSTEM, "redeem")["redemption"]
    assert_whole_or_nothing(lambda: market.return_goods(village, serial, 1, 1, "漏了", SYSTEM, "return", spoiled=True))
    assert_sound(village)


def test_recording_a_deed_and_undoing_it(village: Place, household: Household) -> None:
    make_rules(village)
    person = make_resident(village, household)
    draft = deeds.DeedDraft(household.id, "GY01", 200, clock.today(), person.id, "修三组水渠")
    assert_whole_or_nothing(lambda: deeds.record(village, draft, SYSTEM, "deed"))
    assert_whole_or_nothing(lambda: deeds.reverse(village, 1, "记错了户", SYSTEM, "undo"))
    assert_sound(village)


def test_importing_five_households(village: Place) -> None:
    content = roster(
        [row(f"01-{number:03d}", f"王{name}", "户主") for number, name in enumerate("一二三四五", start=1)]
    )
    assert_whole_or_nothing(
        lambda: people.apply_import(
            village, content, with_id_numbers=False, with_party=False, actor=SYSTEM, key="roster"
        )
    )
    assert_sound(village)


def test_importing_rules(village: Place) -> None:
    content = first_rows("rules.xlsx")
    day = date(2026, 1, 1)
    assert_whole_or_nothing(lambda: rules.apply_import(village, content, effective_on=day, actor=SYSTEM, key="rules"))
    assert_sound(village)


def test_importing_goods(village: Place) -> None:
    content = first_rows("goods.xlsx")
    assert_whole_or_nothing(lambda: goods.apply_import(village, content, SYSTEM, "goods"))
    assert_sound(village)


@pytest.mark.sqlite_is_enough
def test_importing_deeds(village: Place, household: Household) -> None:
    make_rules(village)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["户编号", "细则编号", "数量", "发生日期"])
    for day in range(1, 6):
        sheet.append([household.number, "HS06", 1, f"2026-03-{day:02d}"])
    buffer = BytesIO()
    book.save(buffer)
    assert_whole_or_nothing(lambda: deed_sheets.apply_import(village, buffer.getvalue(), SYSTEM, "deeds"))
    assert_sound(village)
