import io
import json
import logging
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from reportlab.pdfgen.canvas import Canvas

from pointsbank.printing import fonts as fonts_module
from pointsbank.printing import paper
from pointsbank.printing.fonts import Align, Face, FontsNotPreparedError
from pointsbank.printing.foundry import RECIPES
from tests.fonts import prepared_fonts_folder, registered_fonts
from tests.pdf import fonts_of, picture_of, text_of

RARE = "㛃𬭎䶮𠅤㙓镕喆堃囍𡋾峣㑇阿依古丽·买买提"


def pdf_of(text: str, face: Face = Face.TEXT, size: float = 12) -> bytes:
    stream = io.BytesIO()
    canvas = paper.new_document(stream, registered_fonts(), paper.A4, "试验", "清溪村")
    for number in range(0, len(text), 40):
        registered_fonts().draw(canvas, 40, 800 - number / 40 * 20, text[number : number + 40], face, size)
    canvas.save()
    return stream.getvalue()


@pytest.mark.parametrize("face", Face)
def test_rare_characters_of_names_are_read_back_as_they_were_written(face: Face) -> None:
    assert text_of(pdf_of(RARE, face)) == RARE


@pytest.mark.parametrize("face", Face)
def test_no_rare_character_is_drawn_as_an_empty_place(face: Face) -> None:
    blank = picture_of(pdf_of("\u3000", face, 30), 50).tobytes()
    box = picture_of(pdf_of("□", face, 30), 50).tobytes()
    for character in RARE:
        assert picture_of(pdf_of(character, face, 30), 50).tobytes() not in (blank, box), character


def test_five_hundred_characters_over_several_subsets_are_read_back() -> None:
    common = [chr(point) for point in range(0x4E00, 0x9FA6)]
    text = "".join(random.Random(7).sample(common, 500))
    assert text_of(pdf_of(text)) == text


def test_bold_is_drawn_bolder() -> None:
    def ink(face: Face) -> int:
        return sum(255 - value for value in picture_of(pdf_of("善行义举", face, 40), 72).convert("L").tobytes())

    assert ink(Face.BOLD) > 1.3 * ink(Face.TEXT)


def test_rare_characters_are_bold_too() -> None:
    assert [name for name, _ in registered_fonts().runs("镕𡋾", Face.BOLD)] == [
        "NotoSansSC-Bold",
        "NotoSansTC-Bold",
    ]


def test_every_font_in_the_file_is_an_embedded_subset() -> None:
    found = fonts_of(pdf_of(RARE + "abc 12.5", Face.TEXT)) | fonts_of(pdf_of(RARE, Face.SONG))
    assert found
    assert all(embedded and name[7] == "+" for name, embedded in found.items()), found
    assert len(pdf_of(RARE)) < 30_000


def test_figures_are_all_of_one_width_in_text_and_bold() -> None:
    for face in (Face.TEXT, Face.BOLD):
        assert len({registered_fonts().width(digit, face, 10) for digit in "0123456789"}) == 1


def test_the_measured_width_is_that_of_the_drawn_parts() -> None:
    canvas = Canvas(io.BytesIO())
    text = "张㛃𡋾 12.5"
    parts = registered_fonts().runs(text, Face.TEXT)
    assert len(parts) == 3
    drawn = sum(canvas.stringWidth(part, name, 11) for name, part in parts)
    assert registered_fonts().width(text, Face.TEXT, 11) == pytest.approx(drawn)


def test_a_character_without_glyph_is_a_visible_box_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        pdf = pdf_of("张🀀三")
    assert text_of(pdf) == "张□三"
    assert "U+1F000" in caplog.text
    assert registered_fonts().missing("张🀀三🀀") == "🀀"


def test_marks_without_shape_print_nothing_and_are_not_missing() -> None:
    text = "葛\U000e0100\ufe00\u200b三"
    assert text_of(pdf_of(text)) == "葛三"
    assert registered_fonts().missing(text) == ""
    width = registered_fonts().width(text, Face.TEXT, 10)
    assert width == pytest.approx(registered_fonts().width("葛三", Face.TEXT, 10))


def test_fit_shrinks_to_the_width_but_not_below_the_smallest_size() -> None:
    name = "阿依古丽·买买提"
    size = registered_fonts().fit(name, Face.TEXT, 12, 80, 6)
    assert 6 < size < 12
    assert 79.9 < registered_fonts().width(name, Face.TEXT, size) <= 80
    assert registered_fonts().fit("张三", Face.TEXT, 12, 80, 6) == 12
    assert registered_fonts().fit(name * 9, Face.TEXT, 12, 80, 6) == 6


@pytest.mark.parametrize(("align", "left", "right"), [("left", 100, 140), ("center", 80, 120), ("right", 60, 100)])
def test_a_line_is_drawn_where_its_alignment_says(align: Align, left: int, right: int) -> None:
    stream = io.BytesIO()
    canvas = paper.new_document(stream, registered_fonts(), paper.A6, "试验", "清溪村")
    registered_fonts().draw(canvas, 100, 200, "囍𡋾", Face.TEXT, 20, align)
    canvas.save()
    picture = picture_of(stream.getvalue(), 72).convert("L")
    ink = picture.point([255 * (value < 200) for value in range(256)]).getbbox()
    assert ink is not None
    assert (ink[0], ink[2]) == pytest.approx((left, right), abs=3)


SCRIPT = """
import sys
from pathlib import Path
from tests.unit.test_printing_fonts import RARE, pdf_of
from pointsbank.printing.fonts import Face
sys.stdout.buffer.write(pdf_of(RARE) + pdf_of(RARE, Face.SONG))
"""


@pytest.mark.long_only
def test_two_processes_write_the_same_bytes() -> None:
    root = Path(__file__).parents[2]
    runs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=root, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] == pdf_of(RARE) + pdf_of(RARE, Face.SONG)


def test_threads_that_draw_at_the_same_time_write_what_one_alone_writes() -> None:
    texts = ["".join(chr(0x4E00 + 300 * number + n) for n in range(300)) for number in range(4)]
    alone = [pdf_of(text) for text in texts]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that threads interrupt each other inside ReportLab
    try:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(pdf_of, texts * 3)) == alone * 3
    finally:
        sys.setswitchinterval(interval)


def test_prepared_fonts_are_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = copy_of_prepared(tmp_path)
    monkeypatch.setattr(fonts_module, "_make", lambda name, folder: made.append(name))
    fonts_module.prepare(tmp_path, lambda _sentence, _part: None)
    assert made == []


def test_fonts_of_another_release_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = copy_of_prepared(tmp_path)
    stamp_file = tmp_path / fonts_module.STAMP_FILE
    stamp_file.write_text(json.dumps({**json.loads(stamp_file.read_text()), "fonttools": "1.0"}))
    monkeypatch.setattr(fonts_module, "_make", lambda name, folder: made.append(name))
    seen: list[float] = []
    fonts_module.prepare(tmp_path, lambda _sentence, part: seen.append(part))
    assert sorted(made) == sorted(RECIPES)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 1)
    fonts_module.prepare(tmp_path, lambda _sentence, _part: None)
    assert len(made) == len(RECIPES)


def test_of_several_that_prepare_at_the_same_time_one_makes_the_fonts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(name: str, folder: Path) -> None:
        made.append(name)
        (folder / f"{name}.ttf").touch()

    monkeypatch.setattr(fonts_module, "_make", make)
    together = Barrier(4)

    def prepare(_number: int) -> None:
        together.wait()
        fonts_module.prepare(tmp_path, lambda _sentence, _part: None)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(prepare, range(4)))
    assert sorted(made) == sorted(RECIPES)


def test_a_font_is_made_whole_with_the_same_bytes_as_before(tmp_path: Path) -> None:
    fonts_module._make("NotoSansTC-Bold", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["NotoSansTC-Bold.ttf"]
    before = prepared_fonts_folder() / "NotoSansTC-Bold.ttf"
    assert (tmp_path / "NotoSansTC-Bold.ttf").read_bytes() == before.read_bytes()


def test_fonts_that_were_never_prepared_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(FontsNotPreparedError, match="python3 run"):
        fonts_module.register(tmp_path)


def copy_of_prepared(folder: Path) -> list[str]:
    """Put prepared fonts into `folder`; gives an empty list to note what is made."""
    shutil.copytree(prepared_fonts_folder(), folder, dirs_exist_ok=True)
    return []
