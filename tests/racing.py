"""Real concurrent writers: threads that start together, each with an application context and connection of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from flask import Flask

from pointsbank.foundation.database import db

T = TypeVar("T")

WAIT_SECONDS_MAX = 120


def race(app: Flask, acts: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """Run all acts at once; gives each one's result or what it raised, in order."""
    outcomes: list[T | Exception | None] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(place: int, act: Callable[[], T]) -> None:
        with app.app_context():
            try:
                start.wait()
                outcomes[place] = act()
            except Exception as refused:
                outcomes[place] = refused
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS_MAX)
        assert not thread.is_alive(), "two writers wait for each other"
    return [outcome for outcome in outcomes if outcome is not None]
