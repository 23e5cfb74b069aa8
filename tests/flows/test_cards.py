"""A household's cards: issued once, found by what a scanner reads, dead when lost, replaced or expired."""

from datetime import date, timedelta

import pytest
from flask import Flask

from pointsbank.cards import queries, services
from pointsbank.cards.errors import (
    CardExistsError,
    CardExpiredError,
    CardLostError,
    CardOfClosedHouseholdError,
    ForeignCardError,
    NoSuchCardError,
    TooManyCardsError,
)
from pointsbank.cards.models import Card, CardState
from pointsbank.cards.verification import problems
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError, NotFoundError, PointsBankError
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


def test_one_of_those_to_be_served_must_not_have_a_card(village: Place, household: Household) -> None:
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


def more(village: Place, household: Household, name: str = "") -> Card:
    added = services.add_card(village, household.id, name, SYSTEM, new_key())
    return queries.card(village.id, added["card"])


def test_a_household_has_several_cards_that_work_each_by_itself(village: Place, household: Household) -> None:
    first, second = make_card(village, household), more(village, household, "奶奶的")
    assert queries.card_presented(village, first.number) is first
    assert queries.card_presented(village, second.number) is second
    services.report_lost(village, first.id, SYSTEM)
    assert queries.card_presented(village, second.number) is second
    assert queries.card(village.id, second.id).name == "奶奶的"
    assert services.issue_cards(village, None, SYSTEM, new_key())["issued"] == 0


def test_a_sixth_card_is_refused_until_one_ends(village: Place, household: Household, still_clock: FixedClock) -> None:
    cards = [more(village, household) for _ in range(services.CARDS_PER_HOUSEHOLD_MAX)]
    with pytest.raises(TooManyCardsError):
        more(village, household)
    services.edit_card(village, cards[0].id, "", clock.today(), SYSTEM)
    still_clock.move(timedelta(days=1))
    more(village, household)
    with pytest.raises(TooManyCardsError):  # nor does it come back by being extended
        services.edit_card(village, cards[0].id, "", None, SYSTEM)
    assert problems(village) == []


def test_an_expired_card_opens_nothing_and_works_again_when_extended(
    village: Place, household: Household, still_clock: FixedClock
) -> None:
    card = make_card(village, household)
    services.edit_card(village, card.id, "老屋的", clock.today(), SYSTEM)
    assert queries.card_presented(village, card.number) is card
    still_clock.move(timedelta(days=1))
    assert queries.card_presented(village, card.number) is None
    assert queries.households_without_card(village.id) == 1
    services.edit_card(village, card.id, "老屋的", clock.today() + timedelta(days=30), SYSTEM)
    assert queries.card_presented(village, card.number) is card


@pytest.mark.parametrize("last_day", [date(2026, 3, 17), date(1, 1, 1), date(9999, 12, 31)])
def test_a_last_day_that_cannot_be_is_refused(village: Place, household: Household, last_day: date) -> None:
    card = make_card(village, household)
    with pytest.raises(InvalidInputError):
        services.edit_card(village, card.id, "", last_day, SYSTEM)
    assert queries.card(village.id, card.id).expires_on is None


def test_a_card_is_replaced_once_and_hands_on_its_name_and_last_day(village: Place, household: Household) -> None:
    old, until = make_card(village, household), clock.today() + timedelta(days=90)
    services.edit_card(village, old.id, "奶奶的", until, SYSTEM)
    new = queries.card(village.id, services.replace_card(village, old.id, SYSTEM, new_key())["card"])
    assert (new.name, new.expires_on, new.replaces) == ("奶奶的", until, old.serial)
    with pytest.raises(CardExistsError):
        services.replace_card(village, old.id, SYSTEM, new_key())
    assert problems(village) == []


def test_a_card_that_expired_is_replaced_by_one_without_a_last_day(
    village: Place, household: Household, still_clock: FixedClock
) -> None:
    old = make_card(village, household)
    services.edit_card(village, old.id, "", clock.today(), SYSTEM)
    still_clock.move(timedelta(days=1))
    new = queries.card(village.id, services.replace_card(village, old.id, SYSTEM, new_key())["card"])
    assert new.expires_on is None
    assert queries.card_presented(village, new.number) is new


def test_the_desk_is_told_exactly_why_a_card_does_not_work(
    village: Place, household: Household, still_clock: FixedClock
) -> None:
    lost, expired, closed = (
        make_card(village, one) for one in (household, make_household(village), make_household(village))
    )
    services.report_lost(village, lost.id, SYSTEM)
    services.edit_card(village, expired.id, "", clock.today(), SYSTEM)
    people.close_household(village, closed.household_id, closed.household.version, SYSTEM)
    still_clock.move(timedelta(days=1))
    miaopo = make_village("miaopo", name="庙坡村")
    foreign = make_card(miaopo, make_household(miaopo))
    shown = {
        lost.number: CardLostError,
        queries.qr_text(village, expired): CardExpiredError,
        closed.number: CardOfClosedHouseholdError,
        queries.qr_text(miaopo, foreign): ForeignCardError,
        f"PB1:qingxi:{new_token()}": NoSuchCardError,
    }
    for text, reason in shown.items():
        with pytest.raises(PointsBankError) as told:
            queries.card_at_desk(village, text)
        assert type(told.value) is reason, text
        assert queries.card_presented(village, text) is None
    assert queries.card_at_desk(village, "张三") is None


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


def test_verification_names_a_replaced_card_that_came_to_life_again(village: Place, household: Household) -> None:
    old = make_card(village, household)
    new = queries.card(village.id, services.replace_card(village, old.id, SYSTEM, new_key())["card"])
    with transaction():
        found = session().get_one(Card, old.id)
        found.state, found.lost_at = CardState.ACTIVE, None
    assert problems(village) == [f"卡第{new.serial}张：所补的旧卡没有作废，或不是这一户的"]


def test_the_desks_list_filters_and_pages_by_key(village: Place) -> None:
    households = [make_household(village, name) for name in ("张三", "李四", "王五")]
    card = make_card(village, households[0])
    services.set_pin(village, card.id, "271828", SYSTEM)
    lost = make_card(village, households[1])
    services.report_lost(village, lost.id, SYSTEM)

    def listed(only: queries.CardFilter, words: str = "", after: int = 0, limit: int = 10) -> list[str]:
        rows = queries.households_with_cards(village, only=only, words=words, after=after, limit=limit)
        return [row.household.head_name for row in rows]

    assert listed(queries.CardFilter.ALL) == ["张三", "李四", "王五"]
    assert listed(queries.CardFilter.WITHOUT) == ["李四", "王五"]
    assert listed(queries.CardFilter.WITH_PIN) == ["张三"]
    assert listed(queries.CardFilter.LOST) == ["李四"]
    more(village, households[0])
    assert listed(queries.CardFilter.SEVERAL) == ["张三"]
    assert listed(queries.CardFilter.ALL, words=queries.qr_text(village, card)) == ["张三"]
    assert listed(queries.CardFilter.ALL, words=card.number) == ["张三"]
    assert listed(queries.CardFilter.ALL, words="五") == ["王五"]
    assert listed(queries.CardFilter.ALL, words="%") == []
    assert listed(queries.CardFilter.ALL, after=households[0].serial, limit=1) == ["李四"]
