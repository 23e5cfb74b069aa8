"""Evidence at the desk: added, seen and not kept, served to those who may see the claim, removed with a reason."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from config import Config
from pointsbank.access.models import Role, Staff
from pointsbank.audit import queries as audit
from pointsbank.covenant.models import EvidenceKind, Rule, Step
from pointsbank.deeds import services
from pointsbank.deeds.models import Evidence
from pointsbank.deeds.services import DeedDraft
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from tests.deed_rules import BRAVERY, HELPING, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.statements import count_statements
from tests.web.conftest import csrf, post, sign_in

SEEN_ONLY = replace(
    BRAVERY, steps=(Step.REVIEW,), evidence_kind=EvidenceKind.DOCUMENT, evidence="查验文书", keep_evidence=False
)
KEPT = replace(HELPING, steps=(Step.CHECK, Step.REVIEW), evidence_kind=EvidenceKind.PHOTO, evidence="现场照片")
PAGE = "/desk/qingxi/deeds/1/evidence"
STATEMENTS_MAX = 12


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place, KEPT, SEEN_ONLY)
    claim(place, KEPT.code)
    return place


@pytest.fixture
def clerk(client: FlaskClient, village: Place) -> Staff:
    staff = make_staff(village, Role.CLERK, name="文小琴")
    sign_in(client, staff)
    return staff


def claim(village: Place, code: str) -> int:
    draft = DeedDraft(make_household(village).id, code, 100, clock.today())
    serial: int = services.record(village, draft, SYSTEM, new_key())["claim"]
    return serial


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(stream, "JPEG")
    return stream.getvalue()


def add(client: FlaskClient, page: str = PAGE, name: str = "a.jpg", content: bytes = b"", **data: object) -> int:
    """The status of the answer."""
    sent: dict[str, object] = {"kind": "photo", "key": new_key(), **data}
    if content:
        sent["file"] = (io.BytesIO(content), name)
    return post(client, page, sent).status_code


def pieces() -> list[Evidence]:
    return list(session().scalars(select(Evidence).order_by(Evidence.id)))


def stored(config: Config) -> list[Path]:
    return sorted((config.instance / "evidence").rglob("*.*"))


def test_a_photo_is_kept_and_shown_to_those_who_may_see_the_claim(
    client: FlaskClient, village: Place, clerk: Staff, config: Config
) -> None:
    assert "还没有" in client.get(PAGE).text
    assert add(client, content=picture(), description="井边") == 303
    [piece], [path] = pieces(), stored(config)
    assert piece.file_name == path.name
    assert path.parent == config.instance / "evidence" / "qingxi"
    page = client.get(PAGE).text
    assert "井边" in page
    assert "有了" in page
    answer = client.get(f"{PAGE}/{piece.id}/file")
    assert answer.data == path.read_bytes()
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("inline")


def test_who_may_not_see_the_claim_does_not_see_its_photo(client: FlaskClient, village: Place, clerk: Staff) -> None:
    add(client, content=picture())
    url = f"{PAGE}/{pieces()[0].id}/file"
    post(client, "/sign-out")
    assert client.get(url).status_code == 302
    sign_in(client, make_staff(village, Role.SHOPKEEPER))
    assert client.get(url).status_code == 403


def test_the_photo_of_another_village_or_claim_is_not_there(
    client: FlaskClient, village: Place, clerk: Staff, config: Config
) -> None:
    add(client, content=picture())
    piece = pieces()[0]
    second = claim(village, KEPT.code)
    assert client.get(f"/desk/qingxi/deeds/{second}/evidence/{piece.id}/file").status_code == 404
    other = make_village("miaopo", name="庙坡村")
    make_rules(other, KEPT, SEEN_ONLY)
    claim(other, KEPT.code)
    post(client, "/sign-out")
    sign_in(client, make_staff(other, Role.CLERK))
    assert client.get(f"/desk/miaopo/deeds/1/evidence/{piece.id}/file").status_code == 404
    remove = f"/desk/miaopo/deeds/1/evidence/{piece.id}/remove"
    assert post(client, remove, {"reason": "x"}).status_code == 404
    assert len(stored(config)) == 1


@pytest.mark.parametrize(
    ("name", "content"), [("a.png", b"<svg><script/></svg>"), ("a.jpg", b"\xff\xd8\xff"), ("a.pdf", b"%PDF-1.7")]
)
def test_a_file_that_is_refused_leaves_nothing(
    client: FlaskClient, village: Place, clerk: Staff, config: Config, name: str, content: bytes
) -> None:
    assert add(client, name=name, content=content) == 422
    assert pieces() == []
    assert stored(config) == []


def test_what_is_seen_and_not_kept_takes_no_file(
    client: FlaskClient, village: Place, clerk: Staff, config: Config
) -> None:
    serial = claim(village, SEEN_ONLY.code)
    page = f"/desk/qingxi/deeds/{serial}/evidence"
    assert "只查验、不留存" in client.get(page).text
    assert add(client, page, content=picture(), kind="document", description="判决书") == 422
    assert add(client, page, kind="document") == 422  # what was seen?
    assert add(client, page, kind="document", description="见义勇为证书原件") == 303
    [piece] = pieces()
    assert (piece.kept, piece.file_name, piece.actor) == (False, "", clerk.actor.key)
    assert stored(config) == []
    assert "查验不留存" in client.get(page).text


def test_a_witness_is_named_and_brings_no_file(client: FlaskClient, village: Place, clerk: Staff) -> None:
    assert add(client, kind="witness") == 422
    assert add(client, kind="witness", description="3组组长陈光荣", content=picture()) == 422
    assert add(client, kind="witness", description="3组组长陈光荣") == 303
    assert "陈光荣" in client.get(PAGE).text


def test_a_rule_that_wants_a_kind_is_content_with_that_kind_alone(
    client: FlaskClient, village: Place, clerk: Staff
) -> None:
    with transaction() as writing:
        writing.execute(update(Rule).values(evidence_kind=EvidenceKind.SIGN_IN_SHEET, evidence=""))
    add(client, content=picture())
    assert "还没有" in client.get(PAGE).text
    add(client, kind="sign_in_sheet", seen="y", description="活动签到表，存办公室")
    assert "有了" in client.get(PAGE).text


def test_sending_twice_adds_once_and_ten_are_enough(
    client: FlaskClient, village: Place, clerk: Staff, config: Config
) -> None:
    key = new_key()
    assert [add(client, content=picture(), key=key) for _ in range(2)] == [303, 303]
    assert len(stored(config)) == 1
    assert add(client, kind="witness", description="陈光荣", key=key) == 409
    for _ in range(9):
        add(client, kind="witness", description="陈光荣")
    assert add(client, content=picture()) == 422
    assert len(pieces()) == 10
    assert len(stored(config)) == 1


def test_removing_closes_the_row_deletes_the_file_and_stays_in_the_trail(
    client: FlaskClient, village: Place, clerk: Staff, config: Config
) -> None:
    add(client, content=picture())
    piece = pieces()[0]
    remove = f"{PAGE}/{piece.id}/remove"
    assert post(client, remove, {"reason": ""}).status_code == 422
    assert len(stored(config)) == 1
    assert post(client, remove, {"reason": "拍到了别人"}).status_code == 303
    assert stored(config) == []
    session().expire_all()
    assert pieces()[0].removed_at is not None
    line = audit.trail(village.id)[0]
    assert (line.event.action, line.event.subject, line.text) == ("evidence.remove", "claim:1", "照片：拍到了别人")
    assert client.get(f"{PAGE}/{piece.id}/file").status_code == 404
    assert post(client, remove, {"reason": "再删"}).status_code == 404


def test_a_file_that_was_changed_on_the_disk_is_not_shown(
    client: FlaskClient, village: Place, clerk: Staff, config: Config
) -> None:
    add(client, content=picture())
    stored(config)[0].write_bytes(b"other")
    answer = client.get(f"{PAGE}/{pieces()[0].id}/file")
    assert answer.status_code == 404
    assert "改动过" in answer.text


def test_a_photo_of_almost_5_mb_gets_past_the_limit_of_requests(
    client: FlaskClient, village: Place, clerk: Staff
) -> None:
    content = b"\xff\xd8\xff" + b"\0" * (5 * 1024 * 1024 - 10)
    data = {"csrf_token": csrf(client, PAGE), "kind": "photo", "key": new_key()}
    boundary, body = encode_multipart({**data, "file": FileStorage(io.BytesIO(content), "a.jpg")})
    answer = client.post(PAGE, data=body, content_type=f"multipart/form-data; boundary={boundary}")
    assert answer.status_code == 422
    assert "坏了" in answer.text


def test_the_page_asks_the_database_little(client: FlaskClient, village: Place, clerk: Staff) -> None:
    for _ in range(5):
        add(client, kind="witness", description="陈光荣")
    with count_statements() as statements:
        client.get(PAGE)
    assert len(statements) <= STATEMENTS_MAX
