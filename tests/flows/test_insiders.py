"""Who works inside cannot turn the way from claim to booking to the own advantage: each attack is refused."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access import services as staff_services
from pointsbank.access.models import Role, Staff
from pointsbank.covenant import queries as covenant_queries
from pointsbank.covenant import services as covenant
from pointsbank.covenant import sheets as rule_sheets
from pointsbank.covenant.errors import RuleBookRefusedError
from pointsbank.covenant.models import CapScope, EvidenceKind, Step
from pointsbank.covenant.services import BoundRule, RuleDraft, Seen
from pointsbank.deeds.errors import DecisionRefusedError, NotYourGroupError, PersonSuspendedError, RecusedError
from pointsbank.deeds.models import Claim, ObjectionOutcome, Outcome
from pointsbank.deeds.services import checking, deductions, duplicates, evidence, objecting, reminders, reverse
from pointsbank.deeds.services.evidence import EvidenceDraft
from pointsbank.deeds.services.objecting import ObjectionDraft, Verdict
from pointsbank.deeds.services.reminders import ReminderDraft
from pointsbank.deeds.services.reviewing import ItemDecision
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import BRAVERY, DAMAGE, DETENTION, HELPING, LITTER, make_rules
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.meetings import claim_of, hold_meeting, item, make_body, make_claim, make_kin, meet
from tests.notices import make_approved, on_the_wall
from tests.rules import sheet
from tests.web.conftest import sign_in

PLANTING = RuleDraft("CT01", "支持村级公共事业", "参加义务植树", 3_00, "次")
BOUND = BoundRule(PLANTING, 2_00, 5_00)
HELP = replace(HELPING, steps=(Step.CHECK, Step.REVIEW), cap_points=None, cap_span=None, cap_scope=None)
RUBBISH = replace(LITTER, steps=(Step.CHECK, Step.REVIEW), reminds_first=True)
RANGE = RuleDraft(
    "HS05", "乐于做好人好事", "照护重病邻居", 5_00, "次", points_to=10_00, steps=(Step.REVIEW,),
    times_max=2, times_span=Span.MONTH, times_scope=CapScope.HOUSEHOLD,
)  # fmt: skip
MODEL = replace(BRAVERY, code="XJ01", name="获道德模范", level_group="荣誉", steps=(Step.REVIEW,))
OBJECTOR = "独孤不服"


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


# --- the bounds of a table from above ---


@pytest.fixture
def bound_village(village: Place) -> Place:
    """A village that took over a county's table and then dropped its rule from the book in force."""
    make_rules(village, HELPING)
    county = covenant_queries.place_above(village, "longchang")
    table = covenant.publish_table(county, "指导表", [BOUND], SYSTEM)
    covenant.take_table(village, county.code, table.version, SYSTEM, new_key(), seen=seen(village))
    adopt(village)
    covenant.drop_rule(village, PLANTING.code, SYSTEM, new_key(), seen=seen(village))
    adopt(village)
    return village


def seen(village: Place) -> Seen:
    draft, latest = covenant_queries.draft_book(village.id), covenant_queries.latest_book(village.id)
    return Seen(latest.version if latest else 0, draft.revision if draft else 0)


def adopt(village: Place) -> None:
    covenant.adopt_rule_draft(village, clock.today(), "会议通过", SYSTEM, new_key(), seen=seen(village))


def test_a_dropped_rule_of_a_table_comes_back_in_the_draft_only_within_its_bounds(bound_village: Place) -> None:
    def add(points: int) -> None:
        rule = replace(PLANTING, points=points, handed_down_by="")
        covenant.save_rule(bound_village, rule, SYSTEM, new_key(), replaces=None, seen=seen(bound_village))

    with pytest.raises(InvalidInputError, match="只能定 2 到 5"):
        add(50_00)
    add(4_00)
    [back] = [rule for rule in covenant_queries.draft_rules(bound_village.id) or [] if rule.code == PLANTING.code]
    assert back.handed_down_by == "longchang"  # what came from where stays visible


def test_an_own_rule_does_not_take_the_code_of_a_table_to_escape_it(bound_village: Place) -> None:
    renamed = replace(HELPING, code=PLANTING.code, points=50_00, cap_points=None, cap_span=None, cap_scope=None)
    with pytest.raises(InvalidInputError, match="只能定 2 到 5"):
        covenant.save_rule(bound_village, renamed, SYSTEM, new_key(), replaces=HELPING.code, seen=seen(bound_village))


def test_no_sheet_and_no_whole_book_escapes_the_bounds_of_a_table(bound_village: Place) -> None:
    row = {"编号": "CT01", "类别": "支持村级公共事业", "内容": "参加义务植树", "分值": 50, "单位": "次"}
    file = sheet(row)
    into_draft = rule_sheets.apply_draft_import(
        bound_village, file, actor=SYSTEM, key=new_key(), seen=seen(bound_village)
    )
    adopted = rule_sheets.apply_import(bound_village, file, effective_on=clock.today(), actor=SYSTEM, key=new_key())
    for report in (into_draft, adopted):
        assert not report.applied
        assert "只能定 2 到 5" in report.refused[0].reason
    with pytest.raises(InvalidInputError, match="只能定 2 到 5"):
        covenant.adopt_rule_book(
            bound_village, [replace(PLANTING, points=50_00)], clock.today(), "改分", SYSTEM, new_key()
        )


def test_nobody_goes_back_to_an_older_table_with_wider_bounds(bound_village: Place) -> None:
    county = covenant_queries.place_above(bound_village, "longchang")
    narrow = covenant.publish_table(county, "指导表", [replace(BOUND, high=3_00)], SYSTEM)
    covenant.take_table(bound_village, county.code, narrow.version, SYSTEM, new_key(), seen=seen(bound_village))
    adopt(bound_village)
    with pytest.raises(RuleBookRefusedError, match="不能退回第 1 版"):
        covenant.take_table(bound_village, county.code, 1, SYSTEM, new_key(), seen=seen(bound_village))


# --- the own household and that of close kin ---


@pytest.fixture
def household(village: Place) -> Household:
    make_rules(village, HELP, RUBBISH, DAMAGE, RANGE, MODEL, DETENTION)
    return make_household(village, "张三", number="01-001")


@pytest.fixture
def kin(village: Place, household: Household) -> Staff:
    """The clerk, whose own household it is."""
    clerk = make_staff(village, Role.CLERK, Role.GROUP_HEAD, name="文书甲")
    make_kin(village, clerk, household)
    return clerk


def test_nobody_undoes_what_was_taken_from_the_own_household(village: Place, household: Household, kin: Staff) -> None:
    taken = make_claim(village, household, DAMAGE)  # booked at once
    with pytest.raises(RecusedError, match="本户"):
        reverse(village, taken, "撤了吧", kin.actor, new_key())


def test_nobody_takes_away_the_proof_against_the_own_household(
    village: Place, household: Household, kin: Staff, tmp_path: Path
) -> None:
    claim = make_claim(village, household, RUBBISH)
    draft = EvidenceDraft(EvidenceKind.WITNESS, "王大爷")
    against = evidence.add(village, claim, draft, tmp_path, SYSTEM, new_key())["evidence"]
    own = evidence.add(village, claim, draft, tmp_path, kin.actor, new_key())["evidence"]
    with pytest.raises(RecusedError, match="本户"):
        evidence.remove(village, claim, against, "x", tmp_path, kin.actor)
    evidence.remove(village, claim, own, "写错了", tmp_path, kin.actor)  # what one brought oneself


def test_nobody_puts_off_mends_or_makes_smaller_a_deduction_of_the_own_household(
    village: Place, household: Household, kin: Staff
) -> None:
    claim, today = make_claim(village, household, RUBBISH, quantity=200), clock.today()
    with pytest.raises(RecusedError):
        deductions.tell(village, claim, today, "当面", claim_of(village, claim).revision, kin.actor)
    checking.return_claims(village, [claim], "请写明地点", SYSTEM, new_key())
    mended = checking.Mended(100, today)
    with pytest.raises(RecusedError):
        checking.resubmit(village, claim, mended, claim_of(village, claim).revision, kin.actor, new_key())
    sheet = ReminderDraft(household.id, RUBBISH.code, "门前柴草", today + timedelta(days=3))
    serial = reminders.remind(village, sheet, SYSTEM, new_key())["reminder"]
    with pytest.raises(RecusedError):
        reminders.mend(village, serial, today, kin.actor)


def test_a_household_is_told_anew_of_a_deduction_that_was_mended(village: Place, household: Household) -> None:
    claim, today = make_claim(village, household, RUBBISH), clock.today()
    deductions.tell(village, claim, today, "当面", claim_of(village, claim).revision, SYSTEM)
    deductions.answer(village, claim, today, "认了", claim_of(village, claim).revision, SYSTEM)
    checking.return_claims(village, [claim], "请核对次数", SYSTEM, new_key())

    def resubmit(quantity: int) -> Claim:
        seen = claim_of(village, claim).revision
        checking.resubmit(village, claim, checking.Mended(quantity, today, note="路口"), seen, SYSTEM, new_key())
        return claim_of(village, claim)

    assert resubmit(100).answered_on == today  # only a note was added: they answered to just this
    checking.return_claims(village, [claim], "再核对", SYSTEM, new_key())
    larger = resubmit(200)
    assert (larger.told_on, larger.answer_by, larger.answer, larger.answered_on) == (None, None, "", None)


# --- one item, several hands ---


def test_who_claimed_decides_nowhere_and_who_sat_in_the_meeting_does_not_examine(
    village: Place, household: Household
) -> None:
    first = make_staff(village, Role.CLERK, Role.GROUP_HEAD, Role.REVIEWER, Role.SUPERVISION, name="文书甲")
    second, third = make_body(village, Role.REVIEWER, 2)
    claim = make_claim(village, household, HELP, claimed_by=first.actor.key)
    with pytest.raises(RecusedError, match="您申报的"):
        checking.pass_check(village, [claim], first.actor, new_key())
    checking.pass_check(village, [claim], SYSTEM, new_key())
    meeting = hold_meeting(village, present=[first, second])
    with pytest.raises(RecusedError, match="您申报的"):
        meet(village, meeting, item(claim), actor=first.actor)
    meet(village, meeting, item(claim))  # somebody else wrote it down
    on_the_wall(village)
    objecting.take(village, ObjectionDraft(claim, "不是他", clock.today()), SYSTEM, new_key())
    verdict = Verdict(ObjectionOutcome.CANCELLED, "不实")
    for who, why in ((first, "您申报的"), (second, "您评议或初审过")):
        with pytest.raises(RecusedError, match=why):
            objecting.decide(village, 1, verdict, who.actor, new_key())
    objecting.decide(village, 1, verdict, third.actor, new_key())  # was not there


def test_a_head_of_one_group_does_nothing_to_another(village: Place, household: Household, tmp_path: Path) -> None:
    head = make_staff(village, Role.GROUP_HEAD, name="赵组长")
    other = make_household(village, "李四", number="02-001", group=2)
    staff_services.change_roles(head, village, [Role.GROUP_HEAD], SYSTEM, groups=[other.group])
    claim, again = make_claim(village, household, RUBBISH), make_claim(village, household, RUBBISH)
    today = clock.today()
    witness = EvidenceDraft(EvidenceKind.WITNESS, "王大爷")
    piece = evidence.add(village, claim, witness, tmp_path, SYSTEM, new_key())["evidence"]
    sheet = ReminderDraft(household.id, RUBBISH.code, "门前柴草", today + timedelta(days=3))
    reminded, seen = reminders.remind(village, sheet, SYSTEM, new_key())["reminder"], claim_of(village, claim).revision
    for act in (
        lambda: deductions.tell(village, claim, today, "当面", seen, head.actor),
        lambda: deductions.answer(village, claim, today, "认了", seen, head.actor),
        lambda: duplicates.keep_both(village, again, claim, head.actor, new_key()),
        lambda: evidence.add(village, claim, witness, tmp_path, head.actor, new_key()),
        lambda: evidence.remove(village, claim, piece, "x", tmp_path, head.actor),
        lambda: reminders.remind(village, sheet, head.actor, new_key()),
        lambda: reminders.mend(village, reminded, today, head.actor),
    ):
        with pytest.raises(NotYourGroupError):
            act()


# --- caps ---


def test_a_cap_in_times_counts_times_whatever_points_the_panel_chooses(village: Place, household: Household) -> None:
    make_body(village, Role.REVIEWER, 2)
    once, twice = make_claim(village, household, RANGE), make_claim(village, household, RANGE, quantity=200)
    meeting = hold_meeting(village)
    meet(village, meeting, ItemDecision(once, Outcome.APPROVED, per_unit=10_00, reason="难度大"))
    meet(village, meeting, ItemDecision(twice, Outcome.APPROVED, per_unit=8_00, reason="难度大"))
    given = [claim_of(village, serial).points for serial in (once, twice)]
    assert given == [10_00, 8_00]  # of the two of the second one still fits, at what the panel gives for it
    assert "最多记2次，已记1次，这次只记1次" in claim_of(village, twice).cap_reason


def test_an_honour_is_not_given_twice_for_a_space_in_its_name(village: Place, household: Household) -> None:
    first = make_claim(village, household, MODEL, event_name="全国道德模范")
    again = make_claim(village, household, MODEL, event_name=" 全国  道德模范 ")
    assert (claim_of(village, first).points, claim_of(village, again).points) == (MODEL.points, 0)


def test_who_is_suspended_meanwhile_earns_nothing_by_what_was_claimed_before(
    village: Place, household: Household
) -> None:
    person = make_resident(village, household)
    claim = make_claim(village, household, HELP, resident_id=person.id)
    make_claim(village, household, DETENTION, resident_id=person.id)  # booked at once
    with pytest.raises(PersonSuspendedError, match="暂停资格到 2026-12-31"):
        checking.pass_check(village, [claim], SYSTEM, new_key())


def test_the_review_does_not_approve_who_was_suspended_after_the_first_check(
    village: Place, household: Household
) -> None:
    make_body(village, Role.REVIEWER, 2)
    person = make_resident(village, household)
    claim = make_claim(village, household, HELP, resident_id=person.id)
    checking.pass_check(village, [claim], SYSTEM, new_key())
    make_claim(village, household, DETENTION, resident_id=person.id)  # booked at once
    meeting = hold_meeting(village)
    with pytest.raises(DecisionRefusedError, match="暂停资格到 2026-12-31"):
        meet(village, meeting, ItemDecision(claim, Outcome.APPROVED))
    meet(village, meeting, ItemDecision(claim, Outcome.REJECTED, reason="暂停资格期间"))


# --- who objects is never named ---


def test_the_objectors_name_is_in_no_page_no_trail_and_no_table(
    client: FlaskClient, village: Place, household: Household, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    clerk = make_staff(village, Role.CLERK, Role.ADMINISTRATOR, Role.COMMITTEE, name="文书甲")
    claim = make_approved(village, household, HELP)
    notice = on_the_wall(village)
    objection = ObjectionDraft(claim, "不是他", clock.today(), OBJECTOR, "13812341234")
    serial = objecting.take(village, objection, SYSTEM, new_key())["objection"]
    sign_in(client, clerk)
    for page in (
        "deeds/objections", f"deeds/objections/{serial}", f"deeds/{claim}", f"deeds/notices/{notice}",
        "deeds/oversight", "deeds/", f"people/{household.id}", "",
    ):  # fmt: skip
        answer = client.get(f"/desk/qingxi/{page}")
        assert answer.status_code == 200, page
        assert OBJECTOR not in answer.text, page
        assert "13812341234" not in answer.text, page
    file = Path(database_url.partition("///")[2])
    with closing(sqlite3.connect(file)) as connection:
        written = "\n".join(connection.iterdump())
    for told in (written, caplog.text):
        assert OBJECTOR not in told
        assert "13812341234" not in told
