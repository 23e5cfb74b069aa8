"""Every kind of paper from the terminal, and the list of them."""

from pathlib import Path

import pypdf
import pytest
from flask import Flask

from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.fund import services as fund
from pointsbank.fund.models import EntryKind
from pointsbank.fund.services import EntryDraft
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from tests.covenants import make_covenant
from tests.deed_rules import HELPING
from tests.factories import make_good, make_household, make_village
from tests.fonts import prepared_fonts_folder
from tests.rules import make_rules
from tests.terminal import Terminal, make_terminal

QINGXI = ("--village", "qingxi")
TITLES = {
    "covenant": "村规民约",
    "rules": "积分细则",
    "signatures": "签名册",
    "prices": "价目表",
    "labels": "大米",
    "opening": "开门的日子",
    "wanted": "想要的东西",
    "fund": "资金台账",
    "donations": "捐赠",
}


@pytest.fixture
def terminal(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    (app.config["POINTSBANK"].fonts_folder).symlink_to(prepared_fonts_folder(), target_is_directory=True)
    make_village()
    return make_terminal(tmp_path, monkeypatch, capsys)


@pytest.fixture
def village(terminal: Terminal) -> Place:
    place = places.village_by_code("qingxi")
    make_covenant(place)
    make_rules(place, HELPING)
    make_household(place, "张三")
    make_good(place, "大米")
    line = EntryDraft(EntryKind.SEED, 100_000, clock.today(), "田湾镇人民政府", "启动资金")
    fund.record(place, line, SYSTEM, new_key())
    return place


@pytest.mark.parametrize("kind", TITLES)
def test_each_kind_is_written_as_a_pdf(terminal: Terminal, village: Place, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "paper.pdf"
    month = ("--month", "2026-03") if kind == "fund" else ()
    ended = terminal("paper", kind, *QINGXI, *month, "--out", str(out))
    assert ended.answer == {"written": str(out), "bytes": out.stat().st_size, "draft": False}
    assert TITLES[kind] in "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(out).pages)


def test_the_list_names_every_kind_and_what_it_needs(terminal: Terminal) -> None:
    kinds = terminal("paper", "list").answer["kinds"]
    assert {kind["kind"] for kind in kinds} == {*TITLES, "board"}
    assert {kind["kind"]: kind["needs"] for kind in kinds if kind["needs"]} == {"board": ["month"], "fund": ["month"]}
    assert all(kind["title"] for kind in kinds)


@pytest.mark.parametrize("kind", ["covenant", "rules", "signatures"])
def test_what_is_not_there_yet_is_told(terminal: Terminal, tmp_path: Path, kind: str) -> None:
    ended = terminal("paper", kind, *QINGXI, "--out", str(tmp_path / "paper.pdf"))
    assert ended.code == 1
    assert "请先在“一约”里" in ended.answer["error"]["message"]
    assert not (tmp_path / "paper.pdf").exists()
