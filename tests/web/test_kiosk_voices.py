"""录本村的声音: at the desk each piece is recorded, listened to, replaced, deleted; the kiosk plays what is there."""

import hashlib
import io
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.audit.models import AuditEvent
from pointsbank.foundation.database import session
from pointsbank.kiosk.models import Voice
from pointsbank.kiosk.speech import key_of, pieces
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_staff, make_village
from tests.kiosks import JSON, make_kiosk
from tests.voices import ogg, wav
from tests.web.conftest import csrf, sign_in

VOICES = "/desk/qingxi/voices"
START = "您好！请刷卡，或者点户号"


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    made = make_village()
    sign_in(client, make_staff(made, Role.CLERK))
    return made


@pytest.fixture
def kiosk(village: Place, app: Flask) -> FlaskClient:
    client = app.test_client()
    make_kiosk(village, client)
    return client


def record(client: FlaskClient, words: str, content: bytes, headers: dict[str, str] | None = None) -> TestResponse:
    """Bring a recording of a piece."""
    address = f"{VOICES}/{key_of(words)}"
    data = {"csrf_token": csrf(client, address), "file": (io.BytesIO(content), "录音.wav")}
    return client.post(address, data=data, headers=headers)


def heard(kiosk: FlaskClient) -> dict[str, str]:
    """What the kiosk can play: addresses by words."""
    answer = kiosk.get("/kiosk/voices", headers=JSON)
    assert answer.json is not None
    found: dict[str, str] = answer.json
    return found


def files(folder: Path) -> list[Path]:
    return sorted((folder / "voices" / "qingxi").glob("*"))


@both_databases
def test_a_piece_is_recorded_heard_replaced_and_deleted(
    client: FlaskClient, kiosk: FlaskClient, village: Place, tmp_path: Path
) -> None:
    assert f"还差 {len(pieces())} 句" in client.get(VOICES).text
    answer = record(client, START, wav())
    assert answer.location == f"{VOICES}/{pieces()[1].key}"  # on to the next that is missing
    assert f"还差 {len(pieces()) - 1} 句" in client.get(VOICES).text
    assert START not in client.get(f"{VOICES}?only=missing").text
    played = kiosk.get(heard(kiosk)[START])
    assert (played.mimetype, played.headers["Cache-Control"]) == ("audio/wav", "private, max-age=86400, immutable")
    [stored] = files(tmp_path)
    assert played.data == stored.read_bytes()
    kept = session().scalars(select(Voice)).one()
    assert (kept.file_digest, kept.milliseconds) == (hashlib.sha256(played.data).digest(), 600)
    assert client.get(f"{VOICES}/files/{kept.id}").data == played.data

    before = heard(kiosk)[START]
    record(client, START, ogg())
    assert len(files(tmp_path)) == 1
    assert heard(kiosk)[START] != before
    assert kiosk.get(before).status_code == 404
    assert kiosk.get(heard(kiosk)[START]).mimetype == "audio/ogg"

    address = f"{VOICES}/{key_of(START)}"
    for _ in range(2):
        assert client.post(f"{address}/remove", data={"csrf_token": csrf(client, address)}).status_code == 303
    assert (heard(kiosk), files(tmp_path)) == ({}, [])
    noted = session().scalars(select(AuditEvent.action).where(AuditEvent.action.startswith("voice.")))
    assert list(noted) == ["voice.keep", "voice.keep", "voice.remove"]


def test_the_same_recording_sent_twice_is_kept_once(client: FlaskClient, village: Place, tmp_path: Path) -> None:
    for _ in range(2):
        answer = record(client, "三", wav(), JSON)
        assert answer.json == {"next": f"{VOICES}/{key_of('四')}"}
    assert len(files(tmp_path)) == len(session().scalars(select(Voice)).all()) == 1


def test_what_is_no_recording_is_told_and_nothing_is_kept(client: FlaskClient, village: Place, tmp_path: Path) -> None:
    for content in (b"", b"MZ\x90\0", wav(loud=0), b"<svg onload=alert(1)>"):
        answer = record(client, START, content)
        assert answer.status_code == 422
        assert "请" in answer.text.split('id="file-error"')[1].split("</p>")[0]
    told = record(client, START, b"ID3", JSON)
    assert (told.status_code, told.json is not None and told.json["error"]["code"]) == (422, "voice_refused")
    assert files(tmp_path) == []
    assert record_missing(client) == 404


def record_missing(client: FlaskClient) -> int:
    """Ask to record what the kiosk does not say."""
    data = {"csrf_token": csrf(client, VOICES + "/" + key_of(START)), "file": (io.BytesIO(wav()), "x.wav")}
    return client.post(f"{VOICES}/{key_of('别的话')}", data=data).status_code


def test_a_recording_that_was_changed_or_lost_is_neither_played_nor_counted(
    client: FlaskClient, kiosk: FlaskClient, village: Place, tmp_path: Path
) -> None:
    for words in (START, "一"):
        record(client, words, wav())
    changed, lost = files(tmp_path)
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    lost.unlink()
    assert {kiosk.get(address).status_code for address in heard(kiosk).values()} == {404}
    page = client.get(VOICES).text
    assert page.count("要重录") == 2
    assert f"还差 {len(pieces())} 句" in page


def test_only_the_office_records_and_its_page_alone_may_listen(
    app: Flask, client: FlaskClient, kiosk: FlaskClient, village: Place
) -> None:
    record(client, START, wav())
    voice_id = session().scalars(select(Voice.id)).one()
    page = client.get(f"{VOICES}/{key_of(START)}")
    assert "microphone=(self)" in page.headers["Permissions-Policy"]
    assert "microphone=()" in client.get(VOICES).headers["Permissions-Policy"]
    other = app.test_client()
    sign_in(other, make_staff(village, Role.SHOPKEEPER))
    for path in (VOICES, f"{VOICES}/{key_of(START)}", f"{VOICES}/files/{voice_id}"):
        assert other.get(path).status_code == 403, path
    stranger = app.test_client()
    miaopo = make_village("miaopo", name="庙坡村")
    make_kiosk(miaopo, stranger)
    assert heard(stranger) == {}
    assert stranger.get(f"/kiosk/voices/{voice_id}").status_code == 404
