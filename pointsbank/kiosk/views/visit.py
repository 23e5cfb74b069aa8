"""A villager comes, is greeted, and goes."""

from flask import g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import DEVICE_COOKIE, current_actor, kiosk_device
from pointsbank.access.models import Device
from pointsbank.cards import services as cards
from pointsbank.cards.errors import CardNotKnownError
from pointsbank.cards.models import VillagerSession
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.kiosk import queries
from pointsbank.kiosk.errors import DoorNotKnownError
from pointsbank.kiosk.forms import CardForm, ContrastForm, DoorForm, PinForm
from pointsbank.kiosk.policies import check_unknown, note_unknown
from pointsbank.kiosk.views.device import set_device_cookie
from pointsbank.kiosk.views.surface import CONTRAST, blueprint, to, villager
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries as market
from pointsbank.market import services as counter
from pointsbank.market.policies.opening import hours_in_words
from pointsbank.places import queries as places
from pointsbank.places.settings import KioskShows

PRESENTED = "presented"  # in the browser's session: who wants to get in with a PIN
AFTER_PIN = {"month": "kiosk.month", "taken": "kiosk.taken"}


@blueprint.get("/kiosk/")
@kiosk_device
def start(device: Device) -> ResponseReturnValue:
    """Somebody comes: a welcome, the card, or the door number."""
    session.permanent = True  # or the form's token would be too old in the morning
    session.pop(PRESENTED, None)
    opening = hours_in_words(device.village_id, clock.today())
    page = render_template("kiosk/start.html", opening=opening, form=CardForm(), contrast_form=ContrastForm())
    return set_device_cookie(page, request.cookies[DEVICE_COOKIE])


@blueprint.get("/kiosk/door")
@kiosk_device
def door(device: Device) -> ResponseReturnValue:
    """Which group, then which number."""
    groups = places.groups(device.village_id)
    chosen = next((group for group in groups if str(group.number) == request.args.get("group")), None)
    if chosen is None:
        return render_template("kiosk/groups.html", groups=groups)
    return render_template("kiosk/door.html", group=chosen, form=DoorForm(group=chosen.number))


@blueprint.post("/kiosk/card")
@kiosk_device
def scan(device: Device) -> ResponseReturnValue:
    """A card was read."""
    form = CardForm()
    if not form.validate():
        raise CardNotKnownError
    return _enter(device, form.presented.data, CardNotKnownError())


@blueprint.post("/kiosk/door")
@kiosk_device
def tap(device: Device) -> ResponseReturnValue:
    """A door number was tapped."""
    form = DoorForm()
    if not form.validate():
        raise DoorNotKnownError
    return _enter(device, queries.door(form.group.data, form.number.data), DoorNotKnownError())


def _enter(device: Device, presented: str, unknown: InvalidInputError) -> ResponseReturnValue:
    """To the points, or first to the PIN where the village wants it: then known and unknown look the same."""
    counter.release_overdue(device.village)  # what yesterday left reserved is free before anybody looks
    if places.settings_now(device.village_id).kiosk_shows is KioskShows.NOTHING:
        session[PRESENTED] = presented
        return to(url_for("kiosk.pin"))
    check_unknown(device)
    who = queries.whose(device.village, presented)
    if who.household_id is None:
        note_unknown(device, device.actor, "kiosk.unknown", f"device:{device.serial}", unknown.code)
        raise unknown
    cards.open_session(device, who.household_id, who.card, with_pin=False)
    return to(url_for("kiosk.home"))


@blueprint.get("/kiosk/pin")
@kiosk_device
def pin(device: Device) -> ResponseReturnValue:
    """Six digits."""
    visit = cards.session_of(device)
    if visit is None and PRESENTED not in session:
        return redirect(url_for("kiosk.start"), 303)
    back = url_for("kiosk.home" if visit else "kiosk.start")
    return render_template("kiosk/pin.html", form=PinForm(then=request.args.get("then", "")), back=back)


@blueprint.post("/kiosk/pin")
@kiosk_device
def enter_pin(device: Device) -> ResponseReturnValue:
    """Check the PIN: of the one at the screen before more is shown, or of the one who wants to get in."""
    form = PinForm()
    if not form.validate():
        raise InvalidInputError("请输入六位密码。", field="pin")
    visit = cards.session_of(device)
    if visit is not None:
        cards.check_pin(device.village, visit.household_id, form.pin.data, current_actor(), card_id=visit.card_id)
        cards.confirm_pin(visit)
        return to(url_for(AFTER_PIN.get(form.then.data or "", "kiosk.home")))
    presented = session.get(PRESENTED)
    if presented is None:
        return to(url_for("kiosk.start"))
    who = queries.whose(device.village, presented)
    cards.check_pin(
        device.village,
        who.household_id,
        form.pin.data,
        current_actor(),
        presented=presented,
        card_id=who.card.id if who.card else None,
    )
    session.pop(PRESENTED)
    cards.open_session(device, _known(who.household_id), who.card, with_pin=True)
    return to(url_for("kiosk.home"))


def _known(household_id: int | None) -> int:
    """A right PIN belongs to somebody."""
    if household_id is None:
        raise RuntimeError("a PIN was right for nobody")
    return household_id


@blueprint.get("/kiosk/home")
@villager
def home(visit: VillagerSession) -> ResponseReturnValue:
    """What the household can spend, and the three things to do."""
    return render_template(
        "kiosk/home.html",
        called=queries.called(visit.household),
        balances=ledger.balances(g.village.id, visit.household.serial),
        order=market.waiting_order(g.village.id, visit.household_id),
    )


@blueprint.post("/kiosk/leave")
@kiosk_device
def leave(device: Device) -> ResponseReturnValue:
    """我好了, or nobody is here any more."""
    cards.close_session(device)
    session.pop(CONTRAST, None)
    return to(url_for("kiosk.start"))
