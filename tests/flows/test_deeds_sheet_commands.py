"""import deeds and export deeds from the terminal."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from flask import Flask

from pointsbank.deeds import queries, services
from pointsbank.deeds.services import DeedDraft
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.people import queries as people
from pointsbank.places.models import Place
from tests.deed_rules import make_rules
from tests.factories import make_household, make_village
from tests.terminal import Terminal, make_terminal

QINGXI = ("--village", "qingxi")
HEADER = ("户编号", "细则编号", "数量", "发生日期")


@pytest.fixture
def terminal(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    return make_terminal(tmp_path, monkeypatch, capsys)


@pytest.fixture
def village(terminal: Terminal) -> Place:
    place = make_village()
    make_rules(place)
    make_household(place, "张三", number="01-001")
    session().rollback()
    return place


def written(path: Path, *rows: tuple[object, ...]) -> str:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (HEADER, *rows):
        book.active.append(list(row))
    book.save(path)
    return str(path)


def test_a_dry_run_tells_and_an_import_books(terminal: Terminal, village: Place, tmp_path: Path) -> None:
    file = written(tmp_path / "in.xlsx", ("01-001", "HS06", 1, "2026-03-10"), ("1-1", "KF01", None, "2026.2.19"))
    expected = {"new": 2, "changed": 0, "unchanged": 0, "refused": [], "applied": False}
    tried = terminal("import", "deeds", file, *QINGXI, "--dry-run")
    assert (tried.code, tried.answer) == (0, expected)
    assert queries.all_claims(village.id) == []
    session().rollback()
    done = terminal("import", "deeds", file, *QINGXI)
    assert (done.code, done.answer) == (0, {**expected, "applied": True})
    assert [claim.points for claim in queries.all_claims(village.id)] == [300, -200]


def test_what_export_writes_import_reads_back_as_unchanged(terminal: Terminal, village: Place, tmp_path: Path) -> None:
    household = people.household_by_number(village.id, "01-001")
    assert household is not None
    home = household.id
    for day in (date(2026, 2, 19), date(2026, 3, 10)):
        services.record(village, DeedDraft(home, "HS06", 100, day), SYSTEM, new_key())
    for words, count in (((), 2), (("--month", "2026-02"), 1), (("--month", "2025-12"), 0)):
        out = tmp_path / "out.xlsx"
        assert terminal("export", "deeds", *QINGXI, "--out", str(out), *words).code == 0
        again = terminal("import", "deeds", str(out), *QINGXI)
        assert (again.code, again.answer["unchanged"], again.answer["new"]) == (0, count, 0)


def test_refused_rows_are_named_and_nothing_is_booked(terminal: Terminal, village: Place, tmp_path: Path) -> None:
    file = written(tmp_path / "in.xlsx", ("01-001", "HS06", 1, "2026-03-10"), ("01-001", "HS06", "x", "2026-03-10"))
    for words in (("--dry-run",), ()):
        ended = terminal("import", "deeds", file, *QINGXI, *words)
        assert ended.code == 1
        [refused] = ended.answer["refused"]
        assert (refused["row"], refused["column"], ended.answer["applied"]) == (3, "数量", False)
    assert queries.all_claims(village.id) == []
