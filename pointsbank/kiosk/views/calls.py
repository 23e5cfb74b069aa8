"""At the desk: who calls from a kiosk, for the bell of every page and on a page of its own."""

from flask import jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.kiosk import queries
from pointsbank.kiosk.models import HelpCall
from pointsbank.kiosk.queries.calls import has_kiosk, latest_calls, ringing_calls
from pointsbank.kiosk.services import answer_call
from pointsbank.kiosk.views.surface import blueprint
from pointsbank.places.models import Place
from pointsbank.web.errors import wants_json
from pointsbank.web.messages import tell

ASK_AGAIN_SECONDS = 4  # somebody who waits at a screen counts the seconds


@blueprint.get("/desk/<village_code>/calls")
@requires(Permission.ANSWER_CALLS)
def calls(village: Place) -> ResponseReturnValue:
    """Who calls now. For the bell as JSON, with when to ask again: 0 in a village without a kiosk."""
    ringing = ringing_calls(village.id)
    if wants_json():
        again = ASK_AGAIN_SECONDS if ringing or has_kiosk(village.id) else 0
        shown = [{"words": _words(call), "answer": url_for("kiosk.answer", call_id=call.id)} for call in ringing]
        return jsonify(calls=shown, again_in=again)
    latest = latest_calls(village.id)
    return render_template(
        "kiosk/calls.html",
        ringing=[(call, _words(call)) for call in ringing],
        latest=[call for call in latest if call not in ringing],
        whose=_whose,
        names=access.actor_names({call.answered_by for call in latest if call.answered_by}),
    )


def _whose(call: HelpCall) -> str:
    return queries.called(call.household) if call.household else "没有刷卡的人"


def _words(call: HelpCall) -> str:
    return f"有人在“{call.device.name}”找人帮忙：{_whose(call)}"


@blueprint.post("/desk/<village_code>/calls/<int:call_id>/answer")
@requires(Permission.ANSWER_CALLS)
def answer(village: Place, call_id: int) -> ResponseReturnValue:
    """我来了: the kiosk shows it at once."""
    answer_call(village, call_id, current_actor())
    if wants_json():
        return jsonify(answered=True)
    tell("自助机上已经显示：听到了，马上有人来。")
    return redirect(url_for("kiosk.calls"), 303)
