"""A household number means the same household at every desk, and stands before a phone that ends so."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.deeds.forms.recording import people_meant
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.kiosk import queries as kiosk
from pointsbank.market import queries as market
from pointsbank.people import services
from pointsbank.people.models import Household
from pointsbank.people.services import ResidentDetails
from pointsbank.places.models import Place
from tests.factories import make_household, make_staff, make_village
from tests.web.conftest import sign_in


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    """Household 3 of group 2; in another one lives somebody whose phone ends in 2003."""
    found = make_household(village, "张三", number="2组3号", group=2)
    other = make_household(village, "李四", number="5-1", group=5)
    services.add_resident(village, other.id, ResidentDetails("王小宝", "子", phone="13812342003"), SYSTEM, new_key())
    return found


@pytest.mark.parametrize("text", ["2-3", "02-003", "2组3号", "23", "203", "0203", "02003"])
def test_recording_counter_and_kiosk_know_the_household_in_every_spelling(
    village: Place, household: Household, text: str
) -> None:
    assert [meant.household.number for meant in people_meant(village, text)] == ["02-003"]
    assert [hit.household.number for hit in market.customers(village, text)] == ["02-003"]
    assert kiosk.whose(village, kiosk.door(2, "3")).household_id == household.id


def test_a_phone_tail_is_offered_after_the_household_and_never_taken_for_it(
    client: FlaskClient, village: Place, household: Household
) -> None:
    assert [hit.why for hit in market.customers(village, "2003")] == ["户编号", "电话尾号"]
    sign_in(client, make_staff(village, Role.CLERK))
    answer = client.get("/desk/qingxi/deeds/record/who?q=2003").get_json()
    assert [(choice["why"], choice["detail"]) for choice in answer["choices"]] == [
        ("户编号", "2组 02-003，整户"),
        ("电话尾号", "5组 05-001，李四家，子"),
    ]
    line = {"who": "2003", "rule": "", "occurred_on": "今天"}
    asked = client.get("/desk/qingxi/deeds/record/preview", query_string=line).get_json()
    assert "beside" not in asked  # nobody is taken
    assert asked["choices"]["who"][0]["why"] == "户编号"
