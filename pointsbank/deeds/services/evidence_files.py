"""Files that are brought as evidence: looked at, made anew without anything hidden in them, and kept out of reach.

Nothing that came in is stored as it came. A picture is made anew (foundation.pictures); of a PDF each page is drawn as
a picture, so that no script, form or attachment is left in it.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pointsbank.deeds.errors import EvidenceRefusedError
from pointsbank.foundation import pictures, stored_files
from pointsbank.foundation.pictures import FILE_BYTES_MAX, JPEG, PDFIUM, PictureRefusedError

SIDE_PIXELS_MAX = 2_000  # a page of A4 at 170 dots per inch: small print can still be read
PDF_PAGES_MAX = 20  # a certificate or a judgment; each page takes a second to draw
PAGE_SCALE_MAX = 4.0  # a slip of paper is not blown up without end

PDF = "application/pdf"
SUFFIXES = {JPEG: ".jpg", PDF: ".pdf"}

_NAMED = {".jpg": "JPEG", ".jpeg": "JPEG", ".jfif": "JPEG", ".png": "PNG", ".pdf": "PDF"}
_HIDDEN_IN_PDF = re.compile(rb"/(?:JavaScript|EmbeddedFile|Launch|RichMedia)(?![A-Za-z])")
_NAME_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")

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
    try:
        return CleanFile(pictures.made_anew(content, SIDE_PIXELS_MAX), JPEG)
    except PictureRefusedError as wrong:
        raise _refusal(wrong.message) from wrong


def _refusal(sentence: str) -> EvidenceRefusedError:
    return EvidenceRefusedError(sentence, field="file")


def _kind_of(content: bytes) -> str:
    """JPEG, PNG or PDF, by what is inside. Raises EvidenceRefusedError for anything else, with what it is."""
    if content.startswith(b"%PDF-"):
        return "PDF"
    try:
        kind = pictures.kind_of(content)
    except PictureRefusedError as wrong:
        raise _refusal(wrong.message) from wrong
    if kind in _NAMED.values():
        return kind
    raise _refusal(f"这个文件打不开。只收{ACCEPTED}，请换一个。")


# --- PDF ---


def _clean_pdf(content: bytes) -> bytes:
    if _HIDDEN_IN_PDF.search(_NAME_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), content)):
        raise _refusal(_HIDDEN)
    with PDFIUM:
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
        yield pictures.jpeg(drawn, SIDE_PIXELS_MAX)


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
    """Keep a file in a village's folder; gives its name there."""
    return stored_files.store(folder, file.content, SUFFIXES[file.media_type])
