"""Ids made by the program, so that a village can move between installations without renumbering."""

import secrets
import threading

from pointsbank.foundation import clock

ID_MAX = 2**63 - 1  # the largest whole number that a column takes
RANDOM_BITS = 21  # beside 42 bits of milliseconds: 63 bits until the year 2109, positive in a signed BIGINT

_lock = threading.Lock()
_last_id = 0


def new_id() -> int:
    """A new 63-bit id: milliseconds since 1970, then random bits; always larger than the one before in this process.

    Within one millisecond ids count up from a random start, so that a batch of thousands cannot meet itself.
    """
    global _last_id  # noqa: PLW0603 - one counter per process, under its lock
    milliseconds = int(clock.now().timestamp() * 1000)
    candidate = (milliseconds << RANDOM_BITS) | secrets.randbits(RANDOM_BITS - 1)
    with _lock:
        _last_id = max(candidate, _last_id + 1)
        return _last_id


def new_key() -> str:
    """A submission key that nobody can guess: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def new_token() -> str:
    """A secret token for a device or a card: 43 URL-safe characters, 256 bits."""
    return secrets.token_urlsafe(32)
