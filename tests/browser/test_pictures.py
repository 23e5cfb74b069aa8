"""The pictures of the READMEs: desk, kiosk and board of the sample village.

PICTURES=1 writes them into docs/pictures; an ordinary run makes them in a folder of its own, so that it changes no
file of the repository.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path

import PIL.Image
import pytest
from playwright.sync_api import Page

from pointsbank.boards import queries as boards
from pointsbank.places import queries as places
from tests.browser.conftest import DESK, KIOSK_UPRIGHT, Served, sign_in
from tests.fonts import registered_fonts
from tests.pdf import picture_of

OpenPage = Callable[[dict[str, int]], Page]

BYTES_MAX = 400_000  # a README is read over slow lines too


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures go."""
    chosen = Path(__file__).parents[2] / "docs" if os.environ.get("PICTURES") == "1" else tmp_path
    made = chosen / "pictures"
    made.mkdir(exist_ok=True)
    return made


def save(picture: PIL.Image.Image, path: Path, width: int) -> None:
    """A picture of this width, in few enough colours to stay small; it must show something."""
    height = picture.height * width // picture.width
    small = picture.convert("RGB").resize((width, height), PIL.Image.Resampling.LANCZOS)
    small.quantize(256, dither=PIL.Image.Dither.NONE).save(path, optimize=True)
    assert len(small.getcolors(small.width * small.height) or []) > 100
    assert path.stat().st_size < BYTES_MAX


def taken(page: Page) -> PIL.Image.Image:
    """What is on the screen."""
    return PIL.Image.open(io.BytesIO(page.screenshot()))


def test_the_desk(open_page: OpenPage, served: Served, folder: Path) -> None:
    page = open_page(DESK)
    sign_in(page, served, "clerk")
    page.goto("/desk/qingxi/")
    save(taken(page), folder / "desk.png", 1366)


def test_the_kiosk(open_page: OpenPage, served: Served, folder: Path) -> None:
    page = open_page(KIOSK_UPRIGHT)
    sign_in(page, served, "clerk")
    page.goto("/desk/qingxi/devices")
    page.locator("summary", has_text="把这台浏览器变成自助机").click()
    page.get_by_role("button", name="变成自助机").click()
    page.wait_for_url("**/kiosk/")
    page.keyboard.type(served.sign_ins.cards[0].number)
    page.keyboard.press("Enter")
    page.wait_for_url("**/kiosk/home")
    save(taken(page), folder / "kiosk.png", 540)


def test_the_board(served: Served, folder: Path) -> None:
    with served.app.app_context():
        village = places.village_by_code("qingxi")
        pdf = boards.board_pdf(village, boards.frozen_periods(village.id)[0], "A3", registered_fonts())
    save(picture_of(pdf, 150), folder / "board.png", 1600)
