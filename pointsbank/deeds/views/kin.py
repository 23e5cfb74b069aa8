"""Declared kin at the desk: everybody who decides says once a year from whose claims they stand aside."""

from collections.abc import Sequence
from datetime import date

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.models import Staff
from pointsbank.access.permissions import ROLE_NAMES, Permission
from pointsbank.deeds.forms.kin import ConfirmKinForm, KinForm
from pointsbank.deeds.queries.panel import DECLARING_ROLES, declarations, declared_since
from pointsbank.deeds.services import panel as kin_of
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(
    NavigationItem(
        "deeds.kin", "回避申报", "people", Permission.DECLARE_KIN, NavigationGroup.OFFICE, 50, ("deeds.close_kin",)
    )
)

EXPIRED = "页面已经过期，请刷新后重新提交。"


@blueprint.route("/kin", methods=["GET", "POST"])
@requires(Permission.DECLARE_KIN)
def kin(village: Place) -> ResponseReturnValue:
    """Who stands aside from which households; declaring one more."""
    listed = _listed(village)
    form, status = KinForm(key=new_key(), staff=request.args.get("staff", str(g.staff.id))), 200
    form.is_for([staff for staff, _ in listed])
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                household = form.meant(village)
                if household is not None:
                    staff_id, relation = int(form.staff.data), form.relation.data
                    kin_of.declare_kin(village, staff_id, household.id, relation, current_actor(), form.key.data)
                    tell(f"已申报：{household.head_name}家（{household.number}），{relation}。评议这一户时会标出回避。")
                    return redirect(url_for("deeds.kin", staff=staff_id), 303)
            except PointsBankError as error:
                status = form.refuse(error)
                form.household.data = ""
    return _kin_page(village, form, listed), status


def _listed(village: Place) -> list[tuple[Staff, str]]:
    """For whom the person at the screen may declare, with their roles: oneself; the office for everybody."""
    everybody = [
        (staff, "、".join(ROLE_NAMES[role] for role in roles))
        for staff, roles in access.staff_of(village)
        if DECLARING_ROLES & set(roles)
    ]
    if _is_office():
        return everybody
    return [(staff, roles) for staff, roles in everybody if staff.id == g.staff.id]


def _is_office() -> bool:
    return bool(kin_of.OFFICE & g.roles)


def _kin_page(village: Place, form: KinForm, listed: Sequence[tuple[Staff, str]]) -> str:
    only = None if _is_office() else g.staff.id
    declared: dict[int, list[object]] = {}
    for one in declarations(village.id, staff_id=only):
        declared.setdefault(one.staff_id, []).append(one)
    this_year = declared_since(village.id, date(clock.today().year, 1, 1))
    return render_template(
        "deeds/kin.html",
        form=form,
        listed=listed,
        declared=declared,
        this_year=this_year,
        missing=[staff.name for staff, _ in listed if staff.id not in this_year],
        year=clock.today().year,
        is_office=_is_office(),
        new_key=new_key,
    )


@blueprint.post("/kin/confirm")
@requires(Permission.DECLARE_KIN)
def confirm_kin(village: Place) -> ResponseReturnValue:
    """What was declared earlier still holds."""
    form = ConfirmKinForm()
    if not form.validate():
        raise InvalidInputError(EXPIRED)
    done = kin_of.confirm_kin(village, form.staff_id, current_actor(), form.key.data)
    count = done["households"]
    tell(f"记下了：{count} 户的申报今年继续有效。" if count else "记下了：今年没有要回避的户。有了变化，请再申报。")
    return redirect(url_for("deeds.kin", staff=form.staff_id), 303)


@blueprint.post("/kin/<int:declaration_id>/close")
@requires(Permission.DECLARE_KIN)
def close_kin(village: Place, declaration_id: int) -> ResponseReturnValue:
    """A declaration no longer holds."""
    closed = kin_of.close_kin(village, declaration_id, current_actor())
    tell(f"{closed.staff.name}对{closed.household.head_name}家的回避申报取消了。取消错了，请再申报一次。")
    return redirect(url_for("deeds.kin", staff=closed.staff_id), 303)
