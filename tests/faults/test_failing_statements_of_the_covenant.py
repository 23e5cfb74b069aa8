"""Whatever statement fails, an act on the covenant is done whole or not at all."""

import pytest
from flask import Flask

from pointsbank.covenant import queries, services, verification
from pointsbank.covenant.models import Subject
from pointsbank.covenant.services import BoundRule, Seen
from pointsbank.foundation.actor import SYSTEM
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.covenants import BOOKS, CLAUSES, RESOLVED, VOTED, YARD, make_draft
from tests.factories import make_village
from tests.faulting import assert_whole_or_nothing
from tests.rules import HONOUR, NURSING, make_rules

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def test_beginning_a_draft(village: Place) -> None:
    assert assert_whole_or_nothing(lambda: services.begin_draft(village, SYSTEM, "key", standard=True)) > 5


def test_saving_a_draft(village: Place) -> None:
    revision = make_draft(village)
    assert_whole_or_nothing(lambda: services.save_draft(village, "新约", [YARD, BOOKS], SYSTEM, seen=revision))


def test_discarding_a_draft(village: Place) -> None:
    revision = make_draft(village)
    services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, "record", seen=0)
    assert_whole_or_nothing(lambda: services.discard_draft(village, SYSTEM, "key", seen=revision))


def test_recording_and_adopting(village: Place) -> None:
    revision = make_draft(village)
    assert_whole_or_nothing(
        lambda: services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, "record", seen=0)
    )
    assert_whole_or_nothing(lambda: services.adopt(village, RESOLVED, "", SYSTEM, "adopt", seen=revision))
    assert len(queries.clauses_on(village.id, RESOLVED)) == len(CLAUSES)
    assert verification.problems(village) == []


def test_drafting_and_adopting_rules_of_a_table_from_above(village: Place) -> None:
    make_rules(village, HONOUR)
    county = queries.place_above(village, "longchang")
    assert_whole_or_nothing(lambda: services.publish_table(county, "指导表", [BoundRule(NURSING, 5_00, 10_00)], SYSTEM))
    assert_whole_or_nothing(lambda: services.take_table(village, "longchang", 1, SYSTEM, "take", seen=Seen(1, 0)))
    assert_whole_or_nothing(lambda: services.adopt_rule_draft(village, RESOLVED, "", SYSTEM, "adopt", seen=Seen(1, 1)))
    assert queries.draft_rules(village.id) is None
    assert verification.problems(village) == []
