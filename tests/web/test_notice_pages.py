"""The pages of notices, objections and oversight: each step of a claim on the wall by the people who do it."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from pointsbank.access.models import Role, Staff
from pointsbank.deeds.documents import notice_picture
from pointsbank.deeds.models import ClaimState, NoticeState
from pointsbank.deeds.queries import notices, oversight
from pointsbank.deeds.services import objecting, overseeing
from pointsbank.deeds.services.objecting import ObjectionDraft
from pointsbank.deeds.views import notices as views
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import db
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from tests.deed_rules import HELPING, LITTER, STUDENT
from tests.factories import make_household, make_staff, make_village
from tests.fonts import prepared_fonts_folder
from tests.meetings import make_kin
from tests.notices import go_to, make_approved, make_reviewing_village, on_the_wall, prepare, spendable, state_of
from tests.web.conftest import csrf, post, sign_in

TODAY, AFTER = date(2026, 3, 18), date(2026, 3, 24)
DEEDS = "/desk/qingxi/deeds"


@pytest.fixture
def village(app: Flask) -> Place:
    return make_reviewing_village()


@pytest.fixture
def clerk(client: FlaskClient, village: Place) -> Staff:
    staff = make_staff(village, Role.CLERK)
    sign_in(client, staff)
    return staff


def send(client: FlaskClient, path: str, data: Mapping[str, object] | None = None) -> TestResponse:
    return post(client, f"{DEEDS}{path}", {"key": new_key(), **(data or {})}, f"{DEEDS}/record")


def test_a_notice_goes_from_the_list_to_the_wall_and_into_the_book(
    client: FlaskClient, village: Place, clerk: Staff, still_clock: FixedClock
) -> None:
    household = make_household(village, "张三")
    assert "现在没有评议通过" in client.get(f"{DEEDS}/notices").text
    make_approved(village, household, HELPING)
    assert "评议通过 1 件，+3 分" in client.get(f"{DEEDS}/notices").text
    answer = send(client, "/notices", {"planned_on": "2026-03-18", "up_to": ""})
    assert (answer.status_code, answer.location) == (303, f"{DEEDS}/notices/1")
    page = client.get(answer.location).text
    for words in ("第 1 期公示做好了", "还没贴", "帮助独居、留守老人", "广播稿", "整期撤下"):
        assert words in page
    hanging = {"position": "1", "venue": "公开栏", "hung_by": "王组长", "hung_on": "2026-03-18", "seen": ""}
    answer = send(client, "/notices/1/hang", hanging)
    assert "公示到 2026年3月23日止" in client.get(answer.location).text
    assert send(client, "/notices/1/book").status_code == 409
    go_to(still_clock, AFTER)
    sign_in(client, clerk)
    assert "可以入账了" in client.get(f"{DEEDS}/notices").text
    answer = send(client, "/notices/1/book")
    assert "入账 1 件，共 3 分" in client.get(answer.location).text
    assert spendable(village, household) == 300
    answer = send(client, "/notices/book")
    assert "没有可以入账的" in client.get(answer.location).text


def test_the_paper_of_a_notice_is_a_pdf_in_both_sizes_and_by_group(
    client: FlaskClient, village: Place, clerk: Staff
) -> None:
    folder: Path = client.application.config["POINTSBANK"].fonts_folder
    folder.symlink_to(prepared_fonts_folder(), target_is_directory=True)
    make_approved(village, make_household(village), HELPING)
    prepare(village)
    for query in ("", "?size=A3", "?group=1"):
        answer = client.get(f"{DEEDS}/notices/1/paper.pdf{query}")
        assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")
    answer = client.get(f"{DEEDS}/notices/1/picture.png?group=1")
    assert (answer.status_code, answer.data[1:4]) == (200, b"PNG")
    assert client.get(f"{DEEDS}/notices/1/paper.pdf?size=A9").status_code == 422
    assert client.get(f"{DEEDS}/notices/1/paper.pdf?group=99").status_code == 404
    assert client.get(f"{DEEDS}/notices/9/paper.pdf").status_code == 404


def test_a_notice_too_long_for_one_picture_offers_one_for_each_group(
    client: FlaskClient, village: Place, clerk: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder: Path = client.application.config["POINTSBANK"].fonts_folder
    folder.symlink_to(prepared_fonts_folder(), target_is_directory=True)
    for group in (1, 2):
        make_approved(village, make_household(village, group=group), HELPING)
    prepare(village)
    whole, of_group = (f"{DEEDS}/notices/1/picture.png{query}" for query in ("", "?group=2"))
    page = client.get(f"{DEEDS}/notices/1").text
    assert f'href="{whole}"' in page
    assert "放不下" not in page
    monkeypatch.setattr(notice_picture, "ITEMS_MAX", 1)
    monkeypatch.setattr(views, "ITEMS_MAX", 1)
    page = client.get(f"{DEEDS}/notices/1").text
    assert f'href="{whole}"' not in page
    assert "这一期有 2 件，一张长图放不下（最多 1 件）" in page
    assert f'href="{of_group}"' in page
    assert client.get(of_group).mimetype == "image/png"
    answer = client.get(whole)  # an old link
    assert (answer.status_code, answer.location) == (303, f"{DEEDS}/notices/1#print")
    assert "请按组出图" in client.get(f"{DEEDS}/notices/1").text


def test_a_group_head_hangs_and_takes_objections_but_does_not_book(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, Role.GROUP_HEAD))
    claim = make_approved(village, make_household(village), HELPING)
    prepare(village)
    hanging = {"position": "1", "venue": "公开栏", "hung_by": "王组长", "hung_on": "2026-03-18", "seen": ""}
    assert send(client, "/notices/1/hang", hanging).status_code == 303
    assert notices.notice(village.id, 1).state is NoticeState.HANGING
    answer = send(client, "/objections/new", {"claim": str(claim), "reason": "没有去", "received_on": "2026-03-18"})
    assert answer.status_code == 303
    for path in ("/notices", "/notices/1/book", "/notices/1/withdraw", f"/notices/items/{claim}/cancel"):
        assert send(client, path).status_code == 403, path


def test_withdrawing_and_cancelling_ask_for_a_reason(client: FlaskClient, village: Place, clerk: Staff) -> None:
    household = make_household(village)
    claims = [make_approved(village, household, rule) for rule in (HELPING, STUDENT)]
    on_the_wall(village)
    answer = send(client, f"/notices/items/{claims[0]}/cancel", {"reason": " "})
    assert (answer.status_code, "撤销原因不能空着" in answer.text) == (422, True)
    answer = send(client, f"/notices/items/{claims[0]}/cancel", {"reason": "报了两次"})
    assert answer.location == f"{DEEDS}/notices/1"
    assert state_of(village, claims[0]) is ClaimState.CANCELLED
    answer = send(client, "/notices/1/withdraw", {"reason": ""})
    assert (answer.status_code, "没有撤下" in answer.text) == (422, True)
    answer = send(client, "/notices/1/withdraw", {"reason": "贴错了村"})
    assert "撤下了，1 件回到" in client.get(answer.location).text
    assert send(client, f"/notices/items/{claims[1]}/cancel", {"reason": "x"}).status_code == 409


def test_an_objection_is_taken_and_decided_by_another_person(client: FlaskClient, village: Place, clerk: Staff) -> None:
    claim = make_approved(village, make_household(village, "张三"), HELPING, approver=clerk.actor)
    on_the_wall(village)
    page = client.get(f"{DEEDS}/objections/new?claim={claim}").text
    assert "张三家" in page
    form = {
        "claim": str(claim),
        "reason": "那天没有去",
        "received_on": "2026-03-18",
        "name": "赵举报",
        "contact": "138",
    }
    answer = send(client, "/objections/new", form)
    assert answer.location == f"{DEEDS}/objections/1"
    page = client.get(answer.location).text
    assert "要别的人处理" in page
    assert "赵举报" in page  # the clerk typed it
    assert send(client, "/objections/1/decide", {"outcome": "kept", "reason": "去了"}).status_code == 403
    assert "3月21日" in client.get(f"{DEEDS}/objections").text
    reviewer = make_staff(village, Role.REVIEWER)
    sign_in(client, reviewer)
    page = client.get(f"{DEEDS}/objections/1").text
    assert "赵举报" not in page
    assert "保密" in page
    answer = post(
        client,
        f"{DEEDS}/objections/1/decide",
        {"key": new_key(), "outcome": "adjusted", "points": "２", "reason": "只去了一半"},
        f"{DEEDS}/objections/1",
    )
    assert "这一件现在 2 分" in client.get(answer.location).text
    page = client.get(f"{DEEDS}/objections").text
    assert "调整分值" in page
    assert "+3→+2" in page
    sign_in(client, make_staff(village, Role.SUPERVISION))
    assert "赵举报" in client.get(f"{DEEDS}/objections/1").text


def test_the_supervision_committee_draws_remarks_asks_and_signs(
    client: FlaskClient, village: Place, still_clock: FixedClock
) -> None:
    clerk, member = make_staff(village, Role.CLERK), make_staff(village, Role.SUPERVISION)
    claim = make_approved(village, make_household(village), HELPING, day=date(2026, 2, 20))
    sign_in(client, member)
    home = f"{DEEDS}/oversight"
    assert "2026年2月发生的事还有 1 件没有入账" in client.get(home).text
    for path, data, words in (
        ("/draw", {}, "抽了 1 件"),
        (f"/samples/{claim}", {"remark": "属实，问过邻居"}, "属实，问过邻居"),
        ("/questions", {"text": "签到表在哪？", "claim": str(claim), "answer_by": "2026-03-25"}, "签到表在哪？"),
        ("/sign", {"sign-period": "2026-02", "sign-remark": "", "sign-key": new_key()}, "2026年2月您签过字了"),
    ):
        answer = post(client, f"{home}{path}", {"key": new_key(), **data}, home)
        assert answer.status_code == 303, answer.text
        assert words in client.get(answer.location).text
    signed = client.get(home).text
    assert "没有要签的月份" in signed
    assert "没有入账" not in signed
    assert "等着村委会或文书答复" in client.get(f"{home}/questions/1").text
    sign_in(client, clerk)
    answer = send(client, "/oversight/questions/1", {"answer": "在会议室柜子里"})
    assert "在会议室柜子里" in client.get(answer.location).text
    assert send(client, "/oversight/draw").status_code == 403


def test_samples_are_remarked_on_in_the_list_each_its_own(client: FlaskClient, village: Place) -> None:
    member, kin = make_staff(village, Role.SUPERVISION), make_household(village)
    first, second, kins = (
        make_approved(village, household, HELPING)
        for household in (make_household(village), make_household(village), kin)
    )
    make_kin(village, member, kin, "儿媳")
    overseeing.draw(village, SYSTEM, new_key())
    sign_in(client, member)
    home = f"{DEEDS}/oversight"
    page = client.get(home).text
    assert set(re.findall(r'name="(remark-\d+)"', page)) == {f"remark-{first}", f"remark-{second}"}
    assert "您要回避（儿媳），请别的成员写" in page
    for wrong, status in ({kins: "属实"}, 403), ({second: "长" * 201}, 422), ({99: "属实"}, 404), ({10**17: "x"}, 404):
        texts = {f"remark-{serial}": text for serial, text in {first: "问过邻居", **wrong}.items()}
        answer = post(client, f"{home}/remarks", {"key": new_key(), **texts}, home)
        assert answer.status_code == status, (wrong, answer.status_code)
        assert 'value="问过邻居"' in answer.text
    assert post(client, f"{home}/remarks", {"key": new_key(), f"remark-{first}": " "}, home).status_code == 422
    answer = post(client, f"{home}/remarks", {"key": new_key(), f"remark-{first}": "问过邻居"}, home)
    assert answer.status_code == 303
    assert oversight.sample(village.id, first).remark == "问过邻居"
    left = client.get(answer.location).text
    assert re.findall(r'name="(remark-\d+)"', left) == [f"remark-{second}"]


HOSTILE = (
    *("2月30日", "1900-01-01", "9999-12-31", "-1", "1e9", "１２"),
    *("长" * 10_000, "<b>x", "\u200b", "\ud800"),
)
QUERIES = (
    *(("/notices/1", name) for name in ("after", "state", "words", "sheet")),
    *((path, "before") for path in ("/notices", "/objections", "/oversight")),
    ("/objections/new", "claim"),
)


def test_bad_input_is_refused_with_a_sentence(client: FlaskClient, village: Place) -> None:
    claim = make_approved(village, make_household(village), HELPING)
    on_the_wall(village)
    make_approved(village, make_household(village), STUDENT)
    sign_in(client, make_staff(village, Role.SUPERVISION, Role.CLERK))
    objecting.take(village, ObjectionDraft(claim, "没去", TODAY), SYSTEM, new_key())
    token = csrf(client, f"{DEEDS}/record")
    for value in HOSTILE:
        sent = {
            "/notices": {"planned_on": value, "up_to": value},
            "/notices/1/hang": dict.fromkeys(("position", "venue", "hung_by", "hung_on", "seen"), value),
            "/objections/new": {"claim": value, "reason": "没去", "received_on": value, "name": value},
            "/objections/1/decide": {"outcome": "adjusted", "points": value, "reason": "x" * 301},
            "/oversight/questions": {"text": "问", "claim": value, "answer_by": value},
            "/oversight/sign": {"sign-period": value, "sign-remark": value, "sign-key": new_key()},
        }
        for path, data in sent.items():
            body = urlencode({"csrf_token": token, "key": new_key(), **data}, errors="surrogatepass")
            answer = client.post(f"{DEEDS}{path}", data=body, content_type="application/x-www-form-urlencoded")
            assert 400 <= answer.status_code < 500, (path, value[:20].encode("utf-8", "replace"), answer.status_code)
        for path, name in QUERIES:
            asked = urlencode({name: value[:300]}, errors="surrogatepass")
            assert client.get(f"{DEEDS}{path}?{asked}").status_code in (200, 422), (path, asked[:40])


def test_another_villages_notices_and_objections_are_not_found(client: FlaskClient, village: Place) -> None:
    claim = make_approved(village, make_household(village), HELPING)
    on_the_wall(village)
    objecting.take(village, ObjectionDraft(claim, "没去", TODAY), SYSTEM, new_key())
    sign_in(client, make_staff(make_village("miaopo", name="庙坡村"), Role.CLERK, Role.SUPERVISION))
    for path in (
        "notices/1",
        "notices/1/paper.pdf",
        "objections/1",
        f"notices/items/{claim}/cancel",
        "oversight/samples/1",
    ):
        assert client.get(f"/desk/miaopo/deeds/{path}").status_code == 404, path
        assert client.get(f"/desk/qingxi/deeds/{path}").status_code == 404, path


def test_pages_ask_the_database_a_fixed_number_of_times(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, Role.CLERK, Role.SUPERVISION))

    def asked(path: str) -> int:
        seen: list[str] = []
        event.listen(db.engine, "before_cursor_execute", listener := lambda *said: seen.append(said[2]))
        assert client.get(f"{DEEDS}{path}").status_code == 200
        event.remove(db.engine, "before_cursor_execute", listener)
        return len([one for one in seen if one.startswith("SELECT")])

    def one_more() -> None:
        claims = [make_approved(village, make_household(village), rule) for rule in (HELPING, LITTER)]
        on_the_wall(village)
        objecting.take(village, ObjectionDraft(claims[0], "没去", TODAY), SYSTEM, new_key())

    paths = ("/notices", "/notices/1", "/objections", "/objections/1", "/oversight")
    one_more()
    few = {path: asked(path) for path in paths}
    one_more()
    one_more()
    assert {path: asked(path) for path in paths} == few
    assert max(few.values()) <= 12, few
