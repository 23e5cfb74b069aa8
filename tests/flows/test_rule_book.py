"""A rule book changes as a whole new version: what holds from a day on, and what is refused."""

from datetime import date, timedelta

import pytest
from flask import Flask

from pointsbank.covenant import queries, verification
from pointsbank.covenant.errors import NoRuleBookError, RuleBookRefusedError, UnknownRuleError
from pointsbank.covenant.models import Effect, EvidenceKind, Rule, Step, Track
from pointsbank.covenant.queries import BookState
from pointsbank.covenant.services import RuleDraft, draft_of
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.periods import Span
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_village
from tests.rules import HONOUR, NEW_YEAR, NURSING, RUBBISH, RULES, SUSPENSION, VOLUNTEERING, changed, make_rules

TODAY = date(2026, 3, 18)
DEARER = changed(VOLUNTEERING, points=3_00)


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def drafts_on(village: Place, day: date = TODAY) -> list[RuleDraft]:
    return [draft_of(rule) for rule in queries.rules_on(village.id, day)]


def change(village: Place, draft: RuleDraft, *, replaces: str, on: date = TODAY, reason: str = "试行后调整") -> int:
    """The newest book once more with one rule as given."""
    rules = [draft if rule.code == replaces else rule for rule in queries.newest_drafts(village.id)]
    return make_rules(village, *rules, effective_on=on, reason=reason)


def drop(village: Place, code: str, *, on: date = TODAY) -> int:
    """The newest book once more without one rule."""
    rules = [rule for rule in queries.newest_drafts(village.id) if rule.code != code]
    return make_rules(village, *rules, effective_on=on)


@both_databases
def test_every_detail_of_a_rule_is_kept(village: Place) -> None:
    assert make_rules(village, *RULES, NURSING) == 1
    assert drafts_on(village) == [*RULES, NURSING]


def test_a_range_from_a_number_to_itself_is_fixed(village: Place) -> None:
    make_rules(village, changed(NURSING, points_to=5_00))
    assert queries.rule_on(village.id, TODAY, "HS05").points_to is None


@both_databases
def test_a_change_holds_from_its_day_and_leaves_earlier_days_alone(village: Place) -> None:
    make_rules(village)
    assert change(village, DEARER, replaces="GY01") == 2
    assert queries.rule_on(village.id, TODAY, "GY01").points == 3_00
    assert queries.rule_on(village.id, TODAY - timedelta(days=1), "GY01").points == 2_00
    assert drafts_on(village) == [HONOUR, DEARER, RUBBISH, SUSPENSION]


@both_databases
def test_of_two_versions_of_one_day_the_later_one_holds(village: Place) -> None:
    make_rules(village, effective_on=TODAY)
    change(village, DEARER, replaces="GY01")
    assert queries.rule_on(village.id, TODAY, "GY01").points == 3_00
    lines = queries.book_lines(village.id)
    assert [line.state_on(TODAY) for line in lines] == [BookState.IN_FORCE, BookState.REPLACED]
    assert lines[1].last_day is None


@both_databases
def test_versions_say_where_they_stand(village: Place) -> None:
    make_rules(village)
    change(village, DEARER, replaces="GY01")
    drop(village, "XJ01", on=date(2026, 4, 1))
    to_come, in_force, past = queries.book_lines(village.id)
    assert [line.state_on(TODAY) for line in (to_come, in_force, past)] == [
        BookState.TO_COME,
        BookState.IN_FORCE,
        BookState.PAST,
    ]
    assert (past.last_day, in_force.last_day, to_come.last_day) == (date(2026, 3, 17), date(2026, 3, 31), None)
    assert [line.rules for line in (to_come, in_force, past)] == [3, 4, 4]
    assert queries.book_line(village.id, 2) == in_force
    assert [line.book.version for line in queries.book_lines(village.id, before=3, limit=1)] == [2]


@pytest.mark.parametrize(
    "day", [date(2025, 12, 31), date(1900, 1, 1), date(2014, 12, 31), date(2028, 1, 1), date(9999, 12, 31)]
)
def test_a_day_before_the_newest_version_or_out_of_reach_is_refused(village: Place, day: date) -> None:
    make_rules(village)
    with pytest.raises(RuleBookRefusedError) as refused:
        change(village, DEARER, replaces="GY01", on=day)
    assert refused.value.field == "effective_on"


@pytest.mark.parametrize(
    ("field", "details"),
    [
        ("code", {"code": "GY"}),
        ("code", {"code": "志愿1"}),
        ("code", {"code": "GY01\x00"}),
        ("category", {"category": " \u200b"}),
        ("category", {"category": "类" * 41}),
        ("name", {"name": ""}),
        ("name", {"name": "字" * 101}),
        ("name_en", {"name_en": "x" * 161}),
        ("unit", {"unit": ""}),
        ("unit", {"unit": "次" * 21}),
        ("evidence", {"evidence": "证" * 81}),
        ("points", {"points": 0}),
        ("points", {"points": 10**12}),
        ("points", {"points": -(10**12)}),
        ("cap_points", {"cap_points": None}),
        ("cap_points", {"cap_span": None}),
        ("cap_points", {"cap_scope": None}),
        ("cap_points", {"cap_points": 0}),
        ("cap_points", {"cap_points": -24_00}),
        ("cap_points", {"cap_points": 10**12}),
        ("cap_points", {"points": 0, "effect": Effect.SUSPEND_PERSON}),
        ("track", {"points": -2_00, "cap_points": -4_00, "track": Track.HONOUR}),
        ("steps", {"steps": (Step.CHECK, Step.REVIEW, Step.CHECK)}),
        (
            "steps",
            {
                "points": -2_00,
                "cap_points": -4_00,
                "level_group": "",
                "excludes_paid_duty": False,
                "steps": (Step.CHECK, Step.SIGNIN),
            },
        ),  # a household is heard before people decide
        ("points_to", {"points_to": -4_00}),
        ("points_to", {"points_to": 1_00}),
        ("points_to", {"points_to": 10**12}),
        ("points_to", {"points_to": 4_00, "steps": (Step.SIGNIN,)}),
        ("quantity_max", {"quantity_max": 0}),
        ("quantity_max", {"quantity_max": 10**9}),
        ("times_max", {"times_max": 0}),
        ("times_max", {"times_max": 1_001}),
        ("times_max", {"times_span": None}),
        ("times_max", {"times_max": None}),
        ("evidence_kind", {"evidence_kind": EvidenceKind.NONE}),
        ("level_group", {"level_group": "字" * 21}),
        ("level_group", {"points": -2_00, "cap_points": -4_00}),
        ("excludes_paid_duty", {"points": -2_00, "cap_points": -4_00, "level_group": ""}),
        ("reminds_first", {"reminds_first": True}),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(village: Place, field: str, details: dict[str, object]) -> None:
    make_rules(village)
    with pytest.raises(InvalidInputError) as refused:
        change(village, changed(VOLUNTEERING, **details), replaces="GY01")
    assert refused.value.field == field
    assert drafts_on(village) == list(RULES)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>{{ 7 * 7 }}'; DROP TABLE rules; --",
        "为𠅤堃老人送饭🍚",
        "=1+1",
        "100%_\\满勤",
    ],
)
def test_unusual_words_are_kept_as_they_are_and_found(village: Place, name: str) -> None:
    make_rules(village, changed(HONOUR, name=name), VOLUNTEERING)
    assert queries.rule_on(village.id, TODAY, "XJ01").name == name
    assert [rule.code for rule in queries.find_rules(village.id, TODAY, name[:12])] == ["XJ01"]
    assert [rule.code for rule in queries.matching(queries.rules_on(village.id, TODAY), name[:12])] == ["XJ01"]


@pytest.mark.parametrize("name", ["中İ" * 50, "庄" * 100])
@both_databases
def test_the_longest_words_are_stored(village: Place, name: str) -> None:
    make_rules(village, changed(HONOUR, name=name))
    assert queries.rule_on(village.id, TODAY, "XJ01").name == name


@both_databases
def test_letters_that_cannot_be_seen_or_stored_are_left_out(village: Place) -> None:
    make_rules(village, changed(HONOUR, name="获\u202e国家\ud800级\x00表彰\n（部委）"))
    assert queries.rule_on(village.id, TODAY, "XJ01").name == "获国家级表彰 （部委）"


@pytest.mark.parametrize("code", ["gy01", "ＧＹ０１", " GY01 "])
def test_a_code_is_found_however_it_is_typed(village: Place, code: str) -> None:
    make_rules(village)
    assert queries.rule_on(village.id, TODAY, code).code == "GY01"


@pytest.mark.parametrize("code", ["GY99", "", "GY01\x00", "\ud800", "志愿", "G" * 10_000, "' OR 1=1"])
def test_an_unknown_code_is_told_at_its_field(village: Place, code: str) -> None:
    make_rules(village)
    with pytest.raises(UnknownRuleError) as refused:
        queries.rule_on(village.id, TODAY, code)
    assert refused.value.field == "rule"


def test_before_the_first_version_there_are_no_rules(village: Place) -> None:
    make_rules(village)
    assert queries.rules_on(village.id, date(2025, 12, 31)) == []
    with pytest.raises(NoRuleBookError):
        queries.rule_on(village.id, date(2025, 12, 31), "GY01")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("gy", ["GY01"]),
        ("ｇｙ０１", ["GY01"]),
        ("志愿", ["GY01"]),
        ("zyfw", ["GY01"]),
        ("zhiyuanfuwu", ["GY01"]),
        ("扣分", ["KF01", "KF14"]),
        ("KF14", ["KF14"]),
        ("没有这样的", []),
        ("\x00\ud800", []),
        ("%", []),
        ("字" * 10_000, []),
    ],
)
@both_databases
def test_rules_are_found_by_code_words_pinyin_and_initials(village: Place, text: str, codes: list[str]) -> None:
    make_rules(village)
    assert [rule.code for rule in queries.find_rules(village.id, TODAY, text)] == codes


def test_rules_at_hand_are_narrowed_by_words_and_category(village: Place) -> None:
    make_rules(village)
    rules = queries.rules_on(village.id, TODAY)

    def codes(words: str, category: str = "") -> list[str]:
        return [rule.code for rule in queries.matching(rules, words, category)]

    assert codes("", "扣分项") == ["KF01", "KF14"]
    assert codes("扣分 垃圾") == ["KF01"]
    assert codes("签退") == ["GY01"]
    assert codes("zyfw", "扣分项") == []
    assert codes("\x00\ud800") == [rule.code for rule in rules]


def test_the_first_version_is_offered_from_new_year_so_that_last_weeks_deeds_have_rules(
    village: Place, still_clock: FixedClock
) -> None:
    assert queries.day_offered(None) == NEW_YEAR
    still_clock.move(timedelta(days=365 - 76))  # the first days of January
    assert queries.day_offered(None) == NEW_YEAR


def test_later_versions_are_offered_from_today_or_from_the_newest_one(village: Place) -> None:
    make_rules(village)
    assert queries.day_offered(queries.latest_book(village.id)) == TODAY
    change(village, DEARER, replaces="GY01", on=date(2026, 4, 1))
    assert queries.day_offered(queries.latest_book(village.id)) == date(2026, 4, 1)


def test_another_village_has_rules_of_its_own(village: Place) -> None:
    make_rules(village)
    miaopo = make_village("miaopo", name="庙坡村")
    make_rules(miaopo, HONOUR)
    assert drafts_on(miaopo) == [HONOUR]
    change(miaopo, changed(HONOUR, points=40_00), replaces="XJ01")
    assert drafts_on(village) == list(RULES)
    with pytest.raises(UnknownRuleError):
        queries.book(village.id, 2)


@pytest.mark.parametrize("version", [-1, 0, 2, 2**63 - 1, 10**30])
def test_a_version_that_is_not_there_is_told(village: Place, version: int) -> None:
    make_rules(village)
    with pytest.raises(UnknownRuleError):
        queries.book(village.id, version)
    with pytest.raises(UnknownRuleError):
        queries.book_line(village.id, version)


def test_whole_rule_books_verify(village: Place) -> None:
    make_rules(village)
    change(village, DEARER, replaces="GY01")
    drop(village, "XJ01", on=date(2026, 4, 1))
    assert verification.problems(village) == []


def test_a_reason_that_is_too_long_is_refused_at_its_field(village: Place) -> None:
    make_rules(village)
    with pytest.raises(PointsBankError) as refused:
        change(village, DEARER, replaces="GY01", reason="因" * 201)
    assert refused.value.field == "reason"


def test_caps_and_tracks_keep_their_meaning(village: Place) -> None:
    make_rules(village)
    rules: dict[str, Rule] = {rule.code: rule for rule in queries.rules_on(village.id, TODAY)}
    assert (rules["GY01"].needs_person, rules["KF01"].needs_person) == (True, False)
    assert (rules["KF01"].is_deduction, rules["KF14"].is_deduction) == (True, False)
    assert (rules["KF01"].cap_points, rules["KF01"].cap_span) == (-10_00, Span.MONTH)
