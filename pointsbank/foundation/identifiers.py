"""Ids made by the program, so that a village can move between installations without renumbering."""

import random
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from pointsbank.foundation import clock

ID_MAX = 2**63 - 1  # the largest whole number that a column takes
RANDOM_BITS = 21  # beside 42 bits of milliseconds: 63 bits until the year 2109, positive in a signed BIGINT

SALT_LENGTH = 16  # bytes; enough that nobody can guess a short text from its digest

T = TypeVar("T")

_lock = threading.Lock()
_last_id = 0
_chance: random.Random = random.SystemRandom()


def new_id() -> int:
    """A new 63-bit id: milliseconds since 1970, then random bits; always larger than the one before in this process.

    Within one millisecond ids count up from a random start, so that a batch of thousands cannot meet itself.
    """
    global _last_id  # noqa: PLW0603 - one counter per process, under its lock
    milliseconds = int(clock.now().timestamp() * 1000)
    candidate = (milliseconds << RANDOM_BITS) | _chance.getrandbits(RANDOM_BITS - 1)
    with _lock:
        _last_id = max(candidate, _last_id + 1)
        return _last_id


def new_key() -> str:
    """A submission key that nobody can guess: 32 hexadecimal digits."""
    return _chance.randbytes(16).hex()


def new_salt() -> bytes:
    """What is hashed before a free text, so that its digest tells nothing about it."""
    return _chance.randbytes(SALT_LENGTH)


def drawn(items: Sequence[T], most: int) -> list[T]:
    """So many of the items by chance, or all of them where there are fewer: nobody can tell beforehand which."""
    return _chance.sample(items, min(most, len(items)))


def new_token() -> str:
    """A secret token for a device or a card: 43 URL-safe characters, 256 bits."""
    return secrets.token_urlsafe(32)


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Draw ids, keys and salts from a seed inside the block: for the sample village and simulations, whose books
    have to come out the same each time. Never for real data, and tokens stay secret even here.
    """
    global _chance  # noqa: PLW0603 - as for the clock, one source of chance for the whole process
    before, _chance = _chance, random.Random(seed)  # noqa: S311 - being repeatable is the point
    try:
        yield
    finally:
        _chance = before
