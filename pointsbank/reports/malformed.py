"""Rows whose content has lost its form: who changes a byte of the file may leave neither a day nor a word behind.

The proofs of the rooms read typed values, so such a row would only stop them; here it is named. PostgreSQL lets no
such value in, so all this is about SQLite, whose file lies open.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, and_, func, or_, select, type_coerce
from sqlalchemy.exc import DatabaseError
from sqlalchemy.types import Text

from pointsbank.audit import verification as audit
from pointsbank.deeds import verification as deeds
from pointsbank.foundation.database import Base, Choice, Day, Moment, session
from pointsbank.ledger import verification as ledger
from pointsbank.market import verification as market

ROWS_NAMED_MAX = 20  # of a table; more say nothing new
ROWS_AT_ONCE = 2_000
TITLES = {
    "transfers": ledger.TITLE,
    "transfer_texts": ledger.TITLE,
    "entries": ledger.TITLE,
    "claim_events": deeds.TITLE,
    "claim_event_texts": deeds.TITLE,
    "stock_moves": market.TITLE,
    "stock_move_texts": market.TITLE,
    "audit_events": audit.TITLE,
    "audit_texts": audit.TITLE,
}


_HURT = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))


def is_hurt(problem: Exception) -> bool:
    """Whether a database could not answer because its file is hurt, and not because it is out of reach."""
    if isinstance(problem, UnicodeDecodeError):  # of a text, or of SQLite's own words about it
        return True
    cause = problem.orig if isinstance(problem, DatabaseError) else problem
    if not isinstance(cause, sqlite3.DatabaseError):
        return False
    code = getattr(cause, "sqlite_errorcode", 0)  # a text that cannot be decoded comes without one
    said = str(cause)
    # The schema was looked at before, so that a table or column that is missing now was taken away.
    return code & 0xFF in _HURT or "decode" in said or "malformed" in said or said.startswith("no such ")


def misshapen_rows(place_id: int) -> list[str]:
    """Days, moments and choices of a place that are not written as the program writes them."""
    if session().get_bind().dialect.name != "sqlite":
        return []
    return [problem for table in Base.metadata.sorted_tables for problem in _misshapen(table, place_id)]


def unreadable_rows(place_id: int) -> list[str]:
    """Texts of a place that are not UTF-8 any more. Reads every row: only for when a proof could not go on."""
    if session().get_bind().dialect.name != "sqlite":
        return []
    connection = cast(sqlite3.Connection, session().connection().connection.driver_connection)
    as_text = connection.text_factory
    connection.text_factory = bytes
    try:
        return [
            problem for table in Base.metadata.sorted_tables for problem in _unreadable(connection, table, place_id)
        ]
    finally:
        connection.text_factory = as_text


def _misshapen(table: Table, place_id: int) -> Iterator[str]:
    conditions = {column.name: wrong for column in table.columns if (wrong := _wrong_form(column)) is not None}
    if not conditions:
        return
    keys = [type_coerce(column, Text).label(f"key_{column.name}") for column in table.primary_key]
    query = select(*keys, *(wrong.label(name) for name, wrong in conditions.items())).where(or_(*conditions.values()))
    owner = _owner(table)
    if owner is not None:
        query = query.where(owner == place_id)
    for row in session().execute(query.limit(ROWS_NAMED_MAX)).mappings():
        key = {column.name: row[f"key_{column.name}"] for column in table.primary_key}
        for name in conditions:
            if row[name]:
                yield f"{_place_of(table, key)}：{name} 的内容不成样子，被改动过"


def _wrong_form(column: "Column[Any]") -> ColumnElement[bool] | None:
    """When a column does not hold what the program writes; None where any text or number will do."""
    raw = type_coerce(column, Text)
    if isinstance(column.type, Day):
        return and_(column.is_not(None), func.date(raw).is_distinct_from(raw))
    if isinstance(column.type, Moment):
        return and_(column.is_not(None), func.strftime("%Y-%m-%dT%H:%M:%fZ", raw).is_distinct_from(raw))
    if isinstance(column.type, Choice):
        return and_(column.is_not(None), raw.not_in([choice.value for choice in column.type.choices]))
    return None


def _unreadable(connection: sqlite3.Connection, table: Table, place_id: int) -> Iterator[str]:
    owner = _owner(table)
    names = [column.name for column in table.columns]
    texts = [place for place, column in enumerate(table.columns) if not isinstance(column.type, LargeBinary)]
    listed = ", ".join(f'"{name}"' for name in names)
    where = f' WHERE "{owner.name}" = ?' if owner is not None else ""
    statement = f'SELECT {listed} FROM "{table.name}"{where}'  # noqa: S608 - names of our own tables and columns
    cursor = connection.execute(statement, (place_id,) if owner is not None else ())
    named = 0
    while named < ROWS_NAMED_MAX and (rows := cursor.fetchmany(ROWS_AT_ONCE)):
        for row in rows:
            for place in texts:
                if isinstance(row[place], bytes) and not _is_text(row[place]):
                    named += 1
                    values = dict(zip(names, row, strict=True))
                    key = {column.name: values[column.name] for column in table.primary_key}
                    yield f"{_place_of(table, key)}：{names[place]} 的文字读不出来，被改动过"


def _owner(table: Table) -> "Column[Any] | None":
    """The column that says whose a row is."""
    return next((table.c[name] for name in ("village_id", "place_id", "home_id") if name in table.c), None)


def _place_of(table: Table, key: dict[str, Any]) -> str:
    if table.name in TITLES:
        return f"{TITLES[table.name]}第{key['sequence']}笔"
    shown = ", ".join(
        value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in key.values()
    )
    return f"{table.name} {shown}"


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
