"""What is never given for points, as data: never_given.csv beside this module.

Columns: kind; words, one of which in a good's name or spec makes it one of that kind ("散装+油": both); except_words,
which are taken out of the name first; why, for the sentence. After the lists that villages hang up in their shops.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pointsbank.market.errors import NeverGivenError

FILE = Path(__file__).with_suffix(".csv")
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of things. words: each a tuple of parts that must all be there."""

    name: str
    words: tuple[tuple[str, ...], ...]
    except_words: tuple[str, ...]
    why: str

    def is_meant(self, text: str) -> bool:
        """Whether a text in its plain form names something of this kind."""
        for word in self.except_words:
            text = text.replace(word, "|")
        return any(all(part in text for part in word) for word in self.words)


@cache
def kinds() -> tuple[Kind, ...]:
    """The kinds in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Kind(
                row["kind"],
                tuple(tuple(word.split("+")) for word in row["words"].split()),
                tuple(sorted(row["except_words"].split(), key=len, reverse=True)),
                row["why"],
            )
            for row in csv.DictReader(lines)
        )


def check(name: str, spec: str = "") -> None:
    """Raises NeverGivenError, at the field of the name, when this is never given for points."""
    text = _plain(name + spec)
    for kind in kinds():
        if kind.is_meant(text):
            raise NeverGivenError(name, kind.name, kind.why)


def _plain(text: str) -> str:
    """Without spaces, signs and what cannot be seen: 白 酒 and 白·酒 are 白酒."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).lower()
