"""Whatever statement fails, money and goods are written with their receipt and their line, or not at all."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.fund import services
from pointsbank.fund.models import DonorKind
from pointsbank.fund.services import DonationDraft, GivenGood
from pointsbank.places.models import Place
from pointsbank.reports import verification
from tests.conftest import both_databases
from tests.factories import make_good, make_village
from tests.faulting import assert_whole_or_nothing

pytestmark = both_databases

MONEY = DonationDraft(
    DonorKind.COMPANY, "隆昌粮油公司", date(2026, 3, 15), "文小琴", "罗德福", amount_fen=50_000, condition="转账"
)


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def test_accepting_goods(village: Place) -> None:
    rice = make_good(village, on_hand=0)
    gift = replace(MONEY, amount_fen=0, goods=(GivenGood(rice.id, 5),))
    assert assert_whole_or_nothing(lambda: services.accept(village, gift, SYSTEM, "goods")) > 10
    assert verification.verify_village(village).problems == []


def test_accepting_money_and_cancelling_it(village: Place) -> None:
    assert_whole_or_nothing(lambda: services.accept(village, MONEY, SYSTEM, "money"))
    assert_whole_or_nothing(lambda: services.cancel(village, 1, "重复登记", SYSTEM, "cancel"))
    assert verification.verify_village(village).problems == []
