"""The end of a year: carried over, cleared to the base, or expired by age; once, and undone as a whole."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger import year_end
from pointsbank.ledger.booking import Source
from pointsbank.ledger.errors import NotEnoughPointsError, YearEndRefusedError
from pointsbank.market import services as market
from pointsbank.people import queries as people
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings, YearEndMode
from pointsbank.reports import verification
from tests.booking import book
from tests.conftest import both_databases
from tests.factories import make_good, make_household, make_village

DEED = Source("deed", 1)  # of no claim: the book alone is tried


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def policy(village: Place, mode: YearEndMode, *, base_points: int = 0) -> None:
    settings = VillageSettings(year_end=mode, base_points=base_points, expire_months=24)
    places.change_settings(village.id, settings, date(2023, 1, 1), SYSTEM)


def earn(village: Place, household: Household, points: int, day: date) -> int:
    serial = household.serial
    return book(village, [serial], lambda batch: batch.earn(serial, points, day, DEED, "好人好事"))[0]


def spend(village: Place, household: Household, points: int) -> int:
    serial = household.serial
    return book(village, [serial], lambda batch: batch.redeem(serial, points, Source("redemption", 1), "香皂"))[0]


def plan(village: Place, year: int = 2025) -> year_end.YearEndPlan:
    return year_end.plan(village, year, people.open_serials(village.id))


def end(village: Place, year: int = 2025, points_seen: int | None = None) -> dict[str, object]:
    serials = people.open_serials(village.id)
    return year_end.end(village, year, serials, SYSTEM, new_key(), points_seen=points_seen)


def spendable(village: Place, household: Household) -> int:
    return ledger.balances(village.id, household.serial).spendable


def sound(village: Place) -> bool:
    return verification.verify_village(village).problems == []


def test_points_carried_over_stay_and_the_year_is_marked_ended(village: Place) -> None:
    household = make_household(village)
    earn(village, household, 500, date(2025, 5, 1))
    assert (plan(village).households, plan(village).points) == (0, 0)
    assert end(village)["mode"] == "carry_over"
    assert spendable(village, household) == 500
    with pytest.raises(YearEndRefusedError, match="已经办过"):
        end(village)


@both_databases
def test_clearing_takes_the_years_points_and_fills_the_base_up(village: Place) -> None:
    rich, poor, fresh = (make_household(village) for _ in range(3))
    policy(village, YearEndMode.CLEAR_TO_BASE, base_points=300)
    earn(village, rich, 1_000, date(2025, 6, 1))
    earn(village, rich, 200, date(2026, 1, 5))  # of the new year: it stays
    earn(village, fresh, 700, date(2026, 2, 5))
    seen = plan(village)
    assert [(line.expires, line.base_granted) for line in seen.lines] == [(1_000, 300), (0, 300), (0, 300)]
    done = end(village, points_seen=seen.points)
    assert (done["households"], done["points"]) == (3, 1_000)
    assert [spendable(village, one) for one in (rich, poor, fresh)] == [200, 0, 700]
    assert [ledger.balances(village.id, one.serial).base for one in (rich, poor, fresh)] == [300, 300, 300]
    assert sound(village)


def test_what_was_spent_since_came_from_the_oldest_points(village: Place) -> None:
    household = make_household(village)
    policy(village, YearEndMode.CLEAR_TO_BASE)
    earn(village, household, 1_000, date(2025, 6, 1))
    earn(village, household, 500, date(2026, 1, 5))
    spend(village, household, 800)
    assert plan(village).points == 200
    spend(village, household, 300)  # now of the new year's
    assert plan(village).points == 0


def test_points_expire_when_their_months_are_over_first_in_first_out(village: Place) -> None:
    household = make_household(village)
    policy(village, YearEndMode.EXPIRE)
    for points, day in ((100, date(2023, 12, 31)), (400, date(2023, 3, 1)), (1_000, date(2024, 1, 1))):
        earn(village, household, points, day)
    spend(village, household, 150)
    found = plan(village)
    assert (found.through, found.points) == ("2023-12", 350)
    end(village)
    assert spendable(village, household) == 1_000
    assert plan(village).points == 0
    assert sound(village)


def test_an_earning_taken_back_is_not_counted_among_the_newer_points(village: Place) -> None:
    household = make_household(village)
    policy(village, YearEndMode.CLEAR_TO_BASE)
    earn(village, household, 600, date(2025, 6, 1))
    wrong = earn(village, household, 500, date(2026, 1, 5))
    book(village, [household.serial], lambda batch: batch.reverse_earning(wrong, DEED, "记错了"))
    assert plan(village).points == 600


@both_databases
def test_held_points_stay_for_their_order_and_are_still_there_when_it_is_cancelled(village: Place) -> None:
    household, soap = make_household(village), make_good(village, "香皂", price=300)
    policy(village, YearEndMode.CLEAR_TO_BASE)
    earn(village, household, 1_000, date(2025, 6, 1))
    order = market.place_order(village, household.id, [(soap.id, 1)], 300, SYSTEM, new_key())["order"]
    [line] = plan(village).lines
    assert (line.expires, line.held) == (700, 300)
    end(village)
    held = ledger.balances(village.id, household.serial)
    assert (held.spendable, held.held) == (0, 300)
    market.cancel_order(village, order, SYSTEM, new_key())
    assert spendable(village, household) == 300
    assert sound(village)


@both_databases
def test_a_year_end_is_undone_as_a_whole_and_once(village: Place) -> None:
    first, second = make_household(village), make_household(village)
    policy(village, YearEndMode.CLEAR_TO_BASE, base_points=300)
    earn(village, first, 1_000, date(2025, 6, 1))
    earn(village, second, 400, date(2025, 7, 1))
    serial = int(str(end(village)["serial"]))
    book(village, [first.serial], lambda batch: batch.deduct(first.serial, 100, clock.today(), DEED, "乱倒垃圾"))
    undone = year_end.reverse(village, serial, SYSTEM, new_key())
    assert undone["points"] == 1_400
    assert [spendable(village, one) for one in (first, second)] == [1_000, 400]
    assert [ledger.balances(village.id, one.serial).base for one in (first, second)] == [0, 0]
    assert sound(village)
    with pytest.raises(YearEndRefusedError, match="已经撤销"):
        year_end.reverse(village, serial, SYSTEM, new_key())
    assert end(village)["points"] == 1_400  # and may then be done again


def test_an_earlier_year_is_not_undone_under_a_later_one(village: Place, still_clock: FixedClock) -> None:
    policy(village, YearEndMode.CLEAR_TO_BASE)
    first = int(str(end(village, 2024)["serial"]))
    end(village, 2025)
    with pytest.raises(YearEndRefusedError, match="先撤销2025年"):
        year_end.reverse(village, first, SYSTEM, new_key())


@pytest.mark.parametrize("year", [1999, 2026, 9999, -1])
def test_a_year_that_is_not_over_is_refused(village: Place, year: int) -> None:
    with pytest.raises(YearEndRefusedError):
        plan(village, year)
    with pytest.raises(YearEndRefusedError):
        end(village, year)


def test_whoever_saw_other_figures_is_told_and_nothing_moves(village: Place) -> None:
    household = make_household(village)
    policy(village, YearEndMode.CLEAR_TO_BASE)
    earn(village, household, 600, date(2025, 6, 1))
    with pytest.raises(YearEndRefusedError, match="刚才看到的是 5 分"):
        end(village, points_seen=500)
    assert spendable(village, household) == 600
    assert year_end.standing(village.id, 2025) is None


def test_the_same_key_ends_a_year_once(village: Place) -> None:
    household, key = make_household(village), new_key()
    policy(village, YearEndMode.CLEAR_TO_BASE)
    earn(village, household, 600, date(2025, 6, 1))
    serials = people.open_serials(village.id)
    first = year_end.end(village, 2025, serials, SYSTEM, key)
    assert year_end.end(village, 2025, serials, SYSTEM, key) == first
    assert len(year_end.year_ends(village.id)) == 1


def test_points_of_december_booked_in_january_end_with_their_year(village: Place, still_clock: FixedClock) -> None:
    household = make_household(village)
    policy(village, YearEndMode.CLEAR_TO_BASE)
    still_clock.moment = datetime(2026, 1, 8, 1, 0, tzinfo=UTC)
    earn(village, household, 600, date(2025, 12, 30))
    assert plan(village).points == 600


def test_a_household_below_the_threshold_redeems_nothing_yet(village: Place) -> None:
    household, soap = make_household(village), make_good(village, "香皂", price=300)
    earn(village, household, 1_000, clock.today())
    places.change_settings(village.id, VillageSettings(redeem_points_min=1_500), date(2026, 1, 1), SYSTEM)
    with pytest.raises(NotEnoughPointsError, match="满 15 分才能兑换，还差 5 分"):
        market.place_order(village, household.id, [(soap.id, 1)], 300, SYSTEM, new_key())
    earn(village, household, 500, clock.today())
    assert market.place_order(village, household.id, [(soap.id, 1)], 300, SYSTEM, new_key())["order"] == 1


def test_a_new_household_gets_base_points_that_deductions_eat_and_nobody_redeems(village: Place) -> None:
    places.change_settings(village.id, VillageSettings(base_points=1_000), date(2026, 1, 1), SYSTEM)
    household, soap = make_household(village), make_good(village, "香皂", price=300)
    assert ledger.balances(village.id, household.serial).base == 1_000
    with pytest.raises(NotEnoughPointsError):
        market.place_order(village, household.id, [(soap.id, 1)], 300, SYSTEM, new_key())
    serial = household.serial
    book(village, [serial], lambda batch: batch.deduct(serial, 400, clock.today(), DEED, "乱倒垃圾"))
    assert ledger.balances(village.id, serial) == ledger.Balances(base=600)
    assert sound(village)
