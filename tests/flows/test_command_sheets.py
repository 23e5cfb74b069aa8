"""import and export from the terminal: what export writes, import reads back as all unchanged."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask

from config import ROOT
from pointsbank.deeds import services as deeds
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.people import queries as people
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from tests.factories import make_village
from tests.rosters import roster, row
from tests.rules import sheet
from tests.terminal import Terminal, make_terminal

SAMPLE = ROOT / "sample"
QINGXI = ("--village", "qingxi")
FILES = {
    "roster": ("qingxi-roster.xlsx", "--with-party"),
    "rules": ("rules.xlsx",),
    "goods": ("goods.xlsx",),
}
KEYS = {"new", "changed", "unchanged", "refused", "applied"}


@pytest.fixture
def terminal(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    make_village()
    return make_terminal(tmp_path, monkeypatch, capsys)


@pytest.fixture
def village(terminal: Terminal) -> Place:
    return places.village_by_code("qingxi")


def report(new: int, changed: int, unchanged: int, *, applied: bool) -> dict[str, Any]:
    return {"new": new, "changed": changed, "unchanged": unchanged, "refused": [], "applied": applied}


def rows_of(path: Path) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    return [tuple(line) for line in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("what", FILES)
def test_what_export_writes_import_reads_back_as_unchanged(terminal: Terminal, tmp_path: Path, what: str) -> None:
    name, *options = FILES[what]
    file = SAMPLE / name
    total = len(rows_of(file)) - 1
    tried = terminal("import", what, str(file), *QINGXI, *options, "--dry-run")
    assert (tried.code, tried.answer) == (0, report(total, 0, 0, applied=False))
    done = terminal("import", what, str(file), *QINGXI, *options)
    assert (done.code, done.answer) == (0, report(total, 0, 0, applied=True))
    out = tmp_path / "out.xlsx"
    written = terminal("export", what, *QINGXI, "--out", str(out), *options)
    assert (written.code, written.answer) == (0, {"written": str(out), "bytes": out.stat().st_size})
    again = terminal("import", what, str(out), *QINGXI, *options)
    assert (again.code, again.answer) == (0, report(0, 0, total, applied=True))


def test_refused_rows_are_named_and_nothing_is_written(terminal: Terminal, village: Place, tmp_path: Path) -> None:
    file = tmp_path / "roster.xlsx"
    file.write_bytes(roster([row("01-001", "张三", "户主"), row("01-002", "李四", "户主", born="2030-02-30")]))
    for words in (("--dry-run",), ()):
        ended = terminal("import", "roster", str(file), *QINGXI, *words)
        assert ended.code == 1
        assert set(ended.answer) == KEYS
        assert ended.answer["applied"] is False
        [refused] = ended.answer["refused"]
        assert set(refused) == {"row", "column", "reason"}
        assert (refused["row"], refused["column"]) == (3, "出生日期")
    session().rollback()  # the command wrote on a connection of its own
    assert list(people.roster(places.village_by_code("qingxi").id)) == []
    spoken = terminal("import", "roster", str(file), *QINGXI, as_json=False)
    assert "第 3 行“出生日期”" in spoken.out
    assert "什么都没有写入" in spoken.out


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, "户编号,姓名".encode("gbk")]
)
def test_a_file_that_is_no_spreadsheet_is_refused(
    terminal: Terminal, tmp_path: Path, what: str, content: bytes
) -> None:
    file = tmp_path / "x.xlsx"
    file.write_bytes(content)
    ended = terminal("import", what, str(file), *QINGXI)
    assert ended.refusal(1, ended.answer["error"]["code"]).endswith("。")


def test_a_file_over_the_limit_is_refused_without_being_read_whole(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    with file.open("wb") as opened:
        opened.truncate(3_000_000_000)
    terminal("import", "roster", str(file), *QINGXI).refusal(1, "too_large")


def test_a_statement_holds_the_lines_of_the_days_asked_for(terminal: Terminal, village: Place, tmp_path: Path) -> None:
    file = tmp_path / "roster.xlsx"
    file.write_bytes(roster([row("01-001", "张三", "户主")]))
    terminal("import", "roster", str(file), *QINGXI)
    rules = tmp_path / "rules.xlsx"
    rules.write_bytes(sheet({"编号": "GG07", "类别": "公共事业", "内容": "门前三包", "分值": 3, "单位": "月"}))
    terminal("import", "rules", str(rules), *QINGXI)
    session().rollback()  # the command wrote on a connection of its own
    village = places.village_by_code("qingxi")
    household = people.household_by_number(village.id, "01-001")
    assert household is not None
    draft = deeds.DeedDraft(household.id, "GG07", 100, date(2026, 3, 17))
    deeds.record(village, draft, SYSTEM, new_key())
    out = tmp_path / "statement.xlsx"
    words = ("export", "statement", *QINGXI, "--household", "01-001", "--out", str(out))
    assert terminal(*words).answer == {"written": str(out), "bytes": out.stat().st_size}
    whole = rows_of(out)
    assert any("门前三包" in str(cell) for line in whole for cell in line)
    terminal(*words, "--from", "2026-03-18", "--to", "2026-03-18")
    assert rows_of(out) == whole
    terminal(*words, "--to", "2026-03-17")
    assert not any("门前三包" in str(cell) for line in rows_of(out) for cell in line)


def test_a_statement_of_an_unknown_household_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    words = ("--household", "99-999", "--out", str(tmp_path / "x.xlsx"))
    assert "99-999" in terminal("export", "statement", *QINGXI, *words).refusal(1, "not_found")
    assert not (tmp_path / "x.xlsx").exists()


@pytest.mark.parametrize("day", ["2026-02-30", "2026-2-1", "昨天", "20260301", ""])
def test_a_day_that_is_none_is_wrong_usage(terminal: Terminal, tmp_path: Path, day: str) -> None:
    words = ("--household", "01-001", "--from", day, "--out", str(tmp_path / "x.xlsx"))
    assert "日期要写成" in terminal("export", "statement", *QINGXI, *words).refusal(2, "usage")
