"""The sheets for one household: of a deduction with points and how to answer, of a reminder without points."""

import pytest

from pointsbank.deeds.documents.letter import PRIVATE, Letter, letter_pdf
from tests.fonts import registered_fonts
from tests.pdf import fonts_of, picture_of, text_of


def letter(value: str = "门前柴草堆到路上", household: str = "3组 03-012 张三户") -> Letter:
    return Letter(
        village="清溪村",
        office="清溪村委会",
        title="整改提醒单",
        number="第 7 号",
        household=household,
        facts=(("请您整改", value), ("整改期限", "2026年3月25日以前")),
        paragraphs=("邻里乡亲，提个醒。",),
        day="2026年3月18日",
        signers=("送单人", "签收人", "整改好的日子"),
    )


def test_the_sheet_is_one_a5_page_that_says_whom_it_is_for_and_that_it_is_private() -> None:
    pdf = letter_pdf(letter(), registered_fonts())
    text = text_of(pdf)
    for words in (
        "整改提醒单",
        "第7号",
        "3组03-012张三户：",
        "门前柴草堆到路上",
        "2026年3月25日以前",
        "签收人",
        PRIVATE,
    ):
        assert words in text
    assert all(fonts_of(pdf).values())
    assert picture_of(pdf, 254).size == pytest.approx((1480, 2100), abs=2)


@pytest.mark.parametrize("household", ["12组 12-0345 阿依古丽·买买提户", "3组 03-012 㛃𬭎户"])
def test_a_long_text_and_rare_names_are_whole(household: str) -> None:
    long = "请把柴草搬进院里码好，" * 27
    text = text_of(letter_pdf(letter(long, household), registered_fonts()))
    assert long in text
    assert household.replace(" ", "") in text


def test_the_same_sheet_gives_the_same_bytes() -> None:
    assert letter_pdf(letter(), registered_fonts()) == letter_pdf(letter(), registered_fonts())
