"""How the kiosk speaks and looks: the village's voice, how loud, and strong contrast for who sees badly."""

from flask import Response, jsonify, render_template, session, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import kiosk_device
from pointsbank.access.models import Device
from pointsbank.cards import services as cards
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.kiosk.forms import ContrastForm
from pointsbank.kiosk.queries.voices import recorded, voice
from pointsbank.kiosk.services.voice_files import file_of, folder_of
from pointsbank.kiosk.views.surface import CONTRAST, blueprint, instance_folder, to
from pointsbank.web.headers import let_browser_keep

KEPT_SECONDS = 86_400  # so that the kiosk can say that the server is away when it is


@blueprint.get("/kiosk/voices")
@kiosk_device
def voices(device: Device) -> ResponseReturnValue:
    """Where to find what the village has recorded, by its words."""
    found = recorded(device.village_id)
    return jsonify({words: url_for("kiosk.voice_file", voice_id=voice_id) for words, voice_id in found.items()})


@blueprint.get("/kiosk/voices/<int:voice_id>")
@kiosk_device
def voice_file(device: Device, voice_id: int) -> ResponseReturnValue:
    """One recording. A new one gets a new address."""
    kept = voice(device.village_id, voice_id)
    answer = Response(file_of(kept, folder_of(instance_folder(), device.village.code)), mimetype=kept.media_type)
    let_browser_keep(KEPT_SECONDS)
    return answer


@blueprint.get("/kiosk/volume")
@kiosk_device
def volume(device: Device) -> ResponseReturnValue:
    """大声, 小声, 试一试: the screen keeps it for itself."""
    back = url_for("kiosk.home" if cards.session_of(device) else "kiosk.start")
    return render_template("kiosk/volume.html", back=back)


@blueprint.post("/kiosk/contrast")
@kiosk_device
def contrast(_device: Device) -> ResponseReturnValue:
    """高对比, on or off, until this person is done."""
    if not ContrastForm().validate():
        raise InvalidInputError("没有看懂。请再点一次。")
    session[CONTRAST] = not session.get(CONTRAST, False)
    return to(url_for("kiosk.start"))
