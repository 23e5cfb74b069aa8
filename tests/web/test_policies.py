"""Every policy of a village stands on one page, with what it does and its default, and every version is kept."""

from dataclasses import fields
from datetime import date
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.boards import queries as boards
from pointsbank.deeds import services as deeds
from pointsbank.desk.forms import SECTIONS, SettingsForm
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.people import services as people
from pointsbank.people.models import Household
from pointsbank.people.services import ResidentDetails
from pointsbank.places import queries
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import CadreHouseholds, VillageSettings, YearEndMode
from tests.boards import make_deed
from tests.deed_rules import HELPING, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.web.conftest import post, sign_in
from tests.web.test_settings import FILLED, PATH

VERSIONS = f"{PATH}/versions"
TODAY = date(2026, 3, 18)


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK, name="文书甲"))
    return place


def make_cadre(village: Place, name: str = "王书记") -> Household:
    details = ResidentDetails(name=name, paid_post="社区干部")
    return people.add_household(village, "01-900", 1, details, SYSTEM, new_key())


def test_the_page_has_every_policy_in_a_section_with_its_default(
    app: Flask, client: FlaskClient, village: Place
) -> None:
    of_sections = [name for *_, names in SECTIONS for name in names]
    assert sorted(of_sections) == sorted(field.name for field in fields(VillageSettings))
    page = unescape(client.get(PATH).text)
    with app.test_request_context():
        form = SettingsForm(formdata=None)
    for name in of_sections:
        field = form[name]
        assert field.label.text in page
        assert field.description in page, name
        assert "默认" in field.description or name == "shop_phone", name


def test_every_policy_that_is_filled_in_is_in_force(client: FlaskClient, village: Place) -> None:
    filled = {
        **FILLED,
        "base_points": "10",
        "month_budget": "3000",
        "late_claim_days": "15",
        "cadre_households": "honour_only",
        "review_months": "3",
        "recheck_points_min": "２０",
        "answer_days": "5",
        "notice_days": "7",
        "notice_working_days": "yes",
        "notice_by_group": "yes",
        "objection_days": "4",
        "books_at_night": "yes",
        "redeem_points_min": "20",
        "open_weekdays": ["1", "4"],
        "market_days": "３０，10、 20号",
        "opening_hours": "8:30—11:30，14：00～17：30",
        "order_days": "3",
        "redeem_months": ["12", "6"],
        "redeem_days": "1日到10日",
        "year_end": "expire",
        "expire_months": "12",
    }
    assert post(client, PATH, filled).status_code == 303
    assert queries.settings_now(village.id) == VillageSettings(
        base_points=1_000,
        month_budget=300_000,
        late_claim_days=15,
        cadre_households=CadreHouseholds.HONOUR_ONLY,
        review_months=3,
        recheck_points_min=2_000,
        answer_days=5,
        notice_days=7,
        notice_working_days=True,
        notice_by_group=True,
        objection_days=4,
        books_at_night=True,
        redeem_points_min=2_000,
        open_weekdays=(1, 4),
        market_days=(10, 20, 30),
        opening_hours="08:30-11:30 14:00-17:30",
        order_days=3,
        redeem_months=(6, 12),
        redeem_days="1-10",
        year_end=YearEndMode.EXPIRE,
        expire_months=12,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_points", "-1"),
        ("month_budget", "1e9"),
        ("review_months", "2"),
        ("notice_days", "0"),
        ("notice_days", "61"),
        ("notice_working_days", "maybe"),
        ("answer_days", "1,000"),
        ("year_end", "cash"),
        ("expire_months", "0"),
        ("cadre_households", ""),
        ("redeem_points_min", "<b>1</b>"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_at_its_field(
    client: FlaskClient, village: Place, field: str, value: str
) -> None:
    answer = post(client, PATH, {**FILLED, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert queries.settings_version(village.id) == 0


def test_the_versions_tell_what_changed_by_whom_and_from_when(client: FlaskClient, village: Place) -> None:
    assert "还没有改过" in client.get(VERSIONS).text
    post(client, PATH, {**FILLED, "notice_days": "7"})
    post(
        client,
        PATH,
        {**FILLED, "notice_days": "7", "year_end": "clear_to_base", "seen": "1", "effective_on": "2026-04-01"},
    )
    page = client.get(VERSIONS).text
    second, first = page.split('aria-labelledby="version-1"')
    assert "文书甲" in first
    assert "5 天" in first
    assert "7 天" in first
    assert "清到基础分" in second
    assert "2026年4月1日" in second
    assert "还没生效" in second
    assert "公示几天" not in second


def test_the_versions_are_for_those_who_manage_policies(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, Role.REVIEWER))
    assert client.get(VERSIONS).status_code == 403


def test_cadres_households_are_left_out_of_the_ranking_and_the_board_says_so(village: Place) -> None:
    cadre, farmer = make_cadre(village), make_household(village, "张三")
    for household, points in ((cadre, 900), (farmer, 500)):
        make_deed(village, household, points)
    board = boards.month_content(village, "2026-02")
    assert [(line.rank, line.points) for line in board.ranking] == [(1, 500)]
    assert board.ranking_note == "村干部家庭不参加排名"
    everybody = VillageSettings(cadre_households=CadreHouseholds.AS_ALL)
    places.change_settings(village.id, everybody, date(2026, 1, 1), SYSTEM)
    board = boards.month_content(village, "2026-02")
    assert ([line.points for line in board.ranking], board.ranking_note) == ([900, 500], "")


def test_cadres_households_get_honour_only_where_the_policy_says_so(village: Place) -> None:
    make_rules(village, HELPING)
    honour = VillageSettings(cadre_households=CadreHouseholds.HONOUR_ONLY)
    places.change_settings(village.id, honour, date(2026, 1, 1), SYSTEM)
    cadre, farmer = make_cadre(village), make_household(village, "张三")
    claims = []
    for household in (cadre, farmer):
        draft = deeds.DeedDraft(household.id, HELPING.code, 100, TODAY)
        claims.append(deeds.record(village, draft, SYSTEM, new_key())["claim"])
    assert ledger.balances(village.id, cadre.serial) == ledger.Balances(honour=300)
    assert ledger.balances(village.id, farmer.serial) == ledger.Balances(spendable=300)
    deeds.reverse(village, claims[0], "记错了户", SYSTEM, new_key())
    assert ledger.balances(village.id, cadre.serial) == ledger.Balances()
