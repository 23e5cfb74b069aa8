"""A household's page: its points, what it has used of its totals, its people, its statement a page at a time."""

import re
from datetime import date, timedelta
from functools import partial
from io import BytesIO

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from pointsbank.access.models import Role
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger.booking import Booking, Source
from pointsbank.people import services
from pointsbank.people.models import Household, Residence
from pointsbank.people.services import ResidentDetails
from pointsbank.people.views import households as views
from pointsbank.places.models import Place
from tests.booking import book
from tests.factories import make_household, make_points, make_resident, make_staff, make_village
from tests.statements import count_statements
from tests.web.conftest import sign_in

PEOPLE = "/desk/qingxi/people/"
STATEMENTS_MAX = 12


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def clerk(client: FlaskClient, village: Place) -> FlaskClient:
    sign_in(client, make_staff(village, Role.CLERK))
    return client


@pytest.fixture
def household(village: Place) -> Household:
    return make_household(village, "张建国", number="03-012", group=3)


def words(page: str) -> str:
    """What a person reads on a page."""
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def earn(village: Place, household: Household, points: int, day: date, text: str, claim: int = 1) -> None:
    serial = household.serial
    book(village, [serial], lambda batch: batch.earn(serial, points, day, Source("claim", claim), text))


def test_the_balance_stands_big_with_what_is_reserved_owed_and_honoured_beside_it(
    clerk: FlaskClient, village: Place, household: Household
) -> None:
    make_points(village, household, 3_650)
    serial = household.serial
    book(village, [serial], lambda batch: batch.hold(serial, 600, Source("order", 1), "大米×1"))
    page = clerk.get(f"{PEOPLE}{household.id}").text
    assert "<strong>30.5</strong> 分" in page
    shown = words(page)
    assert "先留着 6 分" in shown
    assert "待扣 0 分" in shown
    assert "荣誉分 36.5 分" in shown


def test_a_debt_is_shown_without_sign(clerk: FlaskClient, village: Place, household: Household) -> None:
    make_points(village, household, 500)
    serial = household.serial
    book(village, [serial], lambda batch: batch.redeem(serial, 400, Source("redemption", 1), "大米×1"))
    book(village, [serial], lambda batch: batch.reverse_earning(1, Source("claim", 1), "更正：记错了户"))
    shown = words(clerk.get(f"{PEOPLE}{household.id}").text)
    assert "可用积分 0 分" in shown
    assert "待扣 4 分" in shown
    assert "积分不够扣，还差的 4 分记成了待扣：以后得的分先抵它" in shown
    assert "收回得分 更正：记错了户" in shown
    assert "更正：收回得分" not in shown


def test_nothing_is_said_of_a_debt_that_is_none(clerk: FlaskClient, village: Place, household: Household) -> None:
    make_points(village, household, 500)
    assert "记成了待扣" not in clerk.get(f"{PEOPLE}{household.id}").text


def test_points_held_for_an_order_say_what_became_of_them_on_the_page_and_in_the_file(
    clerk: FlaskClient, village: Place, household: Household
) -> None:
    make_points(village, household, 3_000)
    serial = household.serial
    for number, good in enumerate(("大米", "食盐", "香皂"), start=1):
        reserve = partial(Booking.hold, household=serial, amount=300, source=Source("order", number))
        book(village, [serial], partial(reserve, text=f"先留着：{good}×1"))
    book(village, [serial], lambda batch: batch.settle(2, 300, Source("redemption", 1), "大米×1"))
    book(village, [serial], lambda batch: batch.release(3, Source("order", 2), "取消预留，退回：食盐×1"))
    shown = words(clerk.get(f"{PEOPLE}{household.id}").text)
    assert "换东西（下单，已领走） 大米×1 -3" in shown
    assert "换东西（下单，没领，已退回） 食盐×1 -3" in shown
    assert "换东西（下单，先留着） 香皂×1 -3" in shown
    assert "退回留着的积分 取消预留，退回：食盐×1 +3" in shown
    sheet = openpyxl.load_workbook(BytesIO(clerk.get(f"{PEOPLE}{household.id}/statement.xlsx").data)).active
    assert sheet is not None
    told_in_file = [(row[3], row[4]) for row in list(sheet.values)[2:5]]
    assert told_in_file == [
        ("换东西（下单，已领走）", "大米×1"),
        ("换东西（下单，没领，已退回）", "食盐×1"),
        ("换东西（下单，先留着）", "香皂×1"),
    ]


def test_what_is_used_of_the_month_and_the_year_is_shown(
    clerk: FlaskClient, village: Place, household: Household
) -> None:
    for day, points in ((date(2026, 1, 5), 1_000), (date(2026, 3, 2), 450), (date(2025, 12, 30), 700)):
        earn(village, household, points, day, "好人好事")
    shown = words(clerk.get(f"{PEOPLE}{household.id}").text)
    assert "3月已得分 4.5 / 最多 60 分" in shown
    assert "2026年已得分 14.5 / 最多 400 分" in shown


def test_members_stand_there_with_relation_age_residence_and_phone(
    clerk: FlaskClient, village: Place, household: Household
) -> None:
    details = ResidentDetails("李小芳", "配偶", None, date(1960, 3, 19), None, "13812341234", Residence.AWAY)
    services.add_resident(village, household.id, details, SYSTEM, new_key())
    gone = make_resident(village, household, "张小宝", "子")
    services.close_resident(village, gone.id, gone.version, SYSTEM)
    shown = words(clerk.get(f"{PEOPLE}{household.id}").text)
    assert "家里的人 2 人" in shown
    assert "李小芳 配偶 65 岁 外出 13812341234" in shown  # her birthday is tomorrow
    assert "已注销的 1 人 张小宝 子 2026年3月18日注销 恢复" in shown


def test_a_line_says_in_words_what_happened_and_leads_to_its_claim(
    clerk: FlaskClient, village: Place, household: Household
) -> None:
    earn(village, household, 250, date(2026, 3, 2), "参加志愿服务活动", claim=17)
    serial = household.serial
    book(village, [serial], lambda batch: batch.redeem(serial, 200, Source("redemption", 1), "食用盐×1"))
    page = clerk.get(f"{PEOPLE}{household.id}").text
    assert "2026年3月18日 ，第 2 号，从哪里来 换东西 食用盐×1 -2 0.5" in words(page)
    assert "2026年3月18日 ，第 1 号，从哪里来 得分 参加志愿服务活动 （2026年3月2日的事） +2.5 2.5" in words(page)
    assert re.search(r'<a href="/desk/qingxi/[^"]*17">参加志愿服务活动</a>', page)


@pytest.fixture
def lines(village: Place, household: Household, still_clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven deeds on seven days from 18 March on, three to a page."""
    monkeypatch.setattr(views, "LINES_PER_PAGE", 3)
    for number in range(1, 8):
        earn(village, household, 100, clock.today(), f"第{number}件", claim=number)
        still_clock.move(timedelta(days=1))


def told(page: str) -> list[str]:
    return re.findall("第[0-9]件", page)


@pytest.mark.usefixtures("lines")
def test_the_statement_goes_back_a_page_at_a_time(clerk: FlaskClient, household: Household) -> None:
    page = clerk.get(f"{PEOPLE}{household.id}").text
    seen = told(page)
    while following := re.search(r'rel="next" href="([^"#]+)', page):
        page = clerk.get(following[1].replace("&amp;", "&")).text
        seen += told(page)
        assert "最新的" in page
    assert seen == [f"第{number}件" for number in range(7, 0, -1)]


@pytest.mark.usefixtures("lines")
def test_the_statement_of_some_days_says_what_the_balance_was_then(clerk: FlaskClient, household: Household) -> None:
    page = clerk.get(f"{PEOPLE}{household.id}?first_day=2026-03-19&last_day=2026-03-22").text
    assert told(page) == ["第5件", "第4件", "第3件"]
    assert "到 2026年3月22日为止，可用积分 5 分。" in words(page)
    following = re.search(r'rel="next" href="([^"#]+)', page)
    assert following is not None
    assert told(clerk.get(following[1].replace("&amp;", "&")).text) == ["第2件"]
    assert "到 2026年3月1日为止，可用积分 0 分。" in words(
        clerk.get(f"{PEOPLE}{household.id}?last_day=2026-03-01").text
    )


@pytest.mark.usefixtures("lines")
def test_the_statement_is_exported_for_the_days_on_the_screen(clerk: FlaskClient, household: Household) -> None:
    page = clerk.get(f"{PEOPLE}{household.id}?first_day=2026-03-19&last_day=2026-03-20").text
    link = re.search(r'href="([^"]+statement\.xlsx[^"]*)"', page)
    assert link is not None
    answer = clerk.get(link[1].replace("&amp;", "&"))
    assert "03-012" in answer.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    rows = [dict(zip(next(iter(sheet.values)), row, strict=True)) for row in list(sheet.values)[1:]]
    assert [(row["说明"], row["积分变动"], row["余额"]) for row in rows] == [("第2件", 1, 2), ("第3件", 1, 3)]


@pytest.mark.parametrize(
    "query",
    [
        "first_day=2026-02-30",
        "last_day=gestern",
        "first_day=0001-01-01",
        "last_day=9999-12-31",
        "first_day=2026-03-02&last_day=2026-03-01",
        "before=0",
        "before=x",
        f"before={2**63}",
    ],
)
def test_days_that_cannot_be_are_told_and_the_statement_stays_whole(
    clerk: FlaskClient, village: Place, household: Household, query: str
) -> None:
    earn(village, household, 100, clock.today(), "第1件")
    answer = clerk.get(f"{PEOPLE}{household.id}?{query}")
    assert answer.status_code == 422
    assert told(answer.text) == ["第1件"]
    assert "field-error" in answer.text or "message-warn" in answer.text
    assert clerk.get(f"{PEOPLE}{household.id}/statement.xlsx?{query}").status_code == 422


def test_a_household_without_lines_is_told_what_to_do(clerk: FlaskClient, household: Household) -> None:
    page = clerk.get(f"{PEOPLE}{household.id}").text
    assert "还没有积分进出" in page
    assert "这段时间没有进出" in clerk.get(f"{PEOPLE}{household.id}?last_day=2026-03-01").text


def test_the_page_takes_the_same_few_statements_whatever_it_holds(
    clerk: FlaskClient, village: Place, household: Household
) -> None:
    path = f"{PEOPLE}{household.id}?first_day=2026-01-01&last_day=2026-12-31"
    make_points(village, household, 100)
    with count_statements() as few:
        clerk.get(path)
    for number in range(12):
        make_resident(village, household, f"张小{'甲乙丙丁戊己庚辛壬癸子丑'[number]}", "子")
        make_points(village, household, 100)
    with count_statements() as many:
        clerk.get(path)
    assert len(many) == len(few) <= STATEMENTS_MAX, "\n".join(many)


# --- who sees what ---


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.SUPERVISION, Role.GROUP_HEAD, Role.COMMITTEE])
def test_those_who_review_read_but_are_offered_nothing_to_change(
    client: FlaskClient, village: Place, household: Household, role: Role
) -> None:
    details = ResidentDetails("李小芳", "配偶", phone="13812341234")
    member = services.add_resident(village, household.id, details, SYSTEM, new_key())
    sign_in(client, make_staff(village, role))
    page = client.get(f"{PEOPLE}{household.id}").text
    assert "138****1234" in page
    assert "13812341234" not in page
    for path in (f"{household.id}/edit", f"{household.id}/head", f"{household.id}/consent", f"{household.id}/close"):
        assert path not in page
    assert f"residents/{member.id}" not in page
    assert "/cards/" not in page
    assert client.get(f"{PEOPLE}{household.id}/statement.xlsx").status_code == 200
    assert "导入花名册" not in client.get(PEOPLE).text


@pytest.mark.parametrize("role", [Role.SHOPKEEPER, Role.OFFICER])
def test_others_do_not_see_households(client: FlaskClient, village: Place, household: Household, role: Role) -> None:
    sign_in(client, make_staff(village, role))
    for path in ("", household.id, f"{household.id}/statement.xlsx"):
        assert client.get(f"{PEOPLE}{path}").status_code == 403


GETS = ("{0}", "{0}/statement.xlsx", "{0}/edit", "{0}/consent", "{0}/head", "{0}/residents/new")
POSTS = ("{0}/edit", "{0}/consent", "{0}/consent/withdraw", "{0}/head", "{0}/residents/new", "{0}/close", "{0}/reopen")
OF_RESIDENTS = ("residents/{1}", "residents/{1}/move")
POSTS_OF_RESIDENTS = (*OF_RESIDENTS, "residents/{1}/close", "residents/{1}/reopen")


def test_another_villages_household_and_resident_are_not_found(clerk: FlaskClient, village: Place) -> None:
    miaopo = make_village("miaopo", name="庙坡村")
    household = make_household(miaopo, "赵外村")
    resident = make_resident(miaopo, household)
    token = re.findall(r'name="csrf_token" value="([^"]+)"', clerk.get(PEOPLE).text)[0]
    data = {"csrf_token": token, "version": "1", "number": "9-9", "group": "1", "name": "张三", "key": new_key()}
    data |= {"consent_on": "2026-03-01", "resident": str(resident.id), "household": "9-9", "residence": "resident"}
    for path in (*GETS, *OF_RESIDENTS):
        answer = clerk.get(PEOPLE + path.format(household.id, resident.id))
        assert answer.status_code == 404, path
        assert "赵外村" not in answer.text
    for path in (*POSTS, *POSTS_OF_RESIDENTS):
        assert clerk.post(PEOPLE + path.format(household.id, resident.id), data=data).status_code == 404, path
    assert household.version == 1


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.SUPERVISION])
def test_those_who_only_read_change_nothing(
    client: FlaskClient, village: Place, household: Household, role: Role
) -> None:
    resident = make_resident(village, household)
    sign_in(client, make_staff(village, role))
    token = re.findall(r'name="csrf_token" value="([^"]+)"', client.get(PEOPLE).text)[0]
    for path in (*POSTS, *POSTS_OF_RESIDENTS, "new", "import", "import/apply"):
        answer = client.post(PEOPLE + path.format(household.id, resident.id), data={"csrf_token": token})
        assert answer.status_code == 403, path
    for path in (*GETS[2:], *OF_RESIDENTS, "new", "import", "roster.xlsx", "roster-template.xlsx"):
        assert client.get(PEOPLE + path.format(household.id, resident.id)).status_code == 403, path
