"""What all pages of the kiosk share: the blueprint, the villager at the screen, and the one way to answer."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, g, json, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from pointsbank.access.errors import DeviceNotPairedError
from pointsbank.access.guard import kiosk_device
from pointsbank.access.models import Device
from pointsbank.cards import services as cards
from pointsbank.foundation.actor import Actor, ActorKind
from pointsbank.kiosk import speech
from pointsbank.web.errors import wants_json

blueprint = Blueprint("kiosk", __name__, template_folder="../templates")

CONTRAST = "kiosk_contrast"  # in the browser's session: the person at the screen wants strong contrast

View = Callable[..., ResponseReturnValue]


@blueprint.app_template_global("say")
def said(name: str, **slots: str | int) -> Markup:
    """A sentence of kiosk.speech as it stands on the screen, with the pieces of which the village's voice is put."""
    spoken = speech.say(name, **slots)
    pieces = json.dumps(spoken.pieces, ensure_ascii=False)
    return Markup('<span data-pieces="{}">{}</span>').format(pieces, spoken.words)


def instance_folder() -> Path:
    """The folder of data, in which the recordings lie."""
    instance: Path = current_app.config["POINTSBANK"].instance
    return instance


def to(url: str) -> ResponseReturnValue:
    """Where the screen goes next: for the kiosk's script as JSON, so that it can ask again when no answer came."""
    return jsonify(next=url) if wants_json() else redirect(url, 303)


def villager(view: View) -> View:
    """A page for somebody who has shown a card or tapped a number; it gets their session. Others see the start."""

    @kiosk_device
    @wraps(view)
    def guarded(device: Device, **arguments: Any) -> ResponseReturnValue:
        visit = cards.session_of(device)
        if visit is None:
            return to(url_for("kiosk.start"))
        household = visit.household
        g.actor = Actor.of(ActorKind.HOUSEHOLD, g.village.code, household.serial, household.id)
        return view(visit, **arguments)

    return guarded


@blueprint.errorhandler(DeviceNotPairedError)
def not_paired(error: DeviceNotPairedError) -> ResponseReturnValue:
    """This browser is no kiosk, or no longer: say so, with the way to pair it."""
    if wants_json():
        return jsonify(error={"code": error.code, "message": error.message}), error.status
    return render_template("kiosk/not_paired.html", sentence=error.message), error.status
