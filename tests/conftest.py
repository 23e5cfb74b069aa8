"""Fixtures of all tests: an application on a fresh database, a clock that stands still, a village to act in."""

import contextvars
import gc
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config import Config, Secrets
from pointsbank import create_app
from pointsbank.access import services as access
from pointsbank.foundation import clock
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import db
from tests.chromium import find_chromium
from tests.databases import DATABASES, PostgresServer, migrated_sqlite, quick_folder, sqlite_url
from tests.quick import remember_addresses, remember_statements, remember_templates

# A Wednesday morning in Shanghai, so that days and months before it have ended.
MORNING = datetime(2026, 3, 18, 1, 30, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    """--long runs the full figures of the promises."""
    parser.addoption("--long", action="store_true", help="the full figures: more seeds, rounds and kills")


def pytest_report_header() -> str:
    """Say whether screens will be tried in a real browser."""
    browser = find_chromium()
    return f"browser: {browser}" if browser else "browser: no Chromium found, the tests in a browser are skipped"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known that say on which databases a test runs."""
    config.addinivalue_line("markers", "both_databases: on SQLite and on PostgreSQL")
    config.addinivalue_line("markers", "long_only: takes its time, and runs with --long alone")
    config.addinivalue_line("markers", "sqlite_is_enough: on SQLite alone, in a file that is tried on both databases")


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test marked so on both databases, after its own parameters."""
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    if "both_databases" in marks and "sqlite_is_enough" not in marks:
        metafunc.parametrize("database_url", DATABASES, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without --long those that take their time are left out; the summary says how many."""
    if config.getoption("--long"):
        return
    left_out = [item for item in items if item.get_closest_marker("long_only")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("long_only")]


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: looking through it again for what nobody holds takes half a second."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where all tests must run, a skipped one has failed."""
    report: pytest.TestReport = yield  # type: ignore[assignment]  # pytest's wrapper protocol sends the report
    if report.skipped and os.environ.get("REQUIRE_ALL_TESTS") == "1":
        report.outcome = "failed"
    return report  # type: ignore[return-value]  # as above


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Passwords and PINs are hashed slowly on purpose (100 ms); a whole test run would spend minutes on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(access, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patch.setattr(access, "_NOBODY", access.hash_secret("nobody"))
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_applications() -> Iterator[None]:
    """Each test has a program of its own; what depends on nothing but the program's text is worked out once."""
    with pytest.MonkeyPatch.context() as patch:
        remember_addresses(patch)
        remember_templates(patch)
        remember_statements(patch)
        yield


@pytest.fixture(scope="session")
def long_run(request: pytest.FixtureRequest) -> bool:
    """Whether the full figures are wanted."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    return migrated_sqlite(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this test process."""
    # The socket's path must stay short, and the server loosens the modes of the folders above its data.
    with tempfile.TemporaryDirectory(prefix="pb", dir=quick_folder(), ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder) / "pg")
        yield server
        server.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database: SQLite, or what the test is parametrized with (see both_databases)."""
    if getattr(request, "param", "sqlite") == "postgresql":
        with request.getfixturevalue("postgres_server").database() as url:
            yield url
    else:
        yield sqlite_url(request.getfixturevalue("sqlite_template"), tmp_path)


both_databases = pytest.mark.both_databases
# What a file of tests on both tries with many values that are refused before a database is asked.
sqlite_is_enough = pytest.mark.sqlite_is_enough

SECRETS = Secrets(
    "test-session-key-0123456789abcdefghij", (Fernet.generate_key().decode(),), "test-digest-key-0123456789abcdefghij"
)


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    """A configuration on the fresh database."""
    return Config(database_url=database_url, instance=tmp_path, secrets=SECRETS, testing=True)


@pytest.fixture
def still_clock() -> Iterator[FixedClock]:
    """The time stands still at MORNING until a test moves it."""
    fixed = FixedClock(MORNING)
    with clock.using(fixed):
        yield fixed


class Browser(FlaskClient):
    """A browser without script; each request has a context of its own, as on the server, not the test's."""

    def open(self, *args: Any, **arguments: Any) -> TestResponse:
        """Ask, and let the test see next what the request left in the database."""
        answer = contextvars.Context().run(super().open, *args, **arguments)
        db.session.rollback()
        return answer


@pytest.fixture
def app(config: Config, still_clock: FixedClock) -> Iterator[Flask]:
    """The program with an open application context, so that services can be called."""
    application = create_app(config)
    application.test_client_class = Browser
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without script."""
    return app.test_client()
