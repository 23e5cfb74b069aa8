"""A photo shows that a sheet hangs: brought while the notice is not over, seen by those who may see the notice."""

import io
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from config import Config
from pointsbank.access.models import Role, Staff
from pointsbank.audit import queries as audit
from pointsbank.deeds.queries import notices
from pointsbank.deeds.services import booking
from pointsbank.deeds.services.hanging_photos import seen_of
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from tests.deed_rules import HELPING
from tests.factories import make_household, make_staff, make_village
from tests.notices import go_to, make_approved, make_reviewing_village, on_the_wall, prepare
from tests.web.conftest import post, sign_in

NOTICE = "/desk/qingxi/deeds/notices/1"
PHOTO = f"{NOTICE}/photos/1"


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_reviewing_village()
    make_approved(place, make_household(place), HELPING)
    return place


@pytest.fixture
def head(client: FlaskClient, village: Place) -> Staff:
    staff = make_staff(village, Role.GROUP_HEAD, name="王组长")
    sign_in(client, staff)
    return staff


def picture(colour: str = "green") -> bytes:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "PHONE-OF-WANG"  # its maker
    Image.new("RGB", (60, 40), colour).save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def bring(client: FlaskClient, content: bytes = b"", name: str = "wall.jpg", **more: str) -> TestResponse:
    data: dict[str, object] = {"position": "1", "seen": "", "key": new_key(), **more}
    if content:
        data["file"] = (io.BytesIO(content), name)
    return post(client, f"{NOTICE}/photo", {f"photo-{field}": value for field, value in data.items()}, NOTICE)


def stored(config: Config) -> list[Path]:
    return sorted((config.instance / "evidence").rglob("*.*"))


def seen(village: Place) -> str:
    return seen_of(notices.notice(village.id, 1).hangings[0])


def test_a_photo_is_made_anew_stored_out_of_reach_and_shown_on_the_notice(
    client: FlaskClient, village: Place, head: Staff, config: Config
) -> None:
    on_the_wall(village)
    page = client.get(NOTICE).text
    assert "传张贴的照片" in page
    assert 'enctype="multipart/form-data"' in page
    answer = bring(client, picture())
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "照片存好了" in page
    assert PHOTO in page
    [path] = stored(config)
    assert path.parent == config.instance / "evidence" / "qingxi"
    assert path.name == notices.notice(village.id, 1).hangings[0].photo_name
    shown = client.get(PHOTO)
    assert (shown.data, shown.mimetype) == (path.read_bytes(), "image/jpeg")
    assert b"PHONE-OF-WANG" not in shown.data
    assert shown.headers["Cache-Control"] == "no-store"
    line = audit.trail(village.id)[0]
    assert (line.event.action, line.event.subject, line.event.actor, line.text) == (
        "notice.photo",
        "notice:1/1",
        head.actor.key,
        "公开栏",
    )


def test_who_may_not_see_the_notice_does_not_see_its_photo(client: FlaskClient, village: Place, head: Staff) -> None:
    on_the_wall(village)
    bring(client, picture())
    sign_in(client, make_staff(village, Role.REVIEWER))
    assert client.get(PHOTO).status_code == 200
    assert bring(client, picture("red")).status_code == 403
    sign_in(client, make_staff(village, Role.SHOPKEEPER))
    assert client.get(PHOTO).status_code == 403
    sign_in(client, make_staff(make_village("miaopo", name="庙坡村"), Role.CLERK))
    assert client.get(PHOTO).status_code == client.get(PHOTO.replace("qingxi", "miaopo")).status_code == 404


def test_a_photo_is_replaced_by_who_saw_it_until_the_notice_is_over(
    client: FlaskClient, village: Place, head: Staff, config: Config, still_clock: FixedClock
) -> None:
    on_the_wall(village)
    bring(client, picture())
    first = stored(config)
    answer = bring(client, picture("red"))
    assert (answer.status_code, "刚才有人传过" in answer.text) == (409, True)
    assert stored(config) == first
    assert bring(client, picture("red"), seen=seen(village)).status_code == 303
    [second] = stored(config)
    assert [second] != first
    assert audit.trail(village.id)[0].text == "公开栏，换掉原来的"
    go_to(still_clock, date(2026, 3, 24))
    sign_in(client, head)
    answer = bring(client, picture("blue"), seen=seen(village))
    assert (answer.status_code, "已经满了，照片不能再传、再换" in answer.text) == (409, True)
    booking.book_notices(village, SYSTEM, new_key())
    assert stored(config) == [second]
    assert client.get(PHOTO).status_code == 200


def test_the_same_photo_sent_twice_is_kept_once(
    client: FlaskClient, village: Place, head: Staff, config: Config
) -> None:
    on_the_wall(village)
    key = new_key()
    assert [bring(client, picture(), key=key).status_code for _ in range(2)] == [303, 303]
    assert len(stored(config)) == 1
    assert bring(client, picture("red"), key=key).status_code == 409
    assert len(stored(config)) == 1


def test_a_sheet_that_does_not_hang_yet_has_no_photo(client: FlaskClient, village: Place, head: Staff) -> None:
    prepare(village)
    assert "传照片" not in client.get(NOTICE).text
    answer = bring(client, picture())
    assert (answer.status_code, "还没有登记张贴" in answer.text) == (409, True)
    assert client.get(PHOTO).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jpg", b"", "请先选一张照片"),
        ("a.pdf", b"%PDF-1.7", "不收 PDF"),
        ("a.png", b"<svg><script/></svg>", "SVG"),
        ("a.jpg", b"\xff\xd8\xff", "坏了"),
        ("a.png", picture(), "对不上"),
    ],
)
def test_what_is_no_picture_is_refused_at_the_field_and_leaves_nothing(
    client: FlaskClient, village: Place, head: Staff, config: Config, name: str, content: bytes, words: str
) -> None:
    on_the_wall(village)
    answer = bring(client, content, name)
    assert answer.status_code == 422
    assert 'id="photo-file-error"' in answer.text
    assert words in answer.text
    assert stored(config) == []


@pytest.mark.parametrize("position", ["0", "2", "-1", "1e9", "１２", "<b>", "9" * 400])
def test_a_sheet_that_is_not_there_is_refused(
    client: FlaskClient, village: Place, head: Staff, config: Config, position: str
) -> None:
    on_the_wall(village)
    assert 400 <= bring(client, picture(), position=position).status_code < 500
    assert client.get(f"{NOTICE}?photo={position}").status_code in (200, 422)
    assert stored(config) == []


def test_a_lost_file_is_told_of(client: FlaskClient, village: Place, head: Staff, config: Config) -> None:
    on_the_wall(village)
    bring(client, picture())
    stored(config)[0].unlink()
    answer = client.get(PHOTO)
    assert (answer.status_code, "文件不在了" in answer.text) == (404, True)
