"""A book that holds points already is brought to hold the fund as well: its rows, references and triggers stay."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from pointsbank.foundation import schema
from tests.flows.test_migrations import at_revision, engine, fill, run

__all__ = ["engine"]  # the fixture: an empty database of each kind

BOOKED = (
    "INSERT INTO submissions (village_id, key, operation, content_digest, actor, at, result)"
    " VALUES (1, 'k', 'deeds.record', {bytes}, 'system', '{now}', '{{}}')",
    "INSERT INTO accounts (village_id, household_serial, book, kind, floor, balance)"
    " VALUES (1, 1, 'points', 'household', 0, 200)",
    "INSERT INTO transfers (village_id, sequence, book, kind, from_kind, from_household, to_kind, to_household, amount,"
    " occurred_on, period, booked_at, actor, submission_key, source_type, source_serial, refers_to, previous_digest,"
    " digest) VALUES (1, 1, 'points', 'earn', 'issued', 0, 'household', 1, 300, '2026-03-18', '2026-03',"
    " '{now}', 'system', 'k', 'claim', 1, NULL, {bytes}, {bytes}),"
    " (1, 2, 'points', 'earn_reversal', 'household', 1, 'issued', 0, 100, '2026-03-18', '2026-03',"
    " '{now}', 'system', 'k', 'claim', 1, 1, {bytes}, {bytes})",
    "INSERT INTO transfer_texts (village_id, sequence, salt, text) VALUES (1, 1, {bytes}, '做好事')",
    "INSERT INTO entries (village_id, sequence, side, household_serial, book, account_kind, amount, balance_after)"
    " VALUES (1, 1, 2, 1, 'points', 'household', 300, 300)",
)
ENTRY = (
    "INSERT INTO entries (village_id, sequence, side, household_serial, book, account_kind, amount, balance_after)"
    " VALUES (1, {sequence}, 1, 0, '{book}', '{kind}', -300, NULL)"
)
REFUSED = (
    "UPDATE transfers SET amount = 1",
    "DELETE FROM transfers",
    "DELETE FROM entries",
    ENTRY.format(sequence=9, book="fund", kind="income"),  # of a transfer that is not there
    ENTRY.format(sequence=1, book="gold", kind="income"),
    ENTRY.format(sequence=1, book="fund", kind="gold"),
)


def test_a_book_with_points_takes_the_fund_and_loses_nothing(engine: Engine) -> None:
    at_revision(engine, "0005")
    fill(engine, *BOOKED)
    before = rows_of(engine)
    assert schema.upgrade(engine)
    assert rows_of(engine) == before
    for statement in REFUSED:
        with pytest.raises(DBAPIError):
            run(engine, statement)
    run(engine, ENTRY.format(sequence=1, book="fund", kind="income"))


def rows_of(engine: Engine) -> list[list[tuple[object, ...]]]:
    """What the three tables hold that are made anew on SQLite."""
    queries = (
        "SELECT * FROM accounts ORDER BY kind",
        "SELECT * FROM transfers ORDER BY sequence",
        "SELECT * FROM entries ORDER BY sequence, side",
    )
    with engine.connect() as connection:
        return [list(map(tuple, connection.execute(text(query)).all())) for query in queries]
