"""Who may collect for a household: those on its list, by name on the receipt, and nobody else."""

import pytest
from flask import Flask
from sqlalchemy import text

from pointsbank.cards import queries as cards
from pointsbank.cards import services as card_services
from pointsbank.cards.errors import DeputyExistsError, DeputyNotListedError, TooManyDeputiesError
from pointsbank.cards.models import Deputy
from pointsbank.cards.verification import problems
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.market import queries, services
from pointsbank.market import verification as shop
from pointsbank.market.documents import receipts as documents
from pointsbank.market.errors import PinNeededError
from pointsbank.market.models import Good
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy, VillageSettings
from tests.conftest import both_databases
from tests.factories import make_good, make_household, make_points, make_village

SIGNED = ConfirmBy.SIGNATURE


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village)
    make_points(village, found, 20_000)
    return found


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, price=6_000)


def listed(village: Place, household: Household, name: str = "罗秀珍") -> int:
    added = card_services.add_deputy(village, household.id, name, "隔壁邻居", SYSTEM, new_key())
    found: int = added["deputy"]
    return found


def collect(village: Place, household: Household, rice: Good, deputy_id: int | None, key: str = "") -> int:
    """The receipt number of one sack that somebody collects."""
    done = services.redeem(
        village, household.id, [(rice.id, 1)], rice.points_price, SIGNED, SYSTEM, key or new_key(), deputy_id
    )
    serial: int = done["redemption"]
    return serial


@both_databases
def test_a_listed_deputy_collects_and_stands_on_the_receipt(village: Place, household: Household, rice: Good) -> None:
    redemption = queries.redemption(village.id, collect(village, household, rice, listed(village, household)))
    assert (redemption.deputy_name, redemption.confirmed_by) == ("罗秀珍", "signature")
    assert documents.receipt_of(village, redemption).deputy == "罗秀珍"
    assert problems(village) == []


def test_an_order_is_collected_by_a_deputy_too(village: Place, household: Household, rice: Good) -> None:
    order = services.place_order(village, household.id, [(rice.id, 1)], rice.points_price, SYSTEM, new_key())["order"]
    deputy = listed(village, household)
    with pytest.raises(DeputyNotListedError):
        services.hand_over(village, order, SIGNED, SYSTEM, new_key(), 0)
    done = services.hand_over(village, order, SIGNED, SYSTEM, new_key(), deputy)
    assert queries.redemption(village.id, done["redemption"]).deputy_name == "罗秀珍"


def test_one_who_is_not_listed_or_no_longer_or_elsewhere_gets_nothing(
    village: Place, household: Household, rice: Good
) -> None:
    neighbours = listed(village, make_household(village))
    ended = listed(village, household)
    card_services.end_deputy(village, household.id, ended, SYSTEM)
    for deputy in (neighbours, ended, 0):
        with pytest.raises(DeputyNotListedError):
            collect(village, household, rice, deputy)
    assert ledger.balances(village.id, household.serial).spendable == 20_000
    assert queries.good(village.id, rice.serial).on_hand == 10


def test_a_receipt_keeps_the_name_after_the_deputy_has_ended(village: Place, household: Household, rice: Good) -> None:
    deputy = listed(village, household)
    serial = collect(village, household, rice, deputy)
    card_services.end_deputy(village, household.id, deputy, SYSTEM)
    assert cards.deputies(village.id, household.id) == []
    assert queries.redemption(village.id, serial).deputy_name == "罗秀珍"


def test_who_collected_and_who_handed_out_are_not_changed_unseen(
    village: Place, household: Household, rice: Good
) -> None:
    collect(village, household, rice, listed(village, household))
    collect(village, household, rice, None)
    assert shop.problems(village) == []
    for changed in (
        "deputy_name = '' WHERE serial = 1",
        "deputy_name = '王五' WHERE serial = 2",
        "actor = 'staff:qingxi/9'",
        "redeemed_on = '2026-01-01'",
    ):
        session().execute(text(f"UPDATE redemptions SET {changed}"))  # noqa: S608
        assert any("谁经手、谁来领" in problem for problem in shop.problems(village)), changed
        session().rollback()


def test_one_key_is_one_collection_by_one_person(village: Place, household: Household, rice: Good) -> None:
    deputy, key = listed(village, household), new_key()
    assert collect(village, household, rice, deputy, key) == collect(village, household, rice, deputy, key)
    with pytest.raises(SameKeyOtherContentError):
        collect(village, household, rice, None, key)


def test_where_the_village_wants_the_pin_a_deputy_needs_it_too(
    village: Place, household: Household, rice: Good
) -> None:
    places.change_settings(village.id, VillageSettings(confirm_by=ConfirmBy.PIN), clock.today(), SYSTEM)
    with pytest.raises(PinNeededError):
        collect(village, household, rice, listed(village, household))


def test_the_same_name_twice_and_a_sixth_deputy_are_refused(village: Place, household: Household) -> None:
    key = new_key()
    first = card_services.add_deputy(village, household.id, "罗秀珍", "邻居", SYSTEM, key)
    assert card_services.add_deputy(village, household.id, "罗秀珍", "邻居", SYSTEM, key) == first
    with pytest.raises(DeputyExistsError):
        listed(village, household)
    for name in ("刘一", "刘二", "刘三", "刘四"):
        listed(village, household, name)
    with pytest.raises(TooManyDeputiesError):
        listed(village, household, "刘五")
    card_services.end_deputy(village, household.id, first["deputy"], SYSTEM)
    listed(village, household)  # the same person again


@pytest.mark.parametrize(("name", "note"), [("", "邻居"), ("罗秀珍", ""), ("罗秀珍", "邻" * 101), ("罗" * 60, "邻居")])
def test_a_deputy_without_a_name_or_a_reason_is_refused(
    village: Place, household: Household, name: str, note: str
) -> None:
    with pytest.raises(InvalidInputError):
        card_services.add_deputy(village, household.id, name, note, SYSTEM, new_key())


def test_another_villages_household_and_deputy_are_not_found(village: Place, household: Household) -> None:
    deputy, miaopo = listed(village, household), make_village("miaopo", name="庙坡村")
    with pytest.raises(NotFoundError):
        card_services.add_deputy(miaopo, household.id, "罗秀珍", "邻居", SYSTEM, new_key())
    with pytest.raises(NotFoundError):
        card_services.end_deputy(miaopo, household.id, deputy, SYSTEM)
    assert len(cards.deputies(village.id, household.id)) == 1


def test_verification_names_a_deputy_of_another_villages_household(village: Place, household: Household) -> None:
    deputy = listed(village, household)
    miaopo = make_village("miaopo", name="庙坡村")
    with transaction():
        session().get_one(Deputy, deputy).village_id = miaopo.id
    assert problems(miaopo) == ["代领人罗秀珍：属于别处的住户"]
