"""The honor board on paper: everything is there, nothing overlaps, names read from three metres."""

import io
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import pypdf
import pypdfium2
import pytest

from pointsbank.boards.content import (
    BoardContent,
    CategoryLine,
    DonorLine,
    GroupLine,
    MarketFigures,
    MeritLine,
    MonthFigures,
    RankingLine,
)
from pointsbank.boards.documents import honor_board_pdf
from pointsbank.printing.fonts import Face
from tests.fonts import registered_fonts
from tests.pdf import codes_of, fonts_of, picture_of, text_of
from tests.sample_board import CATEGORIES, NAMES, sample_board

STORY = (
    "每个周末义务打扫村道、清理河沟，手把手教会四十多位老人用手机缴费、挂号、和外地儿女视频，大伙都说他比亲儿子还亲，"
)
LONG_NAMES = ["阿卜杜热依木·买买提依明·吐尔逊江托合提", "吾买尔江·阿不都热合曼", "欧阳𠅤", "㛃㑇", "𬭎䶮"]


def pdf_of(board: BoardContent, size: str = "A3") -> bytes:
    return honor_board_pdf(board, "A4" if size == "A4" else "A3", registered_fonts())


def empty_month() -> BoardContent:
    return replace(
        sample_board(),
        figures=MonthFigures(deeds=0, points=0, households_earning=0, households=260),
        merits=(),
        donors=(),
        ranking=(),
        groups=(),
        categories=(),
        market=MarketFigures(0, 0, 0),
        first_sequence=0,
        last_sequence=0,
    )


def one_of_each() -> BoardContent:
    board = sample_board()
    return replace(
        board,
        merits=board.merits[:1],
        ranking=board.ranking[:1],
        groups=board.groups[:1],
        categories=board.categories[:1],
    )


def fullest_month() -> BoardContent:
    board = sample_board()
    return replace(
        board,
        town_name="双江傣族佤族布朗族自治镇",
        village_name="阿克塔什社区",
        kind_word="社区",
        committee_word="居委会",
        figures=MonthFigures(99999, 9999950, 999, 1000),
        merits=tuple(
            MeritLine(LONG_NAMES[n % 5], "12组 138号", (STORY * 3)[:120], CATEGORIES[n % 7]) for n in range(8)
        ),
        donors=tuple(DonorLine(name, "人民币 20,000 元，大米 300 袋") for name in LONG_NAMES),
        ranking=tuple(
            RankingLine(number // 2 * 2 + 1, LONG_NAMES[number % 5], "十二组", "138号", 9999950) for number in range(31)
        ),
        groups=tuple(GroupLine(f"第{number}村民小组", 9999950, 138) for number in range(20)),
        categories=tuple(CategoryLine(label, 9999950) for label in (*CATEGORIES, "扣分项")),
        market=MarketFigures(99999, 9999950, 150),
        how_to_object=board.how_to_object * 2,
        head_sequence=9_999_999,
    )


def all_tied() -> BoardContent:
    board = sample_board()
    return replace(board, ranking=tuple(replace(line, rank=1, points=1250) for line in board.ranking))


def crowded() -> BoardContent:
    """Far more than a clerk is meant to put on one sheet."""
    board = sample_board()
    return replace(board, merits=board.merits * 8, ranking=board.ranking * 3, groups=board.groups * 5)


MONTHS = [sample_board, empty_month, one_of_each, fullest_month, all_tied, crowded]


def glyphs_of(pdf: bytes) -> tuple[list[tuple[float, float, float, float]], tuple[float, float]]:
    """The ink of each character on the first page (left, bottom, right, top), and the size of the page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        text = page.get_textpage()
        # A character beyond U+FFFF is counted twice, with the same box.
        boxes = dict.fromkeys(text.get_charbox(number) for number in range(text.count_chars()))
        return [box for box in boxes if box[2] > box[0] and box[3] > box[1]], page.get_size()
    finally:
        document.close()


def cover(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """How much of the smaller of two boxes the other one covers."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return max(width, 0) * max(height, 0) / smaller


@pytest.mark.parametrize("size", ["A3", "A4"])
def test_all_that_the_board_knows_is_printed_and_read_back(size: str) -> None:
    board = sample_board()
    text = text_of(pdf_of(board, size))
    expected = [
        "善行义举榜",
        "田湾镇",
        "清溪村",
        "2026年2月",
        "第5期",
        "全村260户",
        "2003.5分",
        "兑换128次",
        "35种商品",
    ]
    expected += [part for merit in board.merits for part in (merit.name, merit.household, merit.sentence)]
    expected += [donor.name + f"（{donor.gift}）" for donor in board.donors]
    expected += [line.name for line in board.ranking] + ["59.25", "23", "10黄囍", "10周𡋾", "13徐㑇"]
    expected += ["1组295.5分（27户）", "各组积分", "各类积分", *CATEGORIES, "454.5"]
    expected += [board.how_to_object, "村委会（盖章）", "2026年2月1日至2026年2月28日", "第1042号至第1631号", "第1688号"]
    expected += [board.head_digest]
    assert [part for part in expected if "".join(part.split()) not in text] == []
    assert "草稿" not in text


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("size", ["A3", "A4"])
def test_nothing_leaves_the_sheet_and_nothing_overlaps(month: Callable[[], BoardContent], size: str) -> None:
    glyphs, (width, height) = glyphs_of(pdf_of(month(), size))
    assert len(glyphs) > 300
    for left, bottom, right, top in glyphs:
        assert left > 0
        assert bottom > 0
        assert right < width
        assert top < height
    by_height = sorted(glyphs, key=lambda box: box[1])
    for number, one in enumerate(by_height):
        for other in by_height[number + 1 :]:
            if other[1] > one[3]:
                break
            assert cover(one, other) < 0.1


@pytest.mark.parametrize("month", MONTHS)
def test_no_name_or_sentence_loses_a_character(month: Callable[[], BoardContent]) -> None:
    board = month()
    text = text_of(pdf_of(board))
    assert all(merit.sentence in text and merit.name in text for merit in board.merits)
    assert all(line.name in text for line in board.ranking)


@pytest.mark.parametrize("size", ["A3", "A4"])
def test_the_qr_code_carries_the_frozen_head(size: str) -> None:
    board = sample_board()
    expected = f"pointsbank:1:qingxi:2026-02:1688:{board.head_digest}"
    assert codes_of(picture_of(pdf_of(board, size), 150)) == [expected]


def test_only_an_unfrozen_month_says_draft() -> None:
    pdf = pdf_of(sample_board(draft=True))
    assert "草稿" in text_of(pdf)
    assert codes_of(picture_of(pdf, 150)) == [sample_board().qr_text]


def test_all_fonts_are_embedded_subsets_and_the_file_stays_small() -> None:
    pdf = pdf_of(sample_board())
    assert all(embedded and name[7] == "+" for name, embedded in fonts_of(pdf).items())
    assert len(pdf) < 120_000


def test_the_same_board_gives_the_same_bytes() -> None:
    assert pdf_of(sample_board()) == pdf_of(sample_board())
    assert pdf_of(sample_board()) != pdf_of(replace(sample_board(), issue=6))


@pytest.mark.parametrize(("size", "width_mm", "height_mm"), [("A3", 420, 297), ("A4", 297, 210)])
def test_the_sheet_lies(size: str, width_mm: int, height_mm: int) -> None:
    box = pypdf.PdfReader(io.BytesIO(pdf_of(sample_board(), size))).pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx(
        (width_mm / 25.4 * 72, height_mm / 25.4 * 72), abs=0.1
    )


def test_the_poster_reads_from_three_metres() -> None:
    sizes: defaultdict[str, list[float]] = defaultdict(list)

    def note(text: str, _matrix: list[float], text_matrix: list[float], _font: object, size: float) -> None:
        sizes[text.strip()].append(size * abs(text_matrix[0]))

    for page in pypdf.PdfReader(io.BytesIO(pdf_of(sample_board()))).pages:
        page.extract_text(visitor_text=note)
    assert min(sizes["榜"]) >= 60
    for merit in sample_board().merits:
        assert all(max(sizes[part]) >= 20 for _, part in registered_fonts().runs(merit.name, Face.BOLD))
    for name in NAMES:
        assert all(min(sizes[part]) >= 11 for _, part in registered_fonts().runs(name, Face.TEXT))


def test_a_community_speaks_of_itself_in_its_own_words() -> None:
    text = text_of(pdf_of(replace(sample_board(), kind_word="社区", committee_word="居委会")))
    assert "全社区260户" in text
    assert "居委会（盖章）" in text
    assert "村委会" not in text
