"""The covenant's text: a draft is edited freely, a vote makes it a version that stands for ever."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from pointsbank.audit import queries as trail
from pointsbank.covenant import queries, services, verification
from pointsbank.covenant.errors import (
    CovenantRefusedError,
    DraftChangedError,
    DraftExistsError,
    UnknownCovenantError,
)
from pointsbank.covenant.models import Clause, Covenant, CovenantState, Subject, Theme
from pointsbank.covenant.services import ClauseDraft, clause_draft_of
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session, table_of, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_id, new_key
from pointsbank.places.models import Place, PlaceKind
from tests.conftest import both_databases
from tests.covenants import BOOKS, CLAUSES, HONEST, RESOLVED, VOTED, YARD, make_covenant, make_draft
from tests.factories import make_village

TODAY = date(2026, 3, 18)


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def in_force(village: Place, day: date = TODAY) -> list[ClauseDraft]:
    return [clause_draft_of(clause) for clause in queries.clauses_on(village.id, day)]


def draft(village: Place) -> Covenant:
    found = queries.draft_covenant(village.id)
    assert found is not None
    return found


@both_databases
def test_a_text_goes_from_draft_to_version_and_holds_from_its_day(village: Place) -> None:
    assert make_covenant(village, effective_on=date(2026, 3, 1)) == 1
    assert in_force(village, date(2026, 2, 28)) == []
    assert in_force(village, date(2026, 3, 1)) == list(CLAUSES)
    assert queries.draft_covenant(village.id) is None
    assert verification.problems(village) == []


@both_databases
def test_the_next_version_begins_as_a_copy_and_the_old_one_holds_until_its_day(village: Place) -> None:
    make_covenant(village)
    services.begin_draft(village, SYSTEM, new_key())
    assert [clause_draft_of(clause) for clause in queries.clauses_of(draft(village))] == list(CLAUSES)
    services.save_draft(village, "新约", [BOOKS], SYSTEM, seen=1)
    services.record_adoption(village, Subject.COVENANT, 2, VOTED, SYSTEM, new_key(), seen=0)
    services.adopt(village, TODAY, "", SYSTEM, new_key(), seen=2)
    assert in_force(village, date(2026, 3, 17)) == list(CLAUSES)
    assert in_force(village) == [BOOKS]
    assert [line.last_day for line in queries.covenant_lines(village.id)] == [None, date(2026, 3, 17)]
    assert verification.problems(village) == []


@both_databases
def test_a_village_writes_at_one_draft_at_a_time(village: Place) -> None:
    make_draft(village)
    with pytest.raises(DraftExistsError):
        services.begin_draft(village, SYSTEM, new_key())
    row = {"village_id": village.id, "version": 2, "title": "二", "state": CovenantState.DRAFT, "revision": 1}
    row |= {"id": new_id(), "reason": "", "actor": "system", "created_at": clock.now()}
    with pytest.raises(IntegrityError), transaction() as current:
        current.execute(insert(table_of(Covenant)), [row])


@both_databases
def test_the_same_tap_twice_begins_adopts_and_discards_once(village: Place) -> None:
    for _ in range(2):
        assert services.begin_draft(village, SYSTEM, "begin") == {"version": 1}
    for _ in range(2):
        assert services.discard_draft(village, SYSTEM, "discard", seen=1) == {"version": 1}
    revision = make_draft(village)
    services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, "record", seen=0)
    assert services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, "record", seen=0) == {"revision": 1}
    for _ in range(2):
        assert services.adopt(village, RESOLVED, "", SYSTEM, "adopt", seen=revision) == {"version": 1}
    assert len(queries.covenants(village.id)) == 1


@both_databases
def test_an_adopted_text_is_kept_by_the_database_itself(village: Place) -> None:
    make_covenant(village)
    found = queries.adopted_covenant(village.id, 1)
    [clause, *_] = queries.clauses_of(found)
    covenant_id, clause_id, village_id = found.id, clause.id, village.id
    clauses, covenants = table_of(Clause), table_of(Covenant)
    more = {"id": new_id(), "village_id": village_id, "covenant_id": covenant_id, "position": 9, "code": "9"}
    for statement in (
        update(clauses).where(Clause.id == clause_id).values(text="罚款"),
        delete(clauses).where(Clause.id == clause_id),
        insert(clauses).values(**more, theme=Theme.STUDY, text="罚款"),
        update(covenants).where(Covenant.id == covenant_id).values(title="罚款"),
        delete(covenants).where(Covenant.id == covenant_id),
    ):
        with pytest.raises(DBAPIError, match=r"adopted covenant|covenants"), transaction() as current:
            current.execute(statement)
    assert in_force(village) == list(CLAUSES)


def test_a_clause_of_a_draft_cannot_be_slipped_into_an_adopted_text(village: Place) -> None:
    make_covenant(village)
    adopted_id = queries.adopted_covenant(village.id, 1).id
    services.begin_draft(village, SYSTEM, new_key(), copy_of=0)
    services.save_draft(village, "新约", [ClauseDraft("9", Theme.STUDY, "罚款")], SYSTEM, seen=1)
    [clause] = queries.clauses_of(draft(village))
    clause_id = clause.id
    with pytest.raises(DBAPIError), transaction() as current:
        current.execute(update(table_of(Clause)).where(Clause.id == clause_id).values(covenant_id=adopted_id))


def test_whoever_edits_an_old_state_of_the_draft_is_told(village: Place) -> None:
    revision = make_draft(village)
    services.save_draft(village, "新约", [BOOKS], SYSTEM, seen=revision)
    with pytest.raises(DraftChangedError):
        services.save_draft(village, "新约", [YARD], SYSTEM, seen=revision)
    with pytest.raises(DraftChangedError):
        services.discard_draft(village, SYSTEM, new_key(), seen=revision)
    with pytest.raises(DraftChangedError):
        services.adopt(village, TODAY, "", SYSTEM, new_key(), seen=revision)
    assert [clause.code for clause in queries.clauses_of(draft(village))] == ["1"]


def test_saving_what_is_stored_already_is_no_edit(village: Place) -> None:
    revision = make_draft(village)
    title = draft(village).title
    assert services.save_draft(village, title, CLAUSES, SYSTEM, seen=1).revision == revision


def test_a_discarded_draft_leaves_its_words_in_the_trail_and_its_number_free(village: Place) -> None:
    revision = make_draft(village)
    services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, new_key(), seen=0)
    services.discard_draft(village, SYSTEM, new_key(), seen=revision)
    assert queries.covenants(village.id) == []
    assert queries.adoption(village.id, Subject.COVENANT, 1) is None
    [line] = [line for line in trail.trail(village.id) if line.event.action == "covenant.discard_draft"]
    for clause in CLAUSES:
        assert clause.text in line.text
    assert make_covenant(village) == 1


def test_a_draft_begins_empty_or_from_an_earlier_version_or_with_the_programs_own_text(village: Place) -> None:
    make_covenant(village)
    make_covenant(village, HONEST)
    begun: tuple[tuple[int | None, list[str]], ...] = ((0, []), (1, ["1", "2", "3"]), (None, ["3"]))
    for copy_of, codes in begun:
        services.begin_draft(village, SYSTEM, new_key(), copy_of=copy_of)
        assert [clause.code for clause in queries.clauses_of(draft(village))] == codes
        services.discard_draft(village, SYSTEM, new_key(), seen=1)
    services.begin_draft(village, SYSTEM, new_key(), standard=True)
    assert {clause.theme for clause in queries.clauses_of(draft(village))} == set(Theme)
    assert len(queries.clauses_of(draft(village))) == 15


@pytest.mark.parametrize("copy_of", [3, 99, 2])
def test_a_draft_cannot_begin_from_a_version_that_is_none(village: Place, copy_of: int) -> None:
    make_covenant(village)
    with pytest.raises(UnknownCovenantError):
        services.begin_draft(village, SYSTEM, new_key(), copy_of=copy_of)


def test_the_programs_own_text_speaks_the_words_of_the_kind_of_place(app: Flask) -> None:
    community = make_village("miaopo", PlaceKind.COMMUNITY, "庙坡社区")
    said = "".join(clause.text for clause in services.standard_clauses(community))
    assert "居民会议" in said
    assert "村" not in said
    assert "{" not in said


@pytest.mark.parametrize(
    ("clauses", "field"),
    [
        ([BOOKS, ClauseDraft("１", Theme.TRUST, "守信")], "code-2"),
        ([ClauseDraft("", Theme.TRUST, "守信")], "code-1"),
        ([ClauseDraft("<b>", Theme.TRUST, "守信")], "code-1"),
        ([ClauseDraft("9" * 21, Theme.TRUST, "守信")], "code-1"),
        ([BOOKS, ClauseDraft("2", Theme.TRUST, " \u200b\n")], "text-2"),
        ([ClauseDraft("2", Theme.TRUST, "字" * 601)], "text-1"),
        ([ClauseDraft(str(number), Theme.TRUST, "守信") for number in range(101)], None),
    ],
)
def test_a_clause_that_cannot_be_taken_is_told_at_its_place(
    village: Place, clauses: list[ClauseDraft], field: str | None
) -> None:
    services.begin_draft(village, SYSTEM, new_key())
    with pytest.raises(InvalidInputError) as refused:
        services.save_draft(village, "新约", clauses, SYSTEM, seen=1)
    assert refused.value.field == field
    assert list(queries.clauses_of(draft(village))) == []


@pytest.mark.parametrize(
    ("day", "said"), [(date(2026, 2, 9), "决议"), (date(2028, 1, 1), "明年"), (date(1900, 1, 1), "决议")]
)
def test_a_text_holds_from_the_resolution_on_and_not_in_a_far_future(village: Place, day: date, said: str) -> None:
    revision = make_draft(village)
    services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, new_key(), seen=0)
    with pytest.raises(CovenantRefusedError, match=said) as refused:
        services.adopt(village, day, "", SYSTEM, new_key(), seen=revision)
    assert refused.value.field == "effective_on"


def test_a_version_does_not_hold_before_the_one_it_follows(village: Place) -> None:
    make_covenant(village, effective_on=TODAY)
    services.begin_draft(village, SYSTEM, new_key())
    services.record_adoption(village, Subject.COVENANT, 2, VOTED, SYSTEM, new_key(), seen=0)
    with pytest.raises(CovenantRefusedError, match="第1版"):
        services.adopt(village, date(2026, 3, 1), "", SYSTEM, new_key(), seen=1)


def test_an_empty_text_is_not_adopted(village: Place) -> None:
    services.begin_draft(village, SYSTEM, new_key())
    services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, new_key(), seen=0)
    with pytest.raises(CovenantRefusedError, match="一条也没有"):
        services.adopt(village, TODAY, "", SYSTEM, new_key(), seen=1)


def test_what_there_is_none_of_is_not_found(village: Place) -> None:
    other = make_village("miaopo", name="庙坡村")
    make_covenant(other)
    for act in (
        lambda: services.save_draft(village, "约", [], SYSTEM, seen=1),
        lambda: services.discard_draft(village, SYSTEM, new_key(), seen=1),
        lambda: services.adopt(village, TODAY, "", SYSTEM, new_key(), seen=1),
        lambda: queries.covenant(village.id, 1),
        lambda: queries.covenant_line(village.id, 2**70),
    ):
        with pytest.raises(UnknownCovenantError):
            act()


def test_a_pasted_text_becomes_clauses_with_their_numbers_and_themes() -> None:
    pasted = (
        "一、学\n第一条 勤读书。\n\n【美】\n2. 门前三包。\n（三）垃圾分类。\n善 · 向善助人\n4、帮老助小。\n搭把手。\n"
        "和气生财，邻里和睦。\n2. 又一个二。"
    )
    assert services.parse_text(pasted) == [
        ClauseDraft("一", Theme.STUDY, "勤读书。"),
        ClauseDraft("2", Theme.BEAUTY, "门前三包。"),
        ClauseDraft("三", Theme.BEAUTY, "垃圾分类。"),
        ClauseDraft("4", Theme.KINDNESS, "帮老助小。"),
        ClauseDraft("5", Theme.KINDNESS, "搭把手。"),
        ClauseDraft("6", Theme.KINDNESS, "和气生财，邻里和睦。"),
        ClauseDraft("7", Theme.KINDNESS, "又一个二。"),
    ]


def test_verify_names_a_gap_an_empty_version_and_a_record_of_nothing(village: Place) -> None:
    make_covenant(village)
    services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, new_key(), seen=1)
    row = {"village_id": village.id, "version": 3, "title": "三", "state": CovenantState.ADOPTED, "revision": 1}
    row |= {"id": new_id(), "reason": "", "actor": "system", "created_at": clock.now(), "adopted_at": clock.now()}
    with transaction() as current:
        current.execute(insert(table_of(Covenant)), [{**row, "effective_on": date(2026, 1, 1)}])
    found = "\n".join(verification.problems(village))
    for words in ("第3版：前面缺了第2版", "第3版：一条也没有", "第3版：生效日期早于第1版", "第3版：还没有写会议"):
        assert words in found, words
    session().rollback()
