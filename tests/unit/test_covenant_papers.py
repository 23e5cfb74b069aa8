"""Poster, scoring table and signature sheet of the covenant: whole, on their sheets, the same bytes twice."""

import io
from dataclasses import replace
from datetime import date

import pypdf
import pytest

from pointsbank.covenant.documents import (
    POSTER_SIZES,
    Poster,
    ScoringTable,
    SignatureSheet,
    poster_pdf,
    scoring_table_pdf,
    signature_sheet_pdf,
)
from tests.fonts import registered_fonts
from tests.pdf import fonts_of, text_of

POSTER = Poster(
    "清溪村",
    "村规民约",
    (("学", (("1", "勤读书，勤学艺。"),)), ("美", (("2", "门前三包，垃圾分类。"), ("3", "爱护㛃𬭎公物。")))),
    "2026年2月10日经户代表会议通过，应到 90 户。自2026年3月1日起施行。",
    is_draft=False,
)
MANY = tuple((str(number), "邻里之间互相帮助，" * 30) for number in range(9))
LONG = replace(POSTER, sections=tuple((theme, MANY) for theme in "学美和善信"))
TABLE = ScoringTable("清溪村", date(2026, 3, 1), (("好人好事", (("HS01", "拾金不昧", "2 分/次", "每月 6 分"),)),))
FIRST = (("01-001", "张三"), ("01-002", "阿依古丽·买买提"), ("01-003", "李四"))
SHEET = SignatureSheet("清溪村", "村规民约", "村民", (("一组", FIRST), ("二组", (("02-001", "王五"),))))


def pages_of(pdf: bytes) -> list[pypdf.PageObject]:
    return list(pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("name", POSTER_SIZES)
@pytest.mark.parametrize("poster", [POSTER, LONG], ids=["short", "long"])
def test_the_poster_has_every_clause_on_one_sheet(poster: Poster, name: str) -> None:
    size = POSTER_SIZES[name]
    pdf = poster_pdf(poster, size, registered_fonts())
    [page] = pages_of(pdf)
    assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx((size.width, size.height))
    text = text_of(pdf)
    assert "清溪村村规民约" in text
    for theme, clauses in poster.sections:
        assert theme in text
        for _, clause in clauses:
            assert clause in text
    assert "户代表会议通过" in text
    assert "草稿" not in text
    assert all(fonts_of(pdf).values())


def test_nothing_of_a_long_poster_lies_below_the_clauses() -> None:
    spots: list[float] = []
    page = pages_of(poster_pdf(LONG, POSTER_SIZES["A3"], registered_fonts()))[0]
    page.extract_text(visitor_text=lambda text, _cm, matrix, *_: spots.append(matrix[5]) if "帮助" in text else None)
    assert spots
    assert min(spots) > POSTER_SIZES["A3"].height * 0.07


def test_a_draft_says_so_across_the_sheet() -> None:
    assert "草稿" in text_of(poster_pdf(replace(POSTER, is_draft=True), POSTER_SIZES["A3"], registered_fonts()))


def test_the_scoring_table_has_every_rule_with_points_and_limits() -> None:
    pdf = scoring_table_pdf(TABLE, POSTER_SIZES["A3"], registered_fonts())
    text = text_of(pdf)
    assert "HS01拾金不昧2分/次每月6分" in text
    assert "自2026年3月1日起施行" in text
    assert pdf == scoring_table_pdf(TABLE, POSTER_SIZES["A3"], registered_fonts())


def test_each_group_signs_on_pages_of_its_own() -> None:
    first, second = pages_of(signature_sheet_pdf(SHEET, registered_fonts()))
    assert "阿依古丽·买买提" in "".join(first.extract_text().split())
    assert "王五" not in first.extract_text()
    assert "王五" in second.extract_text()
    assert "二组" in second.extract_text()
