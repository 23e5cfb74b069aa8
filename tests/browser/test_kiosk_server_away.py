"""The server is away: the kiosk says so, takes no order, and goes on by itself when it is back."""

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect
from waitress.server import create_server

from tests.browser.conftest import KIOSK_UPRIGHT, Served
from tests.browser.kiosks import ASK_AGAIN_MILLISECONDS, check, choose, come_in, good_button

OpenPage = Callable[[dict[str, int]], Page]
LOOK_MILLISECONDS = 10_000
CUT_SECONDS_MAX = 10


class CutServer:
    """A server that can be cut off and started again at the same address."""

    def __init__(self, app: Flask) -> None:
        self.app, self.port = app, 0
        self.start()

    def start(self) -> None:
        self._server = create_server(self.app, host="127.0.0.1", port=self.port, threads=4)
        self.port = self._server.effective_port
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()

    def cut(self) -> None:
        self._server.trigger.pull_trigger(self._close)  # in its own thread
        self._thread.join(CUT_SECONDS_MAX)
        assert not self.is_running

    def _close(self) -> None:
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.close()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()


@pytest.fixture
def server(served: Served) -> Iterator[CutServer]:
    made = CutServer(served.app)
    yield made
    if made.is_running:
        made.cut()


def test_nothing_is_ordered_while_the_server_is_away_and_once_when_it_is_back(
    kiosk: OpenPage, served: Served, server: CutServer, waiting_orders: Callable[[], int]
) -> None:
    page = kiosk(KIOSK_UPRIGHT)
    page.clock.install()
    page.goto(f"http://127.0.0.1:{server.port}/kiosk/")
    come_in(page, served)
    choose(page)
    good, notice, away = page.url, page.locator("#notice-words"), page.locator("#away")

    server.cut()
    page.clock.run_for(LOOK_MILLISECONDS)  # nobody touches anything: it says so all the same
    expect(away).to_be_visible()
    expect(away).to_contain_text("连不上柜台的电脑，现在换不了东西")
    good_button(page)
    expect(notice).to_contain_text("现在换不了东西")
    page.clock.run_for(ASK_AGAIN_MILLISECONDS)
    expect(notice).to_contain_text("现在换不了东西")
    expect(page.locator("#notice-go")).to_be_hidden()  # there is nothing to tap
    check(page)

    server.start()
    page.clock.run_for(ASK_AGAIN_MILLISECONDS)
    expect(notice).to_contain_text("连上了。请再按一次")
    expect(away).to_be_hidden()
    assert waiting_orders() == 0  # what was tapped while it was away was not kept for later
    page.get_by_role("button", name="知道了").click()

    def do_and_cut(route: Route) -> None:
        route.fetch()
        server.cut()
        route.abort()

    page.route("**/kiosk/orders", do_and_cut)
    good_button(page)
    expect(notice).to_contain_text("东西不会换两次")
    assert (page.url, waiting_orders()) == (good, 1)
    page.unroute("**/kiosk/orders")
    server.start()
    page.clock.run_for(ASK_AGAIN_MILLISECONDS)
    page.wait_for_url("**/kiosk/orders/*")
    assert waiting_orders() == 1
