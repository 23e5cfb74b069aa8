"""What a good costs on a day, whether it may be had on it, and how one is told when it is back."""

from datetime import date

import pytest

from pointsbank.market.models import Good
from pointsbank.market.prices import Prices

DAY = date(2026, 3, 18)


@pytest.mark.parametrize(
    ("season", "day", "back_on"),
    [
        (("05-20", "06-30"), date(2026, 5, 19), date(2026, 5, 20)),
        (("05-20", "06-30"), date(2026, 5, 20), date(2026, 5, 20)),
        (("05-20", "06-30"), date(2026, 6, 30), date(2026, 6, 30)),
        (("05-20", "06-30"), date(2026, 7, 1), date(2027, 5, 20)),
        (("11-01", "02-28"), date(2026, 12, 31), date(2026, 12, 31)),
        (("11-01", "02-28"), date(2027, 2, 28), date(2027, 2, 28)),
        (("11-01", "02-28"), date(2027, 3, 1), date(2027, 11, 1)),
        (("02-29", "03-31"), date(2027, 2, 28), date(2027, 3, 1)),
        (("02-29", "03-31"), date(2028, 2, 28), date(2028, 2, 29)),
        ((None, None), DAY, DAY),
    ],
)
def test_a_seasonal_good_is_there_within_its_days_and_says_when_it_is_back(
    season: tuple[str | None, str | None], day: date, back_on: date
) -> None:
    good = Good(season_from=season[0], season_to=season[1])
    assert good.back_on(day) == back_on
    assert good.in_season(back_on)
    assert good.in_season(day) is (back_on == day)
    assert (good.absence_in_words(day) == "") is (back_on == day)


def test_the_words_name_the_day_on_which_it_is_back_or_that_it_is_over() -> None:
    assert "5月20日" in Good(season_from="05-20", season_to="06-30").absence_in_words(DAY)
    over = Good(is_service=True, service_on=date(2026, 3, 17))
    assert over.back_on(DAY) is None
    assert "3月17日" in over.absence_in_words(DAY)
    assert Good(is_service=True, service_on=DAY).in_season(DAY)


@pytest.mark.parametrize(
    ("prices", "units", "effective_on", "after"),
    [
        (Prices(60), 70, DAY, Prices(70)),
        (Prices(60), 70, date(2026, 4, 1), Prices(60, 70, date(2026, 4, 1))),
        (Prices(60, 70, date(2026, 4, 1)), 65, DAY, Prices(65, 70, date(2026, 4, 1))),
        (Prices(60, 70, date(2026, 4, 1)), 70, DAY, Prices(70)),
        (Prices(60, 70, date(2026, 4, 1)), 60, date(2026, 4, 1), Prices(60)),
        (Prices(60, 70, date(2026, 3, 18)), 80, date(2026, 4, 1), Prices(70, 80, date(2026, 4, 1))),
        (Prices(60, 70, date(2026, 3, 1)), 55, DAY, Prices(55)),
    ],
)
def test_a_new_price_takes_its_place_beside_the_one_of_today(
    prices: Prices, units: int, effective_on: date, after: Prices
) -> None:
    assert prices.after(units, effective_on, DAY) == after


def test_a_price_holds_from_its_day_on() -> None:
    good = Good(points_price=6_000, next_price=7_000, next_price_on=date(2026, 4, 1))
    days = (DAY, date(2026, 3, 31), date(2026, 4, 1), date(2027, 1, 1))
    assert [good.price_on(day) for day in days] == [6_000, 6_000, 7_000, 7_000]
    assert good.coming_price(DAY) == (date(2026, 4, 1), 7_000)
    assert good.coming_price(date(2026, 4, 1)) is None
