"""Nobody is there: the screen shows what there is to see, until it is touched or a card is scanned."""

from flask import render_template, session
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import kiosk_device
from pointsbank.access.models import Device
from pointsbank.kiosk.forms import CardForm
from pointsbank.kiosk.queries.attract import attraction
from pointsbank.kiosk.views.surface import CONTRAST, blueprint


@blueprint.get("/kiosk/attract")
@kiosk_device
def attract(device: Device) -> ResponseReturnValue:
    """The board on the wall, when the market is open, what people like to take: one after the other."""
    session.permanent = True  # or the form's token would be too old in the morning
    session.pop(CONTRAST, None)  # whoever wanted it has gone
    return render_template("kiosk/attract.html", shown=attraction(device.village), form=CardForm())
