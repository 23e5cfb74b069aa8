import io

import pytest

from pointsbank.printing import paper
from pointsbank.printing.fonts import Face
from pointsbank.printing.paper import Box, Column, Table
from tests.fonts import registered_fonts
from tests.pdf import picture_of, text_of

STORY = (
    "十月三日夜里，他在村口（老槐树下）拾到一个钱包：内有3,280.50元、身份证……等了两小时，交还失主。"
    "失主要酬谢，他说：“都是乡亲，应该的！”《善行义举录》记下了这件事，全村【八个组】都夸他。"
)


def lines_of(text: str, size: float = 12, width: float = 100) -> list[str]:
    return paper.break_lines(registered_fonts(), text, Face.TEXT, size, width)


@pytest.mark.parametrize("width", range(40, 200, 7))
def test_no_line_starts_with_a_closing_mark_or_ends_with_an_opening_one(width: int) -> None:
    for line in lines_of(STORY, width=width):
        assert line[0] not in "，。、；：！）》】”…"
        assert line[-1] not in "（《【“"


@pytest.mark.parametrize("width", [20, 55, 100, 400])
def test_broken_lines_keep_every_character_and_the_width(width: int) -> None:
    lines = lines_of(STORY + "Chinese-English 2026", width=width)
    assert "".join(lines).replace(" ", "") == (STORY + "Chinese-English2026")
    assert all(registered_fonts().width(line, Face.TEXT, 12) <= width for line in lines)


def test_figures_are_not_torn_apart() -> None:
    for width in range(60, 140):
        assert any("3,280.50" in line for line in lines_of(STORY, width=width))


def test_a_text_of_several_paragraphs_keeps_them() -> None:
    assert lines_of("一\n\n二") == ["一", "", "二"]


def test_what_nearly_fits_shrinks_and_what_does_not_is_broken() -> None:
    fonts = registered_fonts()
    size, lines = paper.fit_lines(fonts, "阿依古丽·买买提", Face.TEXT, 12, 80, 20, 9)
    assert (9 <= size < 12, lines) == (True, ["阿依古丽·买买提"])
    size, lines = paper.fit_lines(fonts, STORY, Face.TEXT, 12, 150, 60, 9)
    assert len(lines) > 1
    assert len(lines) * size * paper.LEADING <= 60
    assert "".join(lines) == STORY


def page_with(*names: str) -> bytes:
    stream = io.BytesIO()
    size = paper.A4
    canvas = paper.new_document(stream, registered_fonts(), size, "台账", "清溪村")
    table = Table((Column("户", 60), Column("积分", 50, "right")), 18, 10)
    bottom = table.draw(canvas, registered_fonts(), 40, 800, [(name, "12.5") for name in names])
    assert bottom == pytest.approx(800 - 18 * (len(names) + 1))
    paper.draw_footer(canvas, registered_fonts(), size, "清溪村 2026年2月", 2, 3)
    canvas.save()
    return stream.getvalue()


def test_a_table_prints_its_head_every_row_and_the_footer() -> None:
    text = text_of(page_with("张三", "李㛃"))
    assert text == "户积分张三12.5李㛃12.5清溪村2026年2月第2页/共3页"


def test_a_long_name_in_a_cell_is_printed_whole_and_stays_in_its_cell() -> None:
    name = "阿卜杜热依木·买买提依明·吐尔逊江"
    pdf = page_with(name)
    assert name in text_of(pdf)
    picture = picture_of(pdf, 72)
    cell, beside = picture.crop((40, 61, 100, 77)), picture.crop((100, 61, 114, 77))
    assert min(cell.convert("L").tobytes()) < 100
    assert min(beside.convert("L").tobytes()) == 255


def test_the_number_of_rows_of_a_page_counts_its_head() -> None:
    assert Table((Column("户", 60),), 20, 10).rows_per_page(100) == 4


def test_text_in_a_box_stays_in_it() -> None:
    stream = io.BytesIO()
    canvas = paper.new_document(stream, registered_fonts(), paper.A6, "试验", "清溪村")
    box = Box(60, 200, 150, 60)
    paper.draw_in_box(canvas, registered_fonts(), STORY * 2, Face.TEXT, 14, box, "center")
    canvas.save()
    picture = picture_of(stream.getvalue(), 72).convert("L")
    ink = picture.point([255 * (value < 200) for value in range(256)]).getbbox()
    assert ink is not None
    left, top, right, bottom = ink
    height = paper.A6.height
    assert left >= 59
    assert right <= 211
    assert top >= height - 261
    assert bottom <= height - 199


def test_a_lying_sheet_is_the_same_sheet() -> None:
    assert paper.A4.landscape == paper.Size(paper.A4.height, paper.A4.width)
    assert paper.A4.landscape.landscape == paper.A4.landscape
