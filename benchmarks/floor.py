"""The floor: the least honest transaction by hand, on a database of the same kind with the same durability.

A redemption at its barest: conditional balance update, conditional stock update, one transfer, two entries, the
month, one idempotency key, commit.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg

TABLES = """
CREATE TABLE account (id INTEGER PRIMARY KEY, balance BIGINT NOT NULL CHECK (balance >= 0));
CREATE TABLE stock (id INTEGER PRIMARY KEY, on_hand BIGINT NOT NULL CHECK (on_hand >= 0));
CREATE TABLE transfer (id INTEGER PRIMARY KEY, account INTEGER NOT NULL, amount BIGINT NOT NULL);
CREATE TABLE entry (transfer INTEGER NOT NULL, side INTEGER NOT NULL, amount BIGINT NOT NULL,
                    balance_after BIGINT, PRIMARY KEY (transfer, side));
CREATE TABLE month (period TEXT NOT NULL, account INTEGER NOT NULL, spent BIGINT NOT NULL,
                    PRIMARY KEY (period, account));
CREATE TABLE submission (key TEXT PRIMARY KEY, result TEXT NOT NULL);
"""
PLENTY = 10**12
HOUSEHOLDS = 1_000


def bare_sqlite(folder: Path) -> Callable[[int], None]:
    """A redemption by sqlite3 alone: WAL, synchronous FULL."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(TABLES)
    households = [(household, PLENTY) for household in range(HOUSEHOLDS)]
    connection.executemany("INSERT INTO account VALUES (?, ?)", households)
    connection.execute("INSERT INTO stock VALUES (1, ?)", (PLENTY,))

    def redeem(number: int) -> None:
        household = number % HOUSEHOLDS
        run = connection.execute
        run("BEGIN IMMEDIATE")
        run("INSERT INTO submission VALUES (?, ?)", (f"key-{number}", "done"))
        [after] = run(
            "UPDATE account SET balance = balance - 100 WHERE id = ? AND balance >= 100 RETURNING balance", (household,)
        ).fetchone()
        run("UPDATE stock SET on_hand = on_hand - 1 WHERE id = 1 AND on_hand >= 1")
        run("INSERT INTO transfer VALUES (?, ?, 100)", (number, household))
        run("INSERT INTO entry VALUES (?, 1, -100, ?), (?, 2, 100, NULL)", (number, after, number))
        run(
            "INSERT INTO month VALUES ('2026-03', ?, 100)"
            " ON CONFLICT (period, account) DO UPDATE SET spent = spent + excluded.spent",
            (household,),
        )
        run("COMMIT")

    return redeem


def bare_postgresql(address: str) -> Callable[[int], None]:
    """A redemption by psycopg alone, five statements in one pipeline."""
    connection = psycopg.connect(address, autocommit=False)
    connection.execute(TABLES)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO account VALUES (%s, %s)", [(household, PLENTY) for household in range(HOUSEHOLDS)]
        )
    connection.execute("INSERT INTO stock VALUES (1, %s)", (PLENTY,))
    connection.commit()

    def redeem(number: int) -> None:
        household = number % HOUSEHOLDS
        run = connection.execute
        run("INSERT INTO submission VALUES (%s, %s)", (f"key-{number}", "done"))
        [row] = run(
            "UPDATE account SET balance = balance - 100 WHERE id = %s AND balance >= 100 RETURNING balance",
            (household,),
        ).fetchall()
        run("UPDATE stock SET on_hand = on_hand - 1 WHERE id = 1 AND on_hand >= 1")
        run("INSERT INTO transfer VALUES (%s, %s, 100)", (number, household))
        run("INSERT INTO entry VALUES (%s, 1, -100, %s), (%s, 2, 100, NULL)", (number, row[0], number))
        run(
            "INSERT INTO month VALUES ('2026-03', %s, 100)"
            " ON CONFLICT (period, account) DO UPDATE SET spent = month.spent + excluded.spent",
            (household,),
        )
        connection.commit()

    return redeem
