"""找人帮忙: it rings at the counter, and the screen shows whether somebody comes."""

from flask import jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import kiosk_device
from pointsbank.access.models import Device
from pointsbank.cards import services as cards
from pointsbank.foundation.actor import ActorKind
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.kiosk.forms import HelpForm
from pointsbank.kiosk.models import HelpCall
from pointsbank.kiosk.policies import rings
from pointsbank.kiosk.queries.calls import newest_call
from pointsbank.kiosk.services import call_help, end_call
from pointsbank.kiosk.views.surface import blueprint, to
from pointsbank.places import queries as places


def _state(call: HelpCall | None, asked: int | None) -> str:
    """How it stands with the call that was asked for: help, help_called, help_coming, help_nobody or help_ended."""
    if call is None or call.id != asked:
        return "help"
    if call.answered_at is None:
        return "help_called" if rings(call) else "help_nobody"
    return "help_coming" if call.answered_by.startswith(f"{ActorKind.STAFF}:") else "help_ended"


@blueprint.get("/kiosk/help", defaults={"call_id": None})
@blueprint.get("/kiosk/help/<int:call_id>")
@kiosk_device
def help_page(device: Device, call_id: int | None) -> ResponseReturnValue:
    """叫人来; then how it stands."""
    call = newest_call(device)
    if call_id is None and call is not None and rings(call):
        call_id = call.id  # somebody has called already
    state = _state(call, call_id)
    coming = call.answered_by if call is not None and state == "help_coming" else ""
    return render_template(
        "kiosk/help.html",
        state=state,
        call_id=call_id,
        coming=access.actor_names([coming]).get(coming, "") if coming else "",
        phone=places.settings_now(device.village_id).shop_phone,
        back=url_for("kiosk.home" if cards.session_of(device) else "kiosk.start"),
        form=HelpForm(),
    )


@blueprint.get("/kiosk/help/<int:call_id>/state")
@kiosk_device
def help_state(device: Device, call_id: int) -> ResponseReturnValue:
    """How it stands with a call, for the page that shows it."""
    return jsonify(state=_state(newest_call(device), call_id))


@blueprint.post("/kiosk/help")
@kiosk_device
def ask_help(device: Device) -> ResponseReturnValue:
    """叫人来."""
    _check(HelpForm())
    visit = cards.session_of(device)
    call_id = call_help(device, visit.household_id if visit else None)
    return to(url_for("kiosk.help_page", call_id=call_id))


@blueprint.post("/kiosk/help/<int:call_id>/end")
@kiosk_device
def end_help(device: Device, call_id: int) -> ResponseReturnValue:
    """不用了."""
    _check(HelpForm())
    end_call(device)
    return to(url_for("kiosk.help_page", call_id=call_id))


def _check(form: HelpForm) -> None:
    if not form.validate():
        raise InvalidInputError("没有看懂。请再点一次。")
