"""Files brought as evidence: what is taken is made anew, what could carry something is refused with a sentence."""

import io
from pathlib import Path

import pypdf
import pytest
from PIL import Image
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from reportlab.pdfgen.canvas import Canvas

from pointsbank.deeds.errors import EvidenceRefusedError
from pointsbank.deeds.services import evidence_files
from pointsbank.deeds.services.evidence_files import clean_file
from pointsbank.foundation import stored_files
from pointsbank.foundation.pictures import FILE_BYTES_MAX

ORIENTATION, ARTIST, GPS = 274, 315, 0x8825


def photo(width: int = 400, height: int = 300, kind: str = "JPEG") -> bytes:
    """A picture, red at its left edge, that says who took it where."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste("red", (0, 0, width // 4, height))
    notes = Image.Exif()
    notes[ARTIST] = "文小琴"
    notes[ORIENTATION] = 6  # lies on its side: to be turned clockwise
    notes.get_ifd(GPS).update({1: "N", 2: (29.0, 34.0, 5.0), 3: "E", 4: (105.0, 3.0, 0.0)})
    stream = io.BytesIO()
    picture.save(stream, kind, exif=notes, comment=b"secret remark")
    return stream.getvalue()


def sheet(pages: int = 2) -> bytes:
    """A PDF with text and an author."""
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.setAuthor("secret author")
    for page in range(pages):
        canvas.drawString(72, 700, f"page {page}")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def written(writer: pypdf.PdfWriter) -> bytes:
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def with_script() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(sheet()))
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    return written(writer)


def with_attachment() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(sheet()))
    writer.add_attachment("other.txt", b"hidden")
    return written(writer)


def locked(user_password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(sheet()))
    writer.encrypt(user_password, "owner")
    return written(writer)


def black(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("1", (width, height)).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "IMG_1.JPG"), ("PNG", "图.png")])
def test_a_photo_loses_place_and_author_and_stands_upright(kind: str, name: str) -> None:
    brought = photo(kind=kind)
    assert b"GPS" in brought or 0x8825 in Image.open(io.BytesIO(brought)).getexif()
    clean = clean_file(brought, name)
    picture = Image.open(io.BytesIO(clean.content))
    assert (clean.media_type, picture.format) == ("image/jpeg", "JPEG")
    assert dict(picture.getexif()) == {}
    assert not {"comment", "exif", "icc_profile"} & set(picture.info)
    assert picture.size == (300, 400)
    colours = [picture.convert("RGB").getpixel(at) for at in ((150, 10), (150, 390))]
    assert [colour[1] < 100 for colour in colours if isinstance(colour, tuple)] == [True, False]  # red is on top now


def test_a_large_photo_is_scaled_down() -> None:
    picture = Image.open(io.BytesIO(clean_file(photo(3_000, 1_000), "a.jpeg").content))
    assert max(picture.size) == evidence_files.SIDE_PIXELS_MAX


def test_what_is_transparent_becomes_white() -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(stream, "PNG")
    assert Image.open(io.BytesIO(clean_file(stream.getvalue(), "a.png").content)).getpixel((5, 5)) == (255, 255, 255)


def test_of_a_pdf_only_what_can_be_seen_is_kept() -> None:
    clean = clean_file(sheet(), "判决书.pdf")
    kept = pypdf.PdfReader(io.BytesIO(clean.content))
    assert clean.media_type == "application/pdf"
    assert len(kept.pages) == 2
    assert "secret author" not in str(kept.metadata)
    assert kept.pages[0].extract_text().strip() == ""
    assert len(kept.pages[0].images) == 1


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (black(8_000, 7_000), "a.png", "像素太多"),  # 56 megapixels in 7 kB
        (black(20_000, 20_000), "a.png", "像素太多"),
        (b'<?xml version="1.0"?><svg xmlns="x"><script>alert(1)</script></svg>', "a.png", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a.jpg", "HEIC"),
        (b"GIF89a\x01\0\x01\0", "a.png", "打不开"),
        (b"PK\x03\x04", "a.pdf", "打不开"),
        (photo(), "a.pdf", "对不上"),
        (sheet(), "a.png", "对不上"),
        (photo(), "a", "对不上"),
        (photo()[:200], "a.jpg", "坏了"),
        (b"\x89PNG\r\n\x1a\nrubbish", "a.png", "坏了"),
        (b"", "a.png", "空的"),
        (b"\xff\xd8\xff" + b"\0" * FILE_BYTES_MAX, "a.jpg", "5 MB"),
        (with_script(), "a.pdf", "程序或附件"),
        (with_attachment(), "a.pdf", "程序或附件"),
        (locked("123456"), "a.pdf", "密码"),
        (locked(""), "a.pdf", "密码"),
        (sheet()[:120], "a.pdf", "坏了"),
        (sheet(21), "a.pdf", "最多 20 页"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(content: bytes, name: str, says: str) -> None:
    with pytest.raises(EvidenceRefusedError, match=says) as refused:
        clean_file(content, name)
    assert refused.value.field == "file"


def test_a_file_is_stored_for_its_owner_alone_under_a_name_of_chance(tmp_path: Path) -> None:
    folder = evidence_files.folder_of(tmp_path, "qingxi")
    names = {evidence_files.store(folder, clean_file(photo(), "../../etc/张三.jpg")) for _ in range(2)}
    assert len(names) == 2
    for name in names:
        stored = stored_files.path_of(folder, name)
        assert stored.parent == folder
        assert stored.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["../village.db", "a.jpg", "/etc/passwd", "", f"{'0' * 32}.exe", f"{'0' * 32}.jpg\n"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the name itself is the message
        stored_files.path_of(tmp_path, name)
