"""Whoever tries a door that is not theirs leaves a line in the trail."""

from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.audit.models import INSTALLATION, Outcome
from pointsbank.audit.queries import trail
from pointsbank.audit.verification import problems
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries
from pointsbank.people.models import Household
from pointsbank.places.models import PlaceKind
from tests.factories import make_good, make_household, make_staff, make_village
from tests.web.conftest import post, sign_in


def test_a_page_without_the_right_to_it_is_noted_in_the_village(app: Flask, client: FlaskClient) -> None:
    village = make_village()
    shopkeeper = make_staff(village, Role.SHOPKEEPER)
    sign_in(client, shopkeeper)
    assert client.get("/desk/qingxi/staff").status_code == 403
    newest = trail(village.id, limit=1)[0]
    assert (newest.event.outcome, newest.event.actor) == (Outcome.REFUSED, shopkeeper.actor.key)
    assert (newest.event.subject, newest.text) == ("access.staff_list", "/desk/qingxi/staff")
    assert problems(village.id) == []


def test_another_villages_address_is_noted_for_the_installation(app: Flask, client: FlaskClient) -> None:
    make_village("miaopo", PlaceKind.COMMUNITY, "庙坡社区")
    stranger = make_staff(make_village(), Role.CLERK)
    sign_in(client, stranger)
    assert client.get("/desk/miaopo/").status_code == 404
    newest = trail(INSTALLATION, limit=1)[0]
    assert (newest.event.outcome, newest.event.actor) == (Outcome.REFUSED, stranger.actor.key)
    assert newest.text == "/desk/miaopo/"


def test_a_page_that_does_not_exist_is_not_noted(app: Flask, client: FlaskClient) -> None:
    village = make_village()
    sign_in(client, make_staff(village, Role.CLERK))
    before = len(trail(village.id))
    assert client.get("/desk/qingxi/nothing-here").status_code == 404
    assert len(trail(village.id)) == before


def test_another_villages_household_or_good_at_the_counter_is_noted(app: Flask, client: FlaskClient) -> None:
    village, other = make_village(), make_village("miaopo", PlaceKind.COMMUNITY, "庙坡社区")
    sign_in(client, make_staff(village, Role.SHOPKEEPER))
    ours, theirs, good = make_household(village), make_household(other), make_good(other, "大米")
    unknown: list[tuple[Household, dict[str, str]]] = [
        (theirs, {}),
        (ours, {"good": "99", "quantity": "1", "confirm": "1"}),
        (ours, {"pick": "99"}),
    ]
    for household, goods in unknown:
        before = len(trail(village.id))
        path = f"/desk/qingxi/market/counter/{household.id}"
        answer = post(client, path, {"key": new_key(), "scan": "", "points_seen": "100", **goods})
        assert answer.status_code == 404
        assert len(trail(village.id)) == before + 1
        newest = trail(village.id, limit=1)[0]
        assert (newest.event.outcome, newest.text) == (Outcome.REFUSED, path)
    assert queries.good(other.id, good.serial).on_hand == good.on_hand
