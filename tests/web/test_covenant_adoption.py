"""How a version was adopted is filled in on screen; what cannot be is told at its field, what was typed is kept."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.covenant import policies, queries
from pointsbank.covenant.models import MeetingKind, SignatureState, Subject
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from tests.covenants import make_draft
from tests.factories import make_staff, make_village
from tests.rules import make_rules
from tests.web.conftest import post, sign_in

ROOM = "/desk/qingxi/covenant/adoptions/"
OF_COVENANT, OF_RULES = ROOM + "covenant/1/edit", ROOM + "rule_book/1/edit"
FILLED = {
    "resolved_on": "2026-02-10",
    "meeting_kind": "households",
    "expected": "９０",
    "present": "60",
    "in_favour": "31",
    "against": "20",
    "abstained": "9",
    "legal_reviewer": "镇司法所",
    "filing_number": "备〔2026〕3号",
    "signature_state": "complete",
    "seen_revision": "0",
}


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    make_draft(place)
    make_rules(place)
    sign_in(client, make_staff(place, Role.CLERK))
    return place


def filled(**details: str) -> dict[str, str]:
    return {**FILLED, "key": new_key(), **details}


def test_what_is_filled_in_is_kept_and_shown_in_the_form_again(client: FlaskClient, village: Place) -> None:
    answer = post(client, OF_COVENANT, filled())
    assert (answer.status_code, answer.location) == (303, ROOM + "covenant/1")
    kept = policies.details_of(queries.adoption(village.id, Subject.COVENANT, 1))
    assert (kept.meeting_kind, kept.expected, kept.present) == (MeetingKind.HOUSEHOLDS, 90, 60)
    assert (kept.signature_state, kept.filing_number) == (SignatureState.COMPLETE, "备〔2026〕3号")
    page = client.get(OF_COVENANT).text
    for value in ("2026-02-10", "90", "备〔2026〕3号"):
        assert f'value="{value}"' in page
    assert '<option selected value="households">' in page
    assert "还没有写日期的" in client.get(ROOM + "covenant/1").text


def test_nothing_but_the_key_is_enough_to_keep_a_record(client: FlaskClient, village: Place) -> None:
    empty = {"meeting_kind": "", "signature_state": "none", "seen_revision": "0", "key": "tap"}
    for _ in range(2):
        assert post(client, OF_COVENANT, empty).status_code == 303
    assert queries.adoptions(village.id, Subject.COVENANT)[1].revision == 1


def test_a_rule_book_asks_for_the_authorisation_and_a_covenant_for_the_filing(
    client: FlaskClient, village: Place
) -> None:
    rules, covenant = client.get(OF_RULES).text, client.get(OF_COVENANT).text
    assert ('name="authorised_on"' in rules, 'name="filed_on"' in rules) == (True, False)
    assert ('name="authorised_on"' in covenant, 'name="filed_on"' in covenant) == (False, True)
    form = {"meeting_kind": "representatives", "authorised_on": "2026-01-05", "seen_revision": "0", "key": new_key()}
    assert post(client, OF_RULES, {**form, "filing_number": "7"}).status_code == 303
    kept = policies.details_of(queries.adoption(village.id, Subject.RULE_BOOK, 1))
    assert (str(kept.authorised_on), kept.filing_number) == ("2026-01-05", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resolved_on", "2026-02-30"),
        ("resolved_on", "9999-12-31"),
        ("resolved_on", "1900-01-01"),
        ("proposed_on", "2026-03-19"),
        ("proposed_on", "x"),
        ("meeting_kind", "party"),
        ("expected", "-1"),
        ("expected", "1e9"),
        ("expected", "1000000000"),
        ("expected", "1,000"),
        ("expected", "0"),
        ("expected", "九十"),
        ("expected", "9" * 5_000),
        ("present", "91"),
        ("present", "5.5"),
        ("in_favour", "32"),
        ("against", "<b>"),
        ("abstained", "٣"),
        ("legal_reviewer", "字" * 10_000),
        ("filing_number", "字" * 41),
        ("signature_state", "x"),
        ("note", "字" * 10_000),
    ],
)
def test_what_cannot_be_is_told_at_its_field(client: FlaskClient, village: Place, name: str, value: str) -> None:
    answer = post(client, OF_COVENANT, filled(**{name: value}))
    assert answer.status_code == 422
    assert re.search(r'class="field-error" id="\w+-error"', answer.text)
    assert "镇司法所" in answer.text or name == "legal_reviewer"
    assert queries.adoption(village.id, Subject.COVENANT, 1) is None


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "{{ 7 * 7 }}", "\u202e\u200b", "\x00"])
def test_hostile_words_are_only_words(client: FlaskClient, village: Place, value: str) -> None:
    form = filled(note=value, legal_reviewer=value, filing_number=value)
    assert post(client, OF_COVENANT, form).status_code in (303, 422)
    assert "<script>alert" not in client.get(ROOM + "covenant/1").text


def test_whoever_fills_in_an_old_record_is_shown_the_new_one_and_may_save_over_it(
    client: FlaskClient, village: Place
) -> None:
    assert post(client, OF_COVENANT, filled()).status_code == 303
    answer = post(client, OF_COVENANT, filled(filing_number="4号"))
    assert answer.status_code == 409
    assert 'value="4号"' in answer.text
    assert "备〔2026〕3号" in answer.text
    assert 'name="seen_revision" type="hidden" value="1"' in answer.text
    assert post(client, OF_COVENANT, filled(filing_number="4号", seen_revision="1")).status_code == 303


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 30])
def test_a_form_that_is_not_whole_is_refused(client: FlaskClient, village: Place, seen: str) -> None:
    assert post(client, OF_COVENANT, filled(seen_revision=seen)).status_code == 422
    assert post(client, OF_COVENANT, filled(key="")).status_code == 422
    assert post(client, OF_COVENANT, {**filled(), "key": "tap"}).status_code == 303
    assert post(client, OF_COVENANT, {**filled(note="别的"), "key": "tap"}).status_code == 409


@pytest.mark.parametrize("path", ["covenant/2/edit", "rule_book/9/edit", "x/1/edit", "covenant/0/edit"])
def test_a_version_that_is_none_has_no_record(client: FlaskClient, village: Place, path: str) -> None:
    assert client.get(ROOM + path).status_code == 404
    assert post(client, ROOM + path, filled()).status_code == 404
