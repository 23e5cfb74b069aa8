"""A notice runs from the day after its last sheet hangs; nothing of it is booked before its last day has passed."""

from datetime import date, timedelta

import pytest
from flask import Flask

from pointsbank.audit import queries as audit
from pointsbank.deeds.errors import NoticeRunsError, NoticeStateError, UnknownNoticeError
from pointsbank.deeds.models import ClaimState, NoticeState
from pointsbank.deeds.queries import notices
from pointsbank.deeds.services import noticing
from pointsbank.deeds.services.booking import book_notices
from pointsbank.deeds.services.noticing import BACKDATED_DAYS_MAX, HangingDraft
from pointsbank.deeds.verification import problems
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places import holidays
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.deed_rules import HELPING, STUDENT
from tests.factories import make_household, make_village
from tests.notices import (
    go_to,
    hang_all,
    make_approved,
    make_reviewing_village,
    on_the_wall,
    prepare,
    spendable,
    state_of,
)

TODAY = date(2026, 3, 18)  # a Wednesday
BY_GROUP = VillageSettings(notice_by_group=True)
IN_WORKING_DAYS = VillageSettings(notice_working_days=True)


def hang(village: Place, serial: int, position: int, day: date, seen: str = "") -> dict[str, object]:
    draft = HangingDraft(position, "公开栏", "王组长", day, seen)
    return noticing.hang(village, serial, draft, SYSTEM, new_key())


def book(village: Place, serial: int | None = None) -> int:
    booked: int = book_notices(village, SYSTEM, new_key(), serial)["claims"]
    return booked


def test_the_period_begins_when_the_last_sheet_hangs_however_late(app: Flask, still_clock: FixedClock) -> None:
    village = make_reviewing_village(BY_GROUP)
    for group in (1, 2):
        make_approved(village, make_household(village, group=group), HELPING)
    make_household(village, group=3)  # nothing to show: no sheet
    serial = prepare(village)
    assert [sheet.group.name if sheet.group else "" for sheet in notices.notice(village.id, serial).hangings] == [
        "", "1组", "2组",
    ]  # fmt: skip
    assert hang(village, serial, 1, TODAY) == {"notice": serial, "last_day": None, "missing": 2}
    hang(village, serial, 2, TODAY)
    go_to(still_clock, date(2026, 3, 25))  # a week later than planned
    with pytest.raises(NoticeRunsError, match="还没有全部贴出来"):
        book(village, serial)
    assert hang(village, serial, 3, date(2026, 3, 24))["last_day"] == "2026-03-29"
    assert notices.notice(village.id, serial).state is NoticeState.HANGING


@pytest.mark.parametrize(("day", "booked"), [(date(2026, 3, 23), 0), (date(2026, 3, 24), 1)])
def test_nothing_is_booked_before_the_last_day_has_passed(
    app: Flask, still_clock: FixedClock, day: date, booked: int
) -> None:
    village = make_reviewing_village()
    household = make_household(village)
    claim = make_approved(village, household, HELPING)
    serial = on_the_wall(village)
    go_to(still_clock, day)
    assert book(village) == booked
    if not booked:
        with pytest.raises(NoticeRunsError, match="2026-03-23"):
            book(village, serial)
    assert spendable(village, household) == 300 * booked
    assert state_of(village, claim) is (ClaimState.BOOKED if booked else ClaimState.ON_NOTICE)
    assert notices.notice(village.id, serial).state is (NoticeState.ENDED if booked else NoticeState.HANGING)
    assert problems(village) == []


def test_working_days_skip_weekends_and_holidays_and_count_weekends_that_are_worked(
    app: Flask, still_clock: FixedClock
) -> None:
    village = make_reviewing_village(IN_WORKING_DAYS)
    make_approved(village, make_household(village), HELPING)
    serial = prepare(village)
    go_to(still_clock, date(2026, 4, 2))  # a Thursday; 3 Friday, 4–6 Qingming off, 7–10 at work
    hang_all(village, serial)
    assert notices.notice(village.id, serial).last_day == date(2026, 4, 10)


@pytest.mark.parametrize(
    ("hung_on", "days", "working", "last"),
    [
        (date(2026, 4, 2), 5, False, date(2026, 4, 7)),  # a holiday inside a period of calendar days counts
        (date(2026, 2, 13), 1, True, date(2026, 2, 14)),  # a Saturday that is worked
        (date(2026, 2, 14), 1, True, date(2026, 2, 24)),  # the Spring Festival's nine days
        (date(2025, 9, 27), 4, True, date(2025, 10, 9)),  # 28 worked, 29 and 30, eight days off, the 9th
        (date(2027, 1, 1), 2, True, date(2027, 1, 5)),  # not known: weekends alone are off
    ],
)
def test_the_last_day_of_a_period(hung_on: date, days: int, working: bool, last: date) -> None:
    assert holidays.last_day_of(hung_on, days, working=working) == last


@pytest.mark.parametrize(
    ("over_by", "days", "working", "start"),
    [
        (date(2026, 4, 10), 5, False, date(2026, 4, 4)),  # 5 to 9, booked on the 10th
        (date(2026, 4, 10), 5, True, date(2026, 4, 1)),  # 2, 3, Qingming until the 6th off, 7 to 9
        (date(2026, 3, 10), 5, True, date(2026, 3, 2)),  # 3 to 6, the weekend off, 9
        (date(2026, 3, 10), 7, True, date(2026, 2, 27)),  # the Saturday, 28 February, is worked
    ],
)
def test_the_latest_day_to_hang_so_that_the_period_has_passed(
    over_by: date, days: int, working: bool, start: date
) -> None:
    assert holidays.latest_start(over_by, days, working=working) == start
    assert holidays.last_day_of(start, days, working=working) < over_by
    assert holidays.last_day_of(start + timedelta(days=1), days, working=working) >= over_by


def test_years_whose_holidays_are_not_known_are_named() -> None:
    assert holidays.unknown_years([date(2026, 12, 31), date(2027, 1, 4), date(2027, 1, 5)]) == [2027]


@pytest.mark.parametrize("day", [date(2026, 3, 19), date(2026, 3, 17), date(1900, 1, 1), date(9999, 12, 31)])
def test_a_sheet_hangs_neither_tomorrow_nor_before_the_notice_was_made(app: Flask, day: date) -> None:
    village = make_reviewing_village()
    make_approved(village, make_household(village), HELPING)
    serial = prepare(village)
    with pytest.raises(InvalidInputError) as refused:
        hang(village, serial, 1, day)
    assert refused.value.field == "hung_on"


@pytest.mark.parametrize(("days", "taken"), [(1, True), (BACKDATED_DAYS_MAX, True), (BACKDATED_DAYS_MAX + 1, False)])
def test_a_hanging_is_recorded_a_weekend_later_and_no_later(
    app: Flask, still_clock: FixedClock, days: int, taken: bool
) -> None:
    village = make_reviewing_village()
    make_approved(village, make_household(village), HELPING)
    serial = prepare(village)
    go_to(still_clock, TODAY + timedelta(days=days))
    if not taken:
        with pytest.raises(InvalidInputError, match="张贴日请填今天") as refused:
            hang(village, serial, 1, TODAY)
        assert refused.value.field == "hung_on"
        assert hang(village, serial, 1, clock.today())["missing"] == 0
        return
    assert hang(village, serial, 1, TODAY)["last_day"] == "2026-03-23"
    assert audit.trail(village.id)[0].text == f"公开栏 2026-03-18 王组长，补登 {days} 天"


def test_a_period_that_would_be_over_already_does_not_begin(app: Flask, still_clock: FixedClock) -> None:
    village = make_reviewing_village(VillageSettings(notice_days=2))
    claim = make_approved(village, make_household(village), HELPING)
    serial = prepare(village)
    go_to(still_clock, date(2026, 3, 21))
    with pytest.raises(InvalidInputError, match="2026-03-20 已经满了") as refused:
        hang(village, serial, 1, TODAY)
    assert refused.value.field == "hung_on"
    assert notices.notice(village.id, serial).state is NoticeState.PREPARED
    assert hang(village, serial, 1, date(2026, 3, 19))["last_day"] == "2026-03-21"
    assert (book(village), state_of(village, claim)) == (0, ClaimState.ON_NOTICE)


def test_the_place_of_a_sheet_is_corrected_however_long_it_hangs(app: Flask, still_clock: FixedClock) -> None:
    village = make_reviewing_village()
    make_approved(village, make_household(village), HELPING)
    serial = on_the_wall(village)
    go_to(still_clock, date(2026, 3, 23))
    seen = noticing.seen_of(notices.notice(village.id, serial).hangings[0])
    assert hang(village, serial, 1, TODAY, seen)["last_day"] == "2026-03-23"
    assert "补登" not in audit.trail(village.id)[0].text


def test_a_hanging_is_corrected_by_who_saw_it_and_the_period_follows(app: Flask, still_clock: FixedClock) -> None:
    village = make_reviewing_village()
    make_approved(village, make_household(village), HELPING)
    serial = on_the_wall(village)
    go_to(still_clock, date(2026, 3, 20))
    with pytest.raises(NoticeStateError, match="刚才有人登记过"):
        hang(village, serial, 1, date(2026, 3, 20))
    seen = noticing.seen_of(notices.notice(village.id, serial).hangings[0])
    assert hang(village, serial, 1, date(2026, 3, 20), seen)["last_day"] == "2026-03-25"
    go_to(still_clock, date(2026, 3, 26))
    seen = noticing.seen_of(notices.notice(village.id, serial).hangings[0])
    with pytest.raises(NoticeStateError, match="已经满了"):
        hang(village, serial, 1, date(2026, 3, 26), seen)


def test_a_sheet_that_is_not_planned_does_not_hang(app: Flask) -> None:
    village = make_reviewing_village()
    make_approved(village, make_household(village), HELPING)
    serial = prepare(village)
    with pytest.raises(NotFoundError):
        hang(village, serial, 9, TODAY)


def test_a_notice_takes_what_is_approved_up_to_a_day_and_the_rest_waits(app: Flask) -> None:
    village = make_reviewing_village()
    household = make_household(village)
    february = make_approved(village, household, HELPING, day=date(2026, 2, 27))
    march = make_approved(village, household, STUDENT, day=date(2026, 3, 2))
    serial = prepare(village, up_to=date(2026, 2, 28))
    assert (state_of(village, february), state_of(village, march)) == (ClaimState.ON_NOTICE, ClaimState.APPROVED)
    assert notices.approved(village.id).count == 1
    assert notices.unfinished(village.id, "2026-02") == {ClaimState.ON_NOTICE: 1}
    with pytest.raises(NoticeStateError, match="没有评议通过"):
        prepare(village, up_to=date(2026, 2, 28))
    assert notices.counts_of([notices.notice(village.id, serial).id])


def test_a_withdrawn_notice_gives_its_claims_back(app: Flask, still_clock: FixedClock) -> None:
    village = make_reviewing_village()
    household = make_household(village)
    claims = [make_approved(village, household, rule) for rule in (HELPING, STUDENT)]
    serial = on_the_wall(village)
    noticing.cancel_item(village, claims[0], "和上月重复", SYSTEM, new_key())
    noticing.withdraw(village, serial, "少贴了一张", SYSTEM, new_key())
    assert [state_of(village, claim) for claim in claims] == [ClaimState.CANCELLED, ClaimState.APPROVED]
    assert notices.notice(village.id, serial).state is NoticeState.WITHDRAWN
    with pytest.raises(NoticeStateError, match="不能再撤下"):
        noticing.withdraw(village, serial, "再来一次", SYSTEM, new_key())
    with pytest.raises(NoticeStateError, match="已经撤下"):
        hang(village, serial, 1, TODAY)
    again = on_the_wall(village)
    go_to(still_clock, date(2026, 3, 24))
    assert (book(village, serial), book(village, again)) == (0, 1)
    assert problems(village) == []


def test_the_same_notice_is_made_once_by_the_same_key(app: Flask) -> None:
    village = make_reviewing_village()
    make_approved(village, make_household(village), HELPING)
    key = new_key()
    first = noticing.prepare(village, TODAY, None, SYSTEM, key)
    assert noticing.prepare(village, TODAY, None, SYSTEM, key) == first
    assert len(notices.notices(village.id)) == 1


def test_another_villages_notice_is_not_found(app: Flask) -> None:
    village = make_reviewing_village()
    make_approved(village, make_household(village), HELPING)
    serial = prepare(village)
    with pytest.raises(UnknownNoticeError):
        hang(make_village("miaopo", name="庙坡村"), serial, 1, TODAY)
