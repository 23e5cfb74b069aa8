"""The sample village for tests: loaded into a database of its own as it stands on a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flask import Flask

from config import Config
from pointsbank import create_app
from pointsbank.foundation import clock
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import db
from pointsbank.sample import SignIns, load_sample
from tests.databases import sqlite_url


@contextmanager
def loaded_sample(config: Config, template: Path, folder: Path, moment: datetime) -> Iterator[tuple[Flask, SignIns]]:
    """The program on a freshly loaded sample village, with the time standing at the moment of loading."""
    folder.mkdir(parents=True, exist_ok=True)
    app = create_app(replace(config, database_url=sqlite_url(template, folder), instance=folder))
    with app.app_context(), clock.using(FixedClock(moment)):
        try:
            yield app, load_sample(moment)
        finally:
            db.session.remove()
            db.engine.dispose()
