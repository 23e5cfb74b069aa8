"""`verify` names what was changed past the program on the way: the worth of a rule, the day on which a sheet hung."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from pointsbank.covenant.models import Rule
from pointsbank.deeds.models import Hanging
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import table_of, transaction
from pointsbank.reports import verification
from tests.deed_rules import HELPING
from tests.months import Month


@pytest.fixture
def month(app: Flask, still_clock: FixedClock) -> Month:
    return Month(still_clock)


def problems(month: Month) -> list[str]:
    return verification.verify_village(month.village).problems


def test_a_rule_that_was_made_worth_more_does_not_fit_what_was_claimed(month: Month) -> None:
    serial = month.claim(HELPING)
    month.whole_way([serial])
    assert problems(month) == []
    with transaction() as current:
        current.execute(update(table_of(Rule)).where(table_of(Rule).c.code == HELPING.code).values(points=500))
    assert problems(month) == [f"申报第{serial}号：按细则 {HELPING.code} 应是 5 分，细则或申报被改动过"]


def test_a_sheet_that_is_said_to_have_hung_earlier_does_not_fit_the_end_of_its_days(month: Month) -> None:
    month.whole_way([month.claim(HELPING)])
    sheets = table_of(Hanging)
    with transaction() as current:
        current.execute(update(sheets).values(hung_on=month.clock.moment.date() - timedelta(days=30)))
    assert problems(month) == ["第1期公示：张贴的日子和期满日对不上，被改动过"]
