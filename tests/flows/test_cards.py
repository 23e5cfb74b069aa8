"""A household's card: issued once, found by what a scanner reads, dead when it is lost."""

import pytest
from flask import Flask

from pointsbank.cards import queries, services
from pointsbank.cards.errors import CardExistsError
from pointsbank.cards.models import Card, CardState
from pointsbank.cards.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.identifiers import new_key, new_token
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.people import services as people
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_card, make_household, make_village

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village)


def test_every_household_without_a_card_gets_one(village: Place, household: Household) -> None:
    others = [make_household(village), make_household(village)]
    make_card(village, household)
    result = services.issue_cards(village, None, SYSTEM, new_key())
    assert result["issued"] == 2
    assert queries.households_without_card(village.id) == 0
    for served in (household, *others):
        assert len(queries.cards_of_household(village.id, served.id)) == 1
    assert problems(village) == []


def test_issuing_twice_with_one_key_issues_once(village: Place, household: Household) -> None:
    key = new_key()
    first = services.issue_cards(village, [household.id], SYSTEM, key)
    assert services.issue_cards(village, [household.id], SYSTEM, key) == first
    assert len(queries.cards_of_household(village.id, household.id)) == 1
    with pytest.raises(SameKeyOtherContentError):
        services.issue_cards(village, None, SYSTEM, key)


def test_a_household_has_one_card_that_works(village: Place, household: Household) -> None:
    make_card(village, household)
    with pytest.raises(CardExistsError):
        services.issue_cards(village, [household.id], SYSTEM, new_key())


def test_no_card_for_a_closed_or_another_villages_household(village: Place, household: Household) -> None:
    elsewhere = make_household(make_village("miaopo", name="庙坡村"))
    people.close_household(village, household.id, household.version, SYSTEM)
    for refused in (household.id, elsewhere.id):
        with pytest.raises(NotFoundError):
            services.issue_cards(village, [refused], SYSTEM, new_key())
    assert services.issue_cards(village, None, SYSTEM, new_key())["issued"] == 0


def test_a_card_is_found_by_its_qr_and_by_its_number(village: Place, household: Household) -> None:
    card = make_card(village, household)
    assert queries.card_presented(village, queries.qr_text(village, card)) is card
    assert queries.card_presented(village, card.number) is card
    assert queries.card_presented(village, f" {card.number} ") is card


def test_a_slip_in_a_number_is_noticed(village: Place, household: Household) -> None:
    card = make_card(village, household)
    for place in range(len(card.number)):
        wrong = str((int(card.number[place]) + 1) % 10)
        assert queries.card_presented(village, card.number[:place] + wrong + card.number[place + 1 :]) is None


@pytest.mark.parametrize(
    "presented", ["", "PB1", "PB1:qingxi:", f"PB1:qingxi:{'x' * 43}", "\udc80", "\0", "９" * 200, "' OR 1=1 --"]
)
def test_what_is_no_card_is_none(village: Place, household: Household, presented: str) -> None:
    make_card(village, household)
    assert queries.card_presented(village, presented) is None


def test_another_villages_card_is_none_whatever_it_says(village: Place) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    text = queries.qr_text(miaopo, make_card(miaopo, make_household(miaopo)))
    assert queries.card_presented(village, text) is None
    assert queries.card_presented(village, text.replace("miaopo", "qingxi")) is None


def test_a_lost_card_opens_nothing_and_a_new_one_does(village: Place, household: Household) -> None:
    old = make_card(village, household)
    old_text, old_number = queries.qr_text(village, old), old.number
    services.report_lost(village, old.id, SYSTEM)
    assert queries.card_presented(village, old_text) is None
    assert queries.card_presented(village, old_number) is None
    new = make_card(village, household)
    assert new.number != old_number
    assert queries.card_presented(village, queries.qr_text(village, new)) is new


def test_replacing_ends_the_old_card_and_gives_a_new_one_at_once(village: Place, household: Household) -> None:
    old = make_card(village, household)
    key = new_key()
    new_id = services.replace_card(village, old.id, SYSTEM, key)["card"]
    assert services.replace_card(village, old.id, SYSTEM, key)["card"] == new_id
    states = {card.id: card.state for card in queries.cards_of_household(village.id, household.id)}
    assert states == {old.id: CardState.LOST, new_id: CardState.ACTIVE}
    assert queries.card(village.id, new_id).pin_hash is None


def test_another_villages_card_cannot_be_reported_lost(village: Place) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    card = make_card(miaopo, make_household(miaopo))
    with pytest.raises(NotFoundError):
        services.report_lost(village, card.id, SYSTEM)
    assert queries.card(miaopo.id, card.id).state is CardState.ACTIVE


def test_the_token_is_stored_only_sealed(village: Place, household: Household) -> None:
    card = make_card(village, household)
    token = queries.qr_text(village, card).rpartition(":")[2]
    assert len(token) == len(new_token())
    assert token not in card.token_sealed
    assert token.encode() != card.token_digest


def test_verification_names_a_card_whose_number_was_changed(village: Place, household: Household) -> None:
    card = make_card(village, household)
    with transaction():
        session().get_one(Card, card.id).number = "00000010"
    assert problems(village) == [f"卡第{card.serial}张：卡号与序号不符"]


def test_the_desks_list_filters_and_pages_by_key(village: Place) -> None:
    households = [make_household(village, name) for name in ("张三", "李四", "王五")]
    card = make_card(village, households[0])
    services.set_pin(village, card.id, "271828", SYSTEM)
    lost = make_card(village, households[1])
    services.report_lost(village, lost.id, SYSTEM)

    def listed(only: queries.CardFilter, words: str = "", after: int = 0, limit: int = 10) -> list[str]:
        rows = queries.households_with_cards(village.id, only=only, words=words, after=after, limit=limit)
        return [row.household.head_name for row in rows]

    assert listed(queries.CardFilter.ALL) == ["张三", "李四", "王五"]
    assert listed(queries.CardFilter.WITHOUT) == ["李四", "王五"]
    assert listed(queries.CardFilter.WITH_PIN) == ["张三"]
    assert listed(queries.CardFilter.LOST) == ["李四"]
    assert listed(queries.CardFilter.ALL, words=card.number) == ["张三"]
    assert listed(queries.CardFilter.ALL, words="五") == ["王五"]
    assert listed(queries.CardFilter.ALL, words="%") == []
    assert listed(queries.CardFilter.ALL, after=households[0].serial, limit=1) == ["李四"]
