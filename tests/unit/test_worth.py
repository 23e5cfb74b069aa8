"""What points are worth in money, rounded half up to a fen, once."""

import pytest

from pointsbank.foundation.points import worth_fen


@pytest.mark.parametrize(
    ("points_units", "units_per_yuan", "fen"),
    [(200, 200, 100), (1, 200, 1), (3, 200, 2), (1, 300, 0), (2, 300, 1), (0, 200, 0), (10**14, 200, 5 * 10**13)],
)
def test_half_a_fen_is_a_whole_one(points_units: int, units_per_yuan: int, fen: int) -> None:
    assert worth_fen(points_units, units_per_yuan) == fen
