"""Counts the SQL statements of an act: a page takes few, whatever the village's size."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection

from pointsbank.foundation.database import db


@contextmanager
def count_statements() -> Iterator[list[str]]:
    """Gives the statements that ran inside the block, without the BEGIN of each transaction."""
    seen: list[str] = []

    def note(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
