"""The shelf at the kiosk: what a household can have now, what it lacks, what is gone."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask.testing import FlaskClient

from pointsbank.access.models import Device
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.kiosk import queries
from pointsbank.market import queries as market
from pointsbank.market.models import Good
from pointsbank.market.services import goods
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.factories import make_good
from tests.kiosks import come_in, count_orders, place_order


def test_the_shelf_says_what_is_in_reach_what_is_missing_and_what_is_gone(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    make_good(village, "电饭煲", price=4_800, on_hand=1)
    make_good(village, "香皂", price=100, on_hand=0)
    come_in(client)
    page = client.get("/kiosk/goods").text
    assert page.index("大米") < page.index("电饭煲") < page.index("香皂")
    assert "还有 5 袋" in page
    assert "还差 12 分" in page
    assert "换完了" in page


def change(village: Place, good: Good, *, price_from: date | None = None, **changed: Any) -> None:
    """Give a good other details."""
    details = replace(goods.details_of(market.good(village.id, good.serial)), **changed)
    goods.change_good(village, good.serial, details, good.version, SYSTEM, price_from=price_from)


def test_what_is_out_of_season_is_not_shown_and_cannot_be_ordered(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good
) -> None:
    change(village, good, season_from="05-01", season_to="09-30")
    come_in(client)
    assert "大米" not in client.get("/kiosk/goods").text
    assert client.get(f"/kiosk/goods/{good.serial}").status_code == 404
    assert place_order(client, good).status_code == 409
    assert count_orders() == 0


def test_a_service_says_who_does_it_and_when(
    client: FlaskClient, device: Device, village: Place, household: Household
) -> None:
    haircut = goods.GoodDetails("FW01", "理发", "次", "服务券", 500, is_service=True, provider="王师傅")
    serial = goods.add_good(village, replace(haircut, service_on=date(2026, 3, 25)), SYSTEM)
    come_in(client)
    for path in ("goods", f"goods/{serial}"):
        assert "王师傅，3月25日" in client.get(f"/kiosk/{path}").text
    assert place_order(client, market.good(village.id, serial), 2).json == {"next": "/kiosk/orders/1"}


def test_the_price_is_that_of_the_day(
    client: FlaskClient, device: Device, village: Place, household: Household, good: Good, still_clock: FixedClock
) -> None:
    change(village, good, points_price=1_200, price_from=date(2026, 3, 19))
    come_in(client)
    assert 'data-price="1000"' in client.get(f"/kiosk/goods/{good.serial}").text
    still_clock.move(timedelta(days=1))
    come_in(client)
    assert 'data-price="1200"' in client.get(f"/kiosk/goods/{good.serial}").text
    assert place_order(client, good, changed={"points_seen": 1_000}).status_code == 409
    assert place_order(client, market.good(village.id, good.serial)).status_code == 200


def test_goods_that_are_gone_fill_one_page_at_most() -> None:
    tiles = [queries.Tile(Good(name=str(number)), queries.Reach.GONE, 0, 100) for number in range(12)]
    there = queries.Tile(Good(name="大米"), queries.Reach.NOW, 0, 100)
    assert queries.without_most_gone([there, *tiles], 8) == [there, *tiles[:8]]
