"""Sign-in, staff, devices."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user

from pointsbank.access import queries, services
from pointsbank.access.forms import NewStaffForm, PairingForm, PasswordForm, RolesForm, SignInForm
from pointsbank.access.guard import SignedIn, current_actor, open_to_all, requires, signed_in
from pointsbank.access.models import Staff
from pointsbank.access.permissions import ROLE_NAMES, Permission
from pointsbank.foundation.errors import PointsBankError
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.web.forms import Form
from pointsbank.web.messages import Tone, tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

blueprint = Blueprint("access", __name__, template_folder="templates")
register(
    NavigationItem("access.devices", "自助机", "display", Permission.MANAGE_DEVICES, NavigationGroup.OFFICE, 70),
    NavigationItem(
        "access.staff_list",
        "工作人员",
        "person",
        Permission.MANAGE_STAFF,
        NavigationGroup.OFFICE,
        80,
        pages=("access.new_staff", "access.staff_page", "access.reset_password"),
    ),
)


# --- oneself ---


@blueprint.route("/sign-in", methods=["GET", "POST"])
@open_to_all
def sign_in() -> ResponseReturnValue:
    """Name and password, then back to where the person wanted to go."""
    form = SignInForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        try:
            staff = services.sign_in(form.name.data, form.password.data)
        except PointsBankError as error:
            return _page("access/sign_in.html", form, error)
        session.clear()  # nothing of before, so that a cookie planted earlier is worth nothing
        _open_session(staff)
        return redirect(local_path(form.next.data) or url_for("desk.start"), 303)
    return _page("access/sign_in.html", form)


@blueprint.post("/sign-out")
@open_to_all
def sign_out() -> ResponseReturnValue:
    """End the session of this browser."""
    logout_user()
    session.clear()
    return redirect(url_for("access.sign_in"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
@signed_in
def password(staff: Staff) -> ResponseReturnValue:
    """One's own password; the other browsers are signed out."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            services.change_own_password(staff, form.old.data, form.new.data)
        except PointsBankError as error:
            return _page("access/password.html", form, error)
        _open_session(staff)
        tell("密码已改好。在别的电脑上登录的，要用新密码重新登录。")
        return redirect(url_for("desk.start"), 303)
    return _page("access/password.html", form)


# --- staff of a village ---


@blueprint.get("/desk/<village_code>/staff")
@requires(Permission.MANAGE_STAFF)
def staff_list(village: Place) -> ResponseReturnValue:
    """Who works here."""
    return render_template(
        "access/staff_list.html",
        people=queries.staff_of(village),
        role_names=ROLE_NAMES,
        heads=queries.heads_of(village.id),
    )


@blueprint.route("/desk/<village_code>/staff/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def new_staff(village: Place) -> ResponseReturnValue:
    """Add a person, with a made-up password that is shown once."""
    form = NewStaffForm()
    form.groups.offer(places.groups(village.id))
    if form.validate_on_submit():
        made_up = services.made_up_password()
        name, sign_in_name = form.name.data, form.sign_in_name.data or ""
        try:
            staff = services.add_staff(
                village, name, made_up, form.roles.roles, current_actor(), sign_in_name, groups=form.groups.groups
            )
        except PointsBankError as error:
            return _page("access/new_staff.html", form, error)
        return render_template("access/password_shown.html", staff=staff, password=made_up)
    return _page("access/new_staff.html", form)


@blueprint.route("/desk/<village_code>/staff/<int:staff_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_STAFF)
def staff_page(village: Place, staff_id: int) -> ResponseReturnValue:
    """One person: roles, password, end."""
    staff, roles = queries.staff_at(village, staff_id)
    headed = [str(group.id) for group in queries.heads_of(village.id).get(staff.id, [])]
    form = RolesForm(roles=[role.value for role in roles], groups=headed)
    form.groups.offer(places.groups(village.id))
    if form.validate_on_submit():
        try:
            services.change_roles(staff, village, form.roles.roles, current_actor(), groups=form.groups.groups)
        except PointsBankError as error:
            return _page("access/staff_page.html", form, error, staff=staff)
        tell(f"{staff.name}的岗位已保存。")
        return redirect(url_for("access.staff_list"), 303)
    return _page("access/staff_page.html", form, staff=staff)


@blueprint.post("/desk/<village_code>/staff/<int:staff_id>/password")
@requires(Permission.MANAGE_STAFF)
def reset_password(village: Place, staff_id: int) -> ResponseReturnValue:
    """A made-up password for somebody who forgot theirs, shown once."""
    staff, _ = queries.staff_at(village, staff_id)
    made_up = services.reset_password(staff, village, current_actor())
    return render_template("access/password_shown.html", staff=staff, password=made_up)


@blueprint.post("/desk/<village_code>/staff/<int:staff_id>/close")
@requires(Permission.MANAGE_STAFF)
def close_staff(village: Place, staff_id: int) -> ResponseReturnValue:
    """End a person's work here."""
    staff, _ = queries.staff_at(village, staff_id)
    try:
        services.close_staff(staff, village, current_actor())
    except PointsBankError as error:
        tell(error.message, tone=Tone.WARN)
        return redirect(url_for("access.staff_page", staff_id=staff_id), 303)
    tell(f"{staff.name}不再在这里办事。办过的事都留着记录。")
    return redirect(url_for("access.staff_list"), 303)


# --- devices ---


@blueprint.route("/desk/<village_code>/devices", methods=["GET", "POST"])
@requires(Permission.MANAGE_DEVICES)
def devices(village: Place) -> ResponseReturnValue:
    """The village's kiosks; a submitted name gives a pairing code, shown once."""
    form, code = PairingForm(), None
    error = None
    if form.validate_on_submit():
        try:
            code = services.make_pairing_code(village, form.device_name.data, current_actor())
        except PointsBankError as refused:
            error = refused
    return _page(
        "access/devices.html",
        form,
        error,
        code=code,
        minutes=services.PAIRING_CODE_MINUTES,
        devices=queries.devices_of(village.id),
    )


@blueprint.post("/desk/<village_code>/devices/<int:device_id>/revoke")
@requires(Permission.MANAGE_DEVICES)
def revoke_device(village: Place, device_id: int) -> ResponseReturnValue:
    """A kiosk's browser is an ordinary one again."""
    services.revoke_device(village, device_id, current_actor())
    tell("这台自助机已停用。要再用，请重新生成配对码。")
    return redirect(url_for("access.devices"), 303)


# --- how the above is done ---


def local_path(target: str | None) -> str | None:
    """A path of this program as it stands; None for anything that could lead a browser elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def _open_session(staff: Staff) -> None:
    session.permanent = True  # ends after some idle hours, see config.py
    login_user(SignedIn(staff))


def _page(template: str, form: Form, error: PointsBankError | None = None, **values: object) -> ResponseReturnValue:
    """The page with its form: empty, or as filled in with what is wrong with it."""
    status = form.refuse(error) if error else 422 if form.errors else 200
    return render_template(template, form=form, **values), status
