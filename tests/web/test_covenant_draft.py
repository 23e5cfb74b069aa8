"""The draft on screen: blocks are added, moved, pasted and saved as a whole; then the version is adopted."""

import re
from collections.abc import Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.covenant import queries, services
from pointsbank.covenant.models import Subject, Theme
from pointsbank.covenant.services import ClauseDraft, clause_draft_of
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from tests.covenants import BOOKS, CLAUSES, HONEST, VOTED, YARD, make_covenant, make_draft
from tests.factories import make_staff, make_village
from tests.web.conftest import post, sign_in

ROOM = "/desk/qingxi/covenant/"
DRAFT = ROOM + "text/draft"
HOSTILE = ["<script>alert(1)</script>", "{{ 7 * 7 }}", "'; DROP TABLE clauses; --", "\u202e\u200b", "\x00"]


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


def sent(clauses: Sequence[ClauseDraft] = CLAUSES, **details: object) -> dict[str, object]:
    """The form as a browser sends it: one value of each name for every block."""
    return {
        "title": "清溪村村规民约",
        "seen_revision": "2",
        "act": "save",
        "code": [clause.code for clause in clauses],
        "theme": [str(clause.theme) for clause in clauses],
        "text": [clause.text for clause in clauses],
        **details,
    }


def stored(village: Place) -> list[ClauseDraft]:
    found = queries.draft_covenant(village.id)
    return [clause_draft_of(clause) for clause in queries.clauses_of(found)] if found else []


def codes_shown(answer: TestResponse) -> list[str]:
    return re.findall(r'<input[^>]*value="([^"]*)"[^>]*name="code"', answer.text)


def test_a_draft_begins_by_one_tap_however_often(client: FlaskClient, village: Place) -> None:
    assert f'action="{DRAFT}/begin"' in client.get(ROOM + "text").text
    for _ in range(2):
        answer = post(client, DRAFT + "/begin", {"origin": "standard", "key": "tap"})
        assert (answer.status_code, answer.location) == (303, DRAFT)
    assert len(stored(village)) == 15
    assert len(codes_shown(client.get(DRAFT))) == 15
    assert post(client, DRAFT + "/begin", {"origin": "empty", "key": "other"}).status_code == 409


@pytest.mark.parametrize("origin", ["", "x", "-1", "1e9", "9" * 30, "99", "１"])
def test_a_draft_does_not_begin_from_what_is_not_there(client: FlaskClient, village: Place, origin: str) -> None:
    assert post(client, DRAFT + "/begin", {"origin": origin, "key": new_key()}).status_code in (404, 422)
    assert queries.draft_covenant(village.id) is None


def test_what_is_saved_is_what_was_typed(client: FlaskClient, village: Place) -> None:
    make_draft(village)
    new = ClauseDraft("二.4", Theme.HARMONY, "孝敬老人。")
    answer = post(client, DRAFT, sent([HONEST, new, BOOKS], code=["３", "第二.4条", "1"]))
    assert (answer.status_code, answer.location) == (303, DRAFT)
    assert stored(village) == [HONEST, new, BOOKS]


@pytest.mark.parametrize(
    ("act", "codes"),
    [
        ("up-2", ["2", "1", "3"]),
        ("up-1", ["1", "2", "3"]),
        ("down-1", ["2", "1", "3"]),
        ("down-3", ["1", "2", "3"]),
        ("remove-2", ["1", "3"]),
        ("add", ["1", "2", "3", "4"]),
        ("after-1", ["1", "4", "2", "3"]),
    ],
)
def test_blocks_are_arranged_without_saving_anything(
    client: FlaskClient, village: Place, act: str, codes: list[str]
) -> None:
    make_draft(village, BOOKS)
    answer = post(client, DRAFT, sent(act=act))
    assert answer.status_code == 200
    assert codes_shown(answer) == codes
    assert "还没有保存" in answer.text
    assert stored(village) == [BOOKS]


@pytest.mark.parametrize(
    ("spoilt", "at"),
    [
        ({"code": ["1", "1", "3"]}, "code-2-error"),
        ({"code": ["1", "", "3"]}, "code-2-error"),
        ({"text": ["勤读书", "守信", " "]}, "text-3-error"),
        ({"text": ["勤读书", "字" * 10_000, "守信"]}, "text-2-error"),
        ({"theme": ["study", "x", "trust"]}, "theme-2-error"),
        ({"title": ""}, "title-error"),
        ({"title": "字" * 10_000}, "title-error"),
        ({"seen_revision": "x"}, "alert"),
        ({"seen_revision": ""}, "alert"),
    ],
)
def test_what_cannot_be_taken_is_told_at_its_place_and_the_rest_is_kept(
    client: FlaskClient, village: Place, spoilt: dict[str, object], at: str
) -> None:
    make_draft(village)
    answer = post(client, DRAFT, sent() | spoilt)
    assert answer.status_code == 422
    assert at in answer.text
    assert HONEST.text in answer.text or "守信" in answer.text
    assert stored(village) == list(CLAUSES)


@pytest.mark.parametrize("names", [("code",), ("text", "theme")])
def test_blocks_that_do_not_belong_together_are_refused(
    client: FlaskClient, village: Place, names: tuple[str, ...]
) -> None:
    make_draft(village)
    assert post(client, DRAFT, sent() | {name: ["1"] for name in names}).status_code == 422
    assert stored(village) == list(CLAUSES)


@pytest.mark.parametrize("act", ["up-0", "up-99", "remove-9999999999", "x", "", "add-1", "up-²"])
def test_an_act_that_is_none_saves(client: FlaskClient, village: Place, act: str) -> None:
    make_draft(village)
    assert post(client, DRAFT, sent([YARD], act=act)).status_code == 303
    assert stored(village) == [YARD]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_words_are_shown_as_words_or_refused(client: FlaskClient, village: Place, value: str) -> None:
    make_draft(village)
    for name in ("text", "code", "title", "theme"):
        answer = post(client, DRAFT, sent([BOOKS], **{name: value if name == "title" else [value]}))
        assert answer.status_code in (303, 409, 422)
        assert "<script>alert" not in client.get(DRAFT).text


def test_two_people_at_one_draft_do_not_overwrite_each_other(client: FlaskClient, village: Place) -> None:
    make_draft(village)
    assert post(client, DRAFT, sent([YARD])).status_code == 303
    answer = post(client, DRAFT, sent([HONEST]))
    assert answer.status_code == 409
    assert HONEST.text in answer.text
    assert YARD.text in answer.text
    assert stored(village) == [YARD]
    [seen] = set(re.findall(r'name="seen_revision" value="(\d+)"', answer.text))
    assert post(client, DRAFT, sent([HONEST], seen_revision=seen)).status_code == 303
    assert stored(village) == [HONEST]


def test_a_pasted_text_is_shown_as_blocks_first(client: FlaskClient, village: Place) -> None:
    make_draft(village)
    pasted = {"pasted": "学\n第一条 爱读书。\n善\n帮老人。", "seen_revision": "2"}
    answer = post(client, DRAFT + "/paste", pasted)
    assert answer.status_code == 200
    assert codes_shown(answer) == ["一", "2"]
    assert '<option value="kindness" selected>' in answer.text
    assert stored(village) == list(CLAUSES)


@pytest.mark.parametrize("pasted", ["", " \n\u200b\n", "学\n美", "字\n" * 101, "字" * 70_001])
def test_a_text_without_clauses_or_with_too_many_is_refused(client: FlaskClient, village: Place, pasted: str) -> None:
    make_draft(village)
    answer = post(client, DRAFT + "/paste", {"pasted": pasted, "seen_revision": "2"})
    assert answer.status_code == 422
    assert "pasted-error" in answer.text


def test_a_draft_is_discarded_once_and_only_as_it_was_seen(client: FlaskClient, village: Place) -> None:
    make_draft(village)
    assert post(client, DRAFT + "/discard", {"seen_revision": "1", "key": new_key()}).status_code == 409
    assert post(client, DRAFT + "/discard", {"seen_revision": "x", "key": new_key()}).status_code == 422
    assert post(client, DRAFT + "/discard", {"key": new_key()}).status_code == 422
    for _ in range(2):
        assert post(client, DRAFT + "/discard", {"seen_revision": "2", "key": "tap"}).status_code == 303
    assert queries.draft_covenant(village.id) is None


def test_a_draft_is_adopted_after_its_vote_and_holds_from_its_day(client: FlaskClient, village: Place) -> None:
    make_draft(village)
    form = {"effective_on": "2026-03-01", "reason": "户代表会议通过", "seen_revision": "2", "key": "tap"}
    refused = post(client, DRAFT + "/adopt", form)
    assert refused.status_code == 422
    assert "补齐这一项才能采用" in refused.text
    services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, new_key(), seen=0)
    page = client.get(DRAFT + "/adopt").text
    assert 'value="2026-02-10"' in page
    assert "可以采用了" in page
    for _ in range(2):
        answer = post(client, DRAFT + "/adopt", form)
        assert (answer.status_code, answer.location) == (303, ROOM + "text/versions/1")
    assert len(queries.covenants(village.id)) == 1


@pytest.mark.parametrize(
    ("spoilt", "at"),
    [
        ({"effective_on": "2026-02-30"}, "effective_on-error"),
        ({"effective_on": "9999-12-31"}, "effective_on-error"),
        ({"effective_on": "1900-01-01"}, "effective_on-error"),
        ({"effective_on": ""}, "effective_on-error"),
        ({"reason": ""}, "reason-error"),
        ({"reason": "字" * 10_000}, "reason-error"),
        ({"seen_revision": "1"}, "alert"),
        ({"seen_revision": "-1"}, "alert"),
        ({"key": ""}, "alert"),
    ],
)
def test_an_adoption_that_cannot_be_is_told_at_its_field(
    client: FlaskClient, village: Place, spoilt: dict[str, str], at: str
) -> None:
    make_draft(village)
    services.record_adoption(village, Subject.COVENANT, 1, VOTED, SYSTEM, new_key(), seen=0)
    form = {"effective_on": "2026-03-01", "reason": "通过", "seen_revision": "2", "key": new_key(), **spoilt}
    answer = post(client, DRAFT + "/adopt", form)
    assert answer.status_code in (409, 422)
    assert at in answer.text
    assert queries.latest_covenant(village.id) is None


def test_a_clause_of_the_covenant_is_chosen_for_a_rule(client: FlaskClient, village: Place) -> None:
    make_covenant(village)
    form = {"code": "GY01", "category": "公益", "name": "志愿服务", "points": "2", "unit": "次", "track": "points"}
    form |= dict.fromkeys(("cap_span", "cap_scope", "step_1", "step_2", "step_3", "step_4", "step_5"), "")
    form |= dict.fromkeys(("times_span", "times_scope"), "") | {"effect": "none", "evidence_kind": "none"}
    form |= {"seen_version": "0", "seen_revision": "0"}
    page = client.get(ROOM + "rules/new").text
    assert f"第 1 条 {BOOKS.text}" in page
    refused = post(client, ROOM + "rules/new", {**form, "clause_code": "9", "key": new_key()})
    assert refused.status_code == 422
    assert "clause_code-error" in refused.text
    assert post(client, ROOM + "rules/new", {**form, "clause_code": "1", "key": new_key()}).status_code == 303
    assert [rule.clause_code for rule in queries.draft_rules(village.id) or []] == ["1"]
