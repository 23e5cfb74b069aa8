"""Each night by itself: notices that are over end, and where the policy says so their claims are booked."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from pointsbank.commands.nightly import RETRY_AFTER, Nights, every_night, last_night, run_all
from pointsbank.deeds.models import ClaimState, NoticeState
from pointsbank.deeds.queries import notices
from pointsbank.deeds.services import nightly, noticing, objecting
from pointsbank.deeds.services.nightly import Night
from pointsbank.deeds.services.objecting import ObjectionDraft
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import services as market
from pointsbank.places import queries as places
from pointsbank.places.settings import VillageSettings
from tests.deed_rules import HELPING, STUDENT
from tests.factories import make_good, make_household, make_points, make_village
from tests.notices import go_to, make_approved, make_reviewing_village, on_the_wall, spendable, state_of
from tests.terminal import make_terminal

AT_NIGHT = VillageSettings(books_at_night=True)
TODAY, AFTER = date(2026, 3, 18), date(2026, 3, 24)
NIGHT = datetime(2026, 3, 17, 18, 0, tzinfo=UTC)  # two o'clock in Shanghai, of the 18th


def test_what_nobody_objected_to_is_booked_once_where_the_policy_says_so(app: Flask, still_clock: FixedClock) -> None:
    village = make_reviewing_village(AT_NIGHT)
    household = make_household(village)
    disputed, other = make_approved(village, household, HELPING), make_approved(village, household, STUDENT)
    on_the_wall(village)
    objecting.take(village, ObjectionDraft(disputed, "他家没有人去", TODAY), SYSTEM, new_key())
    assert nightly.run_night(village) == Night(0, 0, 0)
    go_to(still_clock, AFTER)
    assert nightly.run_night(village) == Night(1, 1, 2_000)
    assert nightly.run_night(village) == Night(0, 0, 0)
    assert (state_of(village, disputed), state_of(village, other)) == (ClaimState.OBJECTED, ClaimState.BOOKED)
    assert spendable(village, household) == 2_000


def test_without_the_policy_it_is_ready_and_waits_for_the_clerk(app: Flask, still_clock: FixedClock) -> None:
    village = make_reviewing_village()
    household = make_household(village)
    claim = make_approved(village, household, HELPING)
    notice = on_the_wall(village)
    go_to(still_clock, AFTER)
    assert nightly.run_night(village) == Night(1, 0, 0)
    assert state_of(village, claim) is ClaimState.UNOBJECTED
    assert notices.bookable(village.id) == 1
    noticing.cancel_item(village, claim, "记错了", SYSTEM, new_key())  # may still be cancelled
    assert notices.notice(village.id, notice).state is NoticeState.ENDED


def test_a_notice_of_which_all_was_cancelled_ends(app: Flask, still_clock: FixedClock) -> None:
    village = make_reviewing_village()
    claim = make_approved(village, make_household(village), HELPING)
    notice = on_the_wall(village)
    noticing.cancel_item(village, claim, "记错了", SYSTEM, new_key())
    go_to(still_clock, AFTER)
    assert nightly.run_night(village) == Night(0, 0, 0)
    assert notices.notice(village.id, notice).state is NoticeState.ENDED


def test_the_command_does_all_villages_and_frees_what_nobody_fetched(
    app: Flask,
    still_clock: FixedClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    village = make_reviewing_village(AT_NIGHT)
    make_village("miaopo", name="庙坡村")
    household = make_household(village)
    make_points(village, household, 5_000)
    good = make_good(village, price=4_000)
    market.place_order(village, household.id, [(good.id, 1)], 4_000, SYSTEM, new_key())
    make_approved(village, household, HELPING)
    on_the_wall(village)
    go_to(still_clock, AFTER)
    assert spendable(village, household) == 1_000
    run_all()
    assert spendable(village, household) == 5_300
    db.session.remove()
    ended = make_terminal(tmp_path, monkeypatch, capsys)("nightly")
    assert (ended.code, ended.answer) == (
        0,
        {"villages": [{"code": code, "ended": 0, "booked": 0, "points": "0"} for code in ("miaopo", "qingxi")]},
    )
    assert make_terminal(tmp_path, monkeypatch, capsys)("nightly", "--village", "nowhere").code == 2


# --- when it is done inside the server ---


@pytest.mark.parametrize(
    ("now", "began"),
    [
        (NIGHT, NIGHT),
        (NIGHT - timedelta(minutes=1), NIGHT - timedelta(days=1)),
        (NIGHT + timedelta(hours=23, minutes=59), NIGHT),
    ],
)
def test_a_night_begins_at_two_in_shanghai(now: datetime, began: datetime) -> None:
    assert last_night(now) == began


def test_a_missed_night_is_made_up_at_the_start_and_each_night_is_done_once() -> None:
    done: list[int] = []
    nights = Nights(lambda: done.append(1))
    started = NIGHT + timedelta(hours=7)
    looks = [started + timedelta(minutes=5 * step) for step in range(3 * 24 * 12)]
    worked = [moment for moment in looks if nights.look(moment)]
    assert worked == [started, *(NIGHT + timedelta(days=day) for day in (1, 2, 3))]
    assert len(done) == 4


def test_a_night_that_fails_is_tried_again_after_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the disk is full")

    nights = Nights(work)
    assert [nights.look(NIGHT + wait) for wait in (timedelta(0), RETRY_AFTER / 2, RETRY_AFTER)] == [False, False, True]
    assert len(tries) == 2
    assert "the disk is full" in caplog.text


def test_one_village_that_fails_keeps_no_other_from_its_night(
    app: Flask, still_clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_village("aaa", name="甲村")
    village = make_reviewing_village(AT_NIGHT)
    claim = make_approved(village, make_household(village), HELPING)
    on_the_wall(village)
    go_to(still_clock, AFTER)
    night = nightly.run_night

    def fails_at_first(place: object) -> Night:
        if getattr(place, "code", "") == "aaa":
            raise OSError("the disk is full")
        return night(place)  # type: ignore[arg-type]

    monkeypatch.setattr("pointsbank.commands.nightly.run_night", fails_at_first)
    with pytest.raises(OSError, match="full"):
        run_all()
    assert state_of(village, claim) is ClaimState.BOOKED


def test_the_server_does_the_night_when_it_starts_and_ends_with_it(app: Flask, still_clock: FixedClock) -> None:
    village = make_reviewing_village(replace(AT_NIGHT, notice_days=1))
    claim = make_approved(village, make_household(village), HELPING)
    on_the_wall(village)
    go_to(still_clock, AFTER)
    db.session.remove()
    with every_night(app):
        pass  # its end waits for the night that has begun
    assert clock.today() == AFTER
    assert state_of(places.village_by_code("qingxi"), claim) is ClaimState.BOOKED
