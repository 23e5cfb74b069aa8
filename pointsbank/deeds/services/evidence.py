"""Evidence of a claim: files that are kept, witnesses, and papers that were seen and not kept."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from pointsbank.audit import services as audit
from pointsbank.covenant.models import EVIDENCE_KIND_NAMES, EvidenceKind, Rule
from pointsbank.deeds.errors import EvidenceRefusedError, UnknownEvidenceError
from pointsbank.deeds.models import STATE_NAMES, Claim, ClaimState, Evidence
from pointsbank.deeds.services import evidence_files
from pointsbank.deeds.services.evidence_files import CleanFile
from pointsbank.deeds.services.moves import locked, refuse_other_groups, refuse_own
from pointsbank.foundation import clock, stored_files
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place

PIECES_MAX = 10  # of one claim: who brings more brings the same thing twice
DESCRIPTION_LENGTH_MAX = 200
REASON_LENGTH_MAX = 100
FILED_KINDS = (EvidenceKind.PHOTO, EvidenceKind.DOCUMENT, EvidenceKind.SIGN_IN_SHEET)
_ENDED = (ClaimState.CANCELLED, ClaimState.REJECTED, ClaimState.NOT_ACCEPTED)


@dataclass(frozen=True, slots=True)
class EvidenceDraft:
    """A piece of evidence as somebody brings it.

    seen: the paper was only looked at (查验不留存), description says what it was. description: of a witness who it is,
    of a file what it shows.
    """

    kind: EvidenceKind
    description: str = ""
    seen: bool = False
    file: CleanFile | None = None


def keeps_files(rule: Rule) -> bool:
    """Whether files may be kept for a rule. Court papers, letters of admission and the like are seen and not kept."""
    return rule.keep_evidence


def add(village: Place, serial: int, draft: EvidenceDraft, instance: Path, actor: Actor, key: str) -> dict[str, Any]:
    """Put a piece of evidence with a claim. Gives {"evidence": id}.

    instance: the folder of data. The file is written before the row; without the row it is deleted again.
    Raises UnknownClaimError, EvidenceRefusedError, NotYourGroupError.
    """
    description = clean_text(draft.description, what="说明", length_max=DESCRIPTION_LENGTH_MAX, field="description")
    folder = evidence_files.folder_of(instance, village.code)
    digest = hashlib.sha256(draft.file.content).digest() if draft.file else None
    written: list[str] = []

    def act() -> dict[str, Any]:
        [claim] = locked(village.id, [serial])
        refuse_other_groups(village.id, [claim.household], actor)
        _check(claim, draft, description)
        name = evidence_files.store(folder, draft.file) if draft.file else ""
        written.extend([name] if name else [])
        piece = Evidence(
            village_id=village.id,
            claim_id=claim.id,
            kind=draft.kind,
            kept=not draft.seen,
            description=description,
            file_name=name,
            media_type=draft.file.media_type if draft.file else "",
            file_digest=digest,
            actor=actor.key,
            created_at=clock.now(),
        )
        session().add(piece)
        session().flush()
        what = EVIDENCE_KIND_NAMES[draft.kind] + ("，查验不留存" if draft.seen else "")
        audit.record(village.id, actor, "evidence.add", f"claim:{serial}", what)
        return {"evidence": piece.id}

    content = {
        "claim": serial,
        "kind": draft.kind.value,
        "description": description,
        "seen": draft.seen,
        "file": digest.hex() if digest else "",
    }
    try:
        return ledger.submit(village, key, "deeds.evidence", content, actor, act)
    except BaseException:
        for name in written:
            stored_files.discard(folder, name)
        raise


def _check(claim: Claim, draft: EvidenceDraft, description: str) -> None:
    """Raises EvidenceRefusedError."""
    if claim.state in _ENDED:
        raise EvidenceRefusedError(f"第 {claim.serial} 号{STATE_NAMES[claim.state]}，不用再添材料。")
    if draft.kind is EvidenceKind.NONE:
        raise EvidenceRefusedError("请选是什么材料。", field="kind")
    if draft.kind is EvidenceKind.WITNESS:
        _check_witness(draft, description)
    elif not draft.seen:
        _check_file(claim, draft)
    elif draft.file is not None:
        raise EvidenceRefusedError("只查验、不留存的材料不要传文件。请去掉文件。", field="file")
    elif not description:
        raise EvidenceRefusedError("请写明看了什么材料，例如：隆昌市法院判决书原件。", field="description")
    count = select(func.count()).where(Evidence.claim_id == claim.id, Evidence.removed_at.is_(None))
    if (session().scalar(count.select_from(Evidence)) or 0) >= PIECES_MAX:
        raise EvidenceRefusedError(f"这一笔已经有 {PIECES_MAX} 份材料，够了。要换，请先删掉一份。", field="file")


def _check_witness(draft: EvidenceDraft, description: str) -> None:
    if draft.file is not None:
        raise EvidenceRefusedError("证明人只写姓名，不用传文件。", field="file")
    if not description:
        raise EvidenceRefusedError("请写明是谁证明的，例如：3组组长陈光荣。", field="description")


def _check_file(claim: Claim, draft: EvidenceDraft) -> None:
    if draft.file is not None and not keeps_files(claim.rule):
        raise EvidenceRefusedError("这一条的材料只查验、不留存，不收文件。请写明看了什么。", field="file")
    if draft.file is None:
        raise EvidenceRefusedError("请选一个文件；只看过原件的，请勾“只查验、不留存”。", field="file")


def remove(village: Place, serial: int, evidence_id: int, reason: str, instance: Path, actor: Actor) -> None:
    """Take a piece of evidence away: the row is closed, its file deleted; who did it and why stays in the trail.

    Raises UnknownEvidenceError, InvalidInputError for a missing reason, NotYourGroupError; RecusedError for what
    somebody else brought against one's own household or close kin.
    """
    reason = clean_text(reason, what="原因", length_max=REASON_LENGTH_MAX, required=True, field="reason")
    with transaction():
        query = (
            select(Evidence)
            .join(Evidence.claim)
            .where(Evidence.id == evidence_id, Evidence.village_id == village.id, Claim.serial == serial)
        )
        piece = session().scalar(query.with_for_update(of=Evidence))
        if piece is None or piece.removed_at is not None:
            raise UnknownEvidenceError
        refuse_other_groups(village.id, [piece.claim.household], actor)
        if piece.actor != actor.key:
            refuse_own(village.id, [piece.claim], actor)
        piece.removed_at = clock.now()
        name = piece.file_name
        what = EVIDENCE_KIND_NAMES[piece.kind]
        audit.record(village.id, actor, "evidence.remove", f"claim:{serial}", f"{what}：{reason}")
    if name:  # after the commit: a file without a row can be found, a row without its file cannot be mended
        stored_files.discard(evidence_files.folder_of(instance, village.code), name)
