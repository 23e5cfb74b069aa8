"""The minutes on paper: everything on it reads back, long reasons are whole, the same meeting gives the same bytes."""

import io
from dataclasses import replace
from datetime import date

import pypdf
from flask import Flask

from pointsbank.access.models import Role
from pointsbank.deeds.documents.minutes import Minutes, MinutesItem, minutes_of, minutes_pdf
from pointsbank.deeds.models import Outcome
from pointsbank.deeds.queries.agenda import all_decisions
from pointsbank.deeds.queries.agenda import meeting as find_meeting
from pointsbank.deeds.services.panel import MeetingDetails, close_meeting, edit_meeting
from pointsbank.deeds.services.reviewing import Votes
from pointsbank.foundation.actor import SYSTEM
from tests.deed_rules import HELPING, make_rules
from tests.factories import make_household, make_village
from tests.fonts import registered_fonts
from tests.meetings import hold_meeting, item, make_body, make_claim, make_kin, meet, reviewed
from tests.pdf import fonts_of, text_of

TODAY = date(2026, 3, 18)
HELP = reviewed(HELPING)
ITEM = MinutesItem(1, "阿依古丽·买买提 03-012", "帮助独居、留守老人", "通过", "3", "4:1:0", "王芳（儿媳）", "")
MINUTES = Minutes(
    "清溪村", "积分评议小组", 3, TODAY, "会议室", ("赵一",), (), True, True, "议定 1 件：通过 1 件。", (ITEM,), ""
)


def test_a_meeting_says_on_paper_what_it_decided(app: Flask) -> None:
    village = make_village()
    make_rules(village, HELP)
    reviewers = make_body(village, Role.REVIEWER, 3)
    household = make_household(village, "𠅤㙓", number="03-012", group=3)
    make_kin(village, reviewers[2], household, "儿媳")
    first, second, third = (make_claim(village, household, HELP) for _ in range(3))
    meeting = hold_meeting(village, present=reviewers[:2])
    meet(
        village,
        meeting,
        item(first, per_unit=200, reason="只帮了半天", votes=Votes(2)),
        item(second, Outcome.REJECTED, reason="没有人看见"),
        item(third, Outcome.HELD_OVER, reason="问清楚再说"),
    )
    details = MeetingDetails(TODAY, "村委会会议室", frozenset({reviewers[0].id, reviewers[1].id}))
    edit_meeting(village, meeting, details, "先学文件。\n再逐件议。", SYSTEM, 1)

    def printed() -> bytes:
        found = find_meeting(village.id, meeting)
        return minutes_pdf(minutes_of(village, found, all_decisions(found.id)), registered_fonts())

    assert "会议未结束，草稿" in text_of(printed())
    close_meeting(village, meeting, SYSTEM, 2)
    pdf = printed()
    text = text_of(pdf)
    for words in (
        "清溪村积分评议小组会议记录",
        "第1次会议",
        "2026年3月18日",
        "地点：村委会会议室",
        "到会（2人）：赵rev、钱rev",
        "没到（1人）：孙rev",
        "议定3件：通过1件，不通过1件，下次再议1件",
        "𠅤㙓家03-012",
        "分值由3改为2：只帮了半天",
        "2:0:0",
        "孙rev（儿媳）回避",
        "没有人看见",
        "先学文件。再逐件议。",
        "主持人：",
        "到会人员签字：",
    ):
        assert words in text, words
    assert "草稿" not in text
    assert all(fonts_of(pdf).values())
    assert printed() == pdf


def test_two_hundred_items_with_long_reasons_go_over_pages_and_are_whole(app: Flask) -> None:
    reason = "理由很长" * 50
    items = tuple(replace(ITEM, serial=serial, reason=reason if serial == 150 else "") for serial in range(1, 201))
    pdf = minutes_pdf(replace(MINUTES, items=items, text="说了很多。\n" * 300), registered_fonts())
    text = text_of(pdf)
    assert reason in text
    assert text.count("阿依古丽·买买提") == 200
    assert text.count("说了很多。") == 300
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) > 8
    assert all("说明" in page.extract_text() for page in pages[:4])


def test_columns_that_nothing_stands_in_are_left_out_and_items_stand_on_one_line() -> None:
    what = "义务投工投劳（修路、清淤、植树、管网维护）（12.5小时）"
    plain = replace(ITEM, who="王小明 03-012", what=what, votes="", recused="")
    pdf = minutes_pdf(
        replace(MINUTES, items=tuple(replace(plain, serial=one) for one in range(1, 521))), registered_fonts()
    )
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    for title in ("票数", "说明"):
        assert title not in pages[0]
    assert sum(page.count(what) for page in pages) == 520  # no line break within
    assert len(pages) <= 14
    spoken = replace(plain, reason="理由很长" * 50, recused="王芳（儿媳）")
    [page] = pypdf.PdfReader(io.BytesIO(minutes_pdf(replace(MINUTES, items=(plain, spoken)), registered_fonts()))).pages
    text = page.extract_text()
    assert "票数" not in text
    assert text.count(what) == 2
    assert "王芳（儿媳）回避；" + "理由很长" * 50 in "".join(text.split())
