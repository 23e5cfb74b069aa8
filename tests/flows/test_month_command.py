"""`month` tells how far a month is; closing one with claims on their way says so."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pointsbank.deeds.models import ClaimState
from pointsbank.deeds.services import objecting
from pointsbank.deeds.services.objecting import ObjectionDraft
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger.booking import Source
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.booking import book
from tests.deed_rules import HELPING, MEETING, STUDENT
from tests.factories import make_household
from tests.meetings import make_claim
from tests.notices import approve, make_approved, make_reviewing_village, on_the_wall
from tests.terminal import Terminal, make_terminal
from tests.whole_way import WholeWay, make_whole_way

QINGXI = ("--village", "qingxi")
KEYS = {"state", "claims", "approved_points", "booked_points", "open_objections", "budget_left"}


@pytest.fixture
def terminal(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    return make_terminal(tmp_path, monkeypatch, capsys)


@pytest.fixture
def village(app: Flask) -> Place:
    return make_reviewing_village(VillageSettings(month_budget=2_500))


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张三")


def month(terminal: Terminal, period: str = "2026-03") -> dict[str, Any]:
    answer = terminal("month", *QINGXI, "--month", period).answer
    assert set(answer) == KEYS
    assert set(answer["claims"]) == {state.value for state in ClaimState}
    return answer


def test_claims_are_counted_by_state_and_points_by_what_was_decided(
    terminal: Terminal, village: Place, household: Household
) -> None:
    make_claim(village, household, HELPING, 100, date(2026, 3, 2))
    approve(village, make_claim(village, household, HELPING, 100, date(2026, 3, 3)))
    disputed = make_approved(village, household, STUDENT, day=date(2026, 3, 4))
    on_the_wall(village)
    objecting.take(village, ObjectionDraft(disputed, "没有考上", clock.today()), SYSTEM, new_key())
    found = month(terminal)
    claims = found["claims"]
    assert {state: count for state, count in claims.items() if count} == {"submitted": 1, "on_notice": 1, "objected": 1}
    assert (found["state"], found["open_objections"]) == ("open", 1)
    assert (found["approved_points"], found["booked_points"], found["budget_left"]) == ("23", "0", "2")


def test_a_claim_of_a_closed_month_counts_for_the_next_open_one(
    terminal: Terminal, village: Place, household: Household
) -> None:
    make_claim(village, household, MEETING, 100, date(2026, 2, 20), resident_id=household.residents[0].id)
    assert month(terminal, "2026-02")["claims"]["submitted"] == 1
    make_booked_month(village, household)
    closed = terminal("close-month", *QINGXI, "--month", "2026-02")
    assert (closed.code, set(closed.answer)) == (0, {"village", "month", "head"})
    assert "还有 1 件没有办完" in closed.err
    february, march = month(terminal, "2026-02"), month(terminal)
    assert (february["state"], february["claims"]["submitted"]) == ("closed", 0)
    assert march["claims"]["submitted"] == 1


def make_booked_month(village: Place, household: Household) -> None:
    """Something booked for February, so that it has a book."""
    serial = household.serial
    book(village, [serial], lambda batch: batch.earn(serial, 100, date(2026, 2, 3), Source("deed", 1), "好人好事"))


def test_a_month_that_went_the_whole_way_is_booked(terminal: Terminal, app: Flask, still_clock: FixedClock) -> None:
    way: WholeWay = make_whole_way(still_clock)
    found = month(terminal, "2026-02")
    assert (found["claims"]["booked"], found["booked_points"], found["budget_left"]) == (1, "3", None)
    assert terminal("freeze", *QINGXI, "--month", "2026-02").err.count("没有办完") == 0
    assert month(terminal, "2026-02")["state"] == "frozen"
    assert way.claim == 1


@pytest.mark.parametrize("period", ["2019-03", "2026-04", "2026-13", "三月"])
def test_a_month_without_a_book_is_unknown(terminal: Terminal, village: Place, period: str) -> None:
    terminal("month", *QINGXI, "--month", period).refusal(2, "unknown_month")


def test_the_year_end_command_looks_first_and_does_it_once(
    terminal: Terminal, village: Place, household: Household
) -> None:
    ended = ("year-end", *QINGXI, "--year", "2025")
    seen = terminal(*ended, "--preview").answer
    assert seen == {"mode": "carry_over", "households": 0, "points": "0", "done": False}
    assert terminal(*ended).answer == {**seen, "done": True}
    terminal(*ended).refusal(1, "year_end_refused")
    terminal("year-end", *QINGXI, "--year", "2026").refusal(1, "year_end_refused")
