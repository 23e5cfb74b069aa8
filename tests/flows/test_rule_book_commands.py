"""Rules are imported and exported from the command line."""

from datetime import date
from pathlib import Path

import pytest

from pointsbank.covenant import sheets
from pointsbank.foundation.clock import FixedClock
from tests.rules import ROW, sheet
from tests.terminal import Terminal, make_terminal

VILLAGE = ("--village", "shipan")
NOTHING = {"new": 0, "changed": 0, "unchanged": 0, "refused": [], "applied": True}


@pytest.fixture
def terminal(
    tmp_path: Path, still_clock: FixedClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """A terminal in a folder with a village that has no rules."""
    monkeypatch.chdir(tmp_path)
    typed = make_terminal(tmp_path / "instance", monkeypatch, capsys)
    place = ("--county", "隆昌市", "--town", "田湾镇", "--village", "石盘村", "--code", "shipan")
    ended = typed("setup", *place, "--admin", "钟敏", "--password-stdin", stdin="correct horse battery\n")
    assert ended.code == 0, ended
    return typed


def test_the_standard_rules_go_in_and_come_out_unchanged(terminal: Terminal) -> None:
    tried = terminal("import", "rules", str(sheets.STANDARD_FILE), *VILLAGE, "--dry-run")
    assert (tried.code, tried.answer) == (0, {**NOTHING, "new": 86, "applied": False})
    assert terminal("import", "rules", str(sheets.STANDARD_FILE), *VILLAGE).answer == {**NOTHING, "new": 86}
    assert terminal("export", "rules", *VILLAGE, "--out", "out.xlsx").code == 0
    again = terminal("import", "rules", "out.xlsx", *VILLAGE)
    assert (again.code, again.answer) == (0, {**NOTHING, "unchanged": 86})


def test_the_first_version_holds_from_new_year_and_a_later_one_from_today(terminal: Terminal) -> None:
    Path("first.xlsx").write_bytes(sheet(ROW))
    Path("second.xlsx").write_bytes(sheet({**ROW, "分值": 3}))
    assert terminal("import", "rules", "first.xlsx", *VILLAGE).code == 0
    too_early = terminal("import", "rules", "second.xlsx", *VILLAGE, "--effective-on", "2025-12-31")
    assert "2026-01-01" in too_early.refusal(1, "rule_book_refused")
    tried = terminal("import", "rules", "second.xlsx", *VILLAGE, "--effective-on", "2025-12-31", "--dry-run")
    assert "2026-01-01" in tried.refusal(1, "rule_book_refused")
    assert terminal("import", "rules", "second.xlsx", *VILLAGE).answer == {**NOTHING, "changed": 1}
    back = terminal("import", "rules", "first.xlsx", *VILLAGE, "--effective-on", "2026-03-17")
    assert "2026-03-18" in back.refusal(1, "rule_book_refused")


def test_what_is_exported_is_the_newest_version_even_one_to_come(terminal: Terminal) -> None:
    Path("first.xlsx").write_bytes(sheet(ROW))
    Path("second.xlsx").write_bytes(sheet({**ROW, "分值": 3}))
    terminal("import", "rules", "first.xlsx", *VILLAGE)
    terminal("import", "rules", "second.xlsx", *VILLAGE, "--effective-on", date(2026, 6, 1).isoformat())
    terminal("export", "rules", *VILLAGE, "--out", "newest.xlsx")
    assert terminal("import", "rules", "newest.xlsx", *VILLAGE).answer == {**NOTHING, "unchanged": 1}
    terminal("export", "rules", *VILLAGE, "--version", "1", "--out", "one.xlsx")
    assert terminal("import", "rules", "one.xlsx", *VILLAGE, "--dry-run").answer["changed"] == 1
    terminal("export", "rules", *VILLAGE, "--version", "9", "--out", "nine.xlsx").refusal(1, "unknown_rule")


def test_a_wrong_row_ends_with_1_and_says_where(terminal: Terminal) -> None:
    Path("wrong.xlsx").write_bytes(sheet(ROW, {**ROW, "编号": "GY02", "分值": "很多"}))
    for words in ((), ("--dry-run",)):
        ended = terminal("import", "rules", "wrong.xlsx", *VILLAGE, *words)
        assert ended.code == 1
        assert (ended.answer["new"], ended.answer["applied"]) == (1, False)
        [refused] = ended.answer["refused"]
        assert (refused["row"], refused["column"]) == (3, "分值")
    assert terminal("import", "rules", "wrong.xlsx", *VILLAGE, as_json=False).out.count("第 3 行“分值”") == 1


def test_the_same_rules_tried_on_the_past_months_give_no_difference(terminal: Terminal) -> None:
    Path("rules.xlsx").write_bytes(sheet(ROW))
    terminal("import", "rules", "rules.xlsx", *VILLAGE)
    tried = terminal("whatif", *VILLAGE, "--rules", "rules.xlsx", "--months", "3")
    assert tried.code == 0
    assert tried.answer == {
        "issued_now": "0",
        "issued_then": "0",
        "by_category": [],
        "changed_households": 0,
        "coverage_now": None,
        "coverage_then": None,
    }
    Path("broken.xlsx").write_bytes(sheet({**ROW, "分值": "很多"}))
    broken = terminal("whatif", *VILLAGE, "--rules", "broken.xlsx", "--months", "3")
    assert (broken.code, broken.answer["error"]["code"]) == (1, "rules_refused")
    assert terminal("whatif", *VILLAGE, "--rules", "rules.xlsx", "--months", "13").code == 2
