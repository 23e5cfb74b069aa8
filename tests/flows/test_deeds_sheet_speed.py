"""A thousand deeds take seconds: what is looked up for each of them is looked up once for all."""

from datetime import date, timedelta

import pytest
from flask import Flask

from pointsbank.deeds import queries, services
from pointsbank.deeds.models import ClaimOrigin
from pointsbank.deeds.policies import Assessment
from pointsbank.deeds.services import DeedDraft
from pointsbank.deeds.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import BRAVERY, HELPING, LITTER, STUDENT, VOLUNTEERING, make_rules
from tests.factories import make_household, make_village
from tests.statements import count_statements

pytestmark = both_databases

TODAY = date(2026, 3, 18)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


def drafts_of(village: Place, count: int) -> list[DeedDraft]:
    """Deeds of five households over three days and five rules."""
    homes = [make_household(village, "张三", number=f"01-{number:03d}") for number in range(1, 6)]
    rules = (HELPING, VOLUNTEERING, LITTER, STUDENT, BRAVERY)
    return [
        DeedDraft(
            homes[at % 5].id,
            rules[at // 5 % 5].code,
            100,
            TODAY - timedelta(days=at % 3),
            homes[at % 5].residents[0].id,
        )
        for at in range(count)
    ]


def test_many_deeds_take_no_more_statements_than_few(village: Place) -> None:
    drafts = drafts_of(village, 300)
    services.record_many(village, drafts[:15], SYSTEM, new_key(), ClaimOrigin.GRID)  # what is cached is cached
    with count_statements() as few:
        services.record_many(village, drafts[:15], SYSTEM, new_key(), ClaimOrigin.GRID)
    with count_statements() as many:
        services.record_many(village, drafts, SYSTEM, new_key(), ClaimOrigin.GRID)
    assert len(many) <= len(few) + 10, many
    assert len(queries.all_claims(village.id)) == 330
    assert problems(village) == []


def test_a_preview_counts_what_came_before_in_the_same_act_and_keeps_the_good_beside_the_refused(
    village: Place,
) -> None:
    drafts = drafts_of(village, 60)
    broken = [DeedDraft(drafts[0].household_id, "ZZ99", 100, TODAY), DeedDraft(1, "HS06", 100, TODAY)]
    outcomes = services.preview_many(village, [drafts[0], *broken, *drafts[1:]])
    assert [type(outcome).__name__ for outcome in outcomes[1:3]] == ["UnknownRuleError", "NotFoundError"]
    promised = [outcome for outcome in outcomes if isinstance(outcome, Assessment)]
    assert not any(isinstance(outcome, PointsBankError) for outcome in promised)
    recorded = services.record_many(village, drafts, SYSTEM, new_key(), ClaimOrigin.GRID)["claims"]
    assert [(claim["points"], claim["cap_reason"]) for claim in recorded] == [
        (assessment.points, assessment.cap_reason) for assessment in promised
    ]
    assert any(claim["cap_reason"] for claim in recorded)
