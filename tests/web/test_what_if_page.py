"""The clerk tries a draft on the past months; the paper for the meeting names no household."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.covenant import services as covenant
from pointsbank.deeds.models import ClaimOrigin
from pointsbank.deeds.services import DeedDraft, record_many
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from pointsbank.reports.documents import coverage_in_words
from pointsbank.reports.queries.what_if import Coverage
from tests.deed_rules import HELPING, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.fonts import prepared_fonts_folder
from tests.pdf import text_of
from tests.statements import count_statements
from tests.web.conftest import sign_in

PAGE = "/desk/qingxi/reports/what-if"
QUERIES_MAX = 12


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


@pytest.fixture
def fonts(app: Flask) -> None:
    """The font files, shared by all tests."""
    folder = app.config["POINTSBANK"].fonts_folder
    folder.symlink_to(prepared_fonts_folder(), target_is_directory=True)


def deeds(village: Place) -> None:
    make_rules(village)
    household = make_household(village, "欧阳明远")
    draft = DeedDraft(household.id, HELPING.code, 100, clock.today())
    record_many(village, [draft], SYSTEM, new_key(), ClaimOrigin.GRID)


def test_without_rules_it_says_what_to_do_first(client: FlaskClient, village: Place) -> None:
    assert "还没有积分细则" in client.get(PAGE).text


def test_without_a_draft_the_rules_are_compared_with_themselves(client: FlaskClient, village: Place) -> None:
    deeds(village)
    page = client.get(PAGE).text
    assert "还没有细则草稿" in page
    assert "不变" in page


def test_a_draft_shows_what_would_change_in_figures_and_charts(
    client: FlaskClient, village: Place, fonts: None
) -> None:
    deeds(village)
    covenant.begin_rule_draft(village, SYSTEM, new_key())
    covenant.save_rule(
        village, replace(HELPING, points=500), SYSTEM, new_key(), replaces=HELPING.code, seen=covenant.Seen(1, 1)
    )
    with count_statements() as statements:
        page = client.get(PAGE + "?months=6").text
    assert len(statements) <= QUERIES_MAX
    assert "+2" in page
    assert "还没有细则草稿" not in page
    for part in ("categories", "groups"):
        chart = client.get(f"{PAGE}/{part}.svg?months=6")
        assert (chart.status_code, chart.mimetype) == (200, "image/svg+xml")


@pytest.mark.parametrize("months", ["0", "13", "１２", "many", "-1", "1e9"])
def test_another_number_of_months_is_taken_for_the_usual_one(client: FlaskClient, village: Place, months: str) -> None:
    deeds(village)
    assert client.get(PAGE, query_string={"months": months}).status_code == 200


def test_the_paper_for_the_meeting_shows_groups_and_no_household(
    client: FlaskClient, village: Place, fonts: None
) -> None:
    deeds(village)
    answer = client.get(f"{PAGE}.pdf")
    assert answer.mimetype == "application/pdf"
    said = text_of(answer.data)
    assert "积分细则修改试算" in said
    assert "1组" in said
    assert "欧阳" not in said


@pytest.mark.parametrize(
    ("stock", "said"),
    [(0, "0%"), (999, "99%"), (1_000, "1 倍"), (1_290, "1.2 倍"), (13_290, "13 倍"), (999_900, "999 倍")],
)
def test_whether_the_goods_suffice_is_said_as_times_from_once_on(stock: int, said: str) -> None:
    assert coverage_in_words(Coverage(100_000, 1_000, stock)).endswith(f"够换 {said}")
