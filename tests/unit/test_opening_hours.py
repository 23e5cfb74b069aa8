"""Hours and days as people write them, the days on which the shop opens, and old settings read anew."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.market.policies import opening
from pointsbank.places import hours
from pointsbank.places.settings import VillageSettings

MARKET = VillageSettings(market_days=(10, 20, 30), opening_hours="08:30-11:30 14:00-17:30")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("8:30-11:30 14:00-17:30", "08:30-11:30 14:00-17:30"),
        ("８：３０—１１：３０、14：00～17：30", "08:30-11:30 14:00-17:30"),
        ("9:00 - 12:00", "09:00-12:00"),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, kept: str) -> None:
    assert hours.parse_hours(text) == kept


@pytest.mark.parametrize("text", ["8点", "25:00-26:00", "11:30-8:30", "8:00-9:00 10:00-11:00 12:00-13:00", "8-11"])
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        hours.parse_hours(text)


def test_a_day_that_a_short_month_has_not_is_its_last_one() -> None:
    settings = VillageSettings(redeem_days="30-31")
    redeeming = [opening.redeems_on(settings, date(2026, 2, day)) for day in (27, 28)]
    assert redeeming == [False, True]
    assert opening.next_redeeming_day(settings, date(2026, 3, 1)) == date(2026, 3, 30)


def test_what_is_ordered_after_the_last_hour_is_fetched_on_the_next_open_day() -> None:
    morning, evening = datetime(2026, 3, 20, 1, 0, tzinfo=UTC), datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
    assert opening.fetch_day(MARKET, morning) == date(2026, 3, 20)
    assert opening.fetch_day(MARKET, evening) == date(2026, 3, 30)
    assert opening.kept_until(VillageSettings(order_days=3), morning) == date(2026, 3, 23)


def test_the_door_says_when_it_opens() -> None:
    open_day, closed_day = date(2026, 3, 20), date(2026, 3, 21)
    assert opening.hours_said(MARKET, open_day) == "今天开门：8:30–11:30、14:00–17:30"
    assert opening.hours_said(MARKET, closed_day) == "今天不开门，下次 3月30日（周一）8:30 开门"
    assert opening.hours_said(VillageSettings(), closed_day) == "今天开门"
    twice_a_year = VillageSettings(redeem_months=(6, 12), redeem_days="1-10")
    assert opening.redeeming_said(twice_a_year, open_day) == "本村 6、12 月的 1 到 10 号兑换，下次从 6月1日（周一）起"


def test_settings_of_an_earlier_release_have_the_shop_open_every_day() -> None:
    later = {"open_weekdays", "market_days", "opening_hours", "redeem_months", "redeem_days", "order_days"}
    old = {name: value for name, value in asdict(VillageSettings()).items() if name not in later}
    assert VillageSettings.from_json(json.dumps(old)) == VillageSettings()
    assert VillageSettings.from_json(MARKET.to_json()) == MARKET
