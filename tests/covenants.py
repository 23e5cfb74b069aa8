"""Makes covenants for tests: a draft, the record of a vote that reaches the quorum, an adopted version."""

from dataclasses import replace
from datetime import date
from typing import Any

from pointsbank.covenant import queries, services
from pointsbank.covenant.models import MeetingKind, Subject, Theme
from pointsbank.covenant.services import AdoptionDetails, ClauseDraft
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place

RESOLVED = date(2026, 2, 10)
BOOKS = ClauseDraft("1", Theme.STUDY, "勤读书，勤学艺。")
YARD = ClauseDraft("2", Theme.BEAUTY, "门前三包，垃圾分类。")
HONEST = ClauseDraft("3", Theme.TRUST, "守信用，讲诚实。")
CLAUSES = (BOOKS, YARD, HONEST)
VOTED = AdoptionDetails(
    resolved_on=RESOLVED,
    meeting_kind=MeetingKind.HOUSEHOLDS,
    expected=90,
    present=60,
    in_favour=31,
    against=20,
    abstained=9,
)  # both shares reached exactly


def voted(**details: Any) -> AdoptionDetails:
    """The record of a vote with some details as given."""
    return replace(VOTED, **details)


def make_draft(village: Place, *clauses: ClauseDraft) -> int:
    """A draft with these clauses, those above unless given; returns its revision."""
    services.begin_draft(village, SYSTEM, new_key())
    draft = queries.draft_covenant(village.id)
    assert draft is not None
    return services.save_draft(village, draft.title, clauses or CLAUSES, SYSTEM, seen=draft.revision).revision


def make_covenant(village: Place, *clauses: ClauseDraft, effective_on: date = RESOLVED) -> int:
    """Adopt a text, as voted; returns the version."""
    revision = make_draft(village, *clauses)
    draft = queries.draft_covenant(village.id)
    assert draft is not None
    version = draft.version
    services.record_adoption(village, Subject.COVENANT, version, VOTED, SYSTEM, new_key(), seen=0)
    services.adopt(village, effective_on, "户代表会议通过", SYSTEM, new_key(), seen=revision)
    return version
