"""Writes of claims, from the deed to the book."""

from pointsbank.deeds.services.booking import SOURCE, book_claims, digest_of, in_words
from pointsbank.deeds.services.drafts import (
    LATE_DAYS_MAX,
    NOTE_LENGTH_MAX,
    QUANTITY_UNITS_MAX,
    DeedDraft,
)
from pointsbank.deeds.services.moves import CHAIN, event_fields
from pointsbank.deeds.services.recording import DEEDS_MAX, keep_many, preview, preview_many, record, record_many
from pointsbank.deeds.services.reversing import REASON_LENGTH_MAX, reverse

__all__ = [
    "CHAIN",
    "DEEDS_MAX",
    "LATE_DAYS_MAX",
    "NOTE_LENGTH_MAX",
    "QUANTITY_UNITS_MAX",
    "REASON_LENGTH_MAX",
    "SOURCE",
    "DeedDraft",
    "book_claims",
    "digest_of",
    "event_fields",
    "in_words",
    "keep_many",
    "preview",
    "preview_many",
    "record",
    "record_many",
    "reverse",
]
