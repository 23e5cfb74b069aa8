"""Photos of sheets on the wall: one of each, made anew like evidence and stored beside it, changed while it hangs."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointsbank.audit import services as audit
from pointsbank.deeds.errors import EvidenceRefusedError, NoticeStateError, UnknownEvidenceError
from pointsbank.deeds.models import Hanging, Notice
from pointsbank.deeds.services import evidence_files
from pointsbank.deeds.services.evidence_files import CleanFile
from pointsbank.deeds.services.moves import refuse_other_groups
from pointsbank.deeds.services.noticing import lock_notice, refuse_over, sheet_at
from pointsbank.foundation import stored_files
from pointsbank.foundation.actor import Actor
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place

SEEN_LENGTH = 8  # of the stored name: enough to tell one photo from the next


@dataclass(frozen=True, slots=True)
class PhotoDraft:
    """A photo of the sheet at a position. seen: which one the person saw there (seen_of), "" for none yet."""

    position: int
    file: CleanFile
    seen: str = ""


def clean_photo(content: bytes, name: str) -> CleanFile:
    """A photo made anew, as evidence_files.clean_file does it; a PDF is no photo. Raises EvidenceRefusedError."""
    if content.startswith(b"%PDF-"):  # before its pages are drawn
        raise EvidenceRefusedError("这里只收照片（JPEG、PNG），不收 PDF。请拍下贴好的样子再传。", field="file")
    return evidence_files.clean_file(content, name)


def seen_of(sheet: Hanging) -> str:
    """What a page remembers of a sheet's photo, so that two people do not write over each other."""
    return sheet.photo_name[:SEEN_LENGTH]


def put(
    village: Place, notice_serial: int, draft: PhotoDraft, instance: Path, actor: Actor, key: str
) -> dict[str, Any]:
    """Keep the photo of a sheet that hangs, in place of the one before; only while the notice is not over.

    Gives {"notice": serial, "position": which sheet, "replaced": whether there was one}. instance: the folder of data.
    The new file is written before the row and deleted again without it; the old one goes after the commit.
    Raises UnknownNoticeError, NotFoundError for no such sheet, NoticeStateError, NotYourGroupError.
    """
    folder = evidence_files.folder_of(instance, village.code)
    written: list[str] = []
    left: list[str] = []

    def act() -> dict[str, Any]:
        notice = lock_notice(village.id, notice_serial)
        refuse_over(notice, "照片不能再传、再换")
        sheet = _hung(notice, draft)
        refuse_other_groups(village.id, [sheet], actor)
        before = sheet.photo_name
        left.extend([before] if before else [])
        sheet.photo_name = evidence_files.store(folder, draft.file)
        written.append(sheet.photo_name)
        words = f"{sheet.venue}{'，换掉原来的' if before else ''}"
        audit.record(village.id, actor, "notice.photo", f"notice:{notice.serial}/{sheet.position}", words)
        return {"notice": notice.serial, "position": sheet.position, "replaced": bool(before)}

    content = {
        "notice": notice_serial,
        "position": draft.position,
        "file": hashlib.sha256(draft.file.content).hexdigest(),
        "seen": draft.seen,
    }
    try:
        done = ledger.submit(village, key, "deeds.hanging_photo", content, actor, act)
    except BaseException:
        for name in written:
            stored_files.discard(folder, name)
        raise
    for name in left:  # after the commit: a file without a row can be found, a row without its file cannot be mended
        stored_files.discard(folder, name)
    return done


def _hung(notice: Notice, draft: PhotoDraft) -> Hanging:
    """The sheet that is meant, as the person saw it. Raises NotFoundError, NoticeStateError."""
    sheet = sheet_at(notice, draft.position)
    if sheet.hung_on is None:
        raise NoticeStateError("这一张还没有登记张贴。请先登记哪天贴在哪里，再传照片。")
    if seen_of(sheet) != draft.seen:
        raise NoticeStateError("刚才有人传过这一张的照片。请看看那张照片，不对再换。")
    return sheet


def photo_of(village: Place, notice: Notice, position: int, instance: Path) -> bytes:
    """The stored photo of a sheet, a JPEG. Raises NotFoundError, UnknownEvidenceError for none or a lost file."""
    sheet = sheet_at(notice, position)
    if not sheet.photo_name:
        raise UnknownEvidenceError("这一张没有照片。请返回公示页看看。")
    path = stored_files.path_of(evidence_files.folder_of(instance, village.code), sheet.photo_name)
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise UnknownEvidenceError("这张照片的文件不在了，可能恢复备份时没有带上。公示没满可以重新传。") from wrong
