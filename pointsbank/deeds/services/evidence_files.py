"""Files that are brought as evidence: looked at, made anew without anything hidden in them, and kept out of reach.

Nothing that came in is stored as it came. A picture is decoded, turned upright, scaled down and written again, so that
place, camera and author are gone; of a PDF each page is drawn as a picture, so that no script, form or attachment is
left in it.
"""

import io
import os
import re
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pypdfium2
from PIL import Image, ImageOps
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pointsbank.deeds.errors import EvidenceRefusedError

FILE_BYTES_MAX = 5 * 1024 * 1024  # a photo of a phone has 2 to 5 MB
PIXELS_MAX = 50_000_000  # decoded they fill 150 MB of memory; phones take 12 to 48 million
SIDE_PIXELS_MAX = 2_000  # a page of A4 at 170 dots per inch: small print can still be read
JPEG_QUALITY = 85  # beyond it files grow and nobody sees more
PDF_PAGES_MAX = 20  # a certificate or a judgment; each page takes a second to draw
PAGE_SCALE_MAX = 4.0  # a slip of paper is not blown up without end

JPEG, PDF = "image/jpeg", "application/pdf"
SUFFIXES = {JPEG: ".jpg", PDF: ".pdf"}
NAME_BYTES = 16  # of chance in the name of a stored file: it cannot be guessed and says nothing

_NAMED = {".jpg": "JPEG", ".jpeg": "JPEG", ".jfif": "JPEG", ".png": "PNG", ".pdf": "PDF"}
_STORED_NAME = re.compile(rf"[0-9a-f]{{{2 * NAME_BYTES}}}\.(?:jpg|pdf)")
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1")
_HIDDEN_IN_PDF = re.compile(rb"/(?:JavaScript|EmbeddedFile|Launch|RichMedia)(?![A-Za-z])")
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_BROKEN_PICTURE = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError)  # what Pillow's readers raise
_pdfium = threading.Lock()  # PDFium knows no threads

ACCEPTED = "照片（JPEG、PNG）或 PDF"


@dataclass(frozen=True, slots=True)
class CleanFile:
    """A file as it is stored: made anew here."""

    content: bytes
    media_type: str


def clean_file(content: bytes, name: str) -> CleanFile:
    """What was brought, made anew. name: what the file was called; its ending must fit what is inside.

    Raises EvidenceRefusedError.
    """
    if not content:
        raise _refusal("这个文件是空的，请重新选一个。")
    if len(content) > FILE_BYTES_MAX:
        raise _refusal("文件超过 5 MB。请把照片拍小一些，或分成几个文件。")
    kind = _kind_of(content)
    named = _NAMED.get(PurePosixPath(name.replace("\\", "/")).suffix.lower())
    if named != kind:
        raise _refusal(f"文件名的结尾和里面的内容对不上：里面是 {kind}。请用原来的文件，不要改名。")
    if kind == "PDF":
        return CleanFile(_clean_pdf(content), PDF)
    return CleanFile(_clean_picture(content), JPEG)


def _refusal(sentence: str) -> EvidenceRefusedError:
    return EvidenceRefusedError(sentence, field="file")


def _kind_of(content: bytes) -> str:
    """JPEG, PNG or PDF, by what is inside. Raises EvidenceRefusedError for anything else, with what it is."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"%PDF-"):
        return "PDF"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise _refusal("这是苹果手机的 HEIC 照片，这里看不了。请在手机设置里把相机格式改成“兼容性最佳”，或截屏后再传。")
    if b"<svg" in content[:4_096].lower():
        raise _refusal("这是 SVG 图，里面可能带程序，不能收。请传照片或截图。")
    raise _refusal(f"这个文件打不开。只收{ACCEPTED}，请换一个。")


# --- pictures ---


def _clean_picture(content: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
            width, height = picture.size
            if width * height > PIXELS_MAX:
                raise _refusal(_too_many_pixels(width, height))
            picture.draft("RGB", (SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))  # a JPEG is decoded smaller from the start
            return _jpeg(ImageOps.exif_transpose(picture))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as wrong:
        raise _refusal("这张照片的像素太多了，最多 5000 万。请缩小以后再传。") from wrong
    except _BROKEN_PICTURE as wrong:
        raise _refusal("这张照片坏了，打不开。请重新拍或重新传。") from wrong


def _too_many_pixels(width: int, height: int) -> str:
    return f"这张照片是 {width}×{height}，像素太多了，最多 5000 万。请缩小以后再传。"


def _jpeg(picture: Image.Image) -> bytes:
    """The picture on a new white sheet, at most SIDE_PIXELS_MAX long: only what can be seen goes along."""
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        mask: Image.Image | None = picture.getchannel("A")
    else:
        mask = None
    sheet = Image.new("RGB", picture.size, "white")
    sheet.paste(picture.convert("RGB"), mask=mask)
    sheet.thumbnail((SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=JPEG_QUALITY)
    return stream.getvalue()


# --- PDF ---


def _clean_pdf(content: bytes) -> bytes:
    if _HIDDEN_IN_PDF.search(_NAME_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content)):
        raise _refusal(_HIDDEN)
    with _pdfium:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as wrong:
            if "password" in str(wrong).lower():
                raise _refusal(_LOCKED) from wrong
            raise _refusal(_BROKEN) from wrong
        try:
            _refuse_hidden(document)
            return _drawn_anew(_pages(document))
        except pypdfium2.PdfiumError as wrong:
            raise _refusal(_BROKEN) from wrong
        finally:
            document.close()


_HIDDEN = "这个 PDF 里带有程序或附件，不能收。请打印出来拍照，或另存成不带附件的 PDF。"
_LOCKED = "这个 PDF 加了密码，看不了。请去掉密码，或打印出来拍照。"
_BROKEN = "这个 PDF 坏了，打不开。请重新导出，或打印出来拍照。"


def _refuse_hidden(document: Any) -> None:
    """Raises EvidenceRefusedError for script, attachments, a lock, no pages or too many."""
    raw = pypdfium2.raw
    if raw.FPDF_GetSecurityHandlerRevision(document) != -1:
        raise _refusal(_LOCKED)
    if raw.FPDFDoc_GetJavaScriptActionCount(document) > 0 or raw.FPDFDoc_GetAttachmentCount(document) > 0:
        raise _refusal(_HIDDEN)
    pages = len(document)
    if not 1 <= pages <= PDF_PAGES_MAX:
        raise _refusal(f"这个 PDF 有 {pages} 页，最多 {PDF_PAGES_MAX} 页。请只留要用的几页。")


def _pages(document: Any) -> Iterator[bytes]:
    """Each page as a JPEG."""
    for page in document:
        scale = min(SIDE_PIXELS_MAX / max(1.0, *page.get_size()), PAGE_SCALE_MAX)
        drawn: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
        page.close()
        yield _jpeg(drawn)


def _drawn_anew(pages: Iterator[bytes]) -> bytes:
    """A PDF of pictures, without date, author or anything else."""
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=1)
    for page in pages:
        picture = ImageReader(io.BytesIO(page))
        width, height = picture.getSize()
        size = (width * 842 / SIDE_PIXELS_MAX, height * 842 / SIDE_PIXELS_MAX)  # the longer side like that of A4
        canvas.setPageSize(size)
        canvas.drawImage(picture, 0, 0, *size)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


# --- the folder ---


def folder_of(instance: Path, village_code: str) -> Path:
    """Where the evidence of a village lies: beside the database, never under what the web server hands out."""
    return instance / "evidence" / village_code


def store(folder: Path, file: CleanFile) -> str:
    """Write a file that only its owner can read, under a name of chance; gives the name."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(NAME_BYTES) + SUFFIXES[file.media_type]
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(file.content)
        stream.flush()
        os.fsync(stream.fileno())
    return name


def path_of(folder: Path, name: str) -> Path:
    """The path of a stored file. A name that store() cannot have given raises ValueError: no name leaves the folder."""
    if _STORED_NAME.fullmatch(name) is None:
        raise ValueError(name)
    return folder / name


def discard(folder: Path, name: str) -> None:
    """Delete a stored file; one that is gone already is no mistake."""
    path_of(folder, name).unlink(missing_ok=True)
