"""The database: Base, column types that both databases keep strictly, and transaction().

Only this module commits. SQLite tables are STRICT, so every type compiles to INTEGER, TEXT or BLOB there.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, cast

import portalocker
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of every model."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(metadata=Base.metadata)


def session() -> Session:
    """The session of this request or command."""
    return db.session()


# --- column types -----------------------------------------------------------------------------------------------------

Whole = BigInteger().with_variant(Integer(), "sqlite")  # ids, amounts in units, counts


def text_of(length_max: int) -> TypeEngine[str]:
    """Text up to a length; PostgreSQL enforces it, for SQLite the forms and services do."""
    return String(length_max).with_variant(Text(), "sqlite")


LongText = Text()
Bytes = LargeBinary()


class Day(TypeDecorator[date]):
    """A date in Shanghai: DATE, on SQLite TEXT YYYY-MM-DD."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLAlchemy: the column type of this database."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        """SQLAlchemy: the value as the driver takes it."""
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """SQLAlchemy: the value as the program takes it."""
        return date.fromisoformat(value) if isinstance(value, str) else value


class Moment(TypeDecorator[datetime]):
    """A moment in UTC to the millisecond: TIMESTAMPTZ, on SQLite TEXT YYYY-MM-DDTHH:MM:SS.mmmZ."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLAlchemy: the column type of this database."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """SQLAlchemy: the value as the driver takes it."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """SQLAlchemy: the value as the program takes it."""
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC) if isinstance(value, datetime) else None


class Flag(TypeDecorator[bool]):
    """Yes or no: BOOLEAN, on SQLite INTEGER 0 or 1 (a CHECK of the table says so, see flag_check)."""

    impl = Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLAlchemy: the column type of this database."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Boolean())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        """SQLAlchemy: the value as the driver takes it."""
        return int(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        """SQLAlchemy: the value as the program takes it."""
        return bool(value) if value is not None else None


_Enum = TypeVar("_Enum", bound=StrEnum)


class Choice(TypeDecorator[_Enum]):
    """One of a StrEnum's values, stored as text; a CHECK of the table lists them, see choice_check."""

    impl = Text
    cache_ok = True

    def __init__(self, choices: type[_Enum]) -> None:
        super().__init__()
        self.choices = choices
        self._by_value = {choice.value: choice for choice in choices}
        self._values = {choice: choice.value for choice in choices}

    def process_bind_param(self, value: _Enum | None, dialect: Dialect) -> Any:
        """SQLAlchemy: the value as the driver takes it."""
        return None if value is None else self._values.get(value) or self.choices(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> _Enum | None:
        """SQLAlchemy: the value as the program takes it."""
        return None if value is None else self._by_value.get(value) or self.choices(value)


def choice_check(column: str, choices: type[StrEnum]) -> CheckConstraint:
    """CHECK that a Choice column holds one of its values."""
    listed = ", ".join(f"'{choice.value}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def period_check(column: str = "period") -> CheckConstraint:
    """CHECK that a period column holds YYYY-MM."""
    return CheckConstraint(f"length({column}) = 7 AND substr({column}, 5, 1) = '-'", name=column)


STRICT: dict[str, Any] = {"sqlite_strict": True}


# --- connections ------------------------------------------------------------------------------------------------------

WRITE_OPTION = "pointsbank_write"


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def prepare_engine(engine: Engine) -> None:
    """Give every connection of an engine the settings that the promises rest on. Called once by create_app."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours: a write must not start as a read
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # or INSERT OR REPLACE slips past the append-only triggers
        "trusted_schema=OFF",
        "mmap_size=0",
        "busy_timeout=10000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITE_OPTION, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _writer_queue(engine: Engine) -> Iterator[None]:
    """Wait for one's turn to write an SQLite file; the kernel serves the waiting in order. Nothing on PostgreSQL.

    SQLite's own busy handler polls and lets writers starve; the queue also keeps two connections from
    checkpointing at once, which SQLite before 3.51.3 does not survive.
    """
    path = sqlite_file(engine.url)
    if path is None:
        yield
        return
    with Path(f"{path}.queue").open("a") as queue:
        portalocker.lock(queue, portalocker.LockFlags.EXCLUSIVE)
        yield  # closing the file gives the turn to the next


@dataclass
class _OpenTransaction:
    """What lives as long as one transaction."""

    before_commit: list[Callable[[Session], None]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)


_OPEN = "pointsbank_transaction"


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction: everything inside happens or nothing does. Nested blocks join the outer one.

    It ends the read transaction first and expires what was loaded, because a snapshot turned writer fails on
    SQLite at once and because decisions must be taken on rows re-read under the lock.
    """
    current = session()
    if _OPEN in current.info:
        yield current
        current.flush()
        return
    if current.new or current.dirty or current.deleted:
        raise RuntimeError("unsaved changes before transaction(): services open it before they change anything")
    current.rollback()
    current.expire_all()
    with _writer_queue(db.engine):
        current.connection(execution_options={WRITE_OPTION: True})
        state = current.info[_OPEN] = _OpenTransaction()
        try:
            yield current
            current.flush()
            while state.before_commit:
                state.before_commit.pop(0)(current)
            current.flush()
            current.commit()
        except BaseException:
            current.rollback()
            raise
        finally:
            del current.info[_OPEN]


@contextmanager
def snapshot() -> Iterator[Session]:
    """Reads that all see one state of the database, whatever is written meanwhile; changes nothing.

    SQLite gives every read transaction a snapshot; PostgreSQL does at REPEATABLE READ.
    """
    current = session()
    current.rollback()
    if db.engine.dialect.name == "postgresql":
        current.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    try:
        yield current
    finally:
        current.rollback()


def _open_transaction() -> _OpenTransaction:
    state: _OpenTransaction | None = session().info.get(_OPEN)
    if state is None:
        raise RuntimeError("outside transaction()")
    return state


def before_commit(act: Callable[[Session], None], *, last: bool = False) -> None:
    """Do something at the end of the open transaction; with last=True, after all the others."""
    callbacks = _open_transaction().before_commit
    callbacks.insert(len(callbacks) if last else 0, act)


def transaction_notes() -> dict[str, Any]:
    """What a module wants to remember until the end of the open transaction, under a key of its own."""
    return _open_transaction().notes


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that pass the ORM by."""
    return cast(Table, model.__table__)


def inserts_by_dialect(model: type[Base]) -> dict[str, sqlite.Insert | postgresql.Insert]:
    """An INSERT for each database, by its dialect's name: what happens on a conflict each writes in its own way."""
    return {"sqlite": sqlite.insert(table_of(model)), "postgresql": postgresql.insert(table_of(model))}


@contextmanager
def server_lock(url: URL) -> Iterator[bool]:
    """Hold the right to serve an SQLite file; gives False if another server has it. Always True on PostgreSQL."""
    path = sqlite_file(url)
    if path is None:
        yield True
        return
    with Path(f"{path}.server").open("a") as lock:
        try:
            portalocker.lock(lock, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.LockException:
            yield False
            return
        yield True
