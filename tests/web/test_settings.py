"""A village's settings are changed in plain words and hold from a day on."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.places import queries
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy, VillageSettings
from tests.factories import make_staff, make_village
from tests.web.conftest import post, sign_in

PATH = "/desk/qingxi/settings"
FILLED: dict[str, str | list[str]] = {
    "opening_points": "0",
    "points_per_yuan": "2",
    "household_month_max": "60",
    "household_year_max": "400",
    "month_closes_on_day": "10",
    "ranking_households_max": "30",
    "kiosk_shows": "points",
    "confirm_by": "signature",
    "shop_phone": "",
    "base_points": "0",
    "month_budget": "0",
    "late_claim_days": "31",
    "cadre_households": "not_ranked",
    "review_months": "1",
    "recheck_points_min": "0",
    "answer_days": "3",
    "notice_days": "5",
    "notice_working_days": "no",
    "notice_by_group": "no",
    "objection_days": "3",
    "books_at_night": "no",
    "redeem_points_min": "0",
    "open_weekdays": ["1", "2", "3", "4", "5", "6", "7"],
    "market_days": "",
    "opening_hours": "",
    "order_days": "0",
    "redeem_months": [str(month) for month in range(1, 13)],
    "redeem_days": "",
    "year_end": "carry_over",
    "expire_months": "24",
    "effective_on": "2026-03-18",
    "seen": "0",
}


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


def test_what_is_saved_is_in_force_at_once(client: FlaskClient, village: Place) -> None:
    changed = {**FILLED, "opening_points": "2.5", "confirm_by": "pin", "shop_phone": "0832-1234567"}
    assert post(client, PATH, changed).status_code == 303
    assert queries.settings_now(village.id) == VillageSettings(
        opening_points=250, confirm_by=ConfirmBy.PIN, shop_phone="0832-1234567"
    )


def test_settings_to_come_leave_today_alone(client: FlaskClient, village: Place) -> None:
    post(client, PATH, {**FILLED, "household_month_max": "80", "effective_on": "2026-04-01"})
    assert queries.settings_now(village.id).household_month_max == 60_00
    assert queries.settings_on(village.id, date(2026, 4, 1)).household_month_max == 80_00
    assert "2026年4月1日" in client.get(PATH).text


def test_the_second_of_two_who_save_at_once_is_told(client: FlaskClient, village: Place) -> None:
    assert post(client, PATH, {**FILLED, "opening_points": "5"}).status_code == 303
    second = post(client, PATH, {**FILLED, "opening_points": "7"})
    assert second.status_code == 409
    assert "刚才有人改过设置" in second.text
    assert queries.settings_now(village.id).opening_points == 5_00


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("opening_points", "-1"),
        ("opening_points", "很多"),
        ("opening_points", "0.001"),
        ("opening_points", "1e9"),
        ("points_per_yuan", "0"),
        ("household_month_max", ""),
        ("household_year_max", "59"),
        ("month_closes_on_day", "29"),
        ("month_closes_on_day", "十"),
        ("ranking_households_max", "0"),
        ("kiosk_shows", "everything"),
        ("confirm_by", ""),
        ("shop_phone", "1" * 21),
        ("open_weekdays", "8"),
        ("open_weekdays", ""),
        ("market_days", "10、32"),
        ("opening_hours", "8点到11点"),
        ("opening_hours", "14:00-17:30 08:30-11:30"),
        ("opening_hours", "8:00-9:00 10:00-11:00 14:00-17:00"),
        ("order_days", "15"),
        ("redeem_months", "13"),
        ("redeem_days", "20-10"),
        ("effective_on", "2026-03-17"),
        ("effective_on", "2026-02-30"),
        ("effective_on", "9999-12-31"),
        ("effective_on", ""),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    client: FlaskClient, village: Place, field: str, value: str
) -> None:
    answer = post(client, PATH, {**FILLED, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert queries.settings_version(village.id) == 0
