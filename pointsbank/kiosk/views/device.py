"""Making a browser the kiosk, and ending that."""

from flask import current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user

from pointsbank.access import queries as access_queries
from pointsbank.access import services as access
from pointsbank.access.guard import DEVICE_COOKIE, current_actor, kiosk_device, open_to_all, requires
from pointsbank.access.models import Device
from pointsbank.access.permissions import Permission, permissions_of
from pointsbank.cards import services as cards
from pointsbank.foundation.errors import NotAllowedError, PointsBankError
from pointsbank.kiosk.forms import PairForm, StaffForm
from pointsbank.kiosk.views.surface import blueprint
from pointsbank.places.models import Place

COOKIE_SECONDS = 400 * 86_400  # as long as browsers keep one; every visit of the start page renews it


def set_device_cookie(response: ResponseReturnValue, token: str) -> ResponseReturnValue:
    """Let the browser remember that it is a kiosk. No script and no other site gets at it."""
    answer = current_app.make_response(response)
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    answer.set_cookie(DEVICE_COOKIE, token, max_age=COOKIE_SECONDS, httponly=True, samesite="Strict", secure=secure)
    return answer


def _become_kiosk(token: str) -> ResponseReturnValue:
    """Sign staff out, so that nobody at the screen has their rights, and go to the start."""
    logout_user()
    session.clear()
    return set_device_cookie(redirect(url_for("kiosk.start"), 303), token)


@blueprint.route("/kiosk/pair", methods=["GET", "POST"])
@open_to_all
def pair() -> ResponseReturnValue:
    """The clerk's 8-digit code turns this browser into the kiosk."""
    if g.get("device") is not None:
        return redirect(url_for("kiosk.start"), 303)
    form, status = PairForm(), 200
    if form.validate_on_submit():
        try:
            _, token = access.pair_with_code(form.code.data, request.remote_addr or "")
            return _become_kiosk(token)
        except PointsBankError as error:
            status = form.refuse(error)
    elif form.is_submitted():
        status = 422
    return render_template("kiosk/pair.html", form=form), status


@blueprint.post("/desk/<village_code>/kiosk/become")
@requires(Permission.MANAGE_DEVICES)
def become(village: Place) -> ResponseReturnValue:
    """Make the browser of the person at the desk the kiosk."""
    actor = current_actor()
    _, token = access.pair_device(village, "自助机", actor.key, actor)
    return _become_kiosk(token)


@blueprint.route("/kiosk/staff", methods=["GET", "POST"])
@kiosk_device
def staff(device: Device) -> ResponseReturnValue:
    """Somebody who looks after kiosks ends this one with name and password."""
    form, status = StaffForm(), 200
    if form.validate_on_submit():
        try:
            _end(device, form.name.data, form.password.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            session.clear()
            answer = current_app.make_response(redirect(url_for("access.sign_in"), 303))
            answer.delete_cookie(DEVICE_COOKIE, httponly=True, samesite="Strict")
            return answer
    elif form.is_submitted():
        status = 422
    return render_template("kiosk/staff.html", form=form), status


def _end(device: Device, name: str, password: str) -> None:
    """Raises WrongSignInError, WaitBeforeNextTryError, NotAllowedError."""
    person = access.sign_in(name, password)
    if Permission.MANAGE_DEVICES not in permissions_of(access_queries.roles_at(person, device.village)):
        raise NotAllowedError("您的岗位不能结束自助机。请找文书或管理员。", field="name")
    cards.close_session(device)
    access.revoke_device(device.village, device.id, person.actor)
