"""A draft of the rules is tried on the months that were: what would have been given, and does the shop reach."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from pointsbank.covenant.models import Track
from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds.models import ClaimOrigin
from pointsbank.deeds.services import DeedDraft, record_many
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.reports.queries.what_if import WhatIf, what_if
from tests.deed_rules import BRAVERY, HELPING, LITTER, RULES, VOLUNTEERING, make_rules
from tests.factories import make_good, make_household, make_village

FEBRUARY, MARCH = date(2026, 2, 20), date(2026, 3, 10)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


@pytest.fixture
def households(village: Place) -> tuple[Household, Household]:
    """Two households with deeds: the first a little ahead of the second."""
    first, second = make_household(village, "张三", group=1), make_household(village, "李四", group=2)
    record_many(
        village,
        [
            deed(first, HELPING, 3, FEBRUARY),  # 9 points, of which the cap leaves 8
            deed(second, VOLUNTEERING, 3, MARCH),  # 6
            deed(second, LITTER, 1, MARCH),  # -2
        ],
        SYSTEM,
        new_key(),
        ClaimOrigin.GRID,
    )
    return first, second


def deed(household: Household, rule: RuleDraft, quantity: int, day: date) -> DeedDraft:
    person = household.residents[0].id if rule.cap_scope and rule.cap_scope.value == "person" else None
    return DeedDraft(household.id, rule.code, quantity * 100, day, person)


def changed(rule: RuleDraft, **details: object) -> list[RuleDraft]:
    """The rules with one of them as given."""
    return [replace(one, **details) if one.code == rule.code else one for one in RULES]  # type: ignore[arg-type]  # details


def lines(found: WhatIf) -> dict[str, tuple[int, int]]:
    return {line.name: (line.now, line.then) for line in found.by_category}


def test_the_same_rules_give_no_difference(village: Place, households: tuple[Household, Household]) -> None:
    found = what_if(village, RULES, 3)
    assert (found.issued_now, found.issued_then) == (1_400, 1_400)
    assert (found.changed_households, found.changed_ranks, found.deeds) == (0, 0, 3)
    assert all(line.difference == 0 for line in [*found.by_category, *found.by_group])
    assert found.coverage_now == found.coverage_then


def test_more_points_and_a_wider_cap_show_where_they_go(
    village: Place, households: tuple[Household, Household]
) -> None:
    found = what_if(village, changed(VOLUNTEERING, points=400), 3)
    assert (found.issued_now, found.issued_then) == (1_400, 2_000)
    assert lines(found)["热心社会公益事业"] == (600, 1_200)
    assert [(line.name, line.now, line.then) for line in found.by_group] == [("1组", 800, 800), ("2组", 400, 1_000)]
    assert found.changed_households == 1
    assert [(one.household.head_name, one.rank_now, one.rank_then) for one in found.rank_changes] == [
        ("张三", 1, 2),
        ("李四", 2, 1),
    ]
    wider = what_if(village, changed(HELPING, cap_points=900), 3)
    assert lines(wider)["乐于做好人好事"] == (800, 900)


def test_a_rule_that_is_dropped_gives_nothing(village: Place, households: tuple[Household, Household]) -> None:
    found = what_if(village, [rule for rule in RULES if rule.code != HELPING.code], 3)
    assert lines(found)["乐于做好人好事"] == (800, 0)
    assert found.issued_then == 600


def test_only_the_months_asked_for_are_compared(village: Place, households: tuple[Household, Household]) -> None:
    found = what_if(village, changed(HELPING, points=100), 1)
    assert (found.first_day, found.issued_now, found.issued_then) == (date(2026, 3, 1), 600, 600)
    for months in (0, 13):
        with pytest.raises(InvalidInputError):
            what_if(village, RULES, months)


def test_what_the_shelves_hold_stands_against_what_can_be_spent(
    village: Place, households: tuple[Household, Household]
) -> None:
    make_good(village, on_hand=2)  # 2 × 29.80 yuan
    now = what_if(village, RULES, 3)
    assert (now.coverage_now.outstanding, now.coverage_now.worth_fen, now.coverage_now.stock_fen) == (1_200, 600, 5_960)
    then = what_if(village, changed(VOLUNTEERING, points=400), 3)
    assert then.coverage_then.worth_fen == 900
    honour = what_if(village, changed(VOLUNTEERING, track=Track.HONOUR), 3)
    assert honour.coverage_then.outstanding == 600  # honour buys nothing


def test_a_village_without_deeds_is_told_zero(village: Place) -> None:
    found = what_if(village, changed(BRAVERY, points=5_000), 12)
    assert (found.issued_now, found.issued_then, found.by_category) == (0, 0, [])
    assert found.coverage_now.share is None
