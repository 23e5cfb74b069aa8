"""A village of a thousand households with points to spend, made through the services."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import insert, select

from benchmarks.floor import HOUSEHOLDS
from config import Config, Secrets
from pointsbank import create_app
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import db, session, table_of, transaction
from pointsbank.foundation.identifiers import new_id, new_key
from pointsbank.foundation.schema import upgrade
from pointsbank.ledger import services as ledger
from pointsbank.ledger.booking import Source
from pointsbank.market import services as market
from pointsbank.market.models import Good
from pointsbank.market.services import GoodDetails
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place, PlaceKind

PRICE = 100  # units: one point
PLENTY_OF_POINTS = 10**9


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the acts of a benchmark happen. household_ids in order of serial, from 1."""

    village_id: int
    household_ids: list[int]
    good_id: int

    @property
    def village(self) -> Place:
        """The place, read anew after every transaction."""
        return session().get_one(Place, self.village_id)

    def earn_all(self, amount: int) -> None:
        """One bulk booking: every household earns, each a little more than the one before."""
        key, village = new_key(), self.village
        serials = range(1, HOUSEHOLDS + 1)

        def act() -> dict[str, Any]:
            with ledger.booking(village, serials, SYSTEM, key) as batch:
                for serial in serials:  # a little more for each, so that a ranking has no ties to show beyond its limit
                    batch.earn(serial, amount + serial, clock.today(), Source("claim", serial), "义务投工")
            return {}

        ledger.submit(village, key, "bench.earn", {}, SYSTEM, act)


@contextmanager
def open_bench(database_url: str, folder: Path) -> Iterator[Bench]:
    """The program on this database, with the village in it."""
    secrets = Secrets(
        "bench-session-key-0123456789abcdef", (Fernet.generate_key().decode(),), "bench-digest-key-0123456789abcdef"
    )
    app: Flask = create_app(Config(database_url=database_url, instance=folder, secrets=secrets))
    with app.app_context():
        upgrade(db.engine)
        yield _fill()
        db.session.remove()
        db.engine.dispose()


def _fill() -> Bench:
    village = places.add_place(PlaceKind.VILLAGE, "bench", "测速村", None, SYSTEM)
    group = places.ensure_group(village.id, 1, SYSTEM)
    ids = [new_id() for _ in range(HOUSEHOLDS)]
    rows = [
        {
            "id": ids[serial - 1],
            "village_id": village.id,
            "serial": serial,
            "number": f"01-{serial:04d}",
            "group_id": group.id,
            "head_name": "张三",
            "note": "",
            "created_at": clock.now(),
            "version": 1,
        }
        for serial in range(1, HOUSEHOLDS + 1)
    ]
    with transaction() as current:
        current.execute(insert(table_of(Household)), rows)
    ledger.open_accounts(village, range(1, HOUSEHOLDS + 1))
    details = GoodDetails(code="SP1", name="香皂", unit="块", category="洗涤清洁", cost_fen=100, points_price=PRICE)
    market.add_good(village, details, SYSTEM)
    good_id = session().scalars(select(Good.id).where(Good.village_id == village.id)).one()
    bench = Bench(village.id, ids, good_id)
    bench.earn_all(PLENTY_OF_POINTS)
    return bench


@contextmanager
def bench_folder() -> Iterator[Path]:
    """A folder on the disk of the project's data, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="pb", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
