"""The head of a book is read from a board as people copy it."""

import pytest

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.texts import parse_head

DIGEST = "44eca91c970df1eb" * 4
IN_EIGHTS = " ".join(DIGEST[start : start + 8] for start in range(0, 64, 8))


@pytest.mark.parametrize(
    "text",
    [
        f"1878:{DIGEST}",
        f" 1878 : {IN_EIGHTS} ",
        f"1878：{DIGEST.upper()}",
        f"第 1878 号，校验码\n{IN_EIGHTS}",
        f"封存　账本第 1878 号，校验码 {IN_EIGHTS}",
        f"pointsbank:1:qingxi:2026-10:1878:{DIGEST}",
    ],
)
def test_a_head_is_read_in_every_way_it_is_copied(text: str) -> None:
    assert parse_head(text) == (1878, bytes.fromhex(DIGEST))


@pytest.mark.parametrize(
    "text",
    ["", "1878", DIGEST, f"1878:{DIGEST[:-1]}", f"1878:{DIGEST}0", f"一:{DIGEST}", f"{'9' * 19}:{DIGEST}", "x" * 5_000],
)
def test_anything_else_is_told(text: str) -> None:
    with pytest.raises(InvalidInputError, match="校验码"):
        parse_head(text)
