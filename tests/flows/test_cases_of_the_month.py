"""The hard cases of a month, each the whole way: claimed, checked, reviewed by a meeting, hung on the wall, booked."""

from datetime import date, timedelta

import pytest
from flask import Flask

from pointsbank.deeds import queries, services
from pointsbank.deeds.errors import DecisionRefusedError, DeedRefusedError, NoticeRunsError
from pointsbank.deeds.models import Body, ClaimState
from pointsbank.deeds.queries import notices
from pointsbank.deeds.queries.agenda import agenda
from pointsbank.deeds.queries.duplicates import doubtful
from pointsbank.deeds.queries.panel import panel_of
from pointsbank.deeds.services import checking, duplicates, noticing
from pointsbank.deeds.services.booking import book_notices
from pointsbank.deeds.services.noticing import HangingDraft
from pointsbank.deeds.services.panel import close_meeting
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger import services as ledger_services
from pointsbank.ledger.errors import NotEnoughPointsError
from pointsbank.places.settings import VillageSettings
from tests.conftest import both_databases
from tests.deed_rules import DAMAGE, DETENTION, HELPING, MEETING, STUDENT
from tests.factories import make_good, make_resident, redeem_now
from tests.meetings import hold_meeting, item, meet
from tests.months import CHEATING, CITY, NATION, PLANTING, PRIZE, Month
from tests.notices import go_to, hang_all, on_the_wall, prepare, state_of

FEBRUARY, MARCH = "2026-02", "2026-03"


@pytest.fixture
def month(app: Flask, still_clock: FixedClock) -> Month:
    return Month(still_clock)


@both_databases
def test_a_cap_at_the_months_border_fills_each_month_alone(month: Month) -> None:
    last, first = date(2026, 2, 28), date(2026, 3, 1)
    serials = [month.claim(HELPING, quantity, day) for quantity, day in
               ((200, last), (200, first), (100, last), (100, first))]  # fmt: skip
    assert month.whole_way(serials) == 4
    assert [month.booked_of(serial) for serial in serials] == [
        [(600, FEBRUARY)], [(600, MARCH)], [(200, FEBRUARY)], [(200, MARCH)],
    ]  # fmt: skip
    assert "每户每月最多记8分，已记6分，这次只记2分" in month.read(serials[2]).cap_reason
    assert (month.figures(FEBRUARY).earned, month.figures(MARCH).earned, month.spendable) == (800, 800, 1_600)
    assert month.is_sound()


def test_two_of_a_household_at_one_event_are_both_booked_where_the_rule_counts_by_person(month: Month) -> None:
    husband, wife = month.household.residents[0], make_resident(month.village, month.household)
    meeting = [month.claim(MEETING, who=person, event_name="村民会议") for person in (husband, wife)]
    helping = [month.claim(HELPING, 200, who=person, event_name="助老日") for person in (husband, wife)]
    assert doubtful(month.village.id) == {helping[1]: [helping[0]]}
    duplicates.keep_both(month.village, helping[1], helping[0], month.clerk, new_key())
    assert month.whole_way([*meeting, *helping]) == 4
    assert [month.read(serial).points for serial in (*meeting, *helping)] == [200, 200, 600, 200]
    assert month.spendable == month.figures(MARCH).earned == 1_200
    assert month.is_sound()


def test_one_event_that_both_claimed_is_booked_once_when_one_of_them_withdraws(month: Month) -> None:
    husband, wife = month.household.residents[0], make_resident(month.village, month.household)
    first, second = (month.claim(HELPING, 200, who=person, event_name="助老日") for person in (husband, wife))
    checking.withdraw(month.village, first, "一件事报了两次", month.head, new_key())
    assert month.whole_way([second]) == 1
    assert month.booked_of(first) == []
    assert month.booked_of(second) == [(600, MARCH)]  # claimed at 2, what was left: the meeting counts anew
    assert month.read(second).cap_reason == ""


@both_databases
def test_caps_by_person_by_household_and_in_total_cut_at_once(app: Flask, still_clock: FixedClock) -> None:
    month = Month(still_clock, VillageSettings(household_month_max=1_100))
    husband, wife = month.household.residents[0], make_resident(month.village, month.household)
    by_person = month.claim(MEETING, 300, who=husband)
    by_household = month.claim(HELPING, 200, who=wife)
    in_total = month.claim(HELPING, 100, who=husband)
    nothing = month.claim(MEETING, 100, who=wife)
    serials = [by_person, by_household, in_total, nothing]
    assert month.whole_way(serials) == 4
    assert [month.read(serial).points for serial in serials] == [400, 600, 100, 0]
    assert month.booked_of(nothing) == []  # 0 points: it stands in the claims, not in the book
    assert month.read(by_person).cap_reason == (
        "“参加村民会议、村民小组会议”每人每季度最多记4分，已记0分，这次只记4分。"
    )
    assert month.read(in_total).cap_reason == (
        "“帮助独居、留守老人”每户每月最多记8分，已记6分，这次只记2分。每户每月合计最多记11分，已记10分，这次只记1分。"
    )
    assert month.read(nothing).cap_reason == "每户每月合计最多记11分，已记11分，这次不再记。"
    assert month.spendable == month.figures(MARCH).earned == 1_100
    assert month.is_sound()


def test_the_points_that_the_panel_chose_from_a_range_are_booked(month: Month) -> None:
    serial = month.claim(PRIZE)
    assert month.read(serial).points == 2_000
    assert month.whole_way([serial], item(serial, per_unit=2_750, reason="考上清华大学")) == 1
    assert month.booked_of(serial) == [(2_750, MARCH)]
    assert (month.spendable, month.figures(MARCH).earned) == (2_750, 2_750)
    assert "分值由 20 改为 27.5：考上清华大学" in [step.reason for step in queries.steps_of(month.village.id, serial)]
    assert month.is_sound()


def test_an_item_cancelled_while_on_notice_gives_its_room_under_the_cap_back(month: Month) -> None:
    gone, stays = month.claim(HELPING, 200), month.claim(STUDENT)
    month.review([gone, stays])
    on_the_wall(month.village)
    noticing.cancel_item(month.village, gone, "那天没有去", month.clerk, new_key())
    again = month.claim(HELPING, 300)
    assert month.read(again).points == 800  # nothing is used of the 8 points
    month.review([again])
    on_the_wall(month.village)
    go_to(month.clock, date(2026, 3, 24))
    assert month.book() == 2
    assert [month.booked_of(serial) for serial in (gone, stays, again)] == [[], [(2_000, MARCH)], [(800, MARCH)]]
    assert month.spendable == 2_800
    assert month.is_sound()


def test_a_correction_leaves_the_closed_months_figures_and_stands_in_the_open_month(month: Month) -> None:
    serial = month.claim(HELPING, day=date(2026, 2, 27))
    assert month.whole_way([serial]) == 1
    ledger_services.close_month(month.village, FEBRUARY, month.clerk)
    services.reverse(month.village, serial, "不是他家", month.clerk, new_key())
    assert month.booked_of(serial) == [(300, FEBRUARY), (300, MARCH)]
    assert (month.figures(FEBRUARY).earned, month.figures(MARCH).earned, month.spendable) == (300, -300, 0)
    assert month.read(serial).period == FEBRUARY
    assert month.is_sound()


@both_databases
def test_a_deduction_that_the_household_heard_of_takes_what_is_there_and_owes_the_rest(month: Month) -> None:
    month.whole_way([month.claim(HELPING)])
    damage = month.claim(DAMAGE)
    checking.pass_check(month.village, [damage], month.clerk, new_key())
    meeting = hold_meeting(month.village)
    with pytest.raises(DecisionRefusedError, match="扣分前要先告知这一户"):
        meet(month.village, meeting, item(damage))
    month.tell(damage)
    meet(month.village, meeting, item(damage))
    close_meeting(month.village, meeting, SYSTEM, seen=1)
    assert month.hang_and_book() == 1
    balances = ledger.balances(month.village.id, month.household.serial)
    assert (balances.spendable, balances.owed) == (0, -700)
    assert month.figures(MARCH).deducted == 1_000
    month.whole_way([month.claim(STUDENT)])
    balances = ledger.balances(month.village.id, month.household.serial)
    assert (balances.spendable, balances.owed) == (1_300, 0)
    assert month.is_sound()


def test_a_claw_back_of_spent_points_becomes_a_debt_that_new_points_pay(month: Month) -> None:
    fraud = month.claim(STUDENT)
    month.whole_way([fraud])
    redeem_now(month.village, month.household, make_good(month.village, price=1_800), 1)
    cheating = month.claim(CHEATING, claws_back=fraud)
    month.tell(cheating)
    assert month.whole_way([cheating]) == 1
    assert (state_of(month.village, fraud), state_of(month.village, cheating)) == (
        ClaimState.CANCELLED, ClaimState.BOOKED,
    )  # fmt: skip
    balances = ledger.balances(month.village.id, month.household.serial)
    assert (balances.spendable, balances.owed) == (0, -2_300)  # 2000 back and 500 off, 200 were there
    month.whole_way([month.claim(NATION)])
    assert (month.spendable, ledger.balances(month.village.id, month.household.serial).owed) == (1_700, 0)
    assert month.is_sound()


def test_base_points_are_eaten_by_a_deduction_and_buy_nothing(app: Flask, still_clock: FixedClock) -> None:
    month = Month(still_clock, VillageSettings(base_points=400))
    soap = make_good(month.village, "香皂", price=100)
    with pytest.raises(NotEnoughPointsError):
        redeem_now(month.village, month.household, soap, 1)
    month.whole_way([month.claim(STUDENT)])
    damage = month.claim(DAMAGE)
    month.tell(damage)
    assert month.whole_way([damage]) == 1
    balances = ledger.balances(month.village.id, month.household.serial)
    assert (balances.base, balances.spendable, balances.owed) == (0, 1_400, 0)  # of 10 the base took 4
    assert month.is_sound()


def test_a_suspension_ends_on_its_day_and_the_household_spends_and_earns_meanwhile(month: Month) -> None:
    husband, wife = month.household.residents[0], make_resident(month.village, month.household)
    month.whole_way([month.claim(STUDENT, who=husband)])
    until = date(2026, 4, 30)
    serial = month.claim(DETENTION, who=husband, suspended_until=until)
    month.tell(serial)
    assert month.whole_way([serial]) == 1
    assert (month.spendable, month.booked_of(serial)) == (2_000, [])
    redeem_now(month.village, month.household, make_good(month.village, price=500), 1)
    with pytest.raises(DeedRefusedError, match=r"暂停资格到 2026-04-30.*已有的积分不受影响"):
        month.claim(MEETING, who=husband)
    month.whole_way([month.claim(MEETING, who=wife)])
    assert month.spendable == 1_700
    go_to(month.clock, until + timedelta(days=1))
    month.whole_way([month.claim(MEETING, who=husband)])
    assert month.spendable == 1_900
    assert month.is_sound()


def test_a_suspension_of_the_wrong_person_that_is_taken_back_held_on_no_day(month: Month) -> None:
    person = month.household.residents[0]
    serial = month.claim(DETENTION, who=person, suspended_until=date(2026, 12, 31))
    month.tell(serial)
    month.whole_way([serial])
    meanwhile = clock.today()
    go_to(month.clock, meanwhile + timedelta(days=9))
    with pytest.raises(DeedRefusedError, match="暂停资格到"):
        month.claim(MEETING, day=meanwhile, who=person)
    services.reverse(month.village, serial, "同名，不是他", month.clerk, new_key())
    assert month.whole_way([month.claim(MEETING, day=meanwhile, who=person)]) == 1
    assert month.spendable == 200
    assert month.is_sound()


def test_a_higher_honour_that_comes_later_books_the_difference_and_a_lower_one_nothing(month: Month) -> None:
    city = month.claim(CITY, event_name="助人为乐")
    month.whole_way([city])
    nation = month.claim(NATION, event_name="助人为乐")
    month.whole_way([nation])
    lower = month.claim(CITY, event_name="助人为乐")
    month.whole_way([lower])
    assert [month.booked_of(serial) for serial in (city, nation, lower)] == [
        [(1_500, MARCH)], [(2_500, MARCH)], [],
    ]  # fmt: skip
    assert month.read(nation).cap_reason == "同一荣誉就高不重复：以前已记15分，这次补记差额25分。"
    assert "以前已记40分，这次不再记" in month.read(lower).cap_reason
    assert month.spendable == 4_000
    assert month.is_sound()


def test_of_two_honours_in_one_meeting_the_higher_alone_counts_in_whatever_order(month: Month) -> None:
    nation, city = month.claim(NATION, event_name="助人为乐"), month.claim(CITY, event_name="助人为乐")
    assert month.whole_way([nation, city]) == 2
    assert [month.read(serial).points for serial in (nation, city)] == [4_000, 0]
    assert month.spendable == 4_000


def test_a_late_claim_says_why_counts_under_the_caps_of_its_day_and_for_the_open_month(month: Month) -> None:
    go_to(month.clock, date(2026, 2, 9))
    in_time = month.claim(HELPING, 200)
    month.whole_way([in_time])
    go_to(month.clock, date(2026, 3, 18))
    ledger_services.close_month(month.village, FEBRUARY, month.clerk)
    with pytest.raises(DeedRefusedError, match="超过 31 天算迟报"):
        month.claim(HELPING, day=date(2026, 2, 10))
    late = month.claim(HELPING, day=date(2026, 2, 10), late_reason="在外打工才回来")
    assert month.whole_way([late]) == 1
    assert month.booked_of(late) == [(200, MARCH)]  # February's cap left 2 of its 3 points
    assert "已记6分，这次只记2分" in month.read(late).cap_reason
    assert (month.figures(FEBRUARY).earned, month.figures(MARCH).earned, month.spendable) == (600, 200, 800)
    assert month.read(late).late_reason == "在外打工才回来"
    assert month.is_sound()


def test_the_last_sheet_hung_late_begins_the_days_and_a_holiday_inside_them_is_skipped(
    app: Flask, still_clock: FixedClock
) -> None:
    month = Month(still_clock, VillageSettings(notice_by_group=True, notice_working_days=True))
    serial = month.claim(HELPING)
    month.review([serial])
    notice = prepare(month.village)  # planned for today, 18 March
    sheets = notices.notice(month.village.id, notice).hangings
    assert len(sheets) == 2
    noticing.hang(month.village, notice, HangingDraft(1, "公开栏", "王五", clock.today()), month.clerk, new_key())
    go_to(month.clock, date(2026, 4, 2))  # a Thursday; Qingming is off from 4 to 6 April
    with pytest.raises(NoticeRunsError, match="还没有全部贴出来"):
        book_notices(month.village, month.clerk, new_key(), notice)
    hang_all(month.village, notice)
    for day, booked in ((date(2026, 4, 10), 0), (date(2026, 4, 11), 1)):  # 3, 7, 8, 9 and 10 are at work
        go_to(month.clock, day)
        assert month.book() == booked
    assert month.booked_of(serial) == [(300, MARCH)]
    assert month.is_sound()


@both_databases
def test_fractional_hours_are_rounded_once_to_a_hundredth_also_at_the_panels_points(month: Month) -> None:
    whole, lowered = month.claim(PLANTING, 133), month.claim(PLANTING, 133)
    assert month.read(whole).points == 200  # 1.33 × 1.5 = 1.995
    assert month.whole_way([whole, lowered], item(lowered, per_unit=125, reason="迟到早退")) == 2
    assert month.booked_of(whole) == [(200, MARCH)]
    assert month.booked_of(lowered) == [(166, MARCH)]  # 1.33 × 1.25 = 1.6625
    lines = ledger.statement(month.village.id, month.household.serial)
    assert {line.text for line in lines} == {"义务植树（1.33小时）"}
    assert month.spendable == 366
    assert month.is_sound()


def test_a_quarter_village_reviews_three_months_at_once_and_each_deed_counts_for_its_own(
    app: Flask, still_clock: FixedClock
) -> None:
    month = Month(still_clock, VillageSettings(review_months=3))
    person = month.household.residents[0]
    serials = []
    for number in (1, 2, 3):
        go_to(month.clock, date(2026, number, 10))
        serials.append(month.claim(MEETING, who=person))
    go_to(month.clock, date(2026, 4, 2))
    checking.pass_check(month.village, serials, month.clerk, new_key())
    waiting = agenda(month.village.id, Body.REVIEW_GROUP, panel_of(month.village.id))
    assert [claim.serial for claim in waiting] == serials
    meeting = hold_meeting(month.village)
    meet(month.village, meeting, *map(item, serials))
    assert month.hang_and_book() == 3
    assert [month.booked_of(serial) for serial in serials] == [[(200, "2026-01")], [(200, FEBRUARY)], []]
    assert "每人每季度最多记4分，已记4分，这次不再记" in month.read(serials[2]).cap_reason
    assert [month.figures(period).earned for period in ("2026-01", FEBRUARY)] == [200, 200]
    for period in ("2026-01", FEBRUARY, MARCH):
        ledger_services.close_month(month.village, period, month.clerk)
    assert month.is_sound()
