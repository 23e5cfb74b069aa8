"""Lets the n-th SQL statement of an act fail, for every n, and looks whether anything half done was left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from pointsbank.foundation.database import Base, db, session

STATEMENTS_MAX = 400  # an act with more has something wrong with it

Rows = dict[str, list[tuple[Any, ...]]]


def all_rows() -> Rows:
    """Every row of every table."""
    session().rollback()
    rows = {
        table.name: sorted(map(tuple, session().execute(select(table)).all()), key=repr)
        for table in Base.metadata.sorted_tables
    }
    session().rollback()
    return rows


@contextmanager
def failing_at(number: int) -> Iterator[list[int]]:
    """Let the statement with this number (from 1) fail as a lost connection would; gives how many were run."""
    seen = [0]

    def count(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen[0] += 1
        if seen[0] == number:
            raise OperationalError(statement, {}, Exception("the disk is gone"))

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", count)


def assert_whole_or_nothing(act: Callable[[], object]) -> int:
    """Let each statement of an act fail once: the rows are as before each time; then the act succeeds as a whole.

    Gives the number of statements of the act, so that a test can say that there were some.
    """
    before = all_rows()
    for number in range(1, STATEMENTS_MAX):
        session().rollback()
        with failing_at(number) as seen:
            try:
                act()
            except OperationalError:
                failed = True
            else:
                failed = False
        if not failed:
            assert seen[0] < number, "an act went on after a statement of it had failed"
            assert all_rows() != before, "the act changed nothing"
            return seen[0]
        assert all_rows() == before, f"half done after statement {number} failed"
    raise AssertionError("the act has too many statements")
