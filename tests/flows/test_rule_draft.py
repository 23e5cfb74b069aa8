"""The next rule book is a draft, edited by one or several people beside the one in force, then adopted as a whole."""

from datetime import date

import pytest
from flask import Flask

from pointsbank.covenant import queries, services, sheets, verification
from pointsbank.covenant.errors import (
    DraftExistsError,
    RuleBookChangedError,
    RuleBookRefusedError,
    RuleDraftChangedError,
    RuleDraftOutdatedError,
    UnknownRuleDraftError,
    UnknownRuleError,
)
from pointsbank.covenant.models import Step
from pointsbank.covenant.services import RuleDraft, Seen
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.deed_rules import make_rules as older_rules
from tests.factories import make_village
from tests.rules import HONOUR, NURSING, ROW, RUBBISH, RULES, SUSPENSION, VOLUNTEERING, changed, make_rules, sheet

TODAY = date(2026, 3, 18)
DEARER = changed(VOLUNTEERING, points=3_00)


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


def seen(village: Place) -> Seen:
    """What somebody has seen who looks now."""
    latest, draft = queries.latest_book(village.id), queries.draft_book(village.id)
    return Seen(latest.version if latest else 0, draft.revision if draft else 0)


def drafted(village: Place) -> list[RuleDraft]:
    rules = queries.draft_rules(village.id)
    assert rules is not None
    return rules


def codes(village: Place) -> list[str]:
    return [rule.code for rule in drafted(village)]


def save(village: Place, draft: RuleDraft, replaces: str | None, *, at: Seen | None = None, key: str = "") -> int:
    done = services.save_rule(village, draft, SYSTEM, key or new_key(), replaces=replaces, seen=at or seen(village))
    revision: int = done["revision"]
    return revision


def drop(village: Place, code: str, *, at: Seen | None = None, key: str = "") -> None:
    services.drop_rule(village, code, SYSTEM, key or new_key(), seen=at or seen(village))


def revert(village: Place, code: str) -> None:
    services.revert_rule(village, code, SYSTEM, new_key(), seen=seen(village))


def adopt(village: Place, *, at: Seen | None = None, on: date = TODAY, key: str = "") -> int:
    done = services.adopt_rule_draft(village, on, "会议通过", SYSTEM, key or new_key(), seen=at or seen(village))
    version: int = done["version"]
    return version


@both_databases
def test_a_draft_lives_from_its_first_edit_to_its_adoption(village: Place) -> None:
    assert queries.draft_rules(village.id) is None
    assert save(village, DEARER, "GY01") == 1
    save(village, NURSING, None)
    drop(village, "XJ01")
    assert queries.newest_drafts(village.id) == list(RULES)  # nothing holds before it is adopted
    key, at = new_key(), seen(village)
    assert [adopt(village, at=at, key=key) for _ in range(2)] == [2, 2]
    assert queries.draft_rules(village.id) is None
    assert queries.newest_drafts(village.id) == [DEARER, RUBBISH, SUSPENSION, NURSING]
    assert queries.rule_on(village.id, date(2026, 3, 17), "GY01").points == 2_00
    assert verification.problems(village) == []


def test_a_draft_may_be_begun_as_it_is_and_only_once(village: Place) -> None:
    services.begin_rule_draft(village, SYSTEM, "tap")
    services.begin_rule_draft(village, SYSTEM, "tap")
    assert drafted(village) == list(RULES)
    with pytest.raises(DraftExistsError):
        services.begin_rule_draft(village, SYSTEM, new_key())
    with pytest.raises(RuleBookRefusedError, match="一条不差"):
        adopt(village)


def test_a_new_rule_stands_at_the_end_of_its_category_and_a_new_category_at_the_end(village: Place) -> None:
    save(village, changed(HONOUR, code="XJ03", name="获市级表彰", points=20_00), None)
    save(village, RuleDraft("DS01", "勤于看书学习", "借阅图书", 1_00, "本"), None)
    assert codes(village) == ["XJ01", "XJ03", "GY01", "KF01", "KF14", "DS01"]


def test_a_rule_that_changes_its_category_moves_there(village: Place) -> None:
    save(village, changed(VOLUNTEERING, category="被评选为先进典型"), "GY01")
    save(village, changed(HONOUR, category="勤于看书学习"), "XJ01")
    assert codes(village) == ["GY01", "KF01", "KF14", "XJ01"]


def test_a_book_that_takes_points_without_a_review_goes_on_until_the_next_one_mends_it(app: Flask) -> None:
    village = make_village()
    older_rules(village, changed(RUBBISH, steps=()), HONOUR)  # as an earlier release took it
    assert queries.rule_on(village.id, TODAY, "KF01").step_list == []
    save(village, changed(HONOUR, points=40_00), "XJ01")
    with pytest.raises(InvalidInputError, match=r"“乱倒垃圾”是扣分.*“评议”这一步") as refused:
        adopt(village)
    assert refused.value.field == "steps"
    save(village, RUBBISH, "KF01")
    assert adopt(village) == 2
    assert queries.rule_on(village.id, TODAY, "KF01").step_list == [Step.CHECK, Step.REVIEW]


def test_an_edit_sent_twice_is_done_once(village: Place) -> None:
    key, at = new_key(), seen(village)
    renamed = changed(VOLUNTEERING, code="gy０9")
    assert [save(village, renamed, "GY01", at=at, key=key) for _ in range(2)] == [1, 1]
    assert codes(village) == ["XJ01", "GY09", "KF01", "KF14"]
    with pytest.raises(SameKeyOtherContentError):
        save(village, DEARER, "GY01", at=at, key=key)


@both_databases
def test_the_second_of_two_who_edit_at_once_is_told(village: Place) -> None:
    both = seen(village)
    save(village, DEARER, "GY01", at=both)
    with pytest.raises(RuleDraftChangedError):
        save(village, changed(VOLUNTEERING, points=1_00), "GY01", at=both)
    with pytest.raises(RuleDraftChangedError):
        drop(village, "GY01", at=both)
    with pytest.raises(RuleDraftChangedError):
        adopt(village, at=both)
    with pytest.raises(RuleDraftChangedError):
        services.discard_rule_draft(village, SYSTEM, new_key(), seen=both)
    assert drafted(village) == [HONOUR, DEARER, RUBBISH, SUSPENSION]


def test_an_edit_of_a_version_that_was_replaced_meanwhile_is_told(village: Place) -> None:
    at = seen(village)
    save(village, DEARER, "GY01")
    adopt(village)
    with pytest.raises(RuleBookChangedError):  # there is no draft again, as when they looked
        save(village, changed(VOLUNTEERING, points=1_00), "GY01", at=at)
    assert queries.draft_rules(village.id) is None


@both_databases
def test_a_draft_that_another_version_overtook_is_adopted_only_after_it_was_compared(village: Place) -> None:
    save(village, DEARER, "GY01")
    make_rules(village, *RULES, NURSING, effective_on=TODAY)
    with pytest.raises(RuleDraftOutdatedError, match="第 2 版"):
        adopt(village)
    old = Seen(1, seen(village).revision)
    with pytest.raises(RuleBookChangedError):
        services.look_again(village, SYSTEM, new_key(), seen=old)
    revert(village, "HS05")  # what the other version brought is taken into the draft
    services.look_again(village, SYSTEM, new_key(), seen=seen(village))
    assert adopt(village) == 3
    assert queries.newest_drafts(village.id) == [HONOUR, DEARER, RUBBISH, SUSPENSION, NURSING]


def test_single_rules_are_brought_back_as_they_were(village: Place) -> None:
    save(village, DEARER, "GY01")
    save(village, NURSING, None)
    drop(village, "KF14")
    drop(village, "KF01")
    for code in ("GY01", "HS05", "KF01", "KF14"):
        revert(village, code)
    assert drafted(village) == list(RULES)
    with pytest.raises(UnknownRuleDraftError):
        revert(village, "ZZ99")


def test_an_earlier_version_comes_into_the_draft_again(village: Place) -> None:
    save(village, DEARER, "GY01")
    adopt(village)
    services.restore_version(village, 1, SYSTEM, new_key(), seen=seen(village))
    assert adopt(village) == 3
    assert queries.newest_drafts(village.id) == list(RULES)
    with pytest.raises(RuleBookRefusedError, match="一条不差"):
        services.restore_version(village, 1, SYSTEM, new_key(), seen=seen(village))
    with pytest.raises(UnknownRuleError):
        services.restore_version(village, 9, SYSTEM, new_key(), seen=seen(village))


def test_a_sheet_goes_into_the_draft_whole_or_not_at_all(village: Place) -> None:
    save(village, NURSING, None)
    at = seen(village)
    plan = sheets.plan_draft_import(village, sheet({**ROW, "分值": 3}))
    assert ([draft.code for draft in plan.dropped], plan.seen) == (["XJ01", "KF01", "KF14", "HS05"], at)
    refused = sheets.apply_draft_import(village, sheet({**ROW, "分值": "很多"}), actor=SYSTEM, key="tap", seen=at)
    assert (refused.applied, codes(village)) == (False, ["XJ01", "GY01", "KF01", "KF14", "HS05"])
    done = sheets.apply_draft_import(village, sheet({**ROW, "分值": 3}), actor=SYSTEM, key="tap", seen=at)
    assert (done.changed, done.applied) == (5, True)
    assert drafted(village) == [DEARER]
    with pytest.raises(RuleDraftChangedError):
        sheets.apply_draft_import(village, sheet(ROW), actor=SYSTEM, key=new_key(), seen=at)


def test_a_draft_may_be_empty_but_is_not_adopted_so(village: Place) -> None:
    for rule in RULES:
        drop(village, rule.code)
    assert drafted(village) == []
    with pytest.raises(RuleBookRefusedError, match="至少保留一条"):
        adopt(village)


def test_a_draft_is_thrown_away_and_the_version_in_force_stays(village: Place) -> None:
    save(village, DEARER, "GY01")
    services.discard_rule_draft(village, SYSTEM, "tap", seen=seen(village))
    services.discard_rule_draft(village, SYSTEM, "tap", seen=Seen(1, 1))  # the same tap again
    assert queries.draft_rules(village.id) is None
    assert queries.newest_drafts(village.id) == list(RULES)
    for act in (adopt, lambda place: services.look_again(place, SYSTEM, new_key(), seen=seen(place))):
        with pytest.raises(UnknownRuleDraftError):
            act(village)


def test_the_first_book_may_be_drafted_rule_by_rule(app: Flask) -> None:
    village = make_village("miaopo", name="庙坡村")
    save(village, HONOUR, None)
    save(village, VOLUNTEERING, None)
    assert adopt(village, on=date(2026, 1, 1)) == 1
    assert queries.newest_drafts(village.id) == [HONOUR, VOLUNTEERING]


def test_what_cannot_be_is_refused_at_its_field(village: Place) -> None:
    with pytest.raises(InvalidInputError) as refused:
        save(village, changed(VOLUNTEERING, code="XJ01"), "GY01")
    assert refused.value.field == "code"
    with pytest.raises(RuleBookRefusedError, match="没有改动"):
        save(village, changed(VOLUNTEERING, name="参加志愿服务活动\u200b "), "GY01")
    with pytest.raises(UnknownRuleDraftError):
        save(village, VOLUNTEERING, "GY77")
    save(village, DEARER, "GY01")
    with pytest.raises(RuleBookRefusedError) as late:
        adopt(village, on=date(2025, 12, 31))
    assert late.value.field == "effective_on"


def test_another_villages_draft_is_its_own(village: Place) -> None:
    other = make_village("miaopo", name="庙坡村")
    make_rules(other, HONOUR)
    save(other, changed(HONOUR, points=40_00), "XJ01")
    assert queries.draft_rules(village.id) is None
