"""One resident: adding, editing, moving, closing."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.secrets import vault
from pointsbank.people import queries, services
from pointsbank.people.errors import StaleEditError
from pointsbank.people.forms import EditForm, MoveForm, ResidentForm
from pointsbank.people.services.values import (
    HEAD,
    RESIDENCE_NAMES,
    SEX_NAMES,
    masked_id_number,
)
from pointsbank.people.views.desk import blueprint
from pointsbank.places.models import Place
from pointsbank.web.messages import tell


@blueprint.route("/<int:household_id>/residents/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def new_resident(village: Place, household_id: int) -> ResponseReturnValue:
    """One more person of a household."""
    household, form, status = queries.household(village.id, household_id), ResidentForm(key=new_key()), 200
    if form.validate_on_submit():
        try:
            added = services.add_resident(village, household_id, form.details, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
            household = queries.household(village.id, household_id)
        else:
            tell(f"已添加{added.name}。", undo_url=url_for("people.resident", resident_id=added.id))
            return redirect(url_for("people.household", household_id=household_id), 303)
    page = render_template("people/new_resident.html", form=form, household=household)
    return page, 422 if status == 200 and form.errors else status


@blueprint.route("/residents/<int:resident_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def resident(village: Place, resident_id: int) -> ResponseReturnValue:
    """A person's details, and what else can be done."""
    found = queries.resident(village.id, resident_id)
    household_id, form, status = found.household_id, ResidentForm.showing(found), 200
    if form.validate_on_submit():
        try:
            edited = services.edit_resident(village, resident_id, form.details, form.seen, current_actor())
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"{edited.name}的资料已保存。", undo_url=url_for("people.resident", resident_id=resident_id))
            return redirect(url_for("people.household", household_id=household_id), 303)
    return _resident_page("people/resident.html", village, resident_id, form, status)


@blueprint.route("/residents/<int:resident_id>/move", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def move_resident(village: Place, resident_id: int) -> ResponseReturnValue:
    """A person goes to another household; the points stay where they were earned."""
    found = queries.resident(village.id, resident_id)
    form, status = MoveForm(version=str(found.version)), 200
    if form.validate_on_submit():
        wanted, relation = form.household.data, form.relation.data
        try:
            moved = services.move_resident(village, resident_id, wanted, relation, form.seen, current_actor())
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            back = url_for("people.move_resident", resident_id=resident_id)
            tell(f"{moved.name}已迁到这一户。以前的积分留在原来的户。", undo_url=back)
            return redirect(url_for("people.household", household_id=moved.household_id), 303)
    return _resident_page("people/move_resident.html", village, resident_id, form, status)


@blueprint.post("/residents/<int:resident_id>/close")
@requires(Permission.MANAGE_PEOPLE)
def close_resident(village: Place, resident_id: int) -> ResponseReturnValue:
    """A person is no longer on the roster."""
    try:
        closed = services.close_resident(village, resident_id, EditForm().seen, current_actor())
    except PointsBankError as error:
        return _refused(village, resident_id, error)
    tell(f"{closed.name}已注销，资料留着。", undo_url=url_for("people.resident", resident_id=resident_id))
    return redirect(url_for("people.household", household_id=closed.household_id), 303)


@blueprint.post("/residents/<int:resident_id>/reopen")
@requires(Permission.MANAGE_PEOPLE)
def reopen_resident(village: Place, resident_id: int) -> ResponseReturnValue:
    """A person is on the roster after all."""
    try:
        opened = services.reopen_resident(village, resident_id, current_actor())
    except PointsBankError as error:
        return _refused(village, resident_id, error)
    tell(f"{opened.name}已恢复在册。")
    return redirect(url_for("people.household", household_id=opened.household_id), 303)


# --- how the above is done ---


def _refused(village: Place, resident_id: int, error: PointsBankError) -> ResponseReturnValue:
    """A person as stored, with what was refused above; never what a bare button posted."""
    found = queries.resident(village.id, resident_id)
    form = ResidentForm.showing(found, formdata=None)
    form.form_errors.append(error.message)
    return _resident_page("people/resident.html", village, resident_id, form, error.status)


def _resident_page(template: str, village: Place, resident_id: int, form: EditForm, status: int) -> ResponseReturnValue:
    """The page of an edit. After a refusal it shows how things stand now, and the next try counts from there."""
    found = queries.resident(village.id, resident_id)
    is_stale = status == StaleEditError.status and form.version.data != str(found.version)
    if is_stale:
        form.version.data = str(found.version)
    sealed = found.id_number_sealed
    page = render_template(
        template,
        form=form,
        resident=found,
        household=found.household,
        is_head=found.relation == HEAD,
        is_stale=is_stale,
        id_number=masked_id_number(vault().open(sealed)) if sealed else "",
        residence_names=RESIDENCE_NAMES,
        sex_names=SEX_NAMES,
    )
    return page, 422 if status == 200 and form.errors else status
