"""How versions are adopted: quorums are data, what is missing is said, only the vote can forbid."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from pointsbank.audit import queries as trail
from pointsbank.covenant import policies, queries, services, verification
from pointsbank.covenant.errors import (
    AdoptionChangedError,
    CovenantRefusedError,
    UnknownCovenantError,
    UnknownRuleError,
)
from pointsbank.covenant.models import MeetingKind, SignatureState, Subject
from pointsbank.covenant.services import AdoptionDetails
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import EnvironmentProblemError, InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place, PlaceKind
from tests.conftest import both_databases
from tests.covenants import RESOLVED, VOTED, make_covenant, make_draft, voted
from tests.factories import make_village
from tests.rules import make_rules

WHOLE = voted(
    proposed_on=date(2026, 1, 10),
    consulted_on=date(2026, 1, 15),
    deliberated_on=date(2026, 1, 20),
    resolution_published_on=date(2026, 2, 11),
    result_published_on=date(2026, 3, 1),
    legal_reviewed_on=date(2026, 1, 25),
    legal_reviewer="镇司法所",
    filed_on=date(2026, 2, 15),
    filing_number="备〔2026〕3号",
    signature_state=SignatureState.COMPLETE,
)
VILLAGE, COMMUNITY = PlaceKind.VILLAGE, PlaceKind.COMMUNITY


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def missing(
    details: AdoptionDetails, subject: Subject = Subject.COVENANT, kind: PlaceKind = VILLAGE
) -> dict[str, bool]:
    return {item.sentence: item.forbids for item in policies.shortfalls(kind, subject, details)}


def test_nothing_is_missing_where_all_is_recorded() -> None:
    assert missing(WHOLE) == {}


@pytest.mark.parametrize(
    ("kind", "meeting", "expected", "present", "in_favour", "enough"),
    [
        (VILLAGE, MeetingKind.ASSEMBLY, 100, 51, 26, True),
        (VILLAGE, MeetingKind.ASSEMBLY, 100, 50, 50, False),
        (VILLAGE, MeetingKind.ASSEMBLY, 101, 51, 25, False),
        (VILLAGE, MeetingKind.HOUSEHOLDS, 90, 60, 31, True),
        (VILLAGE, MeetingKind.HOUSEHOLDS, 90, 59, 59, False),
        (VILLAGE, MeetingKind.HOUSEHOLDS, 91, 61, 31, True),
        (VILLAGE, MeetingKind.HOUSEHOLDS, 90, 60, 30, False),
        (VILLAGE, MeetingKind.REPRESENTATIVES, 30, 30, 30, False),
        (COMMUNITY, MeetingKind.HOUSEHOLDS, 90, 46, 24, True),
        (COMMUNITY, MeetingKind.HOUSEHOLDS, 90, 45, 45, False),
    ],
)
def test_the_quorum_of_a_covenant_is_counted_to_the_person(
    kind: PlaceKind, meeting: MeetingKind, expected: int, present: int, in_favour: int, enough: bool
) -> None:
    details = voted(
        meeting_kind=meeting, expected=expected, present=present, in_favour=in_favour, against=0, abstained=0
    )
    assert any(missing(details, kind=kind).values()) == (not enough)


def test_a_quorum_that_is_not_reached_says_who_was_needed_and_who_was_there() -> None:
    [sentence] = [
        words for words, forbids in missing(voted(present=59, in_favour=50, against=9, abstained=0)).items() if forbids
    ]
    assert sentence == "到会人数不够：应到 90 户，三分之二以上到会才有效，也就是至少 60 户；实到 59 户，还差 1 户。"
    [sentence] = [words for words, forbids in missing(voted(in_favour=30)).items() if forbids]
    assert sentence == "赞成的不够：实到 60 户，超过一半赞成才能通过，也就是至少 31 户；赞成 30 户，还差 1 户。"


def test_rules_may_be_adopted_by_the_representatives_when_the_assembly_has_let_them() -> None:
    details = AdoptionDetails(
        resolved_on=RESOLVED, meeting_kind=MeetingKind.REPRESENTATIVES, expected=30, present=20, in_favour=11
    )
    [sentence] = [words for words, forbids in missing(details, Subject.RULE_BOOK).items() if forbids]
    assert "要先有村民会议的授权" in sentence
    assert not any(missing(replace(details, authorised_on=date(2026, 1, 1)), Subject.RULE_BOOK).values())
    late = missing(replace(details, authorised_on=date(2026, 2, 11)), Subject.RULE_BOOK)
    assert any("晚于决议" in words for words in late)
    assert any(missing(replace(details, authorised_on=date(2026, 1, 1))).values())  # a covenant never


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"deliberated_on": None}, "党员大会审议"),
        ({"deliberated_on": date(2026, 1, 9)}, "“党员大会审议”（2026-01-09）早于“村“两委”商议”（2026-01-15）"),
        ({"filed_on": None}, "备案的日期"),
        ({"filing_number": ""}, "备案号"),
        ({"filed_on": date(2026, 2, 9)}, "早于决议"),
        ({"legal_reviewed_on": None}, "合法性审核"),
        ({"legal_reviewer": ""}, "谁审的"),
        ({"signature_state": SignatureState.CIRCULATING}, "还在签"),
        ({"abstained": 0}, "比实到少 9 户"),
    ],
)
def test_what_else_is_missing_is_said_and_does_not_forbid(details: dict[str, object], words: str) -> None:
    found = missing(replace(WHOLE, **details))  # type: ignore[arg-type]  # one detail at a time
    assert any(words in sentence for sentence in found)
    assert not any(found.values())


def test_every_shortfall_names_its_source() -> None:
    for kind in (VILLAGE, COMMUNITY):
        for subject in Subject:
            assert all(item.source for item in policies.shortfalls(kind, subject, AdoptionDetails()))


def test_words_follow_the_kind_of_place() -> None:
    said = "".join(missing(voted(meeting_kind=MeetingKind.REPRESENTATIVES), kind=COMMUNITY))
    assert "居民代表会议通过居民公约，要先有居民会议的授权" in said
    assert "村" not in said


def test_a_community_may_leave_its_covenant_to_the_representatives_and_a_village_may_not() -> None:
    details = voted(
        meeting_kind=MeetingKind.REPRESENTATIVES, expected=30, present=20, in_favour=11, against=9, abstained=0
    )
    authorised = replace(details, authorised_on=date(2026, 1, 5))
    assert not any(missing(authorised, kind=COMMUNITY).values())
    assert any(missing(replace(authorised, present=19, against=8), kind=COMMUNITY).values())
    assert any("村规民约要由村民会议通过" in words for words in missing(authorised))
    assert [policies.may_be_authorised(kind, Subject.COVENANT) for kind in (VILLAGE, COMMUNITY)] == [False, True]


@pytest.mark.parametrize("spoilt", ["2/3,no", "village,covenant,assembly", "2025-10-28"], ids=["share", "key", "date"])
def test_a_spoilt_file_of_quorums_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spoilt: str) -> None:
    text = policies.QUORUMS_FILE.read_text(encoding="utf-8").replace(spoilt, "5/3,no" if "/" in spoilt else "x,x")
    (tmp_path / "quorums.csv").write_text(text, encoding="utf-8")
    monkeypatch.setattr(policies, "QUORUMS_FILE", tmp_path / "quorums.csv")
    policies.quorums.cache_clear()
    try:
        with pytest.raises(EnvironmentProblemError, match="重新安装"):
            policies.quorums()
    finally:
        monkeypatch.undo()
        policies.quorums.cache_clear()


@both_databases
def test_all_that_is_recorded_comes_back_and_the_trail_says_what_changed(village: Place) -> None:
    make_draft(village)
    services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, new_key(), seen=0)
    services.record_adoption(village, Subject.COVENANT, 1, WHOLE, SYSTEM, new_key(), seen=1)
    assert policies.details_of(queries.adoption(village.id, Subject.COVENANT, 1)) == WHOLE
    said = next(line.text for line in trail.trail(village.id) if line.event.action == "adoption.record")
    assert "备案号：空 → 备〔2026〕3号" in said
    assert "应到" not in said


@both_databases
def test_the_record_of_a_rule_book_is_kept_beside_that_of_the_covenant(village: Place) -> None:
    make_covenant(village)
    make_rules(village)
    details = AdoptionDetails(authorised_on=date(2026, 1, 1))
    services.record_adoption(village, Subject.RULE_BOOK, 1, details, SYSTEM, new_key(), seen=0)
    assert policies.details_of(queries.adoption(village.id, Subject.RULE_BOOK, 1)) == details
    assert policies.details_of(queries.adoption(village.id, Subject.COVENANT, 1)) == VOTED
    assert verification.problems(village) == []


def test_whoever_fills_in_an_old_record_is_told(village: Place) -> None:
    make_draft(village)
    services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, new_key(), seen=0)
    with pytest.raises(AdoptionChangedError):
        services.record_adoption(village, Subject.COVENANT, 1, WHOLE, SYSTEM, new_key(), seen=0)


@pytest.mark.parametrize(
    "details",
    [
        AdoptionDetails(),
        voted(resolved_on=None),
        voted(present=59),
        voted(in_favour=30),
        voted(meeting_kind=MeetingKind.REPRESENTATIVES),
    ],
    ids=["nothing", "no day", "too few there", "too few agree", "wrong meeting"],
)
def test_a_text_is_not_adopted_without_a_vote_that_reaches_the_quorum(village: Place, details: AdoptionDetails) -> None:
    revision = make_draft(village)
    details = replace(details, against=None, abstained=None)
    services.record_adoption(village, Subject.COVENANT, 1, details, SYSTEM, new_key(), seen=0)
    with pytest.raises(CovenantRefusedError, match="补齐"):
        services.adopt(village, date(2026, 3, 1), "", SYSTEM, new_key(), seen=revision)
    assert queries.latest_covenant(village.id) is None


def test_the_vote_that_made_a_version_valid_cannot_be_taken_away_again(village: Place) -> None:
    make_covenant(village)
    for details in (voted(in_favour=30), voted(resolved_on=None), voted(resolved_on=date(2026, 2, 11))):
        with pytest.raises(CovenantRefusedError):
            services.record_adoption(village, Subject.COVENANT, 1, details, SYSTEM, new_key(), seen=1)
    services.record_adoption(village, Subject.COVENANT, 1, voted(filing_number="3"), SYSTEM, new_key(), seen=1)
    assert verification.problems(village) == []


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"present": 91}, "present"),
        ({"expected": None}, "expected"),
        ({"present": None}, "present"),
        ({"in_favour": 32}, "in_favour"),
        ({"expected": 10**9}, "expected"),
        ({"against": -1}, "against"),
        ({"proposed_on": date(2026, 3, 19)}, "proposed_on"),
        ({"filed_on": date(9999, 12, 31)}, "filed_on"),
        ({"resolved_on": date(1900, 1, 1)}, "resolved_on"),
        ({"legal_reviewer": "字" * 41}, "legal_reviewer"),
        ({"filing_number": "字" * 10_000}, "filing_number"),
        ({"note": "字" * 201}, "note"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(village: Place, details: dict[str, object], field: str) -> None:
    make_draft(village)
    with pytest.raises(InvalidInputError) as refused:
        services.record_adoption(village, Subject.COVENANT, 1, voted(**details), SYSTEM, new_key(), seen=0)
    assert refused.value.field == field


def test_only_a_version_that_there_is_has_a_record(village: Place) -> None:
    other = make_village("miaopo", name="庙坡村")
    make_covenant(other)
    make_rules(other)
    with pytest.raises(UnknownCovenantError):
        services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, new_key(), seen=0)
    with pytest.raises(UnknownRuleError):
        services.record_adoption(village, Subject.RULE_BOOK, 1, VOTED, SYSTEM, new_key(), seen=0)
