"""Whatever is typed or sent to the pages of the room, the answer is a page, never an error of the program."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.people.models import Household, Resident
from pointsbank.places.models import Place
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.web.conftest import csrf, sign_in

PEOPLE = "/desk/qingxi/people/"
POSTS = (
    "new", "{0}/edit", "{0}/consent", "{0}/consent/withdraw", "{0}/head", "{0}/residents/new", "{0}/close",
    "residents/{1}", "residents/{1}/move", "residents/{1}/close", "import", "import/apply",
)  # fmt: skip
GETS = ("", "{0}", "{0}/statement.xlsx", "roster.xlsx", "roster-template.xlsx")
FIELDS = (
    "number", "group", "name", "relation", "former_relation", "sex", "born_on", "phone", "residence", "party_member",
    "note", "record_id_number", "id_number", "household", "resident", "consent_on", "version", "key", "file",
    "with_id_numbers", "with_party", "shown", "sort", "after", "before", "first_day", "last_day", "id_numbers", "party",
)  # fmt: skip
NASTY = (
    "", "0", "-1", "1000000000", "9" * 400, "NaN", "１２", "1,000", "²", "2月30日", "9999-12-31", "0000-00-00",
    "字" * 10_000, "<script>alert(1)</script>", "{{ 7 * 7 }}", "' OR 1=1 --", "\u202e\u200b\ufeff", "\x00", "a\r\nb",
    "\U0001f468\u200d\U0001f469", "../../etc/passwd",
)  # fmt: skip


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张建国", number="03-012", group=3)


@pytest.fixture
def wife(village: Place, household: Household) -> Resident:
    return make_resident(village, household)


def test_nothing_that_is_typed_breaks_a_form_or_changes_anything(
    client: FlaskClient, household: Household, wife: Resident
) -> None:
    token = csrf(client)
    for value in NASTY:
        for path in POSTS:
            data = {"csrf_token": token, **dict.fromkeys(FIELDS, value)}
            answer = client.post(PEOPLE + path.format(household.id, wife.id), data=data)
            assert 400 <= answer.status_code < 500, (path, value)
            assert "<script>alert" not in answer.text
    assert (household.version, wife.version) == (1, 1)


def test_half_a_surrogate_and_doubled_fields_break_nothing(
    client: FlaskClient, household: Household, wife: Resident
) -> None:
    token = csrf(client)
    for body in (b"%ED%A0%80", b"%FF%FE", b"1&{0}=2"):
        for path in POSTS:
            pairs = (name.encode() + b"=" + body.replace(b"{0}", name.encode()) for name in FIELDS if name != "key")
            data = b"csrf_token=" + token.encode() + b"&" + b"&".join(pairs)
            answer = client.post(
                PEOPLE + path.format(household.id, wife.id),
                data=data,
                content_type="application/x-www-form-urlencoded",
            )
            assert answer.status_code < 500, (path, body)


def test_nothing_in_an_address_breaks_a_page(client: FlaskClient, household: Household) -> None:
    for value in NASTY:
        for path in GETS:
            query = dict.fromkeys(FIELDS, value)
            assert client.get(PEOPLE + path.format(household.id), query_string=query).status_code < 500, (path, value)


@pytest.mark.parametrize("number", ["0", "1", "99999999999999999999999", "x", "-1"])
def test_an_id_that_nobody_has_is_not_found(client: FlaskClient, village: Place, number: str) -> None:
    for path in ("{0}", "{0}/edit", "{0}/head", "{0}/consent", "{0}/residents/new", "residents/{0}"):
        assert client.get(PEOPLE + path.format(number)).status_code == 404
