"""close-month, freeze, paper board and cards issue from the terminal."""

from datetime import UTC, datetime
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from flask import Flask

from pointsbank.foundation.clock import FixedClock
from pointsbank.ledger import queries as ledger
from pointsbank.places.models import Place
from tests.boards import make_deed
from tests.factories import make_household, make_village
from tests.fonts import prepared_fonts_folder
from tests.terminal import Terminal, make_terminal

QINGXI = ("--village", "qingxi")


@pytest.fixture
def terminal(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """A terminal beside the program of the test, on the same database."""
    return make_terminal(tmp_path, monkeypatch, capsys)


@pytest.fixture
def village(app: Flask) -> Place:
    """Two households, and a deed in January and in February; the clock stands in March."""
    place = make_village()
    for name in ("张三", "李四"):
        household = make_household(place, name)
        make_deed(place, household, 500)
        make_deed(place, household, 300, day=datetime(2026, 1, 9, tzinfo=UTC).date())
    return place


def head(village: Place) -> str:
    sequence, digest = ledger.head(village.id)
    return f"{sequence}:{digest.hex()}"


def test_months_close_in_order_and_once(terminal: Terminal, village: Place) -> None:
    early = terminal("close-month", *QINGXI, "--month", "2026-02")
    assert (early.code, early.answer) == (0, {"village": "qingxi", "month": "2026-02", "head": head(village)})
    assert "已经结账" in terminal("close-month", *QINGXI, "--month", "2026-02").refusal(1, "month_not_closable")
    assert "已经结账" in terminal("close-month", *QINGXI, "--month", "2026-01").refusal(1, "month_not_closable")


def test_a_running_month_and_one_without_a_book_are_refused(terminal: Terminal, village: Place) -> None:
    make_deed(village, make_household(village), 100, day=datetime(2026, 3, 2, tzinfo=UTC).date())
    for command in ("close-month", "freeze"):
        told = terminal(command, *QINGXI, "--month", "2026-03")
        assert "还没有过完" in told.refusal(1, told.answer["error"]["code"])
        assert "没有2019年3月的账" in terminal(command, *QINGXI, "--month", "2019-03").refusal(2, "unknown_month")


def test_freezing_closes_the_month_and_numbers_the_issue(terminal: Terminal, village: Place) -> None:
    answer = terminal("freeze", *QINGXI, "--month", "2026-01").answer
    assert answer == {"village": "qingxi", "month": "2026-01", "issue": 1, "head": head(village)}
    assert terminal("freeze", *QINGXI, "--month", "2026-02").answer["issue"] == 2
    again = terminal("freeze", *QINGXI, "--month", "2026-02")
    assert again.code == 1
    assert set(again.answer) == {"error"}


def says_draft(path: Path) -> bool:
    """The two characters go across the sheet, so a reader of text meets them in lines of their own."""
    document = pdfium.PdfDocument(path)
    try:
        lines = "\n".join(page.get_textpage().get_text_range() for page in document).split()
    finally:
        document.close()
    return {"草", "稿"} <= set(lines) or "草稿" in lines


@pytest.mark.parametrize("size", ["A3", "A4"])
def test_the_board_says_draft_until_the_month_is_frozen(
    terminal: Terminal, village: Place, tmp_path: Path, size: str
) -> None:
    (tmp_path / "fonts").symlink_to(prepared_fonts_folder())
    out = tmp_path / "board.pdf"
    words = ("paper", "board", *QINGXI, "--month", "2026-02", "--size", size, "--out", str(out))
    draft = terminal(*words)
    assert draft.answer == {"written": str(out), "bytes": out.stat().st_size, "draft": True}
    assert says_draft(out)
    terminal("freeze", *QINGXI, "--month", "2026-02")
    final = terminal(*words)
    assert final.answer == {"written": str(out), "bytes": out.stat().st_size, "draft": False}
    assert not says_draft(out)
    printed = out.read_bytes()
    terminal(*words)
    assert out.read_bytes() == printed
    assert [path.name for path in tmp_path.glob("*.half*")] == []


def test_the_board_of_an_unknown_month_is_wrong_usage(terminal: Terminal, village: Place, tmp_path: Path) -> None:
    words = ("--month", "2020-01", "--size", "A3", "--out", str(tmp_path / "board.pdf"))
    terminal("paper", "board", *QINGXI, *words).refusal(2, "unknown_month")
    assert not (tmp_path / "board.pdf").exists()


def test_a_board_that_cannot_be_written_is_told(terminal: Terminal, village: Place, tmp_path: Path) -> None:
    (tmp_path / "fonts").symlink_to(prepared_fonts_folder())
    (tmp_path / "board.pdf").mkdir()
    words = ("--month", "2026-02", "--size", "A3", "--out", str(tmp_path / "board.pdf"))
    ended = terminal("paper", "board", *QINGXI, *words)
    assert "--out" in ended.refusal(2, "usage")


def test_cards_are_issued_to_every_household_that_has_none(
    terminal: Terminal, village: Place, still_clock: FixedClock
) -> None:
    assert terminal("cards", "issue", *QINGXI, "--all").answer == {"village": "qingxi", "issued": 2}
    assert terminal("cards", "issue", *QINGXI, "--all").answer == {"village": "qingxi", "issued": 0}
    make_household(village, "王五")
    assert terminal("cards", "issue", *QINGXI, "--all").answer["issued"] == 1
