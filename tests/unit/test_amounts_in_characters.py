"""An amount as a receipt says it: nobody can add a digit to it."""

import pytest

from pointsbank.fund.documents.receipt import amount_in_characters

AMOUNTS = {
    0: "零元整",
    5: "伍分",
    30: "叁角",
    105: "壹元零伍分",
    1_000: "壹拾元整",
    10_500: "壹佰零伍元整",
    100_530: "壹仟零伍元叁角",
    1_000_000: "壹万元整",
    10_005_000: "壹拾万零伍拾元整",
    12_345_678: "壹拾贰万叁仟肆佰伍拾陆元柒角捌分",
    1_000_000_00: "壹佰万元整",
    1_001_000_00: "壹佰万壹仟元整",
    1_000_100_00: "壹佰万零壹佰元整",
}


@pytest.mark.parametrize(("fen", "words"), AMOUNTS.items())
def test_an_amount_in_characters(fen: int, words: str) -> None:
    assert amount_in_characters(fen) == words
