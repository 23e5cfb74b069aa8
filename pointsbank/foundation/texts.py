"""Free text that people type: reasons, donors, names of things. Names of people have rules of their own in names."""

import re
import unicodedata

from pointsbank.foundation.errors import InvalidInputError

_DROPPED = frozenset({"Cc", "Cf", "Cs"})  # control, invisible, half of a surrogate pair
_WHOLE = re.compile("[0-9]{1,12}")
_HEAD = re.compile("(?:.*[^0-9])?([0-9]{1,18})(?:[号,，]|校验码|:)+([0-9a-f]{64})", re.IGNORECASE)


def clean_text(text: str, *, what: str, length_max: int, required: bool = False, field: str | None = None) -> str:
    """Text on one line as it is stored, without control and invisible characters.

    what: the Chinese name of the value, for the sentence. Raises InvalidInputError when it is too long, or empty
    though required.
    """
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    cleaned = "".join(character for character in spaced if unicodedata.category(character) not in _DROPPED).strip()
    if required and not cleaned:
        raise InvalidInputError(f"{what}不能空着。", field=field)
    if len(cleaned) > length_max:
        raise InvalidInputError(f"{what}太长了，最多 {length_max} 个字。", field=field)
    return cleaned


def parse_whole(text: str, *, what: str, most: int, field: str | None = None) -> int:
    """Read "12" or full-width "１２" as a whole number from 0 to most; nothing else that Python would take for one.

    what: the Chinese name of the value, for the sentence. Raises InvalidInputError.
    """
    digits = unicodedata.normalize("NFKC", text).strip()
    if _WHOLE.fullmatch(digits) is None or int(digits) > most:
        raise InvalidInputError(f"{what}要填 0 到 {most:,} 之间的整数。", field=field)
    return int(digits)


def parse_head(text: str, *, field: str | None = None) -> tuple[int, bytes]:
    """Read the head of a book as it stands on a board: its number and the digest of 32 bytes.

    Taken are 1878:44eca91c…, 第 1878 号，校验码 44eca91c 970df1eb … with its spaces, and what the QR code holds.
    Raises InvalidInputError.
    """
    found = _HEAD.fullmatch("".join(unicodedata.normalize("NFKC", text[:400]).split()))
    if found is None:
        raise InvalidInputError(
            "要写成 序号:校验码，例如 1878:44eca91c……，校验码共 64 个字母和数字，照榜脚上印的抄，空格可以不写。",
            field=field,
        )
    return int(found[1]), bytes.fromhex(found[2])
