"""What a villager does at a kiosk, as a server sees it."""

from collections.abc import Mapping

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from pointsbank.access import services as access
from pointsbank.access.guard import DEVICE_COOKIE
from pointsbank.access.models import Device
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.market.models import Good, Order
from pointsbank.places.models import Place
from tests.web.conftest import csrf

JSON = {"Accept": "application/json"}


def make_kiosk(village: Place, client: FlaskClient, name: str = "超市自助机") -> Device:
    """Make a browser the village's kiosk."""
    device, token = access.pair_device(village, name, "staff", SYSTEM)
    client.set_cookie(DEVICE_COOKIE, token)
    return device


def send(client: FlaskClient, path: str, data: Mapping[str, object] | None = None) -> TestResponse:
    """Submit as the kiosk's script does."""
    return client.post(path, data={"csrf_token": csrf(client, "/kiosk/"), **(data or {})}, headers=JSON)


def told(answer: TestResponse) -> tuple[int, str, str]:
    """Status, code and sentence of a refusal."""
    assert answer.json is not None
    return answer.status_code, answer.json["error"]["code"], answer.json["error"]["message"]


def come_in(client: FlaskClient, group: int = 3, number: str = "12") -> TestResponse:
    """Tap a door number."""
    return send(client, "/kiosk/door", {"group": group, "number": number})


def type_pin(client: FlaskClient, pin: str) -> TestResponse:
    """Type the PIN that the screen asks for."""
    return client.post("/kiosk/pin", data={"csrf_token": csrf(client, "/kiosk/pin"), "pin": pin}, headers=JSON)


def place_order(
    client: FlaskClient, chosen: Good, pieces: int = 1, changed: Mapping[str, object] | None = None
) -> TestResponse:
    """Tap 好."""
    total = chosen.price_on(clock.today()) * pieces
    data = {"good": chosen.serial, "quantity": pieces, "points_seen": total, "key": new_key()}
    return send(client, "/kiosk/orders", {**data, **(changed or {})})


def count_orders() -> int:
    """Orders of all villages."""
    return session().scalar(select(func.count()).select_from(Order)) or 0
