"""nightly: what a village does each night by itself, for cron, and for the single PC inside the server."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import click
from flask import Flask

from pointsbank.commands.opening import on_database
from pointsbank.commands.terminal import Answer, Command
from pointsbank.deeds.services.nightly import run_night
from pointsbank.foundation import clock
from pointsbank.foundation.database import db
from pointsbank.foundation.points import format_points
from pointsbank.market.services import release_overdue
from pointsbank.places import queries as places

NIGHT_BEGINS = time(2)  # in Shanghai: nobody is at the counter, and the day before has ended
LOOK_SECONDS = 300  # between two looks at the clock
STOP_SECONDS = 30  # a night that is being done is finished before the server ends
RETRY_AFTER = timedelta(hours=1)  # where a night failed: a full disk, a database that is gone

logger = logging.getLogger(__name__)


@click.command("nightly", cls=Command)
@click.option("--village", "village_code", metavar="CODE", help="只办这个村（社区）。")
@on_database
def nightly(village_code: str | None) -> Answer:
    """每夜的事：公示期满的转为可以入账，按规定夜里入账的入账，没领的单子退回。"""
    codes = [places.village_by_code(village_code).code] if village_code else [one.code for one in places.villages()]
    done = [_night_of(code) for code in codes]
    sentences = [
        f"{one['code']}：{one['ended']} 件公示期满，入账 {one['booked']} 件、{one['points']} 分" for one in done
    ]
    return Answer({"villages": done}, sentences or ["还没有村。"])


def _night_of(code: str) -> dict[str, Any]:
    """One village's night; doing it again finds nothing left to do."""
    village = places.village_by_code(code)
    released = release_overdue(village)
    night = run_night(village)
    if released:
        logger.info("released %d orders that nobody fetched at %s", len(released), code)
    return {"code": code, "ended": night.ended, "booked": night.booked, "points": format_points(night.points)}


def run_all() -> None:
    """The night of every village, each for itself: one that fails does not keep the others from theirs.

    Raises what the first of them raised, after all have had their turn.
    """
    codes = [village.code for village in places.villages()]
    failed: list[Exception] = []
    for code in codes:
        try:
            _night_of(code)
        except Exception as problem:
            logger.exception("the night of %s failed", code)
            db.session.rollback()
            failed.append(problem)
    if failed:
        raise failed[0]


# --- inside the server of a single PC ---


def last_night(now: datetime) -> datetime:
    """When the newest night that has begun, began."""
    local = now.astimezone(clock.SHANGHAI)
    begins = datetime.combine(local.date(), NIGHT_BEGINS, clock.SHANGHAI)
    return begins if begins <= local else begins - timedelta(days=1)


@dataclass
class Nights:
    """Whether tonight's work is to be done: once after every beginning of a night, and at the start if it was missed.

    work: does it. Nobody remembers across starts which nights are done: doing one twice finds nothing to do.
    """

    work: Callable[[], None]
    done_at: datetime | None = field(default=None)
    failed_at: datetime | None = field(default=None)

    def look(self, now: datetime) -> bool:
        """Do the work if it is due; gives whether it was done. What goes wrong is logged and tried again later."""
        if self.done_at is not None and self.done_at >= last_night(now):
            return False
        if self.failed_at is not None and now < self.failed_at + RETRY_AFTER:
            return False
        try:
            self.work()
        except Exception:
            logger.exception("the night failed, it is tried again in an hour")
            self.failed_at = now
            return False
        self.done_at, self.failed_at = now, None
        return True


@contextmanager
def every_night(app: Flask) -> Iterator[None]:
    """While the block runs, a thread of its own does each night's work; it ends with the block."""
    stop = threading.Event()

    def work() -> None:
        with app.app_context():
            try:
                run_all()
            finally:
                db.session.remove()

    def watch() -> None:
        nights = Nights(work)
        nights.look(clock.now())
        while not stop.wait(LOOK_SECONDS):
            nights.look(clock.now())

    thread = threading.Thread(target=watch, name="nights", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_SECONDS)
