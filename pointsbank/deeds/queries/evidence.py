"""Reading evidence of claims."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from pointsbank.covenant.models import EVIDENCE_KIND_NAMES, EvidenceKind, Rule
from pointsbank.deeds.errors import UnknownEvidenceError
from pointsbank.deeds.models import Claim, Evidence
from pointsbank.foundation.database import session


def evidence_of(village_id: int, claim_id: int) -> Sequence[Evidence]:
    """What there is for a claim, in order; what was removed is left out."""
    query = select(Evidence).where(
        Evidence.village_id == village_id, Evidence.claim_id == claim_id, Evidence.removed_at.is_(None)
    )
    return session().scalars(query.order_by(Evidence.created_at, Evidence.id)).all()


def piece_of_evidence(village_id: int, claim_serial: int, evidence_id: int) -> Evidence:
    """One piece of a claim of this village. Raises UnknownEvidenceError, for a removed one too."""
    query = (
        select(Evidence)
        .join(Evidence.claim)
        .where(
            Evidence.village_id == village_id,
            Evidence.id == evidence_id,
            Evidence.removed_at.is_(None),
            Claim.serial == claim_serial,
        )
    )
    found = session().scalar(query)
    if found is None:
        raise UnknownEvidenceError
    return found


def file_of(piece: Evidence, path: Path) -> bytes:
    """The stored file of a piece. Raises UnknownEvidenceError when it is lost or no longer what was stored."""
    try:
        content = path.read_bytes()
    except OSError as wrong:
        raise UnknownEvidenceError("这份材料的文件不在了，可能恢复备份时没有带上。请重新添一份。") from wrong
    if hashlib.sha256(content).digest() != piece.file_digest:
        raise UnknownEvidenceError("这份材料的文件被改动过，和当时存的不一样，不能再作依据。请告诉管理员。")
    return content


def asked_for(rule: Rule) -> str:
    """What a rule wants as evidence, in words; "" where it asks for nothing."""
    kind = "" if rule.evidence_kind is EvidenceKind.NONE else EVIDENCE_KIND_NAMES[rule.evidence_kind]
    return rule.evidence or kind


def is_there(rule: Rule, pieces: Sequence[Evidence]) -> bool:
    """Whether what the rule asks for is there: a piece of its kind, any piece where only words say what is wanted."""
    if rule.evidence_kind is EvidenceKind.NONE:
        return bool(pieces)
    return any(piece.kind is rule.evidence_kind for piece in pieces)
