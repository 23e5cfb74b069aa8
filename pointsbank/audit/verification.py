"""Proof that the audit trail is whole."""

from collections.abc import Iterator

from sqlalchemy import select

from pointsbank.audit.models import AuditEvent, AuditText
from pointsbank.audit.queries import erased_subjects
from pointsbank.audit.services import CHAIN, fields
from pointsbank.foundation import chain
from pointsbank.foundation.database import session

TITLE = "操作记录"
ROWS_AT_ONCE = 5_000


def problems(place_id: int) -> list[str]:
    """What is wrong with the trail of a place."""
    head = chain.head_of(session(), place_id, CHAIN)
    found = list(chain.problems(_rows(place_id), CHAIN, TITLE, head))
    return found + list(_text_problems(place_id))


def _rows(place_id: int) -> Iterator[chain.ChainedRow]:
    query = select(AuditEvent).where(AuditEvent.place_id == place_id).order_by(AuditEvent.sequence)
    for event in session().scalars(query.execution_options(yield_per=ROWS_AT_ONCE)):
        yield chain.ChainedRow(event.sequence, event.previous_digest, event.digest, fields(event, event.text_digest))


def _text_problems(place_id: int) -> Iterator[str]:
    erased = erased_subjects(place_id)
    query = (
        select(AuditEvent.sequence, AuditEvent.text_digest, AuditText.salt, AuditText.text)
        .outerjoin(AuditText, (AuditText.place_id == AuditEvent.place_id) & (AuditText.sequence == AuditEvent.sequence))
        .where(AuditEvent.place_id == place_id)
        .order_by(AuditEvent.sequence)
    )
    for sequence, digest, salt, text in session().execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        is_erased = f"audit_texts:{sequence}" in erased
        problem = chain.text_problem(f"{TITLE}第{sequence}笔", digest, salt, text, erased=is_erased)
        if problem:
            yield problem
