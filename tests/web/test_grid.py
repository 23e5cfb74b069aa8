"""A paper sheet is typed in as a grid: nothing typed is lost, a preview says what it gives, it is booked once."""

import html
import re
from collections.abc import Mapping
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Role
from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.forms import grid as grid_forms
from pointsbank.deeds.models import Claim, ClaimOrigin
from pointsbank.deeds.services import DeedDraft
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.people import services as people
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.deed_rules import HELPING, VOLUNTEERING, make_rules
from tests.factories import make_household, make_resident, make_staff, make_village
from tests.statements import count_statements
from tests.web.conftest import post, sign_in

GRID = "/desk/qingxi/deeds/grid"
Typed = Mapping[str, object]


@pytest.fixture
def village(app: Flask) -> Place:
    place = make_village()
    make_rules(place)
    return place


@pytest.fixture
def homes(village: Place) -> list[Household]:
    """张三 with his wife, 李四 alone, both of group 1; 王五 of group 2."""
    first = make_household(village, "张三", number="01-001")
    make_resident(village, first, "李小芳")
    return [first, make_household(village, "李四", number="01-002"), make_household(village, "王五", group=2)]


@pytest.fixture
def clerk(village: Place, homes: list[Household], client: FlaskClient) -> FlaskClient:
    sign_in(client, make_staff(village, Role.CLERK))
    return client


def opened(client: FlaskClient, group: int = 1, *codes: str) -> TestResponse:
    return client.get(GRID, query_string={"group": group, "rule": codes or ("HS06", "GY01"), "open": 1})


def key_of(page: TestResponse) -> str:
    found = re.search(r'name="key"[^>]*value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def typed(client: FlaskClient, act: str, cells: Typed, **more: object) -> TestResponse:
    sent = {"group": 1, "part": 1, "occurred_on": "2026-03-17", "rule": ["HS06", "GY01"], "key": "sheet", "act": act}
    return post(client, GRID, {**sent, **cells, **more})


def q(home: Household, code: str = "HS06") -> str:
    return f"q-{home.serial}-{code}"


def w(home: Household, code: str = "GY01") -> str:
    return f"w-{home.serial}-{code}"


def value_of(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page.text)
    assert found is not None, f"no field {name}"
    return html.unescape(found[1])


def booked(village: Place) -> list[Claim]:
    return list(queries.all_claims(village.id))


# --- choosing ---


def test_what_the_group_used_most_last_month_is_ticked(
    village: Place, homes: list[Household], clerk: FlaskClient
) -> None:
    drafts = [DeedDraft(homes[0].id, "KF01", 100, date(2026, 2, day)) for day in (23, 24)]
    drafts += [
        DeedDraft(homes[1].id, "HS06", 100, date(2026, 2, 25)),
        DeedDraft(homes[2].id, "GG05", 100, date(2026, 2, 25)),
    ]
    services.record_many(village, drafts, SYSTEM, new_key(), ClaimOrigin.GRID)
    page = clerk.get(GRID)
    assert re.findall(r'value="([A-Z0-9]+)" checked', page.text) == ["KF01", "HS06"]


def test_the_columns_of_the_last_sheet_are_ticked_for_the_next(clerk: FlaskClient) -> None:
    assert opened(clerk, 1, "GG05", "HS06").status_code == 200
    assert set(re.findall(r'value="([A-Z0-9]+)" checked', clerk.get(GRID).text)) == {"GG05", "HS06"}


def test_the_sheet_shows_the_group_s_open_households_and_nobody_else(
    village: Place, homes: list[Household], clerk: FlaskClient
) -> None:
    gone = make_household(village, "赵六", number="01-003")
    people.close_household(village, gone.id, gone.version, SYSTEM)
    page = opened(clerk)
    assert re.findall(r'<th scope="row">(\S+) <span class="quiet">(.*?)</span>', page.text)[:2] == [
        ("张三", "01-001"),
        ("李四", "01-002"),
    ]
    assert "王五" not in page.text
    assert "赵六" not in page.text
    assert q(homes[0], "GY01") in page.text


def test_only_where_somebody_else_could_have_done_it_one_chooses_who(
    homes: list[Household], clerk: FlaskClient
) -> None:
    page = opened(clerk).text
    assert f'<select name="{w(homes[0])}"' in page
    assert f'name="{w(homes[1])}"' not in page
    assert f'name="{w(homes[0], "HS06")}"' not in page


@pytest.mark.parametrize("group", ["3", "0", "x", "99999999999999999999", "１"])
def test_a_group_that_the_village_does_not_have_answers_404(
    village: Place, homes: list[Household], clerk: FlaskClient, group: str
) -> None:
    elsewhere = make_village("miaopo", name="庙坡村")
    make_household(elsewhere, group=3)
    assert clerk.get(GRID, query_string={"group": group, "rule": "HS06", "open": 1}).status_code == 404
    assert typed(clerk, "preview", {q(homes[0]): 1}, group=group).status_code == 404


@pytest.mark.parametrize("day", ["2026-02-30", "明天吧", "9999-99-99", "1" * 5_000])
def test_a_day_that_is_none_is_told_before_the_sheet_opens(clerk: FlaskClient, day: str) -> None:
    page = clerk.get(GRID, query_string={"group": 1, "rule": "HS06", "open": 1, "occurred_on": day})
    assert page.status_code == 422
    assert 'id="occurred_on-error"' in page.text


def test_more_than_twelve_rules_are_too_many(village: Place, homes: list[Household], clerk: FlaskClient) -> None:
    elsewhere = make_village("miaopo", name="庙坡村")
    rules = [RuleDraft(f"AA{n:02d}", "类别", f"第{n}条", 100, "次") for n in range(13)]
    make_rules(elsewhere, *rules)
    make_household(elsewhere)
    sign_in(clerk, make_staff(elsewhere, Role.CLERK))
    asked = {"group": 1, "rule": [rule.code for rule in rules], "open": 1}
    page = clerk.get("/desk/miaopo/deeds/grid", query_string=asked)
    assert page.status_code == 422
    assert "最多 12 条" in page.text


def test_rules_are_found_by_words_without_script(clerk: FlaskClient) -> None:
    page = clerk.get(GRID, query_string={"group": 1, "find": "让地"})
    assert re.search(r'找到的</p>\s*<div class="rule-list">.*?value="GG05"', page.text, re.S)


def test_without_groups_or_rules_the_page_says_what_to_do(app: Flask, client: FlaskClient) -> None:
    empty = make_village()
    sign_in(client, make_staff(empty, Role.CLERK))
    assert "先到“住户”导入花名册" in client.get(GRID).text
    make_household(empty)
    assert "先到“一约”订好细则" in client.get(GRID).text


def test_a_sheet_without_rules_is_not_opened_and_says_why(clerk: FlaskClient) -> None:
    answer = clerk.get(GRID, query_string={"group": 1, "open": 1})
    assert (answer.status_code, "还没有选细则" in answer.text) == (422, True)
    assert clerk.get(GRID, query_string={"group": 1}).status_code == 200


# --- looking ---


def test_the_preview_shows_points_and_why_a_cap_cuts_them_counting_the_same_sheet(
    homes: list[Household], clerk: FlaskClient
) -> None:
    page = typed(clerk, "preview", {q(homes[0]): 2, q(homes[1]): 3, q(homes[0], "GY01"): "2.5"})
    assert page.status_code == 200
    assert "每户每月最多记8分，已记0分，这次只记8分" in page.text
    assert [line.strip() for line in re.findall(r'<span class="change[^"]*">(.*?)</span>', page.text)] == [
        "+5",
        "+6",
        "+8",
    ]
    assert "3 件，积分 +19；1 件到了封顶" in page.text


def test_a_preview_books_nothing(village: Place, homes: list[Household], clerk: FlaskClient) -> None:
    typed(clerk, "preview", {q(homes[0]): 1})
    assert booked(village) == []


def test_a_preview_carries_the_sheet_back_and_forth(homes: list[Household], clerk: FlaskClient) -> None:
    wife = homes[0].residents[1]
    cells = {q(homes[0]): "１", q(homes[0], "GY01"): "2.5", w(homes[0]): wife.serial}
    page = typed(clerk, "preview", cells)
    assert (value_of(page, q(homes[0])), value_of(page, w(homes[0]))) == ("１", str(wife.serial))
    again = typed(clerk, "edit", cells)
    assert again.status_code == 200
    assert value_of(again, q(homes[0], "GY01")) == "2.5"
    assert f'<option value="{wife.serial}" selected>' in again.text


@pytest.mark.parametrize("text", ["x", "-1", "1e9", "1,000", "1000", "1.5", "五", "0.001", "1" * 21, "<b>1</b>", "NaN"])
def test_a_cell_that_cannot_be_is_marked_and_all_the_rest_is_kept(
    village: Place, homes: list[Household], clerk: FlaskClient, text: str
) -> None:
    for act in ("preview", "book"):
        page = typed(clerk, act, {q(homes[0]): text, q(homes[1]): "2", q(homes[1], "GY01"): "0.5"})
        assert page.status_code == 422
        assert page.text.count('class="cell-error"') == 1
        assert f'id="{q(homes[0])}-error"' in page.text
        assert value_of(page, q(homes[0])) == text[:21]
        assert (value_of(page, q(homes[1])), value_of(page, q(homes[1], "GY01"))) == ("2", "0.5")
    assert booked(village) == []


def test_zero_and_invisible_characters_are_nothing(village: Place, homes: list[Household], clerk: FlaskClient) -> None:
    page = typed(clerk, "preview", {q(homes[0]): "0", q(homes[1]): "\u200b \u202e"})
    assert page.status_code == 422
    assert "表上还没有填数量" in page.text


@pytest.mark.parametrize("day", ["2026-03-19", "2024-03-17", "2026-02-30", "x", ""])
def test_a_wrong_day_is_told_at_the_day_and_loses_nothing(
    village: Place, homes: list[Household], clerk: FlaskClient, day: str
) -> None:
    page = typed(clerk, "preview", {q(homes[0]): "1", q(homes[1]): "2"}, occurred_on=day)
    if day:
        assert page.status_code in (409, 422)
        assert page.text.count('id="occurred_on-error"') == 1
    else:
        assert "2026年3月18日" in page.text  # nothing written is today
    assert (value_of(page, q(homes[0])), value_of(page, q(homes[1]))) == ("1", "2")
    assert booked(village) == []


def test_a_rule_that_the_day_did_not_have_is_told_at_its_cells(
    village: Place, homes: list[Household], clerk: FlaskClient
) -> None:
    make_rules(village, HELPING, VOLUNTEERING, effective_on=date(2026, 3, 1))
    make_rules(village, HELPING, effective_on=date(2026, 3, 18))
    page = typed(clerk, "preview", {q(homes[0]): 1, q(homes[0], "GY01"): 2}, occurred_on="2026-03-18")
    assert page.status_code == 422
    assert "没有留住" in page.text
    page = typed(clerk, "preview", {q(homes[0]): 1, q(homes[0], "GY01"): 2}, occurred_on="2026-03-17")
    assert page.status_code == 200


def test_a_column_with_numbers_stays_when_its_rule_is_not_ticked(homes: list[Household], clerk: FlaskClient) -> None:
    page = typed(clerk, "rules", {q(homes[0]): "3"}, rule=["GG05"])
    assert value_of(page, q(homes[0])) == "3"
    assert q(homes[0], "GG05") in page.text
    assert q(homes[0], "GY01") not in page.text


def test_what_was_typed_for_a_household_that_is_gone_is_not_dropped_silently(
    village: Place, homes: list[Household], clerk: FlaskClient
) -> None:
    people.close_household(village, homes[1].id, homes[1].version, SYSTEM)
    page = typed(clerk, "book", {q(homes[0]): "1", q(homes[1]): "2"})
    assert page.status_code == 422
    assert "那几格没有留住" in page.text
    assert value_of(page, q(homes[0])) == "1"
    assert booked(village) == []


@pytest.mark.parametrize("who", ["", "x", "999999"])
def test_somebody_of_another_household_gets_nothing(
    village: Place, homes: list[Household], clerk: FlaskClient, who: str
) -> None:
    chosen = who or str(homes[2].residents[0].serial)
    page = typed(clerk, "book", {q(homes[0], "GY01"): "1", w(homes[0]): chosen})
    assert page.status_code == 422
    assert "请选是哪一位" in page.text
    assert booked(village) == []


def test_doubled_fields_are_refused(homes: list[Household], clerk: FlaskClient) -> None:
    assert typed(clerk, "preview", {q(homes[0]): ["1", "2"]}).status_code == 422


def test_what_is_booked_already_is_said(village: Place, homes: list[Household], clerk: FlaskClient) -> None:
    services.record(village, DeedDraft(homes[0].id, "HS06", 100, date(2026, 3, 17)), SYSTEM, new_key())
    page = typed(clerk, "preview", {q(homes[0]): 1, q(homes[1]): 1})
    assert "有 1 件可能已经记过" in page.text


# --- booking ---


def test_the_sheet_is_booked_and_the_next_group_comes_with_the_same_columns(
    village: Place, homes: list[Household], clerk: FlaskClient
) -> None:
    wife = homes[0].residents[1]
    cells = {q(homes[0]): "2", q(homes[0], "GY01"): "1.5", w(homes[0]): wife.serial, q(homes[1], "GY01"): "１"}
    answer = typed(clerk, "book", cells)
    assert answer.status_code == 303
    assert [
        (claim.household_id, claim.resident_id, claim.rule.code, claim.quantity, claim.points, claim.occurred_on)
        for claim in booked(village)
    ] == [
        (homes[0].id, wife.id, "GY01", 150, 300, date(2026, 3, 17)),
        (homes[0].id, None, "HS06", 200, 600, date(2026, 3, 17)),
        (homes[1].id, homes[1].residents[0].id, "GY01", 100, 200, date(2026, 3, 17)),
    ]
    assert {claim.origin for claim in booked(village)} == {ClaimOrigin.GRID}
    page = clerk.get(answer.headers["Location"])
    assert "1组的表已入账：3 件，合计 11 分。接着是下一个组。" in page.text
    assert "2组的打分表" in page.text
    assert q(homes[2], "GY01") in page.text
    assert 'value="2026-03-17"' in page.text


def test_the_same_sheet_sent_twice_is_booked_once(village: Place, homes: list[Household], clerk: FlaskClient) -> None:
    for _ in range(2):
        assert typed(clerk, "book", {q(homes[0]): "1"}).status_code == 303
    assert len(booked(village)) == 1


def test_another_sheet_under_a_used_key_is_shown_with_a_new_one(
    village: Place, homes: list[Household], clerk: FlaskClient
) -> None:
    typed(clerk, "book", {q(homes[0]): "1"})
    page = typed(clerk, "book", {q(homes[0]): "1", q(homes[1]): "2"})
    assert page.status_code == 409
    assert "已记过" in page.text
    assert len(booked(village)) == 1
    key = key_of(page)
    assert key != "sheet"
    assert typed(clerk, "book", {q(homes[1]): "2"}, key=key).status_code == 303
    assert len(booked(village)) == 2


def test_after_the_last_group_one_chooses_again(homes: list[Household], clerk: FlaskClient) -> None:
    answer = typed(clerk, "book", {q(homes[2]): "1"}, group=2)
    assert "最后一个组录完了" in clerk.get(answer.headers["Location"]).text


def test_a_sheet_of_sixty_households_and_twelve_rules_works_in_few_statements(app: Flask, client: FlaskClient) -> None:
    place = make_village()
    make_rules(place, *[RuleDraft(f"AA{n:02d}", "类别", f"第{n}条", 100, "次") for n in range(12)])
    homes = [make_household(place, number=f"01-{n:03d}") for n in range(1, 61)]
    sign_in(client, make_staff(place, Role.CLERK))
    codes = [f"AA{n:02d}" for n in range(12)]
    cells = {q(home, code): "1" for home in homes for code in codes}
    with count_statements() as seen:
        page = typed(client, "preview", cells, rule=codes)
    assert page.status_code == 200
    assert page.text.count('<th scope="row" class="nowrap">') == 720
    assert len(seen) <= 35, seen
    with count_statements() as seen:
        assert typed(client, "book", cells, rule=codes).status_code == 303
    assert len(seen) <= 64, seen
    assert len(booked(place)) == 720


def test_a_large_group_goes_on_several_pages(
    village: Place, homes: list[Household], clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid_forms, "HOUSEHOLDS_PER_SHEET", 1)
    first = opened(clerk)
    assert "第 1 页，共 2 页" in first.text
    assert "李四" not in first.text
    answer = typed(clerk, "book", {q(homes[0]): "1"})
    page = clerk.get(answer.headers["Location"])
    assert "接着是这个组的下一页" in page.text
    assert q(homes[1]) in page.text
    assert typed(clerk, "preview", {q(homes[1]): "1"}, part=3).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.CLERK, Role.GROUP_HEAD)])
def test_only_the_clerk_and_group_heads_record(
    village: Place, homes: list[Household], client: FlaskClient, role: Role
) -> None:
    sign_in(client, make_staff(village, role))
    assert client.get(GRID).status_code == 403
    assert typed(client, "book", {q(homes[0]): "1"}).status_code == 403
    assert booked(village) == []
