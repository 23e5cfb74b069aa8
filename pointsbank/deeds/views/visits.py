"""Households that asked their group head to come: who they are, and what came of it."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds.forms.visits import VisitForm
from pointsbank.deeds.queries import visits as queries
from pointsbank.deeds.services.visiting import answer_visit
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(
    NavigationItem(
        "deeds.visits",
        "请组长来问",
        "question-circle",
        Permission.RECORD_DEEDS,
        NavigationGroup.MONTH,
        11,
        pages=("deeds.visit",),
    )
)


@blueprint.get("/visits")
@requires(Permission.RECORD_DEEDS)
def visits(village: Place) -> ResponseReturnValue:
    """Who waits, of the groups that a group head heads, else of all; and what was answered last."""
    headed = access.groups_headed(village.id, current_actor())
    group_ids = None if headed is None else [group.id for group in headed]
    answered = queries.answered_requests(village.id, group_ids)
    return render_template(
        "deeds/visits.html",
        waiting=queries.open_requests(village.id, group_ids),
        answered=answered,
        names=access.actor_names({one.answered_by for one in answered}),
    )


@blueprint.route("/visits/<int:serial>", methods=["GET", "POST"])
@requires(Permission.RECORD_DEEDS)
def visit(village: Place, serial: int) -> ResponseReturnValue:
    """Say what came of one."""
    found, form, status = queries.visit_request(village.id, serial), VisitForm(key=new_key()), 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                answer_visit(village, serial, form.answer.data, current_actor(), form.key.data)
            except PointsBankError as error:
                status = form.refuse(error)
            else:
                tell(f"{found.household.head_name}家的事办好了。")
                return redirect(url_for("deeds.visits"), 303)
    return render_template("deeds/visit.html", asked=found, form=form), status
