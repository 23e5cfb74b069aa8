"""`coverage` says in figures and in words whether the points can be honoured."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.fund import services
from pointsbank.fund.models import EntryKind
from pointsbank.fund.services import EntryDraft
from tests.factories import make_good, make_household, make_points, make_village, redeem_now
from tests.terminal import make_terminal


def test_the_command_gives_the_figures_and_the_advice(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = make_terminal(tmp_path, monkeypatch, capsys)
    village = make_village()
    empty = terminal("coverage", "--village", "qingxi").answer
    nothing = {"outstanding_points": "0", "value_fen": 0, "stock_fen": 0, "fund_fen": 0, "ratio": None, "dry_on": None}
    assert empty == nothing
    household, rice = make_household(village), make_good(village, price=6_000, on_hand=10)
    make_points(village, household, 100_050)
    redeem_now(village, household, rice, 1)  # 60 points: 30 yuan, a yuan a day
    seed = EntryDraft(EntryKind.SEED, 10_000, date(2026, 3, 1), "田湾镇政府", "启动资金")
    services.record(village, seed, SYSTEM, new_key())
    assert terminal("coverage", "--village", "qingxi").answer == {
        "outstanding_points": "940.5",
        "value_fen": 47_025,
        "stock_fen": 26_820,
        "fund_fen": 10_000,
        "ratio": "0.78",
        "dry_on": "2027-03-21",  # 368.20 yuan last 368 days
    }
    told = terminal("coverage", "--village", "qingxi", as_json=False).out
    for said in ("940.5 分", "够换 78%", "差 102 元", "2027年3月21日"):
        assert said in told
