"""打印小票: at once from the printer, as the same drawing as the PDF; a printer that is not there is said, no more."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from config import Config, ConfigurationError, load_config
from pointsbank.access.models import Role
from pointsbank.audit.models import AuditEvent
from pointsbank.foundation.database import session
from pointsbank.market import queries
from pointsbank.market.documents.receipts import WIDTHS, receipt_of, receipt_pdf
from pointsbank.market.views import desk
from pointsbank.places.models import Place
from pointsbank.printing import receipt_printers
from tests.factories import make_good, make_household, make_points, make_staff, make_village, redeem_now
from tests.fonts import registered_fonts
from tests.web.conftest import post, sign_in

PRINT = "/desk/qingxi/market/redemptions/1/print"
COUNTER = "/desk/qingxi/market/counter"
RASTER, CUT = b"\x1dv0\x00", b"\x1dV\x00"  # GS v 0, GS V


@pytest.fixture
def printer(tmp_path: Path) -> Path:
    """A device file."""
    path = tmp_path / "lp0"
    path.touch()
    return path


@pytest.fixture
def config(config: Config, printer: Path) -> Config:
    return replace(config, receipt_printer=f"file:{printer}", receipt_paper="80")


@pytest.fixture
def village(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(desk, "register_fonts", lambda _folder: registered_fonts())
    place = make_village()
    household = make_household(place, "㛃𬭎")
    make_points(place, household, 10_000)
    sign_in(client, make_staff(place, Role.SHOPKEEPER))
    redeem_now(place, household, make_good(place), 1)
    return place


def pictures(told: bytes) -> Iterator[Image.Image]:
    """The rasters that a printer was told, read back."""
    at = 0
    while (at := told.find(RASTER, at)) >= 0:
        width, height = struct.unpack("<HH", told[at + 4 : at + 8])
        size = width * height
        dots = bytes(~byte & 0xFF for byte in told[at + 8 : at + 8 + size])  # a set bit is black there
        yield Image.frombytes("1", (width * 8, height), dots)
        at += 8 + size


def printed(village: Place) -> int:
    """How many receipts the trail says were printed."""
    query = select(func.count()).where(AuditEvent.place_id == village.id, AuditEvent.action == "receipt.print")
    return session().scalar(query) or 0


def test_the_printer_gets_the_dots_of_the_pdf_and_cuts(client: FlaskClient, village: Place, printer: Path) -> None:
    answer = post(client, PRINT, {"back": "done"})
    assert answer.location == f"{COUNTER}/done/1"
    assert "小票 1 号打出来了" in client.get(answer.location).text
    told = printer.read_bytes()
    parts = list(pictures(told))
    pdf = receipt_pdf(receipt_of(village, queries.redemption(village.id, 1)), WIDTHS["80"], registered_fonts())
    drawn = receipt_printers.dots_of(pdf, WIDTHS["80"])
    whole = Image.new("1", (parts[0].width, sum(part.height for part in parts)))
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    assert whole.size == drawn.size == (576, drawn.height)
    assert whole.tobytes() == drawn.tobytes()
    assert 5_000 < drawn.histogram()[0] < drawn.width * drawn.height // 4  # black enough to read, and no black page
    assert told.endswith(CUT)
    assert told.count(CUT) == 1
    assert printed(village) == 1


def test_a_printer_that_is_not_there_is_said_and_nothing_else_happens(
    client: FlaskClient, village: Place, printer: Path
) -> None:
    printer.unlink()
    answer = post(client, PRINT, {"back": "receipt"})
    assert "小票机没有反应" in client.get(answer.location).text
    assert not printer.exists()
    assert printed(village) == 0


def test_on_a_market_day_it_is_printed_by_itself_and_again_by_a_key(
    client: FlaskClient, village: Place, printer: Path
) -> None:
    post(client, f"{COUNTER}/market-day", {"on": "1"})
    good, household = queries.goods(village.id)[0], queries.redemption(village.id, 1).household_id
    form = {"key": "k", "good": good.serial, "quantity": 1, "points_seen": 6_000, "confirm": "1"}
    make_points(village, queries.redemption(village.id, 1).household, 10_000)
    assert post(client, f"{COUNTER}/{household}", form).location == COUNTER
    assert printer.read_bytes().count(CUT) == 1
    assert 'data-key="F8"' in client.get(COUNTER).text
    assert post(client, "/desk/qingxi/market/redemptions/2/print", {"back": "counter"}).location == COUNTER
    assert printer.read_bytes().count(CUT) == 2
    printer.unlink()
    answer = post(client, f"{COUNTER}/{household}", {**form, "key": "l"})
    assert "上一张小票没有打出来，东西已经换好" in client.get(answer.location).text


@pytest.mark.parametrize("text", ["lp0", "file:", "tcp://host", "tcp://host:70000", "win:", "usb:1"])
def test_a_printer_that_cannot_be_is_refused_at_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match="RECEIPT_PRINTER"):
        load_config({"INSTANCE": str(tmp_path), "RECEIPT_PRINTER": text})


def test_a_printer_and_its_paper_are_configured(tmp_path: Path) -> None:
    environment = {"INSTANCE": str(tmp_path), "RECEIPT_PRINTER": "tcp://192.168.1.50:9100", "RECEIPT_PAPER": "80"}
    found = load_config(environment)
    assert (found.receipt_printer, found.receipt_paper) == ("tcp://192.168.1.50:9100", "80")
    with pytest.raises(ConfigurationError, match="RECEIPT_PAPER"):
        load_config({**environment, "RECEIPT_PAPER": "100"})
