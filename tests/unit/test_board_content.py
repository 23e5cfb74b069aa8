"""A board as data: one canonical text, read back as it was."""

import json

import pytest

from pointsbank.boards.content import from_json, to_json
from tests.sample_board import sample_board


def test_a_board_comes_back_from_its_text_as_it_was() -> None:
    for draft in (False, True):
        assert from_json(to_json(sample_board(draft=draft))) == sample_board(draft=draft)


def test_a_board_has_one_canonical_text() -> None:
    text = to_json(sample_board())
    assert to_json(from_json(text)) == text
    assert text == json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert "𡋾" in text


@pytest.mark.parametrize("text", ["", "{}", "[]", to_json(sample_board()).replace('"issue":5', '"number":5')])
def test_another_text_is_no_board(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_json(text)


def test_the_text_of_the_qr_code_names_village_month_and_head() -> None:
    board = sample_board()
    assert board.qr_text == f"pointsbank:1:qingxi:2026-02:1688:{board.head_digest}"
