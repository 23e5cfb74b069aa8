"""Reading the trail."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from pointsbank.audit.models import AuditEvent, AuditText, Outcome
from pointsbank.foundation.database import session

ERASE_ACTION = "text.erase"  # subject: "<table>:<sequence>"


@dataclass(frozen=True, slots=True)
class TrailLine:
    """An event with its text."""

    event: AuditEvent
    text: str


def trail(place_id: int, *, before: int | None = None, limit: int = 50) -> Sequence[TrailLine]:
    """The newest events of a place, a page by key."""
    query = (
        select(AuditEvent, AuditText.text)
        .outerjoin(AuditText, (AuditText.place_id == AuditEvent.place_id) & (AuditText.sequence == AuditEvent.sequence))
        .where(AuditEvent.place_id == place_id)
        .order_by(AuditEvent.sequence.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(AuditEvent.sequence < before)
    return [TrailLine(event, text or "") for event, text in session().execute(query)]


def subjects_of(place_id: int, action: str) -> frozenset[str]:
    """What an action was done to, e.g. the months that were closed."""
    rows = session().scalars(
        select(AuditEvent.subject).where(
            AuditEvent.place_id == place_id, AuditEvent.action == action, AuditEvent.outcome == Outcome.DONE
        )
    )
    return frozenset(rows)


def texts_of(place_id: int, action: str) -> dict[str, list[str]]:
    """What the trail says of an action, by what it was done to, the first time first; "" for a text that was erased."""
    rows = session().execute(
        select(AuditEvent.subject, AuditText.text)
        .outerjoin(AuditText, (AuditText.place_id == AuditEvent.place_id) & (AuditText.sequence == AuditEvent.sequence))
        .where(AuditEvent.place_id == place_id, AuditEvent.action == action, AuditEvent.outcome == Outcome.DONE)
        .order_by(AuditEvent.sequence)
    )
    found: dict[str, list[str]] = {}
    for subject, text in rows:
        found.setdefault(subject, []).append(text or "")
    return found


def erased_subjects(place_id: int) -> frozenset[str]:
    """The texts that were emptied on purpose, as "<table>:<sequence>"."""
    return subjects_of(place_id, ERASE_ACTION)


def subjects_among(place_id: int, action: str, subjects: Sequence[str]) -> frozenset[str]:
    """Which of these subjects an action was done to; found by the trail's index of subjects."""
    if not subjects:
        return frozenset()
    rows = session().scalars(
        select(AuditEvent.subject).where(
            AuditEvent.place_id == place_id,
            AuditEvent.subject.in_(subjects),
            AuditEvent.action == action,
            AuditEvent.outcome == Outcome.DONE,
        )
    )
    return frozenset(rows)
