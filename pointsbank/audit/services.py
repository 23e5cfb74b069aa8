"""Writing the trail."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from pointsbank.audit.models import AuditEvent, AuditText, Outcome
from pointsbank.foundation import chain, clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import before_commit, table_of, transaction, transaction_notes
from pointsbank.foundation.identifiers import new_salt

CHAIN = "audit"
_PENDING = "audit_pending"
_ADD_EVENT = insert(table_of(AuditEvent))
_ADD_TEXT = insert(table_of(AuditText))


@dataclass(frozen=True, slots=True)
class _Pending:
    place_id: int
    at: datetime
    actor: str
    action: str
    subject: str
    outcome: Outcome
    text: str


def record(place_id: int, actor: Actor, action: str, subject: str, text: str = "") -> None:
    """Note in the open transaction that something was done.

    action: room and verb, e.g. "claim.book"; subject: type and serial, e.g. "claim:17"; text: details for a person.
    """
    pending: list[_Pending] | None = transaction_notes().get(_PENDING)
    if pending is None:
        pending = transaction_notes()[_PENDING] = []
        before_commit(_write)
    pending.append(_Pending(place_id, clock.now(), actor.key, action, subject, Outcome.DONE, text))


def record_refusal(place_id: int, actor: Actor, action: str, subject: str, text: str) -> None:
    """Note in a transaction of its own that something was refused: it must outlive the rollback of what was asked."""
    with transaction() as session:
        _insert(session, [_Pending(place_id, clock.now(), actor.key, action, subject, Outcome.REFUSED, text)])


def _write(session: Session) -> None:
    _insert(session, transaction_notes().pop(_PENDING))


def fields(event: "AuditEvent | _Pending", text_digest: bytes | None) -> tuple[chain.Field, ...]:
    """What of an event is chained, in order: at, actor, action, subject, outcome, digest of the text."""
    return (event.at, event.actor, event.action, event.subject, event.outcome.value, text_digest)


def _insert(session: Session, pending: list[_Pending]) -> None:
    events, texts = [], []
    for event in pending:
        salt = new_salt() if event.text else None
        text_digest = chain.text_digest(salt, event.text) if salt else None
        head = chain.lock_head(session, event.place_id, CHAIN)
        sequence, previous, digest = head.append(fields(event, text_digest))
        events.append(
            {
                "place_id": event.place_id,
                "sequence": sequence,
                "at": event.at,
                "actor": event.actor,
                "action": event.action,
                "subject": event.subject,
                "outcome": event.outcome,
                "text_digest": text_digest,
                "previous_digest": previous,
                "digest": digest,
            }
        )
        if salt:
            texts.append({"place_id": event.place_id, "sequence": sequence, "salt": salt, "text": event.text})
    connection = session.connection()
    connection.execute(_ADD_EVENT, events)
    if texts:
        connection.execute(_ADD_TEXT, texts)
