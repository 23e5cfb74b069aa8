"""From any line of the book one gets back to the meeting that decided on it and the sheet that hung on the wall."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pointsbank.deeds import services as deeds
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.kiosk import queries as kiosk
from pointsbank.ledger.errors import UnknownTransferError
from pointsbank.market.models import Good
from pointsbank.reports.queries import trace
from tests.deed_rules import VOLUNTEERING
from tests.factories import make_good, make_household, make_points, make_resident, redeem_now
from tests.terminal import Terminal, make_terminal
from tests.whole_way import BOOKED, HUNG, OBJECTOR, REVIEW_DAY, WholeWay, make_whole_way

KEYS = {"entry", "claim", "evidence", "rule", "clause", "meeting", "notice", "reversal"}


@pytest.fixture
def way(app: Flask, still_clock: FixedClock) -> WholeWay:
    return make_whole_way(still_clock)


@pytest.fixture
def terminal(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    return make_terminal(tmp_path, monkeypatch, capsys)


def explained(terminal: Terminal, sequence: int) -> dict[str, Any]:
    answer = terminal("explain", "--village", "qingxi", "--seq", str(sequence)).answer
    assert set(answer) == KEYS
    return answer


def test_a_line_leads_back_through_every_step(way: WholeWay, terminal: Terminal) -> None:
    found = trace.explain(way.village, way.sequence)
    assert found.claim is not None
    assert found.claim.serial == way.claim
    assert [one.description for one in found.evidence] == ["王大爷作证"]
    assert found.rule is not None
    assert found.rule.rule.book.version == 1
    assert found.clause is not None
    assert found.clause.clause.text == "守信用，讲诚实。"
    [decision] = found.decisions
    assert (decision.meeting.held_on, [one.reason for one in decision.recusals]) == (REVIEW_DAY, ["儿媳"])
    assert found.notice is not None
    assert [sheet.hung_on for sheet in found.notice.hangings] == [HUNG]
    told = explained(terminal, way.sequence)
    assert told["reversal"] is None
    assert {key for key in KEYS if told[key]} == KEYS - {"reversal"}
    assert str(told["entry"]).count("'points': '3'") == 1
    assert [step["state"] for step in told["claim"]["steps"]][-1] == "booked"
    assert told["notice"]["hangings"][0]["hung_on"] == HUNG.isoformat()


def test_who_objected_is_never_told(way: WholeWay, terminal: Terminal) -> None:
    told = str(explained(terminal, way.sequence))
    assert "'outcome': 'kept'" in told
    assert OBJECTOR not in told
    assert "13812341234" not in told
    assert "不是他挑的水" not in told
    assert OBJECTOR not in terminal("explain", "--village", "qingxi", "--seq", str(way.sequence), as_json=False).out


def test_a_reversal_is_found_from_the_line_that_it_undoes(way: WholeWay, terminal: Terminal) -> None:
    deeds.reverse(way.village, way.claim, "记错了户", SYSTEM, new_key())
    [undone] = explained(terminal, way.sequence)["reversal"]
    assert undone["kind"] == "earn_reversal"
    back = explained(terminal, undone["seq"])
    assert back["claim"]["serial"] == way.claim
    assert back["reversal"] is None


def test_a_deed_that_was_booked_at_once_has_neither_meeting_nor_notice(way: WholeWay, terminal: Terminal) -> None:
    person = make_resident(way.village, way.household)
    draft = deeds.DeedDraft(way.household.id, VOLUNTEERING.code, 100, clock.today(), person.id)
    deeds.record(way.village, draft, SYSTEM, new_key())
    told = explained(terminal, way.sequence + 1)
    assert [key for key in sorted(KEYS) if told[key] is None] == ["clause", "evidence", "meeting", "notice", "reversal"]


def test_goods_taken_for_points_have_no_claim(way: WholeWay, terminal: Terminal) -> None:
    soap: Good = make_good(way.village, "香皂", price=100)
    redeem_now(way.village, way.household, soap, 1)
    told = explained(terminal, way.sequence + 1)
    assert told["entry"]["source"] == "redemption:1"
    assert {key for key in KEYS if told[key] is not None} == {"entry"}


@pytest.mark.parametrize("sequence", [0, -1, 99, 2**63])
def test_a_line_that_is_not_there_is_unknown(way: WholeWay, terminal: Terminal, sequence: int) -> None:
    with pytest.raises(UnknownTransferError):
        trace.explain(way.village, sequence)
    terminal("explain", "--village", "qingxi", "--seq", str(sequence)).refusal(1, "unknown_transfer")


def test_the_household_reads_its_own_lines_in_plain_words_without_names(way: WholeWay) -> None:
    told = kiosk.plain_way(way.village, way.household, way.sequence)
    words = "".join(f"{name}{sentence}" for name, sentence in told.steps)
    assert [name for name, _ in told.steps] == ["按哪一条", "公约怎么说", "申报", "评议", "公示", "入账"]
    assert f"{BOOKED.month}月{BOOKED.day}日记到您家账上" in words
    assert not any(name in words for name in ("文书甲", "组长乙", OBJECTOR, "儿媳", "王大爷"))
    other = make_household(way.village, "李四")
    with pytest.raises(NotFoundError):
        kiosk.plain_way(way.village, other, way.sequence)


def test_visitors_are_shown_the_deed_that_went_the_whole_way(way: WholeWay) -> None:
    make_points(way.village, make_household(way.village), 500)
    shown = trace.whole_way(way.village, clock.today())
    assert shown is not None
    assert shown.entry.transfer.sequence == way.sequence
