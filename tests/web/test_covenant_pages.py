"""The covenant is read by everybody: at the desk by theme, with its rules and its adoption; on the wall for all."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.covenant import policies, services
from pointsbank.covenant.models import Subject
from pointsbank.covenant.views import text
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place, PlaceKind
from tests.covenants import BOOKS, CLAUSES, HONEST, VOTED, YARD, make_covenant, make_draft
from tests.factories import make_staff, make_village
from tests.rules import HONOUR, VOLUNTEERING, changed, make_rules
from tests.statements import count_statements
from tests.web.conftest import post, sign_in

ROOM = "/desk/qingxi/covenant/"
TEXT = ROOM + "text"
QUERIES_MAX = 12
READING = ("text", "text/versions", "text/versions/1", "adoptions/covenant/1", "adoptions/rule_book/1")
CHANGING = ("text/draft", "text/draft/adopt", "adoptions/covenant/1/edit", "adoptions/rule_book/1/edit")


@pytest.fixture
def village(app: Flask, client: FlaskClient) -> Place:
    place = make_village()
    sign_in(client, make_staff(place, Role.CLERK))
    return place


def test_the_text_in_force_stands_by_theme_with_the_rules_of_its_clauses(client: FlaskClient, village: Place) -> None:
    make_covenant(village, HONEST, BOOKS)
    make_rules(village, VOLUNTEERING)
    page = client.get(TEXT).text
    assert page.index("勤学上进") < page.index(BOOKS.text) < page.index("守信立身") < page.index(HONEST.text)
    assert "美化家园" not in page
    assert "积分细则：GY01" in page
    assert "应到 90 户，实到 60 户，赞成 31 户，反对 20 户，弃权 9 户" in page


def test_a_rule_leads_to_its_clause_and_one_of_a_clause_that_is_gone_says_so(
    client: FlaskClient, village: Place
) -> None:
    make_covenant(village, BOOKS, HONEST)
    make_rules(village, VOLUNTEERING, changed(HONOUR, clause_code="9"))
    page = client.get(ROOM).text
    assert f'href="{TEXT}#clause-2"' in page
    assert 'id="clause-2"' in client.get(TEXT).text
    assert "依据第 9 条（现行村规民约里没有）" in page


def test_both_halves_of_the_one_lead_to_each_other(client: FlaskClient, village: Place) -> None:
    for begun in (False, True):
        assert f'href="{TEXT}"' in client.get(ROOM).text
        assert f'href="{ROOM}"' in client.get(TEXT).text
        if not begun:
            make_covenant(village)
            make_rules(village)


def test_what_is_missing_stands_beside_the_text_with_its_source(client: FlaskClient, village: Place) -> None:
    make_covenant(village)
    page = client.get(ROOM + "adoptions/covenant/1").text
    assert "还没有写向镇（街道）备案的日期" in page
    assert "《村民委员会组织法》第二十六条、第三十一条" in page
    assert "三分之二以上到会，到会的超过一半赞成" in page


def test_a_version_says_what_it_changed(client: FlaskClient, village: Place) -> None:
    make_covenant(village, *CLAUSES)
    moved = services.ClauseDraft("5", HONEST.theme, HONEST.text)
    reworded = services.ClauseDraft("1", BOOKS.theme, "勤读书，勤学艺，勤练字。")
    make_covenant(village, reworded, moved, services.ClauseDraft("6", YARD.theme, "出门遛狗拴绳。"))
    page = client.get(TEXT + "/versions/2").text
    assert "<ins>，勤练字</ins>" in page
    assert "<del>第 3 条</del>" in page
    assert "<ins>第 5 条</ins>" in page
    assert f"<del>{YARD.text}</del>" in page
    assert "<ins>出门遛狗拴绳。</ins>" in page


def test_the_list_of_versions_pages_by_key(
    client: FlaskClient, village: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "VERSIONS_PER_PAGE", 2)
    for _ in range(3):
        make_covenant(village)
    first = client.get(TEXT + "/versions").text
    assert "第 3 版" in first
    assert "versions?before=2" in first
    assert "第 1 版" in client.get(TEXT + "/versions?before=2").text
    assert client.get(TEXT + "/versions?before=" + "9" * 30).status_code == 200


def test_words_are_those_of_the_kind_of_place(client: FlaskClient, app: Flask) -> None:
    community = make_village("miaopo", PlaceKind.COMMUNITY, "庙坡社区")
    make_covenant(community)
    sign_in(client, make_staff(community, Role.CLERK))
    for path in ("text", "adoptions/covenant/1", "adoptions/covenant/1/edit", "text/versions"):
        page = client.get(f"/desk/miaopo/covenant/{path}").text.replace(policies.REVIEW_SOURCE, "")
        assert "居民公约" in page
        assert "村规民约" not in page
        assert "村民" not in page.partition("<main")[2]


@pytest.mark.parametrize("path", ["", *READING, *CHANGING])
def test_a_page_asks_a_constant_number_of_questions(client: FlaskClient, village: Place, path: str) -> None:
    make_covenant(village)
    make_rules(village)
    services.record_adoption(village, Subject.RULE_BOOK, 1, VOTED, SYSTEM, new_key(), seen=0)
    make_draft(village)
    client.get(ROOM + path)
    with count_statements() as statements:
        assert client.get(ROOM + path).status_code == 200
    assert 0 < len(statements) <= QUERIES_MAX, statements


def test_a_village_without_a_text_is_shown_how_to_begin(client: FlaskClient, village: Place) -> None:
    page = client.get(TEXT).text
    assert "用底稿起草" in page
    assert client.get(TEXT + "/versions").status_code == 200
    assert client.get(TEXT + "/versions/1").status_code == 404
    assert client.get(TEXT + "/draft").status_code == 404
    assert client.get(TEXT + "/draft/adopt").status_code == 404


@pytest.mark.parametrize("path", ["adoptions/x/1", "adoptions/covenant/0", "adoptions/covenant/2", "text/versions/0"])
def test_what_there_is_none_of_is_not_found(client: FlaskClient, village: Place, path: str) -> None:
    make_covenant(village)
    assert client.get(ROOM + path).status_code == 404


def test_another_villages_text_is_not_found(client: FlaskClient, village: Place) -> None:
    other = make_village("miaopo", name="庙坡村")
    make_covenant(other)
    make_rules(other)
    make_draft(other)
    for path in (*READING, *CHANGING):
        assert client.get(f"/desk/miaopo/covenant/{path}").status_code == 404, path


@pytest.mark.parametrize("role", [Role.GROUP_HEAD, Role.SHOPKEEPER, Role.SUPERVISION])
def test_others_read_but_neither_write_nor_see_the_draft(client: FlaskClient, app: Flask, role: Role) -> None:
    village = make_village()
    make_covenant(village)
    make_rules(village)
    make_draft(village, services.ClauseDraft("1", BOOKS.theme, "还没有定的话"))
    sign_in(client, make_staff(village, role))
    for path in READING:
        answer = client.get(ROOM + path)
        assert answer.status_code == 200, path
        assert "还没有定的话" not in answer.text
        assert "接着改草稿" not in answer.text
    for path in CHANGING:
        assert client.get(ROOM + path).status_code == 403, path
    for path in ("text/draft", "text/draft/begin", "text/draft/discard", "text/draft/paste", "text/draft/adopt"):
        assert post(client, ROOM + path, {"key": new_key()}).status_code == 403, path
    assert client.get(ROOM + "adoptions/covenant/2").status_code == 404


def test_the_wall_shows_covenant_and_rules_in_force_to_everybody(client: FlaskClient, app: Flask) -> None:
    village = make_village()
    assert "还没有在这里公布" in client.get("/public/qingxi/covenant").text
    make_covenant(village)
    make_rules(village, VOLUNTEERING)
    make_draft(village, services.ClauseDraft("1", BOOKS.theme, "还没有定的话"))
    page = client.get("/public/qingxi/covenant").text
    for words in (BOOKS.text, "参加志愿服务活动", "+2 分/小时", 'href="#clause-3"', "赞成 31 户"):
        assert words in page, words
    assert "还没有定的话" not in page
    assert 'href="/public/qingxi/covenant"' in client.get("/public/qingxi/").text
    assert client.get("/public/nowhere/covenant").status_code == 404
