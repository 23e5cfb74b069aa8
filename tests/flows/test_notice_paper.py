"""The notice on paper: every item in order with its sums, names masked, nothing that is nobody's business."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import PIL.Image
import pypdf
import pytest
from flask import Flask

from pointsbank.deeds.documents import notice as documents
from pointsbank.deeds.documents.notice import notice_pdf, paper_of, period_words, spoken
from pointsbank.deeds.documents.notice_picture import notice_png
from pointsbank.deeds.queries import notices
from pointsbank.deeds.services import noticing, objecting
from pointsbank.deeds.services.booking import book_notices
from pointsbank.deeds.services.objecting import ObjectionDraft
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import transaction
from pointsbank.foundation.errors import TooLargeError
from pointsbank.foundation.identifiers import new_key
from pointsbank.people import services as people
from pointsbank.people.services import ResidentDetails
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.deed_rules import BRAVERY, DETENTION, HELPING, LITTER, STUDENT, VOLUNTEERING
from tests.factories import make_household, make_resident
from tests.fonts import registered_fonts
from tests.notices import go_to, hang_all, make_approved, make_reviewing_village, on_the_wall, prepare
from tests.pdf import fonts_of, text_of

TODAY = date(2026, 3, 18)


def pdf_of(village: Place, serial: int, size: str = "A4", group: int | None = None) -> bytes:
    notice = notices.notice(village.id, serial)
    sheets = [sheet.group for sheet in notice.hangings if group and sheet.group and sheet.group.number == group]
    return notice_pdf(paper_of(village, notice, sheets[0] if sheets else None), size, registered_fonts())


def test_items_stand_in_order_of_group_and_household_with_sums(app: Flask, still_clock: FixedClock) -> None:
    village = make_reviewing_village()
    second = make_household(village, "欧阳明", number="02-010", group=2)
    first = make_household(village, "王小明", number="01-002", group=1)
    make_approved(village, second, HELPING)
    make_approved(village, first, STUDENT)
    make_approved(village, first, HELPING)
    make_approved(village, first, BRAVERY)
    serial = on_the_wall(village)
    content = paper_of(village, notices.notice(village.id, serial))
    assert [part.name for part in content.parts] == ["1组", "2组"]
    lines = [line for part in content.parts for line in part.lines]
    assert [(line.household, line.name, line.points, line.sum, line.total) for line in lines] == [
        ("01-002", "王*明家", "+20", "+23 荣誉+30", "53"),
        ("01-002", "王*明家", "+3", "", ""),
        ("01-002", "王*明家", "荣誉+30", "", ""),
        ("02-010", "欧阳*家", "+3", "+3", "3"),
    ]
    text = text_of(pdf_of(village, serial))
    for words in (
        "积分公示表",
        "第1期",
        "共4件、2户",
        "2026年3月18日贴出，到2026年3月23日止，共5天",
        "家庭成员考上博士研究生",
    ):
        assert words in text
    for words in ("可以不留姓名", "村务监督委员会（签字）", "张贴日", "（盖章）", "2026年累计"):
        assert words in text
    assert text.index("家庭成员考上博士研究生") < text.index("2组")
    go_to(still_clock, date(2026, 3, 24))
    book_notices(village, SYSTEM, new_key())
    make_approved(village, first, HELPING)
    later = paper_of(village, notices.notice(village.id, on_the_wall(village)))
    assert later.parts[0].lines[0].total == "56"
    assert paper_of(village, notices.notice(village.id, serial)).parts[0].lines[0].total == "53"  # as it hung


def test_names_are_masked_without_consent_and_a_child_is_its_household(app: Flask) -> None:
    village = make_reviewing_village()
    masked, named = make_household(village, "王小明"), make_household(village, "张大山")
    with transaction():
        named.name_consent_on = TODAY
    child = people.add_resident(
        village, masked.id, ResidentDetails("王小丫", "女", born_on=date(2015, 5, 1)), SYSTEM, new_key()
    )
    grown = make_resident(village, masked, "李小芳")
    for household, person in ((masked, child), (masked, grown), (named, make_resident(village, named, "赵二妹"))):
        make_approved(village, household, VOLUNTEERING, resident=person)
    text = text_of(pdf_of(village, prepare(village)))
    for seen in ("王*明家", "李*芳", "赵二妹"):
        assert seen in text
    for hidden in ("王小明", "王小丫", "王*丫", "李小芳"):
        assert hidden not in text


def test_why_points_were_taken_and_who_objected_is_not_printed(app: Flask) -> None:
    village = make_reviewing_village()
    household = make_household(village, "王小明")
    make_approved(village, household, LITTER, resident=make_resident(village, household))
    earned = make_approved(village, household, HELPING)
    serial = on_the_wall(village)
    draft = ObjectionDraft(earned, "他家那天没有人去", TODAY, "赵举报", "13800138000")
    objecting.take(village, draft, SYSTEM, new_key())
    text = text_of(pdf_of(village, serial))
    assert "按村规民约扣分（事由不公布）" in text
    assert "-2" in text
    for hidden in ("乱倒垃圾", "赵举报", "13800138000", "那天没有人", "李小芳"):
        assert hidden not in text


def test_who_was_suspended_and_for_what_is_not_printed(app: Flask) -> None:
    village = make_reviewing_village()
    household = make_household(village, "王小明")
    make_approved(village, household, DETENTION, resident=make_resident(village, household))
    text = text_of(pdf_of(village, on_the_wall(village)))
    assert "按村规民约处理（事由不公布）" in text
    assert "王*明家" in text
    for hidden in ("拘留", "刑事", "李小芳", "李*芳"):
        assert hidden not in text


def test_each_group_has_its_own_sheet_and_cancelled_items_are_left_out(app: Flask) -> None:
    village = make_reviewing_village(VillageSettings(notice_by_group=True))
    make_approved(village, make_household(village, "王小明", group=1), HELPING)
    gone = make_approved(village, make_household(village, "孙大圣", group=2), STUDENT)
    make_approved(village, make_household(village, "周小军", group=2), HELPING)
    serial = prepare(village)
    noticing.cancel_item(village, gone, "记错了户", SYSTEM, new_key())
    assert "王*明" not in (text := text_of(pdf_of(village, serial, group=2)))
    assert "周*军" in text
    assert "孙*圣" not in text
    assert "共1件、1户" in text
    hang_all(village, serial)
    assert "到2026年3月23日止" in text_of(pdf_of(village, serial, group=1))


@pytest.mark.parametrize(("size", "items"), [("A4", 200), ("A3", 40)])
def test_many_items_fill_pages_that_all_say_what_they_are(size: str, items: int) -> None:
    content = long_content(items)
    pdf = notice_pdf(content, size, registered_fonts())
    assert pdf == notice_pdf(content, size, registered_fonts())
    texts = ["".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert all(f"第{number}页/共{len(texts)}页" in text for number, text in enumerate(texts, start=1))
    assert all("本户合计" in text for text in texts if "GY" in text)
    whole = "".join(texts)
    assert all(f"GY{number:04d}" in whole for number in range(items))
    assert whole.count("有不同意见怎么办") == 1
    assert all(fonts_of(pdf).values())


def long_content(items: int) -> documents.NoticePaper:
    lines = tuple(
        documents.Line(number + 1, "01-001", "㛃𬭎*", TODAY, f"参加志愿服务活动GY{number:04d}", "+2", "+2", "12")
        for number in range(items)
    )
    half = items // 2
    parts = (documents.GroupPart("1组", lines[:half], 50), documents.GroupPart("2组", lines[half:], 50))
    return documents.NoticePaper("清溪村", 7, "", "公示期：五天", parts, 2026, ("甲", "乙"), ("子", "丑", "寅"))


def test_a_long_item_is_broken_at_nearly_the_size_of_its_neighbours_and_its_row_grows() -> None:
    short, medium = "参加志愿服务活动", "帮助独居、留守老人（代买代办、打扫、送医）"
    long = "义务投工投劳（修路、清淤、植树、管网维护），连同巡河、护林、防火值班、应急抢险等（12.5小时）"
    whats = [short, medium, long, "字" * 3_000, short]
    content = replace(
        long_content(0),
        parts=(
            documents.GroupPart(
                "1组",
                tuple(
                    documents.Line(number, "01-001", "阿卜杜热依木·买买提依明·吐尔逊*", TODAY, what, "荣誉+30")
                    for number, what in enumerate(whats, start=1)
                ),
                1,
            ),
        ),
    )
    pdf = notice_pdf(content, "A4", registered_fonts())
    text = text_of(pdf)
    assert all(what in text for what in whats)  # whole, and its lines one below the other
    assert text.count("阿卜杜热依木·买买提依明·吐尔逊*") == len(whats)
    sizes = dict(sizes_in(pdf))
    assert sizes[short] == documents.TABLE.text_size
    assert documents.TEXT_SIZE_MIN <= sizes[medium] < documents.TABLE.text_size
    broken = [size for words, size in sizes.items() if len(words) > 8 and words in long]
    assert broken == [documents.TABLE.text_size] * 3


def sizes_in(pdf: bytes) -> list[tuple[str, float]]:
    """Each piece of text with the size of its letters."""
    found: list[tuple[str, float]] = []

    def note(text: str, _: Any, __: Any, ___: Any, size: float) -> None:
        found.append((text.strip(), size))

    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        page.extract_text(visitor_text=note)
    return found


def test_before_it_hangs_the_paper_says_how_long_it_will(app: Flask) -> None:
    village = make_reviewing_village()
    make_approved(village, make_household(village), HELPING)
    notice = notices.notice(village.id, prepare(village))
    assert period_words(notice) == "公示期：从最后一张公示表贴出的第二天算起，共 5 天"


def test_the_loudspeaker_speaks_about_a_minute(app: Flask) -> None:
    village = make_reviewing_village()
    make_approved(village, make_household(village, "王小明"), HELPING)
    notice = notices.notice(village.id, on_the_wall(village))
    text = spoken(village, notice, *notices.size_of(notice.id))
    assert 30 <= documents.seconds_of(text) <= 70
    assert "公示到3月23日为止" in text
    assert "王" not in text


def test_the_long_picture_is_as_long_as_it_must_be_and_a_larger_one_is_made_by_group() -> None:
    few, more = (notice_png(long_content(items), registered_fonts()) for items in (2, 20))
    sizes = [PIL.Image.open(io.BytesIO(png)).size for png in (few, more)]
    assert sizes[0][0] == sizes[1][0] == 1_080
    assert sizes[1][1] > sizes[0][1] + 30 * 18
    assert few == notice_png(long_content(2), registered_fonts())
    with pytest.raises(TooLargeError, match="请按组出图"):
        notice_png(long_content(401), registered_fonts())
