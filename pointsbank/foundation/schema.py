"""Bringing a database to this release's schema, and comparing what migrations made with what the models say."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from pointsbank.foundation.database import WRITE_OPTION, Base
from pointsbank.foundation.errors import EnvironmentProblemError

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def _alembic(connection: Connection | None = None) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


class SchemaState(StrEnum):
    """How a database stands to this release."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def state_of(engine: Engine) -> SchemaState:
    """Whether a database has this release's schema."""
    scripts = ScriptDirectory.from_config(_alembic())
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        return SchemaState.EMPTY
    if revision == scripts.get_current_head():
        return SchemaState.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return SchemaState.OLDER if revision in known else SchemaState.NEWER


def upgrade(engine: Engine) -> bool:
    """Bring a database to the newest revision in one transaction; True if there was anything to do."""
    newest = ScriptDirectory.from_config(_alembic()).get_current_head()
    with engine.connect().execution_options(**{WRITE_OPTION: True}) as connection, _references_at_the_end(connection):
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return False
        command.upgrade(_alembic(connection), "head")
    return True


@contextmanager
def _references_at_the_end(connection: Connection) -> Iterator[None]:
    """A transaction in which tables may be rebuilt: on SQLite foreign keys are looked at when all is done.

    There a table is rebuilt by dropping it, which its foreign keys would refuse; they can be set aside between
    transactions only. Raises EnvironmentProblemError when a row points at one that is not there.
    """
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            yield
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if lost is not None:
                raise EnvironmentProblemError(f"数据库里 {lost[0]} 表的内容对不上，没有升级。请用备份恢复后再试。")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def change_checks(connection: Connection, table: str, conditions: Mapping[str, str]) -> None:
    """Give CHECK constraints of a table other conditions, by their names; its rows, indexes and triggers stay.

    SQLite cannot alter a constraint: there the table is rebuilt, inside the transaction of upgrade.
    """
    if connection.dialect.name == "sqlite":

        def change(definition: str) -> str:
            for name, condition in conditions.items():
                definition = _with_condition(definition, name, condition)
            return definition

        rebuild_sqlite(connection, table, change)
        return
    for name, condition in conditions.items():
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})")


def rebuild_sqlite(
    connection: Connection, table: str, change: Callable[[str], str], values: Mapping[str, str] | None = None
) -> None:
    """Make a table again by a changed CREATE TABLE, inside the transaction of upgrade; indexes and triggers stay.

    values: SQL for each column that is new, from the columns there were.
    """
    run = connection.exec_driver_sql
    [definition] = run("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)).scalars()
    beside = run("SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND type IN ('index', 'trigger')", (table,))
    made_again = [sql for sql in beside.scalars() if sql is not None]
    columns = [row[1] for row in run(f"PRAGMA table_info({table})")]  # without generated ones
    added = values or {}
    into, taken = ", ".join([*columns, *added]), ", ".join([*columns, *added.values()])
    # Renamed in the old way, or the foreign keys of other tables would follow the table that goes.
    run("PRAGMA legacy_alter_table=ON")
    run(f"ALTER TABLE {table} RENAME TO {table}_before")
    run("PRAGMA legacy_alter_table=OFF")
    run(change(definition))
    run(f"INSERT INTO {table} ({into}) SELECT {taken} FROM {table}_before")  # noqa: S608 - words of our own
    run(f"DROP TABLE {table}_before")
    for sql in made_again:
        run(sql)


def _with_condition(definition: str, name: str, condition: str) -> str:
    """A CREATE TABLE with another condition in one of its named CHECKs."""
    found = re.search(rf"CONSTRAINT {name} CHECK \(", definition)
    if found is None:
        raise ValueError(f"no constraint {name}")
    depth, at = 1, found.end()
    while depth:
        depth += {"(": 1, ")": -1}.get(definition[at], 0)
        at += 1
    return f"{definition[: found.end()]}{condition}{definition[at - 1 :]}"


def statements_of(path: Path) -> list[str]:
    """The statements of a trigger file, which are separated by lines of two hyphens and a percent sign."""
    return [part.strip() for part in path.read_text(encoding="utf-8").split("--%") if part.strip()]


def trigger_files(dialect_name: str) -> list[Path]:
    """The trigger files of all revisions for one database, in order."""
    return sorted((MIGRATIONS / "versions").glob(f"*.{dialect_name}.sql"))


def create_from_models(engine: Engine) -> None:
    """Make the schema straight from the models and trigger files, for comparison."""
    with engine.connect().execution_options(**{WRITE_OPTION: True}) as connection, connection.begin():
        Base.metadata.create_all(connection)
        for path in trigger_files(engine.dialect.name):
            for statement in statements_of(path):
                connection.exec_driver_sql(statement)


_SQLITE_DUMP = """
SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema
WHERE name NOT LIKE 'sqlite_%' AND name <> 'alembic_version' AND tbl_name <> 'alembic_version' ORDER BY 1
"""

_POSTGRESQL_DUMP = """
SELECT 'column ' || table_name || '.' || column_name || ': ' || data_type || ' ' || is_nullable || ' '
       || coalesce(character_maximum_length::text, '') || ' ' || coalesce(column_default, '') || ' '
       || coalesce(generation_expression, '')
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || '.' || conname || ': ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
UNION ALL
SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
UNION ALL
SELECT 'trigger ' || tgrelid::regclass || '.' || tgname || ': ' || pg_get_triggerdef(oid)
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function ' || proname || ': ' || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
ORDER BY 1
"""


def dump(engine: Engine) -> list[str]:
    """Tables, types, constraints, indexes, triggers and STRICT of a database, one per line, normalised."""
    query = _SQLITE_DUMP if engine.dialect.name == "sqlite" else _POSTGRESQL_DUMP
    with engine.connect() as connection:
        return [_normalised(row[0]) for row in connection.execute(text(query))]


def _normalised(definition: str) -> str:
    """White space folded, and the parts of a table sorted: their order and their lines mean nothing."""
    if not definition.startswith("table "):
        return " ".join(definition.split())
    head, *parts = _parts_of_table(definition)
    return " ".join([head, *sorted(" ".join(part.split()) for part in parts)])


def _parts_of_table(definition: str) -> list[str]:
    """A CREATE TABLE cut at its outermost parentheses and the commas in them: ADD COLUMN writes no line of its own."""
    parts, depth, quoted = [""], 0, False
    for character in definition:
        quoted ^= character == "'"
        depth += 0 if quoted else {"(": 1, ")": -1}.get(character, 0)
        if (depth == 1 and character in "(,") or (depth == 0 and character == ")"):
            parts.append("")
        else:
            parts[-1] += character
    return parts


def drift(migrated: Engine, modelled: Engine) -> list[str]:
    """What differs between a migrated and a modelled database; empty when they are equal."""
    return list(difflib.unified_diff(dump(modelled), dump(migrated), "models", "migrations", lineterm="", n=0))
