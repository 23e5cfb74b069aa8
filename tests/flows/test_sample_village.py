"""The sample village is a whole village: its people, its months, its shop, and today something is going on in it."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from config import Config
from pointsbank.access.models import Role
from pointsbank.access.services import secret_matches
from pointsbank.boards import queries as boards
from pointsbank.cards.models import Card, Deputy
from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Rule
from pointsbank.deeds.models import (
    Claim,
    ClaimState,
    Decision,
    Hanging,
    Objection,
    ObjectionOutcome,
    Recusal,
    Suspension,
)
from pointsbank.foundation import clock, periods
from pointsbank.foundation.database import session
from pointsbank.fund import queries as fund
from pointsbank.fund.models import DonorKind, SubsidyState
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.models import HouseholdMonth, Transfer, TransferKind
from pointsbank.market import queries as market
from pointsbank.market.models import (
    Good,
    Order,
    OrderState,
    Origin,
    Purchase,
    PurchaseState,
    Redemption,
    Settlement,
    SettlementState,
    StockMove,
    Stocktake,
    StocktakeState,
)
from pointsbank.people.models import Household, Resident
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.reports import verification
from pointsbank.sample import SignIns
from pointsbank.sample.table import HANDED_DOWN, NEXT_POINTS
from tests.conftest import MORNING, SECRETS
from tests.sample import loaded_sample

FINISHED = ("2025-12", "2026-01", "2026-02")
RUNNING = "2026-03"
RARE = ("㛃", "𬭎", "䶮", "𠅤", "堃", "喆", "镕")
HOUSEHOLDS = 260


def config_for(folder: Path) -> Config:
    return Config(database_url="sqlite://", instance=folder, secrets=SECRETS, testing=True)


@pytest.fixture(scope="module")
def loaded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, SignIns]]:
    """Loaded once for all tests of this file, which only read."""
    folder = tmp_path_factory.mktemp("sample")
    with loaded_sample(config_for(folder), sqlite_template, folder, MORNING) as sample:
        yield sample


@pytest.fixture
def sign_ins(loaded: tuple[Flask, SignIns]) -> SignIns:
    return loaded[1]


@pytest.fixture
def village(loaded: tuple[Flask, SignIns]) -> Place:
    return places.village_by_code("qingxi")


def one(query: Any) -> Any:
    return session().execute(query).scalar_one()


def names(village: Place) -> list[str]:
    return list(session().scalars(select(Resident.name).where(Resident.village_id == village.id)))


def test_it_lies_in_its_town_county_and_city(village: Place) -> None:
    assert [place.name for place in places.path_of(village)][:2] == ["清溪村", "田湾镇"]
    assert [place.kind.value for place in places.path_of(village)] == ["village", "town", "county", "city"]
    community = places.village_by_code("miaopo")
    assert (community.name, community.kind.value, community.parent_id) == ("庙坡社区", "community", village.parent_id)
    assert one(select(func.count()).where(Household.village_id == community.id)) == 30


def test_people_live_there(village: Place) -> None:
    assert len(places.groups(village.id)) == 8
    assert one(select(func.count()).where(Household.village_id == village.id)) == HOUSEHOLDS
    people = names(village)
    assert 850 <= len(people) <= 950
    assert all(any(mark in name for name in people) for mark in (*RARE, "欧阳", "阿依古丽·买买提"))
    assert 3 in Counter(people).values()


def test_there_is_somebody_in_every_role_and_some_are_in_two(sign_ins: SignIns) -> None:
    assert {role for person in sign_ins.staff for role in person.roles} == {role.value for role in Role}
    assert sum(len(person.roles) > 1 for person in sign_ins.staff) >= 2
    assert len({person.password for person in sign_ins.staff}) == len(sign_ins.staff)
    assert sign_ins.of_role("clerk").place == "清溪村"


def test_three_cards_have_a_pin(sign_ins: SignIns, village: Place) -> None:
    assert len(sign_ins.cards) == 3
    for shown in sign_ins.cards:
        card = session().scalars(select(Card).where(Card.number == shown.number, Card.village_id == village.id)).one()
        assert secret_matches(card.pin_hash, shown.pin)
        assert (card.household.number, card.household.head_name) == (shown.household, shown.head)
    assert one(select(func.count()).where(Card.village_id == village.id)) == HOUSEHOLDS + 4


def test_some_households_have_two_cards_one_expired_and_some_let_others_collect(village: Place) -> None:
    further = session().scalars(select(Card).where(Card.village_id == village.id, Card.name != "")).all()
    assert [card.works_on(clock.today()) for card in further].count(False) == 1
    assert one(select(func.count()).where(Deputy.village_id == village.id, Deputy.closed_at.is_(None))) == 3


@pytest.mark.parametrize("period", FINISHED)
def test_a_finished_month_is_that_of_a_real_village(village: Place, period: str) -> None:
    claims = session().scalars(
        select(Claim).where(Claim.village_id == village.id, Claim.period == period, Claim.state == ClaimState.BOOKED)
    )
    booked = claims.all()
    assert 360 <= len(booked) <= 470
    assert 1_700_00 <= sum(claim.points for claim in booked) <= 2_300_00
    without = HOUSEHOLDS - len({claim.household_id for claim in booked})
    assert 0.28 <= without / HOUSEHOLDS <= 0.40
    assert len({claim.rule_id for claim in booked}) >= 30
    assert len({claim.occurred_on for claim in booked}) >= 25
    assert max(Counter(claim.household_id for claim in booked).values()) >= 6


def test_there_are_three_finished_months_and_a_running_one(village: Place) -> None:
    months = sorted(month.period for month in boards.months(village.id))
    assert months == [*FINISHED, RUNNING]
    assert [month.period for month in boards.months(village.id) if month.is_frozen] == list(reversed(FINISHED[:-1]))


def test_nobody_is_above_the_totals(village: Place) -> None:
    settings = places.settings_now(village.id)
    month, year = (
        session()
        .execute(
            select(func.max(HouseholdMonth.earned), func.max(HouseholdMonth.earned + HouseholdMonth.honoured)).where(
                HouseholdMonth.village_id == village.id
            )
        )
        .one()
    )
    assert 0 < month <= settings.household_month_max
    assert year <= settings.household_year_max


def test_rare_and_minority_names_never_stand_beside_a_deduction(village: Place) -> None:
    spared = (*RARE, "欧阳", "·")
    deducted = session().scalars(select(Claim.household_id).where(Claim.village_id == village.id, Claim.points < 0))
    found = session().scalars(select(Resident.name).where(Resident.household_id.in_(set(deducted)))).all()
    assert found
    assert not [name for name in found if any(mark in name for mark in spared)]


def test_the_shop_received_goods_gave_some_out_and_still_has_some(village: Place) -> None:
    donors = session().scalars(select(StockMove).where(StockMove.village_id == village.id, StockMove.kind == "receive"))
    assert len(donors.all()) >= 65
    for period in (*FINISHED, RUNNING):
        first, last = periods.days_of(period)
        given = select(func.count()).where(
            Redemption.village_id == village.id, Redemption.redeemed_on.between(first, last)
        )
        assert one(given) >= (15 if period > FINISHED[0] else 8), period  # at first nobody has points yet
    assert one(select(func.count()).where(Good.village_id == village.id, Good.on_hand > 0)) > 55


def test_orders_stand_in_every_state_and_three_of_today_wait(village: Place) -> None:
    orders = session().scalars(select(Order).where(Order.village_id == village.id).order_by(Order.serial)).all()
    assert {order.state for order in orders} == set(OrderState)
    waiting = [order for order in orders if order.state is OrderState.WAITING]
    assert [order.placed_on for order in waiting] == [clock.today()] * 3


def test_the_shop_has_lots_from_donors_and_sellers_and_a_fund_that_pays_for_them(village: Place) -> None:
    assert {intake.origin for intake in market.intakes(village.id)} == {Origin.DONATION, Origin.PURCHASE}
    assert market.expiring(village.id) != []
    assert fund.balance(village.id) > 0
    assert fund.dues(village.id) == []
    givers = {gift.donor_kind for gift in fund.all_donations(village.id, None, None)}
    assert givers >= {DonorKind.HOUSEHOLD, DonorKind.COMPANY}
    states = {row.state for row in session().scalars(select(Purchase).where(Purchase.village_id == village.id))}
    assert states == {PurchaseState.QUOTED, PurchaseState.PUBLISHED}


def test_the_partner_shop_is_settled_and_the_shelf_was_counted(village: Place) -> None:
    settled = session().scalars(select(Settlement).where(Settlement.village_id == village.id)).all()
    assert settled != []
    assert {one.state for one in settled} == {SettlementState.SIGNED}
    [taken] = session().scalars(select(Stocktake).where(Stocktake.village_id == village.id))
    assert taken.state is StocktakeState.CONFIRMED


def test_nothing_happened_after_the_moment_of_loading_or_out_of_order(village: Place) -> None:
    moments = session().scalars(
        select(Transfer.booked_at).where(Transfer.village_id == village.id).order_by(Transfer.sequence)
    )
    booked = moments.all()
    assert booked == sorted(booked)
    assert booked[-1] <= MORNING


def test_the_boards_of_the_past_have_deeds_of_merit_by_consent(village: Place) -> None:
    for period in FINISHED[:-1]:
        content = boards.month_content(village, period)
        assert len(content.merits) >= 3, period


def test_there_is_a_fund_with_donors_and_a_subsidy_that_came(village: Place) -> None:
    assert {one.donor_kind for one in fund.donations(village.id)} == set(DonorKind)
    assert [one.state for one in fund.subsidies(village.id)] == [SubsidyState.APPLIED, SubsidyState.RECEIVED]
    assert boards.board_content(village, "2026-01").donors != ()
    assert fund.coverage(village.id).ratio is not None


def test_every_book_is_sound(loaded: tuple[Flask, SignIns]) -> None:
    for place in places.villages():
        assert verification.verify_village(place).problems == []
    assert verification.verify_installation() == []


def test_one_mistake_a_month_was_undone(village: Place) -> None:
    undone = select(func.count(Transfer.refers_to.distinct())).where(  # what is spent already is taken in two parts
        Transfer.village_id == village.id, Transfer.kind == TransferKind.EARN_REVERSAL
    )
    assert one(undone) == len(FINISHED)


# --- the way from claim to booking ---


def test_the_two_open_months_have_claims_in_every_state(village: Place) -> None:
    first, _ = periods.days_of(FINISHED[-1])
    states = select(Claim.state).where(Claim.village_id == village.id, Claim.occurred_on >= first).distinct()
    assert set(session().scalars(states)) == set(ClaimState)


def test_the_finished_months_went_the_whole_way(village: Place) -> None:
    booked = select(func.count()).where(Claim.village_id == village.id, Claim.state == ClaimState.BOOKED)
    assert one(booked.where(Claim.notice_id.is_(None))) == 0
    assert one(select(func.count()).where(Hanging.village_id == village.id, Hanging.hung_on.is_(None))) == 0
    decided = select(func.count(Decision.claim_id.distinct())).where(Decision.village_id == village.id)
    assert one(decided.join(Decision.claim).where(Claim.state == ClaimState.BOOKED)) == one(booked)


def test_there_is_an_objection_of_each_outcome_and_an_open_one(village: Place) -> None:
    outcomes = session().scalars(select(Objection.outcome).where(Objection.village_id == village.id).distinct())
    assert set(outcomes) == {*ObjectionOutcome, None}


def test_somebody_stood_aside_somebody_is_suspended_and_a_rule_changed_mid_month(village: Place) -> None:
    assert one(select(func.count()).where(Recusal.village_id == village.id)) >= 10
    suspension = session().scalars(select(Suspension).where(Suspension.village_id == village.id)).one()
    assert suspension.until >= suspension.starts_on
    points = {claim.rule.points for claim in claims_by_rule(village, "HS12") if claim.occurred_on.month == 1}
    assert points == {300, 200}


def test_the_county_handed_rules_down_and_the_next_version_is_being_drafted(village: Place) -> None:
    lines = covenant.table_lines(covenant.places_above(village))
    assert [(line.place.name, line.version) for line in lines] == [("龙滩县", 1)]
    assert covenant.followed(village, lines) == {"longtan": 1}
    rules = {rule.code: rule for rule in covenant.newest_drafts(village.id)}
    assert {rule.code for rule in rules.values() if rule.handed_down_by} == set(HANDED_DOWN)
    draft = covenant.draft_rules(village.id)
    assert draft is not None
    assert {rule.code: rule.points for rule in draft if rule.points != rules[rule.code].points} == NEXT_POINTS


def claims_by_rule(village: Place, code: str) -> list[Claim]:
    query = select(Claim).join(Claim.rule).where(Claim.village_id == village.id, Rule.code == code)
    return list(session().scalars(query))


# --- other days -------------------------------------------------------------------------------------------------------


def head_of_sample(template: Path, folder: Path, moment: datetime) -> str:
    with loaded_sample(config_for(folder), template, folder, moment):
        sequence, digest = ledger.head(places.village_by_code("qingxi").id)
        return f"{sequence}:{digest.hex()}"


@pytest.mark.long_only
def test_the_same_day_gives_the_same_book_whatever_the_hour(
    loaded: tuple[Flask, SignIns], village: Place, sqlite_template: Path, tmp_path: Path
) -> None:
    sequence, digest = ledger.head(village.id)
    evening = MORNING + timedelta(hours=9)
    assert head_of_sample(sqlite_template, tmp_path / "again", evening) == f"{sequence}:{digest.hex()}"


FIRST_OF_MONTH = date(2026, 5, 1)
OTHER_DAYS = (date(2026, 8, 31), date(2027, 1, 2), date(2028, 2, 29), date(2026, 10, 10))  # the last is a market day


@pytest.mark.long_only
def test_the_running_month_is_alive_on_any_day(sqlite_template: Path, tmp_path: Path) -> None:
    """The first of a month is the hardest; each load takes its time."""
    for day in (FIRST_OF_MONTH, *OTHER_DAYS):
        assert_alive_on(day, sqlite_template, tmp_path / day.isoformat())


def assert_alive_on(day: date, sqlite_template: Path, folder: Path) -> None:
    moment = datetime(day.year, day.month, day.day, 1, 30, tzinfo=UTC)
    with loaded_sample(config_for(folder), sqlite_template, folder, moment):
        village = places.village_by_code("qingxi")
        last_month = periods.previous_period(periods.period_of(day))
        assert len(boards.month_content(village, last_month).ranking) >= 20
        waiting = select(func.count()).where(Order.village_id == village.id, Order.state == OrderState.WAITING)
        assert one(waiting) == 3
        today = select(func.count()).where(Redemption.village_id == village.id, Redemption.redeemed_on == day)
        assert one(today) >= 1
        first, _ = periods.days_of(periods.period_of(day))
        of_the_month = select(func.count()).where(
            Claim.village_id == village.id, Claim.occurred_on >= first, Claim.points > 0
        )
        assert one(of_the_month) >= 30
        assert verification.verify_village(village).problems == []
