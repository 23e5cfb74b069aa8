"""Money comes and goes by lines that stay; gifts and subsidies make theirs; the register agrees with every book."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pointsbank.access.models import Role
from pointsbank.boards import queries as boards
from pointsbank.deeds import services as deeds
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.fund import queries, services
from pointsbank.fund.errors import (
    BelongsToDonationError,
    DeedGivenError,
    DonorNotFoundError,
    NoDonorHouseholdError,
    PeriodCoveredError,
    PeriodNotClosedError,
    ReversalRefusedError,
    SamePersonTwiceError,
    UnknownEntryError,
    VoucherMissingError,
    VoucherThereError,
)
from pointsbank.fund.models import DonorKind, EntryKind, SubsidyState
from pointsbank.fund.queries import BookFilter
from pointsbank.fund.services import DonationDraft, EntryDraft, GivenGood
from pointsbank.fund.verification import problems
from pointsbank.ledger import queries as ledger
from pointsbank.ledger import services as ledger_services
from pointsbank.ledger import verification as book
from pointsbank.ledger.errors import NotEnoughMoneyError
from pointsbank.market import queries as market
from pointsbank.market import services as shop
from pointsbank.market import verification as stock
from pointsbank.places.models import Place
from tests.conftest import both_databases, sqlite_is_enough
from tests.deed_rules import VOLUNTEERING, make_rules
from tests.factories import make_good, make_household, make_points, make_staff, make_village, redeem_now

pytestmark = both_databases

TODAY = date(2026, 3, 18)
SEED = EntryDraft(EntryKind.SEED, 200_000, date(2026, 3, 1), "田湾镇政府", "超市启动资金")
RICE = EntryDraft(EntryKind.PURCHASE, 59_600, date(2026, 3, 10), "镇供销社", "大米 20 袋", voucher="记-031")
MONEY = DonationDraft(
    DonorKind.COMPANY, "隆昌粮油公司", date(2026, 3, 15), "文小琴", "罗德福", amount_fen=50_000, condition="转账"
)


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def record(village: Place, draft: EntryDraft) -> int:
    serial: int = services.record(village, draft, SYSTEM, new_key())["entry"]
    return serial


def accept(village: Place, draft: DonationDraft) -> int:
    serial: int = services.accept(village, draft, SYSTEM, new_key())["donation"]
    return serial


def wrong(village: Place) -> list[str]:
    return [*problems(village), *book.problems(village), *stock.problems(village)]


# --- the register ---


def test_income_and_spending_make_the_balance(village: Place) -> None:
    assert services.record(village, SEED, SYSTEM, new_key()) == {"entry": 1, "balance_fen": 200_000}
    assert services.record(village, RICE, SYSTEM, new_key()) == {"entry": 2, "balance_fen": 140_400}
    assert queries.balance(village.id) == 140_400
    sums = queries.sums(village.id, BookFilter(date(2026, 3, 1), date(2026, 3, 31)))
    assert (sums.opening, sums.income, sums.spent, sums.closing) == (0, 200_000, 59_600, 140_400)
    assert queries.sums(village.id, BookFilter(date(2026, 4, 1))).opening == 140_400
    assert [line.serial for line in queries.entries(village.id, BookFilter(kind=EntryKind.PURCHASE))] == [2]
    assert wrong(village) == []


def test_nobody_spends_what_is_not_there(village: Place) -> None:
    record(village, SEED)
    with pytest.raises(NotEnoughMoneyError, match=r"只有 2000\.00 元"):
        record(village, replace(RICE, amount_fen=200_001))
    assert (queries.balance(village.id), len(queries.entries(village.id, BookFilter()))) == (200_000, 1)


def test_a_line_sent_twice_is_written_once(village: Place) -> None:
    for _ in range(2):
        assert services.record(village, SEED, SYSTEM, "once")["entry"] == 1
    assert queries.balance(village.id) == 200_000


@sqlite_is_enough
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount_fen": 0}, "amount"),
        ({"amount_fen": -500}, "amount"),
        ({"amount_fen": 10**10}, "amount"),
        ({"occurred_on": date(2026, 3, 19)}, "occurred_on"),
        ({"occurred_on": date(1900, 1, 1)}, "occurred_on"),
        ({"counterpart": "\u200b "}, "counterpart"),
        ({"purpose": "长" * 201}, "purpose"),
        ({"kind": EntryKind.DONATION}, "kind"),
        ({"paid_serial": -1}, "paid"),
        ({"kind": EntryKind.OTHER_SPENDING, "paid_serial": 1}, "paid"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(village: Place, changed: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        record(village, replace(RICE, **changed))  # type: ignore[arg-type]  # wrong on purpose
    assert refused.value.field == field


def test_spending_needs_the_towns_number_or_a_promise_of_it(village: Place) -> None:
    record(village, SEED)
    with pytest.raises(VoucherMissingError):
        record(village, replace(RICE, voucher=""))
    serial = record(village, replace(RICE, voucher="", voucher_follows=True))
    assert [line.serial for line in queries.without_voucher(village.id)] == [serial]
    services.add_voucher(village, serial, " 记-032 ", SYSTEM)
    assert queries.entry(village.id, serial).voucher == "记-032"
    assert wrong(village) == []
    with pytest.raises(VoucherThereError, match="记-032"):
        services.add_voucher(village, serial, "记-999", SYSTEM)


def test_a_line_is_undone_once_by_another_line(village: Place) -> None:
    serial = record(village, SEED)
    undone = services.reverse(village, serial, "金额看错", SYSTEM, new_key())
    assert undone == {"entry": 2, "balance_fen": 0}
    first, second = queries.all_entries(village.id, BookFilter())
    assert (first.income_fen, second.income_fen, second.reverses) == (200_000, -200_000, 1)
    assert queries.sums(village.id, BookFilter()).income == 0
    for again in (1, 2):
        with pytest.raises(ReversalRefusedError):
            services.reverse(village, again, "再来", SYSTEM, new_key())
    with pytest.raises(UnknownEntryError):
        services.reverse(village, 9, "没有", SYSTEM, new_key())
    assert wrong(village) == []


def test_income_that_was_spent_is_not_taken_back(village: Place) -> None:
    record(village, SEED)
    record(village, RICE)
    with pytest.raises(NotEnoughMoneyError):
        services.reverse(village, 1, "记错", SYSTEM, new_key())


def test_the_fund_is_not_counted_as_points(village: Place) -> None:
    household = make_household(village)
    make_points(village, household, 500)
    points = ledger.sequence_range(village.id, "2026-03")
    record(village, replace(SEED, occurred_on=date(2026, 1, 5)))
    assert ledger.sequence_range(village.id, "2026-03") == points
    assert ledger.sequence_range(village.id, "2026-01") is None
    assert ledger.month_to_close(village.id) is None  # points began in March: January has nothing to close
    assert ledger.outstanding(village.id) == 500
    assert [line.amount for line in ledger.statement(village.id, household.serial)] == [500]
    content = boards.month_content(village, "2026-03")
    assert (content.first_sequence, content.last_sequence) == points
    assert content.head_sequence == 2  # the head on the wall proves the fund, too


# --- nothing is changed unseen ---


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fund_entries SET amount_fen = 1",
        "UPDATE fund_entries SET counterpart = '别人'",
        "DELETE FROM fund_entries",
        "UPDATE fund_entries SET voucher = '改过' WHERE serial = 2",
        "UPDATE donations SET donor_name = '别人'",
        "DELETE FROM donations",
    ],
)
def test_what_was_written_cannot_be_changed(village: Place, statement: str) -> None:
    record(village, SEED)
    record(village, RICE)
    accept(village, MONEY)
    with pytest.raises(DBAPIError, match="append only"), transaction() as current:
        current.execute(text(statement))


TAMPERED = {
    "UPDATE fund_entries SET amount_fen = amount_fen + 1 WHERE serial = 1": "台账第1笔：与积分账",
    "UPDATE fund_entries SET purpose = '别的' WHERE serial = 2": "台账第2笔：来源或摘要与入账时不符",
    "UPDATE fund_entries SET voucher = '改过' WHERE serial = 2": "台账第2笔：内容与入账时不符",
    "UPDATE fund_entries SET kind = 'party' WHERE serial = 1": "台账第1笔：来源或摘要与入账时不符",
    "UPDATE fund_entries SET occurred_on = '2026-03-02' WHERE serial = 1": "台账第1笔：与积分账",
    "UPDATE donations SET donor_name = '别人'": "捐赠第1号：内容与登记时不符",
    "UPDATE donations SET value_fen = 1": "捐赠第1号",
    "UPDATE donations SET cancelled_at = accepted_at, cancelled_by = 'system'": "捐赠第1号：是否作废",
    "UPDATE donations SET claim_serial = 1": "捐赠第1号：记分的申报",
    "DELETE FROM donations": "操作记录里有 donation:1，登记却不见了",
    "UPDATE accounts SET balance = balance + 1 WHERE kind = 'fund'": "爱心超市资金：余额",
    "UPDATE accounts SET floor = -1 WHERE kind = 'fund'": "爱心超市资金：余额下限",
}


@sqlite_is_enough
@pytest.mark.parametrize(("statement", "found"), TAMPERED.items())
def test_a_row_changed_past_the_program_is_named(village: Place, statement: str, found: str) -> None:
    record(village, SEED)
    record(village, RICE)
    accept(village, MONEY)
    with transaction() as current:
        for trigger in current.scalars(text("SELECT name FROM sqlite_schema WHERE type = 'trigger'")).all():
            current.execute(text(f"DROP TRIGGER {trigger}"))
        current.execute(text(statement))
    assert any(found in problem for problem in wrong(village)), wrong(village)


# --- donations ---


def test_given_money_is_in_the_register_with_its_receipt(village: Place) -> None:
    done = services.accept(village, MONEY, SYSTEM, new_key())
    assert done == {"donation": 1, "entry": 1, "delivery": None, "value_fen": 50_000}
    line = queries.entry(village.id, 1)
    assert (line.kind, line.counterpart, line.income_fen) == (EntryKind.DONATION, "隆昌粮油公司", 50_000)
    assert queries.donation(village.id, 1).what == "人民币 500 元"
    assert wrong(village) == []


def test_given_goods_are_on_the_shelf_in_the_same_act(village: Place) -> None:
    rice, oil = make_good(village, "大米", on_hand=1), make_good(village, "菜籽油", on_hand=0)
    goods = (GivenGood(rice.id, 20, 2_500), GivenGood(oil.id, 4))
    done = services.accept(village, replace(MONEY, amount_fen=0, goods=goods), SYSTEM, new_key())
    assert done["value_fen"] == 20 * 2_500 + 4 * 2_980
    shown = queries.donation(village.id, done["donation"])
    assert shown.what == "大米 5kg/袋×20、菜籽油 5kg/袋×4"
    assert [(good.name, lot.received, lot.cost_fen) for lot, good in queries.given_goods(shown)] == [
        ("大米", 20, 2_500),
        ("菜籽油", 4, 2_980),
    ]
    assert market.good(village.id, rice.serial).on_hand == 21
    assert queries.balance(village.id) == 0
    assert wrong(village) == []


def test_goods_of_another_village_leave_nothing_behind(village: Place) -> None:
    theirs = make_good(make_village("miaopo", name="庙坡社区"))
    with pytest.raises(Exception, match="不在本村"):
        accept(village, replace(MONEY, amount_fen=0, goods=(GivenGood(theirs.id, 1),)))
    assert queries.donations(village.id) == []


def test_a_gift_is_signed_by_two_who_are_not_the_donor(village: Place) -> None:
    for changed in ({"second_person": "文小琴"}, {"accepted_by": "隆昌粮油公司"}, {"second_person": "隆昌粮油公司"}):
        with pytest.raises(SamePersonTwiceError):
            accept(village, replace(MONEY, **changed))  # type: ignore[arg-type]  # names
    with pytest.raises(InvalidInputError, match="第二个验收人不能空着"):
        accept(village, replace(MONEY, second_person=" "))


def test_a_household_of_another_village_is_no_donor(village: Place) -> None:
    theirs = make_household(make_village("miaopo", name="庙坡社区"))
    with pytest.raises(DonorNotFoundError):
        accept(village, replace(MONEY, donor_kind=DonorKind.HOUSEHOLD, household_id=theirs.id))
    with pytest.raises(DonorNotFoundError):
        accept(village, replace(MONEY, donor_kind=DonorKind.HOUSEHOLD))


def test_money_given_by_mistake_is_reversed_with_its_donation(village: Place) -> None:
    serial = accept(village, MONEY)
    with pytest.raises(BelongsToDonationError):
        services.reverse(village, 1, "记错", SYSTEM, new_key())
    assert services.cancel(village, serial, "重复登记", SYSTEM, new_key()) == {"entry": 2}
    assert queries.balance(village.id) == 0
    assert queries.thanks(village.id, TODAY, TODAY) == []
    assert wrong(village) == []


def test_the_board_thanks_donors_as_they_want_to_be_named(village: Place) -> None:
    household = make_household(village, "欧阳小明")
    of_household = replace(MONEY, donor_kind=DonorKind.HOUSEHOLD, donor_name="", household_id=household.id)
    accept(village, MONEY)
    accept(village, replace(MONEY, amount_fen=12_050))
    accept(village, replace(MONEY, anonymous=True))
    accept(village, of_household)
    names = [(one.name, one.gift) for one in boards.month_content(village, "2026-03").donors]
    assert names == [
        ("隆昌粮油公司", "人民币 500 元、人民币 120.50 元"),
        ("爱心人士", "人民币 500 元"),
        ("欧阳*", "人民币 500 元"),
    ]
    assert "欧阳小明" not in "".join(line.counterpart for line in queries.all_entries(village.id, BookFilter()))


def test_a_household_that_gave_is_given_points_once(village: Place) -> None:
    make_rules(village, VOLUNTEERING)
    household, clerk = make_household(village), make_staff(village, Role.CLERK).actor
    draft = replace(MONEY, donor_kind=DonorKind.HOUSEHOLD, donor_name="", household_id=household.id)
    serial, outside = accept(village, draft), accept(village, MONEY)
    person = household.residents[0].id
    [rule] = queries.giving_rules(village.id, TODAY)
    claim = services.give_points(village, serial, rule.code, 300, clerk, new_key(), resident_id=person)
    assert (claim["points"], queries.donation(village.id, serial).claim_serial) == (600, claim["claim"])
    with pytest.raises(DeedGivenError):
        services.give_points(village, serial, rule.code, 300, clerk, new_key(), resident_id=person)
    with pytest.raises(DeedGivenError):
        services.cancel(village, serial, "记错", clerk, new_key())
    with pytest.raises(NoDonorHouseholdError):
        services.give_points(village, outside, rule.code, 300, clerk, new_key())
    deeds.reverse(village, claim["claim"], "记错", clerk, new_key())
    again = services.give_points(village, serial, rule.code, 200, clerk, new_key(), resident_id=person)
    assert queries.donation(village.id, serial).claim_serial == again["claim"]
    assert wrong(village) == []


def test_it_is_told_whether_a_wish_was_followed(village: Place) -> None:
    serial = accept(village, replace(MONEY, wish="给独居老人"))
    with pytest.raises(InvalidInputError):
        services.answer_wish(village, serial, False, "", SYSTEM)
    services.answer_wish(village, serial, True, "给 5 户送了米", SYSTEM)
    assert queries.donation(village.id, serial).wish_heeded is True


# --- subsidies ---


@pytest.fixture
def redeemed(village: Place, still_clock: FixedClock) -> Place:
    """A village whose February is closed, with 60 points redeemed in it at 2 points a yuan."""
    still_clock.move(timedelta(days=-30))
    household, rice = make_household(village), make_good(village, price=3_000)
    make_points(village, household, 10_000)
    redeem_now(village, household, rice, 2)
    still_clock.move(timedelta(days=30))
    return village


def test_no_month_is_applied_for_before_it_is_closed(redeemed: Place) -> None:
    with pytest.raises(PeriodNotClosedError):
        services.apply_for(redeemed, "2026-02", "2026-02", 3_000, SYSTEM, new_key())


def test_what_was_redeemed_in_a_closed_month_is_applied_for_once(redeemed: Place) -> None:
    ledger_services.close_month(redeemed, "2026-02", SYSTEM)
    assert queries.months_to_apply_for(redeemed.id) == ("2026-02", "2026-02")
    with pytest.raises(InvalidInputError, match=r"30\.00"):
        services.apply_for(redeemed, "2026-02", "2026-02", 9_999, SYSTEM, new_key())
    done = services.apply_for(redeemed, "2026-02", "2026-02", 3_000, SYSTEM, new_key())
    assert done == {"subsidy": 1, "amount_fen": 3_000}
    with pytest.raises(PeriodCoveredError):
        services.apply_for(redeemed, "2026-01", "2026-02", 3_000, SYSTEM, new_key())
    services.refuse(redeemed, 1, "今年没有预算", SYSTEM)
    assert services.apply_for(redeemed, "2026-02", "2026-02", 3_000, SYSTEM, new_key())["subsidy"] == 2
    assert wrong(redeemed) == []


def test_a_month_in_which_more_came_back_than_went_out_is_not_left_out(
    redeemed: Place, still_clock: FixedClock
) -> None:
    ledger_services.close_month(redeemed, "2026-02", SYSTEM)
    services.apply_for(redeemed, "2026-02", "2026-02", 3_000, SYSTEM, new_key())
    shop.return_goods(redeemed, 1, 1, 2, "生虫了", SYSTEM, new_key())
    still_clock.move(timedelta(days=30))
    taken = market.redemption(redeemed.id, 1)
    redeem_now(redeemed, taken.household, taken.lines[0].good, 3)
    still_clock.move(timedelta(days=30))
    for period in ("2026-03", "2026-04"):
        ledger_services.close_month(redeemed, period, SYSTEM)
    with pytest.raises(InvalidInputError, match="2026年3月起一起申请"):
        services.apply_for(redeemed, "2026-04", "2026-04", 4_500, SYSTEM, new_key())
    assert services.apply_for(redeemed, "2026-03", "2026-04", 1_500, SYSTEM, new_key())["amount_fen"] == 1_500
    assert wrong(redeemed) == []


def test_a_subsidy_that_came_is_income_with_the_towns_number(redeemed: Place) -> None:
    ledger_services.close_month(redeemed, "2026-02", SYSTEM)
    services.apply_for(redeemed, "2026-02", "2026-02", 3_000, SYSTEM, new_key())
    with pytest.raises(InvalidInputError, match="写明原因"):
        services.receive(redeemed, 1, 2_000, TODAY, "记-040", "", SYSTEM, new_key())
    done = services.receive(redeemed, 1, 2_000, TODAY, "记-040", "镇上只批了这些", SYSTEM, new_key())
    assert done == {"entry": 1, "balance_fen": 2_000}
    assert queries.entry(redeemed.id, 1).voucher == "记-040"
    assert wrong(redeemed) == []
    services.reverse(redeemed, 1, "金额记错", SYSTEM, new_key())
    assert queries.subsidy(redeemed.id, 1).state is SubsidyState.APPLIED
    assert services.receive(redeemed, 1, 3_000, TODAY, "记-041", "", SYSTEM, new_key())["entry"] == 3
    assert wrong(redeemed) == []


# --- coverage ---


def test_coverage_is_what_there_is_against_what_the_points_are_worth(village: Place, still_clock: FixedClock) -> None:
    still_clock.move(timedelta(days=-20))  # 2026-02-26
    household, rice = make_household(village), make_good(village, price=6_000, on_hand=10)  # 298.00 yuan at cost
    make_points(village, household, 100_000)  # 1,000 points, 500 yuan
    record(village, replace(SEED, amount_fen=10_000, occurred_on=date(2026, 2, 26)))
    still_clock.move(timedelta(days=20))
    redeem_now(village, household, rice, 2)  # 120 points, 60 yuan; 59.60 yuan at cost
    now = queries.coverage(village.id)
    assert (now.outstanding, now.value_fen, now.stock_fen, now.fund_fen) == (88_000, 44_000, 23_840, 10_000)
    assert now.stock_fen == market.stock_cost_fen(village.id, TODAY)
    assert (now.ratio, now.missing_fen, now.is_short) == (Fraction(33_840, 44_000), 10_160, True)
    # One day of 60 yuan counts as the pace of 30 days: 2 yuan a day, so that 338.40 yuan last for 169 days.
    assert (now.pace_days, now.daily_fen, now.dry_on) == (30, Fraction(200), TODAY + timedelta(days=169))
    months = queries.curve(village.id, now)
    assert [month.period for month in months] == ["2026-02", "2026-03"]  # before, there was nothing
    february = months[0].coverage
    assert (february.value_fen, february.stock_fen, february.fund_fen) == (50_000, 29_800, 10_000)
    assert february.stock_fen == market.stock_cost_fen(village.id, date(2026, 2, 28))


def test_without_redemptions_no_day_is_named(village: Place) -> None:
    record(village, SEED)
    now = queries.coverage(village.id)
    assert (now.ratio, now.dry_on, now.is_short, now.dries_soon) == (None, None, False, False)
