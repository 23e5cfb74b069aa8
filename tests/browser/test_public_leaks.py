"""What anybody can see of the sample village names nobody who did not agree, and never a phone or an ID number.

No browser is needed: the pages are read as the server sends them.
"""

import html
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from pointsbank.access import services as access
from pointsbank.access.guard import DEVICE_COOKIE
from pointsbank.boards import queries as boards
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.people.models import Household, Resident
from pointsbank.places import queries as places
from tests.browser.conftest import Served
from tests.fonts import registered_fonts
from tests.pdf import text_of
from tests.web.conftest import csrf

VILLAGES = ("qingxi", "miaopo")
LONG_NUMBER = re.compile(r"(?<![0-9a-f])[0-9]{11,18}[Xx]?(?![0-9a-f])")


@pytest.fixture
def client(served: Served) -> FlaskClient:
    """A passer-by."""
    return served.app.test_client()


@pytest.fixture
def names(served: Served) -> tuple[list[str], list[str]]:
    """The names of the sample's people: those who agreed to be named (long ones first), and the others."""
    with served.app.app_context():
        rows = session().execute(
            select(Resident.name, Household.name_consent_on).join(Household, Household.id == Resident.household_id)
        )
        agreed, others = set[str](), set[str]()
        for name, consent_on in rows:
            (agreed if consent_on else others).add(name)
    assert len(agreed) > 50
    assert len(others) > 50
    return sorted(agreed, key=len, reverse=True), sorted(others - agreed)


def named(text: str, names: tuple[list[str], list[str]]) -> list[str]:
    """Those in a text who did not agree to be named."""
    text = html.unescape(text)
    for name in names[0]:
        text = text.replace(name, "|")  # so that a short name is not found inside a longer one
    return [name for name in names[1] if name in text]


def words_of(page: str) -> str:
    """A page without its tags, so that digests in addresses are not taken for numbers of people."""
    return re.sub(r"<[^>]*>", " ", page)


def public_pages(client: FlaskClient, served: Served) -> dict[str, str]:
    """Every page that is open to all, by address."""
    with served.app.app_context():
        paths = ["/sign-in", "/kiosk/pair", "/kiosk/", "/healthz"]
        for code in VILLAGES:
            village = places.village_by_code(code)
            periods = boards.frozen_periods(village.id)
            paths += [f"/public/{code}/", *(f"/public/{code}/{period}" for period in periods)]
            paths += [f"/public/{code}/2026-02", f"/public/{code}/2026-03"]  # not frozen yet
    return {path: client.get(path).text for path in paths}


def kiosk_pages(client: FlaskClient, served: Served) -> dict[str, str]:
    """Every page of the kiosk that needs no PIN, as one household's visitor sees it."""
    with served.app.app_context():
        _, token = access.pair_device(places.village_by_code("qingxi"), "超市自助机", "staff", SYSTEM)
        groups = [group.number for group in places.groups(places.village_by_code("qingxi").id)]
    client.set_cookie(DEVICE_COOKIE, token)
    group, number = served.sign_ins.cards[0].household.split("-")
    data = {"csrf_token": csrf(client, "/kiosk/"), "group": int(group), "number": int(number)}
    assert client.post("/kiosk/door", data=data).location == "/kiosk/home"
    paths = ["", "door", "home", "goods", "goods/1", "board", "board?part=merits", "staff", "month", "taken"]
    return {path: client.get(f"/kiosk/{path}").text for path in [*paths, *(f"door?group={one}" for one in groups)]}


def test_public_pages_name_only_those_who_agreed(
    client: FlaskClient, served: Served, names: tuple[list[str], list[str]]
) -> None:
    pages = public_pages(client, served)
    assert any(name in pages["/public/qingxi/"] for name in names[0])
    assert {path: named(page, names) for path, page in pages.items() if named(page, names)} == {}


def test_the_kiosk_names_only_those_who_agreed(
    client: FlaskClient, served: Served, names: tuple[list[str], list[str]]
) -> None:
    pages = kiosk_pages(client, served)
    assert "能换" in pages["home"]
    assert {path: named(page, names) for path, page in pages.items() if named(page, names)} == {}


def test_no_public_page_shows_a_phone_or_an_id_number(client: FlaskClient, served: Served) -> None:
    with served.app.app_context():
        phones = {phone for phone in session().scalars(select(Resident.phone)) if phone}
    assert phones
    pages = {**public_pages(client, served), **kiosk_pages(client, served)}
    for path, page in pages.items():
        text = words_of(page)
        assert [phone for phone in phones if phone in text] == [], path
        assert LONG_NUMBER.findall(text) == [], path


def test_the_paper_on_the_wall_names_only_those_who_agreed(served: Served, names: tuple[list[str], list[str]]) -> None:
    with served.app.app_context():
        village = places.village_by_code("qingxi")
        text = text_of(boards.board_pdf(village, boards.frozen_periods(village.id)[0], "A3", registered_fonts()))
    assert named(text, names) == []


def test_a_month_that_is_not_frozen_is_not_public(client: FlaskClient) -> None:
    assert client.get("/public/qingxi/2026-02").status_code == 404
