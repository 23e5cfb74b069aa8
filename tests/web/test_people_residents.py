"""People are added to a household, edited, moved, closed and taken back at the desk."""

import re
from collections.abc import Mapping
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.people import services
from pointsbank.people.models import Household, Resident
from pointsbank.people.services import ResidentDetails
from pointsbank.places.models import Place
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.rosters import id_number
from tests.web.conftest import post, sign_in
from tests.web.test_people_editing import error_at

PEOPLE = "/desk/qingxi/people/"
LI = {
    "name": "李小芳",
    "relation": "配偶",
    "sex": "",
    "residence": "resident",
    "party_member": "",
    "phone": "13812341234",
}


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


def add(client: FlaskClient, household: Household, **changes: object) -> TestResponse:
    return post(client, f"{PEOPLE}{household.id}/residents/new", {"key": new_key(), **LI, **changes})


def act(
    client: FlaskClient, resident: Resident, what: str = "", data: Mapping[str, object] | None = None
) -> TestResponse:
    """Submit an act on a person as stored, unless data says which version was seen."""
    return post(client, f"{PEOPLE}residents/{resident.id}{what}", {"version": resident.version, **(data or {})})


def test_a_person_is_added_once(client: FlaskClient, household: Household) -> None:
    key = new_key()
    answer = add(client, household, key=key, born_on="1962-05-06", party_member="yes")
    assert (answer.status_code, answer.location) == (303, f"{PEOPLE}{household.id}")
    assert add(client, household, key=key, born_on="1962-05-06", party_member="yes").status_code == 303
    _, added = household.residents
    assert (added.name, added.relation, added.born_on) == ("李小芳", "配偶", date(1962, 5, 6))
    assert added.party_member is True
    assert "已添加李小芳" in client.get(answer.location).text


@pytest.mark.parametrize(
    ("changes", "field", "status"),
    [
        ({"name": ""}, "name", 422),
        ({"name": "张建国"}, "name", 409),
        ({"relation": "户主"}, "relation", 409),
        ({"relation": "远" * 21}, "relation", 422),
        ({"relation": "远" * 10_000}, "relation", 422),
        ({"born_on": "9999-01-01"}, "born_on", 422),
        ({"record_id_number": "y", "id_number": "110101199003074515"}, "id_number", 422),
    ],
)
def test_a_person_who_cannot_be_added_is_told_at_the_field(
    client: FlaskClient, household: Household, changes: dict[str, object], field: str, status: int
) -> None:
    answer = add(client, household, **changes)
    assert answer.status_code == status
    assert error_at(answer, field)
    assert 'value="13812341234"' in answer.text
    assert len(household.residents) == 1


def test_an_id_number_of_somebody_else_is_refused_and_what_was_typed_is_kept(
    client: FlaskClient, village: Place, household: Household
) -> None:
    number = id_number("19620506", 52)
    other = ResidentDetails("王五", id_number=number)
    services.add_household(village, "1-1", 1, other, SYSTEM, new_key())
    answer = add(client, household, record_id_number="y", id_number=number)
    assert answer.status_code == 409
    assert "01-001 户的王五" in error_at(answer, "id_number")
    assert f'value="{number}"' in answer.text


def test_details_are_edited_and_the_stored_id_number_stays(client: FlaskClient, village: Place) -> None:
    number = id_number("19620506", 52)
    head = ResidentDetails("李小芳", id_number=number)
    resident = services.add_household(village, "1-1", 1, head, SYSTEM, new_key()).residents[0]
    digest = resident.id_number_digest
    changed = {
        **LI,
        "name": "李晓芳",
        "relation": "户主",
        "sex": "female",
        "born_on": "1962-05-06",
        "phone": "13912341234",
    }
    assert act(client, resident, data=changed).status_code == 303
    assert (resident.name, resident.phone, resident.id_number_digest) == ("李晓芳", "13912341234", digest)
    assert resident.household.head_name == "李晓芳"
    answer = act(client, resident, data={**changed, "born_on": "1962-05-07"})
    assert answer.status_code == 422
    assert "1962-05-06" in error_at(answer, "born_on")
    assert number not in answer.text


def test_a_head_stays_head_here(client: FlaskClient, household: Household) -> None:
    head = household.residents[0]
    answer = act(client, head, data={**LI, "relation": "父亲"})
    assert answer.status_code == 409
    assert "换户主" in error_at(answer, "relation")


def test_who_edits_a_person_second_is_told(client: FlaskClient, wife: Resident) -> None:
    seen = wife.version
    act(client, wife, data={**LI, "phone": "13911111111"})
    answer = act(client, wife, data={**LI, "phone": "13922222222", "version": seen})
    assert answer.status_code == 409
    assert 'value="13922222222"' in answer.text
    assert "<dd>13911111111</dd>" in answer.text
    assert wife.phone == "13911111111"
    version = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)
    assert version is not None
    assert version[1] == str(wife.version)


def test_a_person_moves_to_another_household(client: FlaskClient, village: Place, wife: Resident) -> None:
    target = make_household(village, "李大山", number="05-001", group=5)
    answer = act(client, wife, "/move", {"household": "5-1", "relation": "女儿"})
    assert (answer.status_code, answer.location) == (303, f"{PEOPLE}{target.id}")
    assert (wife.household_id, wife.relation) == (target.id, "女儿")


@pytest.mark.parametrize(
    ("data", "field", "status"),
    [
        ({"household": ""}, "household", 422),
        ({"household": "99-99"}, "household", 422),
        ({"household": "<b>"}, "household", 422),
        ({"household": "05-001", "relation": "户主"}, "relation", 409),
        ({"household": "05-002"}, "household", 409),
    ],
)
def test_a_move_that_cannot_be_is_told_at_the_field(
    client: FlaskClient, village: Place, wife: Resident, data: dict[str, object], field: str, status: int
) -> None:
    make_household(village, "李大山", number="05-001", group=5)
    closed = make_household(village, "李小山", number="05-002", group=5)
    services.close_household(village, closed.id, closed.version, SYSTEM)
    before = wife.household_id
    answer = act(client, wife, "/move", data)
    assert answer.status_code == status
    assert error_at(answer, field)
    assert wife.household_id == before


def test_a_person_is_closed_and_taken_back(client: FlaskClient, wife: Resident) -> None:
    answer = act(client, wife, "/close")
    assert answer.status_code == 303
    assert wife.closed_on == clock.today()
    assert f'href="{PEOPLE}residents/{wife.id}"' in client.get(answer.location).text  # the way to undo it
    assert "恢复在册" in client.get(f"{PEOPLE}residents/{wife.id}").text
    assert act(client, wife, "/reopen").status_code == 303
    assert wife.closed_on is None


def test_a_head_is_not_closed_alone(client: FlaskClient, household: Household) -> None:
    head = household.residents[0]
    answer = act(client, head, "/close")
    assert answer.status_code == 409
    assert "请先换户主" in answer.text
    assert 'value="张建国"' in answer.text  # the stored details, not an empty form
    assert head.closed_on is None


def test_closing_from_an_old_page_is_told(client: FlaskClient, wife: Resident) -> None:
    seen = wife.version
    act(client, wife, data={**LI, "phone": "13911111111"})
    assert act(client, wife, "/close", {"version": seen}).status_code == 409
    assert wife.closed_on is None


def test_somebody_whose_id_number_is_in_use_is_not_taken_back(
    client: FlaskClient, village: Place, household: Household
) -> None:
    details = ResidentDetails("李小芳", "配偶", id_number=id_number("19620506", 52))
    gone = services.add_resident(village, household.id, details, SYSTEM, new_key())
    services.close_resident(village, gone.id, gone.version, SYSTEM)
    services.add_resident(village, make_household(village).id, details, SYSTEM, new_key())
    answer = act(client, gone, "/reopen")
    assert answer.status_code == 409
    assert "已经登记给" in answer.text
    assert gone.closed_on is not None
