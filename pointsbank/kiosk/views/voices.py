"""录本村的声音: at the desk every sentence and numeral of the kiosk is recorded in the village's own dialect."""

from contextlib import closing

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation.errors import PointsBankError
from pointsbank.kiosk.errors import UnknownVoiceError, VoiceRefusedError
from pointsbank.kiosk.forms import RemoveVoiceForm, VoiceForm
from pointsbank.kiosk.queries.voices import VoiceLine, voice, voice_lines
from pointsbank.kiosk.services import keep_voice, remove_voice
from pointsbank.kiosk.services.voice_files import (
    MILLISECONDS_MAX,
    VOICE_BYTES_MAX,
    VoiceFile,
    clean_voice,
    file_of,
    folder_of,
)
from pointsbank.kiosk.views.surface import blueprint, instance_folder
from pointsbank.places.models import Place
from pointsbank.web.errors import wants_json
from pointsbank.web.headers import let_page_listen
from pointsbank.web.messages import tell


@blueprint.get("/desk/<village_code>/voices")
@requires(Permission.MANAGE_DEVICES)
def voice_list(village: Place) -> ResponseReturnValue:
    """Everything that the kiosk says, what is recorded of it, and how much is still missing."""
    lines = voice_lines(village, instance_folder())
    missing = [line for line in lines if line.missing]
    only_missing = request.args.get("only") == "missing"
    groups: dict[str, list[VoiceLine]] = {}
    for line in missing if only_missing else lines:
        groups.setdefault(line.piece.group, []).append(line)
    return render_template(
        "kiosk/voices.html", groups=groups, total=len(lines), missing=missing, only_missing=only_missing
    )


@blueprint.route("/desk/<village_code>/voices/<key>", methods=["GET", "POST"])
@requires(Permission.MANAGE_DEVICES)
def record_voice(village: Place, key: str) -> ResponseReturnValue:
    """One piece: record it or bring a file, listen, delete. A recording leads on to the next that is missing."""
    lines = voice_lines(village, instance_folder())
    at = next((number for number, line in enumerate(lines) if line.piece.key == key), None)
    if at is None:
        raise UnknownVoiceError("这一句现在不用录了。请回到列表，看看还差哪些。")
    form, status = VoiceForm(), 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                keep_voice(village, key, _brought(form), instance_folder(), current_actor())
            except PointsBankError as error:
                if wants_json():
                    raise
                status = form.refuse(error)
            else:
                return _go_on(lines, at)
    let_page_listen()
    missing = [number for number, line in enumerate(lines) if line.missing]
    return render_template(
        "kiosk/voice.html",
        line=lines[at],
        form=form,
        missing=len(missing),
        before=lines[at - 1].piece.key if at else None,
        after=lines[at + 1].piece.key if at + 1 < len(lines) else None,
        seconds_max=MILLISECONDS_MAX // 1000,
    ), status


def _brought(form: VoiceForm) -> VoiceFile:
    """Raises VoiceRefusedError."""
    if not form.file.data:
        raise VoiceRefusedError("请先录一遍，或选一个文件。")
    with closing(form.file.data) as upload:
        return clean_voice(upload.read(VOICE_BYTES_MAX + 1))


def _go_on(lines: list[VoiceLine], at: int) -> ResponseReturnValue:
    """To the next piece that is missing after this one, else to the first; to the list when all are there."""
    others = [line.piece.key for line in (*lines[at + 1 :], *lines[:at]) if line.missing]
    url = url_for("kiosk.record_voice", key=others[0]) if others else url_for("kiosk.voice_list")
    if wants_json():
        return jsonify(next=url)
    tell(f"“{lines[at].piece.words}”录好了。" + ("" if others else "全部录齐了，自助机从现在起说本村的话。"))
    return redirect(url, 303)


@blueprint.get("/desk/<village_code>/voices/files/<int:voice_id>")
@requires(Permission.MANAGE_DEVICES)
def listen(village: Place, voice_id: int) -> ResponseReturnValue:
    """A recording, to be listened to."""
    kept = voice(village.id, voice_id)
    return Response(file_of(kept, folder_of(instance_folder(), village.code)), mimetype=kept.media_type)


@blueprint.post("/desk/<village_code>/voices/<key>/remove")
@requires(Permission.MANAGE_DEVICES)
def delete_voice(village: Place, key: str) -> ResponseReturnValue:
    """Delete a recording: the kiosk speaks the sentence with the browser's voice again, or is silent."""
    if RemoveVoiceForm().validate():
        remove_voice(village, key, instance_folder(), current_actor())
        tell("这一句的录音删掉了。")
    return redirect(url_for("kiosk.record_voice", key=key), 303)
