"""A real browser on a real server: Chromium on the sample village, whose clock stands still."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from waitress.server import create_server

from config import Config
from pointsbank import create_app
from pointsbank.foundation import clock
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import db
from pointsbank.sample import SignIns, load_sample
from tests.chromium import find_chromium
from tests.conftest import SECRETS
from tests.databases import skip_or_fail
from tests.fonts import prepared_fonts_folder

NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
KIOSK_UPRIGHT, KIOSK_WIDE = {"width": 1080, "height": 1920}, {"width": 1920, "height": 1080}
KIOSK_SMALL = DESK  # an old PC with a touch screen
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # a microphone that beeps
    "--use-fake-ui-for-media-stream",
]
PATIENCE_MILLISECONDS = 10_000


@dataclass(frozen=True)
class Sample:
    """The sample village as loaded once; every test gets a copy of its file."""

    path: Path
    sign_ins: SignIns


@dataclass(frozen=True)
class Served:
    """A running server on a copy of the sample village."""

    url: str
    sign_ins: SignIns
    app: Flask


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, if there is a browser to drive."""
    if find_chromium() is None:
        skip_or_fail("no Chromium found: install it (Debian: apt install chromium) or name it in CHROMIUM")
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The browser, started once."""
    started = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=FLAGS)
    yield started
    started.close()


@pytest.fixture(scope="session")
def sample(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The sample village, loaded once for this process."""
    folder = tmp_path_factory.mktemp("sample")
    path = folder / "sample.db"
    shutil.copyfile(sqlite_template, path)
    config = Config(database_url=f"sqlite:///{path}", instance=folder, secrets=SECRETS, practice=True, testing=True)
    with create_app(config).app_context():
        sign_ins = load_sample(NOON)
        db.session.remove()
        db.session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.session.remove()
        db.engine.dispose()
    return Sample(path, sign_ins)


@pytest.fixture
def served(sample: Sample, tmp_path: Path) -> Iterator[Served]:
    """A server of this test's own."""
    path = tmp_path / "sample.db"
    shutil.copyfile(sample.path, path)
    (tmp_path / "fonts").symlink_to(prepared_fonts_folder(), target_is_directory=True)
    config = Config(database_url=f"sqlite:///{path}", instance=tmp_path, secrets=SECRETS, practice=True, testing=True)
    app = create_app(config)
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run)
    with clock.using(FixedClock(NOON)):
        thread.start()
        yield Served(f"http://127.0.0.1:{server.effective_port}", sample.sign_ins, app)
        server.trigger.pull_trigger(
            server.close
        )  # in its own thread, which may just wait for the sockets that this closes
        thread.join()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def open_page(browser: Browser, served: Served) -> Iterator[Callable[[dict[str, int]], Page]]:
    """Opens a browser of one's own at a size; several in one test are several people."""
    contexts: list[BrowserContext] = []

    def open_at(size: dict[str, int]) -> Page:
        context = browser.new_context(
            viewport={"width": size["width"], "height": size["height"]}, locale="zh-CN", base_url=served.url
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        return context.new_page()

    yield open_at
    for context in contexts:
        context.close()


@pytest.fixture
def kiosk(open_page: Callable[[dict[str, int]], Page], served: Served) -> Callable[[dict[str, int]], Page]:
    """Opens a browser that the clerk has made the kiosk."""

    def open_at(size: dict[str, int]) -> Page:
        page = open_page(size)
        sign_in(page, served, "clerk")
        page.goto("/desk/qingxi/devices")
        page.locator("summary", has_text="把这台浏览器变成自助机").click()
        page.get_by_role("button", name="变成自助机").click()
        page.wait_for_url("**/kiosk/")
        return page

    return open_at


@pytest.fixture
def waiting_orders(tmp_path: Path, served: Served) -> Callable[[], int]:
    """How many orders wait at the counter for the first card's household, looked up past the program."""
    number = served.sign_ins.cards[0].household

    def count() -> int:
        with closing(sqlite3.connect(tmp_path / "sample.db")) as database:
            query = (
                "SELECT count(*) FROM orders JOIN households ON households.id = orders.household_id"
                " WHERE orders.state = 'waiting' AND households.number = ?"
            )
            found: int = database.execute(query, [number]).fetchone()[0]
            return found

    return count


@pytest.fixture
def desk_without_script(browser: Browser, served: Served) -> Iterator[Page]:
    """A browser at the desk that runs no script."""
    context = browser.new_context(viewport=None, locale="zh-CN", base_url=served.url, java_script_enabled=False)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    yield context.new_page()
    context.close()


def sign_in(page: Page, served: Served, role: str) -> None:
    """Sign in as the sample village's person for a role."""
    person = served.sign_ins.of_role(role)
    page.goto("/sign-in")
    page.get_by_label("登录名").fill(person.sign_in_name)
    page.get_by_label("密码").fill(person.password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/desk/**")


def assert_accessible(page: Page) -> None:
    """No violation that axe finds; what it finds in order is not listed."""
    violations = Axe().run(page, options={"resultTypes": ["violations"]})["violations"]
    assert [(violation["id"], node["html"][:200]) for violation in violations for node in violation["nodes"]] == [], (
        page.url
    )
