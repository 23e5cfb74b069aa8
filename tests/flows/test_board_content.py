"""The board shows a month as the ledger has it, and nobody by name who did not agree."""

from datetime import date

import pytest
from flask import Flask

from pointsbank.boards import queries
from pointsbank.boards.content import BoardContent, to_json
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.people import services as people
from pointsbank.people.models import Household
from pointsbank.people.services import ResidentDetails
from pointsbank.places import services as places
from pointsbank.places.models import Place, PlaceKind
from pointsbank.places.settings import VillageSettings
from tests.boards import PERIOD, consent, make_deed
from tests.conftest import both_databases
from tests.factories import make_good, make_household, make_village, redeem_now

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def board(village: Place) -> BoardContent:
    return queries.month_content(village, PERIOD)


def household_of_child(village: Place) -> Household:
    child = ResidentDetails(name="孙小宝", born_on=date(2015, 6, 1))
    return people.add_household(village, "02-009", 2, child, SYSTEM, "child")


def test_households_with_the_same_points_share_a_rank(village: Place) -> None:
    for name, points in (("王大明", 500), ("李秀英", 300), ("张国强", 300), ("刘建军", 100)):
        make_deed(village, make_household(village, name), points)
    assert [(line.rank, line.points) for line in board(village).ranking] == [(1, 500), (2, 300), (2, 300), (4, 100)]


def test_the_ranking_stops_where_the_village_wants_but_never_inside_a_tie(village: Place) -> None:
    places.change_settings(village.id, VillageSettings(ranking_households_max=2), date(2026, 1, 1), SYSTEM)
    for points in (500, 300, 300, 100):
        make_deed(village, make_household(village), points)
    assert [line.points for line in board(village).ranking] == [500, 300, 300]


def test_a_household_that_gained_nothing_is_not_ranked(village: Place) -> None:
    make_deed(village, make_household(village, "王大明"), 200)
    make_deed(village, make_household(village, "李秀英"), -300, category="扣分项", name="乱倒垃圾")
    assert [line.name for line in board(village).ranking] == ["王*明"]


def test_a_full_name_stands_on_the_board_only_with_consent(village: Place) -> None:
    make_deed(village, make_household(village, "王大明", number="03-012", group=3), 200)
    agreed = make_household(village, "欧阳建国", number="03-007", group=3)
    make_deed(village, agreed, 100)
    consent(village, agreed)
    lines = board(village).ranking
    assert [(line.name, line.group, line.household) for line in lines] == [
        ("王*明", "3组", "12号"),
        ("欧阳建国", "3组", "7号"),
    ]


def test_a_household_whose_head_is_a_child_appears_only_by_its_number(village: Place) -> None:
    household = household_of_child(village)
    consent(village, household)
    make_deed(village, household, 200)
    assert board(village).ranking[0].name == "9号户"
    assert "孙" not in to_json(board(village))


def test_a_deduction_and_its_reason_do_not_hang(village: Place) -> None:
    household = make_household(village)
    make_deed(village, household, 500)
    make_deed(village, household, -200, category="扣分项", name="乱倒垃圾")
    shown = board(village)
    assert shown.ranking[0].points == 300
    assert (shown.figures.deeds, shown.figures.points) == (1, 500)
    assert "扣分" not in to_json(shown)
    assert "垃圾" not in to_json(shown)


def test_groups_stand_with_their_points_and_all_their_households(village: Place) -> None:
    for group, points in ((1, 300), (1, 200), (2, 900)):
        make_deed(village, make_household(village, group=group), points)
    make_household(village, group=1)
    make_household(village, group=3)
    assert [(line.name, line.points, line.households) for line in board(village).groups] == [
        ("2组", 900, 1),
        ("1组", 500, 3),
    ]


def test_points_by_category_add_up_to_the_points_of_the_month(village: Place) -> None:
    household = make_household(village)
    make_deed(village, household, 500, category="勤于看书学习", name="读书")
    make_deed(village, household, 250, category="勤于看书学习", name="读报")
    make_deed(village, household, 100)
    make_deed(village, household, 7_000, day=date(2026, 3, 2))
    shown = board(village)
    assert [(line.label, line.points) for line in shown.categories] == [("勤于看书学习", 750), ("乐于做好人好事", 100)]
    assert shown.figures.points == 850


def test_what_the_market_gave_is_counted(village: Place) -> None:
    household = make_household(village)
    make_deed(village, household, 10_000)
    redeem_now(village, household, make_good(village, price=600), 2)
    market = queries.month_content(village, "2026-03").market
    assert (market.redemptions, market.points, market.kinds_of_goods) == (1, 1_200, 1)


def test_the_words_follow_the_kind_of_place(app: Flask) -> None:
    community = make_village("miaopo", PlaceKind.COMMUNITY, "庙坡社区")
    shown = board(community)
    assert (shown.kind_word, shown.committee_word, shown.town_name) == ("社区", "居委会", "田湾镇")
    assert "居务监督委员会" in shown.how_to_object
    assert clock.today() == date(2026, 3, 18)
