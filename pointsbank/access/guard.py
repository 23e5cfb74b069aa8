"""At the door of every view: who is asking, for which village, and whether the permission table lets them in.

Every route carries one of the decorators below; a test fails for a route without one. Views under
/desk/<village_code>/ get the village as their first argument; an unknown village and one where the person holds no
role answer the same 404.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, cast
from urllib.parse import quote

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from werkzeug.routing import IntegerConverter, Map

from pointsbank.access import queries
from pointsbank.access.errors import DeviceNotPairedError
from pointsbank.access.models import Device, Role, Staff
from pointsbank.access.permissions import ROLE_NAMES, Permission, permissions_of
from pointsbank.audit import services as audit
from pointsbank.audit.models import INSTALLATION
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.errors import NotAllowedError, NotFoundError, PointsBankError
from pointsbank.places import queries as places
from pointsbank.places.errors import UnknownVillageError
from pointsbank.places.models import Place
from pointsbank.places.words import words_for

DEVICE_COOKIE = "pointsbank_device"
DECLARED = "declared_permission"  # attribute of a view that carries one of the decorators
PATH_LENGTH_MAX = 200  # of a refused address, in the trail
KIOSK_PATHS = ("/kiosk", "/static/", "/bootstrap/static/", "/healthz")

View = Callable[..., ResponseReturnValue]
# Of a person with these roles at a village: what they may do, given what the table says.
Narrowing = Callable[[Staff, Place, frozenset[Role], frozenset[Permission]], frozenset[Permission]]

_narrowings: list[Narrowing] = []


def narrows_permissions(narrow: Narrowing) -> Narrowing:
    """Register a room's rule by which some people may do less than their roles allow; it asks the database little."""
    _narrowings.append(narrow)
    return narrow


class SignedIn:
    """What Flask-Login holds: a person's session."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, staff: Staff) -> None:
        self.staff = staff

    def get_id(self) -> str:
        """Id and session version: a new password ends the old sessions."""
        return f"{self.staff.id}.{self.staff.session_version}"


class _DeclaredView(Protocol):
    declared_permission: str


def _declare(view: View, permission: str) -> View:
    cast(_DeclaredView, view).declared_permission = permission
    return view


def current_staff() -> Staff | None:
    """The person signed in, None otherwise."""
    user: Any = current_user
    return user.staff if user.is_authenticated else None


def current_actor() -> Actor:
    """Who acts in this request; the system where nobody is known yet."""
    actor: Actor = g.get("actor", SYSTEM)
    return actor


def open_to_all(view: View) -> View:
    """A view for everybody, signed in or not."""
    return _declare(view, "open_to_all")


def signed_in(view: View) -> View:
    """A view for any person who is signed in; it gets the staff row first."""

    @wraps(view)
    def guarded(**arguments: Any) -> ResponseReturnValue:
        staff = current_staff()
        if staff is None:
            return _to_sign_in()
        g.staff, g.actor = staff, staff.actor
        return view(staff, **arguments)

    return _declare(guarded, "signed_in")


def requires(permission: Permission) -> Callable[[View], View]:
    """A desk view of one village: the person needs the permission there; the view gets the village first."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(village_code: str, **arguments: Any) -> ResponseReturnValue:
            staff = current_staff()
            if staff is None:
                return _to_sign_in()
            village = _enter(staff, village_code)
            if permission not in g.permissions:
                raise NotAllowedError
            return view(village, **arguments)

        return _declare(guarded, permission.value)

    return decorate


def kiosk_device(view: View) -> View:
    """A kiosk view: the browser must be paired; the view gets the device first."""

    @wraps(view)
    def guarded(**arguments: Any) -> ResponseReturnValue:
        device: Device | None = g.get("device")
        if device is None:
            raise DeviceNotPairedError
        g.actor = device.actor
        g.village, g.words = device.village, words_for(device.village.kind)
        return view(device, **arguments)

    return _declare(guarded, "kiosk_device")


def _enter(staff: Staff, village_code: str) -> Place:
    village = places.village_by_code(village_code)
    roles = queries.roles_at(staff, village)
    if not roles:
        raise UnknownVillageError(f"没有代码为“{village_code[:40]}”的村（社区）。请核对代码。")
    g.staff, g.actor, g.roles = staff, staff.actor, roles
    g.village, g.words = village, words_for(village.kind)
    g.permissions = permissions_of(roles)
    for narrow in _narrowings:
        g.permissions = narrow(staff, village, roles, g.permissions)
    g.role_title = "、".join(name for role, name in ROLE_NAMES.items() if role in roles)
    return village


def _to_sign_in() -> ResponseReturnValue:
    # Only a page that was asked for by GET can be shown again after signing in.
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("access.sign_in", next=back))


def _device_door() -> ResponseReturnValue | None:
    """A browser with a device cookie is a kiosk: it gets the kiosk's pages and nothing else."""
    token = request.cookies.get(DEVICE_COOKIE)
    g.device = queries.device_by_token(token) if token else None
    if g.device is not None and not request.path.startswith(KIOSK_PATHS):
        return redirect(url_for("kiosk.start"))
    return None


def _fill_in_village(endpoint: str, values: dict[str, Any]) -> None:
    """Links inside a village's pages stay in the village."""
    wanted = "village_code" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "village_code")
    if wanted and g and "village" in g:
        values["village_code"] = g.village.code


def note_refusal(error: PointsBankError) -> None:
    """Leave an audit event of a refusal that smells of an attack.

    That is: no right to it, another village's address, or a form about something that is not the village's, which no
    page of ours sends.
    """
    smells = isinstance(error, NotAllowedError | UnknownVillageError)
    smells |= isinstance(error, NotFoundError) and request.method == "POST"
    if smells and request.endpoint:
        staff = current_staff()
        place_id = g.village.id if "village" in g else INSTALLATION
        actor = staff.actor if staff else current_actor()
        audit.record_refusal(place_id, actor, "page.refused", request.endpoint, quote(request.path)[:PATH_LENGTH_MAX])


class DatabaseNumber(IntegerConverter):
    """A number in an address: an id or serial that a database can take; a larger one is an unknown page."""

    def __init__(self, map: Map, **limits: Any) -> None:  # noqa: A002 - Werkzeug's name
        super().__init__(map, **{"max": 2**63 - 1, **limits})


def init_app(app: Flask) -> None:
    """Wire sign-in, the kiosk's door and the numbers in addresses into the program."""
    app.url_map.converters["int"] = DatabaseNumber
    login = LoginManager(app)
    login.session_protection = None  # session_version and the cookie's own flags do this without locking out a PC

    @login.user_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
    def load(session_id: str) -> SignedIn | None:
        staff = queries.staff_by_session_id(session_id)
        return SignedIn(staff) if staff else None

    app.before_request(_device_door)
    app.url_defaults(_fill_in_village)
