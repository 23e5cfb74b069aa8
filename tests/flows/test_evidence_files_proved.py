"""The proof of a village's books looks at the kept files of its evidence, too."""

import io
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from config import Config
from pointsbank.access.models import Role
from pointsbank.covenant.models import EvidenceKind
from pointsbank.deeds import services
from pointsbank.deeds.services import DeedDraft, evidence
from pointsbank.deeds.services.evidence import EvidenceDraft
from pointsbank.deeds.services.evidence_files import clean_file
from pointsbank.deeds.verification import file_problems
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from pointsbank.reports.verification import verify_village
from tests.deed_rules import HELPING, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.web.conftest import post, sign_in


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    draft = DeedDraft(make_household(place).id, HELPING.code, 100, clock.today())
    services.record(place, draft, SYSTEM, new_key())
    return place


def add_photo(village: Place, config: Config, colour: str = "green") -> int:
    stream = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(stream, "JPEG")
    draft = EvidenceDraft(EvidenceKind.PHOTO, file=clean_file(stream.getvalue(), "a.jpg"))
    piece: int = evidence.add(village, 1, draft, config.instance, SYSTEM, new_key())["evidence"]
    return piece


def stored(config: Config) -> list[Path]:
    return sorted((config.instance / "evidence").rglob("*.jpg"))


def change_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_changed_byte_of_a_kept_file_is_named(village: Place, config: Config, client: FlaskClient) -> None:
    add_photo(village, config)
    add_photo(village, config, "red")
    assert verify_village(village, instance=config.instance).sound
    changed, _ = stored(config)
    change_a_byte(changed)
    [problem] = verify_village(village, instance=config.instance).problems
    assert problem.startswith(f"申报第1号的材料 {changed.name}：")
    assert "被改动过" in problem
    sign_in(client, make_staff(village, Role.SUPERVISION))
    assert changed.name in post(client, "/desk/qingxi/verify", {"head": ""}).text


def test_a_lost_file_is_named_and_one_that_was_taken_away_with_a_reason_is_not(village: Place, config: Config) -> None:
    piece = add_photo(village, config)
    evidence.remove(village, 1, piece, "传错了", config.instance, SYSTEM)
    assert file_problems(village, config.instance) == []
    add_photo(village, config)
    [lost] = stored(config)
    lost.unlink()
    [problem] = file_problems(village, config.instance)
    assert lost.name in problem
    assert "文件不在了" in problem


def test_a_piece_removed_while_the_files_are_read_is_no_problem(
    village: Place, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = add_photo(village, config)
    read = Path.read_bytes

    def removed_meanwhile(path: Path) -> bytes:
        monkeypatch.setattr(Path, "read_bytes", read)
        evidence.remove(village, 1, piece, "传错了", config.instance, SYSTEM)
        return path.read_bytes()

    monkeypatch.setattr(Path, "read_bytes", removed_meanwhile)
    assert file_problems(village, config.instance) == []
