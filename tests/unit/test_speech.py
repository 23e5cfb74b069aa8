"""What the kiosk says: numerals as people speak them, sentences put together of pieces that can be recorded."""

import re
from pathlib import Path

import pytest

import pointsbank
from pointsbank.kiosk import speech
from pointsbank.kiosk.models import WORDS_LENGTH_MAX


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        (0, "零"), (2, "两"), (5, "五"), (10, "十"), (12, "十二"), (20, "二十"), (22, "二十二"), (36, "三十六"),
        (100, "一百"), (102, "一百零二"), (110, "一百一十"), (200, "两百"), (212, "两百一十二"), (1_000, "一千"),
        (1_005, "一千零五"), (1_050, "一千零五十"), (2_222, "两千二百二十二"), (10_000, "一万"), (10_500, "一万零五百"),
        (10_001, "一万零一"), (100_000, "十万"), (120_034, "十二万零三十四"),
        (99_999_999, "九千九百九十九万九千九百九十九"),
    ],
)  # fmt: skip
def test_a_number_of_things_is_spoken_as_people_do(number: int, spoken: str) -> None:
    assert "".join(speech.spoken_number(number, counted=True)) == spoken


def test_a_number_by_itself_is_two_and_one_too_large_is_only_shown() -> None:
    assert speech.spoken_number(2) == ["二"]
    assert speech.spoken_number(100_000_000) == speech.spoken_number(-1) == []


@pytest.mark.parametrize(
    ("units", "spoken"),
    [(200, "两"), (3_650, "三十六点五"), (50, "半"), (1_005, "十点零五"), (12, "零点一二"), (-300, "三"), (0, "零")],
)
def test_points_are_spoken_with_their_decimals(units: int, spoken: str) -> None:
    assert "".join(speech.spoken_points(units)) == spoken


def test_a_sentence_is_shown_whole_and_spoken_in_pieces_without_what_nobody_can_record() -> None:
    said = speech.say("home", called="3组 12号 张家", points=3_600)
    assert said.words == "3组 12号 张家，您好！您能换 36 分的东西。"
    assert said.pieces == ("您好！您能换", "三", "十", "六", "分的东西")


def test_every_piece_of_every_sentence_can_be_recorded_once() -> None:
    listed = [piece.words for piece in speech.pieces()]
    assert len(set(listed)) == len(listed)
    assert max(len(words) for words in listed) <= WORDS_LENGTH_MAX
    for group in speech.SENTENCES.values():
        for name, template in group.items():
            slots = dict.fromkeys(re.findall(r"\{(\w+)", template), 1_234)
            assert set(speech.say(name, **slots).pieces) <= set(listed), name
    assert {speech.piece(piece.key) for piece in speech.pieces()} == set(speech.pieces())
    assert speech.piece("nothing") is None


def test_pages_say_only_sentences_that_are_listed() -> None:
    package = Path(pointsbank.__file__).parent
    listed = {name for group in speech.SENTENCES.values() for name in group}
    pages = (package / "kiosk/templates/kiosk").glob("*.html")
    named = {name for page in pages for name in re.findall(r'say\("([a-z_]+)"(?! ~)', page.read_text(encoding="utf-8"))}
    assert len(named) > 20
    assert named <= listed
