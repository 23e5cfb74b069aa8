"""What a partner shop gave is settled once and for good; what comes back later goes into the next settlement."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pointsbank.access.models import Staff
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import services
from pointsbank.market.errors import SettlementMovedError
from pointsbank.market.models import Good
from pointsbank.market.queries import settlements as queries
from pointsbank.market.queries.settlements import Account
from pointsbank.market.services import partners, settlements
from pointsbank.market.settling import payable_of
from pointsbank.market.verification import problems
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.conftest import both_databases, sqlite_is_enough
from tests.factories import make_good, make_household, make_points, make_village
from tests.partners import make_partner, redeem_at

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village)
    make_points(village, found, 100_000)
    return found


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", price=1_000, on_hand=0)


@pytest.fixture
def server(village: Place, soap: Good) -> Staff:
    return make_partner(village, (soap, 455), pay_percent=90)[1]


def opened(village: Place, days_ago: int = 0) -> int:
    day = clock.today() - timedelta(days=days_ago)
    serial: int = settlements.open_settlement(village, 1, day, SYSTEM, new_key())["settlement"]
    return serial


def account(village: Place, serial: int) -> Account:
    session().rollback()
    return queries.account(queries.settlement(village.id, serial))


def close(village: Place, serial: int) -> int:
    seen = account(village, serial).payable_fen
    payable: int = settlements.close_settlement(village, serial, seen, SYSTEM, new_key())["payable_fen"]
    return payable


def test_a_return_after_the_close_is_taken_off_the_next_settlement(
    village: Place, household: Household, soap: Good, server: Staff, still_clock: FixedClock
) -> None:
    first = redeem_at(village, server, household, soap, 3)
    redeem_at(village, server, household, soap, 1)
    assert close(village, opened(village)) == 1_638  # 4 × 4.55 at 90 %
    services.return_goods(village, first, 1, 1, "坏的", server.actor, new_key())
    still_clock.move(timedelta(days=1))
    partners.set_partner_good(village, 1, soap.serial, 500, SYSTEM, new_key())
    details = partners.PartnerDetails("曾记副食店", "曾国强", pay_percent=80)
    partners.change_partner(village, 1, details, 1, SYSTEM, new_key())
    redeem_at(village, server, household, soap, 2)
    found = account(village, opened(village))
    # 2 × 5.00 at 80 %, less 4.55 at the 90 % that were paid for it.
    assert (found.redemptions, found.value_fen, found.payable_fen, found.deducted_fen) == (1, 545, 391, 410)
    assert close(village, found.settlement.serial) == 391
    assert problems(village) == []


def test_a_redemption_voided_after_the_close_goes_into_the_next_settlement(
    village: Place, household: Household, soap: Good, server: Staff
) -> None:
    receipt = redeem_at(village, server, household, soap, 1)
    close(village, opened(village))
    services.void(village, receipt, "办错了", server.actor, new_key())
    late = redeem_at(village, server, household, soap, 3)  # on a day that is settled already
    found = account(village, opened(village))
    assert [(line.receipt, line.pieces, line.is_deduction) for line in found.lines] == [
        (receipt, -1, True),
        (late, 3, False),
    ]
    close(village, found.settlement.serial)
    with pytest.raises(InvalidInputError, match="没有要结算的"):
        close(village, opened(village))
    assert problems(village) == []


def test_a_closed_settlement_is_not_changed(village: Place, household: Household, soap: Good, server: Staff) -> None:
    redeem_at(village, server, household, soap, 1)
    serial = opened(village)
    close(village, serial)
    with pytest.raises(SettlementMovedError, match="等签字"):
        settlements.close_settlement(village, serial, 410, SYSTEM, new_key())
    settlements.sign_settlement(village, serial, "曾国强", "文小琴", clock.today(), SYSTEM, new_key())
    for statement in (
        "UPDATE settlements SET payable_fen = 99999",
        "UPDATE settlements SET village_signer = '别人'",
        "UPDATE settlement_lines SET pieces = 9",
        "DELETE FROM settlement_lines",
        "UPDATE partner_goods SET value_fen = 9",
    ):
        with pytest.raises(DBAPIError), transaction() as current:
            current.execute(text(statement))


@sqlite_is_enough
@pytest.mark.parametrize(
    ("trigger", "statement", "told"),
    [
        ("settlements_closed_no_update", "UPDATE settlements SET last_day = '2026-03-19'", "结算单1号：内容与留痕"),
        ("settlements_signed_no_update", "UPDATE settlements SET village_signer = '别人'", "结算单1号：签字与留痕"),
        ("settlement_lines_no_update", "UPDATE settlement_lines SET pay_percent = 100", "结算单1号：内容与留痕"),
        ("partner_goods_no_update", "UPDATE partner_goods SET value_fen = 999", "约定价值与留痕"),
        ("settlement_lines_no_update", "UPDATE partner_shops SET pay_percent = 99", "合作商店1号：约定与留痕"),
        ("settlement_lines_no_delete", "DELETE FROM settlement_lines", "结算单1号漏了它|状态与明细不符"),
    ],
)
def test_what_was_settled_is_not_changed_unseen(
    village: Place, household: Household, soap: Good, server: Staff, trigger: str, statement: str, told: str
) -> None:
    redeem_at(village, server, household, soap, 2)
    serial = opened(village)
    close(village, serial)
    settlements.sign_settlement(village, serial, "曾国强", "文小琴", clock.today(), SYSTEM, new_key())
    assert problems(village) == []
    with transaction() as current:
        for name in {trigger, "settlements_signed_no_update"}:
            current.execute(text(f"DROP TRIGGER {name}"))
        current.execute(text(statement))
    assert re.search(told, "；".join(problems(village)))


@sqlite_is_enough
def test_figures_that_moved_since_they_were_seen_are_not_closed(
    village: Place, household: Household, soap: Good, server: Staff
) -> None:
    redeem_at(village, server, household, soap, 1)
    serial = opened(village)
    seen = account(village, serial).payable_fen
    redeem_at(village, server, household, soap, 1)
    with pytest.raises(SettlementMovedError, match=r"应付现在是 8\.19 元"):
        settlements.close_settlement(village, serial, seen, SYSTEM, new_key())


@sqlite_is_enough
def test_one_settlement_is_open_at_a_time_and_days_are_settled_in_order(
    village: Place, household: Household, soap: Good, server: Staff, still_clock: FixedClock
) -> None:
    redeem_at(village, server, household, soap, 1)
    still_clock.move(timedelta(days=5))
    serial = opened(village, days_ago=2)
    assert opened(village, days_ago=1) == serial
    close(village, serial)
    with pytest.raises(InvalidInputError, match="已经结算过"):
        opened(village, days_ago=2)
    with pytest.raises(InvalidInputError, match="只能结算到今天"):
        opened(village, days_ago=-1)


@sqlite_is_enough
def test_both_sides_sign(village: Place, household: Household, soap: Good, server: Staff) -> None:
    redeem_at(village, server, household, soap, 1)
    serial = opened(village)
    close(village, serial)
    with pytest.raises(InvalidInputError, match="不能是同一个人"):
        settlements.sign_settlement(village, serial, "曾国强", "曾国强", clock.today(), SYSTEM, new_key())
    assert list(queries.payable_settlements(village.id)) == []
    settlements.sign_settlement(village, serial, "曾国强", "文小琴", clock.today(), SYSTEM, new_key())
    assert [found.serial for found in queries.payable_settlements(village.id)] == [serial]


@sqlite_is_enough
@pytest.mark.parametrize(
    ("parts", "payable"),
    [([(1, 1, 50)], 1), ([(1, 1, 49)], 0), ([(3, 455, 90)], 1_229), ([(-1, 1, 50)], -1), ([(1, 33, 50)] * 2, 33)],
)
def test_what_is_payable_is_rounded_half_up_once(parts: list[tuple[int, int, int]], payable: int) -> None:
    assert payable_of(parts) == payable
