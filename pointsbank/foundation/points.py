"""Points are whole hundredths everywhere; only here do they become text and back."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

from pointsbank.foundation.errors import InvalidInputError

UNITS_PER_POINT = 100
POINTS_MAX = 1_000_000 * UNITS_PER_POINT  # one transfer; far above any village's year, far below 63 bits
FEN_MAX = 10_000_000_00  # one amount of money: ten million yuan

_NUMBER = re.compile(r"([+-]?)([0-9]{1,9})(?:\.([0-9]{1,2}))?")


def parse_hundredths(text: str, *, what: str, units_max: int, field: str | None = None) -> int:
    """Read "2.5", "12" or full-width "１２" as whole hundredths; nothing else that Python would take for a number.

    what: the Chinese name of the value, for the sentence. Raises InvalidInputError.
    """
    match = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        raise InvalidInputError(f"{what}要填数字，最多两位小数，例如 2 或 2.5。", field=field)
    sign, whole, fraction = match.groups()
    units = int(whole) * UNITS_PER_POINT + int((fraction or "").ljust(2, "0"))
    if units > units_max:
        raise InvalidInputError(f"{what}太大了，最多 {format_points(units_max)}。", field=field)
    return -units if sign == "-" else units


def parse_points(text: str, *, what: str = "积分", field: str | None = None) -> int:
    """Points as hundredths, with sign. Raises InvalidInputError."""
    return parse_hundredths(text, what=what, units_max=POINTS_MAX, field=field)


def parse_yuan(text: str, *, what: str = "金额", field: str | None = None) -> int:
    """Yuan as fen. Raises InvalidInputError."""
    return parse_hundredths(text, what=what, units_max=FEN_MAX, field=field)


def format_points(units: int) -> str:
    """Hundredths as the shortest decimal: 250 → "2.5", 1200 → "12", -5 → "-0.05"."""
    sign = "-" if units < 0 else ""
    whole, fraction = divmod(abs(units), UNITS_PER_POINT)
    return f"{sign}{whole}" + (f".{fraction:02d}".rstrip("0") if fraction else "")


def format_yuan(fen: int) -> str:
    """Fen as yuan with two decimals: 2980 → "29.80"."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def times(points_units: int, quantity_units: int) -> int:
    """Points × quantity (both hundredths), rounded half up to a hundredth, away from zero for deductions; once."""
    product = Decimal(points_units * quantity_units) / UNITS_PER_POINT
    return int(product.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def worth_fen(points_units: int, units_per_yuan: int) -> int:
    """What points are worth in fen at so many hundredths of a point for a yuan, rounded half up once."""
    return (2 * points_units * 100 + units_per_yuan) // (2 * units_per_yuan)
